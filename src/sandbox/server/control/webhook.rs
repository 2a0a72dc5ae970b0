//! Where the webhooks of the first app install go: looking, and pointing them elsewhere at once.

use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse as _};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::sandbox::{
    model::{
        installs::Install,
        webhooks::{Webhooks, is_safe},
    },
    server::{
        api::Api,
        control::{ControlAnswer, ControlBody, ControlDenial},
    },
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookRequest {
    /// Where all five kinds of event go; none at all go anywhere where it is null.
    url: Option<String>,
}

pub(super) async fn show(State(api): State<Arc<Api>>) -> ControlAnswer {
    let shown = api.transactions.read(|cloud| shown(cloud.main()));
    Ok(Json(shown.await?).into_response())
}

pub(super) async fn point(
    State(api): State<Arc<Api>>,
    ControlBody(WebhookRequest { url }): ControlBody<WebhookRequest>,
) -> ControlAnswer {
    let wrong = || {
        ControlDenial::bad(
            "url must be a whole https address, or an http one of this machine; null for none",
        )
    };
    let url = match url {
        Some(text) => {
            let url = Url::parse(&text).ok().filter(is_safe);
            Some(url.ok_or_else(wrong)?)
        }
        None => None,
    };
    let pointed = api.transactions.perform(move |cloud, _, changes| {
        let main = cloud.main_mut();
        let retention = main.webhooks().retention;
        main.point(match &url {
            Some(url) => Webhooks::all_at(url, retention, None),
            None => Webhooks {
                retention,
                ..Webhooks::default()
            },
        });
        changes.installs.insert(main.app.client.clone());
        Ok(shown(main))
    });
    Ok(Json(pointed.await?).into_response())
}

fn shown(install: &Install) -> Value {
    let webhooks = install.webhooks();
    let endpoints = webhooks.endpoints.iter();
    let endpoints: Map<String, Value> = endpoints
        .map(|(kind, endpoint)| (kind.key().to_owned(), json!(endpoint.url)))
        .collect();
    json!({ "client_id": install.app.client, "endpoints": endpoints })
}
