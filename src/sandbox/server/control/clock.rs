//! Looking at the time, and moving it on.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State, response::IntoResponse as _};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    domain::span,
    rt::world_clock::FURTHEST,
    sandbox::server::{
        api::Api,
        control::{ControlAnswer, ControlBody, ControlDenial},
    },
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdvanceRequest {
    by: String,
}

pub(super) async fn show(State(api): State<Arc<Api>>) -> Json<Value> {
    Json(time(&api))
}

pub(super) async fn advance(
    State(api): State<Arc<Api>>,
    ControlBody(jump): ControlBody<AdvanceRequest>,
) -> ControlAnswer {
    let wrong =
        || ControlDenial::bad("by must be a span like 90s, 61m, 2h or 1h30m, ten years at most");
    let by = span::parse(&jump.by).ok_or_else(wrong)?;
    let room = FURTHEST.saturating_sub(api.transactions.clock().ahead());
    if by.is_zero() || by > room {
        return Err(wrong());
    }
    api.transactions.advance(by).await?;
    Ok(Json(time(&api)).into_response())
}

fn time(api: &Api) -> Value {
    json!({ "now": api.transactions.now(), "ahead_ms": ahead(api) })
}

/// How far it is ahead of the wall clock, in milliseconds.
pub(super) fn ahead(api: &Api) -> u64 {
    let ahead: Duration = api.transactions.clock().ahead();
    u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX)
}
