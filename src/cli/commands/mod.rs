//! One file per subcommand.

pub mod agent;
pub mod app;
pub mod config;
pub mod doctor;
pub mod export;
pub mod init;
pub mod listen;
pub mod personas;
pub mod phone;
pub mod relay;
pub mod sandbox;
