//! A scenario as a show: the theatre, which needs no cloud.
//!
//! [`timeline`] turns a scene into a [`Timeline`](timeline::Timeline): what is written, sent, read,
//! shown and clicked, one after the other, each so long after the one before. The same file and the
//! same seed give the same timeline. [`player`] plays it: it is told the time and the presenter's
//! keys, and gives what the screen is to do. Nothing here waits, reads a clock or opens a file.

pub mod build;
pub mod player;
#[cfg(test)]
mod properties;
mod sample;
pub mod timeline;
pub mod typing;
