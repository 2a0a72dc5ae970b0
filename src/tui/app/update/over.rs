//! What keys, clicks and the wheel do in popups, and what comes of it.

use ratatui::layout::{Position, Rect};

use crate::{
    domain::{conversation::event::Act, ids::PhoneId, notice::Severity, persona::Persona},
    engine::{command::Command, update::Consent},
    tui::{
        app::model::Model,
        chat::attach::Job,
        commands::keys::Action,
        popups::{
            Outcome, Popup, Scene,
            consent::ConsentQuestion,
            form::{Form, FormTarget},
            palette::Choice,
        },
    },
};

/// Choices of the palette that are remembered.
const RECENT: usize = 8;

impl Model {
    /// The screen; empty where nothing fits on it.
    pub(crate) fn screen(&self) -> Rect {
        if self.layout.too_small {
            Rect::default()
        } else {
            self.layout.area
        }
    }

    /// What popups see of the rest.
    pub(crate) fn scene(&self) -> Scene<'_> {
        Scene {
            ui: &self.ui,
            screen: self.screen(),
            account: &self.account,
            notices: &self.notices,
            workspace: &self.workspace,
            personas: &self.personas,
            themes: &self.themes,
            recent: &self.recent,
            phone: &self.phone,
            phones: self.phones_in_order().collect(),
        }
    }

    /// Runs something on the popup on top.
    fn with_popup<R>(&mut self, run: impl FnOnce(&mut Popup, &Scene<'_>) -> R) -> Option<R> {
        if !self.has_popup() {
            return None;
        }
        let mut top = self.popups.pop()?;
        let outcome = run(&mut top, &self.scene());
        self.popups.push(top);
        Some(outcome)
    }

    /// Carries an action out on the popup on top; false when it means nothing there.
    pub(crate) fn act_on_popup(&mut self, action: Action) -> bool {
        let outcome = self.with_popup(|top, scene| top.act(action, scene));
        outcome.is_some_and(|outcome| self.finish(outcome))
    }

    /// A click while a popup lies over the screen.
    pub(crate) fn click_popup(&mut self, at: Position) {
        if self.notice_row().contains(at) {
            return self.notices.dismiss();
        }
        let outcome = self.with_popup(|top, scene| {
            let area = top.area(scene);
            let layer = top.layer_mut();
            area.contains(at).then(|| layer.click(at, scene, area))
        });
        match outcome.flatten() {
            Some(outcome) => {
                self.finish(outcome);
            }
            None => self.close_popup(),
        }
    }

    /// A notch of the wheel while a popup lies over the screen.
    pub(crate) fn wheel_popup(&mut self, up: bool) {
        self.with_popup(|top, scene| {
            let area = top.area(scene);
            top.layer_mut().wheel(up, scene, area);
        });
    }

    /// Fits the popup on top to the screen.
    pub(crate) fn prepare_popup(&mut self) {
        let screen = self.screen();
        if let Some(top) = self.popups.last_mut() {
            top.layer_mut().prepare(screen, &self.gallery);
        }
    }

    /// Goes on with what came of the popup on top; false when nothing did.
    fn finish(&mut self, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Passed => return false,
            Outcome::Stays => {}
            Outcome::Closes => {
                self.popups.pop();
            }
            Outcome::Told(severity, title, detail, hint) => {
                self.tell(severity, &title, &detail, &hint);
            }
            Outcome::Copied(what, text) => self.put_on_clipboard(what, text),
            Outcome::Chosen(choice) => {
                self.popups.pop();
                self.chosen(choice);
            }
            Outcome::Look(phone, path) => self.jobs.push(Job::Look { phone, path }),
            Outcome::Folder(folder) => self.jobs.push(Job::List {
                folder: Some(folder),
            }),
            Outcome::Becomes(popup) => {
                self.popups.pop();
                self.popups.push(*popup);
            }
            Outcome::Prepare(command) => {
                // That it was not sent is true no more.
                self.notices.withdraw();
                self.jobs.push(Job::Prepare(command));
            }
            Outcome::SendRaw => self.send_raw(),
            Outcome::Kept {
                phone: id,
                persona,
                target,
            } => {
                self.popups.pop();
                self.kept(id, persona, target);
            }
            Outcome::Answered(mut wanted_for, choice) => {
                self.popups.pop();
                wanted_for.chosen.insert(wanted_for.action, choice);
                self.press_spot(wanted_for.item, wanted_for.spot, wanted_for.chosen);
            }
            Outcome::Agreed(id) => {
                self.popups.pop();
                self.commands.push(Command::Consent { id, yes: true });
            }
            Outcome::Decided { host, is_wanted } => {
                self.commands.push(Command::DecideHost { host, is_wanted });
            }
        }
        true
    }

    /// Does what was chosen in a palette.
    fn chosen(&mut self, choice: Choice) {
        if !matches!(choice, Choice::Hand(_) | Choice::Pick(_)) {
            self.recent.retain(|other| *other != choice);
            self.recent.insert(0, choice.clone());
            self.recent.truncate(RECENT);
        }
        match choice {
            Choice::Hand(persona) => self.hand_to(&persona),
            Choice::Act(action) => self.act(action),
            Choice::Theme(theme) => self.set_theme(theme),
            Choice::Export(format) => self.choose_export(format),
            Choice::Draft(draft) => self.begin_draft(&draft),
            Choice::Pick(pick) => self.picked(pick),
        }
    }

    /// Keeps what a form says, and does what its button says besides.
    fn kept(&mut self, id: PhoneId, persona: Box<Persona>, target: FormTarget) {
        let profile = persona.opening.profile.clone();
        self.commands.push(Command::Configure(persona));
        let (act, title) = match target {
            FormTarget::Begin => (Some(Act::New), "kept, and a conversation is begun with it"),
            FormTarget::Tell => (
                Some(Act::SetProfile(profile)),
                "kept, and told to the agents",
            ),
            FormTarget::Save | FormTarget::Odd | FormTarget::Field(_) => {
                (None, "kept for the next conversation")
            }
        };
        if let Some(act) = act {
            self.commands.push(Command::Act { phone: id, act });
        }
        self.tell(Severity::Info, title, "", "");
    }

    /// Opens a popup, or closes it when it is on top.
    pub(crate) fn toggle(&mut self, popup: Popup) {
        let same = |top: &Popup| top.is_like(&popup);
        if self.popups.last().is_some_and(same) {
            return self.close_popup();
        }
        let below = self.popups.iter().position(same);
        let below = below.map(|at| self.popups.remove(at));
        // What is written in one that lies further down is not lost.
        let below = below.filter(|below| below.layer().is_written_in());
        self.popups.push(below.unwrap_or(popup));
    }

    /// Closes the popup on top, unless that would drop what was changed in it.
    pub(crate) fn close_popup(&mut self) {
        if let Some(Popup::Form(form)) = self.popups.last_mut()
            && form.is_changed()
            && !form.warned
        {
            form.warned = true;
            let key = self.ui.shown(Action::Back);
            self.tell(
                Severity::Warning,
                "what was changed is not kept",
                "",
                &format!("{key} again drops it"),
            );
            return;
        }
        match self.popups.pop() {
            Some(Popup::Raw(raw)) => self.keep_raw(raw.draft),
            Some(Popup::Consent(question)) => {
                let id = question.0.id;
                self.commands.push(Command::Consent { id, yes: false });
            }
            Some(Popup::Form(form)) if form.warned => self.notices.withdraw(),
            _ => {}
        }
    }

    /// Closes all popups; false when one stays, for what was changed in it.
    pub(crate) fn close_popups(&mut self) -> bool {
        while !self.popups.is_empty() {
            let before = self.popups.len();
            self.close_popup();
            if self.popups.len() == before {
                return false;
            }
        }
        true
    }

    /// Asks before a conversation with real people is opened.
    pub(crate) fn ask_consent(&mut self, asked: Consent) {
        let is_earlier = |popup: &Popup| {
            matches!(popup, Popup::Consent(question)
                if question.0.phone == asked.phone
                    && question.0.by_hand.is_none()
                    && asked.by_hand.is_none())
        };
        let popup = Popup::Consent(Box::new(ConsentQuestion(asked)));
        if let Some(earlier) = self.popups.iter_mut().find(|popup| is_earlier(popup)) {
            // A phone opens one conversation at a time: what it had in mind before counts no more.
            *earlier = popup;
            return;
        }
        // Under the question that is being read: a key on its way is meant for that.
        let is_other = |popup: &Popup| !matches!(popup, Popup::Consent(_));
        let over = self.popups.iter().rposition(is_other);
        let at = over.map_or(0, |at| at + 1);
        self.popups.insert(at, popup);
    }

    /// Opens the form of the consumer whose phone is in view.
    pub(crate) fn open_form(&mut self) {
        let Some(phone) = self.phone.id() else {
            return self.tell_read_only();
        };
        let Some(persona) = self.phone.persona.as_deref() else {
            return;
        };
        let form = Form::of(phone, persona);
        self.toggle(Popup::Form(Box::new(form)));
    }
}
