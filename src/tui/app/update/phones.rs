//! The open phones: which one is in view, opening one, closing one.

use std::path::PathBuf;

use ratatui::layout::{Position, Rect};

use crate::{
    domain::{conversation::event::Act, ids::ItemId, notice::Severity, persona::Persona},
    engine::command::Command,
    tui::{
        app::model::Model,
        chat::phone::Phone,
        chat::{
            lines::window::OUT_OF_VIEW,
            tabs::{self, TabTarget},
        },
        commands::keys::Action,
    },
};

/// Files a phone remembers; past that all are forgotten, and a bubble offers its file anew.
const FILES: usize = 1024;

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

    /// The open phones in the order of their tabs.
    pub(crate) fn phones_in_order(&self) -> impl Iterator<Item = &Phone> {
        let phones = || self.others.iter().chain([&self.phone]);
        self.tabs
            .iter()
            .filter_map(move |tab| phones().find(|phone| phone.thread == *tab))
    }

    /// A phone is open, or its holder changed.
    pub(crate) fn put_phone(&mut self, thread: u32, persona: Box<Persona>) {
        let awaited = self.awaited.as_ref() == Some(&persona.consumer);
        if let Some(phone) = self.phone_of(thread) {
            phone.persona = Some(persona);
            if awaited {
                self.awaited = None;
                self.bring(thread);
            }
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
        if awaited {
            self.awaited = None;
            self.bring(thread);
        }
    }

    /// A phone was put away; another comes into view when it was the one.
    pub(crate) fn put_away(&mut self, thread: u32) {
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
        if self.phone.thread == thread {
            self.phone = Phone::default();
        }
    }

    /// Goes to the phone beside the one in view, round and round.
    pub(crate) fn step_phone(&mut self, on: bool) {
        let here = self.tabs.iter().position(|tab| *tab == self.phone.thread);
        let Some(here) = here.filter(|_| self.tabs.len() > 1) else {
            let keys = self.ui.shown(Action::HandOver);
            self.tell(
                Severity::Info,
                "one phone is open",
                "",
                &format!("{keys} hands a phone to another consumer"),
            );
            return;
        };
        let count = self.tabs.len();
        let next = if on { here + 1 } else { here + count - 1 } % count;
        if let Some(&thread) = self.tabs.get(next) {
            self.bring(thread);
        }
    }

    /// A click on the row of tabs.
    pub(crate) fn click_tab(&mut self, row: Rect, at: Position) {
        let phones: Vec<&Phone> = self.phones_in_order().collect();
        match tabs::target_at(&phones, self.phone.thread, &self.ui.styles, row, at) {
            Some(TabTarget::Phone(thread)) => self.bring(thread),
            Some(TabTarget::Before) => self.step_phone(false),
            Some(TabTarget::After) => self.step_phone(true),
            None => {}
        }
    }

    /// Hands a phone to a consumer: the one that lies there already, or another.
    pub(crate) fn hand_to(&mut self, persona: &Persona) {
        let theirs = |phone: &&Phone| {
            let holder = phone.persona.as_deref();
            holder.is_some_and(|holder| holder.consumer == persona.consumer)
        };
        let there = self.phones_in_order().find(theirs);
        if let Some(thread) = there.map(|phone| phone.thread) {
            self.bring(thread);
        } else {
            self.awaited = Some(persona.consumer.clone());
            let persona = Box::new(persona.clone());
            self.commands.push(Command::Open(persona));
        }
    }

    /// Asks for the phone in view to be put away.
    pub(crate) fn ask_to_put_away(&mut self) {
        if self.tabs.len() < 2 {
            let keys = self.ui.shown(Action::Quit);
            self.tell(
                Severity::Info,
                "the last phone stays open",
                "",
                &format!("{keys} leaves handset"),
            );
        } else if self.phone.chat.composer.field.is_empty() {
            self.commands.push(Command::PutAway(self.phone.thread));
        } else {
            self.tell(
                Severity::Info,
                "what is written was not sent",
                "the phone stays open",
                "send it or delete it first",
            );
        }
    }

    /// Brings a phone into view.
    pub(crate) fn bring(&mut self, thread: u32) {
        self.leave_past();
        let Some(at) = self.others.iter().position(|phone| phone.thread == thread) else {
            return;
        };
        let away = self.phone.shown.is_empty();
        if !away {
            self.order(Act::Shown(Vec::new()));
            self.phone.shown.clear();
        }
        // A user who looks at one phone does not look at the others.
        self.order(Act::Looked(false));
        self.phone.chat.trim(OUT_OF_VIEW);
        std::mem::swap(&mut self.phone, &mut self.others[at]);
        self.order(Act::Looked(self.looked));
        self.phone.unread = 0;
        // The inspector goes on showing what belongs to the phone in view.
        self.inspector.wire.select(None);
        if self.inspector.wire.only_of().is_some() {
            self.inspector.wire.only(self.phone.chat.selected);
        }
    }

    /// An upload or a download has come so far.
    pub(crate) fn put_progress(&mut self, item: ItemId, done: u64, total: u64) {
        let Some(phone) = self.phone_of(item.thread) else {
            return;
        };
        phone.chat.transcript.changed(item);
        if phone.progress.len() >= FILES {
            phone.progress.clear();
        }
        phone.progress.insert(item, (done, total));
        if total > 0 && done >= total {
            phone.progress.remove(&item);
        }
    }

    /// A bubble's file is here, or cannot be had.
    pub(crate) fn put_file(&mut self, item: ItemId, file: Result<PathBuf, String>) {
        let Some(phone) = self.phone_of(item.thread) else {
            return;
        };
        phone.chat.transcript.changed(item);
        phone.progress.remove(&item);
        if phone.files.len() >= FILES {
            phone.files.clear();
        }
        phone.files.insert(item, file.clone());
        if let Ok(path) = file {
            self.picture_fetched(item, path);
        }
    }
}
