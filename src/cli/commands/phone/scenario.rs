//! Plays a scenario on a phone that is open: its file is read, its scene is played by the
//! [`runner`](crate::runner) as `handset run` has it played, and the screen is told of each step.

mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::tap::{TappedPhone, UpdateTap};
use crate::{
    cli::{
        agents::AgentCloud,
        cloud::Cloud,
        commands::sandbox::ctl::control::Control,
        in_words,
        own::OwnFiles,
        scenarios::{
            WITHIN, WITHIN_LIVE, cast,
            faults::Count,
            files::{self, ScenarioFile},
            library::LibraryOfRun,
        },
    },
    domain::{ids::SkillId, notice::Notice, persona::Persona},
    engine::command::Command,
    report::outcome::{SceneReport, StepOutcome, StepReport},
    rt::{shutdown::Shutdown, world_clock::WorldClock},
    runner::{
        case::{Case, ME, Selection, cases},
        control::{HeldBy, SceneControl},
        needs::missing,
        scene::{SceneSettings, play},
        telling::{SceneNews, count_of_steps},
        world::{EngineCommands, SandboxControl, World, WorldPhones},
    },
    tui::chat::scenario::{
        HeldFor, NextStep, ScenarioChannels, ScenarioNews, ScenarioOrder, ScenarioStart,
        StartScenario,
    },
};

/// Orders that wait; when it is full the person is told.
const ORDERS: usize = 32;
/// News that wait for the screen; when it is full a step is not shown.
const NEWS: usize = 1024;

/// What scenarios on phones are played with.
pub(super) struct PhoneScenarios {
    /// Where agents log in, if they can.
    agents: Option<AgentCloud>,
    /// The sandbox, where the cloud is handset's own.
    sandbox: Option<Arc<dyn SandboxControl>>,
    /// The deadline of waits where the scenario says none.
    within: Duration,
    /// Ends agents' sessions and what is played.
    shutdown: Shutdown,
}

/// What plays on which phones.
#[derive(Clone)]
struct Player {
    scenarios: Arc<PhoneScenarios>,
    commands: mpsc::Sender<Command>,
    tap: UpdateTap,
}

impl PhoneScenarios {
    /// Those on the phones of a cloud. What they start ends with `shutdown`.
    pub(super) fn of(
        cloud: &Cloud,
        agents: Option<AgentCloud>,
        shutdown: &Shutdown,
    ) -> anyhow::Result<Self> {
        let (sandbox, within) = match &cloud.sandbox {
            Some(sandbox) => {
                let token = Some(sandbox.ready().control);
                let control = Control::new(cloud.csds.clone(), token)?;
                (Some(Arc::new(control) as Arc<dyn SandboxControl>), WITHIN)
            }
            None => (None, WITHIN_LIVE),
        };
        Ok(Self {
            agents,
            sandbox,
            within,
            shutdown: shutdown.clone(),
        })
    }

    /// How the screen begins one.
    pub(super) fn starter(self, commands: mpsc::Sender<Command>, tap: UpdateTap) -> StartScenario {
        let player = Player {
            scenarios: Arc::new(self),
            commands,
            tap,
        };
        Arc::new(move |start| {
            let (orders, wanted) = mpsc::channel(ORDERS);
            let (news, told) = mpsc::channel(NEWS);
            let player = player.clone();
            let shutdown = player.scenarios.shutdown.clone();
            shutdown.spawn(async move {
                let ended = Box::pin(player.play(&start, wanted, &news)).await;
                let notices = ended.unwrap_or_else(|why| vec![words::refused(&start.file, &why)]);
                // A screen that is gone wants to know nothing.
                let _ = news.send(ScenarioNews::Over(notices)).await;
            });
            ScenarioChannels { orders, news: told }
        })
    }

    /// What a scenario may need and find here.
    fn has(&self) -> BTreeSet<String> {
        let has: &[&str] = match (&self.sandbox, &self.agents) {
            (Some(_), _) => &["sandbox", "survey", "agent"],
            (None, Some(_)) => &["live", "agent"],
            (None, None) => &["live"],
        };
        has.iter().map(|word| (*word).to_owned()).collect()
    }

