//! UpdateConversationField as agents send it; see `agent-side` 7.

use serde_json::{Map, Value};

use crate::{
    domain::{
        ids::{ConversationId, DialogId, SkillId},
        role::Role,
    },
    sandbox::{
        json::Metadata,
        model::{
            fields::{Field, dialog_change, is_close, text, ttr},
            refusal::Refusal,
            roster,
        },
        server::agent_socket::{
            envelope::{Reply, SocketRequest},
            requests::RequestHandler,
        },
    },
};

/// Fields of one request at most.
const FIELDS: usize = 32;

impl RequestHandler {
    pub(super) async fn update(&self, request: &SocketRequest) -> Result<Reply, Refusal> {
        let body = request.object()?;
        let conversation = ConversationId::from(text(&body, "conversationId")?);
        let fields = match body.get("conversationField") {
            Some(Value::Array(fields)) if (1..=FIELDS).contains(&fields.len()) => {
                fields.iter().collect()
            }
            Some(field @ Value::Object(_)) => vec![field],
            _ => {
                return Err(Refusal::bad(format!(
                    "conversationField must be an array of 1 to {FIELDS} fields"
                )));
            }
        };
        let metadata = request.metadata.as_ref().map(Metadata::value);
        let beside = body.get("dialogId").and_then(Value::as_str);
        let fields = fields
            .into_iter()
            .map(|field| {
                let members = field.as_object();
                let members =
                    members.ok_or_else(|| Refusal::bad("conversationField must hold objects"))?;
                self.field(members, beside, metadata.as_ref())
            })
            .collect::<Result<Vec<_>, _>>()?;
        let words = success(&fields);
        let agent = self.session.api();
        agent.update(&conversation, &fields).await?;
        Ok(Reply::text(words))
    }

    fn field(
        &self,
        members: &Map<String, Value>,
        beside: Option<&str>,
        metadata: Option<&Value>,
    ) -> Result<Field, Refusal> {
        match text(members, "field")? {
            "ConversationStateField" | "Stage" => {
                is_close(text(members, "conversationState")?)?;
                Ok(Field::Close)
            }
            "ParticipantsChange" => self.participants(members, beside),
            "DialogChange" => dialog_change(members, metadata),
            "Skill" => skill(members),
            "TTRField" => ttr(members).map(Field::Ttr),
            other => Err(Refusal::bad(format!(
                "field {other:?} is not known or not for agents"
            ))),
        }
    }

    fn participants(
        &self,
        members: &Map<String, Value>,
        beside: Option<&str>,
    ) -> Result<Field, Refusal> {
        let role = Role::from(text(members, "role")?);
        let who = match members.get("userId") {
            None | Some(Value::Null) => self.own().clone(),
            Some(named) => self.agent(named.as_str().unwrap_or_default())?,
        };
        let dialog = members.get("dialogId").and_then(Value::as_str).or(beside);
        let own = who == *self.own();
        match (text(members, "type")?, role) {
            ("SUGGEST", Role::AssignedAgent) => Ok(Field::Suggest(who)),
            ("ADD", _) if !own => Err(Refusal::bad(
                "userId is another agent's, who must join itself",
            )),
            ("ADD", Role::AssignedAgent) => Ok(Field::TakeOver),
            ("ADD", role @ (Role::Manager | Role::Agent | Role::Reader)) => Ok(match dialog {
                Some(dialog) => Field::JoinDialog {
                    dialog: DialogId::from(dialog),
                    role,
                },
                None => Field::Join(role),
            }),
            // Whichever agent in it asks for it: the agent SDK puts the asker's id in.
            ("REMOVE", Role::AssignedAgent) => Ok(Field::Unassign),
            ("REMOVE", _) if !own => Err(Refusal::bad(
                "userId is another agent's, who must leave itself",
            )),
            ("REMOVE", Role::Manager | Role::Agent | Role::Reader) => Ok(match dialog {
                Some(dialog) => Field::LeaveDialog(DialogId::from(dialog)),
                None => Field::Leave,
            }),
            (change, role) => Err(Refusal::bad(format!(
                "ParticipantsChange {change:?} of role {:?} is not known",
                role.as_str()
            ))),
        }
    }
}

fn skill(members: &Map<String, Value>) -> Result<Field, Refusal> {
    let given = match members.get("skill").or_else(|| members.get("skillId")) {
        Some(Value::String(skill)) => skill.clone(),
        Some(Value::Number(skill)) => skill.to_string(),
        _ => return Err(Refusal::bad("skill is missing or not a string")),
    };
    if roster::is_skill_id(&given) {
        Ok(Field::Skill(SkillId::from(given)))
    } else {
        Err(Refusal::bad(format!(
            "skill {given:?} is not a number of at most ten digits"
        )))
    }
}

/// What the cloud says about it.
fn success(fields: &[Field]) -> &'static str {
    let any = |what: fn(&Field) -> bool| fields.iter().any(what);
    if any(|one| matches!(one, Field::Close | Field::CloseDialog { .. })) {
        "OK Conversation resolved successfully"
    } else if any(|one| matches!(one, Field::Unassign | Field::Leave | Field::LeaveDialog(_))) {
        "OK Agent removed successfully"
    } else if any(|one| {
        matches!(
            one,
            Field::Join(_) | Field::JoinDialog { .. } | Field::TakeOver | Field::Suggest(_)
        )
    }) {
        "OK Agent added successfully"
    } else if any(|one| matches!(one, Field::Skill(_))) {
        "OK Skill updated successfully"
    } else if any(|one| matches!(one, Field::Ttr(_))) {
        "OK TTR updated successfully"
    } else {
        "OK Dialog updated successfully"
    }
}
