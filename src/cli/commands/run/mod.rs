//! `handset run`: plays scenarios and judges them.
//!
//! `plan` chooses the scenes, `scenes` plays them. `world` makes a cloud with phones for each of
//! them, `live` the phones in the cloud of a profile. `telling` says what happens while it happens,
//! `keep` writes conversations to files, `trial` plays without a report. What a scene does is the
//! [`runner`](crate::runner)'s.

mod keep;
pub(in crate::cli) mod live;
mod plan;
mod scenes;
mod telling;
pub(crate) mod trial;
mod world;

use std::{
    collections::BTreeSet,
    io::Write,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, resume_unwind},
    path::PathBuf,
    sync::atomic::AtomicUsize,
};

use anyhow::{anyhow, bail};
use futures_util::FutureExt as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::{
    keep::Keep,
    live::{LiveArgs, LiveCloud, LivePlan},
    plan::{Planned, earlier, list, plan},
    scenes::{Played, play_all},
    telling::{RunNews, Telling},
    world::Makings,
};
use crate::{
    cli::{
        EndsWith,
        answerer::Answerer,
        in_words, inputs, logging, output,
        own::OwnFiles,
        plain_mode::PlainMode,
        profile,
        reports::ReportArgs,
        scenarios::{
            faults,
            files::{self, ScenarioFile},
        },
        signals::Signals,
    },
    config::{layer::Layer, profile::Profile},
    domain::text::SafeText,
    engine::borrow::Ended,
    report::{outcome::RunReport, words},
    runner::needs::missing,
    sandbox::keys::SharedKey,
};

/// Events that wait to be told. When it is full, scenes wait and steps are told with their scenes.
const EVENTS: usize = 1024;

/// The program ends with it when a scene failed.
const FAILED: u8 = 1;
/// Something that is named cannot be read.
const UNREAD: u8 = 2;
/// It could not be run.
const NOT_RUN: u8 = 3;
/// The program ends with it when no scene was run.
const NOTHING: u8 = 5;

/// Why a run has ended early that somebody stopped.
const STOPPED: &str = "the run was stopped by a signal";

/// Run scenarios, and say whether what they wait for came.
///
/// Each scene has a sandbox of its own, unless a profile is named. A scenario is a text file that
/// ends in .talk: lines like `me: Where is my order?` are said, lines of others are waited for.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// Scenarios: files, folders with *.talk below them, FILE:LINE for the scene around a line, or
    /// - for stdin.
    #[arg(value_name = "FILE", required = true, value_parser = inputs::words)]
    files: Vec<String>,

    /// Only scenes with this tag, or with ! before it only those without; may be repeated.
    #[arg(long, value_name = "TAG", value_parser = inputs::words)]
    tag: Vec<String>,

    /// Only scenes with this in their titles.
    #[arg(long, value_name = "TEXT", value_parser = inputs::words)]
    name: Option<String>,

    /// Only the data row with this key.
    #[arg(long, value_name = "KEY", value_parser = inputs::words)]
    row: Option<String>,

    /// Only the scenes that failed in this JSON report.
    #[arg(long, value_name = "FILE")]
    failed_of: Option<PathBuf>,

    /// Play this consumer too, whatever the files say; may be repeated.
    #[arg(long, value_name = "NAME", value_parser = inputs::words)]
    play: Vec<String>,

    /// Wait for what this person says rather than play that person, whatever the files say; may be
    /// repeated.
    #[arg(long, value_name = "NAME", value_parser = inputs::words)]
    expect: Vec<String>,

    /// So many scenes at a time, each in a sandbox of its own; against an account one.
    #[arg(long, value_name = "N", default_value = "1")]
    jobs: NonZeroUsize,

    /// Make values and sandboxes the same every time [default: drawn, and told].
    #[arg(long, value_name = "N", value_parser = inputs::number)]
    seed: Option<u64>,

    /// Whether idle time is jumped over: `fast` waits for nothing that only time brings, and counts
    /// deadlines in the sandbox's time; `real` waits. Scenes with played agents wait in real time.
    #[arg(long, value_enum, value_name = "TIME", default_value_t = TimeOfRun::Fast)]
    time: TimeOfRun,

    /// Run everything so many times, each time with the next seed.
    #[arg(long, value_name = "N", default_value = "1")]
    repeat: NonZeroUsize,

    /// Begin no more scenes after so many failed.
    #[arg(long, value_name = "N")]
    stop_after: Option<NonZeroUsize>,

    /// Who answers in the sandbox: riley, none, or an agent script of your own.
    #[arg(long, value_name = "WHO|FILE", value_parser = inputs::words)]
    agent: Option<String>,

    /// Say what would be run, and run nothing; as JSON with `--json -`.
    #[arg(long)]
    list: bool,

    /// Fail when every scene was skipped.
    #[arg(long)]
    need_some: bool,

    /// Keep the page of each conversation and its wire (HAR) as files in this folder; `failed`
    /// keeps those of scenes that went wrong, in `handset-run` or in a folder that is named too.
    #[arg(long, value_name = "DIR|never|failed", value_parser = inputs::words)]
    keep: Vec<String>,

    #[command(flatten)]
    live: LiveArgs,

    #[command(flatten)]
    reports: ReportArgs,
}