    fn skills(&self) -> BTreeMap<String, SkillId> {
        match self.sandbox {
            Some(_) => cast::sandbox_skills(),
            None => BTreeMap::new(),
        }
    }
}

impl Player {
    /// Plays one scenario to its end; gives what the person is told then, or why it was not begun.
    async fn play(
        &self,
        start: &ScenarioStart,
        orders: mpsc::Receiver<ScenarioOrder>,
        news: &mpsc::Sender<ScenarioNews>,
    ) -> Result<Vec<Notice>, String> {
        let named = start.file.clone();
        let read = tokio::task::spawn_blocking(move || {
            let file = files::read_file(&named).map_err(|error| in_words(&error));
            file.map(|file| (file, OwnFiles::read()))
        });
        let read = read.await.map_err(|_| "reading it broke off".to_owned())?;
        let (file, own) = read?;
        if Count::of(std::slice::from_ref(&file)).errors > 0 {
            return Ok(words::faults(&file));
        }
        let all = cases(&file.parsed.script, &[], &[]);
        let selection = Selection {
            lines: file.lines.clone(),
            ..Selection::default()
        };
        let case = all.iter().find(|case| selection.includes(case));
        let case = case.ok_or("there is no scene around that line")?;
        if let Some(why) = missing(case, &self.scenarios.has()) {
            return Err(format!("the scene {why}, which is not here"));
        }
        let phone = self.tap.lend(start.phone);
        let phone = phone.ok_or("the phone is not open any more")?;
        let consumers = consumers(&own, case, &file.folder, &phone.persona)?;
        let begins = ScenarioNews::Begins {
            title: case.title.clone(),
            steps: count_of_steps(case.scene),
            words: words::of_choice(case, &all, &consumers, &phone.persona),
            consumers: consumers.values().map(|one| one.consumer.clone()).collect(),
        };
        let teller = Teller::new(news.clone(), file.lines.first().copied());
        teller.tell(begins);
        let report = self
            .perform((case, &file), (consumers, phone, own), orders, &teller)
            .await;
        if let Some(line) = words::unmarked(&report) {
            teller.tell(ScenarioNews::StepEnded {
                line,
                passed: Some(false),
                bubble: None,
            });
        }
        Ok(words::over(&report, file.path()))
    }

    /// Plays the scene while the person's orders are carried out.
    async fn perform(
        &self,
        (case, file): (&Case<'_>, &ScenarioFile),
        (consumers, phone, own): (BTreeMap<String, Persona>, TappedPhone, OwnFiles),
        mut orders: mpsc::Receiver<ScenarioOrder>,
        teller: &Arc<Teller>,
    ) -> SceneReport {
        let (scenarios, stop) = (
            &self.scenarios,
            self.scenarios.shutdown.token().child_token(),
        );
        let world = World {
            commands: EngineCommands::in_real_time(self.commands.clone()),
            updates: phone.updates,
            phones: WorldPhones::Lent(phone.lent),
            consumers,
            log_in: cast::log_in(scenarios.agents.clone(), &scenarios.shutdown),
            sandbox: scenarios.sandbox.clone(),
            library: Arc::new(LibraryOfRun(own.library)),
            skills: scenarios.skills(),
            has: scenarios.has(),
            may_open: false,
            is_own: false,
            clock: WorldClock::default(),
            skips_idle_time: false,
        };
        let of_scene = Arc::clone(teller);
        let settings = SceneSettings {
            seed: fastrand::u64(..1_000_000),
            within: scenarios.within,
            folder: file.folder.clone(),
            told: Arc::new(move |news| of_scene.scene(&news)),
            control: teller.control.clone(),
            pace: None,
        };
        let mut playing = Box::pin(play(case, world, &settings, &stop));
        let mut is_watched = true;
        loop {
            tokio::select! {
                mut report = &mut playing => {
                    report.seed = Some(settings.seed);
                    return report;
                }
                order = orders.recv(), if is_watched => {
                    is_watched = order.is_some();
                    teller.carry_out(order.unwrap_or(ScenarioOrder::Stop), &stop);
                }
            }
        }
    }
}

/// The personas of those who are played: one of them holds the phone in view.
fn consumers(
    own: &OwnFiles,
    case: &Case<'_>,
    folder: &Path,
    in_view: &Persona,
) -> Result<BTreeMap<String, Persona>, String> {
    let members: Vec<_> = case.cast.iter().filter(|one| !one.is_agent).collect();
    let known: Vec<_> = members
        .iter()
        .map(|member| cast::consumer(own, member, folder))
        .collect();
    let is_in_view = |persona: &anyhow::Result<Persona>| {
        let persona = persona.as_ref();
        persona.is_ok_and(|persona| persona.consumer == in_view.consumer)
    };
    let here = known
        .iter()
        .position(is_in_view)
        .or_else(|| members.iter().position(|member| member.name == ME))
        .unwrap_or(0);
    let mut consumers = BTreeMap::new();
    for (at, (member, persona)) in members.into_iter().zip(known).enumerate() {
        let persona = match persona {
            _ if at == here => in_view.clone(),
            Ok(persona) => persona,
            Err(error) => return Err(format!("{}: {}", member.name, in_words(&error))),
        };
        consumers.insert(member.name.clone(), persona);
    }
    Ok(consumers)
}

/// Tells the screen what happens, and carries out what it wants.
struct Teller {
    news: mpsc::Sender<ScenarioNews>,
    control: SceneControl,
    /// The deadline of the step that waits.
    until: Mutex<Option<Duration>>,
}

impl Teller {
    fn new(news: mpsc::Sender<ScenarioNews>, stop_at: Option<usize>) -> Arc<Self> {
        Arc::new(Self {
            news,
            control: SceneControl::new(WorldClock::default(), stop_at),
            until: Mutex::default(),
        })
    }

