//! The requests themselves: signed, to endpoints that can be believed, with bounds on time.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use bytes::Bytes;
use hyper::body::Incoming;
use reqwest::{Certificate, redirect::Policy as Redirect};
use tokio::{sync::Semaphore, time::timeout};
use url::Url;

use crate::{
    domain::{
        ids::AccountId,
        inbound::{ACCOUNT_HEADER, CLIENT_HEADER, SIGNATURE_HEADER},
        secret::Secret,
        signature::{self, Algorithm},
    },
    sandbox::{
        clock::Clock,
        delivery::{
            near::{self, Near},
            tampering::{Seal, Tampering},
        },
        error::Error,
        faults::{EndpointGroup, FaultAct, Faults},
        model::{App, webhooks::Endpoint},
        settings::Retry,
        store::Store,
    },
};

/// Posts of an app install under way at most, further ones wait; and as many answers read to
/// their end.
pub(super) const PARALLEL: usize = 64;
/// Pieces of an answer's body read at most, so that the connection can be used again.
const PIECES: usize = 16;

/// An endpoint's answer, whose body is not read yet.
#[derive(Debug)]
pub(super) enum EndpointAnswer {
    Near(Response<Incoming>),
    /// From another one, or over TLS.
    Far(reqwest::Response),
}

#[derive(Debug, thiserror::Error)]
pub(super) enum PostFailure {
    /// A header of the app install's own is none.
    #[error("cannot write the request: {0}")]
    Head(#[source] axum::http::Error),
    #[error("cannot post: {0}")]
    Near(#[from] near::NearFailure),
    /// From another one, or over TLS.
    #[error("cannot post: {0}")]
    Far(#[source] reqwest::Error),
}

/// What the deliveries of all app installs go out by.
#[derive(Debug)]
pub(crate) struct Outgoing {
    account: AccountId,
    algorithm: Algorithm,
    near: Near,
    /// For what is more than that, on this machine.
    loopback: reqwest::Client,
    public: Mutex<Option<reqwest::Client>>,
    /// Whom to believe besides the platform's roots, in DER.
    trusted: Vec<Vec<u8>>,
    /// Places for answers that are read to their end.
    finishing: Semaphore,
    retry: Retry,
    store: Option<Store>,
    clock: Clock,
    faults: Arc<Faults>,
    /// What notifications are signed with that are to be signed wrongly.
    other: Secret,
}

impl Outgoing {
    /// The way out of an account; `trusted` are certificates in DER.
    pub(crate) fn new(
        account: AccountId,
        algorithm: Algorithm,
        retry: Retry,
        trusted: Vec<Vec<u8>>,
        store: Option<Store>,
        clock: Clock,
        faults: Arc<Faults>,
    ) -> Result<Self, Error> {
        let loopback = client(&retry)
            .tls_certs_only([])
            .build()
            .map_err(Error::Client)?;
        Ok(Self {
            account,
            algorithm,
            loopback,
            near: Near::new(retry.connect_timeout, retry.read_timeout),
            public: Mutex::new(None),
            trusted,
            finishing: Semaphore::new(PARALLEL),
            retry,
            store,
            clock,
            faults,
            other: Secret::new("another secret than this one"),
        })
    }

    pub(super) fn retry(&self) -> &Retry {
        &self.retry
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// What faults do to the next notification of an app install; one that was put off already is
    /// not put off again.
    pub(super) fn tampering(&self, app: &App, late: bool) -> Tampering {
        let fits = |act: &FaultAct| !late || *act != FaultAct::Reorder;
        let client = Some(&app.client);
        Tampering::of(&self.faults.strike_if(EndpointGroup::Webhook, client, fits))
    }

    /// Posts a notification of an app install.
    pub(super) async fn request(
        &self,
        app: &App,
        (endpoint, seal): (&Endpoint, Seal),
        body: Bytes,
    ) -> Result<EndpointAnswer, PostFailure> {
        let mut headers = HeaderMap::with_capacity(8);
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        for (name, value) in [
            (ACCOUNT_HEADER, self.account.as_str()),
            (CLIENT_HEADER, app.client.as_str()),
        ] {
            headers.insert(HeaderName::from_static(name), value.parse().map_err(head)?);
        }
        let secret = match seal {
            Seal::Good => Some(&app.secret),
            Seal::Bad => Some(&self.other),
            Seal::Missing => None,
        };
        if let Some(secret) = secret {
            let signature = signature::sign(self.algorithm, secret, &body);
            let name = HeaderName::from_static(SIGNATURE_HEADER);
            headers.insert(name, signature.parse().map_err(head)?);
        }
        for (name, value) in &endpoint.headers {
            let name: HeaderName = name.parse().map_err(head)?;
            headers.append(name, value.parse().map_err(head)?);
        }
        let url = &endpoint.url;
        let Some(address) = Near::address(url) else {
            let request = self
                .client_for(url)?
                .post(url.clone())
                .headers(headers)
                .body(body);
            return Ok(EndpointAnswer::Far(request.send().await?));
        };
        let mut request = Request::post(address).body(body.into()).map_err(head)?;
        *request.headers_mut() = headers;
        Ok(EndpointAnswer::Near(self.near.post(request).await?))
    }

    /// Reads what is left of an answer. The body means nothing, and neither does how it ends:
    /// only a connection that was read empty can be used again. Past the bound it is given up.
    pub(super) async fn finish(&self, answer: EndpointAnswer) {
        let Ok(_place) = self.finishing.try_acquire() else {
            return;
        };
        let rest = async {
            match answer {
                EndpointAnswer::Near(answer) => Near::drain(answer, PIECES).await,
                EndpointAnswer::Far(mut answer) => {
                    for _ in 0..PIECES {
                        if !matches!(answer.chunk().await, Ok(Some(_))) {
                            break;
                        }
                    }
                }
            }
        };
        let _ = timeout(self.retry.read_timeout, rest).await;
    }

    /// The client for an address: certificates are read only once TLS is asked for.
    fn client_for(&self, url: &Url) -> reqwest::Result<reqwest::Client> {
        if url.scheme() != "https" {
            return Ok(self.loopback.clone());
        }
        let mut public = self.public.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = public.as_ref() {
            return Ok(client.clone());
        }
        let trusted = self.trusted.iter().map(|der| Certificate::from_der(der));
        let trusted = trusted.collect::<reqwest::Result<Vec<_>>>()?;
        let made = client(&self.retry)
            .https_only(true)
            .tls_certs_merge(trusted)
            .build()?;
        Ok(public.insert(made).clone())
    }
}

impl EndpointAnswer {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Near(answer) => answer.status(),
            Self::Far(answer) => answer.status(),
        }
    }
}

impl From<reqwest::Error> for PostFailure {
    fn from(error: reqwest::Error) -> Self {
        // An address may hold secrets.
        Self::Far(error.without_url())
    }
}

/// A request that cannot be written.
fn head(error: impl Into<axum::http::Error>) -> PostFailure {
    PostFailure::Head(error.into())
}

/// What really went wrong: the outer layers only say that sending did not work.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .last()
        .map_or_else(String::new, ToString::to_string)
}

fn client(retry: &Retry) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(Redirect::none())
        .connect_timeout(retry.connect_timeout)
        .read_timeout(retry.read_timeout)
}
