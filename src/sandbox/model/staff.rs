//! Which agents take part in a conversation, and how it goes from one to the next.
//!
//! See `agent-side` 4, 7 and 8 and `edge-cases` 6.

use serde_json::Value;

use crate::{
    domain::{
        ids::{ConversationId, DialogId, ParticipantId, SkillId},
        role::Role,
        time::Timestamp,
    },
    sandbox::model::{
        Actor, Cloud,
        changes::Changes,
        conversation::{Conversation, ConversationContext, Opening, Ttr, TtrKind},
        dialog::Participant,
        refusal::Refusal,
    },
};

impl Cloud {
    /// Makes an agent the owner of a conversation without an owner.
    pub(crate) fn assign(
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
        if !conversation.main().is_open() {
            return Err(Refusal::Closed);
        }
        let for_another = conversation.suggested().is_some_and(|one| one != agent);
        if conversation.assigned().is_some() || for_another {
            return Err(Refusal::RingEnded);
        }
        own(conversation, now, agent);
        conversation.touch(now);
        changes.notify_conversation(&self.account, conversation);
        Ok(())
    }

    /// Takes a suggestion back that was turned down or not heard; the queue's turn comes again.
    pub(crate) fn withdraw(
        &mut self,
        now: Timestamp,
        agent: &ParticipantId,
        id: &ConversationId,
        changes: &mut Changes,
    ) {
        if let Some(conversation) = self.conversations.get_mut(id)
            && conversation.suggested() == Some(agent)
        {
            let main = conversation.main_mut();
            main.participants.retain(Participant::is_active);
            main.updated = now;
            conversation.touch(now);
            changes.notify_conversation(&self.account, conversation);
        }
    }

    /// Begins a conversation in an agent's name with a consumer who is known.
    ///
    /// The connector learns of it by a notification only: the app install that last
    /// began one for this consumer.
    pub(crate) fn request_conversation(
        &mut self,
        now: Timestamp,
        agent: &ParticipantId,
        consumer: &ParticipantId,
        context: ConversationContext,
        changes: &mut Changes,
    ) -> Result<ConversationId, Refusal> {
        let last = self
            .conversations
            .values()
            .filter(|one| one.consumer == *consumer)
            .max_by_key(|one| (one.started, &one.id));
        let client = last.map_or_else(|| self.app().client.clone(), |last| last.client.clone());
        let skill = last.map_or_else(|| SkillId::from("-1"), |last| last.skill.clone());
        let kind = TtrKind::Normal;
        let opening = Opening {
            skill,
            ttr: Ttr {
                kind,
                seconds: kind.seconds(),
            },
            campaign: None,
            context,
        };
        let mut conversation = self.begin(now, consumer, &client, opening, changes)?;
        // The consumer has not written: the consumer waits for no answer.
        conversation.owed_since = None;
        own(&mut conversation, now, agent);
        changes.notify_conversation(&self.account, &conversation);
        if let Some(notice) = changes.notices.last_mut() {
            notice.given = Some(agent.clone());
        }
        let id = conversation.id.clone();
        self.conversations.insert(id.clone(), conversation);
        Ok(id)
    }
}

fn own(conversation: &mut Conversation, now: Timestamp, agent: &ParticipantId) {
    let main = conversation.main_mut();
    main.participants
        .retain(|one| one.id != *agent && one.is_active());
    main.participants
        .push(Participant::agent(agent.clone(), Role::AssignedAgent));
    main.updated = now;
}

