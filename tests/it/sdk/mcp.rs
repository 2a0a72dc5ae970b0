//! `handset mcp` as a published client of the protocol uses it.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use crate::{
    needs::needs,
    sdk::install,
    support::{self, program},
};

#[test]
fn a_published_client_uses_every_tool() {
    needs!("node", "npm");
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("hello.talk");
    fs::write(&scenario, "me: hello\nagent: hello\n").unwrap();
    let mut node = Command::new("node");
    support::isolate(&mut node);
    let output = node
        .arg(install::bots().join("mcp.js"))
        .arg(support::program_path())
        .arg(folder.path().join("data"))
        .arg(&scenario)
        .env("NODE_PATH", install::modules())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "all tools used\n");
}

#[test]
fn what_is_no_request_is_answered_as_json_rpc_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = program();
    server.args(["mcp", "--data-dir"]).arg(folder.path());
    let mut server = server
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = server.stdin.take().unwrap();
    let lines = "nonsense\n\
        {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"1999-01-01\"}}\n\
        {\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n\
        {\"jsonrpc\":\"2.0\",\"id\":\"b\",\"method\":\"resources/list\"}\n";
    input.write_all(lines.as_bytes()).unwrap();
    drop(input);
    let output = server.wait_with_output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[0].contains("\"code\":-32700"), "{}", said[0]);
    assert!(
        said[1].contains("\"protocolVersion\":\"2025-06-18\""),
        "{}",
        said[1]
    );
    assert!(
        said[2].contains("\"id\":\"b\"") && said[2].contains("-32601"),
        "{}",
        said[2]
    );
}
