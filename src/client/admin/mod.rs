//! What an agent's login may do: look at app installs and change them. See `domains-and-auth` 6
//! and `webhooks` 8.

mod error;
mod installs;
mod session;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use reqwest::{
    Method,
    header::{AUTHORIZATION, HeaderName, HeaderValue},
};
use tokio::sync::Mutex;

pub use self::{error::AdminError, installs::Install};
use crate::{
    client::{
        Client,
        admin::session::Session,
        connector::{
            access::{Access, authorize, headers, own_call},
            cached::Effort,
            domains::Service,
            redact,
            transport::{Call, Good, Holds},
        },
    },
    domain::{retry::Problem, secret::Secret, wire::directory},
};

const IF_MATCH: HeaderName = HeaderName::from_static("if-match");
const OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// The name and the password of an agent who may manage app installs.
#[derive(Debug, Clone)]
pub struct Login {
    /// The login name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// An agent's access to the account's configuration. Clones share the session.
///
/// It logs in when it is first used, keeps its session alive while it is used, and logs in once
/// more when the cloud has forgotten it. At the end there is [`logout`](Self::logout).
#[derive(Clone)]
pub struct Admin {
    access: Arc<Access>,
    login: Login,
    session: Arc<Mutex<Option<Session>>>,
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admin")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// An agent's access to the same account, over the same connections and reported with the
    /// other calls. Of the client's settings, app install and secret do not matter for it.
    pub fn admin(&self, login: Login) -> Admin {
        Admin {
            access: Arc::clone(&self.0),
            login,
            session: Arc::default(),
        }
    }
}

/// A request below the app installs.
struct Ask {
    purpose: &'static str,
    method: Method,
    /// Whose; `None` for all of them.
    id: Option<String>,
    /// What is put, or a manifest.
    body: Bytes,
    /// The revision it is about.
    revision: Option<String>,
    /// Whether it may be repeated at will.
    effort: Effort,
    /// Secrets in the body.
    hidden: Vec<Secret>,
}

impl Admin {
    /// Logs in, to see whether that works; nothing happens when it has before.
    pub async fn check(&self) -> Result<(), AdminError> {
        self.bearer(None).await.map(drop)
    }

    /// Makes a request, and once more with a new session after a 401.
    async fn ask(&self, ask: Ask) -> Result<Good, AdminError> {
        let access = &self.access;
        let address = access.address(Service::Installs).await?;
        let account = access.settings.account.as_str();
        let mut path = vec!["api", "account", account, "configuration", "app-install"];
        path.push("installations");
        path.extend(ask.id.as_deref());
        let mut url = directory::at(&address.value.base, &path);
        url.set_query(Some("v=1.0"));
        let mut call = Call {
            headers: headers("application/json"),
            shown: Some(redact::records(&ask.body)),
            body: ask.body,
            answer: Holds::Records,
            hidden: ask.hidden,
            ..own_call(ask.purpose, ask.method.clone(), url)
        };
        if let Some(revision) = &ask.revision {
            let value = HeaderValue::from_str(revision).map_err(|_| AdminError::NoRevision)?;
            call.headers.insert(IF_MATCH, value);
        }
        if ask.method == Method::PUT {
            call.headers
                .insert(OVERRIDE, HeaderValue::from_static("PUT"));
        }
        let mut rejected = None;
        loop {
            let (bearer, number) = self.bearer(rejected).await?;
            authorize(&mut call, AUTHORIZATION, &bearer)?;
            let answer = access.persist(ask.effort, call.clone()).await;
            access.judge(Service::Installs, &address, answer.as_ref().err());
            match answer {
                Err(Problem::Unauthorized { .. }) if rejected.is_none() => rejected = Some(number),
                answer => return answer.map_err(|problem| self.told(problem, ask.id)),
            }
        }
    }
}

impl Admin {
    /// What an answer about app installs means.
    fn told(&self, problem: Problem, id: Option<String>) -> AdminError {
        let username = self.login.username.clone();
        match (problem, id) {
            (Problem::Unauthorized { fault }, _) => AdminError::Forbidden { username, fault },
            (Problem::Refused { fault }, _) if fault.status == 403 => {
                AdminError::Forbidden { username, fault }
            }
            (Problem::Refused { fault }, Some(id)) if fault.status == 404 => {
                AdminError::Missing { id }
            }
            (Problem::Refused { fault }, _) if fault.status == 412 => AdminError::Changed,
            (problem, _) => AdminError::Cloud(problem),
        }
    }
}

fn garbled(reason: &str) -> AdminError {
    AdminError::Cloud(Problem::garbled(reason))
}
