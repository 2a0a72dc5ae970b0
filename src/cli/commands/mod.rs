//! One file per subcommand.

pub mod listen;
pub mod phone;
pub mod sandbox;
