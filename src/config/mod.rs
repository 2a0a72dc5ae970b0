//! Settings: where files live, the keymap, the palettes, the personas.

pub mod keys;
pub mod palette;
pub mod paths;
pub mod personas;
pub mod profile;
