//! A thousand consumers at once: the scenarios of `handset run`, started by a plan and measured by
//! what people see.
//!
//! [`workload`] reads what is wanted and makes the plan, [`scenario`] says whether a scenario fits
//! and what it costs. [`run`] starts consumers and ends them, `consumer` is one of them, [`ingress`]
//! takes their webhooks, `calls` hears of their requests, `vitals` says when this machine is the
//! bottleneck; all of them fill the `recorder`. [`measure`] is what is measured and how it is judged,
//! [`report`] how that is written for people, CI servers and other tools; [`workers`] share a run over
//! NATS. Here is no screen.

mod calls;
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
