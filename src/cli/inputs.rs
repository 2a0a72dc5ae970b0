//! What flags say and what they name: addresses, names, a port to take.

use std::net::SocketAddr;

use anyhow::{anyhow, bail};
use tokio::net::TcpListener;
use url::Url;

use crate::{config::words, ingress::listener};

pub use crate::config::words::{address, any_web as url, some as words};

/// Takes a loopback address for the listener. What comes from the internet comes through a tunnel.
pub async fn bind_loopback(address: SocketAddr) -> anyhow::Result<TcpListener> {
    if !address.ip().is_loopback() {
        bail!(
            "cannot listen on {address}: webhooks are taken on loopback addresses alone; \
             choose one like 127.0.0.1:8443 with --bind and point a tunnel at it"
        );
    }
    bind(address, "--bind").await
}

/// Takes the address that was given with this flag.
pub async fn bind(address: SocketAddr, flag: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|cause| {
        anyhow!("cannot listen on {address}: {cause}; choose another address with {flag}")
    })
}

/// Where a relay takes links.
pub fn link_url(text: &str) -> Result<Url, String> {
    let wanted = "write the `link` the relay has printed, like wss://relay.example/link";
    words::of_scheme(text, ["ws", "wss"], wanted)
}

/// A whole number from 0 up.
pub fn number(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| "write a whole number, from 0 to 18446744073709551615".to_owned())
}

/// The listener's path.
pub fn hook_path(text: &str) -> Result<String, String> {
    listener::checked_path(text).map_err(|error| error.to_string())
}
