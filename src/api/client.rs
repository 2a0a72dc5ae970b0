//! The client itself: which call needs which address and which tokens, and
//! what happens after a 401.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT},
};
use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use url::{Url, form_urlencoded};

use crate::{
    api::{
        cached::{Cached, Effort, Held},
        domains::{self, Address, Directory, Service},
        error::Error,
        redact,
        tokens::{self, AppToken, ConsumerToken},
        transport::{Call, Limits, Reach, Transport},
    },
    domain::{
        exchange::Exchange,
        ids::{AccountId, ClientId, ConversationId, ExtConsumerId, ParticipantId, RequestId},
        retry::{self, Problem},
        secret::Secret,
        text::SafeText,
        time::Timestamp,
        wire::{
            answer::{Answer, read_open_answer, read_send_answer},
            fault::Fault,
            opening::Opening,
            outbound::Outbound,
            properties::ClientProperties,
        },
    },
    rt::clock,
};

const ON_BEHALF: HeaderName = HeaderName::from_static("x-lp-on-behalf");
const CLIENT_PROPERTIES: HeaderName = HeaderName::from_static("client-properties");

/// How many consumers' tokens are kept; past that all are dropped and fetched again as needed.
const MOST_CONSUMERS: usize = 1024;

/// Everything a client must know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where domains are looked up, for example `https://api.liveperson.net`. Plain http is
    /// taken on this machine alone, and then the services must be on it too.
    pub csds: Url,
    /// The account.
    pub account: AccountId,
    /// The app install.
    pub client: ClientId,
    /// The app install's secret.
    pub secret: Secret,
    /// What goes into the `Client-Properties` header.
    pub properties: ClientProperties,
    /// The longest wait for a connection.
    pub connect_timeout: Duration,
    /// The longest a request may take, connection and answer included.
    pub timeout: Duration,
    /// How long a call for an address or a token goes on trying.
    pub patience: Duration,
    /// How long an address is kept at least, even when nothing answers there.
    pub keep_domains: Duration,
}

impl Settings {
    /// Settings with the usual times.
    pub fn new(csds: Url, account: AccountId, client: ClientId, secret: Secret) -> Self {
        Self {
            csds,
            account,
            client,
            secret,
            properties: ClientProperties::default(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            patience: Duration::from_secs(20),
            keep_domains: Duration::from_mins(1),
        }
    }
}

/// What a call belongs to; it is repeated in its exchanges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The conversation's request.
    pub request: Option<RequestId>,
    /// The conversation.
    pub conversation: Option<ConversationId>,
    /// 1 for the first try.
    pub attempt: u32,
}

impl Default for Tag {
    fn default() -> Self {
        Self {
            request: None,
            conversation: None,
            attempt: 1,
        }
    }
}

/// A connector's side of the Send API. Clones share connections, addresses and tokens.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    settings: Settings,
    reach: Reach,
    transport: Transport,
    directory: Directory,
    app: Cached<AppToken>,
    until: watch::Sender<Option<Timestamp>>,
    consumers: Mutex<HashMap<ExtConsumerId, Cached<ConsumerToken>>>,
}

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
        let reach = domains::reach(&settings.csds)?;
        let limits = Limits {
            connect: settings.connect_timeout,
            total: settings.timeout,
        };
        let transport = Transport::new(reach, limits, settings.secret.clone(), exchanges)
            .map_err(Error::Https)?;
        Ok(Self(Arc::new(Inner {
            settings,
            reach,
            transport,
            directory: Directory::default(),
            app: Cached::default(),
            until: watch::Sender::new(None),
            consumers: Mutex::default(),
        })))
    }

    /// Finds the services and gets an AppJWT, to know at the start whether the settings are
    /// right; tells when that token expires. Not needed before other calls.
    pub async fn sign_in(&self) -> Result<Timestamp, Error> {
        let signed_in = async {
            self.0.address(Service::Messaging).await?;
            self.0.app_token(None).await
        };
        match signed_in.await {
            Ok(token) => Ok(token.value.until),
            Err(problem) => Err(Error::SignIn {
                host: self.0.settings.csds.authority().to_owned(),
                problem,
            }),
        }
    }

    /// The consumer's name in the cloud, which is also the author of its own messages in webhooks.
    pub async fn consumer(&self, ext: &ExtConsumerId) -> Result<ParticipantId, Problem> {
        let token = self.0.consumer_token(ext, None).await?;
        token.value.participant.ok_or_else(|| Problem::Garbled {
            reason: SafeText::from("the ConsumerJWS names no lp_consumer_id"),
        })
    }

    /// When the AppJWT in hand expires, by our clock; `None` before there is one.
    pub fn token_until(&self) -> watch::Receiver<Option<Timestamp>> {
        self.0.until.subscribe()
    }

    /// Opens a conversation. Repeating it opens another.
    pub async fn open(
        &self,
        ext: &ExtConsumerId,
        opening: &Opening,
        tag: Tag,
    ) -> Result<ConversationId, Problem> {
        let body = opening.envelope();
        let answer = self.0.say(ext, &[], "CONVERSATION".to_owned(), &body, tag);
        Ok(read_open_answer(&answer.await?)?)
    }

    /// Says something in a conversation. Repeating it says it twice.
    pub async fn send(
        &self,
        ext: &ExtConsumerId,
        outbound: &Outbound,
        mut tag: Tag,
    ) -> Result<Answer, Problem> {
        let id = tag.request.map_or(0, |request| request.0);
        let body = outbound.envelope(&id.to_string());
        if tag.conversation.is_none() {
            tag.conversation = outbound.conversation().cloned();
        }
        let answer = self.0.say(ext, &["send"], outbound.purpose(), &body, tag);
        Ok(read_send_answer(&answer.await?)?)
    }
}

