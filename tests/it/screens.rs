//! The screen driven from outside: keys and updates in, frames and commands out.

mod bench;
mod capabilities;
mod cards;
mod chair;
mod chair_wishes;
mod commands;
mod desk;
mod form;
mod journal;
mod load;
mod looks;
mod production;
mod reading;
mod terminal;
mod window;
