//! The errors of the login and account configuration services.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::rt::clock::unix_millis;

/// Why a request is refused; told by status and body alike, because some clients read only one.
#[derive(Debug)]
pub(super) struct Denial {
    status: StatusCode,
    message: String,
    code: i64,
}

impl Denial {
    /// A refusal in words.
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

impl IntoResponse for Denial {
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
