//! A past conversation shown again: read-only, in place of the phone in view,
//! with its own wire. Nothing of it reaches the engine.

use crate::{
    domain::{
        conversation::event::Act,
        item::{Body, Item},
        notice::Severity,
    },
    engine::{command::Question, update::Past},
    tui::{
        app::model::{Focus, Model},
        chat::phone::Phone,
        inspector::{For, PAST_THREAD, Parked, Tab, wire::Wire},
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
    pub(crate) fn show_past(&mut self, past: Box<Past>, lines: Vec<Item>) {
        // There is always an open phone, but it may not have been told of yet.
        if self.tabs.is_empty() {
            return;
        }
        self.leave_past();
        self.order(Act::Shown(Vec::new()));
        self.phone.shown.clear();
        self.order(Act::Looked(false));
        let conversation = past.conversation.clone();
        let mut phone = Phone {
            thread: PAST_THREAD,
            past: Some(past),
            ..Phone::default()
        };
        for mut line in lines {
            if let Body::Theirs { answerable, .. } = &mut line.body {
                *answerable = false;
            }
            phone.chat.lines.put(line);
        }
        let live = std::mem::replace(&mut self.phone, phone);
        let wire = std::mem::replace(&mut self.inspector.wire, Wire::of(conversation));
        self.inspector.parked = Some(Parked {
            thread: live.thread,
            wire,
            filter: std::mem::take(&mut self.inspector.filter),
        });
        self.others.push(live);
        let question = self.inspector.wire.want_newest();
        self.ask_for_wire(question);
        self.inspector.tab = Tab::Wire;
        self.focus = Focus::Composer;
    }

    /// Puts the past conversation away, if one is shown; the phone comes back into view.
    pub(crate) fn leave_past(&mut self) {
        let Some(parked) = self.inspector.parked.take() else {
            return;
        };
        let at = self
            .others
            .iter()
            .position(|phone| phone.thread == parked.thread)
            .or_else(|| (!self.others.is_empty()).then_some(0));
        self.phone = at.map(|at| self.others.remove(at)).unwrap_or_default();
        self.phone.unread = 0;
        self.inspector.wire = parked.wire;
        self.inspector.filter = parked.filter;
        self.order(Act::Looked(self.looked));
    }

    /// Goes from a past conversation back to the list it was chosen from.
    pub(crate) fn back_from_past(&mut self) {
        self.leave_past();
        self.show_tab(Tab::Journal);
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
        let key = self.ui.shown(crate::tui::commands::keys::Action::Back);
        self.tell(
            Severity::Info,
            "this conversation is past and can only be read",
            "nothing was sent",
            &format!("{key} goes back"),
        );
    }
}
