//! One file per subcommand.

pub(crate) mod agent;
pub(crate) mod app;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod fmt;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod journal;
pub(crate) mod keys;
pub(crate) mod listen;
pub(crate) mod man;
pub(crate) mod mcp;
pub(crate) mod personas;
pub(crate) mod phone;
pub(crate) mod play;
pub(crate) mod relay;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod sandbox;
pub(crate) mod stabilise;
pub(crate) mod stage;
pub(crate) mod swarm;
pub(crate) mod token;
