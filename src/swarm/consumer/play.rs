//! One arrival from its begin to the last echo of what was said: the scenario is played, what was
//! opened is ended, and what became of it is counted.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    phone::{PhoneRest, PhoneTask, PhoneTime},
    router::{Delivery, Router},
    watch::Missing,
};
use crate::{
    client::Client,
    domain::{
        conversation::event::PhoneEvent,
        ids::{PhoneId, SkillId},
        persona::Persona,
        time::Timestamp,
    },
    engine::{Settings, unkept::UnkeptPhone},
    report::outcome::{SceneOutcome, SceneReport, SeenKind, StepOutcome},
    rt::{clock, world_clock::WorldClock},
    runner::{
        case::Case,
        control::SceneControl,
        pace::ScenePace,
        scene::{self, SceneSettings},
        world::{AgentLibrary, EngineCommands, World, WorldPhones},
    },
    swarm::{
        measure::{SwarmCount, failures::FailedStep},
        recorder::Recorder,
        scenario::{SwarmScenario, WITHIN, within_of},
        workload::{
            WorkloadLimits,
            people::{People, Person},
            plan::Arrival,
        },
    },
};

/// Commands on their way to a phone; when it is full the scenario waits.
const COMMANDS: usize = 16;
/// Updates on their way to the scenario; when it is full the phone waits.
const UPDATES: usize = 16;
/// Lines of what was said in an example of a failure.
const SAID: usize = 40;

/// What all consumers of a swarm share.
pub(crate) struct SwarmShared {
    pub(crate) client: Client,
    /// What the phones are told about the cloud.
    pub(crate) engine: Arc<Settings>,
    pub(crate) router: Router,
    pub(crate) recorder: Recorder,
    pub(crate) scenarios: Vec<SwarmScenario>,
    pub(crate) limits: WorkloadLimits,
    pub(crate) people: People,
    pub(crate) seed: u64,
    /// Tells consumers of this run from those of others.
    pub(crate) run: String,
    /// Where files go that consumers fetch.
    pub(crate) files: PathBuf,
    pub(crate) library: Arc<dyn AgentLibrary>,
    pub(crate) skills: BTreeMap<String, SkillId>,
    /// Whether requests and webhooks are told whole: a scenario looks at them, or they are kept.
    pub(crate) tells_wire: bool,
    /// Keeps what became of consumers who failed.
    pub(crate) keep: Option<KeepFailed>,
    /// Everything that is open is to be closed.
    pub(crate) close: CancellationToken,
    /// No echo is waited for any more.
    pub(crate) over: CancellationToken,
}

/// Takes the report of a consumer who failed, with the path of the scenario and a name for it.
pub type KeepFailed = Arc<dyn Fn(&str, &str, SceneReport) + Send + Sync>;

/// Plays an arrival that was due at this moment.
pub(crate) async fn play(
    shared: Arc<SwarmShared>,
    arrival: Arrival,
    due: Instant,
    playing: Playing,
) {
    let Some(scenario) = shared.scenarios.get(arrival.scenario) else {
        return;
    };
    let Some(case) = scenario.case(arrival.turn) else {
        return;
    };
    let Some(persona) = persona(&shared, scenario, &case, arrival.number) else {
        return;
    };
    let id = PhoneId(u32::try_from(arrival.number & u64::from(u32::MAX)).unwrap_or(u32::MAX));
    let consumer = persona.consumer.clone();
    let inbox = shared.router.enter(id);
    let (report, rest) = on_phone(&shared, (arrival, due), &case, (id, persona), inbox).await;
    drop(playing);
    let Some(mut rest) = rest else {
        return;
    };
    let is_abandoned = rest.is_abandoned;
    became(&shared, arrival, scenario, &report, &rest, is_abandoned);
    if let Some(left) = rest
        .conversation
        .current()
        .filter(|_| rest.conversation.is_open())
    {
        shared
            .recorder
            .leave_open(arrival.scenario, left.to_string());
    }
    keep(&shared, arrival, scenario, report);
    let missing = last_echoes(&shared, arrival.scenario, &mut rest).await;
    {
        let mut measures = shared.recorder.measures();
        measures.count(arrival.scenario, SwarmCount::Lost, missing.lost);
        measures.count(arrival.scenario, SwarmCount::Gaps, missing.gaps);
    }
    let claimed = std::mem::take(&mut rest.claimed);
    shared.router.leave(id, rest.conversation.me(), claimed);
    shared.client.forget(&consumer);
}