impl Inner {
    /// CONVERSATION or SEND: once, and once more after a 401 for either token that had to be
    /// renewed. A token is renewed once in a call, so this ends.
    async fn say(
        self: &Arc<Self>,
        ext: &ExtConsumerId,
        below: &[&str],
        purpose: String,
        body: &Value,
        tag: Tag,
    ) -> Result<Bytes, Problem> {
        let address = self.address(Service::Messaging).await.map_err(unsent)?;
        let mut app = self.app_token(None).await.map_err(unsent)?;
        let mut consumer = self.consumer_token(ext, None).await.map_err(unsent)?;
        let mut path = vec!["api", "account", self.settings.account.as_str()];
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
        if let Ok(properties) = HeaderValue::from_str(&self.settings.properties.header()) {
            call.headers.insert(CLIENT_PROPERTIES, properties);
        }
        authorize(&mut call, AUTHORIZATION, &app.value.value)?;
        authorize(&mut call, ON_BEHALF, &consumer.value.value)?;

        let (mut may_renew_app, mut may_renew_consumer) = (true, true);
        loop {
            let fault = match self.perform_at(Service::Messaging, &address, &call).await {
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
                app = self.app_token(rejected).await.map_err(unsent)?;
                authorize(&mut call, AUTHORIZATION, &app.value.value)?;
            }
            if renews_consumer {
                may_renew_consumer = false;
                let rejected = Some(consumer.generation);
                consumer = self.consumer_token(ext, rejected).await.map_err(unsent)?;
                authorize(&mut call, ON_BEHALF, &consumer.value.value)?;
            }
        }
    }

    /// A request to a service; no connection there makes its address doubtful.
    async fn perform_at(
        &self,
        service: Service,
        address: &Held<Address>,
        call: &Call,
    ) -> Result<Bytes, Problem> {
        let done = self.transport.perform(call).await;
        if let Err(Problem::Unreachable { .. }) = done {
            self.directory.of(service).doubt(address.generation);
        }
        done
    }

    /// Makes a request that may be repeated at will, until it succeeds, is refused, or the
    /// settings' patience is over.
    async fn persist(&self, effort: Effort, mut call: Call) -> Result<Bytes, Problem> {
        let began = Instant::now();
        loop {
            let problem = match self.transport.perform(&call).await {
                Ok(body) => return Ok(body),
                Err(problem) => problem,
            };
            // Whether it arrived does not matter here.
            let repeatable = match &problem {
                Problem::Uncertain { reason } => Problem::Unreachable {
                    reason: reason.clone(),
                },
                other => other.clone(),
            };
            match retry::after(&repeatable, call.tag.attempt) {
                Some(wait)
                    if effort == Effort::Persistent
                        && began.elapsed() + wait <= self.settings.patience =>
                {
                    tokio::time::sleep(wait).await;
                    call.tag.attempt += 1;
                }
                _ => return Err(problem),
            }
        }
    }

    async fn address(self: &Arc<Self>, service: Service) -> Result<Held<Address>, Problem> {
        let keep = self.settings.keep_domains;
        self.directory
            .of(service)
            .get(
                |address| domains::worth(address, keep),
                |effort| Arc::clone(self).look_up(service, effort),
            )
            .await
    }

    async fn look_up(
        self: Arc<Self>,
        service: Service,
        effort: Effort,
    ) -> Result<Address, Problem> {
        let settings = &self.settings;
        let ask = |service| {
            let url = domains::lookup(&settings.csds, &settings.account, service);
            self.persist(effort, own_call("domains", Method::GET, url))
        };
        let body = match ask(Some(service)).await {
            Err(Problem::Refused { fault }) if fault.status == 404 => ask(None).await?,
            answer => answer?,
        };
        Ok(Address {
            base: domains::read(&body, service, self.reach)?,
            learned: Instant::now(),
        })
    }

