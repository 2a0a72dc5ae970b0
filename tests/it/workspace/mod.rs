//! The agent's session: what it reads and writes, how its workspace behaves whatever comes, how its
//! connection takes faults, and all of it against the sandbox.

mod adapter;
mod fake;
mod machine;
mod model;
mod session;
mod whole;
mod wire;
