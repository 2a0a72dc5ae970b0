//! The client itself: which call needs which address and which tokens, and
//! what happens after a 401.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use reqwest::{
    Method,
    header::{AUTHORIZATION, HeaderName, HeaderValue},
};
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use crate::{
    client::connector::{
        access::{Access, authorize, headers, own_call},
        cached::Held,
        domains::{Address, Service},
        error::Error,
        settings::{Caller, Endpoint, Settings, Tag},
        tokens::{AppToken, ConsumerToken, KnownToken},
        transport::{Call, Holds},
    },
    domain::{
        exchange::{Cause, Exchange},
        ids::{ConversationId, ExtConsumerId, ParticipantId},
        retry::Problem,
        secret::Secret,
        text::SafeText,
        time::Timestamp,
        wire::{
            answer::{Answer, read_open_answer, read_send_answer},
            directory,
            fault::Fault,
            opening::Opening,
            outbound::Outbound,
        },
    },
};

const ON_BEHALF: HeaderName = HeaderName::from_static("x-lp-on-behalf");
const CLIENT_PROPERTIES: HeaderName = HeaderName::from_static("client-properties");

/// A connector's side of the Send API. Clones share connections, addresses and tokens.
#[derive(Clone)]
pub struct Client(pub(in crate::client) Arc<Access>);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("settings", &self.0.settings)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Sets a client up; nothing is sent yet.
    ///
    /// Every request is reported through `exchanges`, once when it starts and once when it
    /// ends. The channel's bound is the caller's choice: requests wait while it is full.
    pub fn new(settings: Settings, exchanges: mpsc::Sender<Exchange>) -> Result<Self, Error> {
        Ok(Self(Arc::new(Access::new(settings, exchanges)?)))
    }

    /// The consumer's name in the cloud, which is also the author of its own messages in webhooks.
    /// Of the tag the phone alone is meant.
    pub async fn consumer(&self, ext: &ExtConsumerId, tag: Tag) -> Result<ParticipantId, Problem> {
        let token = self.0.consumer_token(ext, None, tag.phone);
        let token = token.await.map_err(unsent)?;
        token
            .value
            .participant
            .ok_or_else(|| Problem::refused("the ConsumerJWS names no lp_consumer_id"))
    }

    /// The AppJWT itself, and when it expires by our clock.
    pub async fn app_jwt(&self) -> Result<(Secret, Timestamp), Problem> {
        let token = self.0.app_token(None).await.map_err(unsent)?;
        Ok((token.value.value, token.value.until))
    }

    /// The ConsumerJWS of a consumer itself.
    pub async fn consumer_jws(&self, ext: &ExtConsumerId) -> Result<Secret, Problem> {
        let token = self.0.consumer_token(ext, None, None).await;
        Ok(token.map_err(unsent)?.value.value)
    }

    /// Forgets the ConsumerJWS of a consumer for whom nothing will be called any more.
    pub fn forget(&self, ext: &ExtConsumerId) {
        self.0.forget(ext);
    }

    /// When the AppJWT in hand expires, by our clock; `None` before there is one.
    pub fn token_until(&self) -> watch::Receiver<Option<Timestamp>> {
        self.0.until.subscribe()
    }

    /// The tokens in hand, by what they say of themselves.
    pub fn tokens(&self) -> watch::Receiver<Vec<KnownToken>> {
        self.0.shown.subscribe()
    }

    /// Opens a conversation. Repeating it opens another.
    pub async fn open(
        &self,
        caller: &Caller,
        opening: &Opening,
        tag: Tag,
    ) -> Result<ConversationId, Problem> {
        let body = opening.envelope(&self.0.settings.account);
        let saying = Saying {
            endpoint: Endpoint::Conversation,
            purpose: "CONVERSATION".to_owned(),
            body: body.to_string().into(),
            answer: Holds::Nothing,
            tag,
        };
        Ok(read_open_answer(&self.say(caller, saying).await?)?)
    }

    /// Says something in a conversation. Repeating it says it twice.
    pub async fn send(
        &self,
        caller: &Caller,
        outbound: &Outbound,
        tag: Tag,
    ) -> Result<Answer, Problem> {
        let saying = Saying::of(outbound, Holds::Nothing, tag);
        Ok(read_send_answer(&self.say(caller, saying).await?)?)
    }

    /// Sends exactly these bytes, once, with tokens and headers as any other request, and gives
    /// the status of a good answer. Repeating it does again whatever it did.
    pub async fn raw(
        &self,
        caller: &Caller,
        endpoint: Endpoint,
        body: Bytes,
        tag: Tag,
    ) -> Result<u16, Problem> {
        let saying = Saying::raw(endpoint, body, tag);
        let (call, address, ..) = self.ready(caller, saying).await?;
        let access = &self.0;
        let mut request = call.request();
        *request.body_mut() = Some(call.body.clone().into());
        let within = access.settings.timeout;
        let done = access.transport.answer(&call, request, within).await;
        access.judge(Service::Messaging, &address, done.as_ref().err());
        Ok(done?.status)
    }

    /// A request to CONVERSATION or SEND with what it needs to go out.
    async fn ready(&self, caller: &Caller, saying: Saying) -> Result<Ready, Problem> {
        let access = &self.0;
        let ext = &caller.consumer;
        let phone = saying.tag.phone;
        let address = access.address(Service::Messaging).await.map_err(unsent)?;
        let app = access.app_token(None).await.map_err(unsent)?;
        let consumer = access.consumer_token(ext, None, phone);
        let consumer = consumer.await.map_err(unsent)?;
        let mut path = vec!["api", "account", access.settings.account.as_str()];
        path.extend(["messaging", "consumer", "conversation"]);
        if saying.endpoint == Endpoint::Send {
            path.push("send");
        }
        let url = directory::at(&address.value.base, &path);
        let mut call = Call {
            headers: headers("application/json"),
            body: saying.body,
            answer: saying.answer,
            tag: saying.tag,
            ..own_call(&saying.purpose, Method::POST, url)
        };
        call.url.set_query(Some("v=3"));
        if let Ok(properties) = HeaderValue::from_str(&caller.properties.header()) {
            call.headers.insert(CLIENT_PROPERTIES, properties);
        }
        authorize(&mut call, AUTHORIZATION, &app.value.value)?;
        authorize(&mut call, ON_BEHALF, &consumer.value.value)?;
        Ok((call, address, app, consumer))
    }

    /// CONVERSATION or SEND: once, and once more after a 401 for either token that had to be
    /// renewed. A token is renewed once in a call, so this ends.
    pub(super) async fn say(&self, caller: &Caller, saying: Saying) -> Result<Bytes, Problem> {
        let access = &self.0;
        let ext = &caller.consumer;
        let (mut call, address, mut app, mut consumer) = self.ready(caller, saying).await?;
        let phone = call.tag.phone;
        let (mut may_renew_app, mut may_renew_consumer) = (true, true);
        loop {
            let fault = match access.perform_at(Service::Messaging, &address, &call).await {
                Err(Problem::Unauthorized { fault }) => fault,
                done => return done,
            };
            let renews_app = may_renew_app && is_about_app(&fault);
            let renews_consumer = may_renew_consumer && fault.is_about_consumer();
            if !renews_app && !renews_consumer {
                return Err(Problem::Unauthorized { fault });
            }
            if renews_app {
                may_renew_app = false;
                let rejected = Some(app.generation);
                app = access.app_token(rejected).await.map_err(unsent)?;
                authorize(&mut call, AUTHORIZATION, &app.value.value)?;
            }
            if renews_consumer {
                may_renew_consumer = false;
                let rejected = Some(consumer.generation);
                let renewed = access.consumer_token(ext, rejected, phone);
                consumer = renewed.await.map_err(unsent)?;
                authorize(&mut call, ON_BEHALF, &consumer.value.value)?;
            }
        }
    }
}

