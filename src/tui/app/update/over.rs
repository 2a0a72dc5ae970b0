//! What keys, clicks and the wheel do in popups.

use ratatui::layout::Position;

use crate::{
    domain::{conversation::event::Act, notice::Severity},
    engine::{command::Command, update::Consent},
    tui::{
        app::model::Model,
        commands::keys::Action,
        popups::{
            self, Popup, draw as popup,
            form::{Form, Spot, draw as form},
            raw,
            sheet::Outcome,
            toast,
        },
    },
};

impl Model {
    /// A click while a popup lies over the screen.
    pub(crate) fn click_popup(&mut self, at: Position) {
        let written_in = self.popups.last().is_some_and(Popup::is_written_in);
        if written_in && self.is_warned() && toast::area(self).contains(at) {
            return self.notices.dismiss();
        }
        let area = self.popups.last().map(|top| popup::area(top, self));
        let Some(area) = area.filter(|area| area.contains(at)) else {
            return self.close_popup();
        };
        if let Some(sheet) = self.sheet() {
            let inside = popup::inside(area);
            let outcome = if inside.contains(at) {
                sheet.click(at, inside)
            } else {
                Outcome::Stays
            };
            return self.finish_sheet(outcome);
        }
        match self.popups.last_mut() {
            // The button is its last row.
            Some(Popup::Consent(_)) if at.y + 2 >= area.bottom() => self.agree(),
            Some(Popup::Consent(_)) => {}
            Some(Popup::Raw(desk)) => match raw::spot_at(area, at) {
                Some(raw::Spot::Kind(kind)) => desk.turn_to(kind),
                Some(raw::Spot::Text { row, column }) => {
                    let room = desk.room;
                    desk.field.point(desk.top + row, column, room);
                }
                Some(raw::Spot::Send) => self.send_raw(),
                None => {}
            },
            Some(Popup::Form(_)) => self.click_form(form::spot_at(self, area, at)),
            _ => {
                let rows = popups::offers(self).len();
                let row = popup::row_at(self, at).filter(|row| *row < rows);
                if let (Some(row), Some(chosen)) =
                    (row, self.popups.last_mut().and_then(Popup::chosen))
                {
                    *chosen = row;
                    self.act(Action::Choose);
                }
            }
        }
    }