    fn tell(&self, news: ScenarioNews) {
        // Full: the screen is far behind, and shows the next ones.
        let _ = self.news.try_send(news);
    }

    /// How long may still be waited for the step.
    fn left(&self) -> Option<Duration> {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.map(|until| until.saturating_sub(self.control.now()))
    }

    fn set_until(&self, until: Option<Duration>) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    fn scene(&self, news: &SceneNews<'_>) {
        match news {
            SceneNews::Begins {
                step,
                number,
                until,
            } if has_mark(step) => {
                self.set_until(*until);
                self.tell(ScenarioNews::Step {
                    number: *number,
                    line: step.line,
                    text: step.text.clone(),
                    left: self.left(),
                });
            }
            SceneNews::Ended { step, bubble } if has_mark(step) => {
                self.set_until(None);
                self.tell(ScenarioNews::StepEnded {
                    line: step.line,
                    passed: match step.outcome {
                        StepOutcome::Passed => Some(true),
                        StepOutcome::Failed => Some(false),
                        StepOutcome::Skipped => None,
                    },
                    bubble: *bubble,
                });
            }
            SceneNews::Begins { .. } | SceneNews::Ended { .. } => {}
            SceneNews::Held {
                by,
                line,
                text,
                number,
            } => self.tell(ScenarioNews::Held {
                why: match by {
                    Some(HeldBy::Line) => HeldFor::Line,
                    Some(HeldBy::Step) => HeldFor::Step,
                    None => HeldFor::Asked,
                },
                left: None,
                next: Some(NextStep {
                    number: *number,
                    line: *line,
                    text: (*text).to_owned(),
                }),
            }),
        }
    }

    fn carry_out(&self, order: ScenarioOrder, stop: &CancellationToken) {
        match order {
            ScenarioOrder::Hold | ScenarioOrder::TakeOver => {
                if order == ScenarioOrder::TakeOver {
                    self.control.take_over();
                } else {
                    self.control.hold();
                }
                self.tell(ScenarioNews::Held {
                    why: HeldFor::Asked,
                    left: self.left(),
                    next: None,
                });
            }
            ScenarioOrder::GoOn | ScenarioOrder::Step => {
                let one_step = order == ScenarioOrder::Step;
                let left = self.left();
                self.tell(ScenarioNews::GoesOn { one_step, left });
                if one_step {
                    self.control.step();
                } else {
                    self.control.go_on();
                }
            }
            ScenarioOrder::Stop => stop.cancel(),
        }
    }
}

/// Whether a step is marked: others hold steps, or say nothing.
fn has_mark(step: &StepReport) -> bool {
    !["note", "let", "use", "if", "any order"].contains(&step.kind.as_str())
}
