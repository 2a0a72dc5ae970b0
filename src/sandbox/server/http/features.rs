//! What the account is allowed and set up for; see `send-api` 9 and `agent-side` 11.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::sandbox::server::{
    api::Api,
    http::{account::AccountDenial, extract::BearerUser},
};

/// What the account has been granted: messaging.
pub(crate) async fn grants(_: BearerUser) -> Response {
    let features = json!([
        { "compoundFeatureID": "Common.Async_Messaging", "value": { "value": true } },
    ]);
    // The path a real client reads, every step of it.
    let account = json!({ "accountList": [{ "itemsCollection": { "data": features } }] });
    Json(json!({ "appDataList": [{ "accountList": account }] })).into_response()
}

/// The automatic messages, as the account is set up now.
pub(crate) async fn auto_messages(State(api): State<Arc<Api>>, _: BearerUser) -> Response {
    let welcome = api.transactions.look(|cloud| cloud.rules().welcome.clone());
    let all: Vec<Value> = welcome
        .iter()
        .enumerate()
        .map(|(number, text)| {
            json!({
                "id": number + 1,
                "deleted": false,
                "enabled": true,
                "messageEventId": "WELCOME",
                "templateId": 0,
                "data": [{ "msg": text, "lang": "en-US", "isDefault": true }],
                "attributes": {},
            })
        })
        .collect();
    ([("ac-revision", "1")], Json(all)).into_response()
}

/// The forms agents fill in: there are none, whatever is asked.
pub(crate) async fn no_form() -> AccountDenial {
    let why = "the account has no agent survey";
    AccountDenial::new(StatusCode::NOT_FOUND, why)
}
