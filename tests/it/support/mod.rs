//! What the integration tests share.

pub mod scene;
pub mod screen;
