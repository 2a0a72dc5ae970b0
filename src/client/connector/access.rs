//! What a call needs before it can go out: the service's address, an AppJWT, a
//! ConsumerJWS. Each is fetched when it is first needed, shared by everybody,
//! and tried for again within the call, for fetching it twice does no harm.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT},
};
use serde_json::json;
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use url::{Url, form_urlencoded};

use crate::{
    client::connector::{
        cached::{Cached, Effort, Held},
        domains::{self, Address, Directory, Service},
        error::Error,
        redact,
        settings::{Settings, Tag},
        tokens::{self, AppToken, ConsumerToken, KnownToken},
        transport::{Call, Good, Holds, Limits, Transport},
    },
    domain::{
        exchange::Exchange,
        ids::{ExtConsumerId, PhoneId},
        retry::{self, Problem},
        secret::Secret,
        time::Timestamp,
        wire::directory,
    },
    rt::{clock, web::Reach},
};

/// How many consumers' tokens are kept; past that all are dropped and fetched again as needed.
const MOST_CONSUMERS: usize = 65_536;

/// Addresses and tokens, and the transport they are fetched by.
pub(in crate::client) struct Access {
    pub(in crate::client) settings: Settings,
    reach: Reach,
    pub(in crate::client) transport: Transport,
    directory: Directory,
    app: Cached<AppToken>,
    pub(in crate::client) until: watch::Sender<Option<Timestamp>>,
    pub(in crate::client) shown: watch::Sender<Vec<KnownToken>>,
    consumers: Mutex<HashMap<ExtConsumerId, Cached<ConsumerToken>>>,
}

impl Access {
    pub(in crate::client) fn new(
        settings: Settings,
        exchanges: mpsc::Sender<Exchange>,
    ) -> Result<Self, Error> {
        let reach = domains::reach(&settings.csds)?;
        let limits = Limits {
            connect: settings.connect_timeout,
            total: settings.timeout,
        };
        let transport = Transport::new(
            reach,
            limits,
            &settings.trust,
            settings.secret.clone(),
            exchanges,
            (settings.clock.clone(), settings.reports_in_full),
        )
        .map_err(Error::Https)?;
        Ok(Self {
            settings,
            reach,
            transport,
            directory: Directory::default(),
            app: Cached::default(),
            until: watch::Sender::new(None),
            shown: watch::Sender::default(),
            consumers: Mutex::default(),
        })
    }

    /// A request to a service; no connection there makes its address doubtful.
    pub(in crate::client) async fn perform_at(
        &self,
        service: Service,
        address: &Held<Address>,
        call: &Call,
    ) -> Result<Bytes, Problem> {
        let done = self.transport.perform(call).await;
        self.judge(service, address, done.as_ref().err());
        Ok(done?.body)
    }

    /// No connection makes an address doubtful.
    pub(in crate::client) fn judge(
        &self,
        service: Service,
        address: &Held<Address>,
        problem: Option<&Problem>,
    ) {
        if let Some(Problem::Unreachable { .. }) = problem {
            self.directory.of(service).doubt(address.generation);
        }
    }

