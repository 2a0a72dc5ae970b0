//! Selecting bubbles and wire entries, and going from one to the other.

use std::collections::BTreeMap;

use crate::{
    domain::{
        ids::{EntryId, ItemId},
        item::{Body, Item},
        notice::Severity,
        rich::press::Choice,
    },
    tui::{
        app::model::{Focus, Model},
        chat::conversation::Beside,
    },
};

impl Model {
    /// Selects a bubble and, in the wire, the first entry it belongs to; or nothing.
    pub(crate) fn select_item(&mut self, id: Option<ItemId>) {
        self.phone.chat.selected = id;
        self.phone.button = None;
        let entry = id.and_then(|id| self.inspector.wire.entries_of(id).next());
        self.inspector.wire.select(entry);
        if self.inspector.wire.only_of().is_some() {
            self.inspector.wire.only(id);
        }
        if let Some(id) = id {
            self.with_transcript(|transcript, measure| transcript.show(id, measure));
        }
    }

    /// Selects the next bubble above or below the selected one.
    pub(crate) fn step_selection(&mut self, up: bool) {
        self.phone.chat.lines.try_again();
        // Quiet lines of the phone itself have nothing to show; those of something that came do.
        let wire = &self.inspector.wire;
        let is_bare = |item: &Item| {
            let is_quiet = matches!(item.body, Body::Quiet { .. });
            is_quiet && wire.entries_of(item.id).next().is_none()
        };
        match self.phone.chat.beside(up, is_bare) {
            Beside::Line(id) => self.select_item(Some(id)),
            Beside::BelowAll => self.follow_phone(),
            Beside::Nowhere => {}
        }
    }

    /// Selects nothing and shows the newest line.
    pub(crate) fn follow_phone(&mut self) {
        self.select_item(None);
        self.phone.chat.follow();
    }

    /// Selects an entry of the wire by its row; the last row follows the newest.
    pub(crate) fn pick_row(&mut self, row: usize) {
        let last = self.inspector.wire.listed().saturating_sub(1);
        let entry = self.inspector.wire.at(row.min(last)).map(|(id, _)| id);
        let follows = row >= last && self.inspector.wire.reaches_newest();
        self.inspector.wire.select(entry.filter(|_| !follows));
        self.page_wire();
    }

    /// Moves the selection in the wire list.
    pub(crate) fn step_entry(&mut self, up: bool, rows: usize) {
        let Some(row) = self
            .inspector
            .wire
            .selected()
            .and_then(|id| self.inspector.wire.row(id))
        else {
            self.inspector.wire.select(None);
            return;
        };
        let row = if up {
            row.saturating_sub(rows)
        } else {
            row.saturating_add(rows)
        };
        self.pick_row(row);
    }

    /// Goes from the selected entry to the bubble it belongs to.
    pub(crate) fn jump_to_bubble(&mut self) {
        let entry = self.inspector.wire.selected();
        let item = entry.and_then(|entry| {
            let mut items = self.inspector.wire.items_of(entry);
            items.find(|id| self.phone.chat.lines.get(*id).is_some())
        });
        if item.is_none()
            && entry.is_some_and(|id| self.inspector.wire.items_of(id).next().is_some())
        {
            let title = "the bubble of this entry is not at hand";
            let hint = "scroll the phone to where it stands, then go there again";
            return self.tell(Severity::Info, title, "", hint);
        }
        let (Some(entry), Some(item)) = (entry, item) else {
            self.tell(
                Severity::Info,
                "no bubble belongs to this entry",
                "",
                "entries that made, brought or acknowledged a bubble have one",
            );
            return;
        };
        self.select_item(Some(item));
        self.inspector.wire.select(Some(entry));
        self.focus = Focus::Composer;
    }

    /// Lists only the selected bubble's entries, or all again.
    pub(crate) fn toggle_only_linked(&mut self) {
        if self.inspector.wire.only_of().is_some() {
            self.inspector.wire.only(None);
        } else if let Some(id) = self.phone.chat.selected {
            self.inspector.wire.only(Some(id));
        } else {
            let keys = self
                .ui
                .shown(crate::tui::commands::keys::Action::SelectPrevious);
            self.tell(
                Severity::Info,
                "no bubble is selected",
                "",
                &format!("click one, or use {keys}"),
            );
        }
    }

    /// Uses a quick reply of the bubble that offers them.
    pub(crate) fn reply(
        &mut self,
        item: Option<ItemId>,
        index: usize,
        chosen: BTreeMap<usize, Choice>,
    ) {
        let offering = self
            .phone
            .chat
            .lines
            .offering()
            .filter(|offering| item.is_none_or(|id| id == offering.id));
        let Some(offering) = offering else {
            self.tell(Severity::Info, "there are no quick replies to use", "", "");
            return;
        };
        let id = offering.id;
        let Body::Theirs { content, .. } = &offering.body else {
            return;
        };
        let Some(reply) = content.replies().get(index).cloned() else {
            let title = format!("there is no quick reply {}", index + 1);
            return self.tell(Severity::Info, &title, "", "");
        };
        self.press_reply(id, index, &reply, chosen);
    }

    /// Whether an entry is on some row of the list.
    pub(crate) fn entry_at(&self, row: usize) -> Option<EntryId> {
        self.inspector.wire.at(row).map(|(id, _)| id)
    }
}
