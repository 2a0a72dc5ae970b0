//! The open phones: which one is in view, opening one, closing one.

use std::path::PathBuf;

use ratatui::layout::{Position, Rect};

use crate::{
    domain::{
        conversation::event::Act,
        ids::{ItemId, PhoneId},
        notice::Severity,
        persona::Persona,
    },
    engine::command::Command,
    tui::{
        app::model::Model,
        chat::phone::{Owner, Phone},
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
    /// A phone, in view or not.
    pub(crate) fn phone_of(&mut self, id: PhoneId) -> Option<&mut Phone> {
        if !self.tabs.contains(&id) {
            return None;
        }
        let mut phones = std::iter::once(&mut self.phone).chain(&mut self.others);
        phones.find(|phone| phone.id() == Some(id))
    }

    /// The open phones in the order of their tabs.
    pub(crate) fn phones_in_order(&self) -> impl Iterator<Item = &Phone> {
        let phones = || self.others.iter().chain([&self.phone]);
        self.tabs
            .iter()
            .filter_map(move |tab| phones().find(|phone| phone.id() == Some(*tab)))
    }

    /// A phone is open, or its holder changed.
    pub(crate) fn put_phone(&mut self, id: PhoneId, persona: Box<Persona>) {
        let awaited = self.awaited.as_ref() == Some(&persona.consumer);
        if let Some(phone) = self.phone_of(id) {
            phone.persona = Some(persona);
            if awaited {
                self.awaited = None;
                self.bring(id);
            }
            return;
        }
        if self.tabs.is_empty() {
            // What was written before anybody was there stays written.
            self.phone.owner = Owner::Phone(id);
            self.phone.persona = Some(persona);
        } else {
            let phone = Phone {
                owner: Owner::Phone(id),
                persona: Some(persona),
                ..Phone::default()
            };
            if !self.is_played(&phone) {
                let act = Act::Looked(false);
                self.commands.push(Command::Act { phone: id, act });
            }
            self.others.push(phone);
        }
        self.tabs.push(id);
        if awaited {
            self.awaited = None;
            self.bring(id);
        }
    }

    /// A phone was closed; another comes into view when it was the one.
    pub(crate) fn closed(&mut self, id: PhoneId) {
        if self.phone.id() == Some(id) {
            let at = self.tabs.iter().position(|tab| *tab == id);
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
        self.tabs.retain(|tab| *tab != id);
        self.others.retain(|phone| phone.id() != Some(id));
        if self.phone.id() == Some(id) {
            self.phone = Phone::default();
        }
    }

    /// Goes to the phone beside the one in view, round and round.
    pub(crate) fn step_phone(&mut self, on: bool) {
        let here = self.phone.id();
        let here = self.tabs.iter().position(|tab| Some(*tab) == here);
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
        if let Some(&id) = self.tabs.get(next) {
            self.bring(id);
        }
    }

    /// A click on the row of tabs.
    pub(crate) fn click_tab(&mut self, row: Rect, at: Position) {
        let phones: Vec<&Phone> = self.phones_in_order().collect();
        match tabs::target_at(&phones, self.phone.id(), &self.ui.styles, row, at) {
            Some(TabTarget::Phone(id)) => self.bring(id),
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
        if let Some(id) = there.and_then(Phone::id) {
            self.bring(id);
        } else {
            self.awaited = Some(persona.consumer.clone());
            let persona = Box::new(persona.clone());
            self.commands.push(Command::Open(persona));
        }
    }

    /// Asks for the phone in view to be closed.
    pub(crate) fn ask_to_close(&mut self) {
        if self.tabs.len() < 2 {
            let keys = self.ui.shown(Action::Quit);
            self.tell(
                Severity::Info,
                "the last phone stays open",
                "",
                &format!("{keys} leaves handset"),
            );
        } else if self.phone.chat.composer.field.is_empty() {
            self.end_recording();
            self.commands.extend(self.phone.id().map(Command::Close));
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
    pub(crate) fn bring(&mut self, id: PhoneId) {
        self.leave_past();
        let Some(at) = self.others.iter().position(|phone| phone.id() == Some(id)) else {
            return;
        };
        let away = self.phone.shown.is_empty();
        if !away {
            self.send(Act::Shown(Vec::new()));
            self.phone.shown.clear();
        }
        // A user who looks at one phone does not look at the others.
        self.send(Act::Looked(false));
        self.phone.chat.trim(OUT_OF_VIEW);
        std::mem::swap(&mut self.phone, &mut self.others[at]);
        self.send(Act::Looked(self.looked));
        self.phone.unread = 0;
        // The inspector goes on showing what belongs to the phone in view.
        self.inspector.wire.select(None);
        if self.inspector.wire.only_of().is_some() {
            self.inspector.wire.only(self.phone.chat.selected);
        }
    }

    /// An upload or a download has come so far.
    pub(crate) fn put_progress(&mut self, item: ItemId, done: u64, total: u64) {
        let Some(phone) = item.phone.and_then(|id| self.phone_of(id)) else {
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
        let Some(phone) = item.phone.and_then(|id| self.phone_of(id)) else {
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
