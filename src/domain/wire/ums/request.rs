//! What an agent asks of the cloud over the socket. See `agent-side` 3, 6.3, 7 and 8.

use serde_json::{Value, json};

use crate::domain::{
    availability::Availability,
    ids::{AccountId, ConversationId, DialogId, ParticipantId, Sequence, SkillId},
    role::Role,
    time::Timestamp,
    wire::outbound::{AcceptStatus, ChatState},
};

/// One request.
#[expect(
    clippy::large_enum_variant,
    reason = "there are few of them at a time, and they are built by hand"
)]
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// What the cloud's clock says.
    Clock,
    /// Whether conversations ring; `None` is OFFLINE.
    SetState(Option<Availability>),
    /// To be told of the agent's own state.
    SubscribeState,
    /// To be told of conversations.
    Subscribe {
        /// Those of which something is open, or those that are over.
        open: bool,
        /// Only those that changed since.
        since: Option<Timestamp>,
    },
    /// Not to be told of them any more.
    Unsubscribe(String),
    /// To be rung.
    SubscribeTasks,
    /// Takes a ring or turns it down.
    Ring {
        /// `ringId`.
        ring: String,
        /// Whether it is taken.
        accepted: bool,
    },
    /// What was said in a dialog.
    Query {
        /// Which.
        dialog: DialogId,
        /// `newerThanSequence`; whether this one is included is nowhere said.
        newer_than: Sequence,
    },
    /// Says, shows, acknowledges or types something.
    Publish {
        /// Where.
        conversation: ConversationId,
        /// Where in it.
        dialog: DialogId,
        /// What.
        event: Event,
        /// Between agents and managers only.
        private: bool,
        /// Top-level `metadata`.
        metadata: Option<Value>,
    },
    /// Changes a conversation.
    Update {
        /// Which.
        conversation: ConversationId,
        /// How; the order is kept.
        fields: Vec<Field>,
    },
    /// Begins a conversation with a known consumer.
    Begin {
        /// With whom.
        consumer: ParticipantId,
        /// One they had before.
        origin: Option<ConversationId>,
    },
    /// Who a consumer is.
    Profile(ParticipantId),
}

/// What is published.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Text, with quick replies perhaps.
    Text {
        /// The words, byte for byte.
        text: String,
        /// `quickReplies`.
        replies: Option<Value>,
    },
    /// Structured content, with quick replies perhaps.
    Rich {
        /// `content`.
        content: Value,
        /// `quickReplies`.
        replies: Option<Value>,
    },
    /// Receipts.
    Accept {
        /// Which.
        status: AcceptStatus,
        /// For which messages.
        sequences: Vec<Sequence>,
    },
    /// Typing and such.
    State(ChatState),
}

/// One field of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// Somebody comes.
    Add {
        /// Who; oneself when it is not said.
        user: Option<ParticipantId>,
        /// As what.
        role: Role,
    },
    /// Somebody goes.
    Remove {
        /// Who; oneself when it is not said.
        user: Option<ParticipantId>,
        /// As what they were there.
        role: Role,
    },
    /// Somebody is asked to become the assigned agent.
    Suggest(ParticipantId),
    /// Another queue.
    Skill(SkillId),
    /// Closes one dialog; closing MAIN starts the survey where there is one.
    CloseDialog(DialogId),
    /// Closes all of it, without a survey.
    Close,
}

/// Who asks: the wire wants it said in many requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// The account.
    pub account: AccountId,
    /// The agent by full id.
    pub full: ParticipantId,
}

impl Request {
    /// The request as it goes over the wire; `id` comes back as `reqId`.
    pub fn envelope(&self, id: &str, asker: &Asker) -> Value {
        let mut envelope = json!({
            "kind": "req",
            "id": id,
            "type": self.request_type(),
            "body": self.body(asker),
        });
        if let Self::Publish {
            metadata: Some(metadata),
            ..
        } = self
        {
            envelope["metadata"] = metadata.clone();
        }
        envelope
    }

