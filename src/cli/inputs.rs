//! What flags say and what they name: addresses, names, a port to take.

use std::net::SocketAddr;

use anyhow::{anyhow, bail};
use tokio::net::TcpListener;
use url::Url;

use crate::ingress::listener;

/// Takes a loopback address for the listener. Whoever comes from outside comes through a tunnel.
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

/// An address and a port.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "write an IP address and a port, like 127.0.0.1:8443".to_owned())
}

/// An address on the web.
pub fn url(text: &str) -> Result<Url, String> {
    let wanted = "write a whole http or https address";
    of_scheme(text, ["http", "https"], wanted)
}

/// An address of one of these schemes. Addresses are shown, so no password may be in one.
fn of_scheme(text: &str, schemes: [&str; 2], wanted: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(Url::has_host);
    let url = url.filter(|url| schemes.contains(&url.scheme()));
    let url = url.ok_or_else(|| wanted.to_owned())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("leave name and password out of the address".to_owned());
    }
    Ok(url)
}

/// Where a relay takes links.
pub fn link_url(text: &str) -> Result<Url, String> {
    let wanted = "write the `link` the relay has printed, like wss://relay.example/link";
    of_scheme(text, ["ws", "wss"], wanted)
}

/// Something with more in it than spaces.
pub fn words(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        Err("it is empty".to_owned())
    } else {
        Ok(text.to_owned())
    }
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
