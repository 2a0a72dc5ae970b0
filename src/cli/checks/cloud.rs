//! The cloud: its clock, its domains, its tokens.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use url::Url;

use crate::{
    cli::checks::finding::Finding,
    client::{self, Admin, AdminError, Client, Located, Login, Needs, Tag},
    config::profile::{Profile, Source},
    domain::{
        exchange::{Exchange, Outcome},
        ids::{AccountId, ClientId, ExtConsumerId},
        retry::Problem,
        secret::Secret,
        time::Timestamp,
    },
    rt::{shutdown::Shutdown, tls::Trust},
};

const CLOCK: &str = "clock";
const DOMAINS: &str = "domains";
const TOKENS: &str = "tokens";
pub(in crate::cli) const LOGIN: &str = "login";

/// A clock that is further off than this, in milliseconds, makes tokens invalid too early or
/// too late.
const OFF: i64 = 30_000;
/// Exchanges that wait to be looked at. When it is full a request waits.
const EXCHANGES: usize = 64;
/// The longest wait for a connection and for an answer.
const CONNECT: Duration = Duration::from_secs(4);
const ANSWER: Duration = Duration::from_secs(8);
/// How long one question is asked again.
const PATIENCE: Duration = Duration::from_secs(2);
/// Who is asked about to see whether tokens of consumers are given.
const PROBE: &str = "handset-doctor";
pub(in crate::cli) const SCOPE: &str = "msg.consumer";

#[derive(Debug, Clone)]
pub(in crate::cli) struct CloudTarget {
    pub(in crate::cli) csds: Url,
    pub(in crate::cli) account: AccountId,
    pub(in crate::cli) trust: Trust,
}

impl CloudTarget {
    pub(in crate::cli) fn of(profile: &Profile, trust: &Trust) -> Self {
        Self {
            csds: profile.csds.clone(),
            account: profile.account.clone(),
            trust: trust.clone(),
        }
    }
}

/// A client, and how far our clock is off by what is heard.
pub(in crate::cli) struct CloudCheck {
    client: Client,
    /// Milliseconds our clock is behind the cloud's; the least that any answer said.
    skew: watch::Receiver<Option<i64>>,
    csds: String,
    account: String,
}

pub(in crate::cli) enum Tokens {
    Given(String),
    /// The app install's id and secret were refused, or what they are good for is too little:
    /// what is wrong with the app install itself would explain it.
    Refused(Finding),
    Other(Finding),
}

impl CloudCheck {
    /// Sets a client up; without a secret it is good for everything but tokens.
    pub(in crate::cli) fn new(
        target: &CloudTarget,
        app_install: ClientId,
        secret: Option<Secret>,
        shutdown: &Shutdown,
    ) -> Result<Self, Box<Finding>> {
        let (reports, exchanges) = mpsc::channel(EXCHANGES);
        let (csds, account) = (target.csds.clone(), target.account.clone());
        let secret = secret.unwrap_or_else(|| Secret::new(""));
        let settings = client::Settings {
            trust: target.trust.clone(),
            connect_timeout: CONNECT,
            timeout: ANSWER,
            patience: PATIENCE,
            ..client::Settings::new(csds, account, app_install, secret)
        };
        let client = Client::new(settings, reports).map_err(|error| {
            Box::new(Finding::of_error(
                DOMAINS,
                &error.to_string(),
                "change `csds`",
            ))
        })?;
        let (heard, skew) = watch::channel(None);
        shutdown.spawn(listen(exchanges, heard));
        Ok(Self {
            client,
            skew,
            csds: target.csds.authority().to_owned(),
            account: target.account.to_string(),
        })
    }

    /// Looks the services up; whether those there are suffice.
    pub(in crate::cli) async fn domains(&self, needs: Needs) -> Finding {
        let located = self.client.locate(needs).await;
        self.judge(&located)
    }

