//! The screen driven from outside: keys and updates in, frames and commands out.

mod cards;
mod commands;
mod load;
mod looks;
mod reading;
mod terminal;
