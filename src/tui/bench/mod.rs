//! The bench: what went over the wire, kept, told in a line, shown in full.

pub(crate) mod detail;
pub(crate) mod json;
pub(crate) mod summary;
pub(crate) mod wire;
