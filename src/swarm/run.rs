//! A run: consumers are started at the moments of the plan, whatever the cloud does; then those who are
//! there may go on for a while, and then everything that is still open is closed.
//!
//! One task starts them; another one takes out each second what was measured, so that no sum delays
//! an arrival.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep_until, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    client::Client,
    domain::{exchange::Exchange, ids::SkillId, inbound::Credentials},
    engine,
    runner::world::AgentLibrary,
    swarm::{
        calls::read_calls,
        consumer::{
            play::{self, SwarmShared},
            router::Router,
        },
        ingress::SwarmHooks,
        measure::{
            Latency, Measures, SwarmCount,
            progress::{FailingStep, LatencyRow, RefusedCalls, SwarmPhase, SwarmProgress},
            threshold::{JudgedThreshold, Threshold, stopping},
            timeline::Timeline,
        },
        recorder::Recorder,
        scenario::SwarmScenario,
        vitals::Vitals,
        workload::{
            Workload,
            plan::{Arrival, Slices},
        },
    },
};

pub use crate::swarm::consumer::play::KeepFailed;

pub use crate::swarm::measure::progress::SwarmOrder;

/// How long closing may take before what is open is given up.
const CLOSING: Duration = Duration::from_secs(10);
/// What is measured is taken out so often.
const SECOND: Duration = Duration::from_secs(1);
/// Seconds that the progress tells one by one.
const RECENT: usize = 60;

/// Gives an order, unless one that goes further was given before.
pub fn raise(orders: &watch::Sender<SwarmOrder>, to: SwarmOrder) {
    orders.send_if_modified(|known| {
        let is_more = *known < to;
        *known = to.max(*known);
        is_more
    });
}

/// What a swarm is made of.
pub struct SwarmSetup {
    /// What calls the cloud, for all consumers. It has to report in full where
    /// [`tells_wire`] says so.
    pub client: Client,
    /// What it reports of its calls.
    pub exchanges: mpsc::Receiver<Exchange>,
    /// By which webhooks are judged.
    pub credentials: Credentials,
    /// What the phones know of the cloud; its personas are not used.
    pub engine: engine::Settings,
    /// What is wanted.
    pub workload: Workload,
    /// Its scenarios, read, in the order of the workload.
    pub scenarios: Vec<SwarmScenario>,
    /// Makes plan and people the same every time.
    pub seed: u64,
    /// A word that tells the consumers of this run from those of others.
    pub run: String,
    /// Which arrivals are started here.
    pub slices: Slices,
    /// Where files go that consumers fetch.
    pub files: PathBuf,
    /// Canned replies and cards, which no consumer has.
    pub library: Arc<dyn AgentLibrary>,
    /// Skills by name, as far as they are known.
    pub skills: BTreeMap<String, SkillId>,
    /// Keeps what became of consumers who failed.
    pub keep: Option<KeepFailed>,
}

/// Whether requests and webhooks are wanted in full: a scenario looks at them, or they are kept.
pub fn tells_wire(scenarios: &[SwarmScenario], keep: Option<&KeepFailed>) -> bool {
    keep.is_some() || scenarios.iter().any(SwarmScenario::reads_wire)
}

/// A second of a run.
pub struct SwarmSecond<'a> {
    /// Its number, from 0.
    pub number: u32,
    /// What was measured in it.
    pub measures: &'a Measures,
    /// How the run stands.
    pub progress: &'a SwarmProgress,
}

