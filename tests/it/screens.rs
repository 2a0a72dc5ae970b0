//! The screen driven from outside: keys and updates in, frames and commands out.

mod bench;
mod bubbles;
mod capabilities;
mod cards;
mod commands;
mod form;
mod journal;
mod load;
mod looks;
mod phones;
mod pictures;
mod production;
mod reading;
mod recording;
mod scenario;
mod terminal;
mod window;
mod workspace;
mod workspace_commands;
mod workspace_rings;
