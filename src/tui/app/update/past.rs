//! A past conversation shown again: read-only, in place of the phone in view,
//! with its own wire. Nothing of it reaches the engine.

use crate::{
    domain::{
        conversation::event::Act,
        line::{Line, LineBody},
        notice::Severity,
    },
    engine::{
        command::Question,
        update::{FoundIn, Past},
    },
    tui::{
        app::{focus::Focus, model::Model},
        chat::phone::{Owner, Phone},
        commands::keys::Action,
        inspector::{For, Parked, Tab, wire::Wire},
        text::edit::Editor,
    },
};

impl Model {
    /// Asks for the conversation chosen in the journal, to show it again.
    pub(crate) fn reopen(&mut self) {
        let Some(past) = self.inspector.journal.chosen().cloned() else {
            return;
        };
        let question = Question::Conversation(past.conversation.clone());
        let ask = self.ask(question);
        self.inspector.wait(ask, For::Reopen(Box::new(past)));
    }

    /// Shows a past conversation in place of the phone in view.
    pub(crate) fn show_past(&mut self, past: Box<Past>, lines: Vec<Line>) {
        // There is always an open phone, but it may not have been told of yet.
        if self.tabs.is_empty() {
            return;
        }
        self.leave_past();
        self.send(Act::Shown(Vec::new()));
        self.phone.shown.clear();
        self.send(Act::Looked(false));
        let conversation = past.conversation.clone();
        let found_in = past.found_in;
        let mut phone = Phone {
            owner: Owner::Past(past),
            ..Phone::default()
        };
        for mut line in lines {
            if let LineBody::Theirs { answerable, .. } = &mut line.body {
                *answerable = false;
            }
            phone.chat.lines.put(line);
        }
        let live = std::mem::replace(&mut self.phone, phone);
        let wire = std::mem::replace(&mut self.inspector.wire, Wire::of(conversation));
        self.inspector.parked = Some(Parked {
            phone: live.id(),
            wire,
            filter: std::mem::take(&mut self.inspector.filter),
        });
        self.others.push(live);
        let question = self.inspector.wire.want_newest();
        self.ask_for_wire(question);
        self.inspector.tab = Tab::Wire;
        self.go_to_composer();
        let words = self.inspector.journal.found.clone().unwrap_or_default();
        if found_in != FoundIn::Nothing && !self.find_in_past(&words) {
            self.tell_found_in(found_in, &words);
        }
    }

    /// No line has what the conversation was found by: says where it is. The wire is filtered by
    /// one word that only the wire has.
    fn tell_found_in(&mut self, found_in: FoundIn, words: &str) {
        let is_one = words.split_whitespace().count() == 1;
        let title = match found_in {
            FoundIn::Wire if is_one => {
                self.inspector.filter = Editor::holding(words);
                self.inspector.wire.filter(words);
                "found in the wire, which is filtered by it"
            }
            FoundIn::Wire => "found in the names, the days, the ids or the wire",
            FoundIn::Nothing | FoundIn::Lines => "found by a name, a day or an id",
        };
        self.tell(Severity::Info, title, "", "");
    }

    /// Puts the past conversation away, if one is shown; the phone comes back into view.
    pub(crate) fn leave_past(&mut self) {
        let Some(parked) = self.inspector.parked.take() else {
            return;
        };
        let at = self
            .others
            .iter()
            .position(|phone| phone.id() == parked.phone)
            .or_else(|| (!self.others.is_empty()).then_some(0));
        self.phone = at.map(|at| self.others.remove(at)).unwrap_or_default();
        self.phone.unread = 0;
        self.inspector.wire = parked.wire;
        self.inspector.filter = parked.filter;
        self.send(Act::Looked(self.looked));
    }

    /// Goes on in the conversation chosen in the journal, or in the one that is shown again; on the
    /// phone, in the open one that was left last.
    pub(crate) fn go_back(&mut self) {
        let in_journal = self.inspector.tab == Tab::Journal && self.focus != Focus::Composer;
        let chosen = self.inspector.journal.chosen().filter(|_| in_journal);
        let Some(past) = chosen.or(self.phone.past()).cloned() else {
            return self.send(Act::GoBack(None));
        };
        if !self.tabs.contains(&past.phone) {
            let title = format!("{} has no open phone", past.consumer.one_line());
            let key = self.ui.shown(Action::HandOver);
            let hint = format!("{key} hands one over; then go back to the conversation");
            return self.tell(Severity::Info, &title, "", &hint);
        }
        self.leave_past();
        self.bring(past.phone);
        self.go_to_composer();
        self.send(Act::GoBack(Some(past.conversation)));
    }

    /// Goes from a past conversation back to the list it was chosen from.
    pub(crate) fn back_from_past(&mut self) {
        self.leave_past();
        self.go_to_tab(Tab::Journal);
    }

    /// The wire of the open phones, in view or not.
    pub(crate) fn live_wire(&mut self) -> &mut Wire {
        match self.inspector.parked.as_mut() {
            Some(parked) => &mut parked.wire,
            None => &mut self.inspector.wire,
        }
    }

    /// Says that nothing can be done in a past conversation.
    pub(crate) fn tell_read_only(&mut self) {
        let key = self.ui.shown(Action::Back);
        self.tell(
            Severity::Info,
            "this conversation is past and can only be read",
            "nothing was sent",
            &format!("{key} goes back"),
        );
    }
}
