//! The phones on the desk: which one is in view, putting one there, putting one
//! away.

use crate::{
    domain::{conversation::event::Act, persona::Persona},
    engine::command::Command,
    tui::model::{Model, Phone},
};

impl Model {
    /// The phone of a thread, in view or not.
    pub(crate) fn phone_of(&mut self, thread: u32) -> Option<&mut Phone> {
        if !self.tabs.contains(&thread) {
            return None;
        }
        if self.phone.thread == thread {
            return Some(&mut self.phone);
        }
        self.others.iter_mut().find(|phone| phone.thread == thread)
    }

    /// A phone lies on the desk, or its holder changed.
    pub(super) fn put_phone(&mut self, thread: u32, persona: Box<Persona>) {
        if let Some(phone) = self.phone_of(thread) {
            phone.persona = Some(persona);
            return;
        }
        if self.tabs.is_empty() {
            // What was written before anybody was there stays written.
            self.phone.thread = thread;
            self.phone.persona = Some(persona);
        } else {
            self.others.push(Phone {
                thread,
                persona: Some(persona),
                ..Phone::default()
            });
            let act = Act::Looked(false);
            self.commands.push(Command::Act { thread, act });
        }
        self.tabs.push(thread);
    }

    /// A phone was put away; another comes into view when it was the one.
    pub(super) fn put_away(&mut self, thread: u32) {
        if self.phone.thread == thread {
            let at = self.tabs.iter().position(|tab| *tab == thread);
            let next = at.and_then(|at| {
                let before = at.checked_sub(1);
                self.tabs
                    .get(at + 1)
                    .or(before.and_then(|at| self.tabs.get(at)))
            });
            if let Some(&next) = next {
                self.bring(next);
            }
        }
        self.tabs.retain(|tab| *tab != thread);
        self.others.retain(|phone| phone.thread != thread);
    }

    /// Brings a phone into view.
    pub(super) fn bring(&mut self, thread: u32) {
        self.leave_past();
        let Some(at) = self.others.iter().position(|phone| phone.thread == thread) else {
            return;
        };
        let away = self.phone.shown.is_empty();
        if !away {
            self.order(Act::Shown(Vec::new()));
            self.phone.shown.clear();
        }
        // Whoever looks at one phone does not look at the others.
        self.order(Act::Looked(false));
        std::mem::swap(&mut self.phone, &mut self.others[at]);
        self.order(Act::Looked(self.looked));
        self.phone.unread = 0;
    }
}
