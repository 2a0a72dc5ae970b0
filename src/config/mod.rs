//! Settings: where files live, the profiles and their layers, the
//! personas, and what an agent has at hand.

pub mod cards;
pub mod complete;
pub mod environment;
pub mod file;
pub mod library;
pub mod misplaced;
pub mod origin;
pub mod paths;
pub mod personas;
pub mod profile;
pub mod replies;
pub mod source;
pub mod text;
pub mod values;
pub mod words;
pub mod writing;
