//! The handshake: who comes, and whether there is room.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

use crate::sandbox::server::{agent_socket::connection, api::Api};

/// Longest frame and message taken, as SEND has it for bodies.
const LARGEST: usize = 1024 * 1024;
/// What is sent and not yet taken by the system at most; a socket has room for the largest of it
/// until it closes, for the library gives none back.
const WRITE_BUFFER: usize = 8 * 1024 * 1024;
/// What a socket reads at once, and has memory for while it is idle; once a larger message came,
/// that is as much as the largest took, [`LARGEST`] at most.
const READ_AT_ONCE: usize = 8 * 1024;
/// Small frames that wait together are written together, up to so many bytes.
const WRITE_AT_ONCE: usize = 16 * 1024;

/// Opens a socket for the agent whose bearer is in the path.
pub(crate) async fn connect(
    State(api): State<Arc<Api>>,
    Path((account, bearer)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let session = api.logins.session(api.transactions.now(), &bearer);
    let Some(session) = session.filter(|_| account == api.account.as_str()) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    if !is_known_version(query.as_deref()) {
        return (StatusCode::BAD_REQUEST, "v must be 2, 2.0 or 2.1").into_response();
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let tasks = api.tasks.clone();
    upgrade
        .max_message_size(LARGEST)
        .max_frame_size(LARGEST)
        .read_buffer_size(READ_AT_ONCE)
        .write_buffer_size(WRITE_AT_ONCE)
        .max_write_buffer_size(WRITE_BUFFER.max(LARGEST))
        .on_upgrade(async move |socket| {
            // Owned by the server, which waits for its sockets when it stops.
            tasks.spawn(connection::run(socket, session, api));
        })
}

/// The versions whose shapes are spoken; none at all counts as the latest.
fn is_known_version(query: Option<&str>) -> bool {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "v")
        .is_none_or(|(_, version)| matches!(&*version, "2" | "2.0" | "2.1"))
}
