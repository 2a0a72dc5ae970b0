//! Defaults below the file, the file below the environment, the environment below flags; and what
//! every value says of where it came from.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::profiles::{SECRET, refusal, said, show, write};

const FILE: &str = r#"default = "acme"

[profiles.acme]
account = "55512300"
client_id = "from-file"
csds = "https://file.example.com"
secret = { env = "ACME_SECRET" }
brand = "Acme"
theme = "light"
production = true

[profiles.acme.tunnel]
kind = "ssh"
host = "file.example.com"
public = "https://file.example.com:{port}"

[profiles.other]
account = "99"
client_id = "other"
secret = { env = "OTHER_SECRET" }
"#;

fn at<'a>(shown: &'a Value, key: &str) -> (&'a Value, &'a Value) {
    let entry = &shown["values"][key];
    assert!(entry.is_object(), "no {key} in {shown}");
    (&entry["value"], &entry["origin"])
}

#[test]
#[expect(
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "a table of cases"
)]
fn each_layer_lies_over_the_one_before() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    write(folder, FILE);
    let file = folder.join("config.toml").display().to_string();
    let line = |line: u32| format!("{file}:{line}");
    let env = |name: &'static str, value: &'static str| (name, value);
    // Key, what the environment says, what the flags say; value and origin without either, with
    // the environment, with both.
    let cases: [(&str, _, &[&str], [(Value, &str); 3]); 6] = [
        (
            "client_id",
            env("HANDSET_CLIENT_ID", "from-env"),
            &["--client-id", "from-flag"],
            [
                (json!("from-file"), &line(5)),
                (json!("from-env"), "HANDSET_CLIENT_ID"),
                (json!("from-flag"), "--client-id"),
            ],
        ),
        (
            "csds",
            env("HANDSET_CSDS", "env.example.com"),
            &["--csds", "https://flag.example.com"],
            [
                (json!("https://file.example.com/"), &line(6)),
                (json!("https://env.example.com/"), "HANDSET_CSDS"),
                (json!("https://flag.example.com/"), "--csds"),
            ],
        ),
        (
            "secret",
            env("HANDSET_CLIENT_SECRET", SECRET),
            &["--secret-env", "FLAG_SECRET"],
            [
                (json!("set (env ACME_SECRET)"), &line(7)),
                (
                    json!("set (env HANDSET_CLIENT_SECRET)"),
                    "HANDSET_CLIENT_SECRET",
                ),
                (
                    json!(
                        "not set: the environment variable FLAG_SECRET is not set; put the secret into it"
                    ),
                    "--secret-env",
                ),
            ],
        ),
        (
            "ca",
            env("HANDSET_CA", "/env.pem"),
            &["--ca", "/flag.pem"],
            [
                (Value::Null, ""),
                (json!("/env.pem"), "HANDSET_CA"),
                (json!("/flag.pem"), "--ca"),
            ],
        ),
        (
            "tunnel.kind",
            env("HANDSET_TUNNEL", "cloudflared"),
            &["--tunnel", "https://flag.example.com/"],
            [
                (json!("ssh"), &line(13)),
                (json!("cloudflared"), "HANDSET_TUNNEL"),
                (json!("url"), "--tunnel"),
            ],
        ),
        (
            "production",
            env("HANDSET_PRODUCTION", "false"),
            &[],
            [
                (json!(true), &line(10)),
                (json!(false), "HANDSET_PRODUCTION"),
                (json!(false), "HANDSET_PRODUCTION"),
            ],
        ),
    ];
    for (key, variable, flags, wanted) in &cases {
        let base = ("ACME_SECRET", SECRET);
        let shown = [
            show(folder, &[], &[base]),
            show(folder, &[], &[base, *variable]),
            show(folder, flags, &[base, *variable]),
        ];
        for (shown, (value, origin)) in shown.iter().zip(wanted) {
            assert_eq!(shown["profile"], "acme");
            let origin = if origin.is_empty() {
                Value::Null
            } else {
                json!(origin)
            };
            assert_eq!(at(shown, key), (value, &origin), "{key}");
        }
    }
    let shown = show(folder, &["--profile", "other"], &[]);
    for (key, value) in [
        ("csds", json!("https://api.liveperson.net/")),
        ("theme", json!("dark")),
        ("bind", json!("127.0.0.1:0")),
        ("tunnel.kind", json!("none")),
        ("production", json!(false)),
    ] {
        assert_eq!(at(&shown, key), (&value, &json!("default")), "{key}");
    }
}

