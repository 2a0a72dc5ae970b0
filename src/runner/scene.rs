//! One scene from its beginning to its end: the cast is there, the steps are played, every
//! conversation is ended, and what became of it is a report.

use std::{
    collections::BTreeMap, panic::AssertUnwindSafe, path::PathBuf, sync::Arc, time::Duration,
};

use futures_util::FutureExt as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{conversation::event::Act, persona::Persona, text::capital, time::Timestamp},
    engine::{agent_session::update::State, command::Command},
    report::outcome::{Failure, FailureKind, SceneOutcome, SceneReport, StepOutcome},
    rt::clock,
    runner::{
        absence::NeverText,
        agent::LOGIN,
        case::Case,
        condition::{Speaker, quoted},
        control::SceneControl,
        hub::Hub,
        log::PersonLog,
        pace::ScenePace,
        play::{Halt, Performance, Player, millis},
        seen,
        telling::{self, SceneTold},
        values::SceneValues,
        waiting::{Anchor, is_extra},
        world::{LentPhones, World, WorldPhones},
    },
    scenario::script::{Deed, ScriptHead, ScriptStep, StepKind},
};

/// How long the phones of the cast may take to be there.
const READY: Duration = Duration::from_secs(30);

/// What holds for a scene beside what its file says.
#[derive(Clone)]
pub struct SceneSettings {
    /// Makes values and typing reproducible.
    pub seed: u64,
    /// The deadline of waits where the scenario says none.
    pub within: Duration,
    /// Where files that the scenario names are looked for.
    pub folder: PathBuf,
    /// Who is told what happens in it.
    pub told: SceneTold,
    /// What holds it, and has its clock.
    pub control: SceneControl,
    /// How people hesitate before they act, where they are played like people who come at a moment of
    /// a plan: the scene's time begins with that moment. Without it everything is done at once.
    pub pace: Option<Arc<ScenePace>>,
}

/// A report of a case that was not run, or could not be.
pub fn not_run(case: &Case<'_>, outcome: SceneOutcome) -> SceneReport {
    SceneReport {
        title: case.title.clone(),
        tags: case.tags.clone(),
        row: case.key.clone(),
        line: case.scene.place.line,
        outcome,
        ..SceneReport::default()
    }
}

/// Plays a case in a world, which ends with it. Cancelled, the scene ends as it does after a
/// failure, and counts as skipped.
pub async fn play(
    case: &Case<'_>,
    world: World,
    settings: &SceneSettings,
    stop: &CancellationToken,
) -> SceneReport {
    let started = Timestamp(clock::unix_millis());
    let mut stage = SceneStage::open(case, world, settings, stop);
    // Whatever goes wrong in there, what was opened is ended.
    let played = AssertUnwindSafe(stage.play(case)).catch_unwind().await;
    let mut halt = played.unwrap_or_else(|_| {
        Err(Halt::Error {
            why: "handset broke down in this scene; what it said of that is above".to_owned(),
            is_internal: true,
        })
    });
    if let Some(why) = stage.end_conversations().await {
        tracing::warn!("{why}");
        if halt.is_ok() && !stage.is_own {
            halt = Err(Halt::error(format!("every step held, but {why}")));
        }
    }
    let outcome = stage.outcome(halt);
    stage.leave().await;
    let performance = &mut stage.performance;
    let mut steps = std::mem::take(&mut performance.steps);
    let hub = Arc::clone(&performance.hub);
    let known = hub.known();
    // Of thousands who come by a plan only what went wrong is read.
    let is_read = performance.pace.is_none() || outcome != SceneOutcome::Passed;
    let (seen, unseen) = if is_read {
        seen::seen(
            &known,
            &performance.values,
            &performance.matched,
            &mut steps,
        )
    } else {
        Default::default()
    };
    let conversations = stage.consumers.iter().filter_map(|name| {
        let (_, situation) = known.logs.get(name)?.situation()?;
        Some((name.clone(), situation.conversation.to_string()))
    });
    SceneReport {
        started: rfc3339(started),
        duration_ms: millis(hub.now()),
        steps,
        seen,
        unseen,
        wire: if is_read {
            seen::wire(&known, &performance.values)
        } else {
            BTreeMap::new()
        },
        conversations: conversations.collect(),
        ..not_run(case, outcome)
    }
}

