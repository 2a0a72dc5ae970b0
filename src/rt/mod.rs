//! Plumbing that knows nothing of conversations: stopping in order, the clock.

pub mod clock;
pub mod shutdown;
