//! What holds in the sandbox: what `config show` says, and what the sandbox does.

use std::fs;

use serde_json::Value;
use tempfile::tempdir;

use super::{handset, refusal, said, show, write};

const FILE: &str = "default = \"p\"\n[profiles.p]\naccount = \"1\"\nclient_id = \"c\"\nsecret = { env = \"S\" }\nbrand = \"Initech\"\ntheme = \"meadow\"\nbind = \"127.0.0.1:9\"\n[profiles.p.tunnel]\nkind = \"ngrok\"\n";

#[test]
fn nothing_is_listed_as_holding_that_the_sandbox_ignores() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let variables = [
        ("HANDSET_BRAND", "Umbrella"),
        ("HANDSET_TUNNEL", "ngrok"),
        ("HANDSET_PRODUCTION", "true"),
    ];
    let shown = show(folder, &[], &variables);
    let values = shown["values"].as_object().unwrap();
    let keys: Vec<&str> = values.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "brand",
            "personas",
            "theme",
            "private",
            "fetch_pictures",
            "bind",
            "hook_path"
        ]
    );
    assert_eq!(values["brand"]["value"], "Umbrella");
    assert_eq!(
        shown["ignored"],
        serde_json::json!(["production", "tunnel.kind"])
    );
    let (table, ..) = said(folder, &["config", "show"], &variables);
    let line = "tunnel.kind, given by HANDSET_TUNNEL, does not count in the sandbox";
    assert!(table.contains(line), "{table}");
    // Without anything it is the usual brand.
    assert_eq!(show(folder, &[], &[])["values"]["brand"]["value"], "Acme");
}

#[test]
fn a_profile_gives_the_sandbox_its_looks_and_nothing_else() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    write(folder, FILE);
    let shown = show(folder, &["--sandbox"], &[]);
    let value = |key: &str| shown["values"][key]["value"].clone();
    assert_eq!(
        (value("brand"), value("theme")),
        ("Initech".into(), "meadow".into())
    );
    assert_eq!(value("bind"), "127.0.0.1:0");
    assert_eq!(shown["profile"], Value::Null);
}

#[test]
fn a_flag_that_would_do_nothing_is_refused() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let error = refusal(folder, &["--tunnel", "ngrok"], &[]);
    assert!(
        error.contains("--tunnel does nothing in the sandbox"),
        "{error}"
    );
    let error = refusal(folder, &["--sandbox", "--tunnel", "ngrok"], &[]);
    assert!(error.contains("cannot be used with"), "{error}");
    write(folder, FILE);
    let error = refusal(folder, &["--agent", "riley"], &[]);
    assert!(
        error.contains("--agent is for the sandbox; add --sandbox"),
        "{error}"
    );
}

#[test]
fn every_fault_of_an_agent_script_is_told_at_once() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let script = folder.join("nova.toml");
    fs::write(
        &script,
        "nmae = \"Nova\"\ngreeting = [{ texxt = \"Hi\" }]\nlost = []\n",
    )
    .unwrap();
    let script = script.display().to_string();
    let told = refusal(folder, &["sandbox", "--agent", &script], &[]);
    for expected in [
        format!("{script}:1:1: there is no `nmae` here; did you mean `name`?"),
        format!("{script}:2:15: there is no `texxt` here; did you mean `text`?"),
    ] {
        assert!(told.contains(&expected), "no {expected:?} in\n{told}");
    }
    let told = refusal(folder, &["sandbox", "--agent", "nobody"], &[]);
    assert!(
        told.contains("give riley, none, or the path of a script"),
        "{told}"
    );
}

#[test]
fn the_sandbox_by_itself_is_of_the_brand_too() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let script = folder.join("nova.toml");
    fs::write(
        &script,
        "name = \"Nova\"\ngreeting = [{ text = \"Hi\" }]\nlost = [{ text = \"Hm\" }]\n",
    )
    .unwrap();
    let script = script.display().to_string();
    let arguments = ["sandbox", "--agent", &script, "--brand", "Umbrella"];
    let mut child = handset(folder, &arguments, &[])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready["ready"], true, "{line}");
    crate::support::signal(child.id(), "TERM");
    assert!(child.wait().unwrap().success());
}
