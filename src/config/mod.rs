//! Settings: where files live, the keymap, the palettes.

pub mod keys;
pub mod palette;
pub mod paths;
