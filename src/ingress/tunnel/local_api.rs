//! Asking the little HTTP APIs that tunnel programs offer on this machine.

use std::{net::SocketAddr, time::Duration};

use reqwest::{Client, redirect};
use serde_json::Value;

use crate::ingress::tunnel::Outage;

/// Time for an answer from this machine.
const WITHIN: Duration = Duration::from_secs(2);
/// Largest answer that is read.
const LARGEST: usize = 256 * 1024;

/// Asks programs on this machine.
#[derive(Debug, Clone)]
pub(super) struct LocalApi(Client);

impl LocalApi {
    pub(super) fn new() -> Result<Self, Outage> {
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .timeout(WITHIN)
            .redirect(redirect::Policy::none())
            .build();
        client.map(Self).map_err(|cause| {
            Outage::lasting(
                format!("cannot set up questions to this machine: {cause}"),
                "report this as a fault of handset",
            )
        })
    }

    /// A good answer in JSON; `None` for anything else, for then it is asked again or done
    /// without. Only this machine is asked.
    pub(super) async fn get(&self, at: SocketAddr, path: &str) -> Option<Value> {
        if !at.ip().is_loopback() {
            return None;
        }
        let request = self.0.get(format!("http://{at}{path}"));
        let mut answer = Box::pin(request.send()).await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.ok()? {
            if body.len() + chunk.len() > LARGEST {
                return None;
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).ok()
    }
}
