//! Completions in real shells, on a real terminal, and the manual pages.

use std::{fs, io::Write as _, path::Path, process::Stdio};

use portable_pty::CommandBuilder;

use crate::{
    needs::needs,
    support::{program, program_path, pty::Terminal},
};

/// A folder of settings with a profile and a persona of the user's own.
fn settings() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let profile = "[profiles.kettleworks]\naccount = \"1\"\n";
    fs::write(folder.path().join("config.toml"), profile).unwrap();
    let personas = folder.path().join("personas");
    fs::create_dir(&personas).unwrap();
    let zoe = "name = \"Zoe Lin\"\nconsumer = \"zoe\"\nabout = \"In a hurry\"\n";
    fs::write(personas.join("zoelin.toml"), zoe).unwrap();
    fs::write(folder.path().join("kettles.talk"), "me: hi\n").unwrap();
    fs::write(folder.path().join("kettles.txt"), "").unwrap();
    folder
}

/// What a shell is offered behind these words.
fn offered(settings: &Path, data: &Path, words: &[&str]) -> Vec<String> {
    let output = program()
        .env("HANDSET_COMPLETE", "fish")
        .env("HANDSET_CONFIG_DIR", settings)
        .env("HANDSET_DATA_DIR", data)
        .current_dir(settings)
        .args(["--", "handset"])
        .args(words)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().map(str::to_owned).collect()
}

/// Completes in a shell that has run `setup`: a command, a persona, a profile and a scenario.
#[track_caller]
fn completes(shell: &str, arguments: &[&str], setup: &str) {
    let settings = settings();
    let own = program_path();
    let own = own.parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", own.display());
    let mut command = CommandBuilder::new(shell);
    command.args(arguments);
    command.env_clear();
    command.env("PATH", path);
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command.env("PS1", "ready> ");
    command.env("HOME", settings.path());
    command.env("HANDSET_CONFIG_DIR", settings.path());
    command.env("HANDSET_DATA_DIR", settings.path().join("data"));
    command.cwd(settings.path());
    let mut terminal = Terminal::start(100, 40, command);
    terminal.press(&format!("{setup}; echo set'up' {shell}\r"));
    terminal.wait_text(&format!("setup {shell}"));
    for (typed, completed) in [
        ("handset sandb", "handset sandbox"),
        ("handset --persona zoe", "handset --persona zoelin"),
        (
            "handset doctor --profile kett",
            "handset doctor --profile kettleworks",
        ),
        ("handset check kett", "handset check kettles.talk"),
    ] {
        terminal.press(typed);
        terminal.wait_text(typed);
        terminal.press("\t");
        terminal.wait_text(completed);
        // Ctrl+U empties the line; after Ctrl+C the terminal may drop what is typed next.
        terminal.press("\u{15}");
    }
}

#[test]
fn bash_completes_commands_and_names() {
    needs!("bash");
    completes(
        "bash",
        &["--norc", "-i"],
        "source <(handset completions bash)",
    );
}

#[test]
fn zsh_completes_commands_and_names() {
    needs!("zsh");
    let setup = "autoload -U compinit; compinit -u -D; source <(handset completions zsh)";
    completes("zsh", &["-f", "-i"], setup);
}

#[test]
fn fish_completes_commands_and_names() {
    needs!("fish");
    completes(
        "fish",
        &["--no-config", "-i"],
        "handset completions fish | source",
    );
}

#[test]
fn names_are_offered_with_what_they_are() {
    let settings = settings();
    let data = settings.path().join("data");
    let mut phone = program();
    phone.args(["--plain", "--data-dir"]).arg(&data);
    let mut phone = phone
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = phone.stdin.take().unwrap();
    lines.write_all(b"Where is my kettle?\n/close\n").unwrap();
    drop(lines);
    assert!(phone.wait().unwrap().success());

    let offered = |words: &[&str]| offered(settings.path(), &data, words);
    assert_eq!(offered(&["--persona", "zoe"]), ["zoelin\tIn a hurry"]);
    assert_eq!(
        offered(&["--theme", ""])[..4],
        ["dark", "light", "contrast", "meadow"]
    );
    assert_eq!(offered(&["--profile", ""]), ["kettleworks"]);
    assert!(offered(&["stage", "--brand", "har"]).contains(&"harbour".to_owned()));
    let conversations = offered(&["export", "--conversation", ""]);
    assert!(conversations[0].starts_with("last\t"), "{conversations:?}");
    assert!(
        conversations[1].ends_with("\tAda Quill: Where is my kettle?"),
        "{conversations:?}"
    );
    // A file can be given where a name can.
    assert!(offered(&["--persona", "personas/"]).contains(&"personas/zoelin.toml".to_owned()));
    let scenarios = offered(&["run", "kett"]);
    assert_eq!(scenarios, ["kettles.talk"]);
    // What is hidden from the help is not offered.
    let commands = offered(&[""]);
    let is_there = |name: &str| {
        commands
            .iter()
            .any(|one| one.starts_with(&format!("{name}\t")))
    };
    assert!(is_there("sandbox") && !is_there("man"), "{commands:?}");
}

#[test]
fn every_shell_gets_its_completions() {
    for (shell, mark) in [
        ("bash", "complete -o nospace"),
        ("zsh", "#compdef handset"),
        ("fish", "complete --keep-order"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer"),
        ("nushell", "export extern handset"),
    ] {
        let output = program().args(["completions", shell]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && said.contains(mark),
            "{shell}: {said}"
        );
    }
}

#[test]
fn the_manual_pages_are_read_by_man() {
    needs!("man");
    let folder = tempfile::tempdir().unwrap();
    let written = program().args(["man", "--dir"]).arg(folder.path()).status();
    assert!(written.unwrap().success());
    let read = |page: &str| {
        let mut man = std::process::Command::new("man");
        man.env("MANWIDTH", "200")
            .env("LANG", "C.UTF-8")
            .args(["--warnings", "-l"]);
        let output = man.arg(folder.path().join(page)).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{page}");
        String::from_utf8(output.stdout).unwrap()
    };
    let main = read("handset.1");
    for text in ["HANDSET_CONFIG_DIR", "handset-sandbox(1)", "--persona"] {
        assert!(main.contains(text), "{text}: {main}");
    }
    assert!(read("handset-sandbox-ctl.1").contains("--wait"));
    // Every page that is named is there.
    for (at, _) in main.match_indices("(1)") {
        let before = main.get(..at).unwrap();
        let name = before.rsplit(char::is_whitespace).next().unwrap();
        assert!(folder.path().join(format!("{name}.1")).is_file(), "{name}");
    }
}
