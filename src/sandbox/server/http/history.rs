//! Messaging Interactions: conversations of the past and the present; see `send-api` 8.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequest, Request, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use crate::{
    domain::{
        ids::{ConversationId, ParticipantId, SkillId},
        time::Timestamp,
    },
    sandbox::{
        model::{
            history::{HistoryPage, Search, SortKey},
            record::{self, RecordRoom, WantedParts},
        },
        server::{
            api::Api,
            http::{
                account::AccountDenial,
                csds,
                extract::{self, BearerUser, Received},
                people,
            },
        },
    },
};

/// Conversations on a page when no size is given.
const USUAL: usize = 50;
/// Conversations on a page at most.
const MOST: usize = 100;
/// Messages and receipts of one answer at most; past it records are cut short and say so.
const LINES: usize = 20_000;
/// The longest span that can be searched, in milliseconds: three months.
const SPAN: i64 = 92 * 24 * 60 * 60 * 1000;
/// Letters of the name a client gives itself, at most.
const SOURCE: usize = 20;
/// What a search can be narrowed by.
const FILTERS: [&str; 3] = ["status", "skillIds", "agentIds"];

/// Conversations begun in a span of time.
pub(super) async fn conversations(
    State(api): State<Arc<Api>>,
    asked: HistoryQuery,
) -> Result<Json<Value>, AccountDenial> {
    asked.serves_only(&[&FILTERS[..], &["start", CONTENT]].concat())?;
    let start = asked.body.get("start").and_then(Value::as_object);
    let start = start.ok_or_else(|| bad("start with from and to is missing"))?;
    let moment = |name: &str| {
        let at = start.get(name).and_then(Value::as_i64);
        at.ok_or_else(|| bad(format!("start.{name} must be a number of milliseconds")))
    };
    let (from, to) = (moment("from")?, moment("to")?);
    match to.checked_sub(from) {
        Some(0..=SPAN) => {}
        Some(span) if span > SPAN => return Err(bad("start spans more than three months")),
        _ => return Err(bad("start.from comes after start.to")),
    }
    let mut search = asked.filters(&api)?;
    search.begun = Some((Timestamp(from), Timestamp(to)));
    asked.answer(&api, search).await
}

pub(crate) async fn of_consumer(
    State(api): State<Arc<Api>>,
    asked: HistoryQuery,
) -> Result<Json<Value>, AccountDenial> {
    asked.serves_only(&[&FILTERS[..], &["consumer", CONTENT]].concat())?;
    let consumer = asked.text("consumer")?;
    let mut search = asked.filters(&api)?;
    search.consumer = Some(ParticipantId::from(consumer));
    asked.answer(&api, search).await
}

pub(crate) async fn one(
    State(api): State<Arc<Api>>,
    asked: HistoryQuery,
) -> Result<Json<Value>, AccountDenial> {
    asked.serves_only(&["conversationId", CONTENT])?;
    let id = asked.text("conversationId")?;
    let search = Search {
        conversation: Some(ConversationId::from(id)),
        ..Search::default()
    };
    asked.answer(&api, search).await
}

/// The member that says which parts of a record are wanted.
const CONTENT: &str = "contentToRetrieve";

/// What a user with a bearer asks for.
pub(crate) struct HistoryQuery {
    pub(super) body: Map<String, Value>,
    pub(super) page: HistoryPage,
    wanted: WantedParts,
    /// Where the question was asked, for links to other pages.
    place: String,
    query: String,
}

impl FromRequest<Arc<Api>> for HistoryQuery {
    type Rejection = Response;

    async fn from_request(request: Request, api: &Arc<Api>) -> Result<Self, Response> {
        let uri = request.uri().clone();
        let received = Received::<BearerUser>::from_request(request, api).await?;
        Self::read(api, &uri, received).map_err(AccountDenial::into_response)
    }
}

impl HistoryQuery {
    fn read(api: &Api, uri: &Uri, received: Received<BearerUser>) -> Result<Self, AccountDenial> {
        let Value::Object(body) = extract::json(received.body)? else {
            return Err(bad("the body is not an object"));
        };
        let query = uri.query().unwrap_or_default().to_owned();
        Ok(Self {
            page: page(&query)?,
            wanted: wanted(&body)?,
            place: format!(
                "https://{}{}",
                csds::host(api, &received.headers),
                uri.path()
            ),
            body,
            query,
        })
    }
}

impl HistoryQuery {
    fn text(&self, name: &str) -> Result<&str, AccountDenial> {
        let text = self.body.get(name).and_then(Value::as_str);
        let text = text.filter(|text| !text.is_empty());
        text.ok_or_else(|| bad(format!("{name} is missing or not a string")))
    }

    /// Refuses what this sandbox cannot narrow a search by: too much would be found, and the
    /// client would not know. A member that says nothing is no filter.
    pub(super) fn serves_only(&self, known: &[&str]) -> Result<(), AccountDenial> {
        let says = |value: &Value| match value {
            Value::Null => false,
            Value::Array(list) => !list.is_empty(),
            _ => true,
        };
        let other = self
            .body
            .iter()
            .find(|(name, value)| !known.contains(&name.as_str()) && says(value));
        match other {
            None => Ok(()),
            Some((name, _)) => {
                let known = known.join(", ");
                Err(bad(format!("{name} is not served here; there is {known}")))
            }
        }
    }

