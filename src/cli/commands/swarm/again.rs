//! `handset swarm report`: a report told again, compared, or made of what workers left on NATS.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};

use crate::{
    cli::{
        EndsWith,
        checks::scratch::Scratch,
        commands::swarm::{
            NOT_RUN, UNREAD, cloud, code, ends,
            facts::{SwarmFacts, SwarmFiles},
            reading, shared,
            watching::watched,
        },
        inputs, logging,
        nats::NatsArgs,
        output,
        own::OwnFiles,
        signals::Signals,
    },
    domain::secret::Secret,
    swarm::{
        report::{against, json, outcome::SwarmReport},
        workers::coordinator::Coordinator,
        workload,
    },
};

/// A report of more bytes is not read.
const LARGEST: u64 = 512 * 1024 * 1024;

/// Tell a report again, compare it with another, or make that of a run whose coordinator died.
#[derive(Debug, clap::Args)]
pub(super) struct AgainArgs {
    /// The report to read, as --json wrote it.
    #[arg(value_name = "FILE", required_unless_present = "run")]
    file: Option<PathBuf>,

    /// The report of an earlier run; it is told how much each latency differs.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,

    #[command(flatten)]
    nats: NatsArgs,

    /// The run on NATS whose report is made.
    #[arg(long, value_name = "ID", conflicts_with = "file", value_parser = inputs::words)]
    run: Option<String>,

    #[command(flatten)]
    files: SwarmFiles,
}

/// Tells the report.
pub(super) async fn again(args: AgainArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let unread = |error: anyhow::Error| ends(UNREAD, &error);
    args.files.check().map_err(unread)?;
    let base = args.against.as_deref().map(read).transpose();
    let base = base.map_err(unread)?;
    let report = match (&args.file, &args.run) {
        (Some(file), _) => read(file).map_err(unread)?,
        (None, run) => {
            let url = args.nats.url().await.map_err(unread)?;
            let url =
                url.context("say with --nats, --nats-env or --nats-file on which NATS the run is");
            of_run(&url.map_err(unread)?, run.as_deref().unwrap_or_default()).await?
        }
    };
    args.files
        .tell(&report, out)
        .map_err(|error| ends(NOT_RUN, &error))?;
    if let Some(base) = base {
        let text = format!("\n{}", against::text(&report, &base, report.run.seed));
        output::print(out, &text, "the comparison")?;
    }
    code(&report).map_or(Ok(()), |code| Err(EndsWith(code).into()))
}

fn read(path: &Path) -> anyhow::Result<SwarmReport> {
    let name = path.display();
    let length = fs::metadata(path).map(|file| file.len());
    if length.is_ok_and(|length| length > LARGEST) {
        bail!("cannot read the report {name}: it is larger than {LARGEST} bytes");
    }
    let text = fs::read_to_string(path).map_err(anyhow::Error::from);
    let report = text.and_then(|text| Ok(json::read(&text)?));
    report.map_err(|cause| {
        anyhow!(
            "cannot read the report {name}: {cause}; name a file that `handset swarm --json` wrote"
        )
    })
}

/// The report of a run on NATS; waits until its workers have ended or are silent.
async fn of_run(url: &Secret, run: &str) -> anyhow::Result<SwarmReport> {
    let not_run = |error: anyhow::Error| ends(NOT_RUN, &error);
    let mut signals = Signals::new()?;
    logging::to_stderr(logging::filter_or(logging::OF_SCENES)?);
    let opened = Coordinator::reopen(url.reveal(), run).await;
    let coordinator = opened.map_err(|error| not_run(error.into()))?;
    let plan = coordinator.plan().clone();
    let folder =
        std::env::temp_dir().join(format!("handset-report-{}", uuid::Uuid::new_v4().simple()));
    let folder = Scratch::make(&folder)
        .with_context(|| format!("cannot make the folder {} for the run", folder.display()))
        .map_err(not_run)?;
    let path = shared::unpack(&plan, &folder).map_err(not_run)?;
    let workload = workload::read(&path).map_err(|error| not_run(anyhow!(error)))?;
    let own = OwnFiles::read();
    let has = cloud::sandbox_has();
    let scenarios = reading::scenarios(&workload, &own, &has, Some(&folder.path));
    let scenarios = scenarios.map_err(not_run)?;
    let mut facts = SwarmFacts::begin(&workload, &scenarios, plan.seed, None);
    facts.of_run(run.to_owned());
    let (end, stopped) = Box::pin(watched(
        |orders, told| coordinator.run(&workload, orders, told),
        &mut signals,
        false,
    ))
    .await?;
    let end = end.map_err(|error| not_run(error.into()))?;
    let mut report = facts.end_of_workers(end, 0, stopped);
    report
        .notes
        .push("made from what the workers left on NATS, without their coordinator".to_owned());
    Ok(report)
}
