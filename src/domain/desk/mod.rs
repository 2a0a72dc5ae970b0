//! An agent's desk: what rings there, what is held there, what was said.

pub mod view;
