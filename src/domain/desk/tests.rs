//! The desk, driven event by event.
