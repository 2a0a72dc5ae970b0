//! Shows: played in a terminal, by the presenter's keys, and without waiting into recordings.

use std::{
    fs,
    num::NonZeroU16,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::support::{program, pty::Terminal};

mod panic_switch;
mod pictures;
mod scanner;
mod trapped;

/// The show that comes with handset.
const SHOW: &str = "stage/blue-kettle";

fn example_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{name}.talk"))
}

/// What a recording of an example holds, and the pictures that come with it.
fn recorded(example: &str, folder: &Path, arguments: &[&str]) -> (Vec<Value>, Vec<String>) {
    let cast = folder.join("show.cast");
    let stills = folder.join("stills");
    let output = program()
        .arg("play")
        .arg(example_file(example))
        .args(["--no-show", "--cast"])
        .arg(&cast)
        .arg("--svg")
        .arg(&stills)
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = fs::read_to_string(&cast).unwrap();
    let events = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let mut names: Vec<_> = fs::read_dir(&stills)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    names.sort();
    let pictures = names.iter().map(|name| fs::read_to_string(name).unwrap());
    (events.collect(), pictures.collect())
}

/// The screen that a player shows when the recording has ended.
fn replayed(events: &[Value], columns: u16, rows: u16) -> String {
    let cells = |n| NonZeroU16::new(n).unwrap();
    let mut parser = vt100::Parser::new(cells(rows), cells(columns), 0);
    for event in events.iter().skip(1).filter(|event| event[1] == "o") {
        parser.process(event[2].as_str().unwrap().as_bytes());
    }
    parser.screen().contents()
}

#[test]
fn a_show_is_recorded_without_waiting_and_the_same_every_time() {
    let began = Instant::now();
    let [first, second, other] = ["7", "7", "8"].map(|seed| {
        let folder = tempfile::tempdir().unwrap();
        recorded(SHOW, folder.path(), &["--seed", seed])
    });
    assert!(first == second, "one seed gave two recordings");
    assert!(first != other, "the seed decides nothing");
    let (events, pictures) = first;
    assert_eq!(events[0]["version"], 2);
    assert!(events[0].get("env").is_none(), "{}", events[0]);
    let times: Vec<f64> = events
        .iter()
        .skip(1)
        .map(|it| it[0].as_f64().unwrap())
        .collect();
    assert!(times.is_sorted());
    let length = *times.last().unwrap();
    assert!((180.0..240.0).contains(&length), "it lasts {length} s");
    assert!(began.elapsed() < Duration::from_secs(100));
    // Before the show the brand's card stands, its title in large letters.
    let card = replayed(&events[..3], 80, 24);
    assert!(
        card.contains("Here to help") && card.contains("█   █"),
        "{card}"
    );
    let marks: Vec<&str> = events
        .iter()
        .filter(|event| event[1] == "m")
        .map(|event| event[2].as_str().unwrap())
        .collect();
    let notes = [
        "A question",
        "A card with a picture",
        "The click",
        "A file",
        "The hand-over",
        "The rating",
    ];
    assert_eq!(marks, notes);
    assert_eq!(
        pictures.len(),
        notes.len() + 1,
        "a picture of each note, and of the end"
    );
    let last = replayed(&events, 80, 24);
    assert!(last.contains("Nothing at all,"), "{last}");
    for word in ["kim", "handset", "skill", "sandbox", "127.0.0.1"] {
        assert!(!last.contains(word), "{word} is on stage:\n{last}");
    }
    // The picture of the end has the same words.
    let end = pictures.last().unwrap();
    assert!(end.contains("Nothing at all,"), "{end}");
}

#[test]
fn both_versions_of_a_recording_show_the_same() {
    let [two, three] = ["2", "3"].map(|version| {
        let folder = tempfile::tempdir().unwrap();
        let arguments = [
            "--cast-version",
            version,
            "--size",
            "100x30",
            "--brand",
            "acme",
        ];
        recorded(SHOW, folder.path(), &arguments).0
    });
    assert_eq!(
        three[0]["term"],
        serde_json::json!({"cols": 100, "rows": 30})
    );
    assert_eq!(three.last().unwrap()[1], "x");
    assert_eq!(replayed(&two, 100, 30), replayed(&three, 100, 30));
    let length: f64 = three.iter().skip(1).map(|it| it[0].as_f64().unwrap()).sum();
    let end = two.last().unwrap()[0].as_f64().unwrap();
    assert!((length - end).abs() < 1.0, "{length} {end}");
}

#[test]
fn what_cannot_be_played_is_told_before_anything_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let play = |text: &str| {
        let file = folder.path().join("a.talk");
        fs::write(&file, text).unwrap();
        let output = program()
            .arg("play")
            .arg(&file)
            .arg("--no-show")
            .output()
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let told = play("me: Hi\nkim: Hello\n");
    assert!(told.contains("nobody here is called `kim`"), "{told}");
    let told = play("me: Hi\nme sends \"lost.png\"\n");
    assert!(
        told.contains("line 2") && told.contains("lost.png"),
        "{told}"
    );
}

