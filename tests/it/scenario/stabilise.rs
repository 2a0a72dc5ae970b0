//! `handset stabilise` with an agent whose answers vary.

use std::{fs, path::Path, process::Output};

use tempfile::tempdir;

use crate::support::program;

/// An agent who draws what to say.
const NOVA: &str = r#"
name = "Nova"
supervisor = "Juno"
greeting = [{ text = "Hello from {agent}." }]
lost = [{ text = "Nova did not get that." }]

[[rule]]
name = "order"
words = ["order"]
one_at_a_time = true
say = [
  { text = "It comes on Monday before noon." },
  { text = "It comes on Tuesday before noon." },
  { text = "It comes on Friday before noon." },
]

[[rule]]
name = "more"
words = ["anything else"]
one_at_a_time = true
say = [{ type = 50 }, { text = "Mugs are cheap today." }]
"#;

const TALK: &str = "\
# By hand.
extras fail

me opens
maybe system: Welcome
agent: Hello
me: When does my order come?
agent: It comes on Monday before noon.
me: Anything else?
agent: Mugs are cheap today.
";

fn handset(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = program();
    command.args(arguments).current_dir(folder);
    command.output().unwrap()
}

#[test]
fn what_differs_between_runs_is_loosened_and_nothing_else() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("a.talk");
    fs::write(&file, TALK).unwrap();
    fs::write(folder.path().join("nova.toml"), NOVA).unwrap();
    let stabilise = [
        "stabilise",
        "a.talk",
        "--agent",
        "nova.toml",
        "--times",
        "3",
    ];
    let stabilise = [&stabilise[..], &["--seed", "3"]].concat();
    let shown = handset(folder.path(), &[&stabilise[..], &["--write"]].concat());
    let (diff, told) = (text(&shown.stdout), text(&shown.stderr));
    assert!(shown.status.success(), "{diff}{told}");
    for row in [
        "-agent: It comes on Monday before noon.",
        "+agent: It comes on … before noon.",
        "-agent: Mugs are cheap today.",
        "+maybe agent: Mugs are cheap today.",
    ] {
        assert!(diff.lines().any(|one| one == row), "{row} in\n{diff}");
    }
    assert!(told.contains("a.talk was written: 3 of 3 runs"), "{told}");
    let written = fs::read_to_string(&file).unwrap();
    let changed = TALK
        .replace("on Monday", "on …")
        .replace("agent: Mugs", "maybe agent: Mugs");
    assert_eq!(written, changed);
    for command in ["check", "fmt"] {
        let flag = ["--strict", "--check"][usize::from(command == "fmt")];
        let done = handset(folder.path(), &[command, flag, "a.talk"]);
        assert!(done.status.success(), "{command}: {}", text(&done.stdout));
    }
}

#[test]
fn what_fails_in_every_run_stays() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("a.talk");
    let talk = "within 3s\n\nme: Hello, Nova\nagent: Good morning to you\n";
    fs::write(&file, talk).unwrap();
    fs::write(folder.path().join("nova.toml"), NOVA).unwrap();
    let arguments = ["--agent", "nova.toml", "--times", "2", "--write"];
    let shown = handset(
        folder.path(),
        &[&["stabilise", "a.talk"][..], &arguments].concat(),
    );
    let told = text(&shown.stderr);
    assert_eq!(shown.status.code(), Some(1), "{told}");
    assert_eq!(text(&shown.stdout), "");
    assert!(told.contains("line 4 failed in every run"), "{told}");
    assert!(told.contains("0 of 2 runs"), "{told}");
    assert!(told.contains("fails at line 4: late"), "{told}");
    assert_eq!(fs::read_to_string(&file).unwrap(), talk);
    let none = handset(folder.path(), &["stabilise", "b.talk"]);
    assert!(!none.status.success());
    assert!(text(&none.stderr).contains("b.talk"), "{none:?}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
