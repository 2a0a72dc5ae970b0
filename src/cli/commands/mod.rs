//! One file per subcommand.

pub mod listen;
