//! One HTTP request: bounded in time and size, not redirected, reported when
//! it starts and when it ends, its failures told apart by whether the request
//! may have arrived.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use reqwest::{
    Method, Request, Response,
    header::{HeaderMap, HeaderValue, LOCATION, RETRY_AFTER},
};
use tokio::sync::mpsc;
use url::{Url, form_urlencoded};

use crate::{
    client::connector::{redact, settings::Tag, transfer},
    domain::{
        exchange::{Exchange, Outcome},
        retry::Problem,
        secret::Secret,
        text::SafeText,
        time::Timestamp,
        wire::fault::{self, Fault},
    },
    rt::{
        tls::Trust,
        web::{self, Reach, innermost},
        world_clock::WorldClock,
    },
};

/// The largest answer that is read.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub(in crate::client) struct Limits {
    pub(in crate::client) connect: Duration,
    pub(in crate::client) total: Duration,
}

/// A request before it goes out.
#[derive(Clone)]
pub(in crate::client) struct Call {
    pub(in crate::client) purpose: String,
    pub(in crate::client) method: Method,
    pub(in crate::client) url: Url,
    /// Those marked sensitive are not reported.
    pub(in crate::client) headers: HeaderMap,
    pub(in crate::client) body: Bytes,
    /// What is reported as its body, where that differs.
    pub(in crate::client) shown: Option<Bytes>,
    /// What is reported as its address, where that differs.
    pub(in crate::client) shown_url: Option<String>,
    /// What of a good answer is not reported.
    pub(in crate::client) answer: Holds,
    /// What else is hidden where the peer repeats it.
    pub(in crate::client) hidden: Vec<Secret>,
    pub(in crate::client) tag: Tag,
}

/// Which secrets an answer holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::client) enum Holds {
    /// None of its own.
    #[default]
    Nothing,
    /// A token: what cannot be read is not reported at all.
    Token,
    /// Perhaps a temporary address, perhaps something quite different.
    Address,
    /// What an agent's login gives; what cannot be read is not reported at all.
    Login,
    /// Records of app installs, with their secrets; what cannot be read is not reported at all.
    Records,
}

pub(in crate::client) struct Good {
    pub(in crate::client) status: u16,
    /// As they came, cookies included.
    pub(in crate::client) headers: HeaderMap,
    pub(in crate::client) body: Bytes,
}

impl Call {
    /// The request without its body.
    pub(in crate::client) fn request(&self) -> Request {
        let mut request = Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = self.headers.clone();
        request
    }
}

/// Makes requests and reports them.
pub(in crate::client) struct Transport {
    pub(in crate::client) http: reqwest::Client,
    pub(in crate::client) limits: Limits,
    /// Its maker bounds it; when it is full requests wait, for none may go unreported.
    exchanges: mpsc::Sender<Exchange>,
    serial: AtomicU64,
    secret: Secret,
    clock: WorldClock,
    reports_in_full: bool,
}

impl Transport {
    pub(in crate::client) fn new(
        reach: Reach,
        limits: Limits,
        trust: &Trust,
        secret: Secret,
        exchanges: mpsc::Sender<Exchange>,
        (clock, reports_in_full): (WorldClock, bool),
    ) -> Result<Self, reqwest::Error> {
        let http = web::client(reach, limits.connect, limits.total, trust)?;
        Ok(Self {
            http,
            limits,
            exchanges,
            serial: AtomicU64::new(1),
            secret,
            clock,
            reports_in_full,
        })
    }

    /// Makes the request once.
    pub(in crate::client) async fn perform(&self, call: &Call) -> Result<Good, Problem> {
        let mut request = call.request();
        if !call.body.is_empty() {
            *request.body_mut() = Some(call.body.clone().into());
        }
        self.answer(call, request, self.limits.total).await
    }