/// A call with the address and the tokens it was made with.
type Ready = (Call, Held<Address>, Held<AppToken>, Held<ConsumerToken>);

/// What is said to CONVERSATION or SEND.
pub(super) struct Saying {
    endpoint: Endpoint,
    purpose: String,
    body: Bytes,
    answer: Holds,
    tag: Tag,
}

impl Saying {
    pub(super) fn of(outbound: &Outbound, answer: Holds, mut tag: Tag) -> Self {
        let id = match tag.cause {
            Some(Cause::Request(request)) => request.0,
            Some(Cause::Fetch(_)) | None => 0,
        };
        if tag.conversation.is_none() {
            tag.conversation = outbound.conversation().cloned();
        }
        Self {
            endpoint: Endpoint::Send,
            purpose: outbound.purpose(),
            body: outbound.envelope(&id.to_string()).to_string().into(),
            answer,
            tag,
        }
    }

    /// A request in the tester's own words, named and filed by what can be read of it.
    fn raw(endpoint: Endpoint, body: Bytes, mut tag: Tag) -> Self {
        let read: Value = serde_json::from_slice(&body).unwrap_or_default();
        let kind = read.get("type").and_then(Value::as_str);
        let kind = kind.map(|kind| SafeText::clean(&kind.chars().take(80).collect::<String>()));
        let purpose = match (endpoint, kind) {
            (Endpoint::Conversation, _) => "raw CONVERSATION".to_owned(),
            (Endpoint::Send, Some(kind)) => format!("raw {kind}"),
            (Endpoint::Send, None) => "raw SEND".to_owned(),
        };
        if tag.conversation.is_none() {
            let named = read.pointer("/body/conversationId").and_then(Value::as_str);
            tag.conversation = named.map(ConversationId::from);
        }
        Self {
            endpoint,
            purpose,
            body,
            answer: Holds::Address,
            tag,
        }
    }
}

/// Whether a 401 may be cured by another AppJWT. A bad ConsumerJWS alone is none of its
/// business; every other one, known or unknown, is.
fn is_about_app(fault: &Fault) -> bool {
    fault.code != Some(40103)
}

/// What went wrong before a message left: whatever it was, the message certainly did not arrive.
pub(super) fn unsent(problem: Problem) -> Problem {
    match problem {
        Problem::Uncertain { reason } | Problem::Garbled { reason } => {
            Problem::Unreachable { reason }
        }
        other => other,
    }
}
