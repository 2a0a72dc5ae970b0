//! Reading request bodies within bounds.

use std::time::Duration;

use axum::{body::Body, http::StatusCode};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use tokio::time::timeout;

/// The largest body of a request taken.
const LARGEST: usize = 1024 * 1024;
/// How much of a larger body is read and thrown away, so that the sender hears the answer.
const DISCARDED: usize = 16 * LARGEST;
/// How long a body may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFault {
    TooLarge,
    TooSlow,
    /// Cut off, or not as announced.
    Broken,
}

impl BodyFault {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }
}

/// The whole body, or why not.
pub(crate) async fn read(body: Body) -> Result<Bytes, BodyFault> {
    read_up_to(body, LARGEST, PATIENCE).await
}

/// The whole body, if it is no larger and no slower than this.
pub(crate) async fn read_up_to(
    body: Body,
    largest: usize,
    patience: Duration,
) -> Result<Bytes, BodyFault> {
    timeout(patience, collect(body, largest))
        .await
        .unwrap_or(Err(BodyFault::TooSlow))
}

async fn collect(body: Body, largest: usize) -> Result<Bytes, BodyFault> {
    let mut pieces = body.into_data_stream();
    let mut whole = BytesMut::new();
    let mut size = 0_usize;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| BodyFault::Broken)?;
        size = size.saturating_add(piece.len());
        if size <= largest {
            whole.extend_from_slice(&piece);
        } else if size > DISCARDED {
            break;
        }
    }
    if size > largest {
        return Err(BodyFault::TooLarge);
    }
    Ok(whole.freeze())
}
