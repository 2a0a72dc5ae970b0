//! What flags say and what they name: addresses, names, a port to take.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{anyhow, bail};
use tokio::net::TcpListener;
use url::Url;

use crate::{
    config::{fetch_pictures::FetchPictures, words},
    ingress::listener,
};

pub(crate) use crate::config::words::{address, any_web as url, some as words};

/// Takes a loopback address for the listener, or any free port of one. What comes from the internet
/// comes through a tunnel.
pub(crate) async fn bind_loopback(address: Option<SocketAddr>) -> anyhow::Result<TcpListener> {
    let address = address.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    if !address.ip().is_loopback() {
        bail!(
            "cannot listen on {address}: webhooks are taken on loopback addresses alone; \
             choose one like 127.0.0.1:8443 with --bind and point a tunnel at it"
        );
    }
    bind(address, "--bind").await
}

/// Takes the address that was given with this flag.
pub(crate) async fn bind(address: SocketAddr, flag: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|cause| {
        anyhow!("cannot listen on {address}: {cause}; choose another address with {flag}")
    })
}

pub(crate) fn link_url(text: &str) -> Result<Url, String> {
    let wanted = "write the `link` the relay has printed, like wss://relay.example/link";
    words::of_scheme(text, ["ws", "wss"], wanted)
}

pub(crate) fn number(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| "write a whole number, from 0 to 18446744073709551615".to_owned())
}

pub(crate) fn hook_path(text: &str) -> Result<String, String> {
    listener::checked_path(text).map_err(|error| error.to_string())
}

/// Whether pictures of cards are fetched, as the word for it.
pub(crate) fn fetching(text: &str) -> Result<&'static str, String> {
    FetchPictures::named(text).map(FetchPictures::name)
}
