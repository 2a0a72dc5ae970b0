//! Snapshots, going back to one, and beginning anew.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::IntoResponse as _,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    domain::ids::ConversationId,
    sandbox::{
        model::{
            Cloud,
            snapshot::{AccountSnapshot, Count},
        },
        server::{
            api::Api,
            control::{ControlAnswer, ControlBody, ControlDenial},
        },
        transaction::snapshots::{self, SnapshotEntry, SnapshotError},
    },
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnapshotRequest {
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetRequest {
    conversation: Option<ConversationId>,
}

impl From<SnapshotError> for ControlDenial {
    fn from(wrong: SnapshotError) -> Self {
        let status = match &wrong {
            SnapshotError::Name => StatusCode::BAD_REQUEST,
            SnapshotError::Unknown => StatusCode::NOT_FOUND,
            SnapshotError::Full
            | SnapshotError::Account(_)
            | SnapshotError::File(_)
            | SnapshotError::Write { .. }
            | SnapshotError::Foreign { .. }
            | SnapshotError::Folder { .. } => StatusCode::CONFLICT,
            SnapshotError::Refused(_) | SnapshotError::World(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, wrong.to_string())
    }
}

pub(super) async fn list(State(api): State<Arc<Api>>) -> Json<Value> {
    let all = api.snapshots.list();
    let all: Vec<Value> = all.iter().map(listed).collect();
    Json(json!({ "snapshots": all }))
}

pub(super) async fn take(
    State(api): State<Arc<Api>>,
    ControlBody(SnapshotRequest { name }): ControlBody<SnapshotRequest>,
) -> ControlAnswer {
    let taken = api.snapshots.take(&api.transactions, &name).await?;
    Ok((StatusCode::CREATED, Json(listed(&taken))).into_response())
}

pub(super) async fn go_back(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
) -> ControlAnswer {
    let count = api.snapshots.go_back(&api.transactions, &name).await?;
    Ok(Json(counted(&count)).into_response())
}

pub(super) async fn forget(State(api): State<Arc<Api>>, Path(name): Path<String>) -> ControlAnswer {
    if !api.snapshots.forget(&name) {
        return Err(ControlDenial::unknown(SnapshotError::Unknown.to_string()));
    }
    Ok(Json(json!({ "forgotten": name })).into_response())
}

/// The whole account in one file.
pub(super) async fn world(State(api): State<Arc<Api>>) -> ControlAnswer {
    let bytes = snapshots::world(&api.transactions).await?;
    Ok(([(header::CONTENT_TYPE, "application/vnd.sqlite3")], bytes).into_response())
}

/// Takes one conversation out, or begins anew.
pub(super) async fn reset(
    State(api): State<Arc<Api>>,
    ControlBody(ResetRequest { conversation }): ControlBody<ResetRequest>,
) -> ControlAnswer {
    if let Some(id) = conversation {
        if !api.transactions.forget(&id).await? {
            return Err(ControlDenial::unknown("there is no such conversation"));
        }
    } else {
        api.transactions.go_back(AccountSnapshot::default()).await?;
        api.logins.log_out_all();
    }
    let count = api.transactions.read(Cloud::count).await?;
    Ok(Json(counted(&count)).into_response())
}

fn listed(one: &SnapshotEntry) -> Value {
    let mut value = counted(&one.count);
    value["name"] = json!(one.name);
    value["at"] = json!(one.at);
    value["file"] = json!(one.file.as_ref().map(|path| path.display().to_string()));
    value
}

fn counted(count: &Count) -> Value {
    json!({
        "consumers": count.consumers,
        "conversations": count.conversations,
        "open": count.open,
        "files": count.files,
    })
}
