//! The scenario on a phone: begun by a command, held when the person does something there, given
//! back by a key.

use ratatui::layout::{Position, Rect};

use crate::{
    domain::{
        conversation::event::Act,
        ids::{ItemId, PhoneId},
        line::LineBody,
        notice::{Notice, Severity},
        time::Timestamp,
    },
    engine::command::Command,
    tui::{
        app::model::Model,
        chat::{
            attach::at_home,
            phone::Phone,
            scenario::{
                self, CurrentStep, HeldFor, MarkedSteps, RunningScenario, ScenarioHold,
                ScenarioNews, ScenarioOrder, ScenarioStart, StepStage,
            },
        },
        commands::{keys::Action, slash::arguments},
    },
};

impl Model {
    /// Begins to play a file on the phone in view, or ends what is played.
    pub(crate) fn play_scenario(&mut self, argument: &str) -> Result<(), String> {
        let Some(file) = arguments::scenario_to_play(argument)? else {
            self.stop_scenario();
            return Ok(());
        };
        let Some(phone) = self.phone.id() else {
            self.tell_read_only();
            return Ok(());
        };
        if !self.can_play {
            return Err("no scenario can be played here; handset run FILE does it".to_owned());
        }
        if self.scenario.is_some() {
            let key = self.ui.shown(Action::StopScenario);
            return Err(format!("a scenario is played already; {key} ends it"));
        }
        let file = at_home(&file).to_string_lossy().into_owned();
        let start = ScenarioStart { phone, file };
        self.marked_steps = MarkedSteps::default();
        self.scenario = Some(RunningScenario::new(&start));
        self.errands.scenario = Some(start);
        Ok(())
    }

    /// Holds what is played, or lets it go on.
    pub(crate) fn pause_scenario(&mut self) {
        let Some(run) = &mut self.scenario else {
            return self.tell_no_scenario();
        };
        let (hold, order) = match run.hold {
            ScenarioHold::Runs => (ScenarioHold::Paused, ScenarioOrder::Hold),
            _ => (ScenarioHold::Runs, ScenarioOrder::GoOn),
        };
        run.hold = hold;
        self.errands.orders.push(order);
    }

    /// Lets one step go on.
    pub(crate) fn step_scenario(&mut self) {
        let Some(run) = &mut self.scenario else {
            return self.tell_no_scenario();
        };
        run.hold = ScenarioHold::Paused;
        self.errands.orders.push(ScenarioOrder::Step);
    }

    /// Ends what is played.
    pub(crate) fn stop_scenario(&mut self) {
        if self.scenario.is_none() {
            return self.tell_no_scenario();
        }
        self.errands.orders.push(ScenarioOrder::Stop);
    }

    /// The person does something on the phone: what is played there waits until it is given back.
    pub(crate) fn take_over(&mut self) {
        let here = self.phone.id();
        if let Some(run) = &mut self.scenario
            && run.hold != ScenarioHold::ByHand
            && Some(run.phone) == here
        {
            run.hold = ScenarioHold::ByHand;
            self.errands.orders.push(ScenarioOrder::TakeOver);
        }
    }

    fn tell_no_scenario(&mut self) {
        let hint = "/scenario FILE plays one";
        self.tell(Severity::Info, "no scenario is played", "", hint);
    }

    /// The scenario that is played on the phone in view.
    pub(crate) fn scenario_in_view(&self) -> Option<&RunningScenario> {
        let run = self.scenario.as_ref();
        run.filter(|run| self.phone.id() == Some(run.phone))
    }

    /// How long may still be waited for its step, as it is shown.
    pub(crate) fn scenario_seconds(&self) -> Option<u64> {
        self.scenario.as_ref()?.seconds_left(self.ui.now)
    }

    /// When the seconds that are shown change next.
    pub(crate) fn next_scenario_second(&self) -> Option<Timestamp> {
        self.scenario.as_ref()?.next_second(self.ui.now)
    }

    /// A click on the row that tells of the scenario.
    pub(crate) fn click_scenario(&mut self, row: Rect, at: Position) {
        let action = self
            .scenario_in_view()
            .and_then(|run| scenario::action_at(run, &self.ui, row, at));
        if let Some(action) = action {
            self.act(action);
        }
    }

