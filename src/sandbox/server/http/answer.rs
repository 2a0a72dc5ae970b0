//! Answers: the envelope of a success and the body of a fault.
//!
//! See `send-api` 1.2 and `domains-and-auth` 5; codes marked there as recommended
//! keep the rule that the first three digits are the HTTP status.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::sandbox::{keys, model::refusal::Refusal, server::body::BodyFault};

/// The answer to one request envelope.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Success {
    code: &'static str,
    body: Value,
    req_id: String,
}

impl Success {
    /// A success with this body; the id of the request is repeated.
    pub fn new(body: Value, req_id: String) -> Self {
        Self {
            code: "OK",
            body,
            req_id,
        }
    }

    /// A success that says something.
    pub fn message(text: &str, req_id: String) -> Self {
        Self::new(json!({ "msg": text }), req_id)
    }
}

/// A `.ReqBody$ErrorResp`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    code: u32,
    title: &'static str,
    details: String,
    req_id: Option<String>,
}

impl Fault {
    /// 40001.
    pub fn missing_parameter() -> Self {
        Self::new(40001, "Missing parameter", "Brand Id is missing")
    }

    /// 40002.
    pub fn bad(details: impl Into<String>) -> Self {
        Self::new(40002, "Bad request", details)
    }

    /// 40102.
    pub fn invalid_app_jwt() -> Self {
        Self::new(40102, "Invalid AppJWT", "AppJWT has expired or is invalid")
    }

    /// 40103.
    pub fn invalid_consumer_jws() -> Self {
        Self::new(40103, "Invalid ConsumerJWS", "ConsumerJWS is invalid")
    }

    /// 40104.
    pub fn no_consumer_jws() -> Self {
        Self::new(
            40104,
            "ConsumerJWS is missing",
            "X_ON_BEHALF_HEADER is not present",
        )
    }

    /// 40105.
    pub fn no_app_jwt() -> Self {
        Self::new(
            40105,
            "AppJWT is missing",
            "AUTHORIZATION header is not present",
        )
    }

    /// 40801.
    pub fn too_slow() -> Self {
        Self::new(40801, "Request timed out", "the body did not come in time")
    }

    /// 41301.
    pub fn too_large() -> Self {
        Self::new(41301, "Request too large", "the body is larger than 1 MB")
    }

    /// 50201.
    pub fn unavailable(details: impl Into<String>) -> Self {
        Self::new(50201, "Unable to access resource", details)
    }

    /// The fault with the id of the request it answers, which could be read.
    pub fn of(mut self, req_id: String) -> Self {
        self.req_id = Some(req_id);
        self
    }

    fn new(code: u32, title: &'static str, details: impl Into<String>) -> Self {
        Self {
            code,
            title,
            details: details.into(),
            req_id: None,
        }
    }

    fn status(&self) -> StatusCode {
        u16::try_from(self.code / 100)
            .ok()
            .and_then(|status| StatusCode::from_u16(status).ok())
            .unwrap_or(StatusCode::BAD_REQUEST)
    }
}

impl From<keys::TokenFault> for Fault {
    fn from(fault: keys::TokenFault) -> Self {
        match fault {
            keys::TokenFault::Invalid => Self::invalid_app_jwt(),
            keys::TokenFault::Claims => Self::missing_parameter(),
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let details = refusal.to_string();
        match refusal {
            Refusal::Bad(_) | Refusal::NotParticipant | Refusal::RingEnded => Self::bad(details),
            Refusal::BrandMissing => Self::missing_parameter(),
            Refusal::UnknownConversation => Self::new(40003, "Conversation not found", details),
            Refusal::Closed => Self::new(40004, "Conversation is closed", details),
            Refusal::NotOwner => Self::new(40103, "Invalid ConsumerJWS", details),
            Refusal::Store(_) => Self::unavailable(details),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = self.status();
        let answer = Printed {
            kind: "resp",
            code: status.as_u16(),
            req_id: self.req_id,
            body: json!({
                "title": self.title,
                "details": self.details,
                "errorCode": self.code,
            }),
            name: ".ReqBody$ErrorResp",
        };
        (status, Json(answer)).into_response()
    }
}

/// A fault as it stands on the wire.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Printed {
    kind: &'static str,
    code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    req_id: Option<String>,
    body: Value,
    #[serde(rename = "type")]
    name: &'static str,
}

/// Any way a request to the messaging services can end early.
#[derive(Debug)]
pub enum Failure {
    /// With a body that says why.
    Fault(Fault),
    /// With a status alone.
    Status(StatusCode),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Fault(refusal.into())
    }
}

impl From<BodyFault> for Failure {
    fn from(fault: BodyFault) -> Self {
        Self::Fault(match fault {
            BodyFault::TooLarge => Fault::too_large(),
            BodyFault::TooSlow => Fault::too_slow(),
            BodyFault::Broken => Fault::bad("the body broke off"),
        })
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Fault(fault) => fault.into_response(),
            Self::Status(status) => status.into_response(),
        }
    }
}
