//! AppJWT and ConsumerJWS: what their answers hold and how long they last.
//! See `domains-and-auth` 2 and 3. Nothing is verified here: the cloud judges
//! its tokens, this program only plans by what they say.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    client::connector::cached::{Held, Worth},
    domain::{
        ids::{ExtConsumerId, ParticipantId},
        retry::Problem,
        secret::Secret,
        time::Timestamp,
    },
};

/// How long a token is taken to last that does not say so itself.
const USUAL_LIFETIME: Duration = Duration::from_hours(1);

/// An AppJWT with its dates by our own clock.
#[derive(Debug, Clone)]
pub(in crate::client) struct AppToken {
    pub(super) value: Secret,
    pub(super) until: Timestamp,
    /// When to get the next one: at five sixths of its life.
    pub(super) renew: Timestamp,
}

impl AppToken {
    /// Reads the answer of a token request.
    ///
    /// The lifetime is taken as `exp - iat`, so that a peer whose clock is off does no harm.
    pub(in crate::client) fn read(body: &[u8], now: Timestamp) -> Result<Self, Problem> {
        let value = token(body, "access_token")?;
        let claims = claims(&value);
        let date = |name| claims.as_ref()?.get(name)?.as_f64();
        let lifetime = date("exp")
            .map(|exp| exp - date("iat").unwrap_or_else(|| seconds(now)))
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .filter(|lifetime| !lifetime.is_zero())
            .unwrap_or(USUAL_LIFETIME);
        Ok(Self {
            value,
            until: now.after(lifetime),
            renew: now.after(lifetime / 6 * 5),
        })
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds since 1970 fit a double exactly for 285 thousand years"
)]
fn seconds(now: Timestamp) -> f64 {
    now.0 as f64 / 1000.0
}

/// What an AppJWT in hand is good for; `rejected` is the generation a 401 came for.
pub(in crate::client) fn worth(
    token: &Held<AppToken>,
    rejected: Option<u64>,
    now: Timestamp,
) -> Worth {
    if rejected == Some(token.generation) || now >= token.value.until {
        Worth::Spent
    } else if now >= token.value.renew {
        Worth::Usable
    } else {
        Worth::Fresh
    }
}

/// A ConsumerJWS, which never expires.
#[derive(Debug, Clone)]
pub(in crate::client) struct ConsumerToken {
    pub(super) value: Secret,
    /// `lp_consumer_id`, by which the consumer is known in webhooks.
    pub(super) participant: Option<ParticipantId>,
}

impl ConsumerToken {
    /// Reads the answer of the consumer call.
    pub(in crate::client) fn read(body: &[u8]) -> Result<Self, Problem> {
        let value = token(body, "token")?;
        let participant = claims(&value)
            .as_ref()
            .and_then(|claims| claims.get("lp_consumer_id")?.as_str())
            .filter(|id| !id.is_empty())
            .map(ParticipantId::from);
        Ok(Self { value, participant })
    }
}

/// A token as it may be shown: what it says, and nothing that makes it valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownToken {
    /// Whose ConsumerJWS it is; `None` for the AppJWT.
    pub consumer: Option<ExtConsumerId>,
    /// Its `header` and `claims`; `null` when it is opaque.
    pub content: Value,
    /// When it expires by our clock; `None` when it never does.
    pub until: Option<Timestamp>,
}

impl KnownToken {
    pub(in crate::client) fn app(token: &AppToken) -> Self {
        Self {
            consumer: None,
            content: content(&token.value),
            until: Some(token.until),
        }
    }

    pub(in crate::client) fn consumer(consumer: ExtConsumerId, token: &ConsumerToken) -> Self {
        Self {
            consumer: Some(consumer),
            content: content(&token.value),
            until: None,
        }
    }
}

/// Header and claims of a JWT, `null` when either is no JSON.
fn content(token: &Secret) -> Value {
    match (part(token, 0), part(token, 1)) {
        (Some(header), Some(claims)) => json!({ "header": header, "claims": claims }),
        _ => Value::Null,
    }
}

