//! The screen driven from outside: keys and updates in, frames and commands out.

use crate::support::screen::Screen;

#[tokio::test]
async fn the_split_screen() {
    let screen = Screen::showing_conversation(140, 40).await;
    insta::assert_snapshot!(screen.snapshot());
}
