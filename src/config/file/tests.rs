//! What a settings file may say, and how it is refused.

use std::path::Path;

use crate::config::{
    complete::{self, Whose},
    file::SettingsFile,
    layer::Layer,
    origin::Origin,
    profile::{Source, TunnelSettings},
    setting::Setting,
};

const WHOLE: &str = r#"
default = "acme"

[profiles.acme]
account = "55512300"
csds = "api.liveperson.net"
client_id = "7c1b2f0e"
secret = { env = "ACME_SECRET" }
ca = "acme-ca.pem"
production = true
brand = "Acme"
personas = ["ada", "./mine/zoe.toml"]
theme = "light"
bind = "127.0.0.1:8443"
hook_path = "/hook"

[profiles.acme.tunnel]
kind = "relay"
link = "wss://relay.acme.test/link"
ticket = { keyring = "handset", user = "ticket" }

[profiles.acme.login]
username = "morgan"
password = { command = ["pass", "show", "acme"] }
borrow = true
"#;

fn parse(text: &str) -> Result<SettingsFile, String> {
    SettingsFile::parse(Path::new("/etc/handset/config.toml"), text)
        .map_err(|fault| fault.to_string())
}

#[test]
fn every_key_is_read_with_its_line() {
    let mut file = parse(WHOLE).unwrap();
    let values = file.profiles.remove("acme").unwrap();
    let line = |origin: &Origin| match origin {
        Origin::File { line, .. } => *line,
        other => panic!("{other}"),
    };
    assert_eq!(line(&values.get(Setting::Account).unwrap().origin), 5);
    assert_eq!(line(&values.get(Setting::LoginBorrow).unwrap().origin), 25);
    let whose = Whose {
        profile: Some("acme"),
        file: None,
    };
    let profile = complete::profile(&values.over(Layer::defaults()), whose).unwrap();
    assert_eq!(profile.account.as_str(), "55512300");
    assert_eq!(profile.csds.as_str(), "https://api.liveperson.net/");
    assert_eq!(profile.secret, Source::Env("ACME_SECRET".into()));
    assert_eq!(profile.ca.unwrap(), Path::new("/etc/handset/acme-ca.pem"));
    assert_eq!(profile.personas, ["ada", "/etc/handset/./mine/zoe.toml"]);
    assert!(profile.production);
    let TunnelSettings::Relay { link, ticket } = profile.tunnel else {
        panic!("{:?}", profile.tunnel);
    };
    assert_eq!(link.as_str(), "wss://relay.acme.test/link");
    assert_eq!(ticket.to_string(), "keyring handset, user ticket");
    let login = profile.login.unwrap();
    assert!(login.borrow);
    // Arguments may say too much.
    assert_eq!(login.password.to_string(), "command pass");
}

