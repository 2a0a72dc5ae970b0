//! Files on this machine and pictures in messages: what a file is, whether the
//! cloud will take it, a preview of it, and pictures scaled for drawing.
//!
//! Everything here reads and computes at once and may take its time: call it
//! where blocking is allowed, never on the way to a frame. Pictures come from
//! strangers; what decoding may take of the memory is bounded before it begins.

pub mod attach;
mod decode;
pub(crate) mod facts;
pub(crate) mod pixels;
pub(crate) mod preview;

#[cfg(test)]
pub(crate) mod samples;

use std::path::PathBuf;

/// Why a file or a picture cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {}: {cause}; check the path and its permissions", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        cause: std::io::Error,
    },
    /// It is a folder, a device or a pipe.
    #[error("cannot send {}: it is not a file; name one file", path.display())]
    NotAFile {
        /// What was named.
        path: PathBuf,
    },
    /// It is no picture, or a broken one, or one too large to be drawn.
    #[error("cannot draw the picture: {reason}")]
    Undrawable {
        /// What the decoder said.
        reason: String,
    },
}
