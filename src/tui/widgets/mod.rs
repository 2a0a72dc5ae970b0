//! The parts the screens are made of.

pub(crate) mod bubble;
pub(crate) mod card;
pub(crate) mod composer;
pub(crate) mod facts;
pub(crate) mod file;
pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod over;
pub(crate) mod past;
pub(crate) mod popup;
pub(crate) mod raw;
pub(crate) mod statusbar;
pub(crate) mod tabs;
pub(crate) mod toast;
pub(crate) mod transcript;
