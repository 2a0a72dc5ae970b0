//! What a request says: who sends it, and its envelopes.
//!
//! See `domains-and-auth` 4 and 5 and `send-api` 1.1, 2 and 5.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

use crate::{
    domain::ids::{ClientId, SkillId},
    sandbox::{
        json::{self, Metadata},
        keys::{ConsumerClaims, Keys},
        model::{
            conversation::{CLIENT_PROPERTIES, ConversationContext, Opening, Ttr, TtrKind},
            people::ConsumerProfile,
            refusal::Refusal,
            roster,
        },
        server::{api::Api, http::answer::ServiceFault},
    },
};

/// Who sends a request to the messaging services.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The app install, by its AppJWT.
    pub client: ClientId,
    pub consumer: Arc<ConsumerClaims>,
}

pub(crate) fn app(
    api: &Api,
    account: &str,
    headers: &HeaderMap,
) -> Result<(Arc<Keys>, ClientId), ServiceFault> {
    let token = headers
        .get(header::AUTHORIZATION)
        .ok_or_else(ServiceFault::no_app_jwt)?
        .to_str()
        .map_err(|_| ServiceFault::invalid_app_jwt())?;
    let token = without_bearer(token);
    if token.is_empty() {
        return Err(ServiceFault::no_app_jwt());
    }
    // Before there are keys nothing can have been signed with them.
    let keys = api.keys.borrow().clone();
    let keys = keys.ok_or_else(ServiceFault::invalid_app_jwt)?;
    let claims = keys.check_app(api.transactions.now(), account, token)?;
    Ok((keys, claims.client.clone()))
}

/// Checks both tokens, in the order the protocol reference gives.
pub(crate) fn caller(
    api: &Api,
    account: &str,
    headers: &HeaderMap,
) -> Result<Caller, ServiceFault> {
    let (keys, client) = app(api, account, headers)?;
    let token = headers
        .get("x-lp-on-behalf")
        .ok_or_else(ServiceFault::no_consumer_jws)?
        .to_str()
        .map_err(|_| ServiceFault::invalid_consumer_jws())?
        .trim();
    if token.is_empty() {
        return Err(ServiceFault::no_consumer_jws());
    }
    let consumer = keys
        .check_consumer(account, token)
        .map_err(|_| ServiceFault::invalid_consumer_jws())?;
    Ok(Caller { client, consumer })
}

fn without_bearer(value: &str) -> &str {
    let value = value.trim();
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => value,
    }
}

/// The client properties of a request; what cannot be read counts as absent.
pub(crate) fn client_properties(headers: &HeaderMap) -> Option<Value> {
    let properties = headers.get("client-properties")?;
    serde_json::from_slice(properties.as_bytes())
        .ok()
        .filter(Value::is_object)
}

/// Whether the query asks for the one version there is.
pub(crate) fn is_version_3(query: Option<&str>) -> bool {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "v")
        .is_some_and(|(_, version)| version == "3")
}

/// A body as JSON; a byte order mark is taken off.
pub(crate) fn json(body: &[u8]) -> Result<Value, ServiceFault> {
    json::read(text(body)?).map_err(|error| not_json(&error))
}

/// A body as text, without a byte order mark.
pub(crate) fn text(body: &[u8]) -> Result<&str, ServiceFault> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    str::from_utf8(body)
        .map_err(|error| ServiceFault::bad(format!("the body is not JSON: {error}")))
}

fn not_json(error: &serde_json::Error) -> ServiceFault {
    ServiceFault::bad(format!("the body is not JSON: {error}"))
}

/// The longest id of a request, in characters.
const LONGEST_ID: usize = 64;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Envelope {
    /// Repeated in the answer as it came, a number as its digits.
    pub id: String,
    pub kind: String,
    pub body: Map<String, Value>,
    pub metadata: Option<Metadata>,
}

impl Envelope {
    /// Reads the envelopes of a batch.
    pub(crate) fn read_all(text: &str) -> Result<Vec<Self>, ServiceFault> {
        let Some(envelopes) = json::elements(text).map_err(|error| not_json(&error))? else {
            return Err(ServiceFault::bad("the body is not an array"));
        };
        let envelopes = envelopes.into_iter();
        envelopes
            .map(|envelope| Self::read(envelope.get()))
            .collect()
    }

