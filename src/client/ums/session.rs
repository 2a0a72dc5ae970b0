//! An agent's session: logging in, staying logged in, logging out, and what the account says of
//! its skills and users.

use reqwest::header::{HeaderMap, SET_COOKIE};
use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use crate::{
    client::ums::{
        House, Me, Outage, Settings,
        http::{Call, Good, Http},
        places::{CONFIGURATION, LOGIN, Places},
    },
    domain::{
        ids::AccountId,
        retry::Problem,
        secret::Secret,
        text::SafeText,
        wire::{
            directory,
            fault::Fault as Refusal,
            ums::{
                house,
                login::{self, Cookies, Misread},
            },
        },
    },
};

/// An agent who is logged in.
#[derive(Debug, Clone)]
pub(super) struct Session {
    account: AccountId,
    /// Where this session came from, and where it is refreshed.
    service: Url,
    pub(super) bearer: Secret,
    pub(super) me: Me,
    csrf: Option<Secret>,
    cookies: Cookies,
}

/// How a refresh went.
#[derive(Debug)]
pub(super) enum Refreshed {
    /// The session lives, with these cookies.
    Alive(Box<Session>),
    /// The cloud does not know it any more.
    Over,
    /// Nobody could say; the cloud may know it still.
    Unknown,
}

impl Session {
    pub(super) async fn open(
        settings: &Settings,
        http: &Http,
        places: &mut Places,
    ) -> Result<Self, Outage> {
        let place = places.of(http, LOGIN).await;
        let service =
            place.map_err(|problem| fault(settings, "look up the login service", &problem))?;
        let body = login::body(&settings.username, &settings.password);
        let call = Call::post(address(&service, &settings.account, "login"), body);
        let good = http.perform(call).await;
        let good = good.map_err(|problem| match problem {
            Problem::Unauthorized { fault } | Problem::Refused { fault } => {
                refused(settings, &fault)
            }
            problem => fault(settings, "log in", &problem),
        })?;
        let grant = match login::read(&good.body, &settings.account) {
            Ok(grant) => grant,
            Err(Misread::Refused(fault)) => return Err(refused(settings, &fault)),
            Err(Misread::Garbled(why)) => return Err(odd(settings, why)),
        };
        let Some(full) = grant.full else {
            let why = "the answer to the agent login does not say who logged in";
            return Err(odd(settings, why));
        };
        if !is_path_safe(grant.bearer.reveal()) {
            return Err(odd(settings, "the bearer cannot stand in an address"));
        }
        let mut session = Self {
            account: settings.account.clone(),
            service,
            bearer: grant.bearer,
            me: Me {
                pid: grant.pid.unwrap_or_else(|| full.clone()),
                full,
            },
            csrf: grant.csrf,
            cookies: Cookies::default(),
        };
        session.keep_cookies(&good.headers);
        Ok(session)
    }

    /// Keeps the session alive.
    pub(super) async fn refresh(mut self, http: Http) -> Refreshed {
        match self.ask("refresh", &http).await {
            Ok(good) => {
                self.keep_cookies(&good.headers);
                Refreshed::Alive(Box::new(self))
            }
            Err(Problem::Unauthorized { .. } | Problem::Refused { .. }) => Refreshed::Over,
            Err(problem) => {
                tracing::warn!(%problem, "the agent's login could not be refreshed");
                Refreshed::Unknown
            }
        }
    }

    /// Ends the session. Whether the cloud hears it does not matter: what it has forgotten it
    /// cannot mix up.
    pub(super) async fn close(self, http: &Http, within: std::time::Duration) {
        if !matches!(timeout(within, self.ask("logout", http)).await, Ok(Ok(_))) {
            tracing::debug!("the agent's logout was not heard");
        }
    }

    async fn ask(&self, action: &str, http: &Http) -> Result<Good, Problem> {
        let body = login::csrf_body(self.csrf.as_ref());
        let call = Call {
            cookies: self.cookies.header(),
            ..Call::post(address(&self.service, &self.account, action), body)
        };
        http.perform(call).await
    }

    /// Skills and users; empty where this login may not see them.
    pub(super) async fn house(self, http: Http, mut places: Places) -> House {
        let Ok(service) = places.of(&http, CONFIGURATION).await else {
            return House::default();
        };
        let list = async |what: &str| {
            let mut path = vec!["api", "account", self.account.as_str()];
            path.extend(["configuration", "le-users", what]);
            let mut url = directory::at(&service, &path);
            url.set_query(Some("v=2.0"));
            let call = Call {
                bearer: Some(self.bearer.clone()),
                ..Call::get(url)
            };
            match http.perform(call).await {
                Ok(good) => serde_json::from_slice(&good.body).unwrap_or(Value::Null),
                Err(problem) => {
                    tracing::info!(%problem, what, "the account does not show its configuration");
                    Value::Null
                }
            }
        };
        House {
            skills: house::skills(&list("skills").await),
            users: house::users(&list("users").await),
        }
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            if let Ok(cookie) = cookie.to_str() {
                self.cookies.set(cookie);
            }
        }
    }
}

fn address(service: &Url, account: &AccountId, action: &str) -> Url {
    let mut url = directory::at(service, &["api", "account", account.as_str(), action]);
    url.set_query(Some("v=1.3"));
    url
}

/// The bearer stands in the socket's path.
fn is_path_safe(bearer: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%".contains(c);
    !bearer.is_empty() && bearer.chars().all(is_safe)
}

fn refused(settings: &Settings, said: &Refusal) -> Outage {
    Outage::lasting(
        format!(
            "cannot log in as {} at account {}: {said}",
            SafeText::clean(&settings.username),
            settings.account
        ),
        "check user name, password and account",
    )
}

fn odd(settings: &Settings, why: &str) -> Outage {
    Outage::passing(
        format!("cannot log in by way of {}: {why}", settings.csds),
        "check the address",
    )
}

fn fault(settings: &Settings, tried: &str, problem: &Problem) -> Outage {
    let (hint, lasting) = match problem {
        Problem::Refused { .. } => ("check the account id and the address", true),
        _ => ("check the network and the address", false),
    };
    Outage {
        what: format!("cannot {tried} by way of {}: {problem}", settings.csds),
        hint: hint.to_owned(),
        lasting,
    }
}
