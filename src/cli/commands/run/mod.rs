//! `handset run`: plays scenarios and judges them.
//!
//! `world` makes a cloud with phones for each scene, `library` is what agents have at hand,
//! `telling` says what happens while it happens, `trial` plays without a report. What a scene does is the
//! [`runner`](crate::runner)'s.

mod library;
mod telling;
pub(crate) mod trial;
mod world;

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use futures_util::{StreamExt as _, stream};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::{
    telling::{RunNews, Telling},
    world::Makings,
};
use crate::{
    cli::{
        EndsWith,
        answerer::Answerer,
        in_words, inputs, logging, output,
        own::OwnFiles,
        profile,
        reports::ReportArgs,
        scenarios::{
            faults,
            files::{self, ScenarioFile},
        },
        signals::Signals,
    },
    config::layer::Layer,
    domain::text::SafeText,
    report::outcome::{RunReport, SceneOutcome, SceneReport},
    runner::{
        case::{Case, Selection, cases},
        scene::{SceneSettings, missing, not_run, play},
    },
};

/// The deadline of waits where a scenario says none, in a sandbox of its own.
const WITHIN: Duration = Duration::from_secs(10);

/// Events that wait to be told. When it is full, scenes wait and steps are told with their scenes.
const EVENTS: usize = 1024;

/// A scene failed.
const FAILED: u8 = 1;
/// Something that is named cannot be read.
const UNREAD: u8 = 2;
/// It could not be run.
const NOT_RUN: u8 = 3;
/// Nothing was run.
const NOTHING: u8 = 5;

/// Run scenarios, and say whether what they wait for came.
///
/// Each scene has a sandbox of its own. A scenario is a text file that ends in .talk: lines like
/// `me: Where is my order?` are said, lines of others are waited for.
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

    /// So many scenes at a time, each in a sandbox of its own.
    #[arg(long, value_name = "N", default_value = "1")]
    jobs: NonZeroUsize,

    /// Make values and sandboxes the same every time [default: drawn, and told].
    #[arg(long, value_name = "N", value_parser = inputs::number)]
    seed: Option<u64>,

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

    #[command(flatten)]
    reports: ReportArgs,
}

/// A scene that is to be run.
struct Planned<'a> {
    file: &'a ScenarioFile,
    /// The index of the file in the report.
    index: usize,
    case: Case<'a>,
    seed: u64,
}

/// What holds for the whole run.
struct Run<'a> {
    args: &'a RunArgs,
    makings: Makings,
    has: BTreeSet<String>,
    /// Fires when the run is to end, by a signal.
    stop: CancellationToken,
    failed: AtomicUsize,
    told: mpsc::Sender<RunNews>,
}

/// Runs what is named.
pub(crate) async fn run(args: RunArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let files = match read(&args) {
        Ok(files) => files,
        Err(error) => return Err(ends(UNREAD, &error)),
    };
    let earlier = match args.failed_of.as_deref().map(earlier).transpose() {
        Ok(earlier) => earlier,
        Err(error) => return Err(ends(UNREAD, &error)),
    };
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
    if let Err(error) = args.reports.check() {
        return Err(ends(UNREAD, &error));
    }
    let mut signals = Signals::new()?;
    logging::to_stderr(logging::filter()?);
    let makings = match makings(&args) {
        Ok(makings) => makings,
        Err(error) => return Err(ends(UNREAD, &error)),
    };
    let (told, mut events) = mpsc::channel(EVENTS);
    let run = Run {
        args: &args,
        makings,
        has: Makings::own_has(),
        stop: CancellationToken::new(),
        failed: AtomicUsize::new(0),
        told,
    };
    let mut telling = Telling::begin(&args.reports, &files, &planned, seed, out)?;
    // With nobody to read it the run goes on, for its files are wanted too.
    let mut unprinted = None;
    let stopped = {
        let playing = planned.iter().enumerate().map(|one| play_one(&run, one));
        let mut playing = stream::iter(playing).buffer_unordered(args.jobs.get());
        let mut stopped = None;
        loop {
            tokio::select! {
                biased;
                event = events.recv() => {
                    if let Some(event) = event {
                        unprinted = unprinted.or(telling.tell(event, out).err());
                    }
                }
                played = playing.next() => {
                    if played.is_none() {
                        break stopped;
                    }
                }
                number = signals.number() => {
                    if stopped.is_some() {
                        // Asked twice: leave at once.
                        return Err(EndsWith(128 + number).into());
                    }
                    stopped = Some(number);
                    run.stop.cancel();
                }
            }
        }
    };
    while let Ok(event) = events.try_recv() {
        unprinted = unprinted.or(telling.tell(event, out).err());
    }
    let early = stopped.map(|_| "the run was stopped by a signal".to_owned());
    let (mut report, told) = telling.end(early, out);
    let written = args.reports.write(&mut report, out);
    if let Some(error) = unprinted.or(told.err()).or(written.err()) {
        return Err(ends(NOT_RUN, &error));
    }
    match stopped
        .map(|number| 128 + number)
        .or_else(|| code(&report, &args))
    {
        Some(code) => Err(EndsWith(code).into()),
        None => Ok(()),
    }
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
        bail!("nothing was run, for {broken} faults have to be mended first");
    }
    Ok(files)
}

fn makings(args: &RunArgs) -> anyhow::Result<Makings> {
    Ok(Makings {
        own: OwnFiles::read(),
        layer: profile::sandbox(Layer::default())?.layer,
        answerer: Answerer::read(args.agent.as_deref())?,
    })
}

