//! The sandbox cloud, spoken to in plain HTTP as a foreign connector would.

mod access;
mod admin;
mod agents;
mod automatic;
mod clock;
mod edge_cases;
mod engagement;
mod files;
mod fixture;
mod hardness;
mod history;
mod hook;
mod installs;
mod installs_kept;
mod lifetime;
mod login;
mod notifications;
mod outage;
mod process;
mod requests;
pub(crate) mod rig;
mod riley;
mod schema;
mod state;
mod survey;
mod tls;
mod transfer;