/// Whether idle time is jumped over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TimeOfRun {
    /// Nothing is jumped over.
    Real,
    /// Idle time in the sandbox is.
    Fast,
}

impl TimeOfRun {
    fn word(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Fast => "fast",
        }
    }
}

/// What holds for the whole run.
struct Run<'a> {
    args: &'a RunArgs,
    /// Whether what people read is told in words, and who said so.
    plain: Option<PlainMode>,
    makings: Makings,
    /// The profile that is named, if one is.
    profile: Option<Profile>,
    /// Its cloud; in it all scenes are run.
    live: Option<LiveCloud>,
    /// What scenes find in the cloud, by the words of `needs`.
    has: BTreeSet<String>,
    keep: Option<Keep>,
    /// Fires when the run is to end, by a signal.
    stop: CancellationToken,
    failed: AtomicUsize,
    told: mpsc::Sender<RunNews>,
}

/// Runs what is named.
pub(crate) async fn run(
    args: RunArgs,
    plain: Option<PlainMode>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let unread = |error: anyhow::Error| ends(UNREAD, &error);
    let files = read(&args).map_err(unread)?;
    let earlier = args.failed_of.as_deref().map(earlier).transpose();
    let earlier = earlier.map_err(unread)?;
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let planned = plan(&args, &files, earlier.as_ref(), seed);
    if args.list {
        return list(&planned, args.reports.has_json_on_stdout(), out);
    }
    if planned.is_empty() {
        return Err(ends(
            NOTHING,
            &anyhow!("no scene matches what was asked for"),
        ));
    }
    let live = live_plan(&args).map_err(unread)?;
    args.reports.check().map_err(unread)?;
    let keep = Keep::new(&args.keep).map_err(unread)?;
    let mut signals = Signals::new()?;
    logging::to_stderr(logging::filter_or(logging::OF_SCENES)?);
    let (told, events) = mpsc::channel(EVENTS);
    let has = live.as_ref().map(LivePlan::has);
    let run = Run {
        makings: makings(&args).map_err(unread)?,
        profile: live.as_ref().map(|live| live.profile.clone()),
        live: None,
        has: has.unwrap_or_else(Makings::own_has),
        keep,
        stop: CancellationToken::new(),
        failed: AtomicUsize::new(0),
        told,
        plain,
        args: &args,
    };
    if let Some(plain) = plain.filter(|_| args.reports.is_for_people()) {
        output::print(out, &plain.first_line(), "the mode")?;
    }
    let telling = Telling::begin(&run, &files, &planned, seed, out)?;
    let told = (telling, events);
    Box::pin(judge(run, live, &planned, told, &mut signals, out)).await
}

