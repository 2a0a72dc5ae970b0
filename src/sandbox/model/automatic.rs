//! Automatic messages at the beginning of a conversation; see `send-api` 5.
//!
//! They come when the connector wants them with CONVERSATION and with its first
//! SEND, and that one is in time.

use std::time::Duration;

use serde_json::json;

use crate::{
    domain::{ids::ConversationId, role::Role, time::Timestamp},
    sandbox::model::{
        Cloud,
        changes::Changes,
        dialog::{Audience, Participant},
        people::agent_id,
        publication::Publication,
        roster,
    },
};

/// The feature that asks for them.
pub(crate) const FEATURE: &str = "AUTO_MESSAGES";
/// How long after CONVERSATION the first SEND may come.
const IN_TIME: Duration = Duration::from_secs(10);

impl Cloud {
    /// Notes that a new conversation is to be welcomed with its first SEND.
    pub(crate) fn expect_first_send(
        &mut self,
        now: Timestamp,
        id: &ConversationId,
        changes: &mut Changes,
    ) {
        if !self.rules.welcome.is_empty()
            && let Some(conversation) = self.conversations.get_mut(id)
        {
            conversation.welcome_until = Some(now.after(IN_TIME));
            changes.conversations.insert(id.clone());
        }
    }

    /// Takes note of a SEND, and says the welcome if it is the first and wants one.
    pub(crate) fn sent(
        &mut self,
        now: Timestamp,
        id: &ConversationId,
        wanted: bool,
        changes: &mut Changes,
    ) {
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        let Some(until) = conversation.welcome_until.take() else {
            return;
        };
        changes.conversations.insert(id.clone());
        if !wanted || until < now || !conversation.main().is_open() {
            return;
        }
        let controller = agent_id(&self.account, roster::CONTROLLER);
        let controller = Participant::agent(controller, Role::Controller);
        let main = conversation.main_mut();
        main.participants.push(controller.clone());
        main.updated = now;
        conversation.touch(now);
        changes.notify_conversation(&self.account, conversation);
        for text in &self.rules.welcome {
            let main = conversation.main_mut();
            let dialog = main.id.clone();
            let event = main.record(
                now,
                controller.clone(),
                Audience::All,
                Publication::text(text).to_wire(),
                Some(json!([{ "type": "AutoMessage", "messageEventId": "WELCOME" }]).into()),
            );
            changes.notify_event(conversation, &dialog, &event);
        }
    }
}
