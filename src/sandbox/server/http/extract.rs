//! What handlers take out of a request before they act: who sends it, and its body.

use std::sync::Arc;

use axum::{
    extract::{FromRequest, FromRequestParts, RawPathParams, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::Value;

use crate::sandbox::{
    keys::Keys,
    server::{
        api::Api,
        body::{self, BodyFault},
        http::{
            account::AccountDenial,
            answer::Failure,
            request::{self, Caller},
        },
        logins::User,
    },
};

/// The user whose bearer a request to this account carries.
pub(crate) struct BearerUser(pub Arc<User>);

impl FromRequestParts<Arc<Api>> for BearerUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Response> {
        let account = account(parts, api).await?;
        let user = bearer(api, &account, &parts.headers);
        user.map(Self).map_err(AccountDenial::into_response)
    }
}

/// The same for users who may manage app installs, whose records hold secrets.
pub(crate) struct AdminUser;

impl FromRequestParts<Arc<Api>> for AdminUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Response> {
        let BearerUser(user) = BearerUser::from_request_parts(parts, api).await?;
        if user.is_admin {
            return Ok(Self);
        }
        let why = "the user may not manage app installs";
        Err(AccountDenial::new(StatusCode::FORBIDDEN, why).into_response())
    }
}

/// A connector with its AppJWT alone.
pub(crate) struct Connector {
    pub keys: Arc<Keys>,
}

impl FromRequestParts<Arc<Api>> for Connector {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Response> {
        let account = account(parts, api).await?;
        let app = request::app(api, &account, &parts.headers);
        let (keys, _) = app.map_err(IntoResponse::into_response)?;
        Ok(Self { keys })
    }
}

/// The version is checked first, then both tokens.
impl FromRequestParts<Arc<Api>> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Response> {
        if !request::is_version_3(parts.uri.query()) {
            return Err(Failure::Status(StatusCode::NOT_FOUND).into_response());
        }
        let account = account(parts, api).await?;
        let caller = request::caller(api, &account, &parts.headers);
        caller.map_err(IntoResponse::into_response)
    }
}

/// A request whose body was read before its sender was judged: a connection with an unread body
/// cannot be used again.
pub(crate) struct Received<S> {
    pub sender: S,
    pub headers: HeaderMap,
    /// Its body, or why that did not come.
    pub body: Result<Bytes, BodyFault>,
}

impl<S> FromRequest<Arc<Api>> for Received<S>
where
    S: FromRequestParts<Arc<Api>>,
{
    type Rejection = S::Rejection;

    async fn from_request(request: Request, api: &Arc<Api>) -> Result<Self, S::Rejection> {
        let (mut parts, body) = request.into_parts();
        let body = body::read(body).await;
        Ok(Self {
            sender: S::from_request_parts(&mut parts, api).await?,
            headers: parts.headers,
            body,
        })
    }
}

pub(crate) struct JsonBody(pub Value);

impl FromRequest<Arc<Api>> for JsonBody {
    type Rejection = AccountDenial;

    async fn from_request(request: Request, _: &Arc<Api>) -> Result<Self, AccountDenial> {
        json(body::read(request.into_body()).await).map(Self)
    }
}

/// A body as JSON, where it came and is JSON.
pub(super) fn json(body: Result<Bytes, BodyFault>) -> Result<Value, AccountDenial> {
    let body = body.map_err(|fault| AccountDenial::new(fault.status(), "the body did not come"))?;
    request::json(&body)
        .map_err(|_| AccountDenial::new(StatusCode::BAD_REQUEST, "the body is not JSON"))
}

/// The account that the path names.
async fn account(parts: &mut Parts, api: &Arc<Api>) -> Result<String, Response> {
    let named = RawPathParams::from_request_parts(parts, api).await;
    let named = named.map_err(IntoResponse::into_response)?;
    let account = named.iter().find(|(name, _)| *name == "account");
    Ok(account.map_or_else(String::new, |(_, account)| account.to_owned()))
}

/// Who sends a request with a bearer to this account.
fn bearer(api: &Api, account: &str, headers: &HeaderMap) -> Result<Arc<User>, AccountDenial> {
    let denied = |why| AccountDenial::new(StatusCode::UNAUTHORIZED, why);
    let value = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(|| denied("a bearer is missing"))?;
    let token = value
        .trim()
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| denied("a bearer is missing"))?;
    let user = api.logins.bearer(api.transactions.now(), token);
    user.filter(|_| account == api.account.as_str())
        .ok_or_else(|| denied("the bearer is unknown or has expired"))
}
