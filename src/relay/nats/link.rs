//! The relay's connection to NATS, whose errors are those of a backend.

use std::fmt::Display;

pub(super) use crate::rt::nats::{CALL, NatsLink as Link};
use crate::{relay::backend::Error, rt::nats::NatsError};

/// The largest body of a webhook, and room for its headers.
const LARGEST: usize = 1024 * 1024 + 64 * 1024;

/// Connects, and warns where the server takes no webhook of full size.
pub(super) async fn open(url: &str) -> Result<Link, Error> {
    let link = Link::open(url, "handset relay").await?;
    let taken = link.client.max_payload();
    if taken < LARGEST {
        tracing::warn!(
            place = link.place,
            "NATS takes messages of up to {taken} bytes, so webhooks of more than that with \
             their headers are refused; set max_payload: 2MB in its configuration"
        );
    }
    Ok(link)
}

impl From<NatsError> for Error {
    fn from(error: NatsError) -> Self {
        match error {
            NatsError::Unavailable { what, why } => Self::Unavailable { what, why },
            NatsError::Lasting { what, why } => Self::Lasting { what, why },
        }
    }
}

/// It may work later.
pub(super) fn unavailable(what: String, why: impl Display) -> Error {
    Error::Unavailable {
        what,
        why: why.to_string(),
    }
}
