//! The embedded webhook listener.
