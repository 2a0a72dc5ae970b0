//! Settings: where files live, the profiles and their layers, the
//! personas, and what an agent has at hand.

pub mod brand;
pub(crate) mod cards;
pub(crate) mod complete;
pub mod fetch_pictures;
pub(crate) mod file;
pub(crate) mod layer;
pub mod library;
pub(crate) mod misplaced;
pub(crate) mod origin;
pub(crate) mod own_file;
pub(crate) mod paths;
pub mod personas;
pub mod profile;
pub(crate) mod replies;
pub(crate) mod schema;
pub(crate) mod setting;
pub(crate) mod source;
pub(crate) mod text;
pub(crate) mod tunnel_kind;
pub(crate) mod words;
pub(crate) mod writing;
