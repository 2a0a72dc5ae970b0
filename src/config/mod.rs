//! Settings: where files live, the profiles and their layers, the
//! personas, and what an agent has at hand.

pub mod cards;
pub mod complete;
pub mod file;
pub mod layer;
pub mod library;
pub mod misplaced;
pub mod origin;
pub mod own_file;
pub mod paths;
pub mod personas;
pub mod profile;
pub mod replies;
pub mod setting;
pub mod source;
pub mod text;
pub mod tunnel_kind;
pub mod words;
pub mod writing;
