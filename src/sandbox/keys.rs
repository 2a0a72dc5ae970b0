//! The sandbox's RSA key and the two kinds of token signed with it.
//!
//! See `domains-and-auth` 2 and 3. A signature once checked is remembered, because
//! every request carries two; the caches are emptied when they are full.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    jwk::{Jwk, JwkSet},
};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use crate::domain::{
    ids::{AccountId, ClientId, ParticipantId},
    secret::Secret,
    time::Timestamp,
};

/// How long an AppJWT is valid, in seconds.
const LIFETIME: i64 = 3600;
/// How far past its end an AppJWT is still taken, in seconds.
const LEEWAY: i64 = 60;
/// Tokens remembered of each kind.
const REMEMBERED: usize = 16_384;

/// The keys cannot be made or read, or nothing can be signed with them.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot make an RSA key: {0}")]
    Make(#[from] rcgen::Error),
    /// No signature, or no use of the key.
    #[error("cannot sign a token: {0}")]
    Sign(#[from] jsonwebtoken::errors::Error),
    #[error("making an RSA key was cut short")]
    CutShort,
}

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenFault {
    /// Expired, badly signed, of another account, or no token at all.
    Invalid,
    /// A claim is missing or not what it must be.
    Claims,
}

/// The claims of an AppJWT that are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AppClaims {
    /// `azp`.
    pub client: ClientId,
    account: String,
    expires: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConsumerClaims {
    /// `lp_consumer_id`.
    pub id: ParticipantId,
    /// `ext_consumer_id`.
    pub external: String,
    account: String,
}

/// A key as it is kept, so that tokens of an earlier run stay valid: a ConsumerJWS never expires.
#[derive(Debug, Clone)]
pub(crate) struct StoredKey {
    /// The name of the key, as tokens and `jwks` have it.
    pub kid: String,
    pub pem: Secret,
}

/// One key for several sandboxes of this program, made by the first that needs it: making one
/// takes longer than a short scene. Tokens of one are good at the others of the same account.
#[derive(Debug, Clone, Default)]
pub struct SharedKey(Arc<OnceCell<StoredKey>>);

impl SharedKey {
    /// The keys, and how they are kept; makes them off the async threads.
    pub(crate) async fn keys(&self, now: Timestamp) -> Result<(Keys, StoredKey), Error> {
        let make = async || {
            let made = tokio::task::spawn_blocking(move || Keys::make(now)).await;
            made.map_err(|_| Error::CutShort)?.map(|(_, kept)| kept)
        };
        let kept = self.0.get_or_try_init(make).await?;
        Ok((Keys::from_kept(kept)?, kept.clone()))
    }
}

pub(crate) struct Keys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    kid: String,
    public: JwkSet,
    apps: Cache<AppClaims>,
    consumers: Cache<ConsumerClaims>,
}

#[derive(Serialize)]
struct AppPayload<'a> {
    aud: &'a AccountId,
    azp: &'a ClientId,
    scope: &'a str,
    iss: &'static str,
    exp: i64,
    iat: i64,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the claims have these names")]
struct ConsumerPayload<'a> {
    account_id: &'a AccountId,
    ext_consumer_id: &'a str,
    lp_consumer_id: &'a ParticipantId,
}

impl Keys {
    /// Makes a key; takes some tenths of a second, so not on a thread that must not wait.
    pub(crate) fn make(now: Timestamp) -> Result<(Self, StoredKey), Error> {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        let date = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default();
        let kept = StoredKey {
            kid: format!("appjwt-{}", date.strftime("%y-%m-%d")),
            pem: Secret::new(pair.serialize_pem()),
        };
        Ok((Self::from_kept(&kept)?, kept))
    }

    /// The key an earlier run made.
    pub(crate) fn from_kept(kept: &StoredKey) -> Result<Self, Error> {
        let encoding = EncodingKey::from_rsa_pem(kept.pem.reveal().as_bytes())?;
        let kid = kept.kid.clone();
        let mut jwk = Jwk::from_encoding_key(&encoding, Algorithm::RS256)?;
        let decoding = DecodingKey::from_jwk(&jwk)?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(jsonwebtoken::jwk::PublicKeyUse::Signature);
        Ok(Self {
            encoding,
            decoding,
            kid,
            public: JwkSet { keys: vec![jwk] },
            apps: Cache::default(),
            consumers: Cache::default(),
        })
    }

