//! The control API's requests about faults: list them with how often each hit, switch one on,
//! switch one or all off.

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
        control::{ControlAnswer, ControlBody, ControlDenial},
    },
};

/// Lists every fault that was switched on, also those that will not hit again.
pub(super) async fn list(State(api): State<Arc<Api>>) -> Json<Value> {
    Json(json!({ "faults": api.faults.list() }))
}

pub(super) async fn add(
    State(api): State<Arc<Api>>,
    ControlBody(spec): ControlBody<FaultSpec>,
) -> ControlAnswer {
    let added = api.faults.add(spec);
    let fault = added.map_err(|wrong| ControlDenial::bad(wrong.to_string()))?;
    Ok((StatusCode::CREATED, Json(fault)).into_response())
}

pub(super) async fn clear(State(api): State<Arc<Api>>) -> Json<Value> {
    Json(json!({ "cleared": api.faults.clear(None) }))
}

pub(super) async fn clear_one(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
) -> ControlAnswer {
    let id: Option<u64> = id.parse().ok();
    let cleared = id.map_or(0, |id| api.faults.clear(Some(id)));
    if cleared == 0 {
        return Err(ControlDenial::unknown("there is no fault of this number"));
    }
    Ok(Json(json!({ "cleared": cleared })).into_response())
}
