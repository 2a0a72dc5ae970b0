//! The directory of services, which says where each lives. See `domains-and-auth` 1.

use serde_json::Value;
use url::Url;

use crate::domain::ids::AccountId;

/// Where to ask for one service, or for all of them.
pub fn lookup(csds: &Url, account: &AccountId, service: Option<&str>) -> Url {
    let mut segments = vec!["api", "account", account.as_str(), "service"];
    segments.extend(service);
    segments.push("baseURI.json");
    let mut url = at(csds, &segments);
    url.set_query(Some("version=1.0"));
    url
}

/// An address below another, every segment encoded.
pub fn at(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

/// `host` or `host:port` of a service, from the answer for one service or for all of them.
pub fn base<'a>(answer: &'a Value, service: &str) -> Option<&'a str> {
    let base = match answer.get("baseURIs").and_then(Value::as_array) {
        Some(all) => all
            .iter()
            .find(|entry| entry.get("service").and_then(Value::as_str) == Some(service))
            .and_then(|entry| entry.get("baseURI")),
        None => answer.get("baseURI"),
    };
    base.and_then(Value::as_str)
}

/// A service's address: its host below a scheme. `None` when that is more than a host.
pub fn address(scheme: &str, base: &str) -> Option<Url> {
    let url = Url::parse(&format!("{scheme}://{base}")).ok()?;
    let is_host_only = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    is_host_only.then_some(url)
}
