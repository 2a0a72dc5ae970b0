//! What settings say in words: addresses, switches, kinds of tunnels. Alike in the file, in the
//! environment and in flags.

use std::net::SocketAddr;

use url::Url;

use crate::{config::values::Kind, domain::near::is_near};

/// The region's address where domains are looked up: a whole one, or a host alone, which is
/// reached over https.
pub fn csds(text: &str) -> Result<Url, String> {
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    web(&whole)
}

/// An address on the web; plain http is for this machine alone.
pub fn web(text: &str) -> Result<Url, String> {
    scheme(text, "https", "http")
}

/// The link of a relay; ws without TLS is for this machine alone.
pub fn link(text: &str) -> Result<Url, String> {
    scheme(text, "wss", "ws")
}

fn scheme(text: &str, safe: &str, plain: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(Url::has_host);
    let url = url.filter(|url| [safe, plain].contains(&url.scheme()));
    let Some(url) = url else {
        return Err(format!("write a whole {plain} or {safe} address"));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("leave name and password out of the address".to_owned());
    }
    if url.scheme() == plain && !is_near(&url) {
        return Err(format!(
            "plain {plain} is for this machine alone; write {safe}"
        ));
    }
    Ok(url)
}

/// An address and a port of this machine.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "write an IP address and a port, like 127.0.0.1:8443".to_owned())
}

/// Something with more in it than spaces.
pub fn some(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        Err("it is empty".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// A switch.
pub fn switch(text: &str) -> Result<bool, String> {
    match text.trim().to_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err("write true or false".to_owned()),
    }
}

/// A way in, in one word: a kind of tunnel, the public address that leads here already, or the
/// link of a relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WayIn {
    /// A kind, whose details are said elsewhere.
    Kind(Kind),
    /// A public address.
    Url(Url),
    /// A relay's link.
    Link(Url),
}

/// Reads a way in.
pub fn way_in(text: &str) -> Result<WayIn, String> {
    let text = text.trim();
    match text.split_once("://") {
        Some(("ws" | "wss", _)) => link(text).map(WayIn::Link),
        Some(_) => web(text).map(WayIn::Url),
        None => kind(text).map(WayIn::Kind),
    }
}

/// Reads a kind of tunnel.
pub fn kind(text: &str) -> Result<Kind, String> {
    let all = Kind::ALL;
    let found = all.into_iter().find(|kind| kind.name() == text);
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|kind| kind.name()).collect();
        // Only what may be meant as one is repeated: it may be a ticket in the wrong place.
        let is_word = text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_lowercase());
        let which = if is_word {
            format!("{text:?}")
        } else {
            "called that".to_owned()
        };
        format!(
            "there is no tunnel {which}; choose one of {}",
            names.join(", ")
        )
    })
}
