//! The coordinator: it writes the plan, waits for workers, gives the start, and adds up what they
//! tell. A second one can read a run again whose coordinator died.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{
    rt::{
        clock::unix_millis,
        nats::{
            NatsError, NatsLink,
            follow::{Follow, Told},
        },
    },
    swarm::{
        measure::{
            progress::{
                FailingStep, LatencyRow, RefusedCalls, SwarmOrder, SwarmPhase, SwarmProgress,
            },
            threshold::{JudgedThreshold, stopping},
            timeline::Timeline,
        },
        workers::{
            ledger::{LedgerEnd, WorkerLedger},
            link::{RunLink, announce},
            records::{PlanPieces, RunRecord, SharedPlan},
        },
        workload::{Workload, plan::Slices},
    },
};

/// How often the coordinator says that it lives.
const BEAT: Duration = Duration::from_secs(2);
/// From the start being written to the start itself: all workers have read it by then.
const LEAD: Duration = Duration::from_secs(2);
/// How long fewer workers may take to share the slices of those who did not come.
const SHARING: Duration = Duration::from_secs(10);
/// After the last arrival and the drain: closing, and the last measures on their way.
const ENDING: Duration = Duration::from_mins(2);
/// Records that wait to be added up; past them nothing more is read.
const WAITING: usize = 256;
/// Seconds that the progress tells one by one.
const RECENT: usize = 60;

/// Why a run over NATS does not begin.
#[derive(Debug, thiserror::Error)]
pub enum CoordinatorError {
    /// NATS does not do what it is asked.
    #[error(transparent)]
    Nats(#[from] NatsError),
    /// The plan cannot be shared.
    #[error("cannot share the plan: {0}")]
    Plan(String),
    /// Too few workers came.
    #[error(
        "{ready} of {asked} workers were ready within {wait} s; start the others with `handset swarm worker --nats …`, or take fewer with --fewer-workers"
    )]
    TooFew {
        /// How many were ready.
        ready: usize,
        /// How many were asked for.
        asked: usize,
        /// How long was waited, in seconds.
        wait: u64,
    },
    /// No such run is there.
    #[error(
        "there is no run {0} on this NATS; runs are kept for 24 hours, until their report is written"
    )]
    NoRun(String),
}

/// What a run over several machines came to, judged.
#[derive(Debug)]
pub struct CoordinatedEnd {
    /// What was measured, and what is missing.
    pub ledger: LedgerEnd,
    /// The thresholds; one that ended the run is judged as it was then.
    pub thresholds: Vec<JudgedThreshold>,
}

/// Is told how a run stands, each second.
pub type ToldProgress = Box<dyn FnMut(&SwarmProgress) + Send>;

/// A run over several machines.
pub struct Coordinator {
    link: RunLink,
    plan: SharedPlan,
    ledger: WorkerLedger,
    records: mpsc::Receiver<RunRecord>,
    tasks: JoinSet<()>,
    /// Whether this one gives orders; one that reads a run again does not.
    gives_orders: bool,
    /// When the run began, by the coordinator's clock, in microseconds since 1970.
    start_micros: Option<i64>,
}

impl Coordinator {
    /// Writes the plan and asks for workers.
    pub async fn open(url: &str, plan: SharedPlan) -> Result<Self, CoordinatorError> {
        let link = NatsLink::open(url, "handset swarm").await?;
        let pieces = plan.pieces().map_err(CoordinatorError::Plan)?;
        let link = RunLink::open(link, &plan.run).await?;
        let of = pieces.len();
        for (number, text) in pieces.into_iter().enumerate() {
            link.put(&RunRecord::Piece { number, of, text }).await?;
        }
        let (sender, records) = mpsc::channel(WAITING);
        let mut tasks = JoinSet::new();
        for follow in [link.control(), link.seconds()] {
            tasks.spawn(forward(follow, sender.clone(), None));
        }
        tasks.spawn(attend(link.clone()));
        tasks.spawn(tell_time(link.clone()));
        announce(&link.link, &plan.run).await?;
        Ok(Self {
            link,
            plan,
            ledger: WorkerLedger::default(),
            records,
            tasks,
            gives_orders: true,
            start_micros: None,
        })
    }

