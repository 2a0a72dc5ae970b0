//! What several areas of the integration tests share.

pub(crate) mod peer;
