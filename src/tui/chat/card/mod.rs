//! Structured content as it stands in a bubble: rows of pieces, some of which
//! can be operated.
//!
//! [`block`] holds the rows and puts them together, [`lay`] makes them of
//! elements, [`image`] those with a picture, [`paint`] draws them.

pub(crate) mod block;
mod containers;
pub(crate) mod image;
pub(crate) mod lay;
pub(crate) mod paint;
#[cfg(test)]
mod tests;