/// Is told each second.
pub type ToldSecond = Box<dyn FnMut(SwarmSecond<'_>) + Send>;

/// How a run ended.
#[derive(Debug, Default)]
pub struct SwarmEnd {
    /// What was measured.
    pub timeline: Timeline,
    /// The thresholds, judged; one that ended the run is judged as it was then.
    pub thresholds: Vec<JudgedThreshold>,
    /// Why this machine was the bottleneck.
    pub bottlenecks: Vec<String>,
    /// Conversations that could not be closed.
    pub left_open: Vec<String>,
    /// Why it ended before its plan did.
    pub ended_early: Option<String>,
}

/// A swarm that is ready to run.
pub struct Swarm {
    shared: Arc<SwarmShared>,
    workload: Workload,
    slices: Slices,
    hooks: SwarmHooks,
    exchanges: mpsc::Receiver<Exchange>,
}

impl Swarm {
    /// Makes a swarm ready; nothing is sent yet.
    pub fn new(setup: SwarmSetup) -> Self {
        let scenarios = setup.scenarios;
        let tells_wire = tells_wire(&scenarios, setup.keep.as_ref());
        let shared = Arc::new(SwarmShared {
            client: setup.client,
            engine: Arc::new(setup.engine),
            router: Router::default(),
            recorder: Recorder::new(scenarios.len()),
            scenarios,
            limits: setup.workload.limits,
            people: setup.workload.people,
            seed: setup.seed,
            run: setup.run,
            files: setup.files,
            library: setup.library,
            skills: setup.skills,
            tells_wire,
            keep: setup.keep,
            close: CancellationToken::new(),
            over: CancellationToken::new(),
        });
        Self {
            hooks: SwarmHooks::new(Arc::clone(&shared), setup.credentials),
            shared,
            workload: setup.workload,
            slices: setup.slices,
            exchanges: setup.exchanges,
        }
    }

    /// The same swarm, which starts the arrivals of these slices alone.
    pub fn of_slices(self, slices: Slices) -> Self {
        Self { slices, ..self }
    }

    /// What takes its webhooks.
    pub fn hooks(&self) -> SwarmHooks {
        self.hooks.clone()
    }

    /// Runs; the plan begins at this moment. Orders only go up, but for a pause that ends.
    pub async fn run(
        self,
        start: Instant,
        orders: watch::Receiver<SwarmOrder>,
        told: ToldSecond,
    ) -> SwarmEnd {
        let Self {
            shared,
            workload,
            slices,
            exchanges,
            ..
        } = self;
        let calls = tokio::spawn(read_calls(Arc::clone(&shared), exchanges));
        let (phase, phases) = watch::channel(SwarmPhase::Arriving);
        let broken = CancellationToken::new();
        let books = Books {
            shared: Arc::clone(&shared),
            workload: workload.clone(),
            start,
            phases,
            broken: broken.clone(),
            timeline: Timeline::default(),
            vitals: Vitals::new(),
            stopped_by: Vec::new(),
            told,
        };
        let booking = tokio::spawn(books.keep());
        let mut starter = Starter {
            shared: Arc::clone(&shared),
            consumers: JoinSet::new(),
            orders,
            broken,
            phase,
        };
        starter.arrivals(&workload, &slices, start).await;
        starter.drain(workload.limits.drain).await;
        starter.close().await;
        calls.abort();
        drop(starter);
        let mut end = booking.await.unwrap_or_default();
        end.left_open = shared.recorder.take_left_open();
        end
    }
}

/// Starts consumers and sees them to their end.
struct Starter {
    shared: Arc<SwarmShared>,
    consumers: JoinSet<()>,
    orders: watch::Receiver<SwarmOrder>,
    /// A threshold ends the run.
    broken: CancellationToken,
    phase: watch::Sender<SwarmPhase>,
}

impl Starter {
    fn order(&self) -> SwarmOrder {
        let asked = *self.orders.borrow();
        if self.broken.is_cancelled() {
            asked.max(SwarmOrder::Drain)
        } else {
            asked
        }
    }

    async fn arrivals(&mut self, workload: &Workload, slices: &Slices, start: Instant) {
        let plan = workload.plan(self.shared.seed);
        let mut arrivals = plan.arrivals().filter(|one| slices.have(one.number));
        let mut next = arrivals.next();
        while let Some(arrival) = next {
            let order = self.order();
            if order >= SwarmOrder::Drain {
                return;
            }
            self.phase.send_replace(match order {
                SwarmOrder::Pause => SwarmPhase::Paused,
                _ => SwarmPhase::Arriving,
            });
            tokio::select! {
                biased;
                () = self.broken.cancelled() => {}
                Ok(()) = self.orders.changed() => {}
                () = sleep_until(start + arrival.at) => {
                    self.arrive(arrival, start + arrival.at, order);
                    next = arrivals.next();
                }
                Some(_) = self.consumers.join_next(), if !self.consumers.is_empty() => {}
            }
        }
    }

    fn arrive(&mut self, arrival: Arrival, due: Instant, order: SwarmOrder) {
        let shared = &self.shared;
        let is_full = usize::try_from(shared.recorder.playing())
            .is_ok_and(|playing| playing >= shared.limits.consumers);
        let mut measures = shared.recorder.measures();
        measures.count(arrival.scenario, SwarmCount::Planned, 1);
        if is_full || order == SwarmOrder::Pause {
            measures.count(arrival.scenario, SwarmCount::Dropped, 1);
            return;
        }
        measures.count(arrival.scenario, SwarmCount::Started, 1);
        drop(measures);
        let lag = Instant::now().saturating_duration_since(due);
        shared.recorder.took(arrival.scenario, Latency::Lag, lag);
        let playing = play::Playing::begin(shared);
        self.consumers
            .spawn(play::play(Arc::clone(shared), arrival, due, playing));
    }

    /// Waits until everybody has ended and nothing is missing, but not for long.
    async fn drain(&mut self, drain: Duration) {
        self.phase.send_replace(SwarmPhase::Draining);
        let until = Instant::now() + drain;
        while !self.consumers.is_empty() && self.order() < SwarmOrder::Close {
            tokio::select! {
                biased;
                Ok(()) = self.orders.changed() => {}
                () = sleep_until(until) => return,
                _ = self.consumers.join_next() => {}
            }
        }
    }

    /// Has everything closed that is still open, and gives up what cannot be closed in time.
    async fn close(&mut self) {
        self.phase.send_replace(SwarmPhase::Closing);
        let shared = Arc::clone(&self.shared);
        shared.close.cancel();
        let until = Instant::now() + CLOSING;
        while shared.recorder.playing() > 0 && Instant::now() < until {
            let _ = timeout_at(
                until.min(Instant::now() + SECOND / 10),
                self.consumers.join_next(),
            )
            .await;
        }
        shared.over.cancel();
        let all = async { while self.consumers.join_next().await.is_some() {} };
        if timeout_at(until + SECOND, all).await.is_err() {
            for conversation in shared.router.claimed() {
                shared.recorder.leave_open(0, conversation.to_string());
            }
            self.consumers.shutdown().await;
        }
        self.phase.send_replace(SwarmPhase::Ended);
    }
}

/// Adds up what was measured, second by second.
struct Books {
    shared: Arc<SwarmShared>,
    workload: Workload,
    start: Instant,
    phases: watch::Receiver<SwarmPhase>,
    broken: CancellationToken,
    timeline: Timeline,
    vitals: Vitals,
    /// The thresholds that ended the run, as they stood then.
    stopped_by: Vec<JudgedThreshold>,
    told: ToldSecond,
}

impl Books {
    async fn keep(mut self) -> SwarmEnd {
        let mut number: u32 = 0;
        let mut looked = self.start;
        loop {
            let next = self.start + SECOND * (number + 1);
            let ended = self.phases.wait_for(|phase| *phase == SwarmPhase::Ended);
            let is_over = tokio::select! {
                biased;
                // The sender gone means the same.
                _ = ended => true,
                () = sleep_until(next) => false,
            };
            let now = Instant::now();
            self.vitals.look(now.saturating_duration_since(looked));
            looked = now;
            self.second(number);
            if is_over {
                break;
            }
            number += 1;
        }
        let ended_early = self.stopped_by.first().map(|judged| {
            let Threshold {
                name, condition, ..
            } = &judged.threshold;
            format!("the threshold {name} {condition} did not hold")
        });
        let bottlenecks = self.vitals.bottlenecks(&self.timeline.total);
        SwarmEnd {
            thresholds: self.judged(),
            timeline: self.timeline,
            bottlenecks,
            left_open: Vec::new(),
            ended_early,
        }
    }

    fn second(&mut self, number: u32) {
        let recorder = &self.shared.recorder;
        let strays = self.shared.router.sweep();
        recorder.measures().count(0, SwarmCount::Strays, strays);
        let measures = recorder.take();
        self.timeline.add(number, recorder.playing(), &measures);
        self.judge_stops();
        let progress = self.progress(&measures);
        (self.told)(SwarmSecond {
            number,
            measures: &measures,
            progress: &progress,
        });
    }

    fn judged(&self) -> Vec<JudgedThreshold> {
        let all = self.timeline.total.in_all();
        let thresholds = self.workload.thresholds.iter();
        let judged = thresholds.map(|threshold| {
            let mut stopped = self.stopped_by.iter();
            let stopped = stopped.find(|judged| judged.threshold == *threshold);
            stopped.cloned().unwrap_or_else(|| threshold.judge(&all))
        });
        judged.collect()
    }

    /// Ends the run when a threshold that may do so does not hold.
    fn judge_stops(&mut self) {
        if self.broken.is_cancelled() || !self.workload.thresholds.iter().any(|one| one.stops) {
            return;
        }
        let all = self.timeline.total.in_all();
        self.stopped_by = stopping(&self.workload.thresholds, self.start.elapsed(), &all);
        if !self.stopped_by.is_empty() {
            self.broken.cancel();
        }
    }

    fn progress(&self, measures: &Measures) -> SwarmProgress {
        let plan = self.workload.plan(self.shared.seed);
        let curve = plan.curve();
        let elapsed = self.start.elapsed();
        let total = &self.timeline.total;
        let all = total.in_all();
        let recent = self.timeline.seconds.len().saturating_sub(RECENT);
        let started = measures.total(SwarmCount::Started);
        SwarmProgress {
            name: self.workload.name.clone(),
            phase: *self.phases.borrow(),
            stage: self.workload.stage_words(elapsed),
            elapsed,
            whole: curve.lasts(),
            asked_per_second: curve.rate_at(elapsed),
            made_per_second: f64::from(u32::try_from(started).unwrap_or(u32::MAX)),
            in_conversation: self.shared.recorder.playing(),
            waiting_for_agent: self.shared.recorder.queued(),
            latencies: LatencyRow::all(&all),
            counts: all.counts,
            refused: RefusedCalls::of(&total.calls),
            recent: self.timeline.seconds.iter().skip(recent).cloned().collect(),
            thresholds: self.judged(),
            failing: FailingStep::most(&total.failures),
            workers: Vec::new(),
            cpu: self.vitals.cpu(),
            bottleneck: self.vitals.bottlenecks(total),
        }
    }
}