    /// Reads a run again from what is on NATS, its coordinator being gone.
    pub async fn reopen(url: &str, run: &str) -> Result<Self, CoordinatorError> {
        let link = NatsLink::open(url, "handset swarm report").await?;
        let link = RunLink::open(link, run).await?;
        let (sender, mut records) = mpsc::channel(WAITING);
        let mut tasks = JoinSet::new();
        // Who is lost is read first: what came after it does not count.
        let (current, mut is_current) = watch::channel(false);
        tasks.spawn(forward(link.control(), sender.clone(), Some(current)));
        let mut coordinator = Self {
            plan: SharedPlan::default(),
            ledger: WorkerLedger::default(),
            gives_orders: false,
            start_micros: None,
            link: link.clone(),
            records: mpsc::channel(1).1,
            tasks,
        };
        let mut pieces = PlanPieces::default();
        let mut plan = None;
        loop {
            let record = tokio::select! {
                biased;
                Some(record) = records.recv() => record,
                Ok(_) = is_current.wait_for(|is| *is) => break,
                () = sleep(ENDING) => return Err(CoordinatorError::NoRun(run.to_owned())),
            };
            match record {
                RunRecord::Piece { number, of, text } => {
                    plan = pieces.add(number, of, text).or(plan);
                }
                record => coordinator.record(Duration::ZERO, record),
            }
        }
        let plan = plan.ok_or_else(|| CoordinatorError::NoRun(run.to_owned()))?;
        coordinator.plan = plan.map_err(CoordinatorError::Plan)?;
        coordinator.records = records;
        coordinator
            .tasks
            .spawn(forward(link.seconds(), sender, None));
        Ok(coordinator)
    }

    /// The plan.
    pub fn plan(&self) -> &SharedPlan {
        &self.plan
    }

    /// Waits for the workers, and shares the slices of those who did not come where `takes_fewer`.
    /// `ready` is told how many are there.
    pub async fn gather(
        &mut self,
        asked: usize,
        wait: Duration,
        takes_fewer: bool,
        mut ready: impl FnMut(usize),
    ) -> Result<(), CoordinatorError> {
        let slices = self.plan.slices;
        let until = Instant::now() + wait;
        let there = self
            .until(until, &mut ready, |ledger| {
                ledger.ready().0 >= asked && ledger.ready().1 >= slices
            })
            .await;
        if there {
            return Ok(());
        }
        let (workers, _) = self.ledger.ready();
        if workers == 0 || !takes_fewer {
            let _ = announce(&self.link.link, "").await;
            return Err(CoordinatorError::TooFew {
                ready: workers,
                asked,
                wait: wait.as_secs(),
            });
        }
        let each = slices.div_ceil(u64::try_from(workers).unwrap_or(1));
        self.link.put(&RunRecord::Share { slices: each }).await?;
        let until = Instant::now() + SHARING;
        // What is not shared by then is told as missing.
        self.until(until, &mut ready, |ledger| ledger.ready().1 >= slices)
            .await;
        Ok(())
    }

    /// Takes records until this is so; says whether it became so in time.
    async fn until(
        &mut self,
        until: Instant,
        ready: &mut impl FnMut(usize),
        is_so: impl Fn(&WorkerLedger) -> bool,
    ) -> bool {
        while !is_so(&self.ledger) {
            let next = tokio::time::timeout_at(until, self.records.recv()).await;
            let Ok(Some(record)) = next else {
                return false;
            };
            self.record(Duration::ZERO, record);
            ready(self.ledger.ready().0);
        }
        true
    }

    fn record(&mut self, now: Duration, record: RunRecord) {
        if let RunRecord::Start { at_micros } = record {
            self.start_micros = Some(at_micros);
        }
        self.ledger.record(now, record);
    }

