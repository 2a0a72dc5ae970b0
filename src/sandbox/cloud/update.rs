//! Changing a conversation: close, rate, time-to-respond, who takes part.
//!
//! See `send-api` 3.5, `agent-side` 7 and, for what is told, `webhooks` 5.1.

use serde_json::Value;

use crate::{
    domain::{
        ids::{ConversationId, DialogId, ParticipantId},
        role::Role,
        time::Timestamp,
    },
    sandbox::cloud::{
        Actor, Cloud,
        changes::Changes,
        conversation::{Closer, Closing, Conversation, Participant},
        fields::Field,
        refusal::Refusal,
    },
};

impl Cloud {
    /// Applies all fields or none, and tells the new state once.
    pub fn update(
        &mut self,
        now: Timestamp,
        actor: Actor<'_>,
        id: &ConversationId,
        fields: &[Field],
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        // On a copy, so that a field turned down leaves nothing half done.
        let mut draft = self.reach(actor, id)?.clone();
        let mut any = false;
        for field in fields {
            any |= apply(&mut draft, now, actor, field)?;
        }
        if !any {
            return Ok(());
        }
        draft.touch(now);
        changes.tell_conversation(&self.account, &draft);
        // Whoever leaves is told as well: it must learn that it is out.
        if let (Actor::Agent(agent), Some(notice)) = (actor, changes.notices.last_mut())
            && !notice.agents.contains(agent)
        {
            notice.agents.push(agent.clone());
        }
        self.conversations.insert(id.clone(), draft);
        Ok(())
    }

    /// Makes an agent the owner of a conversation nobody owns yet.
    pub fn assign(
        &mut self,
        now: Timestamp,
        agent: &ParticipantId,
        id: &ConversationId,
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        let conversation = self
            .conversations
            .get_mut(id)
            .ok_or(Refusal::UnknownConversation)?;
        if !conversation.is_open() {
            return Err(Refusal::Closed);
        }
        if conversation.assigned().is_some() {
            return Err(Refusal::RingEnded);
        }
        let main = conversation.main_mut();
        main.participants.retain(|one| one.id != *agent);
        main.participants
            .push(Participant::agent(agent.clone(), Role::AssignedAgent));
        main.updated = now;
        conversation.touch(now);
        changes.tell_conversation(&self.account, conversation);
        Ok(())
    }

    /// Keeps what the client of the assigned agent wants to find again; told to nobody.
    pub fn remember(&mut self, id: &ConversationId, memo: Value, changes: &mut Changes) {
        if let Some(conversation) = self.conversations.get_mut(id) {
            conversation.memo = Some(memo);
            changes.conversations.insert(id.clone());
        }
    }
}

/// Applies one field and says whether it changed anything.
fn apply(
    draft: &mut Conversation,
    now: Timestamp,
    actor: Actor<'_>,
    field: &Field,
) -> Result<bool, Refusal> {
    match field {
        Field::Rate(csat) => draft.csat = Some(csat.clone()),
        _ if !draft.is_open() => return Err(Refusal::Closed),
        Field::Close => close(draft, now, actor, None)?,
        Field::CloseDialog { dialog, cause } => {
            close_dialog(draft, now, actor, dialog, cause.as_deref())?;
        }
        Field::Ttr(ttr) => draft.ttr = ttr.clone(),
        Field::Join(role) => return join(draft, now, actor, role),
        Field::Leave => leave(draft, now, actor)?,
    }
    Ok(true)
}

/// Closes every dialog that is still open, and with them the conversation.
fn close(
    draft: &mut Conversation,
    now: Timestamp,
    actor: Actor<'_>,
    cause: Option<&str>,
) -> Result<(), Refusal> {
    let by = closer(draft, actor)?;
    draft.close_reason.get_or_insert(by);
    for dialog in draft.dialogs.iter_mut().filter(|dialog| dialog.is_open()) {
        dialog.updated = now;
        dialog.closing = Some(Closing {
            at: now,
            by,
            cause: cause.map(ToOwned::to_owned),
        });
    }
    draft.owed_since = None;
    draft.ended = Some(now);
    Ok(())
}

/// Closes one dialog. No survey is configured here, so closing MAIN closes the conversation.
fn close_dialog(
    draft: &mut Conversation,
    now: Timestamp,
    actor: Actor<'_>,
    dialog: &DialogId,
    cause: Option<&str>,
) -> Result<(), Refusal> {
    let found = draft
        .dialog_mut(dialog)
        .ok_or(Refusal::UnknownConversation)?;
    if !found.is_open() {
        return Err(Refusal::Closed);
    }
    close(draft, now, actor, cause)
}

fn closer(draft: &Conversation, actor: Actor<'_>) -> Result<Closer, Refusal> {
    match actor {
        Actor::Consumer(_) => Ok(Closer::Consumer),
        Actor::Agent(id) if draft.role_of(id).is_some() => Ok(Closer::Agent),
        Actor::Agent(_) => Err(Refusal::NotParticipant),
    }
}

/// Joining twice is no error and changes nothing.
fn join(
    draft: &mut Conversation,
    now: Timestamp,
    actor: Actor<'_>,
    role: &Role,
) -> Result<bool, Refusal> {
    let agent = agent(actor)?;
    if draft.role_of(agent).is_some() {
        return Ok(false);
    }
    let main = draft.main_mut();
    main.participants
        .push(Participant::agent(agent.clone(), role.clone()));
    main.updated = now;
    Ok(true)
}

fn leave(draft: &mut Conversation, now: Timestamp, actor: Actor<'_>) -> Result<(), Refusal> {
    let agent = agent(actor)?;
    if draft.role_of(agent).is_none() {
        return Err(Refusal::NotParticipant);
    }
    let main = draft.main_mut();
    main.participants.retain(|one| one.id != *agent);
    main.updated = now;
    Ok(())
}

fn agent(actor: Actor<'_>) -> Result<&ParticipantId, Refusal> {
    match actor {
        Actor::Agent(id) => Ok(id),
        Actor::Consumer(_) => Err(Refusal::bad("participants are changed by agents only")),
    }
}
