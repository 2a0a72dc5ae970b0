//! Pictures of cards with the real program and its sandbox, without any network.

use tempfile::tempdir;

use crate::support::pty::Terminal;

fn blocks(screen: &str) -> usize {
    screen.chars().filter(|c| *c == '▀').count()
}

fn drawn(screen: &str) -> bool {
    screen.contains("Tap me to ask for it") && blocks(screen) > 100
}

#[test]
fn a_card_of_rileys_shows_its_picture_in_the_sandbox_and_after_a_restart() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(100, 50, data.path(), &[]);
    terminal.wait_text("this is Riley");
    terminal.press("Show me an image\r");
    terminal.wait("the picture", drawn);
    terminal.press("\u{11}");
    assert!(terminal.ended().success());
    // The sandbox has another port then, which the card does not know.
    let mut terminal = Terminal::handset(100, 50, data.path(), &[]);
    terminal.wait("the picture again", drawn);
    terminal.press("\u{11}");
    assert!(terminal.ended().success());
}

#[test]
fn switched_off_the_card_names_where_its_picture_is() {
    let data = tempdir().unwrap();
    let off = ["--fetch-pictures=off"];
    let mut terminal = Terminal::handset(100, 50, data.path(), &off);
    terminal.wait_text("this is Riley");
    terminal.press("Show me an image\r");
    let screen = terminal.wait_text("/pictures/mug-blue.png");
    assert_eq!(blocks(&screen), 0, "{screen}");
    terminal.press("\u{11}");
    assert!(terminal.ended().success());
}
