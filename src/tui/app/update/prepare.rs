//! What of the inspector depends on the size of the screen or on the time, computed
//! before each frame.

use std::time::Duration;

use ratatui::layout::Rect;

use crate::{
    domain::{ids::EntryId, line::LineBody, time::Timestamp},
    engine::update::Token,
    tui::{
        app::model::Model,
        inspector::{
            Tab,
            layout::Parts,
            state::{Known, deadlines},
            summary::{hops_line, one_line},
        },
        text::left::{left, next_change},
    },
};

impl Model {
    /// Makes what the tab in view shows ready for where it will stand.
    pub(crate) fn prepare_inspector(&mut self, inspector: &Parts) {
        let every = self.inspector.all_phones;
        self.inspector
            .wire
            .show_of(self.phone.id().filter(|_| !every));
        match self.inspector.tab {
            Tab::Wire => self.prepare_wire(inspector),
            Tab::State => {
                let mut state = std::mem::take(&mut self.inspector.state);
                state.prepare(&self.known(), inspector.body.width, inspector.body.height);
                self.inspector.state = state;
            }
            Tab::Agent => self.prepare_workspace(inspector.frame),
            Tab::Journal => self.inspector.journal.prepare(inspector.found.height),
        }
    }

    fn prepare_wire(&mut self, inspector: &Parts) {
        let rows = usize::from(inspector.list.height);
        // What came in above, or went there, moves the window along.
        if let Some((id, before)) = self.inspector.anchor
            && let Some(now) = self.inspector.wire.row(id)
        {
            self.inspector.list_top = (self.inspector.list_top + now).saturating_sub(before);
        }
        let chosen = self
            .inspector
            .wire
            .selected()
            .and_then(|id| self.inspector.wire.row(id));
        let last_top = self.inspector.wire.listed().saturating_sub(rows);
        if let Some(chosen) = chosen {
            let least = (chosen + 1).saturating_sub(rows);
            self.inspector.list_top = self.inspector.list_top.clamp(least, chosen);
        }
        self.inspector.list_top = self.inspector.list_top.min(last_top);
        let top = self.inspector.list_top;
        self.inspector.anchor = self.inspector.wire.at(top).map(|(id, _)| (id, top));
        if self.inspector.is_open {
            let Rect { width, height, .. } = inspector.tree;
            let entry = self.inspector.wire.selected();
            let entry = entry.and_then(|id| self.inspector.wire.get(id));
            self.inspector.tree.prepare(entry, width, height);
        }
    }

    /// How much later a webhook came than the message of the phone in view left that it echoes or
    /// acknowledges.
    pub(crate) fn lateness(&self, id: EntryId, at: Timestamp) -> Option<Duration> {
        let items = self.inspector.wire.items_of(id);
        let sent = items.filter_map(|item| match &self.phone.chat.lines.get(item)?.body {
            LineBody::Mine { hops, .. } => hops.sent,
            _ => None,
        });
        // Of several, the last: the others waited for it.
        sent.max()
            .filter(|sent| at >= *sent)
            .map(|sent| at.since(sent))
    }

    /// The short name of the consumer an entry belongs to.
    pub(crate) fn wire_owner(&self, id: EntryId) -> String {
        let owner = self.inspector.wire.get(id).and_then(|entry| entry.phone);
        let mut phones = std::iter::once(&self.phone).chain(&self.others);
        let phone = phones.find(|phone| owner.is_some() && phone.id() == owner);
        let persona = phone.and_then(|phone| phone.persona.as_ref());
        // What all share belongs to nobody.
        let name = persona.map_or("-", |persona| persona.name.as_str());
        one_line(name.split_whitespace().next().unwrap_or("-"))
    }

    /// The tokens that speak for the phone in view.
    fn own_tokens(&self) -> impl Iterator<Item = &Token> {
        let own = self.phone.id();
        let tokens = self.inspector.tokens.iter();
        tokens.filter(move |token| token.phone.is_none() || token.phone == own)
    }

    /// What the state is told from.
    fn known(&self) -> Known<'_> {
        Known {
            past: self.phone.past(),
            details: self.phone.details.as_deref(),
            persona: self.phone.persona.as_deref(),
            tokens: self.own_tokens().collect(),
            link: &self.link,
            now: self.ui.now,
            zone: &self.ui.zone,
        }
    }

    /// The points in time whose distance is on screen.
    fn deadlines(&self) -> Vec<Timestamp> {
        if self.layout.inspector.is_none() || self.inspector.tab != Tab::State {
            return Vec::new();
        }
        deadlines(self.phone.details.as_deref(), self.own_tokens())
    }

    /// The distances on screen as they are told now.
    pub(crate) fn times_left(&self) -> Vec<Option<String>> {
        let told = |until: &Timestamp| left(*until, self.ui.now);
        self.deadlines().iter().map(told).collect()
    }

    /// When one of the distances on screen will next be told differently.
    pub(crate) fn next_time_left(&self) -> Option<Timestamp> {
        let next = |until: &Timestamp| next_change(*until, self.ui.now);
        self.deadlines().iter().filter_map(next).min()
    }

    /// The hops of the selected bubble, or of the bubble the selected entry belongs to.
    pub(crate) fn hops(&self) -> Option<String> {
        let entry = self.inspector.wire.selected();
        self.phone
            .chat
            .selected
            .into_iter()
            .chain(
                entry
                    .into_iter()
                    .flat_map(|entry| self.inspector.wire.items_of(entry)),
            )
            .filter_map(|id| self.phone.chat.lines.get(id))
            .find_map(|item| match &item.body {
                LineBody::Mine { hops, .. } => hops_line(hops),
                _ => None,
            })
    }
}