    /// Gives the start, and adds up what workers tell until all have ended or are lost.
    pub async fn run(
        mut self,
        workload: &Workload,
        mut orders: watch::Receiver<SwarmOrder>,
        mut told: ToldProgress,
    ) -> Result<CoordinatedEnd, CoordinatorError> {
        if self.gives_orders {
            let lead = i64::try_from(LEAD.as_micros()).unwrap_or(0);
            let at_micros = unix_millis() * 1_000 + lead;
            self.link.put(&RunRecord::Start { at_micros }).await?;
            self.start_micros = Some(at_micros);
            announce(&self.link.link, "").await?;
        }
        let start = unix_millis() * 1_000 - self.start_micros.unwrap_or_default();
        let start = Duration::from_micros(u64::try_from(start.max(0)).unwrap_or(0));
        // Nobody is silent before the run has begun, or before its reader has.
        let began = Instant::now();
        let lead = if self.gives_orders {
            LEAD
        } else {
            Duration::ZERO
        };
        let now = || (start + began.elapsed()).saturating_sub(lead);
        self.ledger.was_deaf(now());
        let arrivals = workload.plan(self.plan.seed);
        let whole = arrivals.curve().lasts();
        let until = whole + workload.limits.drain + ENDING;
        let mut stopped_by: Vec<JudgedThreshold> = Vec::new();
        let mut unsaid: VecDeque<RunRecord> = VecDeque::new();
        let mut asked = SwarmOrder::Go;
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        while !self.ledger.is_over() && (now() < until || !self.gives_orders) {
            tokio::select! {
                biased;
                Some(record) = self.records.recv() => {
                    self.record(now(), record);
                    continue;
                }
                Ok(()) = orders.changed() => {}
                _ = seconds.tick() => {}
            }
            if !self.link.is_connected() {
                self.ledger.was_deaf(now());
            }
            let at_ms = u64::try_from(now().as_millis()).unwrap_or(u64::MAX);
            for lost in self.ledger.find_lost(now()) {
                unsaid.push_back(RunRecord::Revoked {
                    worker: lost.worker,
                    incarnation: lost.incarnation,
                    seconds: lost.seconds,
                    at_ms,
                });
            }
            let measured = self.ledger.so_far();
            if stopped_by.is_empty() {
                let all = measured.total.in_all();
                stopped_by = stopping(&workload.thresholds, now(), &all);
            }
            let mut wanted = *orders.borrow_and_update();
            if !stopped_by.is_empty() {
                wanted = wanted.max(SwarmOrder::Drain);
            }
            if wanted != asked {
                asked = wanted;
                unsaid.push_back(RunRecord::Order(wanted));
            }
            while self.gives_orders
                && let Some(record) = unsaid.front()
                && let Ok(Ok(())) = timeout(BEAT, self.link.put(record)).await
            {
                unsaid.pop_front();
            }
            let phase = match asked {
                SwarmOrder::Pause => SwarmPhase::Paused,
                SwarmOrder::Close => SwarmPhase::Closing,
                SwarmOrder::Drain => SwarmPhase::Draining,
                SwarmOrder::Go if now() >= whole => SwarmPhase::Draining,
                SwarmOrder::Go => SwarmPhase::Arriving,
            };
            let progress = self.progress(workload, &measured, (phase, now()));
            told(&progress);
        }
        self.tasks.shutdown().await;
        let count = |slices: &[u64]| {
            let slices = Slices {
                count: self.plan.slices,
                own: slices.to_vec(),
            };
            let all = arrivals.arrivals().filter(|one| slices.have(one.number));
            u64::try_from(all.count()).unwrap_or(u64::MAX)
        };
        let ledger = self.ledger.end(self.plan.slices, count);
        let all = ledger.timeline.total.in_all();
        let thresholds = workload.thresholds.iter().map(|threshold| {
            let stopped = stopped_by.iter().find(|one| one.threshold == *threshold);
            stopped.cloned().unwrap_or_else(|| threshold.judge(&all))
        });
        Ok(CoordinatedEnd {
            thresholds: thresholds.collect(),
            ledger,
        })
    }

    /// Deletes what is on NATS of a run: its report has been written.
    pub async fn forget(url: &str, run: &str) -> Result<(), CoordinatorError> {
        let link = NatsLink::open(url, "handset swarm").await?;
        Ok(RunLink::open(link, run).await?.delete().await?)
    }

    fn progress(
        &self,
        workload: &Workload,
        measured: &Timeline,
        (phase, elapsed): (SwarmPhase, Duration),
    ) -> SwarmProgress {
        let plan = workload.plan(self.plan.seed);
        let all = measured.total.in_all();
        let recent = measured.seconds.len().saturating_sub(RECENT);
        // The newest second may not have come from all workers yet.
        let newest = measured.seconds.iter().rev().nth(1);
        let workers = self.ledger.lines(elapsed);
        SwarmProgress {
            name: workload.name.clone(),
            phase,
            stage: workload.stage_words(elapsed),
            elapsed,
            whole: plan.curve().lasts(),
            asked_per_second: plan.curve().rate_at(elapsed),
            made_per_second: newest.map_or(0.0, |line| {
                f64::from(u32::try_from(line.started).unwrap_or(u32::MAX))
            }),
            in_conversation: newest.map_or(0, |line| line.in_conversation),
            latencies: LatencyRow::all(&all),
            refused: RefusedCalls::of(&measured.total.calls),
            recent: measured.seconds.iter().skip(recent).cloned().collect(),
            thresholds: workload
                .thresholds
                .iter()
                .map(|one| one.judge(&all))
                .collect(),
            failing: FailingStep::most(&measured.total.failures),
            workers,
            counts: all.counts,
            ..SwarmProgress::default()
        }
    }
}

/// Hands on the records of a bucket; says when those that were there have been handed on.
async fn forward(
    mut follow: Follow,
    records: mpsc::Sender<RunRecord>,
    current: Option<watch::Sender<bool>>,
) {
    loop {
        match follow.next().await {
            Told::Message { payload, .. } => {
                let Ok(record) = serde_json::from_slice(&payload) else {
                    continue;
                };
                if records.send(record).await.is_err() {
                    return;
                }
            }
            Told::Current => {
                if let Some(current) = &current {
                    current.send_replace(true);
                }
            }
            Told::Gap => {}
        }
    }
}

/// Says every two seconds that the coordinator lives.
async fn attend(link: RunLink) {
    loop {
        let _ = timeout(BEAT, link.put(&RunRecord::Attended)).await;
        sleep(BEAT).await;
    }
}

/// Tells workers the coordinator's time.
async fn tell_time(link: RunLink) {
    let Ok(mut asked) = link.link.client.subscribe(link.clock()).await else {
        return;
    };
    while let Some(message) = asked.next().await {
        if let Some(reply) = message.reply {
            let now = (unix_millis() * 1_000).to_string();
            let _ = link.link.client.publish(reply, Bytes::from(now)).await;
        }
    }
}
