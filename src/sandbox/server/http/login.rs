//! Agent login, refresh and logout; see `domains-and-auth` 6.
//!
//! Users have passwords here. The forms with keys and with an assertion are refused like a
//! wrong password: nobody has set up a key or an identity provider.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    domain::time::Timestamp,
    sandbox::server::{
        api::Api,
        body,
        http::{account::Denial, csds, request},
        logins::{Session, User},
    },
};

/// The name of the session's cookie.
const COOKIE: &str = "lpsession";
/// What the documents call a csrf or session that is wrong.
const STALE: i64 = 10;

/// Begins a session.
pub async fn login(
    State(api): State<Arc<Api>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Response {
    let answer = async {
        let body = read(request).await?;
        // One answer to whatever is wrong: nobody learns which names there are.
        let failed = || Denial::new(StatusCode::UNAUTHORIZED, "Login failed");
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let other = ["appKey", "assertion", "jwt"];
        let (Some(username), Some(password)) = (text("username"), text("password")) else {
            if other.iter().any(|name| body.get(name).is_some()) {
                let only = "Login failed: this account has users with passwords only";
                return Err(Denial::new(StatusCode::UNAUTHORIZED, only));
            }
            let wanted = "username and password must be strings";
            return Err(Denial::new(StatusCode::BAD_REQUEST, wanted));
        };
        if account != api.account.as_str() {
            return Err(failed());
        }
        let now = api.transactions.now();
        let session = api.logins.log_in(now, username, password);
        let session = session.ok_or_else(failed)?;
        Ok(welcome(&api, &headers, now, &session))
    };
    answer.await.unwrap_or_else(Denial::into_response)
}

/// Prolongs a session.
pub async fn refresh(
    State(api): State<Arc<Api>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Response {
    with_session(&api, &account, &headers, request, |now, cookie, csrf| {
        api.logins.refresh(now, cookie, csrf)
    })
    .await
}

/// Ends a session.
pub async fn logout(
    State(api): State<Arc<Api>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Response {
    let ended = with_session(&api, &account, &headers, request, |now, cookie, csrf| {
        api.logins.log_out(now, cookie, csrf)
    });
    let mut ended = ended.await;
    if ended.status().is_success() {
        let gone = header::HeaderValue::from_static("lpsession=; Path=/; Max-Age=0");
        ended.headers_mut().insert(header::SET_COOKIE, gone);
    }
    ended
}

/// Who sends a request with a bearer to this account.
pub(super) fn bearer(api: &Api, account: &str, headers: &HeaderMap) -> Result<Arc<User>, Denial> {
    let denied = |why| Denial::new(StatusCode::UNAUTHORIZED, why);
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

async fn with_session(
    api: &Api,
    account: &str,
    headers: &HeaderMap,
    request: Body,
    act: impl FnOnce(Timestamp, &str, &str) -> bool,
) -> Response {
    let body = match read(request).await {
        Ok(body) => body,
        Err(denial) => return denial.into_response(),
    };
    let csrf = body.get("csrf").and_then(Value::as_str);
    let acted = match (cookie(headers), csrf) {
        (Some(cookie), Some(csrf)) if account == api.account.as_str() => {
            act(api.transactions.now(), cookie, csrf)
        }
        _ => false,
    };
    if acted {
        StatusCode::OK.into_response()
    } else {
        Denial::new(StatusCode::UNAUTHORIZED, "the session or its csrf is wrong")
            .with_code(STALE)
            .into_response()
    }
}

async fn read(request: Body) -> Result<Value, Denial> {
    let body = body::read(request)
        .await
        .map_err(|fault| Denial::new(fault.status(), "the body did not come"))?;
    request::json(&body).map_err(|_| Denial::new(StatusCode::BAD_REQUEST, "the body is not JSON"))
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

fn welcome(api: &Api, headers: &HeaderMap, now: Timestamp, session: &Session) -> Response {
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
