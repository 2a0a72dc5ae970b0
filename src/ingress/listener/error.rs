//! Why a listener cannot serve.

use std::io;

/// What kept the listener from starting.
#[derive(Debug, thiserror::Error)]
pub enum ListenerError {
    /// The socket does not tell where it is bound.
    #[error("cannot read the address the webhook listener is bound to: {cause}")]
    Address {
        /// The system's reason.
        #[source]
        cause: io::Error,
    },
    /// The path asked for cannot stand in a URL.
    #[error(
        "a webhook path starts with / and holds only letters, digits, - . _ ~ and /; leave it out to get an unguessable one"
    )]
    Path,
}
