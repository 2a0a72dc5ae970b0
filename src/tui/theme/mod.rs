//! How the screen looks: the palettes of the themes and the styles made of them.
//!
//! Nothing else in the interface names a colour. What is drawn with the styles is not here.

pub(crate) mod dress;
pub(crate) mod ground;
pub(crate) mod light;
pub(crate) mod lines;
pub(crate) mod over;
pub mod palette;
pub mod styles;
pub(crate) mod ui;
