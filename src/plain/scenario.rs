//! A scenario that is played on a phone: how plain mode begins it and holds it, and what it tells of
//! it. Its messages are told as all messages are.

use crate::{
    domain::{
        conversation::event::Act,
        ids::{ExtConsumerId, PhoneId},
        text::SafeText,
    },
    engine::command::Command,
    plain::{
        front::Front,
        words::{Say, counted, row, sentence},
    },
    tui::{
        chat::{
            attach::at_home,
            scenario::{ScenarioNews, ScenarioOrder, ScenarioStart},
        },
        commands::slash::arguments,
    },
};

/// How a command of `/scenario` is written, and what it does.
pub(crate) const ARGUMENT: &str = "FILE, pause, step or off";
pub(crate) const ABOUT: &str =
    "play a scenario on this phone; hold it or let it go on, let one step go on, end it";

/// The scenario that is played.
#[derive(Debug)]
pub(crate) struct PlainScenario {
    phone: PhoneId,
    /// The consumers who are played: the scenario tells what they look at, not plain mode.
    consumers: Vec<ExtConsumerId>,
    is_held: bool,
}

/// What plain mode has for those who play scenarios.
#[derive(Debug, Default)]
pub(crate) struct ScenarioRequests {
    pub(crate) start: Option<ScenarioStart>,
    pub(crate) orders: Vec<ScenarioOrder>,
}

impl Front {
    /// Begins to play a file on the phone in view, or does something with what is played.
    pub(crate) fn on_scenario_command(&mut self, argument: &str) -> Result<(), String> {
        let is_held = self.scenario.as_ref().map(|run| run.is_held);
        let order = match (argument, is_held) {
            ("pause", Some(false)) => ScenarioOrder::Hold,
            ("pause", Some(true)) => ScenarioOrder::GoOn,
            ("step", Some(_)) => ScenarioOrder::Step,
            ("off", Some(_)) => ScenarioOrder::Stop,
            ("pause" | "step" | "off", None) => {
                return Err("no scenario is played; /scenario FILE plays one".to_owned());
            }
            _ => return self.play_scenario(argument),
        };
        self.scenario_requests.orders.push(order);
        Ok(())
    }

    fn play_scenario(&mut self, argument: &str) -> Result<(), String> {
        let file = arguments::scenario_to_play(argument)?;
        let (Some(file), Some(phone)) = (file, self.at) else {
            return Err("there is no phone yet".to_owned());
        };
        if !self.can_play {
            return Err("no scenario can be played here; handset run FILE does it".to_owned());
        }
        if self.scenario.is_some() {
            return Err("a scenario is played already; /scenario off ends it".to_owned());
        }
        let file = at_home(&file).to_string_lossy().into_owned();
        self.scenario = Some(PlainScenario {
            phone,
            consumers: Vec::new(),
            is_held: false,
        });
        self.scenario_requests.start = Some(ScenarioStart { phone, file });
        Ok(())
    }

    /// The person does something on the phone in view: what is played there waits.
    pub(crate) fn take_over(&mut self) {
        if let Some(run) = &mut self.scenario
            && !run.is_held
            && Some(run.phone) == self.at
        {
            run.is_held = true;
            self.scenario_requests.orders.push(ScenarioOrder::TakeOver);
            self.tell("Scenario: it is held, for you wrote. /scenario pause lets it go on.");
        }
    }

    /// Whether a scenario goes on by itself.
    pub(crate) fn has_scenario_running(&self) -> bool {
        self.scenario.as_ref().is_some_and(|run| !run.is_held)
    }

    /// Whether the scenario plays the consumer of a phone, and tells what that one looks at.
    pub(crate) fn is_played(&self, phone: PhoneId) -> bool {
        let holder = self.phones.get(&phone).map(|phone| &phone.persona.consumer);
        let run = self.scenario.as_ref();
        holder.is_some_and(|holder| run.is_some_and(|run| run.consumers.contains(holder)))
    }

    /// Takes in what happens in the scenario.
    pub(crate) fn on_scenario(&mut self, news: ScenarioNews) {
        let text_of = |text: &str| sentence(&row(&SafeText::clean(text)));
        let Some(run) = &mut self.scenario else {
            return;
        };
        match news {
            ScenarioNews::Begins {
                title,
                steps,
                words,
                consumers,
            } => {
                run.consumers = consumers;
                let title = row(&SafeText::clean(&title));
                let steps = counted(steps, "step");
                self.tell(format!("Scenario: {title} begins, {steps}."));
                if !words.is_empty() {
                    self.tell(format!("Scenario: {}", text_of(&words)));
                }
            }
            ScenarioNews::Step { number, text, .. } => {
                if self.speech.say == Say::More {
                    self.tell(format!("Scenario: step {number}, {}", text_of(&text)));
                }
            }
            ScenarioNews::StepEnded { line, passed, .. } => {
                if passed == Some(false) {
                    self.warn(&format!("the step in line {line} of the scenario failed"));
                }
            }
            ScenarioNews::Held { next, .. } => {
                let was_held = std::mem::replace(&mut run.is_held, true);
                if let Some(next) = next {
                    let text = text_of(&next.text);
                    self.tell(format!(
                        "Scenario: held before step {}, {text}",
                        next.number
                    ));
                } else if !was_held {
                    self.tell("Scenario: it is held. /scenario pause lets it go on.");
                }
            }
            ScenarioNews::GoesOn { one_step, .. } => {
                run.is_held = one_step;
                if !one_step {
                    self.tell("Scenario: it goes on.");
                }
            }
            ScenarioNews::Over(notices) => self.scenario_over(notices),
        }
    }

    fn scenario_over(&mut self, notices: Vec<crate::domain::notice::Notice>) {
        let phones: Vec<PhoneId> = self.phones.keys().copied().collect();
        let played = phones.into_iter().filter(|phone| self.is_played(*phone));
        let played: Vec<PhoneId> = played.collect();
        self.scenario = None;
        // From now on it is told again what the person looks at.
        for phone in played {
            if let Some(known) = self.phones.get_mut(&phone) {
                known.reported = None;
            }
            for act in [Act::Shown(Vec::new()), Act::Looked(self.at == Some(phone))] {
                self.command(Command::Act { phone, act });
            }
        }
        for notice in notices {
            self.notice(notice);
        }
    }
}
