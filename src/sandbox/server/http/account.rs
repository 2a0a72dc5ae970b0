//! The errors of the login, account configuration and history services, and of paths no service
//! has.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{rt::clock::unix_millis, sandbox::model::refusal::Refusal};

/// Why a request is refused; told by status and body alike, because some clients read only one.
#[derive(Debug)]
pub(crate) struct AccountDenial {
    status: StatusCode,
    message: String,
    code: i64,
}

impl AccountDenial {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            code: 0,
        }
    }

    /// The same with an `internalCode`.
    pub(super) fn with_code(mut self, code: i64) -> Self {
        self.code = code;
        self
    }
}

impl From<Refusal> for AccountDenial {
    fn from(refusal: Refusal) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, refusal.to_string())
    }
}

impl IntoResponse for AccountDenial {
    fn into_response(self) -> Response {
        let time = jiff::Timestamp::from_millisecond(unix_millis()).unwrap_or_default();
        let reason = self.status.canonical_reason().unwrap_or_default();
        let body = json!({
            "error": {
                "time": time.strftime("%a, %d %b %Y %H:%M:%S UTC").to_string(),
                "message": self.message,
                "internalCode": self.code,
                "responseStatus": reason.to_uppercase().replace(' ', "_"),
            },
        });
        (self.status, Json(body)).into_response()
    }
}

/// The answer to a method that a path does not take.
pub(super) fn other_method(methods: &'static str) -> Response {
    let mut response = no_such_method().into_response();
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}

/// The same where the router says which methods there are.
pub(in crate::sandbox::server) fn no_such_method() -> AccountDenial {
    let why = "this path does not take that method";
    AccountDenial::new(StatusCode::METHOD_NOT_ALLOWED, why)
}
