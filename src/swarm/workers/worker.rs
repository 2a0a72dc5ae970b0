//! A worker: it joins a run, claims slices of the arrivals, waits for the start, runs them, and
//! tells what it measures second by second.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    rt::{
        clock::{processor_time, unix_millis},
        nats::{NatsError, NatsLink, follow::Told},
    },
    swarm::{
        measure::{Latency, progress::SwarmOrder},
        run::{Swarm, SwarmEnd, SwarmSecond},
        workers::{
            link::{RunLink, announced},
            outbox::{WorkerOutbox, persist, write},
            records::{
                PlanPieces, RunRecord, SLICES_EACH, SharedPlan, WorkerBeat, WorkerEnd,
                WorkerSecond, WorkerStage,
            },
        },
        workload::plan::Slices,
    },
};

/// How often a worker says that it lives.
const BEAT: Duration = Duration::from_secs(2);
/// NATS is away for so long, and no more consumers arrive.
const AWAY: Duration = Duration::from_secs(30);
/// No beat of the coordinator for so long, and no more consumers arrive.
const UNATTENDED: Duration = Duration::from_mins(1);
/// How long the last measures are offered to NATS.
const FLUSHING: Duration = Duration::from_mins(1);
/// How often it is looked whether a run waits for workers.
const LOOK: Duration = Duration::from_millis(300);
/// Round trips by which clocks are compared; the shortest one counts.
const ROUND_TRIPS: usize = 20;

/// Why a worker does not run.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// NATS does not do what it is asked.
    #[error(transparent)]
    Nats(#[from] NatsError),
    /// No run began.
    #[error("{0}")]
    NoRun(String),
    /// The plan cannot be run here.
    #[error("cannot run the plan of {run}: {why}")]
    Plan {
        /// The run.
        run: String,
        /// Why not.
        why: String,
    },
    /// The measures did not reach NATS.
    #[error("{0}")]
    NotTold(String),
}

/// What the control bucket says by now.
#[derive(Debug, Clone, Default)]
struct ControlState {
    plan: Option<Result<SharedPlan, String>>,
    share: Option<u64>,
    /// Microseconds since 1970, by the coordinator's clock.
    start: Option<i64>,
    order: SwarmOrder,
    attended: Option<Instant>,
    is_revoked: bool,
}

/// A worker that has joined a run.
pub struct Worker {
    link: RunLink,
    name: String,
    incarnation: String,
    plan: SharedPlan,
    control: watch::Receiver<ControlState>,
    reader: JoinHandle<()>,
    clock_ahead_micros: i64,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// The slices that a worker has, and when their run begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerStart {
    /// The slices.
    pub slices: Slices,
    /// When the run begins; may be over.
    pub at: Instant,
}

impl Worker {
    /// Joins the run with this id, or the newest one that waits for workers, and reads its plan.
    /// Gives up after `wait`.
    pub async fn join(
        url: &str,
        run: Option<&str>,
        name: &str,
        wait: Duration,
    ) -> Result<Self, WorkerError> {
        let link = NatsLink::open(url, "handset swarm worker").await?;
        let until = Instant::now() + wait;
        let run = match run {
            Some(run) => run.to_owned(),
            None => loop {
                match announced(&link).await {
                    Ok(Some(run)) => break run,
                    Err(cause @ NatsError::Lasting { .. }) => return Err(cause.into()),
                    _ if Instant::now() >= until => {
                        return Err(WorkerError::NoRun(format!(
                            "no run asked for workers at {} within {} s; start one with `handset swarm FILE --nats … --workers N`, or wait longer with --wait",
                            link.place,
                            wait.as_secs()
                        )));
                    }
                    _ => sleep(LOOK).await,
                }
            },
        };
        let link = RunLink::open(link, &run).await?;
        let incarnation = format!("{:08x}", fastrand::u32(..));
        let (told, mut control) = watch::channel(ControlState::default());
        let own = (name.to_owned(), incarnation.clone());
        let reader = tokio::spawn(read_control(link.clone(), own, told));
        let left = until.saturating_duration_since(Instant::now()).max(BEAT);
        let _ = timeout(left, control.wait_for(|state| state.plan.is_some())).await;
        let plan = control.borrow().plan.clone();
        let refused = |why: String| WorkerError::Plan {
            run: run.clone(),
            why,
        };
        let plan = plan.ok_or_else(|| refused("it is not there".to_owned()))?;
        let plan = plan.map_err(refused)?;
        if plan.handset != env!("CARGO_PKG_VERSION") {
            return Err(refused(format!(
                "its coordinator is handset {}, and this is {}; use the same version everywhere",
                plan.handset,
                env!("CARGO_PKG_VERSION")
            )));
        }
        Ok(Self {
            clock_ahead_micros: clock_ahead(&link).await,
            link,
            name: name.to_owned(),
            incarnation,
            plan,
            control,
            reader,
        })
    }

