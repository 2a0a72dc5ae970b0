//! `conversationField` of UpdateConversationField, read; see `send-api` 3.5.

use serde_json::{Map, Value};

use crate::{
    domain::{
        ids::{DialogId, ParticipantId, SkillId},
        role::Role,
    },
    sandbox::model::{
        conversation::{Csat, Ttr, TtrKind},
        dialog::Closer,
        refusal::Refusal,
    },
};

/// One thing to change about a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// Close the whole conversation, by either of the two names this has.
    Close,
    /// Close one dialog.
    CloseDialog {
        /// Which.
        dialog: DialogId,
        /// The text the closer gives.
        cause: Option<String>,
        /// Who closes it, if that is said; the actor otherwise.
        by: Option<Closer>,
    },
    /// Note in a dialog what its client says about it, for example which survey it asks.
    Annotate {
        /// Which.
        dialog: DialogId,
        /// What came beside the request.
        metadata: Value,
    },
    /// Rate the conversation.
    Rate(Csat),
    /// Change the time-to-respond.
    Ttr(Ttr),
    /// An agent joins as this.
    Join(Role),
    /// An agent joins one dialog.
    JoinDialog {
        /// Which.
        dialog: DialogId,
        /// As what.
        role: Role,
    },
    /// An agent becomes the owner, whichever agent was it before.
    TakeOver,
    /// An agent leaves.
    Leave,
    /// An agent leaves one dialog.
    LeaveDialog(DialogId),
    /// The owner gives the conversation back to its queue.
    Unassign,
    /// The conversation is handed to an agent, who is rung.
    Suggest(ParticipantId),
    /// The conversation gets another routing queue.
    Skill(SkillId),
}

impl Field {
    /// Whether only an agent who takes part may change it.
    pub fn is_for_members(&self) -> bool {
        matches!(self, Self::Unassign | Self::Suggest(_) | Self::Skill(_))
    }

    /// Reads one object or an array of them, as a consumer sends it.
    pub fn from_consumer(fields: &Value) -> Result<Vec<Self>, Refusal> {
        let one = |field: &Value| match field {
            Value::Object(members) => read(members),
            _ => Err(Refusal::bad("conversationField must hold objects")),
        };
        match fields {
            Value::Array(fields) if !fields.is_empty() => fields.iter().map(one).collect(),
            Value::Object(_) => Ok(vec![one(fields)?]),
            _ => Err(Refusal::bad("conversationField is missing")),
        }
    }
}

fn read(members: &Map<String, Value>) -> Result<Field, Refusal> {
    match text(members, "field")? {
        "ConversationStateField" | "Stage" => {
            is_close(text(members, "conversationState")?)?;
            Ok(Field::Close)
        }
        "DialogChange" => match dialog_change(members, None)? {
            Field::Annotate { .. } => Err(Refusal::bad("state is missing or not a string")),
            field => Ok(field),
        },
        "CSATRate" => csat(members).map(Field::Rate),
        "TTRField" => ttr(members).map(Field::Ttr),
        other => Err(Refusal::bad(format!(
            "field {other:?} is not known or not for consumers"
        ))),
    }
}

/// A DialogChange: one that closes, or one that says nothing but which dialog it is about.
pub(in crate::sandbox) fn dialog_change(
    members: &Map<String, Value>,
    metadata: Option<&Value>,
) -> Result<Field, Refusal> {
    let change = text(members, "type")?;
    if change != "UPDATE" {
        return Err(Refusal::bad(format!(
            "DialogChange type {change:?} is not known"
        )));
    }
    let dialog = members
        .get("dialog")
        .and_then(Value::as_object)
        .ok_or_else(|| Refusal::bad("dialog is missing or not an object"))?;
    let id = DialogId::from(text(dialog, "dialogId")?);
    if !dialog.contains_key("state") {
        return Ok(Field::Annotate {
            dialog: id,
            metadata: metadata.cloned().unwrap_or_default(),
        });
    }
    is_close(text(dialog, "state")?)?;
    Ok(Field::CloseDialog {
        dialog: id,
        by: match dialog.get("closedBy").and_then(Value::as_str) {
            Some("CONSUMER") => Some(Closer::Consumer),
            Some("AGENT") => Some(Closer::Agent),
            _ => None,
        },
        cause: dialog
            .get("closedCause")
            .and_then(Value::as_str)
            .map(ToOwned::to_owned),
    })
}

fn csat(members: &Map<String, Value>) -> Result<Csat, Refusal> {
    let status = match members.get("status") {
        None | Some(Value::Null) => None,
        Some(status) => match status.as_str() {
            Some(known @ ("FILLED" | "PARTIALLY_FILLED" | "SKIPPED")) => Some(known.to_owned()),
            _ => return Err(Refusal::bad(format!("CSAT status {status} is not known"))),
        },
    };
    let skipped = status.as_deref() == Some("SKIPPED");
    let rate = match members.get("csatRate") {
        None | Some(Value::Null) => None,
        Some(rate) => {
            let lowest = u64::from(!skipped);
            let rate = rate
                .as_u64()
                .filter(|rate| (lowest..=5).contains(rate))
                .and_then(|rate| u8::try_from(rate).ok());
            Some(rate.ok_or_else(|| Refusal::bad("csatRate must be a whole number from 1 to 5"))?)
        }
    };
    let confirmation = match members.get("csatResolutionConfirmation") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(confirmed)) => Some(*confirmed),
        Some(_) => {
            return Err(Refusal::bad(
                "csatResolutionConfirmation must be true or false",
            ));
        }
    };
    if rate.is_none() && matches!(status.as_deref(), None | Some("FILLED")) {
        return Err(Refusal::bad("csatRate is missing"));
    }
    Ok(Csat {
        csat_rate: rate,
        csat_resolution_confirmation: confirmation,
        status,
        ..Csat::default()
    })
}

pub(in crate::sandbox) fn ttr(members: &Map<String, Value>) -> Result<Ttr, Refusal> {
    let name = text(members, "ttrType")?;
    let kind = TtrKind::named(name)
        .ok_or_else(|| Refusal::bad(format!("ttrType {name:?} is not known")))?;
    let seconds = match members.get("value") {
        None | Some(Value::Null) if kind != TtrKind::Custom => kind.seconds(),
        value => value
            .and_then(Value::as_u64)
            .ok_or_else(|| Refusal::bad("value must be a whole number of seconds from 0"))?,
    };
    Ok(Ttr { kind, seconds })
}

/// The one state that can be set.
pub(in crate::sandbox) fn is_close(state: &str) -> Result<(), Refusal> {
    if state == "CLOSE" {
        Ok(())
    } else {
        Err(Refusal::bad(format!("state {state:?} cannot be set")))
    }
}

/// A member that must be text.
pub(in crate::sandbox) fn text<'a>(
    members: &'a Map<String, Value>,
    name: &str,
) -> Result<&'a str, Refusal> {
    members
        .get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| Refusal::bad(format!("{name} is missing or not a string")))
}
