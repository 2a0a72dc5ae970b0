//! Records of app installs as they may be shown.

use serde_json::Value;
use url::Url;

use crate::domain::app_install::{ENDPOINT, HEADERS, Lease, lease};

/// What stands in the place of a secret.
const HIDDEN: &str = "…";

/// Members that hold secrets.
const SECRETS: [&str; 2] = ["client_secret", "registration_access_token"];

/// Whose endpoints are shown without their paths. The path of a listener of handset's cannot be
/// guessed, and must not be read off a screen either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoints {
    /// Everybody's.
    All,
    /// Those beside a lease.
    Borrowed,
}

/// Hides the secrets in a record, or in everything else there is one in: the client_secret, the
/// values of custom headers, and paths of endpoints.
pub fn mask(value: &mut Value, endpoints: Endpoints) {
    match value {
        Value::Object(members) => {
            let is_borrowed = members
                .get(HEADERS)
                .and_then(Value::as_array)
                .is_some_and(|headers| headers.iter().any(lease::is_lease));
            for (name, member) in members {
                match member {
                    member if SECRETS.contains(&name.as_str()) => *member = Value::from(HIDDEN),
                    Value::String(endpoint) if name == ENDPOINT => {
                        if is_borrowed || endpoints == Endpoints::All {
                            *endpoint = origin(endpoint);
                        }
                    }
                    Value::Array(headers) if name == HEADERS => {
                        headers.iter_mut().for_each(hide_header);
                    }
                    member => mask(member, endpoints),
                }
            }
        }
        Value::Array(elements) => {
            for element in elements {
                mask(element, endpoints);
            }
        }
        _ => {}
    }
}

/// A custom header without its value, unless that is a lease.
fn hide_header(header: &mut Value) {
    let value = header.get("header_value").and_then(Value::as_str);
    if lease::is_lease(header) && value.is_some_and(|value| Lease::read(value).is_some()) {
        return;
    }
    match header {
        Value::Object(members) => {
            for (name, member) in members {
                if name != "header_name" {
                    *member = Value::from(HIDDEN);
                }
            }
        }
        other => *other = Value::from(HIDDEN),
    }
}

/// An address without its path, where it has one.
pub fn origin(address: &str) -> String {
    let Ok(url) = Url::parse(address) else {
        return HIDDEN.to_owned();
    };
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => return HIDDEN.to_owned(),
    };
    let path = if url.path() == "/" && url.query().is_none() {
        "/"
    } else {
        "/…"
    };
    format!("{}://{host}{path}", url.scheme())
}
