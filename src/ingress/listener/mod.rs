//! The embedded webhook listener: axum on a bound socket, one unguessable path.
//!
//! It owns what a stranger could do to a server: slow or silent peers,
//! oversized bodies, too many connections. What a request means is not its
//! business; every complete one goes to the `take` function given to
//! [`serve`], whose status is the answer.

mod answer;
mod error;
mod limits;
mod server;
mod turned_away;

pub use error::ListenerError;
pub use limits::Limits;
pub use server::{Listener, ListenerSettings, checked_path, fresh_path, serve, url};
pub use turned_away::TurnedAway;
