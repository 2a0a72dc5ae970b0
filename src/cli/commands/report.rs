//! `handset report`: reports of runs that are over, put together and written again.

use std::{
    fs::File,
    io::{self, Read as _, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};

use crate::{
    cli::reports::{ReportArgs, ReportStream},
    domain::time::Timestamp,
    report::{events::RunEvent, json, merge, outcome::RunReport},
    rt::clock,
};

/// A report of more bytes is not read.
const LARGEST: u64 = 512 * 1024 * 1024;

/// Work with reports of `handset run`.
#[derive(Debug, clap::Args)]
pub(crate) struct ReportCommandArgs {
    #[command(subcommand)]
    command: ReportCommand,
}

#[derive(Debug, clap::Subcommand)]
enum ReportCommand {
    Merge(MergeArgs),
}

/// Put the reports of several runs together, as those of the machines that shared a run.
///
/// It reads what `handset run --json FILE` wrote. With one file it writes that report in other
/// forms. It ends with 0 when the reports are written, whatever is in them.
#[derive(Debug, clap::Args)]
struct MergeArgs {
    /// The files to read.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    reports: ReportArgs,
}

/// Reads all, then prints and writes.
pub(crate) fn run(
    args: ReportCommandArgs,
    is_plain: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let ReportCommand::Merge(args) = args.command;
    args.reports.check()?;
    let reports: anyhow::Result<Vec<_>> = args.files.iter().map(|file| read(file)).collect();
    let mut report = merge::merged(reports?);
    match print(&report, args.reports.stream(is_plain), out) {
        // Who reads it has seen enough; the files are to be written all the same.
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => {}
        printed => printed.context("cannot write to stdout")?,
    }
    args.reports.write(&mut report, out)
}

fn read(path: &Path) -> anyhow::Result<RunReport> {
    let name = path.display();
    let fault = |cause: &dyn std::fmt::Display| {
        anyhow!(
            "cannot read the report {name}: {cause}; name files that `handset run --json` wrote"
        )
    };
    let mut text = String::new();
    let file = File::open(path).map_err(|cause| fault(&cause))?;
    let length = file.take(LARGEST + 1).read_to_string(&mut text);
    let length = length.map_err(|cause| fault(&cause))?;
    if u64::try_from(length).unwrap_or(u64::MAX) > LARGEST {
        bail!("cannot read the report {name}: it is larger than {LARGEST} bytes");
    }
    json::read(&text).map_err(|cause| fault(&cause))
}

/// What a run would have printed.
fn print(report: &RunReport, mut stream: ReportStream, out: &mut impl Write) -> io::Result<()> {
    let now = Timestamp(clock::unix_millis());
    let mut put = |event: RunEvent<'_>| {
        let text = stream.text(now, &event).map_err(io::Error::other)?;
        out.write_all(text.as_bytes())
    };
    let run = &report.run;
    let cases = report.totals.all();
    put(RunEvent::RunBegin { run, cases })?;
    let mut case = 0;
    for file in &report.files {
        let path = file.path.as_str();
        put(RunEvent::FileBegin(file))?;
        for scene in &file.scenes {
            case += 1;
            put(RunEvent::SceneBegin { case, path, scene })?;
            for step in &scene.steps {
                put(RunEvent::StepEnd { case, step })?;
            }
            put(RunEvent::SceneEnd { case, path, scene })?;
        }
    }
    put(RunEvent::RunEnd(report))?;
    out.flush()
}