    /// Makes a request that may be repeated at will, until it succeeds, is refused, or the
    /// settings' patience is over.
    pub(in crate::client) async fn persist(
        &self,
        effort: Effort,
        mut call: Call,
    ) -> Result<Good, Problem> {
        let began = Instant::now();
        loop {
            let problem = match self.transport.perform(&call).await {
                Ok(good) => return Ok(good),
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

    pub(in crate::client) async fn address(
        self: &Arc<Self>,
        service: Service,
    ) -> Result<Held<Address>, Problem> {
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
        let ask = |service: Option<Service>| {
            let url = directory::lookup(
                &settings.csds,
                &settings.account,
                service.map(Service::name),
            );
            self.persist(effort, own_call("domains", Method::GET, url))
        };
        let answer = match ask(Some(service)).await {
            Err(Problem::Refused { fault }) if fault.status == 404 => ask(None).await?,
            answer => answer?,
        };
        Ok(Address {
            base: domains::read(&answer.body, service.name(), self.reach)?,
            learned: Instant::now(),
        })
    }

    pub(in crate::client) async fn app_token(
        self: &Arc<Self>,
        rejected: Option<u64>,
    ) -> Result<Held<AppToken>, Problem> {
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
        let mut url = directory::at(&address.value.base, &path);
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
            answer: Holds::Token,
            ..own_call("AppJWT", Method::POST, url)
        };
        let answer = self.persist(effort, call).await;
        self.judge(Service::Sentinel, &address, answer.as_ref().err());
        let token = AppToken::read(&answer?.body, now())?;
        self.until.send_replace(Some(token.until));
        self.show(KnownToken::app(&token));
        Ok(token)
    }

    pub(in crate::client) async fn consumer_token(
        self: &Arc<Self>,
        ext: &ExtConsumerId,
        rejected: Option<u64>,
        phone: Option<PhoneId>,
    ) -> Result<Held<ConsumerToken>, Problem> {
        let cached = {
            let mut consumers = self.consumers();
            if consumers.len() >= MOST_CONSUMERS && !consumers.contains_key(ext) {
                consumers.clear();
                self.shown
                    .send_modify(|shown| shown.retain(|one| one.consumer.is_none()));
            }
            consumers.entry(ext.clone()).or_default().clone()
        };
        cached
            .get(
                |token| tokens::consumer_worth(token, rejected),
                |effort| Arc::clone(self).fetch_consumer_token(ext.clone(), phone, effort),
            )
            .await
    }

    async fn fetch_consumer_token(
        self: Arc<Self>,
        ext: ExtConsumerId,
        phone: Option<PhoneId>,
        effort: Effort,
    ) -> Result<ConsumerToken, Problem> {
        let address = self.address(Service::Idp).await?;
        let app = self.app_token(None).await?;
        let account = self.settings.account.as_str();
        let mut url = directory::at(
            &address.value.base,
            &["api", "account", account, "consumer"],
        );
        url.set_query(Some("v=1.0"));
        let mut call = Call {
            headers: headers("application/json"),
            body: json!({ "ext_consumer_id": ext }).to_string().into(),
            answer: Holds::Token,
            ..own_call("ConsumerJWS", Method::POST, url)
        };
        call.tag.phone = phone;
        authorize(&mut call, AUTHORIZATION, &app.value.value)?;
        let mut answer = self.persist(effort, call.clone()).await;
        if let Err(Problem::Unauthorized { .. }) = answer {
            let app = self.app_token(Some(app.generation)).await?;
            authorize(&mut call, AUTHORIZATION, &app.value.value)?;
            answer = self.persist(effort, call).await;
        }
        self.judge(Service::Idp, &address, answer.as_ref().err());
        let token = ConsumerToken::read(&answer?.body)?;
        self.show(KnownToken::consumer(ext, &token));
        Ok(token)
    }

    pub(super) fn forget(&self, ext: &ExtConsumerId) {
        self.consumers().remove(ext);
        self.shown
            .send_modify(|shown| shown.retain(|one| one.consumer.as_ref() != Some(ext)));
    }

    /// A token came; it takes the place of the one before.
    fn show(&self, token: KnownToken) {
        self.shown.send_modify(|shown| {
            shown.retain(|one| one.consumer != token.consumer);
            shown.push(token);
        });
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
pub(in crate::client) fn own_call(purpose: &str, method: Method, url: Url) -> Call {
    Call {
        purpose: purpose.to_owned(),
        method,
        url,
        headers: common_headers(),
        body: Bytes::new(),
        shown: None,
        shown_url: None,
        answer: Holds::Nothing,
        hidden: Vec::new(),
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

pub(in crate::client) fn headers(content_type: &'static str) -> HeaderMap {
    let mut headers = common_headers();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers
}

pub(in crate::client) fn authorize(
    call: &mut Call,
    name: HeaderName,
    token: &Secret,
) -> Result<(), Problem> {
    let value = redact::header(token)
        .ok_or_else(|| Problem::unreachable("the token cannot stand in a header"))?;
    call.headers.insert(name, value);
    Ok(())
}
