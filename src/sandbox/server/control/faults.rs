//! Switching faults on and off, and seeing how often they hit.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse as _,
};
use serde_json::{Value, json};

use crate::sandbox::{
    faults::FaultSpec,
    server::{
        api::Api,
        control::{ControlAnswer, Denial, Sent},
    },
};

/// All that were switched on, also those that are spent.
pub(super) async fn list(State(api): State<Arc<Api>>) -> Json<Value> {
    Json(json!({ "faults": api.faults.list() }))
}

/// Switches one on.
pub(super) async fn add(State(api): State<Arc<Api>>, Sent(spec): Sent<FaultSpec>) -> ControlAnswer {
    let added = api.faults.add(spec);
    let fault = added.map_err(|wrong| Denial::bad(wrong.to_string()))?;
    Ok((StatusCode::CREATED, Json(fault)).into_response())
}

/// Switches all off.
pub(super) async fn clear(State(api): State<Arc<Api>>) -> Json<Value> {
    Json(json!({ "cleared": api.faults.clear(None) }))
}

/// Switches one off.
pub(super) async fn clear_one(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
) -> ControlAnswer {
    let id: Option<u64> = id.parse().ok();
    let cleared = id.map_or(0, |id| api.faults.clear(Some(id)));
    if cleared == 0 {
        return Err(Denial::unknown("there is no fault of this number"));
    }
    Ok(Json(json!({ "cleared": cleared })).into_response())
}
