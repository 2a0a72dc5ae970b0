//! The shapes of the vendor's API and their translation.
//!
//! Reading is tolerant: unknown types and members are kept or ignored, never an
//! error. Writing is exact: what is built here is pinned by the fixtures under
//! `tests/fixtures/wire`.

pub mod answer;
#[cfg(test)]
pub(super) mod damage;
pub(crate) mod directory;
pub mod fault;
pub mod inbound;
pub(crate) mod lenient;
pub mod opening;
pub mod outbound;
pub mod properties;
pub mod temp_url;
pub mod ums;