    /// Makes the request once, however its body comes about.
    pub(in crate::client) async fn answer(
        &self,
        call: &Call,
        mut request: Request,
        within: Duration,
    ) -> Result<Good, Problem> {
        let mut report = self.begin(call).await;
        *request.timeout_mut() = Some(within);
        let response = match self.http.execute(request).await {
            Ok(response) => response,
            Err(error) => {
                let problem = self.classify(&error, &call.url, within);
                report.end(failed(&problem, report.elapsed())).await;
                return Err(problem);
            }
        };
        self.finish(call, response, report, within).await
    }

    /// Reads an answer to its end, reports it, and judges it.
    pub(in crate::client) async fn finish(
        &self,
        call: &Call,
        mut response: Response,
        mut report: Report,
        within: Duration,
    ) -> Result<Good, Problem> {
        let waited = report.elapsed();
        let status = response.status();
        let headers = self.head(&response, call);
        let (body, broken) = self.read(&mut response, within).await;
        let elapsed = report.elapsed();
        if let Some(problem) = broken.filter(|_| status.is_success()) {
            report.end(failed(&problem, elapsed)).await;
            return Err(problem);
        }
        let scrubbed = self.scrub(&body, call);
        let shown = match call.answer {
            _ if !self.reports_in_full => Bytes::new(),
            Holds::Nothing => scrubbed.clone(),
            Holds::Token => redact::tokens(&scrubbed),
            Holds::Address => redact::addresses(&scrubbed),
            Holds::Login => redact::logins(&scrubbed),
            Holds::Records => redact::records(&scrubbed),
        };
        report
            .end(Outcome::Answered {
                status: status.as_u16(),
                headers: if self.reports_in_full {
                    redact::headers(&headers)
                } else {
                    waits(&headers)
                },
                body: shown,
                waited,
                elapsed,
            })
            .await;
        if status.is_success() {
            // A good answer can carry a refusal whose words end up in an error.
            let body = match call.answer {
                Holds::Nothing => scrubbed,
                Holds::Token | Holds::Address | Holds::Login | Holds::Records => body,
            };
            return Ok(Good {
                status: status.as_u16(),
                headers: response.headers().clone(),
                body,
            });
        }
        Err(Problem::of(refusal(status.as_u16(), &headers, &scrubbed)))
    }

    pub(in crate::client) async fn begin(&self, call: &Call) -> Report {
        let exchange = Exchange {
            serial: self.serial.fetch_add(1, Ordering::Relaxed),
            phone: call.tag.phone,
            cause: call.tag.cause,
            conversation: call.tag.conversation.clone(),
            purpose: call.purpose.clone(),
            method: call.method.to_string(),
            url: match &call.shown_url {
                _ if !self.reports_in_full => String::new(),
                Some(shown) => shown.clone(),
                None => call.url.to_string(),
            },
            headers: if self.reports_in_full {
                redact::headers(&call.headers)
            } else {
                Vec::new()
            },
            body: call.shown.clone().unwrap_or_else(|| call.body.clone()),
            attempt: call.tag.attempt,
            started: Timestamp(self.clock.unix_millis()),
            outcome: None,
        };
        if self.reports_in_full {
            // Nobody listens any more when the program ends; the request goes out all the same.
            let _ = self.exchanges.send(exchange.clone()).await;
        }
        Report {
            exchanges: self.exchanges.clone(),
            exchange: Some(exchange),
            began: Instant::now(),
        }
    }

