//! The coordinator's side of a run over NATS.

use std::{io::Write, path::Path, time::Duration};

use crate::{
    cli::{
        EndsWith,
        commands::swarm::{
            NOT_RUN, UNREAD, code, ends,
            facts::{SwarmFacts, SwarmFiles},
            remark, shared,
            watching::watched,
        },
        logging,
        nats::NatsArgs,
        signals::Signals,
    },
    config::profile::Profile,
    domain::secret::Secret,
    swarm::{
        scenario::SwarmScenario,
        workers::coordinator::Coordinator,
        workload::{Workload, words},
    },
};

/// A run on several machines.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "On several machines")]
pub(super) struct CoordinatorArgs {
    #[command(flatten)]
    nats: NatsArgs,

    /// How many workers share the run: `handset swarm worker` on each machine.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "NatsArgs", value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,

    /// How long to wait for the workers.
    #[arg(long, value_name = "SPAN", default_value = "60s", requires = "NatsArgs", value_parser = words::span)]
    wait: Duration,

    /// Begin with fewer workers when not all have come: they share the work of the others.
    #[arg(long, requires = "NatsArgs")]
    fewer_workers: bool,

    /// How many workers may be lost without the run being called incomplete.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "NatsArgs")]
    may_lose_workers: usize,

    /// Workers go on when nothing is heard of this coordinator any more.
    #[arg(long, requires = "NatsArgs")]
    unattended: bool,
}

impl CoordinatorArgs {
    /// The NATS that is named, if one is.
    pub(super) async fn url(&self) -> anyhow::Result<Option<Secret>> {
        self.nats.url().await
    }
}

/// What is shared.
pub(super) struct SharedRun<'a> {
    pub(super) path: &'a Path,
    pub(super) workload: Workload,
    pub(super) scenarios: Vec<SwarmScenario>,
    pub(super) seed: u64,
    /// The profile that is named; workers name their own.
    pub(super) profile: Option<&'a Profile>,
}

/// Shares a run, and reports what its workers measured.
pub(super) async fn coordinate(
    args: &CoordinatorArgs,
    nats: Secret,
    shared: SharedRun<'_>,
    files: &SwarmFiles,
    may_draw: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let not_run = |error: anyhow::Error| ends(NOT_RUN, &error);
    let SharedRun {
        path,
        workload,
        scenarios,
        seed,
        profile,
    } = shared;
    let workers = usize::from(args.workers);
    let sharing = (seed, workers, args.unattended);
    let plan = shared::pack(path, &workload, &scenarios, sharing);
    let plan = plan.map_err(|error| ends(UNREAD, &error))?;
    let run = plan.run.clone();
    let mut signals = Signals::new()?;
    logging::to_stderr(logging::filter_or(logging::OF_SCENES)?);
    let opened = Coordinator::open(nats.reveal(), plan).await;
    let mut coordinator = opened.map_err(|error| not_run(error.into()))?;
    remark(&format!(
        "run {run}: waiting for {workers} workers, `handset swarm worker --nats …`"
    ));
    let mut told = 0;
    let gathered = coordinator.gather(workers, args.wait, args.fewer_workers, |ready| {
        if std::mem::replace(&mut told, ready) != ready {
            remark(&format!(
                "run {run}: {ready} of {workers} workers are ready"
            ));
        }
    });
    let gathered = tokio::select! {
        gathered = gathered => gathered.map_err(|error| not_run(error.into())),
        number = signals.number() => Err(EndsWith(128 + number).into()),
    };
    if let Err(error) = gathered {
        let _ = Coordinator::forget(nats.reveal(), &run).await;
        return Err(error);
    }
    let mut facts = SwarmFacts::begin(&workload, &scenarios, seed, profile);
    facts.of_run(run.clone());
    let (end, stopped) = Box::pin(watched(
        |orders, told| coordinator.run(&workload, orders, told),
        &mut signals,
        may_draw,
    ))
    .await?;
    let end = end.map_err(|error| not_run(error.into()))?;
    let report = facts.end_of_workers(end, args.may_lose_workers, stopped);
    files.tell(&report, out).map_err(not_run)?;
    if let Err(error) = Coordinator::forget(nats.reveal(), &run).await {
        remark(&format!("handset: {error}; NATS forgets it after 24 hours"));
    }
    let code = stopped.map_or_else(|| code(&report), |number| Some(128 + number));
    code.map_or(Ok(()), |code| Err(EndsWith(code).into()))
}
