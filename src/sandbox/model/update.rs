//! Changing a conversation: close, rate, time-to-respond, who takes part.
//!
//! See `send-api` 3.5, `agent-side` 7 and, for what is told, `webhooks` 5.1.

use serde_json::Value;

use crate::{
    domain::{
        ids::{ConversationId, DialogId},
        role::Role,
        time::Timestamp,
    },
    sandbox::model::{
        Actor, Cloud,
        changes::Changes,
        conversation::Conversation,
        dialog::{Closer, Dialog, DialogClosing, DialogKind},
        fields::Field,
        refusal::Refusal,
        staff,
    },
};

impl Cloud {
    /// Applies all fields or none, and tells the new state once.
    pub(crate) fn update(
        &mut self,
        now: Timestamp,
        actor: Actor<'_>,
        id: &ConversationId,
        fields: &[Field],
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        // On a copy, so that a field turned down leaves nothing half done.
        let before = self.reach(actor, id)?;
        let is_agent = matches!(actor, Actor::Agent(_));
        let bound =
            |field: &Field| field.is_for_members() || (is_agent && matches!(field, Field::Ttr(_)));
        if fields.iter().any(bound) {
            staff::member(before, actor)?;
        }
        let (had, was_open) = (before.agents(), before.main().is_open());
        let mut draft = before.clone();
        let mut any = false;
        for field in fields {
            any |= apply(&mut draft, now, actor, field)?;
        }
        if !any {
            return Ok(());
        }
        let surveyed =
            was_open && draft.is_open() && !draft.main().is_open() && self.is_surveyed(&draft);
        if surveyed {
            let survey = self.survey_of(now, &draft);
            self.dialogs.insert(survey.id.clone(), id.clone());
            draft.dialogs.push(survey);
        }
        if draft.is_open() && draft.dialogs.iter().all(|dialog| !dialog.is_open()) {
            draft.ended = Some(now);
        }
        draft.touch(now);
        changes.notify_conversation(&self.account, &draft);
        // An agent that leaves is notified as well: it must learn that it is out.
        if let Some(notice) = changes.notices.last_mut() {
            for agent in had {
                if !notice.agents.contains(&agent) {
                    notice.agents.push(agent);
                }
            }
        }
        self.conversations.insert(id.clone(), draft);
        if surveyed {
            self.begin_survey(now, id, changes);
        }
        Ok(())
    }

    /// Keeps what the client of the assigned agent wants to find again, without a notification.
    pub(crate) fn remember(&mut self, id: &ConversationId, scratch: Value, changes: &mut Changes) {
        if let Some(conversation) = self.conversations.get_mut(id) {
            conversation.scratch = Some(scratch);
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
        Field::Close => close(draft, now, actor),
        Field::CloseDialog { dialog, cause, by } => {
            close_dialog(draft, now, actor, dialog, (*by, cause.as_deref()))?;
        }
        Field::Annotate { dialog, metadata } => {
            return staff::annotate(draft, now, actor, dialog, metadata);
        }
        Field::Ttr(ttr) => draft.ttr = ttr.clone(),
        Field::Join(role) => return staff::join(draft, now, actor, role),
        Field::JoinDialog { dialog, role } => {
            return staff::join_dialog(draft, now, actor, dialog, role);
        }
        Field::TakeOver => return staff::take_over(draft, now, actor),
        Field::Leave => staff::leave(draft, now, actor)?,
        Field::LeaveDialog(dialog) => staff::leave_dialog(draft, now, actor, dialog)?,
        Field::Unassign => staff::unassign(draft, now)?,
        Field::Suggest(agent) => staff::suggest(draft, now, agent),
        Field::Skill(skill) => draft.skill = skill.clone(),
    }
    Ok(true)
}

/// Closes every dialog that is still open, and with them the conversation.
///
/// An agent need not have joined for this: programs close whatever they see.
fn close(draft: &mut Conversation, now: Timestamp, actor: Actor<'_>) {
    let by = match actor {
        Actor::Consumer(_) => Closer::Consumer,
        Actor::Agent(_) => Closer::Agent,
    };
    draft.close_reason.get_or_insert(by);
    for dialog in draft.dialogs.iter_mut().filter(|dialog| dialog.is_open()) {
        shut(dialog, now, by, None);
    }
    draft.owed_since = None;
    draft.ended = Some(now);
}

/// Closes one dialog; what follows on that is for the caller to see.
fn close_dialog(
    draft: &mut Conversation,
    now: Timestamp,
    actor: Actor<'_>,
    dialog: &DialogId,
    (said, cause): (Option<Closer>, Option<&str>),
) -> Result<(), Refusal> {
    let found = draft
        .dialog_mut(dialog)
        .ok_or(Refusal::UnknownConversation)?;
    if !found.is_open() {
        return Err(Refusal::Closed);
    }
    let by = match (closer(found, actor)?, said) {
        (Closer::Agent, Some(said)) => said,
        (by, _) => by,
    };
    shut(found, now, by, cause);
    if found.kind == DialogKind::Main {
        draft.close_reason = Some(by);
        draft.owed_since = None;
    }
    Ok(())
}

fn shut(dialog: &mut Dialog, now: Timestamp, by: Closer, cause: Option<&str>) {
    dialog.updated = now;
    dialog.closing = Some(DialogClosing {
        at: now,
        by,
        cause: cause.map(ToOwned::to_owned),
    });
}

fn closer(dialog: &Dialog, actor: Actor<'_>) -> Result<Closer, Refusal> {
    match actor {
        Actor::Consumer(_) => Ok(Closer::Consumer),
        Actor::Agent(id) if dialog.role_of(id).is_some_and(|role| *role != Role::Reader) => {
            Ok(Closer::Agent)
        }
        Actor::Agent(_) => Err(Refusal::NotParticipant),
    }
}