    /// What is to be run.
    pub fn plan(&self) -> &SharedPlan {
        &self.plan
    }

    /// Claims slices, and waits for the start.
    pub async fn ready(&mut self, wait: Duration) -> Result<WorkerStart, WorkerError> {
        let until = Instant::now() + wait;
        let all = self.plan.slices;
        // Each worker begins elsewhere, so that they do not all ask for the same ones.
        let first = fastrand::u64(..all.max(1));
        let mut left: VecDeque<u64> = (0..all).map(|step| (first + step) % all).collect();
        let mut own: Vec<u64> = Vec::new();
        let mut next_beat = Instant::now();
        loop {
            let state = self.control.borrow_and_update().clone();
            if let Some(start) = state.start {
                own.sort_unstable();
                return Ok(WorkerStart {
                    slices: Slices { count: all, own },
                    at: self.local(start),
                });
            }
            let share = state.share.unwrap_or(SLICES_EACH);
            let has_room = || u64::try_from(own.len()).is_ok_and(|own| own < share);
            if has_room()
                && let Some(slice) = left.pop_front()
            {
                if self
                    .link
                    .claim(slice, (&self.name, &self.incarnation))
                    .await?
                {
                    own.push(slice);
                    next_beat = Instant::now();
                }
                continue;
            }
            if Instant::now() >= next_beat {
                let beat = self.beat(WorkerStage::Ready, &own, 0);
                self.link.put(&beat).await?;
                next_beat = Instant::now() + BEAT;
            }
            if Instant::now() >= until {
                return Err(WorkerError::NoRun(format!(
                    "run {} did not begin within {} s",
                    self.plan.run,
                    wait.as_secs()
                )));
            }
            // A change of share or start, or the next beat.
            let _ = timeout(next_beat - Instant::now(), self.control.changed()).await;
        }
    }

