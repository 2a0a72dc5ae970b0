//! The session of an agent's login: bearer, csrf and cookies; refreshed while it is used.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{
    Method,
    header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    api::{
        access::{headers, own_call},
        admin::{Admin, AdminError, garbled},
        cached::Effort,
        domains::{self, Service},
        redact,
        transport::{Call, Good, Holds},
    },
    domain::{retry::Problem, secret::Secret, wire::fault},
};

/// A session that is used is refreshed this often; the vendor recommends three to five minutes.
const REFRESH: Duration = Duration::from_mins(4);
/// Cookies kept of a session; more than that are not.
const MOST_COOKIES: usize = 32;
/// The longest time a logout may take: it is a courtesy.
const LOGOUT: Duration = Duration::from_secs(2);

/// An agent who is logged in.
pub(super) struct Session {
    /// Tells it from those before it.
    number: u64,
    bearer: Secret,
    csrf: Option<Secret>,
    cookies: Vec<(String, Secret)>,
    refreshed: Instant,
}

impl Admin {
    /// The bearer in hand with its session's number, after a login or a refresh if one is due.
    /// The session that was rejected is not used again.
    pub(super) async fn bearer(&self, rejected: Option<u64>) -> Result<(Secret, u64), AdminError> {
        // Held while logging in, so that many who come together log in once.
        let mut held = self.session.lock().await;
        let last = held.as_ref().map_or(0, |session| session.number);
        if rejected.is_some_and(|rejected| rejected == last) {
            *held = None;
        }
        if let Some(session) = held.as_mut()
            && session.refreshed.elapsed() >= REFRESH
            && !self.refresh(session).await
        {
            *held = None;
        }
        if let Some(session) = held.as_ref() {
            return Ok((session.bearer.clone(), session.number));
        }
        let session = held.insert(self.log_in(last + 1).await?);
        Ok((session.bearer.clone(), session.number))
    }

    async fn log_in(&self, number: u64) -> Result<Session, AdminError> {
        let body = json!({
            "username": self.login.username,
            "password": self.login.password.reveal(),
        });
        let mut call = self.login_call("agent login", "login", body).await?;
        call.hidden.push(self.login.password.clone());
        let refused = |fault| AdminError::Login {
            username: self.login.username.clone(),
            fault,
        };
        let good = match self.access.persist(Effort::Persistent, call).await {
            Err(Problem::Unauthorized { fault } | Problem::Refused { fault }) => {
                return Err(refused(fault));
            }
            answer => answer?,
        };
        let answer: Value = serde_json::from_slice(&good.body)
            .map_err(|_| garbled("the answer to the agent login is not JSON"))?;
        // Old versions of this service say 200 to everything.
        if answer.get("error").is_some_and(|error| !error.is_null()) {
            return Err(refused(fault::read(401, &good.body)));
        }
        let word = |name| answer.get(name).and_then(Value::as_str).map(Secret::new);
        let bearer = word("bearer")
            .filter(|bearer| !bearer.reveal().is_empty())
            .ok_or_else(|| garbled("the answer to the agent login has no bearer"))?;
        // As it is needed: a word in the header that is reported hidden.
        let bearer = Secret::new(format!("Bearer {}", bearer.reveal()));
        let mut session = Session {
            number,
            bearer,
            csrf: word("csrf"),
            cookies: Vec::new(),
            refreshed: Instant::now(),
        };
        session.keep_cookies(&good.headers);
        Ok(session)
    }

    /// Keeps the session alive; whether it is. A cloud that cannot be asked just now may know it
    /// still.
    async fn refresh(&self, session: &mut Session) -> bool {
        let done = self.with_session("agent refresh", "refresh", session).await;
        match done {
            Ok(good) => {
                session.keep_cookies(&good.headers);
                session.refreshed = Instant::now();
                true
            }
            Err(AdminError::Cloud(
                Problem::Unauthorized { .. } | Problem::Refused { .. } | Problem::Garbled { .. },
            )) => false,
            Err(_) => true,
        }
    }

    /// Ends the session, if there is one. Whether the cloud hears it does not matter: what it has
    /// forgotten it cannot mix up.
    pub async fn logout(&self) {
        let Some(session) = self.session.lock().await.take() else {
            return;
        };
        let logout = self.with_session("agent logout", "logout", &session);
        // Nobody could do anything about its failing.
        let _ = tokio::time::timeout(LOGOUT, logout).await;
    }

    /// A request of the session's own, once.
    async fn with_session(
        &self,
        purpose: &str,
        action: &str,
        session: &Session,
    ) -> Result<Good, AdminError> {
        let csrf = session.csrf.as_ref().map_or("", Secret::reveal);
        let mut call = self
            .login_call(purpose, action, json!({ "csrf": csrf }))
            .await?;
        call.hidden.extend(session.csrf.clone());
        call.hidden
            .extend(session.cookies.iter().map(|(_, value)| value.clone()));
        if let Some(cookies) = session.cookie_header() {
            call.headers.insert(COOKIE, cookies);
        }
        Ok(self.access.persist(Effort::Once, call).await?)
    }

    async fn login_call(
        &self,
        purpose: &str,
        action: &str,
        body: Value,
    ) -> Result<Call, AdminError> {
        let access = &self.access;
        let address = access.address(Service::Login).await?;
        let account = access.settings.account.as_str();
        let mut url = domains::at(&address.value.base, &["api", "account", account, action]);
        url.set_query(Some("v=1.3"));
        let body: Bytes = body.to_string().into();
        Ok(Call {
            headers: headers("application/json"),
            shown: Some(redact::logins(&body)),
            body,
            answer: Holds::Login,
            ..own_call(purpose, Method::POST, url)
        })
    }
}

impl Session {
    /// Takes the cookies of an answer. They go to the one service that gave them, so their
    /// attributes do not matter.
    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            let Ok(cookie) = cookie.to_str() else {
                continue;
            };
            let pair = cookie.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim());
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() && self.cookies.len() < MOST_COOKIES {
                self.cookies.push((name.to_owned(), Secret::new(value)));
            }
        }
    }

    fn cookie_header(&self) -> Option<HeaderValue> {
        if self.cookies.is_empty() {
            return None;
        }
        let pairs = self.cookies.iter();
        let pairs = pairs.map(|(name, value)| format!("{name}={}", value.reveal()));
        redact::header(&Secret::new(pairs.collect::<Vec<_>>().join("; ")))
    }
}
