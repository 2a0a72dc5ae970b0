//! `handset swarm worker`: a part of a run that several machines share.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        EndsWith,
        answerer::Answerer,
        checks::scratch::Scratch,
        commands::{
            run::live::{LiveArgs, LivePlan},
            swarm::{NOT_RUN, UNREAD, cloud, ends, guard, open, reading, remark, shared},
        },
        ingress::own_host,
        inputs, logging,
        nats::NatsArgs,
        own::OwnFiles,
        signals::Signals,
    },
    swarm::{
        run::Swarm,
        workers::{records::worker_name, worker::Worker},
        workload::{self, plan::Slices, words},
    },
};

/// Take a part of the next run on a NATS, and tell its coordinator what was measured.
///
/// The consumers of this worker come to a sandbox inside this program, or to the cloud of a profile.
/// It ends when its part of the run has ended.
#[derive(Debug, clap::Args)]
pub(super) struct WorkerArgs {
    #[command(flatten)]
    nats: NatsArgs,

    /// The name of this worker in the report [default: the name of this machine and the process].
    #[arg(long, value_name = "NAME", value_parser = worker_name)]
    name: Option<String>,

    /// The run to take part in [default: the newest that waits for workers].
    #[arg(long, value_name = "ID", value_parser = inputs::words)]
    run: Option<String>,

    /// How long to wait for a run, and then for its begin.
    #[arg(long, value_name = "SPAN", default_value = "10m", value_parser = words::span)]
    wait: Duration,

    /// How many consumers this worker holds at a time; an arrival above is dropped and counted
    /// [default: what the workload says].
    #[arg(long, value_name = "N")]
    slots: Option<usize>,

    /// Who answers in the sandbox: riley, none, or an agent script of your own.
    #[arg(long, value_name = "WHO|FILE", value_parser = inputs::words)]
    agent: Option<String>,

    #[command(flatten)]
    guard: guard::LoadArgs,

    #[command(flatten)]
    live: LiveArgs,
}

/// Joins a run, and plays its part of it.
pub(super) async fn work(args: WorkerArgs) -> anyhow::Result<()> {
    let unread = |error: anyhow::Error| ends(UNREAD, &error);
    let not_run = |error: anyhow::Error| ends(NOT_RUN, &error);
    let url = args.nats.url().await.map_err(unread)?;
    let url = url
        .context("say with --nats, --nats-env or --nats-file over which NATS the run is shared")
        .map_err(unread)?;
    let own = OwnFiles::read();
    let live = args.live.plan().map_err(unread)?;
    let answerer = Answerer::read(args.agent.as_deref()).map_err(unread)?;
    let mut signals = Signals::new()?;
    logging::to_stderr(logging::filter_or(logging::OF_SCENES)?);
    let name = args.name.clone().unwrap_or_else(usual_name);
    let joined = Worker::join(url.reveal(), args.run.as_deref(), &name, args.wait);
    let joined = tokio::select! {
        joined = joined => joined,
        number = signals.number() => return Err(EndsWith(128 + number).into()),
    };
    let mut worker = joined.map_err(|error| not_run(error.into()))?;
    let plan = worker.plan().clone();
    remark(&format!("worker {name}: joined the run {}", plan.run));
    let folder =
        std::env::temp_dir().join(format!("handset-worker-{}", uuid::Uuid::new_v4().simple()));
    let folder = Scratch::make(&folder)
        .with_context(|| format!("cannot make the folder {} for the run", folder.display()))
        .map_err(not_run)?;
    let path = shared::unpack(&plan, &folder).map_err(not_run)?;
    let workload = workload::read(&path).map_err(|error| not_run(anyhow!(error)));
    let mut workload = workload?;
    let has = live.as_ref().map_or_else(cloud::sandbox_has, LivePlan::has);
    let scenarios = reading::scenarios(&workload, &own, &has, Some(&folder.path));
    let scenarios = scenarios.map_err(not_run)?;
    if let Some(slots) = args.slots {
        workload.limits.consumers = slots;
    }
    if let Some(live) = &live {
        args.guard
            .check(&live.profile, &mut workload, plan.seed)
            .map_err(not_run)?;
    }
    let mut cloud = open(live, answerer, plan.seed, &mut signals).await?;
    let setup = cloud.setup(own, workload, scenarios, (plan.seed, Slices::all(), None));
    let swarm = Swarm::new(setup);
    let cloud = cloud.serve(swarm.hooks()).map_err(not_run)?;
    let stop = CancellationToken::new();
    let played = async {
        let start = worker.ready(args.wait).await?;
        remark(&format!(
            "worker {name}: ready with {} of {} slices",
            start.slices.own.len(),
            start.slices.count
        ));
        worker.play(swarm, start, stop.clone()).await
    };
    let mut played = Box::pin(played);
    let mut stopped = None;
    let played = loop {
        tokio::select! {
            played = &mut played => break played,
            number = signals.number() => {
                // A worker that has not begun holds nothing that must be closed.
                if stopped.replace(number).is_some() {
                    break Ok(crate::swarm::run::SwarmEnd::default());
                }
                stop.cancel();
                remark("handset: everything is being closed");
            }
        }
    };
    let is_given_back = cloud.end().await;
    let end = played.map_err(|error| not_run(error.into()))?;
    remark(&format!("worker {name}: ended"));
    for conversation in &end.left_open {
        remark(&format!(
            "handset: the conversation {conversation} could not be closed"
        ));
    }
    let code = match stopped {
        Some(number) => Some(128 + number),
        None => (!is_given_back).then_some(NOT_RUN),
    };
    code.map_or(Ok(()), |code| Err(EndsWith(code).into()))
}

/// The name of this machine and the process, as a key may have it.
fn usual_name() -> String {
    let host = own_host().unwrap_or_else(|| "worker".to_owned());
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let host: String = host.chars().filter(|c| fits(*c)).take(40).collect();
    format!("{host}-{}", std::process::id())
}