/// What a ConsumerJWS in hand is good for; only a 401 spoils it.
pub(in crate::client) fn consumer_worth(
    token: &Held<ConsumerToken>,
    rejected: Option<u64>,
) -> Worth {
    if rejected == Some(token.generation) {
        Worth::Spent
    } else {
        Worth::Fresh
    }
}

/// The token in an answer, if it can stand in a header.
fn token(body: &[u8], member: &str) -> Result<Secret, Problem> {
    let answer: Value = serde_json::from_slice(body)
        .map_err(|_| Problem::garbled("the token answer is not JSON"))?;
    let token = answer
        .get(member)
        .and_then(Value::as_str)
        .ok_or_else(|| Problem::garbled("the token answer holds no token"))?;
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Problem::garbled(
            "the token is no word of printable characters",
        ));
    }
    Ok(Secret::new(token))
}

/// The claims of a JWT; `None` for an opaque token.
fn claims(token: &Secret) -> Option<Value> {
    part(token, 1)
}

/// One of the two parts of a JWT that are JSON.
fn part(token: &Secret, nth: usize) -> Option<Value> {
    let part = token.reveal().split('.').nth(nth)?.trim_end_matches('=');
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_722_500_000_000);

    fn read(claims: &str) -> AppToken {
        let payload = URL_SAFE_NO_PAD.encode(claims);
        let body = format!("{{\"access_token\":\"e30.{payload}.x\"}}");
        AppToken::read(body.as_bytes(), NOW).unwrap()
    }

    fn lifetime(claims: &str) -> u64 {
        read(claims).until.since(NOW).as_secs()
    }

    #[test]
    fn the_lifetime_is_what_the_dates_leave_whatever_the_clocks_say() {
        // An hour, issued by a clock that is a year behind.
        assert_eq!(lifetime(r#"{"iat":1690000000,"exp":1690003600}"#), 3600);
        assert_eq!(lifetime(r#"{"iat":1722500000.5,"exp":1722500060.5}"#), 60);
        assert_eq!(lifetime(r#"{"exp":1722500600}"#), 600);
    }

    #[test]
    fn senseless_dates_mean_an_hour() {
        for claims in [
            "{}",
            "[]",
            "not JSON",
            r#"{"exp":"soon"}"#,
            r#"{"iat":5,"exp":5}"#,
            r#"{"iat":5,"exp":4}"#,
            r#"{"iat":5,"exp":1e300}"#,
        ] {
            assert_eq!(lifetime(claims), 3600, "{claims}");
        }
        let opaque = AppToken::read(br#"{"access_token":"opaque"}"#, NOW).unwrap();
        assert_eq!(opaque.renew.since(NOW), Duration::from_mins(50));
    }

    #[test]
    fn a_token_is_renewed_at_five_sixths_and_spent_at_its_end() {
        let held = Held {
            value: read(r#"{"iat":0,"exp":3600}"#),
            generation: 4,
            is_doubted: false,
        };
        let at = |minutes| NOW.after(Duration::from_mins(minutes));
        let before_renewal = Timestamp(at(50).0 - 1);
        assert_eq!(worth(&held, None, before_renewal), Worth::Fresh);
        assert_eq!(worth(&held, None, at(50)), Worth::Usable);
        assert_eq!(worth(&held, None, at(60)), Worth::Spent);
        assert_eq!(worth(&held, Some(4), NOW), Worth::Spent);
        assert_eq!(worth(&held, Some(3), NOW), Worth::Fresh);
    }

    #[test]
    fn a_consumer_token_names_its_consumer_unless_it_is_opaque() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"lp_consumer_id":"9b1f"}"#);
        // Padding is no part of a JWT, and does no harm.
        for token in [format!("e30.{payload}.x"), format!("e30.{payload}==.x")] {
            let body = format!("{{\"token\":\"{token}\"}}");
            let read = ConsumerToken::read(body.as_bytes()).unwrap();
            assert_eq!(read.participant, Some(ParticipantId::from("9b1f")));
        }
        let opaque = ConsumerToken::read(br#"{"token":"opaque"}"#).unwrap();
        assert_eq!(opaque.participant, None);
    }
}