/// A consumer counts as playing as long as this is there.
pub(crate) struct Playing(Arc<SwarmShared>);

impl Playing {
    pub(crate) fn begin(shared: &Arc<SwarmShared>) -> Self {
        shared.recorder.plays(true);
        Self(Arc::clone(shared))
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.0.recorder.plays(false);
    }
}

/// The consumer of a case, somebody of their own.
fn persona(
    shared: &SwarmShared,
    scenario: &SwarmScenario,
    case: &Case<'_>,
    number: u64,
) -> Option<Box<Persona>> {
    let member = case.cast.iter().find(|one| !one.is_agent)?;
    let mut persona = scenario.personas.get(&member.name)?.clone();
    let run = &shared.run;
    persona.consumer = format!("{}-{run}-{number}", persona.consumer)
        .as_str()
        .into();
    persona.habits.opens_at_once = false;
    Some(Box::new(persona))
}

/// Plays the scene on a phone; gives what became of both.
async fn on_phone(
    shared: &Arc<SwarmShared>,
    (arrival, due): (Arrival, Instant),
    case: &Case<'_>,
    (id, persona): (PhoneId, Box<Persona>),
    inbox: mpsc::Receiver<Delivery>,
) -> (SceneReport, Option<PhoneRest>) {
    let (commands, orders) = mpsc::channel(COMMANDS);
    let (told, updates) = mpsc::channel(UPDATES);
    let mut person = Person::new(shared.people, shared.seed, arrival.number);
    let pace = Arc::new(ScenePace::new(Box::new(move |letters| {
        person.hesitates(letters)
    })));
    let stop = shared.close.child_token();
    let (rest, put_away) = oneshot::channel();
    let name = case
        .cast
        .iter()
        .find(|one| !one.is_agent)
        .map(|one| one.name.clone());
    let consumers = name
        .into_iter()
        .map(|name| (name, persona.as_ref().clone()))
        .collect();
    let calling = (shared.client.clone(), shared.files.clone());
    let clock = WorldClock::default();
    let phone = UnkeptPhone::new(
        id,
        persona,
        Arc::clone(&shared.engine),
        calling,
        told,
        clock.clone(),
    );
    let task = PhoneTask {
        shared: Arc::clone(shared),
        id,
        scenario: arrival.scenario,
        phone,
        commands: orders,
        inbox,
        time: PhoneTime {
            arrival: due,
            pace: Arc::clone(&pace),
            gives_up: shared.people.gives_up,
        },
        stop: stop.clone(),
        rest,
    };
    let world = World {
        commands: EngineCommands::in_real_time(commands),
        updates,
        phones: WorldPhones::Own(tokio::spawn(task.run())),
        consumers,
        log_in: Arc::new(|_| Box::pin(async { Err("a swarm logs no agent in".to_owned()) })),
        sandbox: None,
        library: Arc::clone(&shared.library),
        skills: shared.skills.clone(),
        has: std::collections::BTreeSet::new(),
        may_open: true,
        is_own: false,
        clock: clock.clone(),
        skips_idle_time: false,
    };
    let folder = shared
        .scenarios
        .get(arrival.scenario)
        .map(|one| one.folder.clone());
    let settings = SceneSettings {
        seed: shared.seed.wrapping_add(arrival.number),
        within: within_of(WITHIN, &shared.people),
        folder: folder.unwrap_or_default(),
        told: Arc::new(|_| {}),
        control: SceneControl::begun_at(due, clock, None),
        pace: Some(pace),
    };
    let report = Box::pin(scene::play(case, world, &settings, &stop)).await;
    (report, put_away.await.ok())
}

