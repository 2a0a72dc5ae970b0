//! The agent's socket: what goes over it and around it. See `agent-side`.
//!
//! Reading is tolerant: types with and without their prefix, ids in either form, members that
//! are missing or odd; what is not understood is named and left. Writing is exact. Both are
//! pinned by the fixtures under `tests/fixtures/wire/ums`.

pub mod conversation;
pub mod frame;
pub(crate) mod house;
pub(crate) mod login;
pub mod message;
pub mod profile;
pub mod request;
pub(crate) mod ring;

/// A type name without its prefix: `.ams.ms.QueryMessages$Response` and
/// `ms.QueryMessages$Response` are the same to us.
fn bare(kind: &str) -> &str {
    let kind = kind.strip_prefix('.').unwrap_or(kind);
    kind.strip_prefix("ams.").unwrap_or(kind)
}