#[test]
fn a_profile_is_chosen_by_flag_then_environment_then_default() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let chosen = |arguments: &[&str], variables: &[(&str, &str)]| {
        show(folder, arguments, variables)["profile"].clone()
    };
    assert_eq!(chosen(&[], &[]), Value::Null);
    write(folder, FILE);
    let variable = ("HANDSET_PROFILE", "other");
    assert_eq!(chosen(&[], &[]), "acme");
    assert_eq!(chosen(&[], &[variable]), "other");
    assert_eq!(chosen(&["--profile", "acme"], &[variable]), "acme");
    // Another account has neither the tunnel nor the login of the default profile.
    assert_eq!(chosen(&["--account", "1"], &[]), Value::Null);
    assert_eq!(chosen(&[], &[("HANDSET_ACCOUNT", "1")]), Value::Null);
    assert_eq!(
        chosen(&["--account", "1", "--profile", "acme"], &[]),
        "acme"
    );

    let error = refusal(folder, &["config", "show", "--profile", "acne"], &[]);
    let words = "there is no profile \"acne\", named by --profile, in ";
    assert!(error.contains(words), "{error}");
    assert!(
        error.trim_end().ends_with("; choose one of acme, other"),
        "{error}"
    );
    let error = refusal(folder, &["config", "show"], &[("HANDSET_PROFILE", "acne")]);
    assert!(error.contains("named by HANDSET_PROFILE"), "{error}");
}

#[test]
fn one_word_or_a_link_is_a_way_in() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    write(folder, FILE);
    let ticket = ("HANDSET_RELAY_TICKET", SECRET);
    let link = ("HANDSET_RELAY_LINK", "wss://env.example.com/link");
    let shown = show(folder, &[], &[link, ticket]);
    assert_eq!(at(&shown, "tunnel.kind"), (&json!("relay"), &json!(link.0)));
    let wanted = json!("wss://env.example.com/link");
    assert_eq!(at(&shown, "tunnel.link"), (&wanted, &json!(link.0)));
    let wanted = json!("set (env HANDSET_RELAY_TICKET)");
    assert_eq!(at(&shown, "tunnel.ticket"), (&wanted, &json!(ticket.0)));
    // Nothing is left of the file's ssh.
    assert!(shown["values"]["tunnel.host"].is_null(), "{shown}");
    // A flag for the link keeps the ticket of the environment.
    let relay = ["--relay", "ws://127.0.0.1:9/link"];
    let shown = show(folder, &relay, &[ticket]);
    assert_eq!(at(&shown, "tunnel.link").1, "--relay");
    assert_eq!(at(&shown, "tunnel.ticket").1, ticket.0);
    let both = [&relay[..], &["--ticket-env", "MINE"]].concat();
    assert_eq!(
        at(&show(folder, &both, &[ticket]), "tunnel.ticket").1,
        "--ticket-env"
    );

    for (arguments, variables, words) in [
        (
            vec![],
            vec![("HANDSET_TUNNEL", "pigeon")],
            "HANDSET_TUNNEL: there is no tunnel \"pigeon\"; choose one of",
        ),
        (
            vec![],
            vec![("HANDSET_PRODUCTION", "maybe")],
            "HANDSET_PRODUCTION: write true or false",
        ),
        (
            vec![],
            vec![("HANDSET_CSDS", "http://api.example.com")],
            "HANDSET_CSDS: plain http is for this machine alone",
        ),
        (
            vec!["--relay", "ws://relay.example.com/"],
            vec![],
            "plain ws is for this machine alone; write wss",
        ),
        (
            vec!["--relay", "https://relay.example.com/"],
            vec![],
            "write a whole ws or wss address",
        ),
        (
            vec!["--tunnel", "http://public.example.com/"],
            vec![],
            "write https",
        ),
        (
            vec!["--tunnel", "ssh", "--relay", "wss://x/"],
            vec![],
            "cannot be used with",
        ),
    ] {
        let arguments = [&["config", "show"], &arguments[..]].concat();
        let error = refusal(folder, &arguments, &variables);
        assert!(
            error.contains(words),
            "{arguments:?} {variables:?}: {error}"
        );
    }
}