/// A scene's performance with the tasks it needs.
pub(super) struct SceneStage<'a> {
    pub(super) performance: Performance<'a>,
    pub(super) consumers: Vec<String>,
    pub(super) personas: BTreeMap<String, Persona>,
    /// The first thing that a consumer does is to open a conversation.
    opens_first: bool,
    pub(super) is_own: bool,
    pub(super) reading: JoinHandle<()>,
    /// The task of the engine, where it ends with the scene.
    pub(super) engine: Option<JoinHandle<()>>,
    pub(super) lent: Option<LentPhones>,
    pub(super) sessions: Vec<(String, JoinHandle<()>)>,
}

impl<'a> SceneStage<'a> {
    fn open(
        case: &'a Case<'_>,
        world: World,
        settings: &SceneSettings,
        stop: &CancellationToken,
    ) -> Self {
        let (engine, lent) = match world.phones {
            WorldPhones::Own(engine) => (Some(engine), None),
            WorldPhones::Lent(lent) => (None, Some(lent)),
        };
        let names = case.cast.iter().map(|one| one.name.as_str());
        // What is on its way on an agent's socket is not known, so nothing is jumped over then.
        let skips = world.skips_idle_time && !case.cast.iter().any(|one| one.is_agent);
        let control = settings.control.clone();
        let hub = Hub::new(names, &world.skills, control, skips, lent.clone());
        let mut players = BTreeMap::new();
        let mut consumers: Vec<String> = Vec::new();
        let mut logs: Vec<(&Persona, String)> = Vec::new();
        for member in case.cast.iter().filter(|one| !one.is_agent) {
            let Some(persona) = world.consumers.get(&member.name) else {
                continue;
            };
            // Two names of one consumer are one phone.
            let known = logs
                .iter()
                .find(|(one, _)| one.consumer == persona.consumer);
            let log = known.map_or_else(|| member.name.clone(), |(_, log)| log.clone());
            if known.is_none() {
                logs.push((persona, log.clone()));
                consumers.push(log.clone());
                hub.own(&persona.consumer, &log);
            }
            let player = Player::Consumer {
                log,
                cards: BTreeMap::new(),
            };
            players.insert(member.name.clone(), player);
        }
        let reading = tokio::spawn(Arc::clone(&hub).read_engine(
            world.updates,
            world.commands.clone(),
            world.may_open,
        ));
        let agent = case.cast.iter().find(|one| one.is_agent);
        let focus = consumers.first().cloned();
        let focus = focus.or_else(|| agent.map(|one| one.name.clone()));
        let heads = [&case.script.head, &case.scene.head];
        let within = heads.iter().rev().find_map(|head| head.within);
        let performance = Performance {
            hub,
            commands: world.commands,
            players,
            log_in: world.log_in,
            sandbox: world.sandbox,
            library: world.library,
            skills: world.skills,
            values: SceneValues::new(settings.seed, case.row),
            files: &case.script.files,
            folder: settings.folder.clone(),
            extras_fail: heads
                .iter()
                .rev()
                .find_map(|head| head.extras_fail)
                .unwrap_or(false),
            within: within.map_or((settings.within, None), |(span, place)| (span, Some(place))),
            never: Vec::new(),
            checked: BTreeMap::new(),
            focus: focus.unwrap_or_default(),
            anchor: Anchor::default(),
            anchor_line: 0,
            did: false,
            depth: 0,
            steps: Vec::new(),
            matched: Vec::new(),
            missed: None,
            told: Arc::clone(&settings.told),
            numbers: telling::numbers(case.scene),
            stop: stop.clone(),
            pace: settings.pace.clone(),
        };
        Self {
            performance,
            consumers,
            personas: world.consumers,
            opens_first: opens_first(&case.scene.steps),
            is_own: world.is_own,
            reading,
            engine,
            lent,
            sessions: Vec::new(),
        }
    }

