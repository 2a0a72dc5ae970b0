//! A thousand consumers at once: the scenarios of `handset run`, started by a plan and measured by
//! what people see.
//!
//! [`measure`] is what is measured and how it is judged, [`report`] how that is written for people,
//! CI servers and other tools. Both are pure. Here is no screen, and no reading of scenarios: those
//! are [`scenario`](crate::scenario).

pub mod measure;
pub mod report;
