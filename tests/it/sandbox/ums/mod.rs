//! The agent's socket, spoken to in raw frames as programs for the real cloud do it.

mod client;
mod colleagues;
mod conversations;
mod endings;
mod fields;
mod handshake;
mod memory;
mod requests;
mod rings;
mod survey_bot;
mod switched;
mod time;
mod uncommitted;
