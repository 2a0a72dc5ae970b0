//! What an agent's login gives, and the cookies that go with it. See `domains-and-auth` 6.

use serde_json::{Value, json};

use crate::domain::{
    ids::{AccountId, ParticipantId},
    secret::Secret,
    wire::{
        fault::{self, Fault},
        lenient::word,
    },
};

/// Cookies kept of a session; more than that are not.
const MOST_COOKIES: usize = 32;

/// The body of a login by password. It holds the password.
pub fn body(username: &str, password: &Secret) -> Value {
    json!({ "username": username, "password": password.reveal() })
}

/// The body of a refresh or a logout.
pub fn csrf_body(csrf: Option<&Secret>) -> Value {
    json!({ "csrf": csrf.map_or("", Secret::reveal) })
}

/// What a login gives.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Opens the socket, and goes with REST calls.
    pub bearer: Secret,
    /// Goes with refresh and logout.
    pub csrf: Option<Secret>,
    /// The agent by full id, `{account}.{userId}`; `None` when the login does not say.
    pub full: Option<ParticipantId>,
    /// The agent by PID.
    pub pid: Option<ParticipantId>,
}

/// Why a login brought nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misread {
    /// The service refused it, though its status said otherwise: old versions say 200 to
    /// everything.
    Refused(Fault),
    /// It makes no sense; in words why.
    Garbled(&'static str),
}

/// Reads the answer of a login.
pub fn read(body: &[u8], account: &AccountId) -> Result<Grant, Misread> {
    let answer: Value = serde_json::from_slice(body)
        .map_err(|_| Misread::Garbled("the answer to the agent login is not JSON"))?;
    if answer.get("error").is_some_and(|error| !error.is_null()) {
        return Err(Misread::Refused(fault::read(401, body)));
    }
    let secret = |name| word(&answer, name).map(Secret::new);
    let bearer = secret("bearer").ok_or(Misread::Garbled(
        "the answer to the agent login has no bearer",
    ))?;
    let config = answer.get("config");
    let user = config.and_then(|config| word(config, "userId"));
    Ok(Grant {
        bearer,
        csrf: secret("csrf"),
        full: user.map(|user| format!("{account}.{user}").into()),
        pid: config
            .and_then(|config| word(config, "userPid"))
            .map(ParticipantId::from),
    })
}

/// The cookies of a session. They go to the one service that gave them, so their attributes do
/// not matter.
#[derive(Debug, Clone, Default)]
pub struct Cookies(Vec<(String, Secret)>);

impl Cookies {
    /// Takes one `Set-Cookie` header; an empty value takes the cookie away.
    pub fn set(&mut self, header: &str) {
        let pair = header.split(';').next().unwrap_or_default();
        let Some((name, value)) = pair.split_once('=') else {
            return;
        };
        let (name, value) = (name.trim(), value.trim());
        self.0.retain(|(known, _)| known != name);
        if !value.is_empty() && self.0.len() < MOST_COOKIES {
            self.0.push((name.to_owned(), Secret::new(value)));
        }
    }

    /// What stands in the `Cookie` header; `None` without any.
    pub fn header(&self) -> Option<Secret> {
        let pairs = self.0.iter();
        let pairs = pairs.map(|(name, value)| format!("{name}={}", value.reveal()));
        let all = pairs.collect::<Vec<_>>().join("; ");
        (!all.is_empty()).then(|| Secret::new(all))
    }

    /// Their values, which are secrets.
    pub fn values(&self) -> impl Iterator<Item = &Secret> {
        self.0.iter().map(|(_, value)| value)
    }
}
