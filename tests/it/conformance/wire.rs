//! Requests spelled out, and answers as they came.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Certificate, Client, Method, header::HeaderMap, redirect::Policy};
use serde_json::Value;

use crate::conformance::table::{Trouble, broke};

/// How long one exchange may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A client that trusts the platform, and an authority besides.
pub(crate) fn client(ca: Option<&str>) -> Client {
    let builder = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(PATIENCE);
    let builder = match ca {
        Some(pem) => builder.tls_certs_only([Certificate::from_pem(pem.as_bytes()).unwrap()]),
        // A real account is reached as the user's machine reaches anything.
        None => builder,
    };
    builder.build().unwrap()
}

/// A request under construction.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Ask {
    pub(crate) fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    pub(crate) fn post(url: impl Into<String>) -> Self {
        Self::new(Method::POST, url)
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }

    pub(crate) fn form(self, body: &str) -> Self {
        self.header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub(crate) async fn send(self, http: &Client) -> Result<Answer, Trouble> {
        let mut request = http.request(self.method, self.url);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let answer = request.send().await?;
        Ok(Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            bytes: answer.bytes().await?.to_vec(),
        })
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// Its body; `null` when it is no JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The status alone.
    pub(crate) fn status(&self) -> String {
        self.status.to_string()
    }

    /// The status, with the error's number where there is one.
    pub(crate) fn code(&self) -> String {
        match self.json().pointer("/body/errorCode") {
            Some(code) => format!("{} {code}", self.status),
            None => self.status(),
        }
    }

    /// The whole of an error of the messaging services, in one line.
    pub(crate) fn fault(&self) -> String {
        let json = self.json();
        let body = &json["body"];
        let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        format!(
            "{} {} {} {} {}: {}",
            self.status,
            text(&json["kind"]),
            json["code"],
            body["errorCode"],
            text(&body["title"]),
            text(&body["details"]),
        )
    }

    /// The content type, if it is one that real clients read as JSON.
    pub(crate) fn content_type(&self) -> String {
        let plain = self.header("content-type").to_lowercase().replace(' ', "");
        match plain.as_str() {
            "application/json" | "application/json;charset=utf-8" => "json".to_owned(),
            _ => plain,
        }
    }

    /// The answer, if it has this status.
    pub(crate) fn expect(self, status: u16) -> Result<Self, Trouble> {
        if self.status == status {
            return Ok(self);
        }
        let body = String::from_utf8_lossy(&self.bytes).into_owned();
        Err(broke(format!(
            "{} instead of {status}: {body}",
            self.status
        )))
    }
}

/// A part of a token: 0 is the header, 1 what is claimed.
pub(crate) fn token_part(token: &str, part: usize) -> Result<Value, Trouble> {
    let part = token.split('.').nth(part);
    let part = part.ok_or_else(|| broke("the token has too few parts"))?;
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part)?)?)
}

/// The names of an object's members, sorted.
pub(crate) fn members(value: &Value) -> String {
    let object = value.as_object();
    let mut names: Vec<&str> = object
        .into_iter()
        .flat_map(|object| object.keys().map(String::as_str))
        .collect();
    names.sort_unstable();
    names.join(" ")
}

/// Which of these members are missing, or `whole`.
pub(crate) fn lacking(value: &Value, pointers: &[&str]) -> String {
    let missing: Vec<&str> = pointers
        .iter()
        .copied()
        .filter(|pointer| value.pointer(pointer).is_none())
        .collect();
    if missing.is_empty() {
        "whole".to_owned()
    } else {
        format!("without {}", missing.join(" "))
    }
}

/// A text member, or why there is none.
pub(crate) fn text(value: &Value, pointer: &str) -> Result<String, Trouble> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    let found = found.ok_or_else(|| broke(format!("no {pointer} in {value}")))?;
    Ok(found.to_owned())
}
