//! Says at the end of `cargo test` which tests were left out, and for want of which program. Cargo
//! runs the targets of a kind by name, so this one comes after `it`.

#![allow(clippy::unwrap_used)]

#[path = "it/needs/programs.rs"]
mod programs;

use std::{
    collections::BTreeSet,
    env, fs,
    io::{Write as _, stderr},
};

fn main() {
    // A runner that asks for a list of tests gets none: there is nothing to see before the end.
    if env::args().any(|argument| argument == "--list") {
        return;
    }
    let list = fs::read_to_string(programs::left_out()).unwrap_or_default();
    // Lines of an earlier run that was ended early are no longer true once the program is there.
    let is_lacking = |program: &str| programs::path(program).is_none();
    let lines = list.lines().filter(|line| {
        let needs = line.split_once(" needs ").map(|(_, needs)| needs);
        needs.is_some_and(|needs| needs.split(' ').any(is_lacking))
    });
    let lines: BTreeSet<&str> = lines.collect();
    if !lines.is_empty() {
        let count = lines.len();
        let lines: String = lines
            .iter()
            .map(|line| ["  ", line, "\n"].concat())
            .collect();
        let said = format!(
            "\n{count} tests were left out, for this machine lacks programs that they start:\n{lines}\
             tests/run installs what is missing on Debian, and runs all tests.\n\n"
        );
        stderr().write_all(said.as_bytes()).unwrap();
    }
    if !list.is_empty() {
        fs::remove_file(programs::left_out()).unwrap();
    }
}
