//! Agent login, refresh and logout; see `domains-and-auth` 6.
//!
//! Users have passwords here. The forms with keys and with an assertion are refused like a
//! wrong password: the account has no key and no identity provider.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    domain::time::Timestamp,
    sandbox::server::{
        api::Api,
        http::{account::AccountDenial, csds, extract::JsonBody},
        logins::LoginSession,
    },
};

/// The name of the session's cookie.
const COOKIE: &str = "lpsession";
/// What the documents call a csrf or session that is wrong.
const STALE: i64 = 10;

pub(crate) async fn login(
    State(api): State<Arc<Api>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, AccountDenial> {
    // One answer to whatever is wrong: no client learns which names there are.
    let failed = || AccountDenial::new(StatusCode::UNAUTHORIZED, "Login failed");
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let other = ["appKey", "assertion", "jwt"];
    let (Some(username), Some(password)) = (text("username"), text("password")) else {
        if other.iter().any(|name| body.get(name).is_some()) {
            let only = "Login failed: this account has users with passwords only";
            return Err(AccountDenial::new(StatusCode::UNAUTHORIZED, only));
        }
        let wanted = "username and password must be strings";
        return Err(AccountDenial::new(StatusCode::BAD_REQUEST, wanted));
    };
    if account != api.account.as_str() {
        return Err(failed());
    }
    let now = api.transactions.now();
    let session = api.logins.log_in(now, username, password);
    let session = session.ok_or_else(failed)?;
    Ok(welcome(&api, &headers, now, &session))
}

pub(crate) async fn refresh(
    State(api): State<Arc<Api>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<StatusCode, AccountDenial> {
    with_session(&api, &account, &headers, &body, |now, cookie, csrf| {
        api.logins.refresh(now, cookie, csrf)
    })
}

pub(crate) async fn logout(
    State(api): State<Arc<Api>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, AccountDenial> {
    let ended = with_session(&api, &account, &headers, &body, |now, cookie, csrf| {
        api.logins.log_out(now, cookie, csrf)
    })?;
    let gone = "lpsession=; Path=/; Max-Age=0";
    Ok((ended, [(header::SET_COOKIE, gone)]).into_response())
}

fn with_session(
    api: &Api,
    account: &str,
    headers: &HeaderMap,
    body: &Value,
    act: impl FnOnce(Timestamp, &str, &str) -> bool,
) -> Result<StatusCode, AccountDenial> {
    let csrf = body.get("csrf").and_then(Value::as_str);
    let acted = match (cookie(headers), csrf) {
        (Some(cookie), Some(csrf)) if account == api.account.as_str() => {
            act(api.transactions.now(), cookie, csrf)
        }
        _ => false,
    };
    if acted {
        return Ok(StatusCode::OK);
    }
    let why = "the session or its csrf is wrong";
    Err(AccountDenial::new(StatusCode::UNAUTHORIZED, why).with_code(STALE))
}

/// The value of the session's cookie, wherever among the others it stands.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}

fn welcome(api: &Api, headers: &HeaderMap, now: Timestamp, session: &LoginSession) -> Response {
    let user = &session.user;
    let privileges: &[u32] = if user.is_admin { &[1, 2, 3] } else { &[1] };
    let cookie = format!(
        "{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax",
        session.cookie.reveal()
    );
    let body = json!({
        "csrf": session.csrf.reveal(),
        "wsuk": "0",
        "config": {
            "loginName": user.username,
            "userId": user.id,
            "userPid": user.pid,
            "userPrivileges": privileges,
            "serverCurrentTime": now,
            "timeDiff": 0,
            "serverTimeZoneName": "UTC",
            "serverTimeGMTDiff": 0,
            "isLPA": false,
            "isAdmin": user.is_admin,
            "accountTimeZoneId": "Etc/UTC",
        },
        "csdsCollectionResponse": csds::everything(api, headers),
        "accountData": {
            "agentGroupsData": {
                "items": [{ "id": -1, "deleted": false, "name": "Main Group" }],
                "revision": 3,
            },
        },
        "sessionTTl": api.logins.life().as_millis().to_string(),
        "bearer": session.bearer.reveal(),
    });
    ([(header::SET_COOKIE, cookie)], Json(body)).into_response()
}
