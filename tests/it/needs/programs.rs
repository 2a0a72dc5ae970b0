//! Where the programs are that tests start, and where the tests that lack one are listed.

use std::{env, os::unix::fs::PermissionsExt as _, path::PathBuf};

/// Where servers are; the path of most users does not lead there.
const SERVERS: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];

/// Where a program is, if the machine has it.
pub(crate) fn path(program: &str) -> Option<PathBuf> {
    let names: &[&str] = match program {
        "chromium" => &["chromium", "chromium-browser", "google-chrome"],
        _ => &[program],
    };
    let folders = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&folders).chain(SERVERS.map(PathBuf::from));
    let mut files = folders.flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    files.find(|file| {
        let known = file.metadata();
        known.is_ok_and(|known| known.is_file() && known.permissions().mode() & 0o111 != 0)
    })
}

/// The list of the tests that were left out, beside the programs that cargo has built.
pub(crate) fn left_out() -> PathBuf {
    let own = env::current_exe().unwrap();
    own.ancestors().nth(2).unwrap().join("tests-left-out")
}