    pub(crate) fn read(text: &str) -> Result<Self, ServiceFault> {
        let Some((mut members, metadata)) =
            json::request(text).map_err(|error| not_json(&error))?
        else {
            return Err(ServiceFault::bad("the request is not an object"));
        };
        let id = members.remove("id").as_ref().and_then(words);
        let id = id.filter(|id| (1..=LONGEST_ID).contains(&id.chars().count()));
        let Some(id) = id else {
            let what = "id must be a string of 1 to 64 characters, or a whole number";
            return Err(ServiceFault::bad(what));
        };
        let fault = |what: &str| ServiceFault::bad(what).of(id.clone());
        if members.get("kind").is_some_and(|kind| *kind != "req") {
            return Err(fault("kind must be \"req\""));
        }
        let Some(Value::String(kind)) = members.remove("type") else {
            return Err(fault("type is missing or not a string"));
        };
        let Some(Value::Object(body)) = members.remove("body") else {
            return Err(fault("body is missing or not an object"));
        };
        // Told as it came: `null` and an empty list are not the same as nothing.
        let is_fine = |given: &Metadata| given.is_null() || given.is_list_of_objects();
        if !metadata.as_ref().is_none_or(is_fine) {
            return Err(fault("metadata must be an array of objects"));
        }
        Ok(Self {
            id,
            kind,
            body,
            metadata,
        })
    }
}

/// The body of a SetUserProfile; see `send-api` 2.2.
pub(crate) fn profile(body: &Map<String, Value>) -> Result<ConsumerProfile, Refusal> {
    let mut members = body.clone();
    let sdes = match members.remove("authenticatedData") {
        None | Some(Value::Null) => None,
        Some(Value::Object(mut data)) => data.remove("lp_sdes"),
        Some(_) => return Err(Refusal::bad("authenticatedData must be an object")),
    };
    let sdes = match sdes {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(sdes)) if sdes.iter().all(Value::is_object) => sdes,
        Some(_) => return Err(Refusal::bad("lp_sdes must be an array of objects")),
    };
    Ok(ConsumerProfile { members, sdes })
}

/// The body of a ConsumerRequestConversation; see `send-api` 2.1.
pub(crate) fn opening(account: &str, body: &Map<String, Value>) -> Result<Opening, Refusal> {
    match body.get("brandId").and_then(words) {
        None => return Err(Refusal::BrandMissing),
        Some(brand) if brand != account => {
            return Err(Refusal::bad("brandId is not the account of the path"));
        }
        Some(_) => {}
    }
    match body.get("channelType") {
        None | Some(Value::Null) => {}
        Some(channel) if *channel == "MESSAGING" => {}
        Some(_) => return Err(Refusal::bad("channelType must be MESSAGING")),
    }
    let kind = match body.get("ttrDefName") {
        None | Some(Value::Null) => TtrKind::Normal,
        Some(name) => name
            .as_str()
            .and_then(TtrKind::named)
            .ok_or_else(|| Refusal::bad(format!("ttrDefName {name} is not known")))?,
    };
    Ok(Opening {
        skill: skill(body.get("skillId"))?,
        ttr: Ttr {
            kind,
            seconds: kind.seconds(),
        },
        campaign: campaign(body.get("campaignInfo"))?,
        context: context(body.get("conversationContext"))?,
    })
}

/// At most ten digits; `-1` when nothing is asked for.
fn skill(skill: Option<&Value>) -> Result<SkillId, Refusal> {
    let Some(skill) = skill.filter(|skill| !skill.is_null()) else {
        return Ok(SkillId::from("-1"));
    };
    let text = words(skill).unwrap_or_default();
    if roster::is_skill_id(&text) {
        Ok(SkillId::from(text))
    } else {
        Err(Refusal::bad(format!(
            "skillId {skill} is not a number of at most ten digits"
        )))
    }
}

/// Both ids as numbers, which is how notifications have them; empty ones are left out.
fn campaign(campaign: Option<&Value>) -> Result<Option<Value>, Refusal> {
    let members = match campaign {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(members)) => members,
        Some(_) => return Err(Refusal::bad("campaignInfo must be an object")),
    };
    let told: Map<String, Value> = ["campaignId", "engagementId"]
        .into_iter()
        .filter_map(|name| {
            let id = members.get(name).and_then(words)?;
            Some((name.to_owned(), Value::from(id.parse::<u64>().ok()?)))
        })
        .collect();
    Ok((!told.is_empty()).then_some(Value::Object(told)))
}

fn context(context: Option<&Value>) -> Result<ConversationContext, Refusal> {
    const MEMBERS: [&str; 5] = [
        "type",
        "lang",
        "visitorId",
        "sessionId",
        "interactionContextId",
    ];
    let members = match context {
        None | Some(Value::Null) => return Ok(ConversationContext(None)),
        Some(Value::Object(members)) => members,
        Some(_) => return Err(Refusal::bad("conversationContext must be an object")),
    };
    let mut told: Map<String, Value> = MEMBERS
        .into_iter()
        .filter_map(|name| {
            let text = members.get(name).and_then(words)?;
            Some((name.to_owned(), Value::String(text)))
        })
        .collect();
    if let Some(properties) = members.get(CLIENT_PROPERTIES) {
        told.insert(CLIENT_PROPERTIES.to_owned(), properties.clone());
    }
    Ok(ConversationContext(Some(Value::Object(told))))
}

/// A string, or a whole number in its digits; real clients send either.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}