    async fn app_token(self: &Arc<Self>, rejected: Option<u64>) -> Result<Held<AppToken>, Problem> {
        self.app
            .get(
                |token| tokens::worth(token, rejected, now()),
                |effort| Arc::clone(self).fetch_app_token(effort),
            )
            .await
    }

    async fn fetch_app_token(self: Arc<Self>, effort: Effort) -> Result<AppToken, Problem> {
        let settings = &self.settings;
        let address = self.address(Service::Sentinel).await?;
        let mut path = vec!["sentinel", "api", "account", settings.account.as_str()];
        path.extend(["app", "token"]);
        let mut url = domains::at(&address.value.base, &path);
        url.set_query(Some("v=1.0&grant_type=client_credentials"));
        let form = |secret: &str| {
            form_urlencoded::Serializer::new(String::new())
                .append_pair("client_id", settings.client.as_str())
                .append_pair("client_secret", secret)
                .finish()
        };
        let hidden = form("").into_bytes();
        let call = Call {
            headers: headers("application/x-www-form-urlencoded"),
            body: form(settings.secret.reveal()).into(),
            shown: Some([&hidden, redact::HIDDEN.as_bytes()].concat().into()),
            answers_token: true,
            ..own_call("AppJWT", Method::POST, url)
        };
        let answer = self.persist(effort, call).await;
        if let Err(Problem::Unreachable { .. }) = answer {
            let sentinel = self.directory.of(Service::Sentinel);
            sentinel.doubt(address.generation);
        }
        let token = AppToken::read(&answer?, now())?;
        self.until.send_replace(Some(token.until));
        Ok(token)
    }

    async fn consumer_token(
        self: &Arc<Self>,
        ext: &ExtConsumerId,
        rejected: Option<u64>,
    ) -> Result<Held<ConsumerToken>, Problem> {
        let cached = {
            let mut consumers = self.consumers();
            if consumers.len() >= MOST_CONSUMERS && !consumers.contains_key(ext) {
                consumers.clear();
            }
            consumers.entry(ext.clone()).or_default().clone()
        };
        cached
            .get(
                |token| tokens::consumer_worth(token, rejected),
                |effort| Arc::clone(self).fetch_consumer_token(ext.clone(), effort),
            )
            .await
    }

    async fn fetch_consumer_token(
        self: Arc<Self>,
        ext: ExtConsumerId,
        effort: Effort,
    ) -> Result<ConsumerToken, Problem> {
        let address = self.address(Service::Idp).await?;
        let app = self.app_token(None).await?;
        let account = self.settings.account.as_str();
        let mut url = domains::at(
            &address.value.base,
            &["api", "account", account, "consumer"],
        );
        url.set_query(Some("v=1.0"));
        let mut call = Call {
            headers: headers("application/json"),
            body: json!({ "ext_consumer_id": ext }).to_string().into(),
            answers_token: true,
            ..own_call("ConsumerJWS", Method::POST, url)
        };
        authorize(&mut call, AUTHORIZATION, &app.value.value)?;
        let mut answer = self.persist(effort, call.clone()).await;
        if let Err(Problem::Unauthorized { .. }) = answer {
            let app = self.app_token(Some(app.generation)).await?;
            authorize(&mut call, AUTHORIZATION, &app.value.value)?;
            answer = self.persist(effort, call).await;
        }
        if let Err(Problem::Unreachable { .. }) = answer {
            self.directory.of(Service::Idp).doubt(address.generation);
        }
        ConsumerToken::read(&answer?)
    }

    fn consumers(&self) -> MutexGuard<'_, HashMap<ExtConsumerId, Cached<ConsumerToken>>> {
        // A map cannot be left half changed by a panic elsewhere.
        self.consumers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn now() -> Timestamp {
    Timestamp(clock::unix_millis())
}

/// A call of the client's own, which belongs to no conversation.
fn own_call(purpose: &str, method: Method, url: Url) -> Call {
    Call {
        purpose: purpose.to_owned(),
        method,
        url,
        headers: common_headers(),
        body: Bytes::new(),
        shown: None,
        answers_token: false,
        tag: Tag::default(),
    }
}

fn common_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    let agent = concat!("handset/", env!("CARGO_PKG_VERSION"));
    headers.insert(USER_AGENT, HeaderValue::from_static(agent));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers
}

fn headers(content_type: &'static str) -> HeaderMap {
    let mut headers = common_headers();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers
}

fn authorize(call: &mut Call, name: HeaderName, token: &Secret) -> Result<(), Problem> {
    let value = redact::header(token).ok_or_else(|| Problem::Unreachable {
        reason: SafeText::from("the token cannot stand in a header"),
    })?;
    call.headers.insert(name, value);
    Ok(())
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
