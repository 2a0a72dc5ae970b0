//! What can be asked of the program by name: slash commands with their arguments, the forms of an
//! export, the texts of the keys.
//!
//! Which chord means which action is a setting and stands in `config`; what an action does stands
//! in `app`.

pub(crate) mod by_hand;
pub(crate) mod export;
pub mod keys;
pub(crate) mod slash;
