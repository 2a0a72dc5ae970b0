//! Looking at conversations from above: all of them, or one with what was said.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    response::IntoResponse as _,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    domain::ids::ConversationId,
    sandbox::{
        model::conversation::Conversation,
        server::{
            api::Api,
            control::{ControlAnswer, ControlDenial},
        },
    },
};

/// Conversations listed at once; the latest ones.
const MOST: usize = 1000;

#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    state: Option<String>,
}

/// Those that are open, or closed, or all; the latest first.
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    Query(which): Query<ListQuery>,
) -> ControlAnswer {
    let wanted = match which.state.as_deref() {
        None => None,
        Some("open") => Some(true),
        Some("closed") => Some(false),
        Some(_) => return Err(ControlDenial::bad("state must be open or closed")),
    };
    let read = api.transactions.read(move |cloud| {
        let fits = |one: &&Conversation| wanted.is_none_or(|open| one.is_open() == open);
        let all: Vec<_> = cloud.conversations().into_iter().filter(fits).collect();
        let found: Vec<Value> = all.iter().rev().take(MOST).map(|one| brief(one)).collect();
        (all.len(), found)
    });
    let (all, found) = read.await?;
    Ok(Json(json!({ "all": all, "conversations": found })).into_response())
}

/// One with its dialogs and what was said in them.
pub(super) async fn show(State(api): State<Arc<Api>>, Path(id): Path<String>) -> ControlAnswer {
    let id = ConversationId::from(id);
    let found = api
        .transactions
        .read(|cloud| cloud.conversation(&id).map(whole));
    let found = found
        .await?
        .ok_or_else(|| ControlDenial::unknown("there is no such conversation"))?;
    Ok(Json(found).into_response())
}

fn brief(one: &Conversation) -> Value {
    json!({
        "id": one.id,
        "client_id": one.client,
        "consumer": one.consumer,
        "skill": one.skill,
        "assigned": one.assigned(),
        "started": one.started,
        "ended": one.ended,
        "open": one.is_open(),
        "main_open": one.main().is_open(),
        "messages": one.main().next,
        "csat": one.csat.as_ref().and_then(|csat| csat.csat_rate),
    })
}

fn whole(one: &Conversation) -> Value {
    let dialogs = one.dialogs.iter().map(|dialog| {
        json!({
            "id": dialog.id,
            "kind": dialog.kind,
            "open": dialog.is_open(),
            "participants": dialog.participants,
            "next": dialog.next,
            "events": dialog.events.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
        })
    });
    let dialogs: Vec<Value> = dialogs.collect();
    let mut value = brief(one);
    value["dialogs"] = json!(dialogs);
    value
}
