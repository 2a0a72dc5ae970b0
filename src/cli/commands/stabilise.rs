//! `handset stabilise`: a scenario made to pass in every run, by loosening what differs between
//! runs and nothing else.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use anyhow::{Context as _, anyhow, bail};
use similar::TextDiff;

use crate::{
    cli::{
        EndsWith,
        commands::run::trial::{Trial, verdict},
        inputs, output,
        scenarios::{WITHIN, faults, files},
        signals::Signals,
    },
    domain::text::SafeText,
    report::{
        outcome::{SceneOutcome, SceneReport},
        words::quoted,
    },
    runner::differences::{differences, observable, patient},
    scenario::{changes::changed, fault::Fault},
};

/// It still fails in some run.
const UNSTABLE: u8 = 1;
/// The scenario cannot be read for its faults.
const FAULTY: u8 = 2;
/// Times that what was loosened is run again. A run that fails shows no more than one difference.
const ROUNDS: usize = 12;
/// Seeds that are drawn.
const SEEDS: u64 = 1_000_000;

/// Run a scenario several times, and loosen what differs between the runs.
///
/// Words that differ become `…`, a deadline that some runs miss becomes longer, what does not come
/// in every run becomes `maybe`, and what comes in another order stands in `any order`. What is the
/// same in every run stays as it is, also where it fails. The changes are shown as a diff, and
/// written with --write. Ends with 0 when every run passes with them, with 1 when one fails still.
#[derive(Debug, clap::Args)]
pub(crate) struct StabiliseArgs {
    /// The scenario.
    #[arg(value_name = "FILE", value_parser = inputs::words)]
    file: String,

    /// How many times it is run, each time in sandboxes of its own with the next seed.
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u64).range(2..=100))]
    times: u64,

    /// The first seed [default: drawn, and told].
    #[arg(long, value_name = "N", value_parser = inputs::number)]
    seed: Option<u64>,

    /// Who answers in the sandbox: riley, none, or an agent script of your own.
    #[arg(long, value_name = "WHO|FILE", value_parser = inputs::words)]
    agent: Option<String>,

    /// Write the changes into the file.
    #[arg(long)]
    write: bool,
}

/// What came of it.
struct Stabilised {
    text: String,
    remarks: Vec<String>,
    /// What became of the last runs, with the scenario as it is then.
    runs: Vec<Vec<SceneReport>>,
}

pub(crate) async fn run(args: StabiliseArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let path = Path::new(&args.file);
    if path.is_dir() || args.file == "-" {
        bail!("{} is no file; name one scenario", args.file);
    }
    let before = fs::read_to_string(path)
        .with_context(|| format!("cannot read the scenario {}", args.file))?;
    check(&args.file)?;
    let trial = Trial::new(args.agent.as_deref())?;
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..SEEDS));
    let mut signals = Signals::new()?;
    let work = stabilised(
        &trial,
        (path, &before),
        seed..seed.saturating_add(args.times),
    );
    let done = trial.unless_stopped(&mut signals, work).await??;
    if done.text != before {
        let diff = TextDiff::from_lines(&before, &done.text);
        let diff = diff
            .unified_diff()
            .header(&args.file, &args.file)
            .to_string();
        output::print(out, SafeText::clean(&diff).as_str(), "the changes")?;
        if args.write {
            files::rewrite(path, &done.text)?;
        }
    }
    for remark in &done.remarks {
        told(remark);
    }
    let passed = done.runs.iter().filter(|run| is_passed(run)).count();
    told(&summary(&args, seed, (passed, done.text != before)));
    if passed == done.runs.len() {
        return Ok(());
    }
    if let Some(failed) = done.runs.iter().find(|run| !is_passed(run)) {
        told(&format!("one of them {}", verdict(failed)));
    }
    Err(EndsWith(UNSTABLE).into())
}

/// Runs, compares and loosens until the runs differ no more, then runs what came of it.
async fn stabilised(
    trial: &Trial,
    (path, before): (&Path, &str),
    seeds: std::ops::Range<u64>,
) -> anyhow::Result<Stabilised> {
    let mut text = before.to_owned();
    let mut remarks = Vec::new();
    for _ in 0..ROUNDS {
        let file = files::of_text(path, &text, Vec::new());
        let script = &file.parsed.script;
        let (observed, within) = (observable(script), patient(WITHIN));
        let runs = trial.repeated(&observed, &file.folder, seeds.clone(), within);
        let found = differences(script, WITHIN, &runs.await);
        remarks = found.remarks;
        let next = changed(&text, &found.changes)
            .map_err(|faults| anyhow!("what was loosened cannot be read: {}", words(&faults)))?;
        if found.changes.is_empty() || next == text {
            break;
        }
        let loose = files::of_text(path, &next, Vec::new()).parsed;
        if loose.is_faulty() {
            remarks.push(format!(
                "what differs cannot be loosened further: {}",
                words(&loose.faults)
            ));
            break;
        }
        text = next;
    }
    let file = files::of_text(path, &text, Vec::new());
    let runs = trial.repeated(&file.parsed.script, &file.folder, seeds, WITHIN);
    Ok(Stabilised {
        runs: runs.await,
        text,
        remarks,
    })
}

/// Refuses a scenario with a fault in it.
fn check(name: &str) -> anyhow::Result<()> {
    let read = files::read(&[name.to_owned()])?;
    let count = faults::Count::of(&read);
    if count.errors > 0 {
        let styled = faults::is_styled(&io::stderr());
        // With nowhere to write to, the exit code has to do.
        let _ = write!(io::stderr(), "{}", faults::human(&read, styled));
        return Err(EndsWith(FAULTY).into());
    }
    Ok(())
}

fn words(faults: &[Fault]) -> String {
    let errors = faults.iter().filter(|fault| !fault.kind.is_warning());
    let errors = errors.map(|fault| format!("line {}: {}", fault.place.line, fault.words));
    errors.collect::<Vec<_>>().join("; ")
}

fn is_passed(run: &[SceneReport]) -> bool {
    run.iter()
        .all(|scene| scene.outcome == SceneOutcome::Passed)
}

fn summary(args: &StabiliseArgs, seed: u64, (passed, is_changed): (usize, bool)) -> String {
    let times = args.times;
    let runs = format!("{passed} of {times} runs from seed {seed} on passed");
    match (is_changed, args.write) {
        (false, _) => format!("nothing was loosened: {runs}"),
        (true, true) => format!("{} was written: {runs} with it", quoted(&args.file)),
        (true, false) => format!("{runs} with these changes; --write writes them"),
    }
}

/// A line on stderr; with nowhere to write to it is lost.
fn told(words: &str) {
    let _ = writeln!(io::stderr(), "{}", SafeText::clean(words).one_line());
}
