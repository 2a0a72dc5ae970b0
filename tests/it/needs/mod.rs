//! Programs that tests start and not every machine has. A test begins by naming those it needs; on
//! a machine that lacks one of them the test is left out, and `tests/left_out.rs` says so at the end
//! of the run. In a run by `tests/run` leaving out is a failure.

pub(crate) mod programs;

use std::{
    env,
    fs::File,
    io::{Write as _, stderr},
};

/// Set by `tests/run`: no test may be left out.
const ALL: &str = "HANDSET_TEST_ALL";

/// Ends a test here if the machine lacks one of these programs.
macro_rules! needs {
    ($($program:literal),+) => {
        if crate::needs::lacks(&[$($program),+], std::any::type_name_of_val(&|| ())) {
            return;
        }
    };
}
pub(crate) use needs;

/// Whether the machine lacks one of these programs, which is noted for the end of the run. `place`
/// is the name of a closure in the test.
pub(crate) fn lacks(programs: &[&str], place: &str) -> bool {
    let missing = programs
        .iter()
        .filter(|name| programs::path(name).is_none());
    let missing = missing.copied().collect::<Vec<_>>().join(" ");
    if missing.is_empty() {
        return false;
    }
    let test = place.trim_end_matches("::{{closure}}");
    assert!(
        env::var_os(ALL).is_none(),
        "{test} needs {missing}; tests/run installs it"
    );
    // The harness captures what is printed by macros alone: a test that was left out must not look
    // like one that has passed.
    let line = format!("{test} needs {missing}\n");
    let said = ["left out: ", &line].concat();
    stderr().write_all(said.as_bytes()).unwrap();
    // Several tests append at once; what is written in one piece stays in one piece.
    let mut list = File::options();
    let mut list = list
        .create(true)
        .append(true)
        .open(programs::left_out())
        .unwrap();
    list.write_all(line.as_bytes()).unwrap();
    true
}
