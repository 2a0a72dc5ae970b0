//! What the integration tests share.

pub(crate) mod scene;
pub(crate) mod screen;
