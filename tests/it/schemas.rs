//! The JSON Schemas against the readers of the files: what a schema names the program reads, and
//! what the program reads a schema names.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{reports::schema::Schema, support::program};

fn schema(name: &str) -> Schema {
    let printed = program().args(["config", "schema", name]).output().unwrap();
    assert!(printed.status.success(), "{printed:?}");
    let printed = String::from_utf8(printed.stdout).unwrap();
    let file = format!("assets/schema/handset-{name}-1.schema.json");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    assert!(
        printed == fs::read_to_string(&file).unwrap(),
        "print {} anew",
        file.display()
    );
    Schema::read(&printed)
}

fn read(toml: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Table>(toml).unwrap()).unwrap()
}

/// The blocks of TOML in a page that begin with these words.
fn blocks(page: &str, first: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let page = fs::read_to_string(path).unwrap();
    let blocks = page.split("```toml\n").skip(1);
    let blocks = blocks.map(|rest| rest.split("```").next().unwrap().to_owned());
    blocks.filter(|block| block.starts_with(first)).collect()
}

/// Every setting there is, once; each kind of tunnel in a profile of its own.
const SETTINGS: &str = r#"
default = "acme"
plain = false
reduced_motion = true

[profiles.acme]
account = "55512300"
csds = "https://api.liveperson.net"
client_id = "7c1b2f0e"
secret = { env = "ACME_SECRET" }
ca = "ca.pem"
production = true
brand = "Acme"
personas = ["ada", "own.toml"]
theme = "light"
private = true
fetch_pictures = "off"
bind = "127.0.0.1:8443"
hook_path = "/hook"
tunnel = { kind = "ssh", program = "ssh", host = "h", port = 22, listen = 8080, public = "https://h", options = ["-v"] }
login = { username = "morgan", password = { keyring = "handset", user = "acme" }, borrow = true }

[profiles.a]
secret = { command = ["pass", "show", "acme"] }
tunnel = { kind = "url", url = "https://hooks.acme.test" }
[profiles.b]
secret = { file = "acme.secret" }
tunnel = { kind = "relay", link = "wss://relay.acme.test/link", ticket = { env = "TICKET" } }
[profiles.c.tunnel]
kind = "cloudflared"
program = "cloudflared"
name = "n"
public = "https://n.test"
[profiles.d.tunnel]
kind = "ngrok"
program = "ngrok"
domain = "d.test"
[profiles.e.tunnel]
kind = "none"
"#;

/// Has the program read these settings; what it says against them.
fn faults(settings: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), settings).unwrap();
    let mut list = program();
    list.env("HANDSET_CONFIG_DIR", folder.path());
    let output = list.args(["config", "list"]).output().unwrap();
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_schema_of_settings_is_what_the_program_reads() {
    let mut schema = schema("config");
    assert_eq!(faults(SETTINGS), "");
    assert_eq!(schema.faults(&read(SETTINGS)), [""; 0]);
    assert_eq!(
        schema.unseen(),
        [""; 0],
        "the schema names what no file here has"
    );
    for block in blocks("docs/go-live.md", "[profiles.") {
        // An option of a tunnel stands there without its profile.
        assert_eq!(faults(&block), "", "{block}");
        assert_eq!(schema.faults(&read(&block)), [""; 0], "{block}");
    }
    for wrong in [
        "glitter = 1",
        "plain = \"yes\"",
        "[profiles.a]\nsecret = \"s\"",
        "[profiles.a]\nsecret = { env = \"A\", file = \"b\" }",
        "[profiles.a]\nsecret = { keyring = \"handset\" }",
        "[profiles.a]\nproduction = 1",
        "[profiles.a.tunnel]\nkind = \"ngrok\"\nlink = \"wss://a.test\"",
        "[profiles.a.tunnel]\nlink = \"wss://a.test\"",
        "[profiles.a.login]\nborrow = true",
    ] {
        assert_ne!(faults(wrong), "", "the program takes {wrong}");
        assert_ne!(
            schema.faults(&read(wrong)),
            [""; 0],
            "the schema takes {wrong}"
        );
    }
}

