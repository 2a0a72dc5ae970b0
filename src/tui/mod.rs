//! The screen.

mod text;
