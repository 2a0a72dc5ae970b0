//! What agents are doing: the status call of the history service; see `send-api` 8.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::sandbox::http::{
    Api,
    account::Denial,
    body,
    history::{bad, texts},
    login, people, request,
};

/// The status of the agents that are named, or of all; those nobody knows are left out.
pub async fn agents(
    State(api): State<Arc<Api>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Response {
    let answer = async {
        let body = body::read(request).await;
        login::bearer(&api, &account, &headers)?;
        let body = body.map_err(|fault| Denial::new(fault.status(), "the body did not come"))?;
        let Ok(Value::Object(body)) = request::json(&body) else {
            return Err(bad("the body is not a JSON object"));
        };
        let named = texts(&body, "agentIds")?;
        let phonebook = people::phonebook(&api);
        let known = phonebook.people.iter().filter(|one| match &named {
            None => !one.is_bot,
            Some(named) => named.iter().any(|id| {
                phonebook
                    .with_id(id)
                    .is_some_and(|found| found.pid == one.pid)
            }),
        });
        let records: Vec<Value> = known
            .map(|one| {
                let status = people::availability(&api, &one.pid);
                json!({ "agentId": one.id, "currentStatus": status })
            })
            .collect();
        Ok(Json(json!({ "agentStatusRecords": records })).into_response())
    };
    answer.await.unwrap_or_else(Denial::into_response)
}