    /// A list of strings, or of numbers in their digits; `None` where there is none.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, AccountDenial> {
        texts(&self.body, name)
    }

    fn filters(&self, api: &Api) -> Result<Search, AccountDenial> {
        let open = self.texts("status")?.map(|all| {
            let open = |one: String| match one.as_str() {
                "OPEN" => Ok(true),
                "CLOSE" => Ok(false),
                _ => Err(bad(format!("status {one:?} is not known"))),
            };
            all.into_iter().map(open).collect::<Result<Vec<_>, _>>()
        });
        let phonebook = people::phonebook(api);
        let agents = self.texts("agentIds")?.map(|all| {
            let known = all.iter().filter_map(|id| phonebook.with_id(id));
            known.map(|one| one.pid.clone()).collect()
        });
        let skills = self.texts("skillIds")?;
        Ok(Search {
            open: open.transpose()?,
            skills: skills.map(|all| all.into_iter().map(SkillId::from).collect()),
            agents,
            ..Search::default()
        })
    }

    async fn answer(&self, api: &Api, search: Search) -> Result<Json<Value>, AccountDenial> {
        let page = self.page;
        let found = api
            .transactions
            .read(|cloud| cloud.search(&search, page))
            .await?;
        let phonebook = people::phonebook(api);
        let (mut room, mut whole) = (RecordRoom(LINES), true);
        let records: Vec<Value> = found
            .page
            .iter()
            .map(|(one, consumer)| {
                let wanted = &self.wanted;
                let (record, all) =
                    record::print(one, consumer.as_ref(), &phonebook, wanted, &mut room);
                whole &= all;
                record
            })
            .collect();
        let metadata = self.metadata(found.count, !whole);
        Ok(Json(
            json!({ "_metadata": metadata, "conversationHistoryRecords": records }),
        ))
    }

    /// How many there are on all pages, and where the other pages are.
    pub(super) fn metadata(&self, count: usize, partial: bool) -> Value {
        let mut metadata = json!({
            "count": count,
            "self": { "rel": "self", "href": self.link(self.page.offset) },
        });
        let HistoryPage { offset, limit, .. } = self.page;
        if offset.saturating_add(limit) < count && limit > 0 {
            metadata["next"] = json!({ "rel": "next", "href": self.link(offset + limit) });
        }
        if offset > 0 {
            let before = offset.saturating_sub(limit);
            metadata["prev"] = json!({ "rel": "prev", "href": self.link(before) });
        }
        metadata["shardsStatusResult"] = json!({ "partialResult": partial });
        metadata
    }

    /// The address of a page, with everything else as it was asked for.
    fn link(&self, offset: usize) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let others = url::form_urlencoded::parse(self.query.as_bytes());
        query.extend_pairs(others.filter(|(name, _)| name != "offset" && name != "limit"));
        query.append_pair("offset", &offset.to_string());
        query.append_pair("limit", &self.page.limit.to_string());
        format!("{}?{}", self.place, query.finish())
    }
}

fn page(query: &str) -> Result<HistoryPage, AccountDenial> {
    let parameter = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.into_owned())
    };
    let number = |name: &str, usual: usize| match parameter(name) {
        None => Ok(usual),
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| bad(format!("{name} must be a whole number from 0"))),
    };
    if parameter("v").is_some_and(|version| !matches!(version.as_str(), "1" | "2" | "1.0" | "2.0"))
    {
        return Err(bad("v must be 1 or 2"));
    }
    if parameter("source").is_some_and(|source| source.chars().count() > SOURCE) {
        return Err(bad(format!("source is longer than {SOURCE} characters")));
    }
    let sort = parameter("sort").unwrap_or_else(|| "start:desc".to_owned());
    let (key, direction) = sort.split_once(':').unwrap_or((&sort, "asc"));
    let key = match key {
        "start" => SortKey::Start,
        "end" => SortKey::End,
        _ => return Err(bad("sort must be by start or end")),
    };
    let rising = match direction {
        "asc" => true,
        "desc" => false,
        _ => return Err(bad("sort must go asc or desc")),
    };
    Ok(HistoryPage {
        offset: number("offset", 0)?,
        limit: number("limit", USUAL)?.min(MOST),
        key,
        rising,
    })
}

/// Which parts of a record are wanted; one that is not served is refused by its name.
fn wanted(body: &Map<String, Value>) -> Result<WantedParts, AccountDenial> {
    let names = match texts(body, CONTENT)? {
        None => return Ok(WantedParts::usual()),
        Some(names) if names.iter().any(|name| name == "all") => return Ok(WantedParts::All),
        Some(names) => names,
    };
    let known: Vec<&str> = WantedParts::names().collect();
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(WantedParts::Only(names)),
        Some(name) => {
            let known = known.join(", ");
            let why = format!("{CONTENT}: {name} is not served here; there is {known}");
            Err(bad(why))
        }
    }
}

/// A list of strings, or of numbers in their digits; `None` where there is none.
fn texts(body: &Map<String, Value>, name: &str) -> Result<Option<Vec<String>>, AccountDenial> {
    let all = match body.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(all)) => all,
        Some(_) => return Err(bad(format!("{name} must be a list"))),
    };
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    };
    let all: Option<Vec<String>> = all.iter().map(text).collect();
    all.map(Some)
        .ok_or_else(|| bad(format!("{name} must hold strings")))
}

pub(super) fn bad(why: impl Into<String>) -> AccountDenial {
    AccountDenial::new(StatusCode::BAD_REQUEST, why)
}
