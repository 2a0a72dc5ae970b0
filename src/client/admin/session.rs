//! The session of an agent's login: bearer, csrf and cookies; refreshed while it is used.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{
    Method,
    header::{COOKIE, HeaderMap, SET_COOKIE},
};
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    client::{
        admin::{Admin, AdminError, garbled},
        connector::{
            access::{headers, own_call},
            cached::Effort,
            domains::Service,
            redact,
            transport::{Call, Good, Holds},
        },
    },
    domain::{
        retry::Problem,
        secret::Secret,
        wire::{
            directory,
            ums::login::{self, Cookies, Misread},
        },
    },
};

/// A session that is used is refreshed this often; the vendor recommends three to five minutes.
const REFRESH: Duration = Duration::from_mins(4);
/// The longest time a logout may take: it is a courtesy.
const LOGOUT: Duration = Duration::from_secs(2);

/// An agent who is logged in.
pub(super) struct Session {
    /// Tells it from those before it.
    number: u64,
    bearer: Secret,
    csrf: Option<Secret>,
    cookies: Cookies,
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
        let body = login::body(&self.login.username, &self.login.password);
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
        let grant = login::read(&good.body, &self.access.settings.account);
        let grant = grant.map_err(|misread| match misread {
            Misread::Refused(fault) => refused(fault),
            Misread::Garbled(why) => garbled(why),
        })?;
        // As it is needed: a word in the header that is reported hidden.
        let bearer = Secret::new(format!("Bearer {}", grant.bearer.reveal()));
        let mut session = Session {
            number,
            bearer,
            csrf: grant.csrf,
            cookies: Cookies::default(),
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
        let body = login::csrf_body(session.csrf.as_ref());
        let mut call = self.login_call(purpose, action, body).await?;
        call.hidden.extend(session.csrf.clone());
        call.hidden.extend(session.cookies.values().cloned());
        if let Some(cookies) = session.cookies.header()
            && let Some(cookies) = redact::header(&cookies)
        {
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
        let mut url = directory::at(&address.value.base, &["api", "account", account, action]);
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
    /// Takes the cookies of an answer.
    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            if let Ok(cookie) = cookie.to_str() {
                self.cookies.set(cookie);
            }
        }
    }
}
