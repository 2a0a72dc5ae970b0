//! A picture that a card names by its address, or why it is not here.

use std::fmt;

use bytes::Bytes;

/// Why a picture is not here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureRefusal {
    /// The user has not said yet whether this host may be asked.
    #[error("pictures from {0} are not fetched before you say yes")]
    Undecided(String),
    /// The user does not want this host to be asked.
    #[error("pictures from {0} are not wanted")]
    Unwanted(String),
    /// It cannot be had.
    #[error("{0}")]
    Failed(String),
}

/// The bytes of a picture as it came. Clones are the same one.
#[derive(Clone, PartialEq, Eq)]
pub struct PictureBytes(pub Bytes);

impl fmt::Debug for PictureBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PictureBytes({} bytes)", self.0.len())
    }
}