/// Joining twice is no error and changes nothing.
pub(super) fn join(
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

/// The actor joins one dialog, in place of whatever it was there.
pub(super) fn join_dialog(
    draft: &mut Conversation,
    now: Timestamp,
    actor: Actor<'_>,
    dialog: &DialogId,
    role: &Role,
) -> Result<bool, Refusal> {
    let agent = agent(actor)?;
    let found = draft
        .dialog_mut(dialog)
        .ok_or(Refusal::UnknownConversation)?;
    if !found.is_open() {
        return Err(Refusal::Closed);
    }
    if found.role_of(agent).is_some_and(|had| *had != Role::Reader) {
        return Ok(false);
    }
    found.participants.retain(|one| one.id != *agent);
    let joined = Participant::agent(agent.clone(), role.clone());
    found.participants.push(joined);
    found.updated = now;
    Ok(true)
}

pub(super) fn leave_dialog(
    draft: &mut Conversation,
    now: Timestamp,
    actor: Actor<'_>,
    dialog: &DialogId,
) -> Result<(), Refusal> {
    let agent = agent(actor)?;
    let found = draft
        .dialog_mut(dialog)
        .ok_or(Refusal::UnknownConversation)?;
    if found.role_of(agent).is_none() {
        return Err(Refusal::NotParticipant);
    }
    found.participants.retain(|one| one.id != *agent);
    found.updated = now;
    Ok(())
}

/// The actor becomes the owner; the one before is out of it.
pub(super) fn take_over(
    draft: &mut Conversation,
    now: Timestamp,
    actor: Actor<'_>,
) -> Result<bool, Refusal> {
    let agent = agent(actor)?;
    if !draft.main().is_open() {
        return Err(Refusal::Closed);
    }
    if draft.assigned() == Some(agent) {
        return Ok(false);
    }
    let main = draft.main_mut();
    main.participants
        .retain(|one| one.role != Role::AssignedAgent);
    own(draft, now, agent);
    Ok(true)
}

/// Keeps what an agent's client says about a dialog it is in.
pub(super) fn annotate(
    draft: &mut Conversation,
    now: Timestamp,
    actor: Actor<'_>,
    dialog: &DialogId,
    metadata: &Value,
) -> Result<bool, Refusal> {
    let agent = agent(actor)?;
    let found = draft
        .dialog_mut(dialog)
        .ok_or(Refusal::UnknownConversation)?;
    if found
        .role_of(agent)
        .is_none_or(|role| *role == Role::Reader)
    {
        return Err(Refusal::NotParticipant);
    }
    found.annotation = Some(metadata.clone());
    found.updated = now;
    Ok(true)
}

/// Takes the actor out of the conversation.
pub(super) fn leave(
    draft: &mut Conversation,
    now: Timestamp,
    actor: Actor<'_>,
) -> Result<(), Refusal> {
    let agent = agent(actor)?;
    if draft.role_of(agent).is_none() {
        return Err(Refusal::NotParticipant);
    }
    let main = draft.main_mut();
    main.participants.retain(|one| one.id != *agent);
    main.updated = now;
    Ok(())
}

/// Takes the owner out, whichever agent in it asks for that.
pub(super) fn unassign(draft: &mut Conversation, now: Timestamp) -> Result<(), Refusal> {
    let owner = draft.assigned().cloned();
    let owner = owner.ok_or_else(|| Refusal::bad("nobody is assigned to the conversation"))?;
    let main = draft.main_mut();
    main.participants.retain(|one| one.id != owner);
    main.updated = now;
    Ok(())
}

/// Hands the conversation to an agent; an earlier suggestion gives way.
pub(super) fn suggest(draft: &mut Conversation, now: Timestamp, agent: &ParticipantId) {
    let main = draft.main_mut();
    main.participants.retain(Participant::is_active);
    main.participants
        .push(Participant::suggested(agent.clone()));
    main.updated = now;
}

fn agent(actor: Actor<'_>) -> Result<&ParticipantId, Refusal> {
    match actor {
        Actor::Agent(id) => Ok(id),
        Actor::Consumer(_) => Err(Refusal::bad("participants are changed by agents only")),
    }
}

/// The actor must be an agent who takes part, before anything of the request is done.
pub(super) fn member(conversation: &Conversation, actor: Actor<'_>) -> Result<(), Refusal> {
    match conversation.role_of(agent(actor)?) {
        Some(_) => Ok(()),
        None => Err(Refusal::NotParticipant),
    }
}
