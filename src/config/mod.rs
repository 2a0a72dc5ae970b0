//! Settings: where files live, the profiles and their layers, the keymap, the palettes, the
//! personas.

pub mod complete;
pub mod environment;
pub mod file;
pub mod keys;
pub mod origin;
pub mod palette;
pub mod paths;
pub mod personas;
pub mod profile;
pub mod source;
pub mod values;
pub mod words;
pub mod writing;