/// Counts what became of a consumer.
fn became(
    shared: &SwarmShared,
    arrival: Arrival,
    scenario: &SwarmScenario,
    report: &SceneReport,
    rest: &PhoneRest,
    is_abandoned: bool,
) {
    let conversation = rest.conversation.current();
    let conversation = conversation.map_or_else(String::new, ToString::to_string);
    let (counted, failed) = match &report.outcome {
        SceneOutcome::Passed => (SwarmCount::Finished, None),
        SceneOutcome::Skipped { .. } if is_abandoned => (SwarmCount::Abandoned, None),
        SceneOutcome::Skipped { .. } if !rest.watch.is_taken() => (SwarmCount::Stuck, None),
        SceneOutcome::Skipped { .. } => {
            let step = "the conversation went on when the run ended";
            (
                SwarmCount::Failed,
                Some((scenario.path.clone(), step.to_owned(), String::new())),
            )
        }
        SceneOutcome::Failed { failure } => {
            let file = failure.file.as_ref().unwrap_or(&scenario.path);
            let mut steps = report.steps.iter();
            let step = steps.find(|step| step.outcome == StepOutcome::Failed);
            let step = step.map_or_else(String::new, |step| step.text.clone());
            let place = format!("{file}:{}", failure.line);
            (
                SwarmCount::Failed,
                Some((place, step, failure.message.clone())),
            )
        }
        SceneOutcome::Error { why, .. } => {
            let step = "it could not be played";
            (
                SwarmCount::Failed,
                Some((scenario.path.clone(), step.to_owned(), why.clone())),
            )
        }
    };
    let mut measures = shared.recorder.measures();
    measures.count(arrival.scenario, counted, 1);
    if let Some((place, step, why)) = failed {
        let failed = FailedStep {
            step,
            count: 1,
            why,
            conversation,
            said: said(report),
        };
        measures.failures.add(&place, failed);
    }
}

/// What was said, a line each; the end of it where that is much.
fn said(report: &SceneReport) -> Vec<String> {
    let said = report.seen.iter().filter_map(|seen| {
        let who = match seen.kind {
            SeenKind::Said => seen.whose.as_str(),
            SeenKind::Heard => seen.who.as_deref().unwrap_or("agent"),
            _ => return None,
        };
        Some(format!("{who}: {}", seen.text))
    });
    let said: Vec<String> = said.collect();
    let surplus = said.len().saturating_sub(SAID);
    said.into_iter().skip(surplus).collect()
}

fn keep(shared: &SwarmShared, arrival: Arrival, scenario: &SwarmScenario, report: SceneReport) {
    let is_wrong = matches!(
        report.outcome,
        SceneOutcome::Failed { .. } | SceneOutcome::Error { .. }
    );
    if let Some(keep) = shared.keep.as_ref().filter(|_| is_wrong) {
        keep(
            &scenario.path,
            &format!("consumer-{}", arrival.number),
            report,
        );
    }
}

/// Takes webhooks until nothing is missing any more, or the run is over; gives what is missing then.
async fn last_echoes(shared: &SwarmShared, scenario: usize, rest: &mut PhoneRest) -> Missing {
    let mut samples = Vec::new();
    loop {
        let missing = rest.watch.missing(&rest.conversation);
        if missing == Missing::default() {
            return missing;
        }
        let delivery = tokio::select! {
            biased;
            Some(delivery) = rest.inbox.recv() => delivery,
            () = shared.over.cancelled() => return missing,
        };
        if let Delivery::Change(arrived) = delivery {
            rest.watch
                .comes(&arrived.change, arrived.is_again, &mut samples);
            let now = Timestamp(clock::unix_millis());
            let event = PhoneEvent::Notified(arrived.change);
            // The phone is closed: it takes in what comes, and sends nothing.
            let _ = rest.conversation.step(now, event);
            let lines = rest.conversation.take_changed();
            rest.watch
                .lines(&lines, arrived.at, arrived.at, &mut samples);
            shared.recorder.add(scenario, &mut samples);
        }
    }
}