    fn judge(&self, located: &[Located]) -> Finding {
        let at = &self.csds;
        let found = located.iter().filter(|one| one.address.is_ok()).count();
        let Some((first, problem)) = located.iter().find_map(|one| match &one.address {
            Ok(_) => None,
            Err(problem) => Some((one.service, problem)),
        }) else {
            let says = format!("{at} knows the account and its {found} services");
            return Finding::good(DOMAINS, says);
        };
        let is_absent =
            |problem: &Problem| problem.fault().is_some_and(|fault| fault.status == 404);
        if !is_absent(problem) {
            let says = format!("cannot look up {first} at {at}: {problem}");
            return Finding::bad(DOMAINS, says, on_the_way(problem));
        }
        if found == 0 {
            let says = format!("{at} does not know the account {}", self.account);
            let remedy = "check `account`, and that `csds` is the one of its region";
            return Finding::bad(DOMAINS, says, remedy);
        }
        let absent = located.iter().filter(|one| one.address.is_err());
        let absent: Vec<&str> = absent.map(|one| one.service).collect();
        let says = format!("{at} knows no {} of this account", absent.join(", "));
        if absent == ["swift"] {
            let remedy = "have files switched on for the account, or go without them";
            return Finding::warning(DOMAINS, says, remedy);
        }
        Finding::bad(DOMAINS, says, "have messaging switched on for the account")
    }

    /// Logs an agent in whose password is kept in `place`.
    pub(in crate::cli) async fn log_in(
        &self,
        username: &str,
        password: Secret,
        place: &Source,
    ) -> Result<Admin, Finding> {
        let username = username.to_owned();
        let admin = self.client.admin(Login {
            username: username.clone(),
            password,
        });
        let checked = admin.check().await;
        checked.map_err(|error| refused(&username, place, &error))?;
        Ok(admin)
    }

    /// How far our clock is off by what was heard so far.
    pub(in crate::cli) fn clock(&self) -> Finding {
        let Some(skew) = *self.skew.borrow() else {
            return Finding::skipped(CLOCK, "no answer of the cloud's told the time");
        };
        let seconds = skew.abs() / 1000;
        if skew.abs() <= OFF {
            return Finding::good(CLOCK, format!("within {} s of the cloud's", seconds + 1));
        }
        let way = if skew > 0 { "behind" } else { "ahead of" };
        let says = format!(
            "this clock is {} {way} the cloud's, so tokens fail",
            span(seconds)
        );
        Finding::bad(
            CLOCK,
            says,
            "set the clock, best with `timedatectl set-ntp true`",
        )
    }

    /// Asks for an AppJWT and for a ConsumerJWS of somebody made up.
    pub(in crate::cli) async fn tokens(&self, secret: &str) -> Tokens {
        let probe = ExtConsumerId::from(PROBE);
        let consumer = self.client.consumer(&probe, Tag::default()).await;
        let app = self.client.tokens().borrow().clone();
        let app = app.into_iter().find(|token| token.consumer.is_none());
        let scope = app.as_ref().and_then(|app| {
            let scope = app.content.pointer("/claims/scope")?.as_str()?;
            Some(scope.to_owned())
        });
        if let Some(scope) = scope.filter(|scope| !has_scope(scope)) {
            let says = format!("the AppJWT is good for {scope:?}, and {SCOPE} is needed");
            let remedy = format!("have the scope of the app install changed to {SCOPE}");
            return Tokens::Refused(Finding::bad(TOKENS, says, remedy));
        }
        let Err(problem) = consumer else {
            return Tokens::Given("AppJWT and ConsumerJWS were given".to_owned());
        };
        let status = problem.fault().map(|fault| fault.status);
        match (&problem, status) {
            (_, Some(400 | 401 | 403)) if app.is_none() => {
                let says = format!("client_id and client_secret are not accepted: {problem}");
                let remedy = format!("check `client_id` and the secret in {secret}");
                Tokens::Refused(Finding::bad(TOKENS, says, remedy))
            }
            _ => {
                let which = if app.is_none() {
                    "AppJWT"
                } else {
                    "ConsumerJWS"
                };
                let says = format!("no {which} was given: {problem}");
                Tokens::Other(Finding::bad(TOKENS, says, on_the_way(&problem)))
            }
        }
    }
}

