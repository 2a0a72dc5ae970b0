//! Conversations as the cloud keeps them; see README 2 of the protocol reference.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    domain::{
        ids::{ClientId, ConversationId, DialogId, ParticipantId, SkillId},
        role::Role,
        time::Timestamp,
    },
    sandbox::model::{
        dialog::{Closer, Dialog, DialogKind, Participant},
        trail::Trail,
    },
};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Conversation {
    pub id: ConversationId,
    /// The app install whose AppJWT created it; only this one is notified.
    pub client: ClientId,
    pub consumer: ParticipantId,
    /// The routing queue, `-1` when none was asked for.
    pub skill: SkillId,
    pub dialogs: Vec<Dialog>,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    /// `metaDataLastUpdateTs`; rises with every change told.
    pub updated: Timestamp,
    /// Whether it is the consumer's first.
    pub first: bool,
    pub close_reason: Option<Closer>,
    /// How soon the agent side owes an answer.
    pub ttr: Ttr,
    /// Since when the agent side owes one; `None` when the consumer is to write.
    pub owed_since: Option<Timestamp>,
    pub csat: Option<Csat>,
    /// `campaignInfo`, when it was given.
    pub campaign: Option<Value>,
    /// `context`, when it was given.
    pub context: ConversationContext,
    /// Whether the connector itself put client properties into the context, which then stay as
    /// they came whatever the headers of later requests say.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keeps_properties: bool,
    /// What the assigned agent's client wants to remember; no other client sees it.
    #[serde(rename = "memo")]
    pub scratch: Option<Value>,
    /// Until when the first SEND brings the automatic messages, while there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub welcome_until: Option<Timestamp>,
    /// Who came and went so far.
    #[serde(default)]
    pub trail: Trail,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ttr {
    #[serde(rename = "ttrType")]
    pub kind: TtrKind,
    #[serde(rename = "value")]
    pub seconds: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TtrKind {
    Urgent,
    Prioritized,
    /// What a conversation has that asked for nothing.
    Normal,
    Custom,
}

impl TtrKind {
    /// By its name on the wire.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "URGENT" => Some(Self::Urgent),
            "PRIORITIZED" => Some(Self::Prioritized),
            "NORMAL" => Some(Self::Normal),
            "CUSTOM" => Some(Self::Custom),
            _ => None,
        }
    }

    /// The seconds this class stands for in the emulated account.
    pub fn seconds(self) -> u64 {
        match self {
            Self::Urgent => 300,
            Self::Prioritized => 600,
            Self::Normal | Self::Custom => 1200,
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_field_names,
    reason = "the vendor's schema calls them so"
)]
pub struct Csat {
    /// The name the vendor's schema has in every rating; one stored without it gets it.
    #[serde(default)]
    pub field: CsatField,
    /// 1 to 5, or 0 when it was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csat_rate: Option<u8>,
    /// Whether the consumer says that the matter is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csat_resolution_confirmation: Option<bool>,
    /// `FILLED`, `PARTIALLY_FILLED` or `SKIPPED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// The one value of [`Csat::field`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CsatField {
    #[default]
    #[serde(rename = "CSATRate")]
    Rate,
}

/// What was said about where a conversation comes from; `None` when nothing was.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConversationContext(pub Option<Value>);

/// The member of a context that says what the consumer's device can do.
pub(crate) const CLIENT_PROPERTIES: &str = "clientProperties";

impl ConversationContext {
    /// The context with the consumer's client properties in it, unless it has its own.
    pub fn joined_with(mut self, properties: Option<&Value>) -> Self {
        if let Some(properties) = properties.filter(|_| !self.has_properties()) {
            self.note(properties);
        }
        self
    }

    /// Whether there are client properties in it.
    pub fn has_properties(&self) -> bool {
        let own = self.0.as_ref().and_then(|own| own.get(CLIENT_PROPERTIES));
        own.is_some()
    }

    /// The client properties in it, if they can be read.
    pub fn given_properties(&self) -> Option<&Value> {
        let own = self.0.as_ref()?.get(CLIENT_PROPERTIES)?;
        own.is_object().then_some(own)
    }

    /// Takes in client properties, and says whether they are others than before.
    pub fn note(&mut self, properties: &Value) -> bool {
        let context = self.0.get_or_insert_with(|| json!({}));
        let Some(members) = context.as_object_mut() else {
            return false;
        };
        let had = members.insert(CLIENT_PROPERTIES.to_owned(), properties.clone());
        had.as_ref() != Some(properties)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Opening {
    pub skill: SkillId,
    /// How soon an answer is owed.
    pub ttr: Ttr,
    /// `campaignInfo` as it will be told.
    pub campaign: Option<Value>,
    /// `conversationContext` as it will be told.
    pub context: ConversationContext,
}

impl Conversation {
    /// The dialog opened with the conversation.
    pub fn main(&self) -> &Dialog {
        self.dialogs
            .first()
            .expect("a conversation is made with its MAIN dialog and never loses it")
    }

    /// The dialog opened with the conversation, to change.
    pub fn main_mut(&mut self) -> &mut Dialog {
        self.dialogs
            .first_mut()
            .expect("a conversation is made with its MAIN dialog and never loses it")
    }

    pub fn dialog_mut(&mut self, id: &DialogId) -> Option<&mut Dialog> {
        self.dialogs.iter_mut().find(|dialog| dialog.id == *id)
    }

    pub fn open_survey(&self) -> Option<&Dialog> {
        self.dialogs
            .iter()
            .find(|dialog| dialog.kind == DialogKind::PostSurvey && dialog.is_open())
    }

    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    pub fn assigned(&self) -> Option<&ParticipantId> {
        self.main()
            .participants
            .iter()
            .find(|one| one.role == Role::AssignedAgent && one.is_active())
            .map(|one| &one.id)
    }

    /// The agent it was handed to and who has not taken it yet.
    pub fn suggested(&self) -> Option<&ParticipantId> {
        self.main()
            .participants
            .iter()
            .find(|one| !one.is_active())
            .map(|one| &one.id)
    }

    /// The role of a participant in the MAIN dialog.
    pub fn role_of(&self, id: &ParticipantId) -> Option<&Role> {
        self.main().role_of(id)
    }

    /// Everyone who takes part in any of its dialogs, once for each role, in the order of the
    /// published examples: the consumer is never first where there is another participant.
    pub fn participants(&self) -> Vec<&Participant> {
        let mut all: Vec<&Participant> = Vec::new();
        for one in self.dialogs.iter().flat_map(|dialog| &dialog.participants) {
            if one.is_active() && !all.contains(&one) {
                all.push(one);
            }
        }
        all.sort_by_key(|one| match one.role {
            Role::AssignedAgent => 0,
            Role::Manager => 1,
            Role::Reader => 2,
            Role::Consumer => 3,
            Role::Agent => 4,
            _ => 5,
        });
        if let [
            Participant {
                role: Role::Consumer,
                ..
            },
            _,
            ..,
        ] = all.as_slice()
        {
            all.swap(0, 1);
        }
        all
    }

    /// Everyone who takes part in any of its dialogs but the consumer.
    pub fn agents(&self) -> Vec<ParticipantId> {
        let mut agents: Vec<ParticipantId> = Vec::new();
        for one in self.participants() {
            if one.role != Role::Consumer && !agents.contains(&one.id) {
                agents.push(one.id.clone());
            }
        }
        agents
    }

    /// `effectiveTTR`: when the agent side must have answered, `-1` when nothing is owed.
    pub fn effective_ttr(&self) -> i64 {
        match self.owed_since {
            Some(since) if self.is_open() => {
                let millis = i64::try_from(self.ttr.seconds.saturating_mul(1000));
                since.0.saturating_add(millis.unwrap_or(i64::MAX))
            }
            _ => -1,
        }
    }

    /// Notes that it changed, and who has come and gone; the mark rises by at least one.
    pub fn touch(&mut self, now: Timestamp) {
        self.updated = Timestamp(now.0.max(self.updated.0.saturating_add(1)));
        self.watch();
    }

    /// Notes who is in it now.
    pub fn watch(&mut self) {
        let mut trail = std::mem::take(&mut self.trail);
        trail.note(self);
        self.trail = trail;
    }
}
