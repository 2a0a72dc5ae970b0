//! Scenarios: text files (`*.talk`) that are at once a transcript and a test.
//!
//! Here is all that is pure about them: the file is read into a [`script`] by [`parse`], with every
//! [`fault`] in it told at once, and a text that is waited for becomes what finds it ([`matching`]).
//! Nothing in here opens a file or a connection; what runs a script is `runner`.

pub mod changes;
pub(crate) mod check;
pub mod fault;
pub mod format;
pub(crate) mod forms;
pub mod import;
pub mod loosen;
pub mod matching;
pub mod needs;
pub mod parse;
pub mod print;
#[cfg(test)]
mod properties;
pub mod reference;
pub mod script;
pub(crate) mod syntax;
