//! Publishing into a dialog; see `send-api` 3.1 and `edge-cases` 3.

use crate::{
    domain::{
        ids::{ConversationId, DialogId, Sequence},
        role::Role,
        time::Timestamp,
    },
    sandbox::{
        json::Metadata,
        model::{
            Actor, Cloud,
            changes::Changes,
            dialog::{Audience, Dialog, DialogKind, Participant},
            files::normal_path,
            publication::Publication,
            refusal::Refusal,
        },
    },
};

/// An event with what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The event.
    pub publication: Publication,
    /// Exactly what the publisher sent with it.
    pub metadata: Option<Metadata>,
    /// Who may see it.
    pub audience: Audience,
}

impl From<Publication> for Message {
    fn from(publication: Publication) -> Self {
        Self {
            publication,
            metadata: None,
            audience: Audience::All,
        }
    }
}

impl Cloud {
    /// Publishes and answers the number the event got; 0 for a chat state, which gets none.
    pub(crate) fn publish(
        &mut self,
        now: Timestamp,
        actor: Actor<'_>,
        dialog: &DialogId,
        message: Message,
        changes: &mut Changes,
    ) -> Result<Sequence, Refusal> {
        let id = self.reach_dialog(actor, dialog)?;
        let shared = match &message.publication {
            Publication::File(file) => {
                let path = normal_path(&file.path).unwrap_or_default();
                self.check_file(actor.id(), &path)?;
                Some(path)
            }
            _ => None,
        };
        let account = &self.account;
        let conversation = self
            .conversations
            .get_mut(&id)
            .ok_or(Refusal::UnknownConversation)?;
        let place = conversation
            .dialog_mut(dialog)
            .ok_or(Refusal::UnknownConversation)?;
        let author = author(actor, place)?;
        let open = place.is_open();
        let receipt = matches!(message.publication, Publication::Accept { .. });
        if !open && !receipt {
            return Err(Refusal::Closed);
        }
        let is_survey = place.kind == DialogKind::PostSurvey;
        if let Publication::ChatState(state) = &message.publication {
            if is_survey && matches!(actor, Actor::Consumer(_)) {
                let why = "a survey takes no chat states of a consumer's";
                return Err(Refusal::bad(why));
            }
            let metadata = message.metadata.as_ref();
            changes.notify_chat_state(now, conversation, dialog, author, metadata, state);
            return Ok(0);
        }
        let event = place.record(
            now,
            author,
            message.audience,
            message.publication.to_wire(),
            message.metadata,
        );
        if !open {
            // A late receipt is numbered as usual, and no client is notified.
            changes.store_event(conversation, dialog, &event);
            return Ok(event.sequence);
        }
        changes.notify_event(conversation, dialog, &event);
        if !is_survey && message.publication.is_content() && message.audience == Audience::All {
            let owes = match actor {
                Actor::Consumer(_) => conversation.owed_since.or(Some(now)),
                Actor::Agent(_) => None,
            };
            if owes.is_some() != conversation.owed_since.is_some() {
                conversation.owed_since = owes;
                conversation.touch(now);
                changes.notify_conversation(account, conversation);
            }
        }
        if let Some(path) = shared
            && message.audience == Audience::All
        {
            let consumer = conversation.consumer.clone();
            self.share_file(&consumer, &path, changes);
        }
        if is_survey {
            self.survey_heard(now, &id, &event, changes);
        }
        Ok(event.sequence)
    }

    /// What was published in a dialog and is still in memory, oldest first.
    pub(crate) fn history(
        &self,
        conversation: &ConversationId,
    ) -> Vec<std::sync::Arc<crate::sandbox::model::dialog::Event>> {
        self.conversations
            .get(conversation)
            .map(|found| found.main().events.iter().cloned().collect())
            .unwrap_or_default()
    }
}

/// The actor as a participant; an agent must have joined, and not only to look.
fn author(actor: Actor<'_>, dialog: &Dialog) -> Result<Participant, Refusal> {
    match actor {
        Actor::Consumer(id) => Ok(Participant::consumer(id.clone())),
        Actor::Agent(id) => dialog
            .role_of(id)
            .filter(|role| **role != Role::Reader)
            .map(|role| Participant::agent(id.clone(), role.clone()))
            .ok_or(Refusal::NotParticipant),
    }
}
