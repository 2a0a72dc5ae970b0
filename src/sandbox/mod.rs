//! The emulated Conversational Cloud.
