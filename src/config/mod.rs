//! Settings: where files live, the keymap, the palettes.

pub mod paths;
