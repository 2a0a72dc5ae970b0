//! Where an app install wants its notifications, and how often; see `webhooks` 8.1.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use url::Url;

use crate::{
    domain::{ids::ClientId, near::is_near},
    sandbox::model::{App, notify::EventType},
};

/// The webhooks of an app install.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Webhooks {
    /// `retry.retention_time`: how long a notification is tried again. When it is set, retries
    /// go by time and not by number.
    pub retention: Option<Duration>,
    /// One endpoint for each kind of event the app install subscribes to.
    pub endpoints: BTreeMap<EventType, Arc<Endpoint>>,
}

/// Where one kind of event goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The address.
    pub url: Url,
    /// Header names and values added to every request.
    pub headers: Vec<(String, String)>,
    /// How often a notification is tried again, where retries go by number.
    pub max_retries: Option<u8>,
}

/// What the delivery does for an app install from now on.
#[derive(Debug, Clone)]
pub(crate) enum DeliverySetup {
    /// Posts notifications to its endpoints, signed with its secret.
    Deliver(App, Webhooks),
    /// Posts nothing more: the app install is gone.
    End(ClientId),
}

impl Webhooks {
    /// All five kinds of event at one address.
    pub fn all_at(url: &Url, retention: Option<Duration>, max_retries: Option<u8>) -> Self {
        let endpoint = Arc::new(Endpoint {
            url: url.clone(),
            headers: Vec::new(),
            max_retries,
        });
        Self {
            retention,
            endpoints: EventType::ALL
                .into_iter()
                .map(|kind| (kind, endpoint.clone()))
                .collect(),
        }
    }
}

/// Whether notifications may be posted there: https, or http that does not leave this machine.
pub fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => is_near(url),
        _ => false,
    }
}
