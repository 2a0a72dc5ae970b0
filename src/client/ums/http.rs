//! One HTTP request: bounded in time and size, its failures told apart.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{
    Client, Method, Request,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, USER_AGENT},
};
use serde_json::Value;
use url::Url;

use crate::{
    domain::{retry::Problem, secret::Secret, wire::fault},
    rt::web,
};

/// The largest answer that is read; a list of all users of a large account is long.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

#[derive(Debug, Clone)]
pub(super) struct Http {
    client: Client,
    within: Duration,
}

/// A request before it goes out.
pub(super) struct Call {
    pub(super) url: Url,
    /// POST with this, or GET.
    pub(super) body: Option<Value>,
    pub(super) bearer: Option<Secret>,
    pub(super) cookies: Option<Secret>,
}

impl Call {
    pub(super) fn get(url: Url) -> Self {
        Self {
            url,
            body: None,
            bearer: None,
            cookies: None,
        }
    }

    pub(super) fn post(url: Url, body: Value) -> Self {
        Self {
            body: Some(body),
            ..Self::get(url)
        }
    }
}

pub(super) struct Good {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Http {
    pub(super) fn new(client: Client, within: Duration) -> Self {
        Self { client, within }
    }

    /// Makes the request once. What the peer says when it refuses is foreign, and cleaned.
    pub(super) async fn perform(&self, call: Call) -> Result<Good, Problem> {
        let peer = call.url.authority().to_owned();
        let request = request(call)?;
        let late = |error: &reqwest::Error| {
            if error.is_timeout() {
                format!("{peer}: no answer within {} s", self.within.as_secs_f32())
            } else {
                format!("{peer}: {}", web::innermost(error))
            }
        };
        let response = self.client.execute(request).await.map_err(|error| {
            if error.is_connect() || error.is_builder() {
                Problem::unreachable(&late(&error))
            } else {
                Problem::uncertain(&late(&error))
            }
        })?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = match web::read(response, LARGEST_ANSWER).await {
            Ok(Some(body)) => body,
            Ok(None) => {
                let reason = format!("{peer}: it is larger than {LARGEST_ANSWER} bytes");
                return Err(Problem::garbled(&reason));
            }
            Err(_) if !status.is_success() => Bytes::new(),
            Err(error) => return Err(Problem::uncertain(&late(&error))),
        };
        if status.is_success() {
            Ok(Good { headers, body })
        } else {
            Err(Problem::of(fault::read(status.as_u16(), &body)))
        }
    }
}

fn request(call: Call) -> Result<Request, Problem> {
    let mut request = Request::new(Method::GET, call.url);
    let headers = request.headers_mut();
    let agent = concat!("handset/", env!("CARGO_PKG_VERSION"));
    headers.insert(USER_AGENT, HeaderValue::from_static(agent));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(bearer) = call.bearer {
        let bearer = Secret::new(format!("Bearer {}", bearer.reveal()));
        headers.insert(AUTHORIZATION, sensitive(&bearer)?);
    }
    if let Some(cookies) = call.cookies {
        headers.insert(COOKIE, sensitive(&cookies)?);
    }
    if let Some(body) = call.body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.method_mut() = Method::POST;
        *request.body_mut() = Some(body.to_string().into());
    }
    Ok(request)
}

fn sensitive(secret: &Secret) -> Result<HeaderValue, Problem> {
    let mut value = HeaderValue::from_str(secret.reveal())
        .map_err(|_| Problem::unreachable("what the login gave cannot stand in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}