    /// From the phones to the last step, and what is to be seen then.
    async fn play(&mut self, case: &Case<'_>) -> Result<(), Halt> {
        self.prepare(case).await?;
        self.performance.play(&case.scene.steps).await?;
        self.check_end()
    }

    /// The values of the head, the phones, and the agents at their workspaces.
    async fn prepare(&mut self, case: &Case<'_>) -> Result<(), Halt> {
        for (name, persona) in &self.personas {
            let values = &mut self.performance.values;
            values.set(&format!("{name}.name"), persona.name.as_str());
            values.set(&format!("{name}.first"), persona.first_name());
        }
        for member in case.cast.iter().filter(|one| one.is_agent) {
            let name = capital(&member.name);
            let values = &mut self.performance.values;
            values.set(&format!("{}.name", member.name), name.as_str());
            values.set(&format!("{}.first", member.name), name.as_str());
        }
        self.performance.values.set("scene", case.title.as_str());
        if let Some(key) = &case.key {
            self.performance.values.set("row", key.as_str());
        }
        for head in [&case.script.head, &case.scene.head] {
            self.take_head(head)?;
        }
        self.wait_for_phones().await?;
        for member in case.cast.iter().filter(|one| one.is_agent) {
            self.log_in(&member.name).await?;
        }
        if self.performance.pace.is_none() {
            let now = self.performance.hub.now();
            self.performance.anchor = Anchor {
                began: now,
                at: now,
            };
        }
        Ok(())
    }

    fn take_head(&mut self, head: &ScriptHead) -> Result<(), Halt> {
        let performance = &mut self.performance;
        for (name, variable) in &head.secrets {
            let set = performance.values.set_secret(name, variable);
            set.map_err(Halt::error)?;
        }
        for (name, value) in &head.values {
            let value = performance.values.fill(value).map_err(Halt::error)?;
            performance.values.set(name, value);
        }
        for never in &head.never {
            let pattern = never.text.wanted(&performance.values);
            let from = match &never.from {
                Some(from) => {
                    let name = performance.values.fill(from).map_err(Halt::error)?;
                    Some(Speaker::named(&name)).filter(|who| *who != Speaker::Anyone)
                }
                None => None,
            };
            performance.never.push(NeverText {
                line: never.place.line,
                pattern: pattern.map_err(|why| Halt::error(why.to_string()))?,
                from,
            });
        }
        Ok(())
    }

    async fn wait_for_phones(&mut self) -> Result<(), Halt> {
        if self.lent.is_some() {
            self.open_phones().await?;
        }
        let until = self.performance.hub.now() + READY;
        let consumers = self.consumers.clone();
        let ready = self.performance.until(until, |known, _| {
            let is_there = |name: &String| known.is_ready(name);
            consumers.iter().all(is_there).then_some(())
        });
        let ready = ready.await?;
        ready.ok_or_else(|| Halt::error("the phones of the cast were not there in time"))?;
        for name in &self.consumers {
            let phone = {
                let known = self.performance.hub.known();
                known.phones.get(name).map(|one| (one.phone, one.was_open))
            };
            let Some((phone, was_open)) = phone else {
                continue;
            };
            // Who is played looks at the own phone, whatever a person looks at, until the scene
            // says otherwise.
            self.performance.act(phone, Act::Looked(true)).await?;
            if was_open && !self.opens_first {
                self.performance.act(phone, Act::New).await?;
            }
        }
        Ok(())
    }

    /// Opens the phones of the cast beside the one in view.
    async fn open_phones(&mut self) -> Result<(), Halt> {
        let in_view = self.lent.as_ref().map(|lent| &lent.consumer);
        let others = self.personas.values();
        for persona in others.filter(|one| Some(&one.consumer) != in_view) {
            let persona = Box::new(persona.clone());
            self.performance.command(Command::Open(persona)).await?;
        }
        Ok(())
    }

