//! The relay against real sockets and a real SQLite file, with a device spelled out.

mod access;
mod bounds;
mod delivery;
mod process;
mod rig;
mod state;
