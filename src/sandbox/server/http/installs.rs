//! App installs, for admins; see `webhooks` 8.2.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use crate::sandbox::{
    model::{
        Cloud,
        installs::{Install, InstallError},
        manifest::Manifest,
        refusal::Refusal,
    },
    server::{
        api::Api,
        body::BodyFault,
        http::{
            account::{self, AccountDenial},
            extract::{AdminUser, Received},
            request,
        },
    },
};

/// The header with the revision of a record.
const REVISION: &str = "ac-revision";
/// Says what a POST really is.
const OVERRIDE: &str = "x-http-method-override";
/// What can be done with one app install.
const METHODS: &str = "GET, PUT, DELETE";
/// The longest record taken, in bytes.
const LARGEST: usize = 256 * 1024;

pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    _: AdminUser,
) -> Result<Json<Vec<Value>>, AccountDenial> {
    let all = |cloud: &Cloud| cloud.installs().map(Install::record).collect();
    Ok(Json(api.transactions.read(all).await?))
}

pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    Received { body, .. }: Received<AdminUser>,
) -> Result<Response, AccountDenial> {
    let manifest = Manifest::read(record(body)?).map_err(bad)?;
    let made = api
        .transactions
        .perform(|cloud, now, changes| Ok(cloud.create_install(now, manifest, changes)));
    let made = made.await.map_err(|refusal| unstored(&refusal))?;
    let made = made.map_err(denied)?;
    Ok((StatusCode::CREATED, answer(&made)).into_response())
}

pub(crate) async fn one(
    State(api): State<Arc<Api>>,
    Path((_, id)): Path<(String, String)>,
    method: Method,
    Received { headers, body, .. }: Received<AdminUser>,
) -> Result<Response, AccountDenial> {
    match meant(&method, &headers)? {
        Method::GET => {
            let found = api.transactions.read(|cloud| cloud.install(&id).cloned());
            let found = found.await?.ok_or_else(|| denied(InstallError::Unknown))?;
            Ok(answer(&found))
        }
        Method::PUT => write(&api, id, &headers, record(body)?).await,
        Method::DELETE => {
            let revision = revision(&headers);
            let gone = api
                .transactions
                .perform(move |cloud, _, changes| Ok(cloud.delete_install(&id, revision, changes)));
            let gone = gone.await.map_err(|refusal| unstored(&refusal))?;
            gone.map_err(denied)?;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        _ => Ok(account::other_method(METHODS)),
    }
}

async fn write(
    api: &Api,
    id: String,
    headers: &HeaderMap,
    record: Value,
) -> Result<Response, AccountDenial> {
    let revision = revision(headers);
    let mut named = Vec::new();
    for name in ["id", "client_id"] {
        match record.get(name) {
            None => {}
            Some(Value::String(text)) => named.push(text.clone()),
            Some(_) => return Err(bad(format!("{name} must be text"))),
        }
    }
    let other = named.into_iter().find(|named| *named != id);
    // Judged after the revision: a client that comes late is told that first.
    let manifest = Manifest::read(record);
    let written = api
        .transactions
        .perform(move |cloud, _, changes| {
            let manifest = match manifest {
                Ok(manifest) => manifest,
                Err(why) => {
                    let checked = cloud.check_revision(&id, revision);
                    return Ok(checked.map_err(denied).and_then(|()| Err(bad(why))));
                }
            };
            let written = cloud.write_install(&id, revision, other.as_deref(), manifest, changes);
            Ok(written.map_err(denied))
        })
        .await;
    let written = written.map_err(|refusal| unstored(&refusal))??;
    Ok(answer(&written))
}

/// The method, or what a POST or a PUT says it stands for.
fn meant(method: &Method, headers: &HeaderMap) -> Result<Method, AccountDenial> {
    let Some(instead) = headers.get(OVERRIDE) else {
        return Ok(method.clone());
    };
    let instead = instead.to_str().unwrap_or_default().to_ascii_uppercase();
    match (method, instead.as_str()) {
        (&Method::POST | &Method::PUT, "PUT") => Ok(Method::PUT),
        (&Method::POST | &Method::DELETE, "DELETE") => Ok(Method::DELETE),
        _ => Err(bad("X-HTTP-Method-Override does not go with the method")),
    }
}

/// The revision the asker has seen, quoted or not; `None` matches nothing.
fn revision(headers: &HeaderMap) -> Option<u64> {
    let value = headers.get(header::IF_MATCH)?.to_str().ok()?.trim();
    let value = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap_or(value);
    value.parse().ok()
}

fn record(body: Result<bytes::Bytes, BodyFault>) -> Result<Value, AccountDenial> {
    let body = body.map_err(|fault| AccountDenial::new(fault.status(), "the body did not come"))?;
    if body.len() > LARGEST {
        let why = "the record is larger than 256 kB";
        return Err(AccountDenial::new(StatusCode::PAYLOAD_TOO_LARGE, why));
    }
    request::json(&body).map_err(|_| bad("the body is not JSON"))
}

fn answer(install: &Install) -> Response {
    let revision = HeaderValue::from(install.revision);
    ([(REVISION, revision)], Json(install.record())).into_response()
}

fn bad(why: impl Into<String>) -> AccountDenial {
    AccountDenial::new(StatusCode::BAD_REQUEST, why)
}

fn denied(wrong: InstallError) -> AccountDenial {
    let status = match wrong {
        InstallError::Unknown => StatusCode::NOT_FOUND,
        InstallError::Stale => StatusCode::PRECONDITION_FAILED,
        InstallError::OtherId | InstallError::Taken | InstallError::Full => StatusCode::BAD_REQUEST,
    };
    AccountDenial::new(status, wrong.to_string())
}

fn unstored(refusal: &Refusal) -> AccountDenial {
    AccountDenial::new(StatusCode::INTERNAL_SERVER_ERROR, refusal.to_string())
}
