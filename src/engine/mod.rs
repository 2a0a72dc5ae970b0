//! The engine owns the phone's state and performs its effects.

pub mod command;
pub mod intake;
pub mod notice;
pub mod update;
