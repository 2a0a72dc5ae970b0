//! Posts to endpoints on this machine: plain HTTP/1.1, and nothing a way through the world needs.
//!
//! The client for all other endpoints could do it too. It copies the head of a request three
//! times for redirects and tries that never come, which costs more than the signature does.

use std::time::Duration;

use axum::{
    body::{Body, HttpBody as _},
    http::{Request, Response, Uri},
};
use futures_util::StreamExt as _;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use tokio::time::timeout;
use url::Url;

/// How long a connection is kept for the next post.
const IDLE: Duration = Duration::from_secs(90);

/// Why a post got no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NearFailure {
    /// The connection, or what came over it.
    #[error("cannot post: {0}")]
    Post(#[source] hyper_util::client::legacy::Error),
    #[error("no answer within {} s", .0.as_secs_f32())]
    Slow(Duration),
}

/// The connections to endpoints on this machine.
#[derive(Debug)]
pub(super) struct Near {
    client: Client<HttpConnector, reqwest::Body>,
    read_timeout: Duration,
}

impl Near {
    /// No connection yet; how long the endpoint may take to accept one, and to answer.
    pub(super) fn new(connect_timeout: Duration, read_timeout: Duration) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(connect_timeout));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(connector);
        Self {
            client,
            read_timeout,
        }
    }

    /// The address of an endpoint that is posted to from here; `None` for those that need more.
    pub(super) fn address(url: &Url) -> Option<Uri> {
        // A name and a password would have to become a header.
        let plain = url.scheme() == "http" && url.username().is_empty() && url.password().is_none();
        plain.then(|| url.as_str().parse().ok())?
    }

    /// Makes a request; the answer is here once its head is.
    pub(super) async fn post(
        &self,
        request: Request<reqwest::Body>,
    ) -> Result<Response<Incoming>, NearFailure> {
        timeout(self.read_timeout, self.client.request(request))
            .await
            .map_err(|_| NearFailure::Slow(self.read_timeout))?
            .map_err(NearFailure::Post)
    }

    /// Reads the rest of an answer, but no more than so many pieces.
    pub(super) async fn drain(answer: Response<Incoming>, pieces: usize) {
        let body = answer.into_body();
        if body.is_end_stream() {
            return;
        }
        let mut rest = Body::new(body).into_data_stream().take(pieces);
        while let Some(Ok(_)) = rest.next().await {}
    }
}