    /// The public half, as `jwks` shows it.
    pub(crate) fn public(&self) -> &JwkSet {
        &self.public
    }

    pub(crate) fn app_token(
        &self,
        now: Timestamp,
        account: &AccountId,
        client: &ClientId,
        scope: &str,
    ) -> Result<String, Error> {
        let iat = now.0 / 1000;
        self.sign(&AppPayload {
            aud: account,
            azp: client,
            scope,
            iss: "Sentinel",
            exp: iat + LIFETIME,
            iat,
        })
    }

    pub(crate) fn consumer_token(
        &self,
        account: &AccountId,
        external: &str,
        id: &ParticipantId,
    ) -> Result<String, Error> {
        self.sign(&ConsumerPayload {
            account_id: account,
            ext_consumer_id: external,
            lp_consumer_id: id,
        })
    }

    /// Checks an AppJWT for use with an account.
    pub(crate) fn check_app(
        &self,
        now: Timestamp,
        account: &str,
        token: &str,
    ) -> Result<Arc<AppClaims>, TokenFault> {
        let claims = self
            .apps
            .get_or(token, || app_claims(&self.verified(token)?))?;
        let expired = now.0 / 1000 >= claims.expires.saturating_add(LEEWAY);
        if expired || claims.account != account {
            return Err(TokenFault::Invalid);
        }
        Ok(claims)
    }

    /// Checks a ConsumerJWS for use with an account.
    pub(crate) fn check_consumer(
        &self,
        account: &str,
        token: &str,
    ) -> Result<Arc<ConsumerClaims>, TokenFault> {
        let claims = self
            .consumers
            .get_or(token, || consumer_claims(&self.verified(token)?))?;
        if claims.account == account {
            Ok(claims)
        } else {
            Err(TokenFault::Invalid)
        }
    }

    fn sign(&self, claims: &impl Serialize) -> Result<String, Error> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid.clone());
        Ok(jsonwebtoken::encode(&header, claims, &self.encoding)?)
    }

    fn verified(&self, token: &str) -> Result<Map<String, Value>, TokenFault> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.required_spec_claims.clear();
        // Both are checked by our own rules, each with its own answer.
        validation.validate_exp = false;
        validation.validate_aud = false;
        jsonwebtoken::decode(token, &self.decoding, &validation)
            .map(|token| token.claims)
            .map_err(|_| TokenFault::Invalid)
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

fn app_claims(claims: &Map<String, Value>) -> Result<AppClaims, TokenFault> {
    let text = |name: &str| {
        claims
            .get(name)
            .and_then(Value::as_str)
            .ok_or(TokenFault::Claims)
    };
    let issuer = text("iss")?;
    let scope = text("scope")?;
    let fitting = issuer.eq_ignore_ascii_case("sentinel")
        && scope.split_whitespace().any(|one| one == "msg.consumer");
    if !fitting {
        return Err(TokenFault::Claims);
    }
    Ok(AppClaims {
        client: ClientId::from(text("azp")?),
        account: text("aud")?.to_owned(),
        expires: claims
            .get("exp")
            .and_then(Value::as_i64)
            .ok_or(TokenFault::Claims)?,
    })
}

fn consumer_claims(claims: &Map<String, Value>) -> Result<ConsumerClaims, TokenFault> {
    let text = |name: &str| {
        claims
            .get(name)
            .and_then(Value::as_str)
            .ok_or(TokenFault::Invalid)
    };
    Ok(ConsumerClaims {
        id: ParticipantId::from(text("lp_consumer_id")?),
        external: text("ext_consumer_id")?.to_owned(),
        account: text("account_id")?.to_owned(),
    })
}

/// Claims of tokens whose signature was found good, by the end of the signature: the whole of a
/// token is long, and hashing it twice a request costs more than all else that is done with it.
struct Cache<T>(Mutex<HashMap<Tail, Known<T>>>);

type Tail = [u8; 16];

