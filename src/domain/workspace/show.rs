//! What of the workspace is told to the screen: after each step what changed in it, once.

use crate::domain::{
    ids::ConversationId,
    role::Role,
    time::Timestamp,
    workspace::{
        Workspace,
        effect::{Effect, Shown},
        rooms::Room,
        view::Held,
    },
};

impl Workspace {
    pub(super) fn show(&mut self, effects: &mut Vec<Effect>) {
        let touched = std::mem::take(&mut self.touched);
        for id in touched {
            self.show_conversation(&id, effects);
        }
        let rings = self.ring_view();
        if rings != self.shown_rings {
            self.shown_rings.clone_from(&rings);
            effects.push(Effect::Show(Shown::Rings(rings)));
        }
    }

    fn show_conversation(&mut self, id: &ConversationId, effects: &mut Vec<Effect>) {
        let Some(mut room) = self.rooms.remove(id) else {
            effects.push(Effect::Show(Shown::Gone(id.clone())));
            return;
        };
        let held = self.held(&room);
        if room.shown.as_ref() != Some(&held) {
            room.shown = Some(held.clone());
            effects.push(Effect::Show(Shown::Conversation(Box::new(held))));
        }
        room.trim();
        let lines = room.lines.take_changed();
        if !lines.is_empty() {
            effects.push(Effect::Show(Shown::Lines {
                conversation: id.clone(),
                lines,
            }));
        }
        let typing = room.consumer_types.is_some();
        if room.shown_typing != typing {
            room.shown_typing = typing;
            effects.push(Effect::Show(Shown::Typing {
                conversation: id.clone(),
                typing,
            }));
        }
        self.rooms.insert(id.clone(), room);
    }

    fn held(&self, room: &Room) -> Held {
        let told = &room.told;
        let others = told.members.iter().filter(|one| one.role != Role::Consumer);
        Held {
            id: told.id.clone(),
            consumer: self.consumer_view(room),
            skill: (told.skill.clone(), self.people.skill(&told.skill)),
            role: self.role_in(told),
            participants: others
                .map(|one| (self.people.name(&one.pid), one.role.clone()))
                .collect(),
            is_open: told.is_main_open,
            is_surveyed: told
                .dialogs
                .iter()
                .any(|dialog| dialog.is_survey && dialog.is_open),
            started: told.started.unwrap_or(Timestamp(0)),
            owed_by: told
                .owed_by
                .filter(|_| told.is_main_open)
                .map(|owed| self.ours(owed)),
            unread: room.tracks.values().map(|track| track.to_read.len()).sum(),
            csat: told.csat,
            closed_by: told.closed_by.clone(),
        }
    }
}