#[test]
fn a_fault_has_file_line_column_a_caret_and_a_way_out() {
    let said = parse("[profiles.acme]\naccuont = \"1\"\n").unwrap_err();
    let wanted = "/etc/handset/config.toml:2:1: there is no setting `accuont` here; it can be \
                  account, csds, client_id, secret, ca, production, brand, personas, theme, private, \
                  fetch_pictures, bind, hook_path, tunnel, login\n  2 | accuont = ···\n    | ^^^^^^^";
    assert_eq!(said, wanted);
    for (text, words) in [
        (
            "[profiles.a]\naccount = 555\n",
            ":2:11: `account` is a text; write it in quotes\n  2 | account = 555\n    |           ^^^",
        ),
        (
            "[profiles.a]\nproduction = \"yes\"",
            ":2:14: `production` is true or false",
        ),
        (
            "[profiles.a]\ncsds = \"http://api.example.com\"",
            "plain http is for this machine alone; write https",
        ),
        ("[profiles.a]\nbind = \"8443\"", "like 127.0.0.1:8443"),
        (
            "[profiles.a]\npersonas = \"ada\"",
            "is a list of texts; write it in brackets",
        ),
        (
            "[profiles.a]\npersonas = [\"ada\", 1]",
            ":2:20: `personas` is a list of texts, and this is a number",
        ),
        (
            "[profiles.a]\ntunnel = \"relay\"",
            "this is a text; write a table: [profiles.a.tunnel]",
        ),
        (
            "[profiles.a.tunnel]\nlink = \"wss://x/\"",
            "[profiles.a.tunnel] has no `kind`; add it",
        ),
        (
            "[profiles.a.tunnel]\nkind = \"pigeon\"",
            "no tunnel \"pigeon\"; choose one of none, url, relay, cloudflared, ngrok, ssh",
        ),
        (
            "[profiles.a.tunnel]\nkind = \"url\"\nlink = \"wss://x/\"",
            ":3:1: `link`: this is for \"relay\", and the kind is \"url\"",
        ),
        (
            "[profiles.a.tunnel]\nkind = \"ssh\"\nport = 70000",
            "a number from 1 to 65535",
        ),
        ("[profiles.a.login]\nborrow = true", "has no `username`"),
        (
            "[profiles.a]\nsecret = {}",
            "say where the secret is: { env = ",
        ),
        (
            "[profiles.a]\nsecret = { env = \"A\", file = \"b\" }",
            "a secret is in one place",
        ),
        (
            "[profiles.a]\nsecret = { keyring = \"h\" }",
            "a keyring needs a service and a user",
        ),
        (
            "[profiles.a]\nsecret = { command = [] }",
            "name the program",
        ),
        ("[profiles.a\n", ":1:"),
        (
            "default = \"b\"\n[profiles.a]\n",
            ":1:1: there is no profile \"b\" in this file; choose one of a",
        ),
        (
            "profile = 1",
            "there is no setting `profile` here; it can be default, profiles",
        ),
        (
            "[profiles]\na = 1",
            "this is a number; write a table: [profiles.a]",
        ),
    ] {
        let said = parse(text).unwrap_err();
        assert!(said.contains(words), "{text}: no {words:?} in\n{said}");
        assert!(said.contains(" | "), "{said}");
    }
}

#[test]
fn no_fault_repeats_what_may_be_a_secret() {
    for text in [
        "[profiles.a]\nsecret = \"hunter2\"",
        "[profiles.a]\nsecret = 'hunter2'",
        "[profiles.a]\nsecret = hunter2",
        "[profiles.a]\nsecret = \"hunter2",
        "[profiles.a]\nsecret = \"\"\"\nhunter2\n\"\"\"\nx",
        "[profiles.a]\nclient_secret = \"hunter2\"",
        "[profiles.a]\nsecret = { value = \"hunter2\" }",
        "[profiles.a]\nsecret = { env = 1, value = \"hunter2\" }",
        "[profiles.a]\nsecret = [\"hunter2\"]",
        "[profiles.a.login]\npassword = \"hunter2\"\nusername = \"m\"",
        "[profiles.a.login]\npasword = \"hunter2\"\nusername = \"m\"",
        "[profiles.a.tunnel]\nkind = \"relay\"\nticket = \"hunter2\"",
        "[profiles]\na = { secret = \"hunter2\" }",
        "profiles = { a = { account = \"1\", secret = \"hunter2\" } }",
        "profiles.a.secret = \"hunter2\"",
        "[profiles.a]\ncsds = \"https://ada:hunter2@api.test\"",
    ] {
        let said = parse(text).unwrap_err();
        assert!(!said.contains("hunter2"), "{text}:\n{said}");
    }
    let said = parse("[profiles.a]\nsecret = \"hunter2\"").unwrap_err();
    let wanted = ":2:10: `secret` itself does not belong in this file; say where it is: { env = ";
    assert!(said.contains(wanted), "{said}");
    assert!(
        said.ends_with("\n  2 | secret = ·········\n    |          ^^^^^^^^^"),
        "{said}"
    );
}

#[test]
fn another_kind_of_tunnel_leaves_nothing_of_the_lower_one() {
    let values = |text: &str| {
        let text = format!("[profiles.a.tunnel]\n{text}");
        parse(&text).unwrap().profiles.remove("a").unwrap()
    };
    let ssh =
        values("kind = \"ssh\"\nhost = \"h\"\nprogram = \"myssh\"\npublic = \"https://h:{port}\"");
    let quick = values("kind = \"cloudflared\"").over(ssh.clone());
    assert_eq!(quick.text(Setting::TunnelProgram), None);
    assert_eq!(quick.text(Setting::TunnelPublic), None);
    let same = values("kind = \"ssh\"\nprogram = \"other\"").over(ssh);
    assert_eq!(same.text(Setting::TunnelProgram), Some("other"));
    assert!(same.text(Setting::TunnelHost).is_some());
}