    /// Reads the body up to the limit; what is wrong with it comes beside what was read.
    async fn read(&self, response: &mut Response, within: Duration) -> (Bytes, Option<Problem>) {
        let mut body = BytesMut::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > LARGEST_ANSWER => {
                    let reason = format!("it is larger than {LARGEST_ANSWER} bytes");
                    return (body.freeze(), Some(Problem::garbled(&reason)));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return (body.freeze(), None),
                Err(error) => {
                    let why = why(&error, within);
                    let reason = format!("the answer broke off after {} bytes: {why}", body.len());
                    return (body.freeze(), Some(Problem::uncertain(&reason)));
                }
            }
        }
    }

    pub(in crate::client) fn classify(
        &self,
        error: &reqwest::Error,
        url: &Url,
        within: Duration,
    ) -> Problem {
        if let Some(problem) = transfer::broken(error) {
            return problem;
        }
        let peer = url.authority();
        if error.is_connect() || error.is_builder() {
            let reason = if error.is_timeout() {
                format!("no connection to {peer} within {:?}", self.limits.connect)
            } else {
                format!("no connection to {peer}: {}", innermost(error))
            };
            Problem::unreachable(&reason)
        } else {
            Problem::uncertain(&format!("{peer}: {}", why(error, within)))
        }
    }

    /// The headers of an answer without the secrets its request carried: a redirect repeats a
    /// temporary address.
    pub(in crate::client) fn head(&self, response: &Response, call: &Call) -> HeaderMap {
        let mut headers = response.headers().clone();
        for value in headers.values_mut() {
            let said = Bytes::copy_from_slice(value.as_bytes());
            // Whatever bytes are taken out, what is left can stand in a header.
            *value = HeaderValue::from_maybe_shared(self.scrub(&said, call))
                .unwrap_or_else(|_| HeaderValue::from_static(""));
        }
        headers
    }

    /// A body without the secrets its request carried, should the peer repeat them.
    fn scrub(&self, body: &Bytes, call: &Call) -> Bytes {
        let secret = self.secret.reveal().as_bytes();
        // As it stands in a form, where that differs.
        let encoded: String = form_urlencoded::byte_serialize(secret).collect();
        let mut secrets = vec![secret, encoded.as_bytes()];
        secrets.extend(call.hidden.iter().map(|secret| secret.reveal().as_bytes()));
        let sensitive = call.headers.values().filter(|value| value.is_sensitive());
        secrets.extend(sensitive.map(HeaderValue::as_bytes));
        redact::occurrences(body, &secrets)
    }
}

fn why(error: &reqwest::Error, within: Duration) -> String {
    if error.is_timeout() {
        format!("no answer within {within:?}")
    } else {
        innermost(error)
    }
}

pub(in crate::client) fn failed(problem: &Problem, elapsed: Duration) -> Outcome {
    Outcome::Failed {
        reason: problem.to_string(),
        elapsed,
    }
}

/// How long the peer asks to wait, alone of the headers of an answer.
fn waits(headers: &HeaderMap) -> Vec<(String, String)> {
    let asked = headers.get(RETRY_AFTER);
    let asked = asked.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    asked
        .map(|asked| (RETRY_AFTER.to_string(), asked))
        .into_iter()
        .collect()
}

/// What an answer with a bad status says; a redirect says where to.
fn refusal(status: u16, headers: &HeaderMap, body: &[u8]) -> Fault {
    let mut fault = fault::read(status, body);
    if (300..400).contains(&status)
        && let Some(location) = headers.get(LOCATION)
    {
        let location = String::from_utf8_lossy(location.as_bytes());
        fault.title = SafeText::clean(&format!("redirected to {location}, which is not followed"));
    }
    fault
}

/// Owes the second report of a request, and pays it even when the call is abandoned.
pub(in crate::client) struct Report {
    exchanges: mpsc::Sender<Exchange>,
    exchange: Option<Exchange>,
    began: Instant,
}

impl Report {
    pub(in crate::client) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub(in crate::client) async fn end(&mut self, outcome: Outcome) {
        if let Some(exchange) = &mut self.exchange {
            exchange.outcome = Some(outcome);
        }
        // Taken only once there is room: abandoned before that, `drop` still has it.
        if let Ok(room) = self.exchanges.reserve().await
            && let Some(exchange) = self.exchange.take()
        {
            room.send(exchange);
        }
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if let Some(mut exchange) = self.exchange.take() {
            let elapsed = self.began.elapsed();
            exchange.outcome.get_or_insert_with(|| Outcome::Failed {
                reason: Problem::Cancelled.to_string(),
                elapsed,
            });
            // Refused when full: dropping cannot wait.
            let _ = self.exchanges.try_send(exchange);
        }
    }
}
