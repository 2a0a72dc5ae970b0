//! What environment variables say, over the file and below the flags.

use crate::config::{
    origin::{Origin, Said, Wrong},
    profile::Source,
    values::{Kind, Values},
    words::{self, WayIn},
};

/// Names the profile.
pub const PROFILE: &str = "HANDSET_PROFILE";
/// Holds the app install's client_secret itself.
pub const CLIENT_SECRET: &str = "HANDSET_CLIENT_SECRET";
/// Holds the relay's ticket itself.
pub const RELAY_TICKET: &str = "HANDSET_RELAY_TICKET";
/// Holds the agent's password itself.
pub const LOGIN_PASSWORD: &str = "HANDSET_LOGIN_PASSWORD";

/// What the environment says; `variable` looks one up, and an empty one says nothing.
pub fn values(variable: impl Fn(&str) -> Option<String>) -> Result<Values, Wrong> {
    let said = |name: &'static str| {
        let text = variable(name).filter(|text| !text.trim().is_empty());
        text.map(|text| Said::new(text, Origin::Env(name)))
    };
    let there = |name: &'static str| {
        let origin = Origin::Env(name);
        said(name).map(|_| Said::new(Source::Env(name.to_owned()), origin))
    };
    let mut values = Values {
        account: read(said("HANDSET_ACCOUNT"), words::some)?,
        csds: read(said("HANDSET_CSDS"), words::csds)?,
        client_id: read(said("HANDSET_CLIENT_ID"), words::some)?,
        secret: there(CLIENT_SECRET),
        ca: read(said("HANDSET_CA"), |path| Ok(path.into()))?,
        production: read(said("HANDSET_PRODUCTION"), words::switch)?,
        brand: read(said("HANDSET_BRAND"), words::some)?,
        theme: read(said("HANDSET_THEME"), words::some)?,
        tunnel_ticket: there(RELAY_TICKET),
        login_username: read(said("HANDSET_LOGIN_USERNAME"), words::some)?,
        login_password: there(LOGIN_PASSWORD),
        ..Values::default()
    };
    let link = read(said("HANDSET_RELAY_LINK"), words::link)?;
    let way = read(said("HANDSET_TUNNEL"), words::way_in)?;
    say_way(&mut values, way, link);
    Ok(values)
}

/// Puts a way in, and perhaps a relay's link besides, into values; a link alone means a relay.
pub fn say_way(values: &mut Values, way: Option<Said<WayIn>>, link: Option<Said<url::Url>>) {
    if let Some(Said { value, origin }) = way {
        let kind = match value {
            WayIn::Kind(kind) => kind,
            WayIn::Url(url) => {
                values.tunnel_url = Some(Said::new(url, origin.clone()));
                Kind::Url
            }
            WayIn::Link(link) => {
                values.tunnel_link = Some(Said::new(link, origin.clone()));
                Kind::Relay
            }
        };
        values.tunnel_kind = Some(Said::new(kind, origin));
    }
    if let Some(link) = link {
        let origin = link.origin.clone();
        values
            .tunnel_kind
            .get_or_insert(Said::new(Kind::Relay, origin));
        values.tunnel_link = Some(link);
    }
}

fn read<T>(
    said: Option<Said<String>>,
    how: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<Said<T>>, Wrong> {
    let Some(Said { value, origin }) = said else {
        return Ok(None);
    };
    match how(&value) {
        Ok(value) => Ok(Some(Said::new(value, origin))),
        Err(reason) => Err(Wrong { origin, reason }),
    }
}
