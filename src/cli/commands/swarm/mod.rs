//! `handset swarm`: many consumers at once, and what people see of it.
//!
//! `plan` says what would be done, `cloud` makes what it is done to, `lines` tells how it goes on,
//! `facts` makes the report. What is done is [`swarm`](crate::swarm)'s.

mod cloud;
mod facts;
mod guard;
mod lines;
mod plan;
mod screen;

use std::{
    collections::BTreeSet,
    io::{IsTerminal as _, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{anyhow, bail};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use self::{cloud::SwarmCloud, facts::Facts, lines::ProgressLines};
use crate::{
    cli::{
        EndsWith,
        answerer::Answerer,
        commands::run::{
            self,
            live::{LiveArgs, LivePlan},
        },
        in_words, inputs, logging, output,
        own::OwnFiles,
        plain_mode::PlainMode,
        scenarios::{
            cast, faults,
            files::{self, ScenarioFile},
        },
        signals::Signals,
    },
    domain::text::SafeText,
    report::words as counted_words,
    runner::case::cases,
    swarm::{
        measure::progress::Progress,
        report::{human, outcome::SwarmReport, verdict::SwarmVerdict},
        run::{Swarm, SwarmEnd, SwarmOrder, SwarmSecond, tells_wire},
        scenario::SwarmScenario,
        workload::{self, Workload, plan::Slices, words},
    },
    tui,
};

/// Something that is named cannot be read.
const UNREAD: u8 = 2;
/// It could not be run.
const NOT_RUN: u8 = 3;
/// A threshold did not hold, or numbers are missing.
const BROKEN: u8 = 4;
/// Nobody came.
const NOTHING: u8 = 5;
/// This machine was the bottleneck.
const INCONCLUSIVE: u8 = 6;

/// The begin of the plan, after everything is ready.
const LEAD: Duration = Duration::from_millis(200);

/// Play scenarios with many consumers at once, and measure what people see.
///
/// Consumers come by a plan, whatever the cloud does, and everything is measured from the moment at
/// which it was due. Without a profile they come to a sandbox inside this program. What is named is a
/// workload file, or a scenario with --rate and --for.
#[derive(Debug, clap::Args)]
pub(crate) struct SwarmArgs {
    /// A workload that ends in .toml, or a scenario that ends in .talk.
    #[arg(value_name = "FILE", value_parser = inputs::words)]
    file: String,

    /// Arrivals in a time, as 20/s or 90/m, where a scenario is named.
    #[arg(long, value_name = "RATE", value_parser = words::rate, requires = "lasts")]
    rate: Option<f64>,

    /// How long consumers come, as 90s or 2m, where a scenario is named.
    #[arg(long = "for", id = "lasts", value_name = "SPAN", value_parser = words::span, requires = "rate")]
    lasts: Option<Duration>,

    /// Make the plan, the people and the sandbox the same every time [default: the workload's, else
    /// drawn, and told].
    #[arg(long, value_name = "N", value_parser = inputs::number)]
    seed: Option<u64>,

    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry: bool,

    /// Who answers in the sandbox: riley, none, or an agent script of your own.
    #[arg(long, value_name = "WHO|FILE", value_parser = inputs::words)]
    agent: Option<String>,

    /// Keep what became of consumers who failed, with their wire, as files in this folder; `failed`
    /// is the folder handset-swarm.
    #[arg(long, value_name = "DIR|failed", value_parser = inputs::words)]
    keep: Option<String>,

    #[command(flatten)]
    guard: guard::LoadArgs,

    #[command(flatten)]
    live: LiveArgs,

    #[command(flatten)]
    files: facts::SwarmFiles,
}

/// Runs a swarm.
pub(crate) async fn swarm(
    args: SwarmArgs,
    plain: Option<PlainMode>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let unread = |error: anyhow::Error| ends(UNREAD, &error);
    let own = OwnFiles::read();
    let live = args.live.plan().map_err(unread)?;
    if live.is_some() && args.agent.is_some() {
        let why = anyhow!(
            "--agent is for the sandbox, and --profile names a cloud; leave one of them out"
        );
        return Err(unread(why));
    }
    let mut workload = workload(&args).map_err(unread)?;
    let has = live.as_ref().map_or_else(cloud::sandbox_has, LivePlan::has);
    let scenarios = scenarios(&workload, &own, &has).map_err(unread)?;
    let answerer = Answerer::read(args.agent.as_deref()).map_err(unread)?;
    let seed = args.seed.or(workload.seed);
    let seed = seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    if args.dry {
        let text = plan::text(&workload, &scenarios, seed);
        return output::print(out, &text, "the plan");
    }
    args.files.check().map_err(unread)?;
    let keep = args.keep.as_deref().map(facts::keep).transpose();
    let keep = keep.map_err(unread)?;
    let not_run = |error: anyhow::Error| ends(NOT_RUN, &error);
    if let Some(live) = &live {
        args.guard
            .check(&live.profile, &mut workload, seed)
            .map_err(not_run)?;
    }
    let mut signals = Signals::new()?;
    logging::to_stderr(logging::filter_or(logging::OF_SCENES)?);
    let mut facts = Facts::begin(
        &workload,
        &scenarios,
        seed,
        live.as_ref().map(|live| &live.profile),
    );
    let tells_wire = tells_wire(&scenarios, keep.as_ref());
    let mut cloud = open(live, answerer, (seed, tells_wire), &mut signals).await?;
    let setup = cloud.setup(own, workload, scenarios, (seed, Slices::all(), keep));
    let swarm = Swarm::new(setup);
    let cloud = cloud.serve(swarm.hooks()).map_err(not_run)?;
    let watched = Box::pin(watched(swarm, &mut signals, plain.is_none())).await;
    let is_given_back = cloud.end().await;
    let (end, stopped) = watched?;
    let report = facts.end(end, stopped);
    if !args.files.have_stdout() {
        output::print(out, &human::text(&report), "the report")?;
    }
    args.files.write(&report, out).map_err(not_run)?;
    let code = match stopped {
        Some(number) => Some(128 + number),
        None if !is_given_back => Some(NOT_RUN),
        None => code(&report),
    };
    code.map_or(Ok(()), |code| Err(EndsWith(code).into()))
}

/// The cloud of the profile that is named, to which webhooks come in; else a sandbox.
async fn open(
    live: Option<LivePlan>,
    answerer: Answerer,
    (seed, tells_wire): (u64, bool),
    signals: &mut Signals,
) -> anyhow::Result<SwarmCloud> {
    let not_run = |error: anyhow::Error| ends(NOT_RUN, &error);
    let Some(plan) = live else {
        let opened = Box::pin(SwarmCloud::in_sandbox(answerer, seed, tells_wire)).await;
        return opened.map_err(not_run);
    };
    let opened = Box::pin(run::open(plan, signals)).await;
    let live = opened.map_err(|(code, why)| ends(code, &anyhow!(why)))?;
    match SwarmCloud::live(live, tells_wire) {
        Ok(cloud) => Ok(cloud),
        Err((live, error)) => {
            run::give_back(*live).await;
            Err(not_run(error))
        }
    }
}

/// Runs a swarm to its end while it is told how it goes on: on a dashboard, or else in lines. Gives the
/// signal that ended it, if one did.
async fn watched(
    swarm: Swarm,
    signals: &mut Signals,
    may_draw: bool,
) -> anyhow::Result<(SwarmEnd, Option<u8>)> {
    let (orders, asked) = watch::channel(SwarmOrder::Go);
    let (newest, progress) = watch::channel(Progress::default());
    let is_drawn = may_draw && std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    let mut lines = (!is_drawn).then(ProgressLines::default);
    let told = move |second: SwarmSecond<'_>| match &mut lines {
        Some(lines) => lines.tell(&second),
        None => {
            newest.send_replace(second.progress.clone());
        }
    };
    let closed = CancellationToken::new();
    let (wishes, mut asked_for) = mpsc::channel(8);
    let mut screen = Box::pin(async {
        if is_drawn {
            screen::show(progress, wishes, closed.clone()).await
        } else {
            // Nobody wishes anything but by a signal.
            closed.cancelled().await;
            drop(wishes);
            Ok(())
        }
    });
    let mut running = Box::pin(swarm.run(Instant::now() + LEAD, asked, Box::new(told)));
    let (mut stopped, mut is_shown) = (None, true);
    let end = loop {
        tokio::select! {
            end = &mut running => break end,
            shown = &mut screen, if is_shown => {
                is_shown = false;
                // The run goes on, and is closed when nobody can see it any more.
                if let Err(error) = shown {
                    remark(&format!("handset: {}", in_words(&error)));
                }
                orders.send_if_modified(|order| raised(order, SwarmOrder::Drain));
            }
            Some(wish) = asked_for.recv() => {
                orders.send_if_modified(|order| match wish {
                    tui::swarm::SwarmOrder::Drain => raised(order, SwarmOrder::Drain),
                    tui::swarm::SwarmOrder::CloseNow => raised(order, SwarmOrder::Close),
                    tui::swarm::SwarmOrder::Pause(pauses) if *order < SwarmOrder::Drain => {
                        *order = if pauses { SwarmOrder::Pause } else { SwarmOrder::Go };
                        true
                    }
                    tui::swarm::SwarmOrder::Pause(_) => false,
                });
            }
            number = signals.number() => {
                let order = match stopped.replace(number) {
                    None => SwarmOrder::Drain,
                    Some(_) => SwarmOrder::Close,
                };
                orders.send_if_modified(|known| raised(known, order));
                if !is_drawn {
                    remark(match order {
                        SwarmOrder::Drain => {
                            "handset: nobody comes any more; once more closes everything now"
                        }
                        _ => "handset: everything is being closed",
                    });
                }
            }
        }
    };
    closed.cancel();
    if is_shown {
        screen.await?;
    }
    Ok((end, stopped))
}

/// Raises an order; what was ordered before and goes further stays.
fn raised(order: &mut SwarmOrder, to: SwarmOrder) -> bool {
    let is_more = *order < to;
    if is_more {
        *order = to;
    }
    is_more
}

/// The code the program ends with; none when all is well.
fn code(report: &SwarmReport) -> Option<u8> {
    match report.verdict() {
        SwarmVerdict::Failed | SwarmVerdict::Incomplete => Some(BROKEN),
        SwarmVerdict::Inconclusive => Some(INCONCLUSIVE),
        SwarmVerdict::NothingRun => Some(NOTHING),
        SwarmVerdict::Passed => None,
    }
}

/// What is named, as a workload.
fn workload(args: &SwarmArgs) -> anyhow::Result<Workload> {
    let path = Path::new(&args.file);
    let is_workload = path.extension().is_some_and(|ending| ending == "toml");
    match (is_workload, args.rate.zip(args.lasts)) {
        (true, None) => Ok(workload::read(path)?),
        (true, Some(_)) => bail!(
            "--rate and --for are for a scenario, and {} has stages of its own; leave them out",
            args.file
        ),
        (false, Some((rate, lasts))) => {
            if rate <= 0.0 || lasts.is_zero() {
                bail!(
                    "nobody arrives; write a rate and a span above nothing, as --rate 20/s --for 2m"
                );
            }
            Ok(Workload::flat(PathBuf::from(&args.file), rate, lasts))
        }
        (false, None) => bail!(
            "{} is no workload, which ends in .toml; of a scenario say how many come, as --rate 20/s \
             --for 2m",
            args.file
        ),
    }
}

/// The scenarios of a workload, read and found fit.
fn scenarios(
    workload: &Workload,
    own: &OwnFiles,
    has: &BTreeSet<String>,
) -> anyhow::Result<Vec<SwarmScenario>> {
    let mut read: Vec<ScenarioFile> = Vec::new();
    for scenario in &workload.scenarios {
        read.push(files::read_file(&scenario.file.to_string_lossy())?);
    }
    let count = faults::Count::of(&read);
    if count.errors + count.warnings > 0 {
        let styled = faults::is_styled(&std::io::stderr());
        let _ = write!(std::io::stderr(), "{}", faults::human(&read, styled));
    }
    if count.errors > 0 {
        let faults = counted_words::counted(count.errors, "fault");
        bail!("nothing was run: mend {faults} first");
    }
    let mut scenarios = Vec::new();
    for file in read {
        let mut personas = std::collections::BTreeMap::new();
        for case in cases(&file.parsed.script, &[], &[]) {
            personas.extend(cast::consumers(own, &case, &file.folder)?);
        }
        scenarios.push(SwarmScenario {
            path: file.path().to_owned(),
            folder: file.folder,
            personas,
            script: Arc::new(file.parsed.script),
        });
    }
    let unfit: Vec<String> = scenarios
        .iter()
        .flat_map(|scenario| scenario.unfit(has))
        .map(|step| step.to_string())
        .collect();
    if unfit.is_empty() {
        return Ok(scenarios);
    }
    Err(anyhow!(
        "a swarm cannot play this:\n  {}",
        unfit.join("\n  ")
    ))
}

/// An error on stderr, and the code the program ends with.
fn ends(code: u8, error: &anyhow::Error) -> anyhow::Error {
    let lines = in_words(error);
    for line in lines.lines() {
        remark(&format!(
            "handset: {}",
            line.trim_start_matches("handset: ")
        ));
    }
    EndsWith(code).into()
}

/// A line on stderr; with nowhere to write to it is lost.
fn remark(words: &str) {
    let _ = writeln!(std::io::stderr(), "{}", SafeText::clean(words));
}
