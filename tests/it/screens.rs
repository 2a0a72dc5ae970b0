//! The screen driven from outside: keys and updates in, frames and commands out.

mod bench;
mod commands;
mod load;
mod looks;
mod reading;
mod terminal;