    /// The type name.
    pub fn request_type(&self) -> &'static str {
        match self {
            Self::Clock => ".GetClock",
            Self::SetState(_) => ".ams.routing.SetAgentState",
            Self::SubscribeState => ".ams.routing.SubscribeAgentsState",
            Self::Subscribe { .. } => ".ams.aam.SubscribeExConversations",
            Self::Unsubscribe(_) => ".ams.aam.UnsubscribeExConversations",
            Self::SubscribeTasks => ".ams.routing.SubscribeRoutingTasks",
            Self::Ring { .. } => ".ams.routing.UpdateRingState",
            Self::Query { .. } => ".ams.ms.QueryMessages",
            Self::Publish { .. } => ".ams.ms.PublishEvent",
            Self::Update { .. } => ".ams.cm.UpdateConversationField",
            Self::Begin { .. } => ".ams.cm.AgentRequestConversation",
            Self::Profile(_) => ".ams.userprofile.GetUserProfile",
        }
    }

    fn body(&self, asker: &Asker) -> Value {
        let Asker { account, full } = asker;
        match self {
            Self::Clock => json!({}),
            Self::SetState(state) => json!({
                "availability": state.map_or("OFFLINE", Availability::as_str),
                "channels": ["MESSAGING"],
                "agentUserId": full,
            }),
            Self::SubscribeState => json!({ "brandId": account, "agentId": full }),
            Self::Subscribe { open, since } => {
                let stage = if *open { "OPEN" } else { "CLOSE" };
                let mut body = json!({ "stage": [stage] });
                if let Some(since) = since {
                    body["minLastUpdatedTime"] = json!(since);
                }
                body
            }
            Self::Unsubscribe(subscription) => json!({ "subscriptionId": subscription }),
            Self::SubscribeTasks => json!({
                "channelType": "MESSAGING",
                "agentId": full,
                "brandId": account,
            }),
            Self::Ring { ring, accepted } => json!({
                "ringId": ring,
                "ringState": if *accepted { "ACCEPTED" } else { "REJECTED" },
            }),
            Self::Query { dialog, newer_than } => json!({
                "dialogId": dialog,
                "newerThanSequence": newer_than,
            }),
            Self::Publish {
                conversation,
                dialog,
                event,
                private,
                ..
            } => {
                let mut body = json!({
                    "dialogId": dialog,
                    "conversationId": conversation,
                    "event": event.body(),
                });
                if *private {
                    body["messageAudience"] = json!("AGENTS_AND_MANAGERS");
                }
                body
            }
            Self::Update {
                conversation,
                fields,
            } => json!({
                "conversationId": conversation,
                "conversationField": fields.iter().map(|field| field.body(full)).collect::<Vec<_>>(),
            }),
            Self::Begin { consumer, origin } => {
                let mut context = json!({ "type": "ProactiveContext" });
                if let Some(origin) = origin {
                    context["originConversationId"] = json!(origin);
                }
                json!({
                    "channelType": "MESSAGING",
                    "consumerId": consumer,
                    "conversationContext": context,
                })
            }
            // A plain string, and no object.
            Self::Profile(consumer) => json!(consumer),
        }
    }
}

impl Event {
    fn body(&self) -> Value {
        let with = |mut event: Value, replies: &Option<Value>| {
            if let Some(replies) = replies {
                event["quickReplies"] = replies.clone();
            }
            event
        };
        match self {
            Self::Text { text, replies } => with(
                json!({ "type": "ContentEvent", "contentType": "text/plain", "message": text }),
                replies,
            ),
            Self::Rich { content, replies } => with(
                json!({ "type": "RichContentEvent", "content": content }),
                replies,
            ),
            Self::Accept { status, sequences } => json!({
                "type": "AcceptStatusEvent",
                "status": status.as_str(),
                "sequenceList": sequences,
            }),
            Self::State(state) => {
                json!({ "type": "ChatStateEvent", "chatState": state.as_str() })
            }
        }
    }
}

impl Field {
    fn body(&self, me: &ParticipantId) -> Value {
        let change = |kind: &str, role: &Role, user: &ParticipantId| {
            json!({
                "field": "ParticipantsChange",
                "type": kind,
                "role": role.as_str(),
                "userId": user,
            })
        };
        match self {
            Self::Add { user, role } => change("ADD", role, user.as_ref().unwrap_or(me)),
            Self::Remove { user, role } => change("REMOVE", role, user.as_ref().unwrap_or(me)),
            Self::Suggest(user) => change("SUGGEST", &Role::AssignedAgent, user),
            Self::Skill(skill) => json!({ "field": "Skill", "type": "UPDATE", "skill": skill }),
            // Without `closedCause` some clouds start no survey.
            Self::CloseDialog(dialog) => json!({
                "field": "DialogChange",
                "type": "UPDATE",
                "dialog": {
                    "dialogId": dialog,
                    "state": "CLOSE",
                    "closedBy": "AGENT",
                    "closedCause": "AGENT",
                },
            }),
            Self::Close => json!({
                "field": "ConversationStateField",
                "conversationState": "CLOSE",
            }),
        }
    }
}
