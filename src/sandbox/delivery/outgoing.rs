//! The requests themselves: signed, to endpoints that can be believed, with bounds on time.

use std::sync::{Mutex, PoisonError};

use reqwest::{Certificate, header, redirect::Policy as Redirect};
use tokio::{sync::Semaphore, time::timeout};
use url::Url;

use crate::{
    domain::{
        ids::AccountId,
        inbound::{ACCOUNT_HEADER, CLIENT_HEADER, SIGNATURE_HEADER},
        signature::{self, Algorithm},
    },
    sandbox::{
        clock::Clock, cloud::App, delivery::policy::Post, error::Error, settings::Retry,
        store::Store,
    },
};

/// Posts of an app install under way at most, further ones wait; and as many answers read to
/// their end.
pub(super) const PARALLEL: usize = 64;
/// Pieces of an answer's body read at most, so that the connection can be used again.
const PIECES: usize = 16;

/// What the deliveries of all app installs go out by.
#[derive(Debug)]
pub struct Outgoing {
    account: AccountId,
    algorithm: Algorithm,
    loopback: reqwest::Client,
    public: Mutex<Option<reqwest::Client>>,
    /// Whom to believe besides the platform's roots, in DER.
    trusted: Vec<Vec<u8>>,
    /// Places for answers that are read to their end.
    finishing: Semaphore,
    retry: Retry,
    store: Option<Store>,
    clock: Clock,
}

impl Outgoing {
    /// The way out of an account; `trusted` are certificates in DER.
    pub fn new(
        account: AccountId,
        algorithm: Algorithm,
        retry: Retry,
        trusted: Vec<Vec<u8>>,
        store: Option<Store>,
        clock: Clock,
    ) -> Result<Self, Error> {
        let loopback = client(&retry)
            .tls_certs_only([])
            .build()
            .map_err(Error::Client)?;
        Ok(Self {
            account,
            algorithm,
            loopback,
            public: Mutex::new(None),
            trusted,
            finishing: Semaphore::new(PARALLEL),
            retry,
            store,
            clock,
        })
    }

    /// How failed deliveries are repeated.
    pub(super) fn retry(&self) -> &Retry {
        &self.retry
    }

    /// The time deliveries go by.
    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Where undelivered notifications are kept.
    pub(super) fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// Posts a notification of an app install.
    pub(super) async fn request(
        &self,
        app: &App,
        post: &Post,
    ) -> reqwest::Result<reqwest::Response> {
        let signature = signature::sign(self.algorithm, &app.secret, &post.body);
        let mut request = self
            .client_for(&post.endpoint.url)?
            .post(post.endpoint.url.clone())
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header(ACCOUNT_HEADER, self.account.as_str())
            .header(CLIENT_HEADER, app.client.as_str())
            .header(SIGNATURE_HEADER, signature);
        for (name, value) in &post.endpoint.headers {
            request = request.header(name, value);
        }
        request.body(post.body.clone()).send().await
    }

    /// Reads what is left of an answer. The body means nothing, and neither does how it ends:
    /// only a connection that was read empty can be used again. Past the bound it is given up.
    pub(super) async fn finish(&self, mut answer: reqwest::Response) {
        let Ok(_place) = self.finishing.try_acquire() else {
            return;
        };
        let rest = async {
            for _ in 0..PIECES {
                if !matches!(answer.chunk().await, Ok(Some(_))) {
                    break;
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
