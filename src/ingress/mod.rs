//! How webhooks come in: the listener, the tunnels that lead to it, and the link to a relay.
//!
//! [`intake`] is the one path of a webhook however it came: verify on the raw bytes, journal,
//! answer. [`configured`] makes the tunnel a profile wants. [`status`] is what the screen is told of the tunnel, and
//! [`reporter`] tells it. What a webhook means is not
//! decided here but in `domain::conversation`.

pub(crate) mod configured;
pub mod intake;
pub mod listener;
pub mod relay;
pub mod reporter;
pub mod status;
pub mod tunnel;
