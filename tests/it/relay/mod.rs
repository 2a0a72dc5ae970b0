//! The relay against real sockets and a real SQLite file, with a device spelled out.

mod access;
mod bounds;
mod delivery;
mod flood;
mod process;
pub(crate) mod rig;
mod room;
mod state;
