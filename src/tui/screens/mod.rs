//! The panes: what stands in each of them.

pub(crate) mod bench;
pub(crate) mod phone;
