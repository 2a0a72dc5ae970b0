//! What became of a swarm, and how it is written: for people, as JSON, as one HTML page and as
//! JUnit, and how two runs compare.
//!
//! Pure: an [`outcome`] in, text out. The run fills the outcome in, and the command opens and
//! writes the files.

pub mod against;
mod chart;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod outcome;
pub mod verdict;

#[cfg(test)]
mod tests;
