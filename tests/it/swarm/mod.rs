//! `handset swarm`: consumers who come by a plan, on real sockets, with faults of known size in the
//! sandbox.

mod command;
mod counts;
mod rig;
mod sameness;
mod stall;
mod workers;