#[test]
fn the_schema_of_keys_is_what_the_program_reads() {
    let mut schema = schema("keys");
    for block in blocks("docs/keys.md", "preset") {
        assert_eq!(schema.faults(&read(&block)), [""; 0], "{block}");
    }
    // Every action in every part of the screen where the schema has it, without a key.
    let printed = program()
        .args(["config", "schema", "keys"])
        .output()
        .unwrap();
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let mut all = "preset = \"vim\"\n".to_owned();
    for (part, rules) in printed["properties"].as_object().unwrap() {
        let Some(actions) = rules["properties"].as_object() else {
            continue;
        };
        all.extend(["[", part, "]\n"]);
        for action in actions.keys() {
            all.extend([action, " = []\n"]);
        }
    }
    assert_eq!(schema.faults(&read(&all)), [""; 0]);
    assert_eq!(schema.unseen(), [""; 0]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("keys.toml"), &all).unwrap();
    let mut keys = program();
    keys.env("HANDSET_CONFIG_DIR", folder.path());
    let output = keys.args(["keys", "--json"]).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_schemas_of_personas_and_brands_take_those_that_are_there() {
    let mut persona = schema("persona");
    let mut brand = schema("brand");
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let files = |folder: &str| {
        let folder = fs::read_dir(assets.join(folder)).unwrap();
        folder.map(|entry| entry.unwrap().path())
    };
    for file in files("personas") {
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(persona.faults(&read(&text)), [""; 0], "{}", file.display());
    }
    for folder in files("brands") {
        let text = fs::read_to_string(folder.join("brand.toml")).unwrap();
        assert_eq!(brand.faults(&read(&text)), [""; 0], "{}", folder.display());
    }
    for block in blocks("docs/brands.md", "#:schema") {
        assert_eq!(brand.faults(&read(&block)), [""; 0], "{block}");
    }
}

/// What the program says against a workload.
fn workload_faults(workload: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    for file in ["late-parcel.talk", "gives-up.talk"] {
        fs::write(folder.path().join(file), "me: hi\n").unwrap();
    }
    let file = folder.path().join("peak.toml");
    fs::write(&file, workload).unwrap();
    let output = program().arg("swarm").arg(&file).arg("--dry").output();
    String::from_utf8(output.unwrap().stderr).unwrap()
}

#[test]
fn the_schema_of_workloads_is_what_the_program_reads() {
    let mut schema = schema("workload");
    let blocks = blocks("docs/swarm.md", "name");
    assert!(!blocks.is_empty());
    let monday = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/monday.toml");
    for block in blocks
        .into_iter()
        .chain([fs::read_to_string(monday).unwrap()])
    {
        assert_eq!(schema.faults(&read(&block)), [""; 0], "{block}");
    }
    assert_eq!(schema.unseen(), [""; 0]);
    let printed = program()
        .args(["config", "schema", "workload"])
        .output()
        .unwrap();
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    for (table, place) in [
        ("", ""),
        ("[[scenario]]\n", "/properties/scenario/items"),
        ("[[stage]]\n", "/properties/stage/items"),
        ("[people]\n", "/properties/people"),
        ("[limits]\n", "/properties/limits"),
    ] {
        let named = printed.pointer(&format!("{place}/properties"));
        let named = named.and_then(Value::as_object).unwrap();
        // The program tells what it knows, by a key that it does not.
        let said = workload_faults(&format!("{table}glitter = 1\n"));
        let known = said
            .split("expected")
            .nth(1)
            .unwrap_or_else(|| panic!("{said}"));
        for name in named.keys() {
            assert!(
                known.contains(&format!("`{name}`")),
                "{table}{name}: {said}"
            );
        }
        assert_eq!(known.matches('`').count() / 2, named.len(), "{said}");
    }
}
