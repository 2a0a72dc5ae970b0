//! A connector that is nothing but `curl` and a shell: `tests/curl.sh` against
//! the real programs.

use std::{path::Path, process::Command};

use crate::{needs::needs, support};

#[test]
fn a_plain_http_client_and_its_endpoint_get_along_with_the_sandbox() {
    needs!("bash", "curl");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/curl.sh");
    let mut bash = Command::new("bash");
    support::isolate(&mut bash);
    let output = bash
        .arg(script)
        .arg(support::program().get_program())
        .arg(support::free_address().to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(said.starts_with("well: "), "{said}\n{complained}");
}
