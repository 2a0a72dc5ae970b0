//! The program on the screen as a whole: the loop, the model with everything the screen shows,
//! what changes it, and how the panes share the screen.
//!
//! What one pane alone knows (its state, its drawing) is not here but in the pane's own folder.
//! Only this folder knows the [`Model`](model::Model): it is the one that joins the others.

mod errands;
pub mod focus;
mod hints;
pub mod kept;
pub(crate) mod keyboard;
pub(crate) mod layout;
mod loan;
pub mod model;
mod on_stage;
mod outbox;
mod pack_watch;
mod panes;
mod panic_card;
mod private;
pub(crate) mod run;
pub(crate) mod scenarios;
pub mod settings;
mod statusbar;
#[cfg(test)]
pub(crate) mod testkit;
#[cfg(test)]
mod tests;
pub mod theatre;
mod update;
pub mod view;
pub mod virtual_run;
mod workspace;
