//! What of the workspace is told to the screen: after each step what changed in it, once.

use crate::domain::{
    ids::ConversationId,
    role::Role,
    time::Timestamp,
    workspace::{
        Workspace,
        conversations::KnownConversation,
        effect::{Effect, Shown},
        view::ConversationState,
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
        let Some(mut conversation) = self.conversations.remove(id) else {
            effects.push(Effect::Show(Shown::Gone(id.clone())));
            return;
        };
        let state = self.state(&conversation);
        if conversation.shown.as_ref() != Some(&state) {
            conversation.shown = Some(state.clone());
            effects.push(Effect::Show(Shown::Conversation(Box::new(state))));
        }
        conversation.trim();
        let lines = conversation.lines.take_changed();
        if !lines.is_empty() {
            effects.push(Effect::Show(Shown::Lines {
                conversation: id.clone(),
                lines,
            }));
        }
        let typing = conversation.consumer_types.is_some();
        if conversation.shown_typing != typing {
            conversation.shown_typing = typing;
            effects.push(Effect::Show(Shown::Typing {
                conversation: id.clone(),
                typing,
            }));
        }
        self.conversations.insert(id.clone(), conversation);
    }

    fn state(&self, conversation: &KnownConversation) -> ConversationState {
        let details = &conversation.details;
        let others = details
            .members
            .iter()
            .filter(|one| one.role != Role::Consumer);
        ConversationState {
            id: details.id.clone(),
            consumer: self.consumer_view(conversation),
            skill: (details.skill.clone(), self.people.skill(&details.skill)),
            role: self.role_in(details),
            participants: others
                .map(|one| (self.people.name(&one.pid), one.role.clone()))
                .collect(),
            is_open: details.is_main_open,
            is_surveyed: details
                .dialogs
                .iter()
                .any(|dialog| dialog.is_survey && dialog.is_open),
            started: details.started.unwrap_or(Timestamp(0)),
            owed_by: details
                .owed_by
                .filter(|_| details.is_main_open)
                .map(|owed| self.ours(owed)),
            unread: conversation
                .tracks
                .values()
                .map(|track| track.to_read.len())
                .sum(),
            csat: details.csat,
            closed_by: details.closed_by.clone(),
        }
    }
}
