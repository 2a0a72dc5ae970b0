//! Reports of runs, from a run made by hand: as they are read by people, by CI servers and by
//! programs.

mod command;
mod formats;
mod page;
mod samples;
pub(crate) mod schema;
pub(crate) mod xml;
