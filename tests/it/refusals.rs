//! What cannot be: the real program says one clear thing on stderr, nothing on
//! stdout, and fails; in a terminal it does so before it draws anything.

mod journal;
mod terminal;

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Command, Output, Stdio},
};

use rusqlite::Connection;
use tempfile::tempdir;

use crate::support::{free_address, pty::Terminal};

/// Exit code of a command line that cannot be understood.
const USAGE: i32 = 2;

/// Exit code of what was understood and cannot be done.
const FAILED: i32 = 1;

/// The variable that holds a secret, and one that is empty.
const SECRET: &str = "REFUSALS_SECRET";

const EMPTY: &str = "REFUSALS_EMPTY";

fn handset(arguments: &[&str], data: &Path) -> Command {
    let mut command = crate::support::program();
    command
        .args(arguments)
        .env("HANDSET_DATA_DIR", data)
        .env("HANDSET_CONFIG_DIR", data.join("settings"))
        .env("HOME", data)
        .env("TERM", "xterm-256color")
        .env(SECRET, "k4v9s0m2example7secret1")
        .env(EMPTY, "")
        .env("COLUMNS", "100")
        .env_remove("HANDSET_LOG")
        .env_remove("NO_COLOR")
        .stdin(Stdio::null());
    command
}

fn output(arguments: &[&str], data: &Path) -> Output {
    handset(arguments, data).output().unwrap()
}

/// What nobody wants to read in a message.
#[track_caller]
fn reads_well(said: &str) {
    for noise in [
        "panicked",
        "RUST_BACKTRACE",
        "Error {",
        "Some(",
        "Os {",
        "Error code",
        "relative URL",
        "Failed to",
    ] {
        assert!(!said.contains(noise), "{noise} in {said}");
    }
    // The cause is said once.
    for (at, _) in said.match_indices("(os error") {
        let (before, after) = said.split_at(at + 1);
        assert!(!before.is_empty() && !after.contains("(os error"), "{said}");
    }
}

/// Refused by that exit code, with all of these words.
#[track_caller]
fn refused(arguments: &[&str], data: &Path, code: i32, words: &[&str]) {
    let output = output(arguments, data);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?} wrote to stdout");
    for word in words {
        assert!(said.contains(word), "{arguments:?}: no {word:?} in {said}");
    }
    if code == FAILED {
        assert!(said.starts_with("handset: "), "{arguments:?}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{arguments:?}: {said}");
        assert!(!said.trim_end().ends_with('.'), "{arguments:?}: {said}");
    }
    reads_well(&said);
}

/// Refused in a terminal, before the screen is touched.
#[track_caller]
fn refused_undrawn(arguments: &[&str], data: &Path, variables: &[(&str, &str)], words: &[&str]) {
    let mut variables = variables.to_vec();
    variables.push((SECRET, "k4v9s0m2example7secret1"));
    let mut terminal = Terminal::handset_with(200, 30, data, arguments, &variables);
    assert!(!terminal.ended().success(), "{arguments:?}");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(
        !raw.contains("\u{1b}[?1049h"),
        "{arguments:?} took the screen"
    );
    let said = raw.replace("\r\n", "\n");
    for word in words {
        assert!(said.contains(word), "{arguments:?}: no {word:?} in {said}");
    }
    reads_well(&said);
}

const LISTEN: [&str; 7] = [
    "listen",
    "--account",
    "55512300",
    "--client-id",
    "7c1b2f0e",
    "--secret-env",
    SECRET,
];