#[test]
fn what_is_missing_is_told_with_where_to_say_it() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    write(
        folder,
        "[profiles.half]\naccount = \"1\"\n[profiles.relayed]\naccount = \"1\"\nclient_id = \"c\"\nsecret = { env = \"HOME\" }\ntunnel = { kind = \"relay\", link = \"wss://x/\" }\n",
    );
    let file = folder.join("config.toml").display().to_string();
    for (arguments, words) in [
        (
            vec!["--profile", "half"],
            format!(
                "the profile \"half\" has no client_id: write client_id = \"…\" under [profiles.half] in {file}, or use HANDSET_CLIENT_ID or --client-id"
            ),
        ),
        (
            vec!["--profile", "half", "--client-id", "c"],
            "has no secret: write secret = { env = \"…\" } under [profiles.half]".to_owned(),
        ),
        (
            vec!["--profile", "relayed"],
            "has no tunnel.ticket: write ticket = { env = \"…\" } under [profiles.relayed.tunnel]"
                .to_owned(),
        ),
        (
            vec!["--client-id", "c"],
            "the cloud that is named has no account: use HANDSET_ACCOUNT or --account".to_owned(),
        ),
    ] {
        let error = refusal(folder, &arguments, &[]);
        assert!(error.contains(&words), "{arguments:?}: {error}");
    }
}

#[test]
fn the_table_is_for_people() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let (out, ..) = said(folder, &["config", "list"], &[]);
    assert!(
        out.contains("no profile yet; `handset init` makes one"),
        "{out}"
    );
    let (out, ..) = said(folder, &["config", "path"], &[]);
    assert_eq!(out, format!("{}\n", folder.join("config.toml").display()));
    let (out, ..) = said(folder, &["config", "show"], &[]);
    assert!(
        out.starts_with("no profile: `handset` opens the sandbox\n"),
        "{out}"
    );
    write(folder, FILE);
    let (out, ..) = said(folder, &["config", "list"], &[]);
    assert_eq!(out, "* acme   55512300  PRODUCTION\n  other  99\n");
    let (out, ..) = said(
        folder,
        &["config", "show"],
        &[("HANDSET_BRAND", "Evil\u{1b}[31m")],
    );
    let line = |key: &str| out.lines().find(|line| line.starts_with(key)).unwrap();
    assert!(out.starts_with("profile acme ("), "{out}");
    assert!(
        line("secret").contains("not set: the environment variable ACME_SECRET"),
        "{out}"
    );
    assert!(
        line("account").contains("55512300") && line("account").ends_with("config.toml:4"),
        "{out}"
    );
    assert!(
        line("brand").ends_with("HANDSET_BRAND") && !out.contains('\u{1b}'),
        "{out}"
    );
}

#[test]
fn a_file_that_others_write_or_that_is_none_is_refused() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    write(folder, FILE);
    let path = folder.join("config.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let error = refusal(folder, &["config", "list"], &[]);
    assert!(error.contains("chmod go-w"), "{error}");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = refusal(folder, &["config", "list"], &[]);
    assert!(error.contains("it is no file"), "{error}");
    fs::remove_dir(&path).unwrap();
    write(folder, &format!("[profiles.a]\nsecret = \"{SECRET}\"\n"));
    let error = refusal(folder, &["config", "list"], &[]);
    assert!(
        error.contains("config.toml:2:10: `secret` itself does not belong"),
        "{error}"
    );
}
