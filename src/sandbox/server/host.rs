//! The names the sandbox answers to.
//!
//! A page of another site can have its own name lead to this machine and so read, with the rights
//! of its own origin, whatever answers without a secret. It cannot change the name that its
//! requests are for: `Host` says it.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use serde_json::json;

use crate::sandbox::server::api::Api;

/// Refuses a request that is for another name.
pub(super) async fn admit(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    if is_asked(api.address, &api.hosts, request.uri(), request.headers()) {
        return next.run(request).await;
    }
    let error = "this sandbox does not answer to the name in Host; use the address of its ready \
                 line, or start it with --host and the name";
    (StatusCode::FORBIDDEN, Json(json!({ "error": error }))).into_response()
}

/// Whether the listener at `address`, which is called `names` too, is the one that a request is for.
fn is_asked(address: SocketAddr, names: &[String], uri: &Uri, headers: &HeaderMap) -> bool {
    let said = headers.get_all(header::HOST).iter().map(|host| {
        let host = Authority::try_from(host.as_bytes()).ok();
        host.filter(|host| !host.as_str().contains('@'))
    });
    // A request for a proxy names it in its first line too.
    let mut all = said.chain(uri.authority().cloned().map(Some)).peekable();
    all.peek().is_some() && all.all(|one| one.is_some_and(|one| is_called(address, names, &one)))
}

/// Whether the listener at `address` is called that. One on all addresses may be in a container, so
/// every address will do there: pages have names. The port may be that of a program in between, and
/// tells nothing about the page that asks.
fn is_called(address: SocketAddr, names: &[String], said: &Authority) -> bool {
    let name = said.host().strip_suffix('.').unwrap_or(said.host());
    if names.iter().any(|one| one.eq_ignore_ascii_case(name)) {
        return true;
    }
    let (own, is_everywhere) = (address.ip().to_canonical(), address.ip().is_unspecified());
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(ip) => {
            let ip = ip.to_canonical();
            is_everywhere || ip == own || (ip.is_loopback() && own.is_loopback())
        }
        Err(_) => name.eq_ignore_ascii_case("localhost") && (is_everywhere || own.is_loopback()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_answered(listening: &str, names: &[&str], host: &str) -> bool {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        is_asked(
            listening.parse().unwrap(),
            &names,
            &Uri::from_static("/x"),
            &headers,
        )
    }

    #[test]
    fn a_listener_answers_to_its_address_to_localhost_and_to_the_names_it_was_given() {
        for (listening, host, expected) in [
            ("127.0.0.1:8080", "127.0.0.1:8080", true),
            ("127.0.0.1:8080", "localhost:8080", true),
            ("127.0.0.1:8080", "127.0.0.1:8081", true),
            ("127.0.0.1:8080", "127.0.0.1", true),
            ("127.0.0.1:80", "localhost", true),
            ("127.0.0.1:8080", "10.0.0.1:8080", false),
            ("127.0.0.1:8080", "evil.test:8080", false),
            ("[::1]:8080", "[::1]:8080", true),
            ("[::1]:8080", "localhost:8080", true),
            ("10.0.0.1:8080", "10.0.0.1:8080", true),
            ("10.0.0.1:8080", "localhost:8080", false),
            ("10.0.0.1:8080", "10.0.0.2:8080", false),
            ("0.0.0.0:8080", "10.0.0.2:9999", true),
            ("0.0.0.0:8080", "evil.test:8080", false),
            ("127.0.0.1:8080", "cloud.test", true),
            ("127.0.0.1:8080", "Cloud.test.:99", true),
            ("127.0.0.1:8080", "x.cloud.test", false),
        ] {
            let answered = is_answered(listening, &["cloud.test"], host);
            assert_eq!(answered, expected, "{host} at {listening}");
        }
    }

    #[test]
    fn every_name_of_a_request_has_to_be_ours() {
        let at: SocketAddr = "127.0.0.1:8080".parse().unwrap();
        let mut headers = HeaderMap::new();
        assert!(!is_asked(at, &[], &Uri::from_static("/x"), &headers));
        headers.append(header::HOST, "localhost:8080".parse().unwrap());
        assert!(is_asked(at, &[], &Uri::from_static("/x"), &headers));
        let elsewhere = Uri::from_static("http://evil.test:8080/x");
        assert!(!is_asked(at, &[], &elsewhere, &headers));
        headers.append(header::HOST, "evil.test:8080".parse().unwrap());
        assert!(!is_asked(at, &[], &Uri::from_static("/x"), &headers));
    }
}
