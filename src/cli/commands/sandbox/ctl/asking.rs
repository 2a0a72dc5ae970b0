//! One request to a sandbox's own API, and what is said when it comes to nothing.

use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use reqwest::{Client, StatusCode, header};
use serde_json::Value;
use url::Url;

use crate::{
    cli::commands::sandbox::ctl::Asked,
    domain::secret::Secret,
    rt::{
        tls::Trust,
        web::{self, Reach},
    },
};

/// How long the sandbox may take: a jump in time waits for what it sets off.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long it may take to be reached.
const REACHED_WITHIN: Duration = Duration::from_secs(5);
const LARGEST: usize = 64 * 1024 * 1024;

pub(super) struct Sandbox {
    at: Url,
    http: Client,
    token: Option<Secret>,
}

impl Sandbox {
    /// The one at this address, with its token if it is known.
    pub(super) fn new(at: Url, token: Option<Secret>) -> anyhow::Result<Self> {
        // Without TLS no certificates are needed, and an empty container has none.
        let reach = if at.scheme() == "http" {
            Reach::Plain
        } else {
            Reach::Local
        };
        let http = web::client(reach, REACHED_WITHIN, PATIENCE, &Trust::default())
            .context("cannot set up the way to the sandbox")?;
        Ok(Self { at, http, token })
    }

    pub(super) async fn ask(&self, asked: Asked) -> anyhow::Result<Value> {
        let body = self.bytes(asked).await?;
        serde_json::from_slice(&body).map_err(|_| self.is_no_sandbox(StatusCode::OK))
    }

    /// The body of the answer, whatever its kind.
    pub(super) async fn bytes(&self, asked: Asked) -> anyhow::Result<Vec<u8>> {
        let mut url = self.at.clone();
        url.set_path("/sandbox/v1");
        url.set_query(None);
        url.path_segments_mut()
            .map_err(|()| anyhow!("{} is no address of a sandbox", self.at))?
            .extend(asked.path);
        if let Some((name, value)) = &asked.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        let mut request = self.http.request(asked.method, url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.reveal());
        }
        if let Some(body) = asked.body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let unreached = |cause| self.unreached(&cause);
        let answer = request.send().await.map_err(unreached)?;
        let status = answer.status();
        let Some(body) = web::read(answer, LARGEST).await.map_err(unreached)? else {
            bail!("the sandbox at {} answers more than 64 MB", self.at);
        };
        if status.is_success() {
            return Ok(body.into());
        }
        let answer: Option<Value> = serde_json::from_slice(&body).ok();
        match answer {
            Some(Value::Object(members)) if members.get("error").is_some_and(Value::is_string) => {
                let why = members.get("error").and_then(Value::as_str);
                bail!(
                    "the sandbox at {} says no: {}",
                    self.at,
                    why.unwrap_or_default()
                );
            }
            _ => Err(self.is_no_sandbox(status)),
        }
    }

    fn is_no_sandbox(&self, status: StatusCode) -> anyhow::Error {
        anyhow!(
            "what answers at {} is no sandbox of handset (status {}); \
             give the csds of its ready line with --at",
            self.at,
            status.as_u16()
        )
    }

    fn unreached(&self, cause: &reqwest::Error) -> anyhow::Error {
        let why = if cause.is_timeout() {
            "it does not answer in time".to_owned()
        } else {
            web::innermost(cause)
        };
        anyhow!(
            "cannot reach a sandbox at {}: {why}; start one with `handset sandbox`, \
             and give the csds of its ready line with --at",
            self.at
        )
    }
}
