//! `handset swarm`: many consumers at once, and what people see of it.
//!
//! `reading` reads what is named, `plan` says what would be done, `cloud` makes what it is done to,
//! `watching` shows how it goes on, `facts` makes the report. Over NATS `over_nats` coordinates and
//! `worker` works; `again` reads reports. What is done is [`swarm`](crate::swarm)'s.

mod again;
mod cloud;
mod facts;
mod guard;
mod lines;
mod over_nats;
mod plan;
mod reading;
mod screen;
mod shared;
mod watching;
mod worker;

use std::{io::Write, path::Path, time::Duration};

use anyhow::anyhow;
use tokio::time::Instant;

use self::{cloud::SwarmCloud, facts::SwarmFacts, watching::watched};
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
        signals::Signals,
    },
    domain::text::SafeText,
    swarm::{
        report::{outcome::SwarmReport, verdict::SwarmVerdict},
        run::{Swarm, SwarmSecond, tells_wire},
        workload::{plan::Slices, words},
    },
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
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct SwarmArgs {
    #[command(subcommand)]
    command: Option<SwarmCommand>,

    /// A workload that ends in .toml, or a scenario that ends in .talk.
    #[arg(value_name = "FILE", required = true, value_parser = inputs::words)]
    file: Option<String>,

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
    nats: over_nats::CoordinatorArgs,

    #[command(flatten)]
    guard: guard::LoadArgs,

    #[command(flatten)]
    live: LiveArgs,

    #[command(flatten)]
    files: facts::SwarmFiles,
}

/// What else there is about swarms.
#[derive(Debug, clap::Subcommand)]
enum SwarmCommand {
    /// Take a part of the next run on a NATS, and tell its coordinator what was measured.
    Worker(Box<worker::WorkerArgs>),
    /// Tell a report again, compare it with another, or make that of a run whose coordinator died.
    Report(Box<again::AgainArgs>),
}

/// Runs a swarm, or what the subcommand names.
pub(crate) async fn swarm(
    mut args: SwarmArgs,
    plain: Option<PlainMode>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match (args.command.take(), args.file.take()) {
        (Some(SwarmCommand::Worker(worker)), _) => Box::pin(worker::work(*worker)).await,
        (Some(SwarmCommand::Report(again)), _) => Box::pin(again::again(*again, out)).await,
        (None, file) => Box::pin(run(args, &file.unwrap_or_default(), plain, out)).await,
    }
}

async fn run(
    args: SwarmArgs,
    file: &str,
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
    let mut workload = reading::workload(file, args.rate.zip(args.lasts)).map_err(unread)?;
    let has = live.as_ref().map_or_else(cloud::sandbox_has, LivePlan::has);
    let scenarios = reading::scenarios(&workload, &own, &has, None).map_err(unread)?;
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
    if let Some(nats) = args.nats.url().await.map_err(unread)? {
        let shared = over_nats::SharedRun {
            path: Path::new(file),
            workload,
            scenarios,
            seed,
            profile: live.as_ref().map(|live| &live.profile),
        };
        let run =
            over_nats::coordinate(&args.nats, nats, shared, &args.files, plain.is_none(), out);
        return Box::pin(run).await;
    }
    let mut signals = Signals::new()?;
    logging::to_stderr(logging::filter_or(logging::OF_SCENES)?);
    let mut facts = SwarmFacts::begin(
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
    let watched = Box::pin(watched(
        |orders, mut told| {
            let told = Box::new(move |second: SwarmSecond<'_>| told(second.progress));
            swarm.run(Instant::now() + LEAD, orders, told)
        },
        &mut signals,
        plain.is_none(),
    ))
    .await;
    let is_given_back = cloud.end().await;
    let (end, stopped) = watched?;
    let report = facts.end(end, stopped);
    args.files.tell(&report, out).map_err(not_run)?;
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

/// The code the program ends with; none when all is well.
fn code(report: &SwarmReport) -> Option<u8> {
    match report.verdict() {
        SwarmVerdict::Failed | SwarmVerdict::Incomplete => Some(BROKEN),
        SwarmVerdict::Inconclusive => Some(INCONCLUSIVE),
        SwarmVerdict::NothingRun => Some(NOTHING),
        SwarmVerdict::Passed => None,
    }
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
