//! The examples for the tests of other people's connectors, each run in its own language.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{needs::needs, support};

/// A command in the folder of an example, for which handset is the one under test.
fn command(program: &str, folder: &str) -> Command {
    let mut command = Command::new(program);
    support::isolate(&mut command);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/ci")
        .join(folder);
    command
        .current_dir(folder)
        .env("HANDSET", support::program_path());
    command
}

/// Runs it; gives what it says when all went well.
#[track_caller]
fn passes(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn the_connector_in_node_passes_its_tests() {
    needs!("node");
    let said = passes(command("node", "node").args(["--test", "--test-reporter=tap"]));
    assert!(said.contains("# pass 3\n"), "{said}");
}

#[test]
fn the_connector_in_python_passes_its_tests() {
    needs!("python3");
    let mut python = command("python3", "python");
    let said = passes(python.args(["-B", "-W", "error", "-m", "unittest"]));
    assert!(said.contains("Ran 3 tests"), "{said}");
}

#[test]
fn the_connector_in_java_passes_its_test() {
    needs!("java", "javac");
    let said = passes(command("java", "java").arg("ConnectorTest.java"));
    assert!(said.contains("3 passed, 0 failed"), "{said}");
}

#[test]
fn the_connector_in_rust_passes_its_tests() {
    needs!("cargo");
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("ci-example");
    let mut cargo = command("cargo", "rust");
    // Its own lints and flags are not those of this run.
    for variable in ["RUSTC_WORKSPACE_WRAPPER", "RUSTFLAGS"] {
        cargo.env_remove(variable);
    }
    let said = passes(
        cargo
            .args(["test", "--locked"])
            .env("CARGO_TARGET_DIR", target),
    );
    assert!(said.contains("2 passed; 0 failed"), "{said}");
}