    async fn log_in(&mut self, name: &str) -> Result<(), Halt> {
        let performance = &mut self.performance;
        let session = (performance.log_in)(name).await;
        let session = session.map_err(|why| Halt::error(format!("cannot log in {name}: {why}")))?;
        performance.players.insert(
            name.to_owned(),
            Player::Agent {
                commands: session.commands,
            },
        );
        let hub = Arc::clone(&performance.hub);
        // With other people's conversations around, only those of the scene count.
        let only_ours = !self.is_own && !self.consumers.is_empty();
        let reading = hub.read_agent(name.to_owned(), session.updates, only_ours);
        self.sessions.push((name.to_owned(), tokio::spawn(reading)));
        self.sessions.push((name.to_owned(), session.task));
        let until = performance.hub.now() + LOGIN;
        let mut why = String::new();
        let up = performance.until(until, |known, _| {
            let agent = known.agents.get(name)?;
            match &agent.state {
                State::Up => Some(true),
                State::Down { why: words, again } => {
                    why.clone_from(words);
                    again.is_none().then_some(false)
                }
                State::Connecting => agent.is_gone.then_some(false),
            }
        });
        let up = up.await?;
        if up == Some(true) {
            return Ok(());
        }
        Err(Halt::error(format!("cannot log in {name}: {why}")))
    }

    /// What must not be there when all steps have passed.
    fn check_end(&mut self) -> Result<(), Halt> {
        let performance = &mut self.performance;
        performance.look_once_more()?;
        if !performance.extras_fail || performance.hub.control().was_by_hand() {
            return Ok(());
        }
        let hub = Arc::clone(&performance.hub);
        let known = hub.known();
        let consumers = self.consumers.iter();
        let left = consumers
            .filter_map(|name| known.logs.get(name))
            .flat_map(PersonLog::waiting)
            .filter(|(happening, message)| is_extra(happening, message, &known.logs));
        let left: Vec<String> = left.map(|(_, message)| quoted(message)).collect();
        let Some(first) = left.first() else {
            return Ok(());
        };
        let line = performance.anchor_line;
        let message = format!("left-over: nobody waited for {first} (after line {line})");
        Err(Halt::Failed(Box::new(Failure {
            kind: FailureKind::LeftOver,
            message: performance.values.mask(&message),
            file: None,
            line,
            deadline_line: None,
            expected: "no message that nobody waits for".to_owned(),
            was: left
                .iter()
                .map(|one| performance.values.mask(one))
                .collect(),
            late_by_ms: None,
            hops: Vec::new(),
        })))
    }

    fn outcome(&mut self, halt: Result<(), Halt>) -> SceneOutcome {
        let performance = &mut self.performance;
        match halt {
            Ok(()) => SceneOutcome::Passed,
            Err(Halt::Failed(mut failure)) => {
                failure.late_by_ms = performance.late_by();
                SceneOutcome::Failed { failure: *failure }
            }
            Err(Halt::Error { why, is_internal }) => SceneOutcome::Error {
                why: performance.values.mask(&why),
                is_internal,
            },
            Err(Halt::Cancelled) => {
                for step in &mut performance.steps {
                    if step.outcome == StepOutcome::Failed {
                        step.outcome = StepOutcome::Skipped;
                    }
                }
                SceneOutcome::Skipped {
                    why: "the run was stopped".to_owned(),
                }
            }
        }
    }
}

/// Whether a conversation is opened before anything is said.
fn opens_first(steps: &[ScriptStep]) -> bool {
    let mut acts = steps.iter().filter_map(|step| match &step.kind {
        StepKind::Line { .. } => Some(false),
        StepKind::Deed { deed, .. } => Some(*deed == Deed::Opens),
        _ => None,
    });
    acts.next().unwrap_or(false)
}

/// A moment as reports write it.
pub fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}
