//! The agent's chair: what it reads and writes, how its desk behaves whatever comes, how its
//! connection takes faults, and all of it against the sandbox.

mod adapter;
mod desk;
mod fake;
mod model;
mod seat;
mod whole;
mod wire;
