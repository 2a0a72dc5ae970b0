//! Tickets: who may link, as signed words. JWTs of one algorithm, for one relay.

use std::fmt;

use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::ErrorKind};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    domain::{ids::AccountId, relay::Role, secret::Secret},
    relay::backend::{Identity, Issued},
};

/// `iss` of every ticket.
const ISSUER: &str = "handset-relay";
/// The only algorithm there is.
const ALGORITHM: Algorithm = Algorithm::HS256;
/// Longer ones are none.
const LONGEST: usize = 4096;
/// Longest name of a ticket, in bytes.
pub const LONGEST_NAME: usize = 64;

/// What a ticket says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    /// Its id, under which it can be revoked.
    pub jti: String,
    /// Its holder.
    pub sub: String,
    /// The account it is for.
    pub account: AccountId,
    /// What it allows.
    pub role: Role,
    /// Seconds at which it was made.
    pub iat: i64,
    /// Seconds at which it ends.
    pub exp: i64,
}

/// Why a ticket is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// There is none.
    Missing,
    /// It is none, or not of this relay.
    Forged,
    /// It has ended.
    Expired,
    /// It was revoked.
    Revoked,
    /// The relay made it and has no record of it.
    Unknown,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Missing,
        Self::Forged,
        Self::Expired,
        Self::Revoked,
        Self::Unknown,
    ];

    /// The reason in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Forged => "forged",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is no ticket; send it as Authorization: Bearer",
            Self::Forged => "the ticket is not one of this relay's; ask for one made there",
            Self::Expired => "the ticket has ended; ask for a new one",
            Self::Revoked => "the ticket was revoked; ask for a new one",
            Self::Unknown => "the relay has no record of the ticket; ask for a new one",
        })
    }
}

/// The system gave no randomness, or a key is unusable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the relay's key cannot be used; move its state away and let it make another")]
pub struct Unusable;

/// A name, a path and a key that nobody else has.
pub fn fresh_identity() -> Identity {
    let mut key = [0; 32];
    // Without the system's randomness this is an empty key, which `Keys` does not take.
    let filled = rand::fill(&mut key).is_ok();
    let key = if filled {
        STANDARD.encode(key)
    } else {
        String::new()
    };
    Identity {
        relay: Uuid::new_v4().to_string(),
        // Version 4 comes from the system's random source: 122 bits.
        path: Uuid::new_v4().simple().to_string(),
        key: Secret::new(key),
    }
}

/// Signs and checks tickets.
pub struct Keys {
    relay: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// The keys of a relay.
    pub fn new(identity: &Identity) -> Result<Self, Unusable> {
        let key = identity.key.reveal();
        if key.len() < 32 {
            return Err(Unusable);
        }
        Ok(Self {
            relay: identity.relay.clone(),
            encoding: EncodingKey::from_base64_secret(key).map_err(|_| Unusable)?,
            decoding: DecodingKey::from_base64_secret(key).map_err(|_| Unusable)?,
        })
    }

    /// A ticket as its holder gets it.
    pub fn sign(&self, issued: &Issued) -> Result<Secret, Unusable> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: self.relay.clone(),
            jti: issued.id.clone(),
            sub: issued.name.clone(),
            account: issued.account.clone(),
            role: issued.role,
            iat: issued.made,
            exp: issued.until,
        };
        let signed = jsonwebtoken::encode(&Header::new(ALGORITHM), &claims, &self.encoding);
        signed.map(Secret::new).map_err(|_| Unusable)
    }

    /// What a ticket says, if it is this relay's and has not ended.
    pub fn check(&self, ticket: &str) -> Result<Claims, Refusal> {
        if ticket.len() > LONGEST {
            return Err(Refusal::Forged);
        }
        let mut validation = Validation::new(ALGORITHM);
        validation.leeway = 0;
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[&self.relay]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        match jsonwebtoken::decode::<Claims>(ticket, &self.decoding, &validation) {
            Ok(ticket) => Ok(ticket.claims),
            Err(fault) if matches!(fault.kind(), ErrorKind::ExpiredSignature) => {
                Err(Refusal::Expired)
            }
            Err(_) => Err(Refusal::Forged),
        }
    }
}

/// A new ticket, not yet kept; `now` and `until` in seconds.
pub fn issue(name: &str, account: &AccountId, role: Role, now: i64, until: i64) -> Issued {
    Issued {
        id: Uuid::new_v4().simple().to_string(),
        name: name.to_owned(),
        account: account.clone(),
        role,
        made: now,
        until,
        revoked: false,
    }
}