/// The report of an earlier run.
fn earlier(path: &Path) -> anyhow::Result<RunReport> {
    let shown = path.display();
    let text = fs::read(path)
        .with_context(|| format!("cannot read the report {shown}, given with --failed-of"))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{shown} is no JSON report of `handset run`"))
}

/// What the flags say of which scenes are run.
fn selection(args: &RunArgs) -> Selection {
    let (without, tags): (Vec<_>, Vec<_>) = args.tag.iter().partition(|tag| tag.starts_with('!'));
    let bare = |tag: &String| {
        let tag = tag.trim_start_matches('!');
        tag.trim_start_matches('@').to_owned()
    };
    Selection {
        tags: tags.into_iter().map(bare).collect(),
        without: without.into_iter().map(bare).collect(),
        name: args.name.clone(),
        row: args.row.clone(),
        ..Selection::default()
    }
}

/// The scenes that failed in a report of an earlier run, of one file.
fn failed_of(report: &RunReport, path: &str) -> BTreeSet<(usize, Option<String>)> {
    let files = report.files.iter().filter(|file| file.path == path);
    let scenes = files.flat_map(|file| &file.scenes);
    let wrong = scenes.filter(|scene| {
        matches!(
            scene.outcome,
            SceneOutcome::Failed { .. } | SceneOutcome::Error { .. }
        )
    });
    wrong.map(|scene| (scene.line, scene.row.clone())).collect()
}

/// The scenes to run, in the order of the files.
fn plan<'a>(
    args: &RunArgs,
    files: &'a [ScenarioFile],
    earlier: Option<&RunReport>,
    seed: u64,
) -> Vec<Planned<'a>> {
    let mut planned = Vec::new();
    for turn in 0..args.repeat.get() {
        for (index, file) in files.iter().enumerate() {
            let selection = Selection {
                lines: file.lines.clone(),
                failed: earlier.map(|earlier| {
                    let path = file.parsed.script.files.first();
                    failed_of(earlier, path.map_or("", String::as_str))
                }),
                ..selection(args)
            };
            for case in cases(&file.parsed.script, &args.play, &args.expect) {
                if selection.includes(&case) {
                    planned.push(Planned {
                        file,
                        index,
                        case,
                        seed: seed.wrapping_add(turn as u64),
                    });
                }
            }
        }
    }
    planned
}

fn list(planned: &[Planned<'_>], as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let path = |one: &Planned<'_>| one.case.script.files.first().cloned().unwrap_or_default();
    let text = if as_json {
        let all = planned.iter().map(|one| {
            let heads = [&one.case.script.head, &one.case.scene.head];
            let needs: Vec<&String> = heads.iter().flat_map(|head| &head.needs).collect();
            json!({
                "path": path(one),
                "line": one.case.scene.place.line,
                "title": one.case.title,
                "row": one.case.key,
                "tags": one.case.tags,
                "needs": needs,
            })
        });
        format!(
            "{}\n",
            serde_json::to_string_pretty(&all.collect::<Vec<_>>())?
        )
    } else {
        let rows = planned.iter().map(|one| {
            let place = format!("{}:{}", path(one), one.case.scene.place.line);
            let row = one.case.key.clone().unwrap_or_default();
            let tags: Vec<String> = one.case.tags.iter().map(|tag| format!("@{tag}")).collect();
            [place, one.case.title.clone(), row, tags.join(" ")]
        });
        output::table(rows.collect())
    };
    output::print(out, &text, "the scenes")
}

/// Plays one scene; what happens in it goes to who tells it.
async fn play_one(run: &Run<'_>, (number, one): (usize, &Planned<'_>)) {
    let scene = scene(run, number, one).await;
    if matches!(
        scene.outcome,
        SceneOutcome::Failed { .. } | SceneOutcome::Error { .. }
    ) {
        run.failed.fetch_add(1, Ordering::SeqCst);
    }
    // It is there as long as scenes are played.
    let _ = run.told.send(RunNews::End(number, Box::new(scene))).await;
}

async fn scene(run: &Run<'_>, number: usize, one: &Planned<'_>) -> SceneReport {
    let skipped = |why: String| not_run(&one.case, SceneOutcome::Skipped { why });
    if run.stop.is_cancelled() {
        return skipped("the run was stopped".to_owned());
    }
    if let Some(most) = run.args.stop_after
        && run.failed.load(Ordering::SeqCst) >= most.get()
    {
        return skipped(format!(
            "{most} failed before, and --stop-after says {most}"
        ));
    }
    if let Some(why) = missing(&one.case, &run.has) {
        return skipped(why);
    }
    // It is there as long as scenes are played.
    let _ = run.told.send(RunNews::Begin(number)).await;
    let made = run.makings.own_world(&one.case, &one.file.folder, one.seed);
    let (world, backstage) = match made.await {
        Ok(made) => made,
        Err(error) => {
            let (why, is_internal) = (in_words(&error), false);
            return not_run(&one.case, SceneOutcome::Error { why, is_internal });
        }
    };
    let told = run.told.clone();
    let settings = SceneSettings {
        seed: one.seed,
        within: WITHIN,
        folder: one.file.folder.clone(),
        told: Arc::new(move |step| {
            // Full: the step is in the scene's report all the same.
            let _ = told.try_send(RunNews::Step(number, step.clone()));
        }),
    };
    let scene = Box::pin(play(&one.case, world, &settings, &run.stop)).await;
    backstage.end().await;
    scene
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