struct Known<T> {
    token: String,
    claims: Arc<T>,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<T> Cache<T> {
    fn get_or(
        &self,
        token: &str,
        check: impl FnOnce() -> Result<T, TokenFault>,
    ) -> Result<Arc<T>, TokenFault> {
        let Some(tail) = token.as_bytes().last_chunk::<16>() else {
            return check().map(Arc::new);
        };
        if let Some(known) = self.lock().get(tail)
            && known.token == token
        {
            return Ok(known.claims.clone());
        }
        let claims = Arc::new(check()?);
        let known = Known {
            token: token.to_owned(),
            claims: claims.clone(),
        };
        let mut cache = self.lock();
        if cache.len() >= REMEMBERED {
            cache.clear();
        }
        cache.insert(*tail, known);
        Ok(claims)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Tail, Known<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_722_500_000_000);

    fn at(seconds: i64) -> Timestamp {
        Timestamp(NOW.0 + seconds * 1000)
    }

    #[test]
    fn an_app_jwt_lives_an_hour_and_a_minute_and_serves_one_account() {
        let (keys, _) = Keys::make(NOW).unwrap();
        let (account, client) = (AccountId::from("55512300"), ClientId::from("app"));
        let token = keys
            .app_token(NOW, &account, &client, "msg.consumer")
            .unwrap();
        for _ in 0..2 {
            // The second round is answered from the cache, and must not differ.
            let claims = keys.check_app(at(3659), "55512300", &token).unwrap();
            assert_eq!(claims.client, client);
            assert_eq!(
                keys.check_app(at(3660), "55512300", &token),
                Err(TokenFault::Invalid)
            );
            assert_eq!(keys.check_app(NOW, "999", &token), Err(TokenFault::Invalid));
        }
        let narrow = keys.app_token(NOW, &account, &client, "other").unwrap();
        assert_eq!(
            keys.check_app(NOW, "55512300", &narrow),
            Err(TokenFault::Claims)
        );
    }

    #[test]
    fn a_token_that_ends_like_a_good_one_is_judged_for_itself() {
        let (keys, _) = Keys::make(NOW).unwrap();
        let (account, id) = (AccountId::from("1"), ParticipantId::from("9b1f"));
        let token = keys.consumer_token(&account, "ada", &id).unwrap();
        assert!(keys.check_consumer("1", &token).is_ok());
        let other = ParticipantId::from("77aa");
        let foreign = keys.consumer_token(&account, "gus", &other).unwrap();
        let (head, _) = foreign.rsplit_once('.').unwrap();
        let (_, signature) = token.rsplit_once('.').unwrap();
        let forged = format!("{head}.{signature}");
        assert_eq!(keys.check_consumer("1", &forged), Err(TokenFault::Invalid));
        assert_eq!(
            keys.check_consumer("1", signature),
            Err(TokenFault::Invalid)
        );
        assert!(keys.check_consumer("1", &token).is_ok());
    }

    #[test]
    fn claims_are_judged_one_by_one() {
        let (keys, _) = Keys::make(NOW).unwrap();
        let good = serde_json::json!({ "aud": "1", "azp": "app", "scope": "a msg.consumer",
            "iss": "sentinel", "exp": NOW.0 / 1000 + 10, "iat": 0 });
        let check = |claims: &Value| keys.check_app(NOW, "1", &keys.sign(claims).unwrap());
        assert!(check(&good).is_ok(), "the issuer's case does not matter");
        for name in ["aud", "azp", "scope", "iss", "exp"] {
            let mut lacking = good.clone();
            lacking.as_object_mut().unwrap().remove(name);
            assert_eq!(check(&lacking), Err(TokenFault::Claims), "{name}");
        }
        let mut foreign = good.clone();
        foreign["iss"] = "somebody".into();
        assert_eq!(check(&foreign), Err(TokenFault::Claims));
        let others = Keys::make(NOW).unwrap().0.sign(&good).unwrap();
        assert_eq!(keys.check_app(NOW, "1", &others), Err(TokenFault::Invalid));
    }

    #[test]
    fn a_consumer_jws_is_three_claims_and_never_ends() {
        let (keys, kept) = Keys::make(NOW).unwrap();
        let (account, id) = (AccountId::from("1"), ParticipantId::from("9b1f"));
        let token = keys.consumer_token(&account, "ada", &id).unwrap();
        let keys = Keys::from_kept(&kept).unwrap();
        let claims = keys.check_consumer("1", &token).unwrap();
        assert_eq!(
            (claims.id.as_str(), claims.external.as_str()),
            ("9b1f", "ada")
        );
        assert_eq!(keys.check_consumer("2", &token), Err(TokenFault::Invalid));
        assert_eq!(keys.verified(&token).unwrap().len(), 3);
    }
}
