//! The kinds of values that settings have, and how each is read from a text: alike in the file, in
//! the environment and in flags.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::Serialize;
use url::Url;

use crate::{
    config::{fetch_pictures::FetchPictures, source::Source, tunnel_kind::TunnelKind},
    domain::near::is_near,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// A text that is not blank.
    Text,
    /// A text, which the file may give as a number.
    TextOrNumber,
    /// Several texts, which only the file can give.
    Texts,
    Switch,
    /// The number of a port, which only the file can give.
    Port,
    /// An IP address with a port.
    Address,
    /// The path of a file; a relative one in the settings file is meant from its folder.
    Path,
    /// The name of something embedded, or the path of a file.
    Asset,
    /// Several of these, which only the file can give.
    Assets,
    /// An address on the web; plain http is for this machine alone.
    Web,
    /// The same, of any machine.
    AnyWeb,
    /// An address on the web, or a host that is reached over https.
    Csds,
    /// The link of a relay; ws without TLS is for this machine alone.
    Link,
    /// An address on the web, in which `{port}` may stand for a port.
    Public,
    /// `auto`, `on` or `off`.
    Fetching,
    /// A kind of tunnel; as a word of a flag also the address or link of one.
    Tunnel,
    /// Where a secret is; a text names an environment variable.
    Secret,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum SettingValue {
    Text(String),
    Number(u16),
    Switch(bool),
    List(Vec<String>),
    /// Where a secret is, and never what it is.
    Secret(Source),
}

impl ValueKind {
    /// Reads a value; `folder` is that of the settings file, when it is the file that gives it.
    pub(crate) fn read(self, text: &str, folder: Option<&Path>) -> Result<SettingValue, String> {
        Ok(SettingValue::Text(match self {
            Self::Secret => return some(text).map(|name| SettingValue::Secret(Source::Env(name))),
            Self::Switch => return switch(text).map(SettingValue::Switch),
            Self::Texts => text.to_owned(),
            Self::Path => match folder {
                Some(folder) => under(folder, &some(text)?).display().to_string(),
                None => text.to_owned(),
            },
            Self::Asset | Self::Assets => match folder {
                Some(folder) => beside(folder, some(text)?),
                None => some(text)?,
            },
            Self::Text | Self::TextOrNumber | Self::Public | Self::Port => some(text)?,
            Self::Address => address(text)?.to_string(),
            Self::Fetching => FetchPictures::named(text)?.name().to_owned(),
            Self::Web => web(text)?.into(),
            Self::AnyWeb => any_web(text)?.into(),
            Self::Csds => csds(text)?.into(),
            Self::Link => link(text)?.into(),
            Self::Tunnel => kind(text)?.name().to_owned(),
        }))
    }

    /// How a value looks in the file, for a hint.
    pub(crate) fn example(self) -> &'static str {
        match self {
            Self::Secret => "{ env = \"…\" }",
            Self::Web | Self::AnyWeb | Self::Csds | Self::Public => "\"https://…\"",
            Self::Link => "\"wss://…\"",
            _ => "\"…\"",
        }
    }
}

/// A path as meant from the folder of settings, `~` being the user's home.
fn under(folder: &Path, path: &str) -> PathBuf {
    if let Some(rest) = path.strip_prefix("~/")
        && let Ok(home) = etcetera::home_dir()
    {
        return home.join(rest);
    }
    folder.join(path)
}

/// A name as it stands, or a path as meant from the folder of settings.
fn beside(folder: &Path, named: String) -> String {
    let is_file = Path::new(&named)
        .extension()
        .is_some_and(|ending| ending == "toml");
    if named.contains('/') || is_file {
        under(folder, &named).display().to_string()
    } else {
        named
    }
}

/// The region's address where domains are looked up: a whole one, or a host alone, which is
/// reached over https.
pub(crate) fn csds(text: &str) -> Result<Url, String> {
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    web(&whole)
}

/// An address on the web; plain http is for this machine alone.
pub(crate) fn web(text: &str) -> Result<Url, String> {
    scheme(text, "https", "http")
}

/// The link of a relay; ws without TLS is for this machine alone.
pub(crate) fn link(text: &str) -> Result<Url, String> {
    scheme(text, "wss", "ws")
}

/// An address on the web, of any machine.
pub(crate) fn any_web(text: &str) -> Result<Url, String> {
    of_scheme(
        text,
        ["http", "https"],
        "write a whole http or https address",
    )
}

/// An address of one of these schemes. Addresses are shown, so no password may be in one.
pub(crate) fn of_scheme(text: &str, schemes: [&str; 2], otherwise: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(Url::has_host);
    let url = url.filter(|url| schemes.contains(&url.scheme()));
    let url = url.ok_or_else(|| otherwise.to_owned())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("leave name and password out of the address".to_owned());
    }
    Ok(url)
}

fn scheme(text: &str, safe: &str, plain: &str) -> Result<Url, String> {
    let otherwise = format!("write a whole {plain} or {safe} address");
    let url = of_scheme(text, [safe, plain], &otherwise)?;
    if url.scheme() == plain && !is_near(&url) {
        return Err(format!(
            "plain {plain} is for this machine alone; write {safe}"
        ));
    }
    Ok(url)
}

/// An address and a port of this machine.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "write an IP address and a port, like 127.0.0.1:8443".to_owned())
}

/// Something with more in it than spaces.
pub(crate) fn some(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        Err("it is empty".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

pub(crate) fn switch(text: &str) -> Result<bool, String> {
    match text.trim().to_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err("write true or false".to_owned()),
    }
}

/// A tunnel in one word: a kind of tunnel, the public address that leads here already, or the link
/// of a relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TunnelWord {
    /// A kind, whose options are given elsewhere.
    Kind(TunnelKind),
    Url(Url),
    Link(Url),
}

pub(crate) fn tunnel(text: &str) -> Result<TunnelWord, String> {
    let text = text.trim();
    match text.split_once("://") {
        Some(("ws" | "wss", _)) => link(text).map(TunnelWord::Link),
        Some(_) => web(text).map(TunnelWord::Url),
        None => kind(text).map(TunnelWord::Kind),
    }
}

fn kind(text: &str) -> Result<TunnelKind, String> {
    TunnelKind::named(text).ok_or_else(|| {
        let names = TunnelKind::ALL.map(|(_, name)| name);
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