    /// Runs a swarm of the slices that this worker has. `stop` ends it as the user does.
    pub async fn play(
        mut self,
        swarm: Swarm,
        start: WorkerStart,
        stop: CancellationToken,
    ) -> Result<SwarmEnd, WorkerError> {
        let outbox = Arc::new(WorkerOutbox::default());
        let (orders, ordered) = watch::channel(SwarmOrder::Go);
        let told = {
            let (outbox, worker, incarnation) = (
                Arc::clone(&outbox),
                self.name.clone(),
                self.incarnation.clone(),
            );
            Box::new(move |second: SwarmSecond<'_>| {
                outbox.add(WorkerSecond {
                    worker: worker.clone(),
                    incarnation: incarnation.clone(),
                    number: 0,
                    second: second.number,
                    in_conversation: second.progress.in_conversation,
                    measures: second.measures.clone(),
                });
            })
        };
        let slices = start.slices.own.clone();
        let mut running = tokio::spawn(swarm.of_slices(start.slices).run(start.at, ordered, told));
        let writing = tokio::spawn(write(self.link.clone(), Arc::clone(&outbox)));
        let (mut ended_early, mut is_gone) = (None, false);
        let mut beats = tokio::time::interval(BEAT);
        let end = loop {
            tokio::select! {
                end = &mut running => break end,
                _ = beats.tick() => {
                    let beat = self.beat(WorkerStage::Running, &slices, outbox.in_conversation());
                    // The next beat says the same.
                    let put = timeout(BEAT, self.link.put(&beat)).await;
                    is_gone |= !matches!(put, Ok(Ok(()))) && self.link.is_gone().await;
                }
                _ = self.control.changed() => {}
                () = stop.cancelled() => {}
            }
            let state = self.control.borrow_and_update().clone();
            let is_alone = !self.plan.unattended
                && state.attended.is_some_and(|at| at.elapsed() >= UNATTENDED)
                && self.link.is_connected();
            let is_cut_off = outbox.stuck_for() >= AWAY;
            if is_alone {
                ended_early.get_or_insert("its coordinator was silent for a minute");
            } else if is_cut_off {
                ended_early.get_or_insert("NATS was away for 30 s");
            }
            let order = if state.is_revoked || is_gone || stop.is_cancelled() {
                SwarmOrder::Close
            } else if ended_early.is_some() {
                state.order.max(SwarmOrder::Drain)
            } else {
                state.order
            };
            orders.send_if_modified(|now| std::mem::replace(now, order) != order);
            if stop.is_cancelled() {
                break (&mut running).await;
            }
        };
        let mut end = end.unwrap_or_default();
        if let Some(why) = ended_early {
            end.ended_early.get_or_insert(why.to_owned());
        }
        outbox.end();
        // The report was made without this worker: there is nobody to tell.
        let is_revoked = self.control.borrow().is_revoked;
        if is_revoked || is_gone || self.link.is_gone().await {
            writing.abort();
            return Ok(end);
        }
        let last = RunRecord::Ended(Box::new(self.last(&end, &outbox)));
        let flushed = async {
            let _ = writing.await;
            persist(&self.link, &last).await;
            persist(&self.link, &self.beat(WorkerStage::Ended, &slices, 0)).await;
        };
        timeout(FLUSHING, flushed).await.map_err(|_| {
            WorkerError::NotTold(format!(
                "the last measures of worker {} did not reach NATS at {} within {} s; the report of run {} lacks them",
                self.name,
                self.link.link.place,
                FLUSHING.as_secs(),
                self.plan.run
            ))
        })?;
        Ok(end)
    }

    fn last(&self, end: &SwarmEnd, outbox: &WorkerOutbox) -> WorkerEnd {
        let all = end.timeline.total.in_all();
        let recorded = all.latencies.iter();
        let recorded: BTreeMap<Latency, u64> = recorded
            .map(|(latency, histogram)| (*latency, histogram.count()))
            .collect();
        WorkerEnd {
            worker: self.name.clone(),
            incarnation: self.incarnation.clone(),
            seconds: outbox.numbered(),
            counts: all.counts,
            recorded,
            bottlenecks: end.bottlenecks.clone(),
            left_open: end.left_open.clone(),
            ended_early: end.ended_early.clone(),
            cpu_ms: processor_time().map_or(0, |time| {
                u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
            }),
        }
    }

    fn beat(&self, stage: WorkerStage, slices: &[u64], in_conversation: u64) -> RunRecord {
        RunRecord::Beat(WorkerBeat {
            worker: self.name.clone(),
            incarnation: self.incarnation.clone(),
            stage,
            slices: slices.to_vec(),
            in_conversation,
            clock_ahead_ms: self.clock_ahead_micros / 1_000,
        })
    }

    /// An instant of the coordinator's clock by this machine's.
    fn local(&self, micros: i64) -> Instant {
        let away = micros + self.clock_ahead_micros - unix_millis() * 1_000;
        let span = Duration::from_micros(away.unsigned_abs());
        let now = Instant::now();
        if away >= 0 {
            now + span
        } else {
            now.checked_sub(span).unwrap_or(now)
        }
    }
}

/// By how much this machine's clock is ahead of the coordinator's, in microseconds; 0 where no
/// coordinator answers.
async fn clock_ahead(link: &RunLink) -> i64 {
    let mut best: Option<(Duration, i64)> = None;
    for _ in 0..ROUND_TRIPS {
        let began = Instant::now();
        let asked = link.link.client.request(link.clock(), bytes::Bytes::new());
        let Ok(Ok(answer)) = timeout(Duration::from_secs(1), asked).await else {
            break;
        };
        let took = began.elapsed();
        let there = std::str::from_utf8(&answer.payload).ok();
        let Some(there) = there.and_then(|text| text.parse::<i64>().ok()) else {
            break;
        };
        let half = i64::try_from(took.as_micros() / 2).unwrap_or(0);
        let ahead = unix_millis() * 1_000 - half - there;
        if best.is_none_or(|(shortest, _)| took < shortest) {
            best = Some((took, ahead));
        }
    }
    best.map_or(0, |(_, ahead)| ahead)
}

/// Reads what concerns this worker, for as long as somebody wants to know.
async fn read_control(
    link: RunLink,
    (name, own): (String, String),
    told: watch::Sender<ControlState>,
) {
    let mut follow = link.control();
    let mut pieces = PlanPieces::default();
    loop {
        let Told::Message { payload, .. } = follow.next().await else {
            continue;
        };
        let Ok(record) = serde_json::from_slice(&payload) else {
            continue;
        };
        told.send_modify(|state| match record {
            RunRecord::Piece { number, of, text } => {
                state.plan = pieces.add(number, of, text).or_else(|| state.plan.take());
            }
            RunRecord::Share { slices } => state.share = Some(slices),
            RunRecord::Start { at_micros } => state.start = Some(at_micros),
            RunRecord::Order(order) => state.order = order,
            RunRecord::Attended => state.attended = Some(Instant::now()),
            RunRecord::Revoked {
                worker,
                incarnation,
                ..
            } => state.is_revoked |= worker == name && incarnation == own,
            _ => {}
        });
    }
}