/// Plays the scenes, and says what became of them.
async fn judge(
    mut run: Run<'_>,
    live: Option<LivePlan>,
    planned: &[Planned<'_>],
    (mut telling, mut events): (Telling<'_>, mpsc::Receiver<RunNews>),
    signals: &mut Signals,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let reports = &run.args.reports;
    // A cloud in which nothing is run is left alone.
    let is_wanted = planned.iter().any(|one| run.lacks(one).is_none());
    if let Some(plan) = live.filter(|_| is_wanted) {
        match open(plan, signals).await {
            Ok(cloud) => run.live = Some(cloud),
            Err((code, why)) => {
                remark(&format!("handset: {why}"));
                let (mut report, told) = telling.end(Some(why), out);
                let written = reports.write(&mut report, out);
                if let Some(error) = told.err().or(written.err()) {
                    remark(&format!("handset: {}", in_words(&error)));
                }
                return Err(EndsWith(code).into());
            }
        }
    }
    // With nobody to read it the run goes on, for its files are wanted too.
    let mut unprinted = None;
    let mut tell = |news| {
        let printed = telling.tell(news, out);
        unprinted = unprinted.take().or(printed.err());
    };
    let playing = play_all(&run, planned, &mut events, signals, &mut tell);
    // Whatever breaks down in there, what is borrowed is given back.
    let played = AssertUnwindSafe(playing).catch_unwind().await;
    let is_given_back = match run.live.take() {
        Some(live) => give_back(live).await,
        None => true,
    };
    let stopped = match played.unwrap_or_else(|panic| resume_unwind(panic)) {
        Played::Abandoned(number) => return Err(EndsWith(128 + number).into()),
        Played::Stopped(number) => Some(number),
        Played::All => None,
    };
    while let Ok(news) = events.try_recv() {
        tell(news);
    }
    let (mut report, told) = telling.end(stopped.map(|_| STOPPED.to_owned()), out);
    let written = reports.write(&mut report, out);
    let kept = run.keep.as_ref().map_or(Ok(()), Keep::outcome);
    let errors = [unprinted, told.err(), written.err(), kept.err()];
    if let Some(error) = errors.into_iter().flatten().next() {
        return Err(ends(NOT_RUN, &error));
    }
    let code = match stopped {
        Some(number) => Some(128 + number),
        None if !is_given_back => Some(NOT_RUN),
        None => code(&report, run.args),
    };
    code.map_or(Ok(()), |code| Err(EndsWith(code).into()))
}

/// The profile that scenes are run with, if one is named; an error when other flags do not go with
/// it.
fn live_plan(args: &RunArgs) -> anyhow::Result<Option<LivePlan>> {
    let Some(plan) = args.live.plan()? else {
        return Ok(None);
    };
    if args.jobs.get() > 1 {
        bail!(
            "--jobs {} does not go with --profile: the scenes share one app install and the \
             consumers' own ids, so they are run one after another; leave --jobs out",
            args.jobs
        );
    }
    if args.agent.is_some() {
        bail!("--agent is for the sandbox, and --profile names a cloud; leave one of them out");
    }
    Ok(Some(plan))
}

/// Opens the cloud of a profile, and waits until webhooks come in. Else there is the code the program
/// ends with, and why.
pub(in crate::cli) async fn open(
    plan: LivePlan,
    signals: &mut Signals,
) -> Result<LiveCloud, (u8, String)> {
    let not_run = |error: anyhow::Error| (NOT_RUN, in_words(&error));
    let stopped = |number: u8| (128 + number, STOPPED.to_owned());
    plan.check_consent().map_err(not_run)?;
    if let Some(cut) = plan.profile.secret.remark() {
        remark(&format!("handset: {cut}"));
    }
    let opened = tokio::select! {
        opened = Box::pin(LiveCloud::open(plan)) => opened.map_err(not_run),
        number = signals.number() => Err(stopped(number)),
    };
    let cloud = opened?;
    if let Some(words) = cloud.left_to_user() {
        remark(&format!("handset: {words}"));
    }
    let why = tokio::select! {
        ready = cloud.ready() => match ready {
            Ok(()) => return Ok(cloud),
            Err(error) => not_run(error),
        },
        number = signals.number() => stopped(number),
    };
    give_back(cloud).await;
    Err(why)
}

/// Ends the cloud of a profile; whether its app install is as it was.
pub(in crate::cli) async fn give_back(cloud: LiveCloud) -> bool {
    let Some(ended) = cloud.end().await else {
        return true;
    };
    remark(&format!("handset: {ended}"));
    !matches!(ended, Ended::Unfinished { .. })
}

/// An error on stderr, and the code the program ends with.
fn ends(code: u8, error: &anyhow::Error) -> anyhow::Error {
    remark(&format!("handset: {}", in_words(error)));
    EndsWith(code).into()
}

/// A line on stderr; with nowhere to write to it is lost.
fn remark(words: &str) {
    let _ = writeln!(std::io::stderr(), "{}", SafeText::clean(words));
}

fn read(args: &RunArgs) -> anyhow::Result<Vec<ScenarioFile>> {
    let files = files::read(&args.files)?;
    let count = faults::Count::of(&files);
    if count.errors + count.warnings > 0 {
        let styled = faults::is_styled(&std::io::stderr());
        let _ = write!(std::io::stderr(), "{}", faults::human(&files, styled));
    }
    let broken = count.errors;
    if broken > 0 {
        let faults = words::counted(broken, "fault");
        bail!("nothing was run: mend {faults} first");
    }
    Ok(files)
}

fn makings(args: &RunArgs) -> anyhow::Result<Makings> {
    Ok(Makings {
        own: OwnFiles::read(),
        layer: profile::sandbox(Layer::default())?.layer,
        answerer: Answerer::read(args.agent.as_deref())?,
        skips_idle_time: args.time == TimeOfRun::Fast,
        key: SharedKey::default(),
    })
}

impl Run<'_> {
    /// Whether idle time is jumped over; never in the cloud of a profile.
    fn time(&self) -> TimeOfRun {
        if self.profile.is_some() {
            TimeOfRun::Real
        } else {
            self.args.time
        }
    }

    /// Why a scene cannot be run here; `None` when it can.
    fn lacks(&self, one: &Planned<'_>) -> Option<String> {
        missing(&one.case, &self.has).or_else(|| {
            let profile = self.profile.as_ref()?;
            live::lacks_agents(profile, &one.case)
        })
    }
}

/// The code the program ends with; none when all is well.
fn code(report: &RunReport, args: &RunArgs) -> Option<u8> {
    let totals = report.totals;
    if totals.errors > 0 {
        Some(NOT_RUN)
    } else if totals.failed > 0 {
        Some(FAILED)
    } else if totals.passed == 0 && args.need_some {
        Some(NOTHING)
    } else {
        None
    }
}