/// Why an agent may not do what was asked.
pub(in crate::cli) fn refused(name: &str, place: &Source, error: &AdminError) -> Finding {
    match error {
        AdminError::Cloud(problem) => {
            let says = format!("cannot log in as {name}: {problem}");
            Finding::bad(LOGIN, says, on_the_way(problem))
        }
        AdminError::Login { fault, .. } => {
            let says = format!("username and password of {name} are not accepted: {fault}");
            let remedy = format!("check `username`, and the password in {place}");
            Finding::bad(LOGIN, says, remedy)
        }
        error => Finding::of_error(LOGIN, &error.to_string(), "use another login"),
    }
}

pub(in crate::cli) fn has_scope(scope: &str) -> bool {
    let mut parts = scope.split([' ', ',']);
    parts.any(|part| part.trim() == SCOPE)
}

/// What to do about a request that did not get there.
pub(in crate::cli) fn on_the_way(problem: &Problem) -> String {
    let words = problem.to_string();
    if words.contains("certificate") {
        return "if an authority of your own vouches for it, name its certificate as `ca` in the \
                profile, or with --ca"
            .to_owned();
    }
    match problem {
        Problem::Unreachable { .. } | Problem::Uncertain { .. } => {
            "check the network, and the address in `csds`".to_owned()
        }
        Problem::Unavailable { .. } | Problem::Busy { .. } => "try again in a while".to_owned(),
        Problem::Garbled { .. } => {
            "check `csds`: what answers there does not speak as the cloud does".to_owned()
        }
        _ => "check `account`, and that `csds` is the one of its region".to_owned(),
    }
}

/// Seconds in the largest fitting unit.
fn span(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", (seconds + 30) / 60),
        7200..172_800 => format!("{} h", (seconds + 1800) / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Hears what the answers say of the time, to the last of them.
async fn listen(mut exchanges: mpsc::Receiver<Exchange>, heard: watch::Sender<Option<i64>>) {
    while let Some(exchange) = exchanges.recv().await {
        if let Some(skew) = skew(&exchange) {
            heard.send_modify(|least| {
                if least.is_none_or(|least| skew.abs() < least.abs()) {
                    *least = Some(skew);
                }
            });
        }
    }
}

/// How many milliseconds our clock was behind when the answer was made. Its time is told in whole
/// seconds, so half of one is added.
fn skew(exchange: &Exchange) -> Option<i64> {
    let Some(Outcome::Answered {
        headers, waited, ..
    }) = &exchange.outcome
    else {
        return None;
    };
    let date = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("date"));
    let told = jiff::fmt::rfc2822::parse(&date?.1).ok()?;
    let Timestamp(ours) = exchange.started.after(*waited);
    Some(told.timestamp().as_millisecond() + 500 - ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_may_be_one_of_several() {
        assert!(has_scope("msg.consumer"));
        assert!(has_scope("app.read msg.consumer"));
        assert!(!has_scope("msg.consumers") && !has_scope(""));
    }

    #[test]
    fn the_time_an_answer_tells_is_compared_with_when_it_came() {
        let exchange = |date: &str, started: i64| Exchange {
            serial: 1,
            phone: None,
            cause: None,
            conversation: None,
            purpose: "domains".to_owned(),
            method: "GET".to_owned(),
            url: String::new(),
            headers: Vec::new(),
            body: bytes::Bytes::new(),
            attempt: 1,
            started: Timestamp(started),
            outcome: Some(Outcome::Answered {
                status: 200,
                headers: vec![("date".to_owned(), date.to_owned())],
                body: bytes::Bytes::new(),
                waited: Duration::from_millis(300),
                elapsed: Duration::from_millis(400),
            }),
        };
        let date = "Thu, 01 Aug 2024 08:13:20 GMT";
        let at = 1_722_500_000_000;
        assert_eq!(skew(&exchange(date, at)), Some(200));
        assert_eq!(skew(&exchange(date, at - 600_000)), Some(600_200));
        assert_eq!(skew(&exchange("yesterday", at)), None);
    }
}
