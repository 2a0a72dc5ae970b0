//! A demo for another brand, with an agent of its own: nobody reads Acme or Riley in it.

use std::{fs, path::Path};

use tempfile::tempdir;

use super::{CTRL_Q, ENTER};
use crate::support::pty::Terminal;

const NOVA: &str = r#"
name = "Nova"
supervisor = "Juno"
greeting = [{ text = "Welcome aboard, {agent} from {brand} here." }]
lost = [{ text = "Nova did not get that." }]

[[rule]]
name = "shop"
words = ["shop"]
say = [{ rich = "map" }, { rich = "buttons" }, { text = "That is where {brand} is." }]
"#;

fn nova(folder: &Path) -> String {
    let file = folder.join("nova.toml");
    fs::write(&file, NOVA).unwrap();
    file.display().to_string()
}

#[track_caller]
fn assert_nothing_of_acme(terminal: &Terminal) {
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    for name in ["Acme", "Riley"] {
        assert!(
            !raw.contains(name),
            "{name} was shown on\n{}",
            terminal.screen()
        );
    }
}

#[test]
fn a_demo_for_another_brand_is_of_that_brand_alone() {
    let data = tempdir().unwrap();
    let script = nova(data.path());
    let mut terminal = Terminal::handset_with(
        140,
        50,
        data.path(),
        &["--agent", &script],
        &[("HANDSET_BRAND", "Umbrella")],
    );
    terminal.wait_text("Welcome aboard, Nova from Umbrella here.");
    terminal.press("Where is your shop?");
    terminal.press(ENTER);
    let screen = terminal.wait_text("That is where Umbrella is.");
    assert!(screen.contains("Umbrella"), "{screen}");
    assert_nothing_of_acme(&terminal);
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}

#[test]
fn the_brand_of_the_usual_profile_holds_in_the_sandbox_and_a_flag_over_it() {
    let data = tempdir().unwrap();
    let settings = data.path().join("settings");
    fs::create_dir(&settings).unwrap();
    let profile = "default = \"p\"\n[profiles.p]\naccount = \"1\"\nclient_id = \"c\"\nsecret = { env = \"S\" }\nbrand = \"Initech\"\n";
    fs::write(settings.join("config.toml"), profile).unwrap();
    for (arguments, brand) in [
        (&["--sandbox"][..], "Initech"),
        (&["--sandbox", "--brand", "Umbrella"], "Umbrella"),
    ] {
        let mut terminal = Terminal::handset(140, 40, data.path(), arguments);
        terminal.wait_text(&format!("{brand} · sandbox"));
        terminal.press("/new");
        terminal.press(ENTER);
        terminal.wait_text(&format!("this is Riley from {brand}."));
        terminal.press(CTRL_Q);
        assert!(terminal.ended().success());
    }
}
