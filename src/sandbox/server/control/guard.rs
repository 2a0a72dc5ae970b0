//! Who may use the sandbox's own API: every client that has its token, and no page of another site.

use std::sync::Arc;

use aws_lc_rs::constant_time;
use axum::{
    body::HttpBody as _,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::{
    domain::secret::Secret,
    sandbox::server::{api::Api, control::ControlDenial},
};

/// Lets through what may be asked.
pub(super) async fn admit(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if let Some(why) = refusal(&api.control, headers) {
        return ControlDenial::new(StatusCode::FORBIDDEN, why).into_response();
    }
    if !request.body().is_end_stream() && !is_json(headers) {
        let why = "a body has to be JSON and to say so: Content-Type: application/json";
        return ControlDenial::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why).into_response();
    }
    next.run(request).await
}

fn refusal(token: &Secret, headers: &HeaderMap) -> Option<&'static str> {
    let given = headers.get(header::AUTHORIZATION);
    let given = given.and_then(|given| given.as_bytes().strip_prefix(b"Bearer "));
    let is_right = given.is_some_and(|given| {
        constant_time::verify_slices_are_equal(given, token.reveal().as_bytes()).is_ok()
    });
    if !is_right {
        return Some(
            "this needs the sandbox's token as a bearer: control_token of its ready line, \
             which `handset sandbox ctl` takes from HANDSET_SANDBOX_TOKEN",
        );
    }
    is_of_a_page(headers).then_some("this is not for pages of other sites")
}

/// Whether a browser says that a page of another origin asks.
fn is_of_a_page(headers: &HeaderMap) -> bool {
    // The name in Host is ours; see `server::host`.
    let host = headers
        .get(header::HOST)
        .map_or(&b""[..], |host| host.as_bytes());
    let is_own = |origin: &[u8]| {
        let place = origin
            .strip_prefix(b"http://")
            .or(origin.strip_prefix(b"https://"));
        place == Some(host)
    };
    let origins = headers.get_all(header::ORIGIN).iter();
    let mut sites = headers.get_all("sec-fetch-site").iter();
    origins
        .map(HeaderValue::as_bytes)
        .any(|origin| !is_own(origin))
        || sites.any(|site| site != "same-origin" && site != "none")
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
