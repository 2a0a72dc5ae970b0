//! The CONVERSATION request: who the consumer is and what is asked for. See
//! `send-api` 2. Absent members are left out rather than sent as `null`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::ids::{AccountId, SkillId};

/// What a new conversation is opened with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Opening {
    /// What agents see about the consumer.
    pub profile: Profile,
    /// The queue asked for; none leaves the choice to the account's routing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skill: Option<SkillId>,
    /// Campaign routing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Campaign>,
    /// How soon an answer is owed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttr: Option<Ttr>,
    /// Where the consumer comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
}

impl Opening {
    /// The batch as it goes over the wire: SetUserProfile first, as the cloud demands. `brand` is
    /// the account.
    pub fn envelope(&self, brand: &AccountId) -> Value {
        json!([
            {
                "kind": "req",
                "id": "1",
                "type": "userprofile.SetUserProfile",
                "body": self.profile.body(),
            },
            {
                "kind": "req",
                "id": "2",
                "type": "cm.ConsumerRequestConversation",
                "body": self.request(brand),
            },
        ])
    }

    fn request(&self, brand: &AccountId) -> Value {
        let mut body = json!({ "brandId": brand, "channelType": "MESSAGING" });
        if let Some(ttr) = self.ttr {
            body["ttrDefName"] = json!(ttr.as_str());
        }
        if let Some(skill) = &self.skill {
            body["skillId"] = json!(skill);
        }
        if let Some(campaign) = &self.campaign {
            body["campaignInfo"] = json!({
                "campaignId": campaign.campaign,
                "engagementId": campaign.engagement,
            });
        }
        if let Some(context) = &self.context {
            body["conversationContext"] = context.body();
        }
        body
    }
}

/// Campaign routing: both ids together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// `campaignId`.
    pub campaign: String,
    /// `engagementId`.
    pub engagement: String,
}

/// Time to respond, as a new conversation may ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Ttr {
    /// The account's shortest.
    Urgent,
    /// The account's middle one.
    Prioritized,
    /// The account's longest.
    Normal,
}

impl Ttr {
    /// The name as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Urgent => "URGENT",
            Self::Prioritized => "PRIORITIZED",
            Self::Normal => "NORMAL",
        }
    }
}

/// `conversationContext`, in its `SharkContext` form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Context {
    /// The consumer's language, as `en-GB`.
    pub lang: Option<String>,
    /// From the Engagement call.
    pub visitor: Option<String>,
    /// From the Engagement call.
    pub session: Option<String>,
    /// From the Engagement call, there named `contextId`.
    pub interaction: Option<String>,
}

impl Context {
    fn body(&self) -> Value {
        let mut body = json!({ "type": "SharkContext" });
        for (name, value) in [
            ("lang", &self.lang),
            ("visitorId", &self.visitor),
            ("sessionId", &self.session),
            ("interactionContextId", &self.interaction),
        ] {
            if let Some(value) = value {
                body[name] = json!(value);
            }
        }
        body
    }
}

/// What agents see about the consumer: the two engagement attributes (SDEs)
/// the Connector API takes. Their members are those of `send-api` 2.2, passed
/// on as they stand, so that a tester can send odd ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// Customer information, sent as `info`.
    pub ctmrinfo: Option<Map<String, Value>>,
    /// Personal information.
    pub personal: Option<Map<String, Value>>,
    /// Members beside the two, as `avatarUrl` and `privateData`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub members: Map<String, Value>,
}

impl Profile {
    /// A consumer with a first and a last name and nothing else.
    pub fn named(first: &str, last: &str) -> Self {
        let mut personal = Map::new();
        personal.insert("firstname".to_owned(), json!(first));
        personal.insert("lastname".to_owned(), json!(last));
        Self {
            ctmrinfo: None,
            personal: Some(personal),
            members: Map::new(),
        }
    }

    /// The body of SetUserProfile; `{}` when nothing is known.
    pub fn body(&self) -> Value {
        let mut sdes = Vec::new();
        if let Some(info) = &self.ctmrinfo {
            sdes.push(json!({ "type": "ctmrinfo", "info": info }));
        }
        if let Some(personal) = &self.personal {
            sdes.push(json!({ "type": "personal", "personal": personal }));
        }
        let mut body = self.members.clone();
        if !sdes.is_empty() {
            let data = json!({ "lp_sdes": sdes });
            body.insert("authenticatedData".to_owned(), data);
        }
        Value::Object(body)
    }
}
