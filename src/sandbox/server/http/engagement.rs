//! The Engagement call of connectors that are routed by campaigns; see `send-api` 7.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    rt::clock::unix_millis,
    sandbox::{
        model::{engagement::Visit, refusal::Refusal},
        server::{api::Api, body, http::request},
    },
};

/// Begins or goes on with the session of a visitor.
pub(crate) async fn engage(
    State(api): State<Arc<Api>>,
    Path((account, app)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    request: Body,
) -> Result<Response, Response> {
    let unstored =
        |refusal: Refusal| refused(StatusCode::SERVICE_UNAVAILABLE, &refusal.to_string());
    let body = body::read(request)
        .await
        .map_err(|fault| refused(fault.status(), "the body did not come"))?;
    let known = api.transactions.read(|cloud| cloud.install(&app).is_some());
    if !known.await.map_err(unstored)? || account != api.account.as_str() {
        return Err(refused(
            StatusCode::NOT_FOUND,
            "there is no such app install",
        ));
    }
    let body = request::json(&body)
        .map_err(|_| refused(StatusCode::BAD_REQUEST, "the body is not JSON"))?;
    let visit = visit(&body, &query.unwrap_or_default())
        .ok_or_else(|| refused(StatusCode::BAD_REQUEST, "no identity with a sub is given"))?;
    let shown = api
        .transactions
        .perform(|cloud, _, _| Ok(cloud.engage(&visit)));
    let shown = shown.await.map_err(unstored)?;
    let status = if shown.is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(shown.body)).into_response())
}

fn visit(body: &Value, query: &str) -> Option<Visit> {
    let named = |value: &Value| {
        value
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let external = body
        .pointer("/identities/0/sub")
        .and_then(named)
        // The form of earlier versions.
        .or_else(|| body.get("consumerId").and_then(named))?;
    let parameter = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let places = body.get("entryPoints").and_then(Value::as_array);
    let language = body
        .pointer("/clientProperties/language")
        .and_then(Value::as_str);
    Some(Visit {
        external,
        session: parameter("vid").zip(parameter("sid")),
        is_somewhere: places.is_some_and(|places| places.iter().any(Value::is_string)),
        language: language.unwrap_or("en-GB").to_owned(),
    })
}

fn refused(status: StatusCode, message: &str) -> Response {
    let time = jiff::Timestamp::from_millisecond(unix_millis()).unwrap_or_default();
    let body = json!({ "time": time.to_string(), "message": message, "internalCode": 20 });
    (status, Json(body)).into_response()
}
