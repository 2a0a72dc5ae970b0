//! The whole screen, frame by frame.

mod away;
mod focus;
mod kept;
mod moment;
mod popups;
mod show;
mod stage;