    /// Brings what the keyboard stands on into view of the popup on top.
    pub(crate) fn prepare_popup(&mut self) {
        let Some(area) = self.popups.last().map(|top| popup::area(top, self)) else {
            return;
        };
        match self.popups.last_mut() {
            Some(Popup::Raw(desk)) => {
                let field = raw::parts(area).field;
                desk.prepare(field.width, field.height);
            }
            Some(Popup::Form(form)) => {
                if let Some(fields) = form::parts(area, form.showing).fields {
                    form::prepare(form, fields.height);
                }
            }
            _ => {}
        }
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
            Some(Popup::Raw(desk)) => self.keep_raw(desk),
            Some(Popup::Consent(Consent { id, .. })) => {
                self.commands.push(Command::Consent { id, yes: false });
            }
            Some(Popup::Form(form)) if form.warned => self.notices.withdraw(),
            _ => {}
        }
    }

    /// Asks before a conversation with real people is opened.
    pub(crate) fn ask_consent(&mut self, asked: Consent) {
        let is_earlier = |popup: &Popup| {
            matches!(popup, Popup::Consent(Consent { thread, by_hand: None, .. })
                if *thread == asked.thread && asked.by_hand.is_none())
        };
        if let Some(earlier) = self.popups.iter_mut().find(|popup| is_earlier(popup)) {
            // A phone opens one conversation at a time: what it had in mind before counts no more.
            *earlier = Popup::Consent(asked);
            return;
        }
        // Under the question that is being read: a key on its way is meant for that.
        let is_other = |popup: &Popup| !matches!(popup, Popup::Consent(_));
        let over = self.popups.iter().rposition(is_other);
        let at = over.map_or(0, |at| at + 1);
        self.popups.insert(at, Popup::Consent(asked));
    }

    /// What is asked about may be done.
    pub(crate) fn agree(&mut self) {
        if let Some(Popup::Consent(Consent { id, .. })) = self.popups.last() {
            let id = *id;
            self.popups.pop();
            self.commands.push(Command::Consent { id, yes: true });
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

    /// Moves by rows in the popup on top when it is no list.
    pub(crate) fn rows_of_popup(&mut self, up: bool, rows: usize) {
        match self.popups.last_mut() {
            Some(Popup::Form(form)) => form.step(!up, rows),
            Some(Popup::Raw(desk)) => {
                let motion = if up {
                    crate::tui::text::edit::Motion::Up
                } else {
                    crate::tui::text::edit::Motion::Down
                };
                let room = desk.room;
                for _ in 0..rows.min(desk.field.rows(room).len()) {
                    desk.field.go(motion, false, room);
                }
            }
            _ => {}
        }
    }

    /// Opens the form of whoever holds the phone in view.
    pub(crate) fn open_form(&mut self) {
        if self.phone.past.is_some() {
            return self.tell_read_only();
        }
        let Some(persona) = self.phone.persona.as_deref() else {
            return;
        };
        let form = Form::of(self.phone.thread, persona);
        self.toggle(Popup::Form(Box::new(form)));
    }

    /// What an action does in a form; false when it is for the field or for everywhere.
    pub(crate) fn act_in_form(&mut self, action: Action) -> bool {
        let Some(Popup::Form(form)) = self.popups.last_mut() else {
            return false;
        };
        match action {
            Action::NextField => form.step(true, 1),
            Action::PreviousField => form.step(false, 1),
            Action::ShowRequest => form.showing = !form.showing,
            Action::Press => match form.spot {
                Spot::Field(_) => form.step(true, 1),
                spot => self.press(spot),
            },
            Action::Save => self.press(Spot::Save),
            Action::SaveAndBegin => self.press(Spot::Begin),
            Action::Left | Action::Right if form.field().is_none() => {
                form.turn(action == Action::Right);
            }
            _ => return false,
        }
        true
    }

    fn click_form(&mut self, spot: Option<Spot>) {
        let (Some(spot), Some(Popup::Form(form))) = (spot, self.popups.last_mut()) else {
            return;
        };
        form.spot = spot;
        match spot {
            Spot::Field(_) if form.field().is_some() => {}
            Spot::Field(_) => form.turn(true),
            spot => self.press(spot),
        }
    }

    /// Presses a button of the form.
    pub(crate) fn press(&mut self, spot: Spot) {
        let Some(Popup::Form(form)) = self.popups.last_mut() else {
            return;
        };
        if spot == Spot::Odd {
            form.odd = !form.odd;
            return;
        }
        let thread = form.thread;
        let persona = match form.obstacle() {
            Some(complaint) => {
                form.spot = Spot::Field(complaint.field);
                let hint = if complaint.strict {
                    ""
                } else {
                    "allow odd values to send it all the same"
                };
                Err((complaint.reason, hint))
            }
            None => form.persona().map_err(|reason| (reason, "")),
        };
        match persona {
            Err((reason, hint)) => {
                self.tell(Severity::Warning, "it was not kept", &reason, hint);
            }
            Ok(persona) => {
                let profile = persona.opening.profile.clone();
                self.popups.pop();
                self.commands.push(Command::Configure(Box::new(persona)));
                let act = match spot {
                    Spot::Begin => Some(Act::New),
                    Spot::Tell => Some(Act::SetProfile(profile)),
                    _ => None,
                };
                let title = match spot {
                    Spot::Begin => "kept, and a conversation is begun with it",
                    Spot::Tell => "kept, and told to the agents",
                    _ => "kept for the next conversation",
                };
                if let Some(act) = act {
                    self.commands.push(Command::Act { thread, act });
                }
                self.tell(Severity::Info, title, "", "");
            }
        }
    }
}