#[test]
fn a_command_line_that_says_nothing_is_refused() {
    let data = tempdir().unwrap();
    let address = "an IP address and a port, like 127.0.0.1:8443";
    let web = "a whole http or https address";
    for (arguments, words) in [
        (vec!["bogus"], vec!["bogus", "handset <COMMAND>"]),
        (vec!["--bogus"], vec!["--bogus"]),
        (vec!["--theme"], vec!["--theme <NAME|FILE>"]),
        (
            vec!["--theme", "dark", "--theme", "light"],
            vec!["multiple times"],
        ),
        (vec!["--name", ""], vec!["--name <NAME>"]),
        (vec!["--name", "  "], vec!["--name <NAME>", "it is empty"]),
        (vec!["--consumer", ""], vec!["--consumer <ID>"]),
        (vec!["--data-dir", ""], vec!["--data-dir <DIR>"]),
        (vec!["--bind", "8080"], vec!["--bind <ADDR>", address]),
        (
            vec!["--hook-path", "hook"],
            vec!["--hook-path <PATH>", "starts with /"],
        ),
        (
            vec!["--hook-path", "/a b"],
            vec!["--hook-path <PATH>", "holds only"],
        ),
        (vec!["--csds", "here"], vec!["--csds <URL>", web]),
        (vec!["--csds", "ftp://x/"], vec!["--csds <URL>", web]),
        (
            vec!["--sandbox", "--account", "1"],
            vec!["cannot be used with", "--account <ID>"],
        ),
        (
            vec!["--theme", "dark", "sandbox"],
            vec!["cannot be used with", "--theme"],
        ),
        (vec!["sandbox", "--theme", "dark"], vec!["--theme"]),
        (vec!["sandbox", "more"], vec!["more"]),
        (
            vec!["sandbox", "--listen", "here"],
            vec!["--listen <ADDR>", address],
        ),
        (
            vec!["sandbox", "--account", "a b"],
            vec!["1 to 32 letters and digits"],
        ),
        (
            vec!["sandbox", "--webhook", ""],
            vec!["--webhook <URL>", web],
        ),
        (
            vec!["sandbox", "--webhook", "ftp://x/"],
            vec!["--webhook <URL>", web],
        ),
        (
            vec!["sandbox", "--seed", "x"],
            vec!["--seed <N>", "whole number"],
        ),
        (
            vec!["sandbox", "--seed", "-1"],
            vec!["--seed <N>", "whole number"],
        ),
        (vec!["sandbox", "--state", ""], vec!["--state <FILE>"]),
        (vec!["export"], vec!["--conversation <ID|last>"]),
        (
            vec!["export", "--conversation", "last"],
            vec!["--format <FORMAT>"],
        ),
        (
            vec!["export", "--conversation", "last", "--format", "pdf"],
            vec!["pdf", "md, json, html, har, jsonl, talk, bundle"],
        ),
        (
            vec!["export", "--conversation", "last", "--format", "bundle"],
            vec!["--out <FILE>"],
        ),
        (
            vec!["export", "--list", "--format", "md"],
            vec!["cannot be used with"],
        ),
        (
            vec!["export", "--search", "x", "--conversation", "last"],
            vec!["--list"],
        ),
        (
            [&LISTEN[..], &["--bind", "here"]].concat(),
            vec!["--bind <ADDR>", address],
        ),
        (
            [&LISTEN[..], &["--data-dir", ""]].concat(),
            vec!["--data-dir <DIR>"],
        ),
    ] {
        refused(&arguments, data.path(), USAGE, &words);
    }
    assert_eq!(
        fs::read_dir(data.path()).unwrap().count(),
        0,
        "nothing was made"
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table, one line a case")]
fn what_cannot_be_done_is_told_with_its_reason_and_a_way_out() {
    let data = tempdir().unwrap();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let busy = holder.local_addr().unwrap().to_string();
    let file = data.path().join("file");
    fs::write(
        &file,
        "this is neither a folder nor a database\n".repeat(100),
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let foreign = data.path().join("foreign.db");
    Connection::open(&foreign)
        .unwrap()
        .execute_batch("CREATE TABLE t (x)")
        .unwrap();
    let foreign = foreign.to_str().unwrap();
    let theme = data.path().join("brand.toml");
    let dark = include_str!("../../themes/dark.toml");
    fs::write(
        &theme,
        dark.replace("\ntext = ", "\ntext = \"mauve-ish\" #"),
    )
    .unwrap();
    let theme = theme.to_str().unwrap();
    let line = dark.lines().position(|l| l.starts_with("text")).unwrap() + 1;
    let place = format!("{theme}:{line}:8: \"mauve-ish\" is not a colour");
    let in_file = format!("{file}/state.db");
    let other = |flag: &'static str, value: &'static str| {
        let mut all = vec![
            "--csds",
            "http://127.0.0.1:1",
            "--account",
            "1",
            "--client-id",
            "x",
        ];
        all.extend(["--secret-env", SECRET]);
        let at = all.iter().position(|word| *word == flag).unwrap();
        all[at + 1] = value;
        all
    };
    let listen = |more: &[&'static str]| [&LISTEN[..], more].concat();
    for (arguments, words) in [
        (vec![], vec!["needs a terminal", "handset sandbox"]),
        (
            vec!["--theme", "dusk"],
            vec!["no theme \"dusk\"", "dark, light, contrast, meadow"],
        ),
        (
            vec!["--theme", "./not-there.toml"],
            vec![
                "cannot read the theme file ./not-there.toml",
                "No such file",
            ],
        ),
        (vec!["--theme", theme], vec![place.as_str(), "#rrggbb"]),
        (
            vec!["--csds", "http://127.0.0.1:1"],
            vec!["has no account", "HANDSET_ACCOUNT", "--account"],
        ),
        (
            vec!["--account", "1", "--client-id", "x"],
            vec!["has no secret", "--secret-env"],
        ),
        (
            other("--secret-env", "REFUSALS_NOT_SET"),
            vec!["REFUSALS_NOT_SET", "not set", "client_secret"],
        ),
        (
            other("--secret-env", EMPTY),
            vec![EMPTY, "is empty", "client_secret"],
        ),
        (
            vec!["sandbox", "--listen", &busy],
            vec![
                "cannot listen on",
                &busy,
                "Address already in use",
                "--listen",
            ],
        ),
        (
            vec!["sandbox", "--state", file],
            vec![
                "cannot read the state file",
                file,
                "not a database",
                "choose another file",
            ],
        ),
        (
            vec!["sandbox", "--state", foreign],
            vec![foreign, "no state file", "choose another file"],
        ),
        (
            vec!["sandbox", "--state", &in_file],
            vec!["cannot open the state file", "Not a directory"],
        ),
        (
            vec!["open", "/nowhere.zip"],
            vec!["cannot read the bundle /nowhere.zip", "--format bundle"],
        ),
        (
            vec!["listen"],
            vec!["no account is named", "--profile", "init", "--account"],
        ),
        (
            vec!["listen", "--account", "1"],
            vec!["has no client_id", "--client-id"],
        ),
        (listen(&["--secret-env", EMPTY]), vec![]),
        (
            listen(&["--bind", "0.0.0.0:0"]),
            vec!["0.0.0.0:0", "loopback", "--bind"],
        ),
        (
            [&LISTEN[..], &["--bind", &busy]].concat(),
            vec!["cannot listen on", &busy, "--bind"],
        ),
        (
            [&LISTEN[..], &["--data-dir", file]].concat(),
            vec!["cannot make the data folder", file, "--data-dir"],
        ),
        (
            vec![
                "listen",
                "--account",
                "1",
                "--client-id",
                "x",
                "--secret-env",
                EMPTY,
            ],
            vec![EMPTY, "is empty"],
        ),
    ] {
        if words.is_empty() {
            // Given twice, a flag is a matter of the command line.
            refused(&arguments, data.path(), USAGE, &["multiple times"]);
        } else {
            refused(&arguments, data.path(), FAILED, &words);
        }
    }
}

#[test]
fn every_help_reads_like_this() {
    let data = tempdir().unwrap();
    let help = |arguments: &[&str]| {
        let output = output(arguments, data.path());
        assert_eq!(output.status.code(), Some(0));
        assert!(output.stderr.is_empty());
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert!(
            lines.iter().all(|line| line.chars().count() <= 100),
            "{text}"
        );
        format!("$ handset {}\n{}\n", arguments.join(" "), lines.join("\n"))
    };
    let all = [
        &["--help"][..],
        &["-h"],
        &["sandbox", "--help"],
        &["sandbox", "ctl", "--help"],
        &["sandbox", "ctl", "fault", "add", "--help"],
        &["agent", "--help"],
        &["listen", "--help"],
        &["export", "--help"],
        &["check", "--help"],
        &["fmt", "--help"],
        &["journal", "--help"],
        &["journal", "prune", "--help"],
    ]
    .map(help)
    .join("\n");
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("help", all);
    });
    let version = output(&["--version"], data.path()).stdout;
    assert_eq!(
        String::from_utf8(version).unwrap(),
        concat!("handset ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn a_sandbox_that_is_not_there_and_what_it_does_not_do_are_said() {
    let data = tempdir().unwrap();
    let ctl = |more: &[&str], code: i32, words: &[&str]| {
        refused(
            &[&["sandbox", "ctl"], more].concat(),
            data.path(),
            code,
            words,
        );
    };
    ctl(
        &["state"],
        FAILED,
        &["no sandbox of yours runs here", "--at", "ready line"],
    );
    let nowhere = format!("http://{}", free_address());
    let reach = [
        "cannot reach a sandbox",
        &nowhere,
        "handset sandbox",
        "--at",
    ];
    ctl(&["--at", &nowhere, "state"], FAILED, &reach);
    for (wrong, words) in [
        (&["advance"][..], &["<SPAN>"][..]),
        (&["advance", "61"], &["61m"]),
        (&["fault", "add"], &["<GROUP>"]),
        (
            &["fault", "add", "send", "--status", "503", "--drop"],
            &["--drop"],
        ),
        (&["fault", "add", "send", "--done"], &["--drop"]),
        (&["agent", "riley", "perhaps"], &["perhaps"]),
        (&["--at", "localhost:1", "state"], &["http or https"]),
    ] {
        ctl(wrong, USAGE, words);
    }
    let nothing = ["say what the fault does", "--status"];
    ctl(
        &["--at", &nowhere, "fault", "add", "send"],
        FAILED,
        &nothing,
    );
}
