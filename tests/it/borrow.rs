//! Borrowing the webhooks of an app install of the sandbox's, over its own HTTP, and giving them
//! back whatever happens in between.

mod app;
pub(crate) mod cloud;
mod given_back;
mod killed;
mod phone;
mod session;
mod task;
