//! Selecting bubbles and wire entries, and going from one to the other.

use std::collections::BTreeMap;

use crate::{
    domain::{
        ids::{EntryId, ItemId},
        line::LineBody,
        notice::Severity,
        rich::press::Choice,
    },
    tui::app::{keyboard::ChatPane, model::Model},
};

impl Model {
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
        self.select(ChatPane::Phone, Some(item));
        self.inspector.wire.select(Some(entry));
        self.go_to_composer();
        self.jumped_to = Some(item);
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
        let LineBody::Theirs { content, .. } = &offering.body else {
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
