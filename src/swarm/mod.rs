//! A thousand consumers at once: the scenarios of `handset run`, started by a plan and measured by
//! what people see.
//!
//! [`workload`] reads what is wanted and makes the plan, [`scenario`] says whether a scenario fits
//! and what it costs. [`run`] starts consumers and ends them, `consumer` is one of them, `ingress`
//! takes their webhooks. [`measure`] is what is measured and how it is judged, [`report`] how that is
//! written for people, CI servers and other tools. Here is no screen.

mod consumer;
pub mod ingress;
pub mod measure;
mod recorder;
pub mod report;
pub mod run;
pub mod scenario;
mod vitals;
pub mod workers;
pub mod workload;
