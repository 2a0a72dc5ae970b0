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
    api::{
        access::{Access, authorize, headers},
        domains::{self, Service},
        error::Error,
        settings::{Caller, Settings, Tag},
        transport::Call,
    },
    domain::{
        exchange::Exchange,
        ids::{ConversationId, ExtConsumerId, ParticipantId},
        retry::Problem,
        text::SafeText,
        time::Timestamp,
        wire::{
            answer::{Answer, read_open_answer, read_send_answer},
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
pub struct Client(Arc<Access>);

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
    pub async fn consumer(&self, ext: &ExtConsumerId) -> Result<ParticipantId, Problem> {
        let token = self.0.consumer_token(ext, None).await.map_err(unsent)?;
        token.value.participant.ok_or_else(|| Problem::Refused {
            fault: Fault {
                status: 0,
                code: None,
                title: SafeText::from("the ConsumerJWS names no lp_consumer_id"),
                details: SafeText::default(),
            },
        })
    }

    /// When the AppJWT in hand expires, by our clock; `None` before there is one.
    pub fn token_until(&self) -> watch::Receiver<Option<Timestamp>> {
        self.0.until.subscribe()
    }

    /// Opens a conversation. Repeating it opens another.
    pub async fn open(
        &self,
        caller: &Caller,
        opening: &Opening,
        tag: Tag,
    ) -> Result<ConversationId, Problem> {
        let body = opening.envelope(&self.0.settings.account);
        let answer = self.say(caller, &[], "CONVERSATION".to_owned(), &body, tag);
        Ok(read_open_answer(&answer.await?)?)
    }

    /// Says something in a conversation. Repeating it says it twice.
    pub async fn send(
        &self,
        caller: &Caller,
        outbound: &Outbound,
        mut tag: Tag,
    ) -> Result<Answer, Problem> {
        let id = tag.request.map_or(0, |request| request.0);
        let body = outbound.envelope(&id.to_string());
        if tag.conversation.is_none() {
            tag.conversation = outbound.conversation().cloned();
        }
        let answer = self.say(caller, &["send"], outbound.purpose(), &body, tag);
        Ok(read_send_answer(&answer.await?)?)
    }

    /// CONVERSATION or SEND: once, and once more after a 401 for either token that had to be
    /// renewed. A token is renewed once in a call, so this ends.
    async fn say(
        &self,
        caller: &Caller,
        below: &[&str],
        purpose: String,
        body: &Value,
        tag: Tag,
    ) -> Result<Bytes, Problem> {
        let access = &self.0;
        let ext = &caller.consumer;
        let address = access.address(Service::Messaging).await.map_err(unsent)?;
        let mut app = access.app_token(None).await.map_err(unsent)?;
        let mut consumer = access.consumer_token(ext, None).await.map_err(unsent)?;
        let mut path = vec!["api", "account", access.settings.account.as_str()];
        path.extend(["messaging", "consumer", "conversation"]);
        path.extend(below);
        let mut call = Call {
            purpose,
            method: Method::POST,
            url: domains::at(&address.value.base, &path),
            headers: headers("application/json"),
            body: body.to_string().into(),
            shown: None,
            answers_token: false,
            tag,
        };
        call.url.set_query(Some("v=3"));
        if let Ok(properties) = HeaderValue::from_str(&caller.properties.header()) {
            call.headers.insert(CLIENT_PROPERTIES, properties);
        }
        authorize(&mut call, AUTHORIZATION, &app.value.value)?;
        authorize(&mut call, ON_BEHALF, &consumer.value.value)?;

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
                consumer = access.consumer_token(ext, rejected).await.map_err(unsent)?;
                authorize(&mut call, ON_BEHALF, &consumer.value.value)?;
            }
        }
    }
}

/// Whether a 401 may be cured by another AppJWT. A bad ConsumerJWS alone is none of its
/// business; every other one, known or unknown, is.
fn is_about_app(fault: &Fault) -> bool {
    fault.code != Some(40103)
}

/// What went wrong before a message left: whatever it was, the message certainly did not arrive.
fn unsent(problem: Problem) -> Problem {
    match problem {
        Problem::Uncertain { reason } | Problem::Garbled { reason } => {
            Problem::Unreachable { reason }
        }
        other => other,
    }
}