/// A show of two lines on stage, typed by the keys of the presenter.
fn ghost(folder: &Path) -> Terminal {
    let file = folder.join("show.talk");
    let text =
        "play kim as agent\nme: Where is it, my parcel?\nkim: It comes tomorrow.\nme: Thanks\n";
    fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    let stills = folder.join("stills").display().to_string();
    let mut arguments = vec!["stage", &file, "--ghost", "--speed", "4"];
    arguments.extend(["--brand", "acme", "--svg", &stills]);
    let terminal = Terminal::handset(100, 44, folder, &arguments);
    terminal.wait_text("9:41");
    terminal
}

/// Presses any key until the composer has so much of the line.
fn type_to(terminal: &mut Terminal, written: &str) {
    for _ in 0..50 {
        terminal.press("x");
        let still = Duration::from_millis(150);
        if terminal.settle(still, |screen| screen.contains(written)) {
            return;
        }
    }
    panic!("{written:?} is not typed on\n{}", terminal.screen());
}

#[test]
fn keys_of_the_presenter_type_the_line_and_enter_sends_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = ghost(folder.path());
    terminal.wait_text("9:41");
    for written in ["W", "Wh", "Whe"] {
        type_to(&mut terminal, written);
    }
    terminal.press("\u{7f}");
    terminal.wait("a letter taken back", |screen| !screen.contains("Whe"));
    // Enter before its end completes the line, and waits for another one.
    terminal.press("\r");
    terminal.wait_text("Where is it, my parcel?");
    let is_answered = |screen: &str| screen.contains("tomorrow");
    assert!(!terminal.settle(Duration::from_millis(300), is_answered));
    terminal.press("\r");
    terminal.wait_text("It comes tomorrow.");
    terminal.press("\r");
    terminal.wait_text("Thanks");
    terminal.press("qq");
    terminal.settle(Duration::from_millis(200), |_| false);
    // Nothing is left to type: the letters are the presenter's keys again.
    terminal.press("\r");
    // The show has no chapter: there is one picture, of its end.
    let still = folder.path().join("stills/01.svg");
    let waited = (0..600)
        .find(|_| still.exists() || terminal.settle(Duration::from_millis(50), |_| still.exists()));
    assert!(waited.is_some(), "the picture of the end is not written");
    terminal.press("qq");
    assert!(terminal.ended().success());
    terminal.assert_given_back();
    let end = fs::read_to_string(&still).unwrap();
    assert!(end.contains("Thanks"), "{end}");
    assert!(!folder.path().join("stills/02.svg").exists());
}

#[test]
fn the_keyboard_is_taken_and_given_back_without_a_loss() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = ghost(folder.path());
    type_to(&mut terminal, "Wh");
    // Letters write the line: with Alt they are the presenter's.
    terminal.press("\u{1b}t");
    terminal.press("Hello from me\r");
    terminal.wait_text("Hello from me");
    terminal.press("half a line");
    terminal.wait_text("half a line");
    terminal.press("\u{1b}");
    terminal.wait("the line of the show again", |screen| {
        screen.contains("Wh") && !screen.contains("half a line") && screen.contains("Hello from me")
    });
    terminal.press("\r");
    terminal.wait_text("Where is it, my parcel?");
    terminal.press("\u{3}");
    assert!(terminal.ended().success());
}

#[test]
fn the_presenter_sees_in_a_second_terminal_what_comes_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = ghost(folder.path());
    let notes = Terminal::handset(90, 20, folder.path(), &["stage", "--notes"]);
    notes.wait_text("▶ me: Where is it, my parcel?");
    let screen = notes.wait_text("kim: It comes tomorrow.");
    assert!(
        screen.contains("your keys type") && screen.contains("F12 panic"),
        "{screen}"
    );
    let socket = fs::metadata(folder.path().join("stage.sock")).unwrap();
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);
    stage.press("\r");
    stage.press("\r");
    stage.wait_text("It comes tomorrow.");
    notes.wait_text("▶ me: Thanks");
    stage.press("\u{3}");
    assert!(stage.ended().success());
    let mut notes = notes;
    assert!(notes.ended().success());
    assert!(!folder.path().join("stage.sock").exists());
    let alone = program()
        .args(["stage", "--notes"])
        .env("HANDSET_DATA_DIR", folder.path())
        .output();
    let told = String::from_utf8(alone.unwrap().stderr).unwrap();
    assert!(told.contains("no stage is open"), "{told}");
}

#[test]
fn a_scenario_that_fails_for_real_goes_on_as_a_show() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("show.talk");
    let text = "within 20s\nme: Hello there\nagent within 1s: All is lost\nme: What a pity\n";
    fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    let arguments = ["play", &file, "--live", "--speed", "4", "--brand", "acme"];
    let mut terminal = Terminal::handset(100, 44, folder.path(), &arguments);
    terminal.wait_text("Hello there");
    let screen = terminal.wait_text("↓ goes on as");
    assert!(
        !screen.contains("All is lost") && !screen.contains("failed"),
        "{screen}"
    );
    terminal.press("\u{1b}[B");
    let screen = terminal.wait_text("All is lost");
    assert!(screen.contains("Hello there"), "{screen}");
    terminal.wait_text("What a pity");
    terminal.press("\u{3}");
    assert!(terminal.ended().success());
    terminal.assert_given_back();
}

#[tokio::test]
async fn the_show_that_comes_with_handset_runs_in_a_sandbox_too() {
    let mut run = tokio::process::Command::from(program());
    run.arg("run").arg(example_file(SHOW)).args(["--seed", "7"]);
    let output = crate::support::soon("the run", run.output()).await.unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
}
