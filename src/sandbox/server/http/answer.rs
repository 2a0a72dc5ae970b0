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
pub(crate) struct Success {
    code: &'static str,
    body: Value,
    req_id: String,
}

impl Success {
    /// A success with this body; the id of the request is repeated.
    pub(crate) fn new(body: Value, req_id: String) -> Self {
        Self {
            code: "OK",
            body,
            req_id,
        }
    }

    pub(crate) fn message(text: &str, req_id: String) -> Self {
        Self::new(json!({ "msg": text }), req_id)
    }
}

/// A `.ReqBody$ErrorResp`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceFault {
    code: u32,
    title: &'static str,
    details: String,
    req_id: Option<String>,
}

impl ServiceFault {
    pub(crate) fn missing_parameter() -> Self {
        Self::new(40001, "Missing parameter", "Brand Id is missing")
    }

    pub(crate) fn bad(details: impl Into<String>) -> Self {
        Self::new(40002, "Bad request", details)
    }

    pub(crate) fn invalid_app_jwt() -> Self {
        Self::new(40102, "Invalid AppJWT", "AppJWT has expired or is invalid")
    }

    pub(crate) fn invalid_consumer_jws() -> Self {
        Self::new(40103, "Invalid ConsumerJWS", "ConsumerJWS is invalid")
    }

    pub(crate) fn no_consumer_jws() -> Self {
        Self::new(
            40104,
            "ConsumerJWS is missing",
            "X_ON_BEHALF_HEADER is not present",
        )
    }

    pub(crate) fn no_app_jwt() -> Self {
        Self::new(
            40105,
            "AppJWT is missing",
            "AUTHORIZATION header is not present",
        )
    }

    pub(crate) fn too_slow() -> Self {
        Self::new(40801, "Request timed out", "the body did not come in time")
    }

    pub(crate) fn too_large() -> Self {
        Self::new(41301, "Request too large", "the body is larger than 1 MB")
    }

    pub(crate) fn unavailable(details: impl Into<String>) -> Self {
        Self::new(50201, "Unable to access resource", details)
    }

    /// The fault with the id of the request it answers, which could be read.
    pub(crate) fn of(mut self, req_id: String) -> Self {
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

impl From<keys::TokenFault> for ServiceFault {
    fn from(fault: keys::TokenFault) -> Self {
        match fault {
            keys::TokenFault::Invalid => Self::invalid_app_jwt(),
            keys::TokenFault::Claims => Self::missing_parameter(),
        }
    }
}

impl From<Refusal> for ServiceFault {
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

impl IntoResponse for ServiceFault {
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
pub(crate) enum Failure {
    /// With a body that says why.
    ServiceFault(ServiceFault),
    Status(StatusCode),
}

impl From<ServiceFault> for Failure {
    fn from(fault: ServiceFault) -> Self {
        Self::ServiceFault(fault)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::ServiceFault(refusal.into())
    }
}

impl From<BodyFault> for Failure {
    fn from(fault: BodyFault) -> Self {
        Self::ServiceFault(match fault {
            BodyFault::TooLarge => ServiceFault::too_large(),
            BodyFault::TooSlow => ServiceFault::too_slow(),
            BodyFault::Broken => ServiceFault::bad("the body broke off"),
        })
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::ServiceFault(fault) => fault.into_response(),
            Self::Status(status) => status.into_response(),
        }
    }
}
