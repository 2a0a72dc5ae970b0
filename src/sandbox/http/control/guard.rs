//! Who may use the sandbox's own API.

use std::{net::IpAddr, sync::Arc};

use aws_lc_rs::constant_time;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::{
    domain::secret::Secret,
    rt::serve::Peer,
    sandbox::http::{Api, control::Denial},
};

/// Who passes requests of others on says so with one of these; a browser says where it was.
const PASSED_ON: [HeaderName; 5] = [
    header::ORIGIN,
    header::FORWARDED,
    header::VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
];

/// Lets through who may.
pub(super) async fn admit(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    match refusal(api.control.as_ref(), peer, request.headers()) {
        Some(why) => Denial::new(StatusCode::FORBIDDEN, why).into_response(),
        None => next.run(request).await,
    }
}

fn refusal(
    token: Option<&Secret>,
    peer: Option<IpAddr>,
    headers: &HeaderMap,
) -> Option<&'static str> {
    if let Some(token) = token {
        let given = headers.get(header::AUTHORIZATION);
        let given = given.and_then(|given| given.as_bytes().strip_prefix(b"Bearer "));
        let right = given.is_some_and(|given| {
            constant_time::verify_slices_are_equal(given, token.reveal().as_bytes()).is_ok()
        });
        return (!right).then_some("this sandbox wants its token here, as a bearer");
    }
    if !peer.is_some_and(|ip| ip.to_canonical().is_loopback()) {
        return Some("without a token this is for the machine of the sandbox alone");
    }
    PASSED_ON
        .iter()
        .any(|name| headers.contains_key(name))
        .then_some("without a token this is not for browsers, nor for what a proxy passes on")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn this_machine_may_others_may_not_and_a_token_counts_for_all() {
        let near: IpAddr = "127.0.0.1".parse().unwrap();
        let mapped: IpAddr = "::ffff:127.0.0.1".parse().unwrap();
        let far: IpAddr = "192.0.2.7".parse().unwrap();
        let bare = HeaderMap::new();
        assert_eq!(refusal(None, Some(near), &bare), None);
        assert_eq!(refusal(None, Some(mapped), &bare), None);
        assert!(refusal(None, Some(far), &bare).is_some());
        assert!(refusal(None, None, &bare).is_some());
        for name in PASSED_ON {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static("x"));
            assert!(refusal(None, Some(near), &headers).is_some());
        }
        let token = Secret::new("a-token-of-the-test");
        let mut right = HeaderMap::new();
        let bearer = HeaderValue::from_static("Bearer a-token-of-the-test");
        right.insert(header::AUTHORIZATION, bearer);
        assert_eq!(refusal(Some(&token), Some(far), &right), None);
        assert!(refusal(Some(&token), Some(near), &bare).is_some());
    }
}
