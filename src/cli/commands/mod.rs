//! One file per subcommand.

pub mod listen;
pub mod sandbox;
pub mod phone;
