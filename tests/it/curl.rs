//! A connector that is nothing but `curl` and a shell: `tests/curl.sh` against
//! the real programs. Without curl on the machine it says so and is skipped.

use std::{
    io::{Write, stderr},
    path::Path,
    process::Command,
};

use crate::support;

#[test]
fn a_plain_http_client_and_its_endpoint_get_along_with_the_sandbox() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/curl.sh");
    let mut bash = Command::new("bash");
    support::isolate(&mut bash);
    let output = bash
        .arg(script)
        .arg(support::program().get_program())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    if let Some(reason) = said.strip_prefix("skipped: ") {
        // Past the capture of the test harness: a skipped test must not look like a passed one.
        write!(stderr(), "a_plain_http_client: skipped: {reason}").unwrap();
    } else {
        assert!(said.starts_with("well: "), "{said}\n{complained}");
    }
}
