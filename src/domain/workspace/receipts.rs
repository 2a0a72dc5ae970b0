//! ACCEPT and READ for what consumers write, as a workspace sends them: the one when it arrives
//! for the agent who owns the conversation, the other when it is in view; several in one list.

use crate::domain::{
    ids::{ConversationId, DialogId, Sequence},
    retry::Problem,
    role::Role,
    wire::{
        outbound::AcceptStatus,
        ums::request::{Event, Request},
    },
    workspace::{Workspace, effect::Effect, state::Purpose},
};

/// Most receipts in one request.
const LONGEST_LIST: usize = 500;

impl Workspace {
    /// Everything that is owed by now. A manager who looks on owes nothing: the consumer is to
    /// see the ticks of the agent who answers.
    pub(super) fn acknowledge(&mut self, effects: &mut Vec<Effect>) {
        if !self.is_up || self.is_leaving {
            return;
        }
        let mut owed = Vec::new();
        for id in &self.touched {
            let is_in_view = self.in_view.as_ref() == Some(id);
            let Some(details) = self
                .conversations
                .get(id)
                .map(|conversation| &conversation.details)
            else {
                continue;
            };
            let answers = matches!(
                self.role_in(details),
                Some(Role::AssignedAgent | Role::Agent)
            );
            let Some(conversation) = self.conversations.get_mut(id) else {
                continue;
            };
            for dialog in &conversation.details.dialogs {
                let track = conversation.tracks.get_mut(&dialog.id);
                // After a loss what was said is asked first: it tells which receipts had arrived.
                let Some(track) = track.filter(|track| !track.is_stale) else {
                    continue;
                };
                if track.is_asking {
                    // What others have acknowledged is about to be known.
                    continue;
                }
                if !(answers && dialog.is_open) {
                    // They stay owed, to be told once this agent has the conversation.
                    continue;
                }
                let mut owe = |status, sequences: Vec<Sequence>| {
                    if !sequences.is_empty() {
                        owed.push((id.clone(), dialog.id.clone(), status, sequences));
                    }
                };
                owe(
                    AcceptStatus::Accept,
                    track.to_accept.take_first(LONGEST_LIST),
                );
                if is_in_view {
                    owe(AcceptStatus::Read, track.to_read.take_first(LONGEST_LIST));
                }
            }
        }
        for (conversation, dialog, status, sequences) in owed {
            let what = Request::Publish {
                conversation: conversation.clone(),
                dialog: dialog.clone(),
                event: Event::Accept {
                    status,
                    sequences: sequences.clone(),
                },
                private: false,
                metadata: None,
            };
            let purpose = Purpose::Receipt {
                conversation,
                dialog,
                status,
                sequences,
            };
            self.ask(what, purpose, effects);
        }
    }

    /// Receipts that met a loss are owed again; those the cloud refuses are not.
    pub(super) fn unacknowledged(
        &mut self,
        id: &ConversationId,
        dialog: &DialogId,
        status: AcceptStatus,
        sequences: &[Sequence],
        problem: &Problem,
    ) {
        let conversation = self.conversations.get_mut(id);
        if let Some(conversation) = conversation.filter(|_| problem.fault().is_none()) {
            let is_read = status == AcceptStatus::Read;
            conversation.track(dialog).owe_again(is_read, sequences);
            self.touched.insert(id.clone());
        }
    }
}
