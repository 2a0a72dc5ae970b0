//! The phone on the demo stage in a real terminal, with a cloud that misbehaves and one that is
//! gone: no frame shows anything that is not the brand's.

use std::fs;

use tempfile::tempdir;

use super::{CTRL_Q, ENTER, TAB, cloud::Cloud};
use crate::support::{free_address, leaks, program, pty::Terminal};

const SHIFT_F11: &str = "\u{1b}[23;2~";
const F5: &str = "\u{1b}[15~";

/// Waits until the stage shows something; every frame until then has to be clean.
#[track_caller]
fn staged(terminal: &Terminal, wanted: &str) -> String {
    terminal.wait(wanted, |screen| {
        leaks::assert_none(screen);
        screen.contains(wanted)
    })
}

#[test]
fn a_show_with_faults_and_without_a_network_shows_the_brand_alone() {
    let folder = tempdir().unwrap();
    let bind = free_address();
    let cloud = Cloud::start_with(bind, bind, &[]);
    let first = ["stage", "--brand", "acme"];
    let mut terminal = cloud.phone_begun_with(&first, folder.path(), (100, 40), &[], &[]);
    staged(&terminal, "Acme Care ✔");
    staged(&terminal, "this is Riley");
    terminal.press("hi");
    terminal.press(ENTER);
    staged(&terminal, "What can I do for you?");
    terminal.press(TAB);
    staged(&terminal, "the inspector is off");
    for fault in [
        &["send", "--status", "500"][..],
        &["send", "--drop"],
        &["webhook", "--do", "bad-signature"],
    ] {
        let mut ctl = program();
        ctl.args(["sandbox", "ctl", "fault", "add"])
            .args(fault)
            .args(["--count", "1"]);
        let told = ctl.env("HANDSET_SANDBOX", cloud.csds()).output().unwrap();
        assert!(
            told.status.success(),
            "{}",
            String::from_utf8_lossy(&told.stderr)
        );
        terminal.press("one more question");
        terminal.press(ENTER);
        staged(&terminal, "one more question");
        terminal.press(F5);
    }
    cloud.stop();
    terminal.press("is anybody there");
    terminal.press(ENTER);
    terminal.wait("a message that has not left", |screen| {
        leaks::assert_none(screen);
        screen
            .lines()
            .any(|row| row.contains("is anybody there") && row.contains('◷'))
    });
    terminal.press(F5);
    // Off the stage the tester sees what is wrong, so that the scanner had something to find.
    terminal.press(SHIFT_F11);
    let usual = terminal.wait("the usual screen", |screen| {
        !leaks::leaks(screen).is_empty()
    });
    assert!(!usual.contains("Acme Care ✔"), "{usual}");
    terminal.press(SHIFT_F11);
    terminal.wait("the stage again", |screen| {
        screen.contains("Acme Care ✔") && leaks::leaks(screen).is_empty()
    });
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(
        raw.contains("\u{1b}]0;Acme Care\u{7}"),
        "the window has the brand's name"
    );
    terminal.press(CTRL_Q);
    terminal.ended();
    terminal.assert_given_back();
}

#[test]
fn a_pack_of_ones_own_is_put_on_changed_and_looked_at() {
    let data = tempdir().unwrap();
    let pack = data.path().join("nova");
    fs::create_dir(&pack).unwrap();
    let file = pack.join("brand.toml");
    fs::write(&file, "name = \"Nova\"\nlook = \"window\"\n").unwrap();
    let path = pack.to_str().unwrap();
    let mut terminal = Terminal::handset(90, 30, data.path(), &["stage", "--brand", path]);
    staged(&terminal, "Riley from Nova");
    fs::write(&file, "name = \"Nova Air\"\nline = \"We are here\"\n").unwrap();
    staged(&terminal, "We are here");
    terminal.press("/stage meadow");
    terminal.press(ENTER);
    staged(&terminal, "Meadow Bank");
    terminal.press("/stage off");
    terminal.press(ENTER);
    terminal.wait_text("sandbox");
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());

    let check = |arguments: &[&str]| {
        let mut handset = program();
        handset.args(["stage", "--check"]).args(arguments);
        let told = handset.output().unwrap();
        let said = [told.stdout, told.stderr].concat();
        (told.status.success(), String::from_utf8(said).unwrap())
    };
    let (is_well, said) = check(&[path]);
    assert!(
        is_well && said.contains("80×24") && said.contains("Nova Air"),
        "{said}"
    );
    assert!(said.contains("every word can be read"), "{said}");
    fs::write(
        &file,
        "name = \"Nova\"\n[colours]\nmine = \"#ffffff\"\nmine_text = \"#eeeeee\"\n",
    )
    .unwrap();
    let (is_well, said) = check(&[path]);
    assert!(
        is_well && said.contains("below 4.5:1; it is drawn as"),
        "{said}"
    );
    fs::write(&file, "name = \"Nova\"\nlogo = \"gone.png\"\n").unwrap();
    let (is_well, said) = check(&[path]);
    assert!(
        !is_well && said.contains("brand.toml:2:8: cannot read \"gone.png\""),
        "{said}"
    );
    let (is_well, said) = check(&["acm"]);
    assert!(!is_well && said.contains("did you mean `acme`"), "{said}");
}