    /// Takes in what happens in the scenario.
    pub(crate) fn on_scenario(&mut self, news: ScenarioNews) {
        let now = self.ui.now;
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
                run.title = title;
                run.steps = steps;
                run.consumers = consumers;
                if !words.is_empty() {
                    let title = "the scenario is played on this phone";
                    self.tell(Severity::Info, title, &words, "");
                }
            }
            ScenarioNews::Step {
                number,
                line,
                text,
                left,
            } => {
                run.step = Some(CurrentStep {
                    number,
                    line,
                    text,
                    deadline: None,
                    stage: StepStage::UnderWay,
                });
                run.set_left(left, true, now);
                let newest = run.phone;
                if let Some(bubble) = self.newest_bubble(newest) {
                    self.marked_steps.begins(line, bubble);
                }
            }
            ScenarioNews::StepEnded {
                line,
                passed,
                bubble,
            } => {
                if let Some(step) = run.step.as_mut().filter(|step| step.line == line) {
                    step.stage = StepStage::Ended;
                }
                let phone = run.phone;
                let bubble = bubble.or_else(|| self.newest_bubble(phone));
                self.marked_steps.nothing_under_way();
                if let (Some(passed), Some(bubble)) = (passed, bubble) {
                    self.marked_steps.ended(line, passed, bubble);
                }
            }
            ScenarioNews::Held { why, left, next } => {
                run.hold = match (why, run.hold) {
                    (HeldFor::Line, _) => ScenarioHold::AtLine,
                    (_, ScenarioHold::Runs) => ScenarioHold::Paused,
                    (_, hold) => hold,
                };
                if let Some(next) = next {
                    run.step = Some(CurrentStep {
                        number: next.number,
                        line: next.line,
                        text: next.text,
                        deadline: None,
                        stage: StepStage::Next,
                    });
                }
                run.set_left(left, false, now);
            }
            ScenarioNews::GoesOn { one_step, left } => {
                if !one_step {
                    run.hold = ScenarioHold::Runs;
                }
                run.set_left(left, true, now);
            }
            ScenarioNews::Over(notices) => {
                let line = run.step.as_ref().map_or(0, |step| step.line);
                let has_failed = |notice: &Notice| {
                    matches!(notice.severity, Severity::Warning | Severity::Error)
                };
                if notices.last().is_some_and(has_failed) {
                    self.scenario_failed(line);
                }
                self.look_for_oneself();
                self.marked_steps.nothing_under_way();
                for notice in notices {
                    self.notices.show(&notice, now);
                }
            }
        }
    }

    /// Whether the scenario plays the consumer of this phone: then it tells what the consumer looks
    /// at, whatever phone is in view.
    pub(crate) fn is_played(&self, phone: &Phone) -> bool {
        let (Some(run), Some(holder)) = (&self.scenario, &phone.persona) else {
            return false;
        };
        phone.id().is_some() && run.consumers.contains(&holder.consumer)
    }

    /// The scenario is over: the person looks at the phone in view, and at no other.
    fn look_for_oneself(&mut self) {
        let phones = std::iter::once(&self.phone).chain(&self.others);
        let played = phones.filter(|phone| self.is_played(phone));
        let played: Vec<PhoneId> = played.filter_map(Phone::id).collect();
        self.scenario = None;
        // The next frame tells what is on the screen.
        self.phone.shown.clear();
        for phone in played {
            let looks = self.looked && self.phone.id() == Some(phone);
            for act in [Act::Shown(Vec::new()), Act::Looked(looks)] {
                self.commands.push(Command::Act { phone, act });
            }
        }
    }

    /// The newest bubble of a phone.
    fn newest_bubble(&mut self, phone: PhoneId) -> Option<ItemId> {
        let lines = &self.phone_of(phone)?.chat.lines;
        let newest = lines.last().and_then(|place| lines.at(place));
        let mut up = std::iter::successors(newest, |line| lines.before(line.place));
        let bubble = up.find(|line| !matches!(line.body, LineBody::Quiet { .. }));
        bubble.map(|line| line.id)
    }
}
