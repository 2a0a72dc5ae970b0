//! Production: said loudly, and asked about before a conversation begins.

use handset::engine::{
    command::Command,
    outside::{Lamp, Light, Outside},
    update::{Head, Link, Update},
};

use crate::support::{scene, screen::Screen};

macro_rules! assert_screen {
    ($name:literal, $screen:expr) => {
        insta::with_settings!(
            { snapshot_path => "../../snapshots", prepend_module_to_snapshot => false },
            { insta::assert_snapshot!($name, $screen.snapshot()) }
        )
    };
}

fn live() -> Update {
    let head = Head {
        sandbox: false,
        production: true,
        ..scene::head()
    };
    Update::Head { thread: 0, head }
}

fn lamp(light: Light, name: &str) -> Lamp {
    let (name, says) = (name.to_owned(), String::new());
    Lamp { light, name, says }
}

async fn asked(columns: u16, rows: u16) -> Screen {
    let screen = Screen::showing_conversation(columns, rows).await;
    screen.update(live()).await;
    let outside = Outside {
        tunnel: Some(lamp(Light::Proved, "tunnel relay")),
        install: Some(lamp(Light::Broken, "app QA bridge")),
        ready: true,
    };
    let link = Link {
        outside,
        ..scene::link()
    };
    screen.update(Update::Link(link)).await;
    screen.until("PRODUCTION").await;
    screen.update(Update::Consent { thread: 0 }).await;
    screen.until("real people").await;
    screen
}

#[tokio::test]
async fn it_is_seen_on_every_screen_and_asked_about() {
    let screen = asked(140, 40).await;
    assert_screen!("production-140x40", screen);
    let screen = asked(60, 16).await;
    assert_screen!("production-60x16", screen);
}

#[tokio::test]
async fn only_a_key_nobody_types_by_chance_says_yes() {
    let mut screen = asked(80, 24).await;
    screen.write("yes y");
    screen.press("enter");
    screen.press("alt+y");
    assert_eq!(
        screen.command().await,
        Command::Consent {
            thread: 0,
            yes: true
        }
    );
    screen.until_gone("real people").await;
    screen.update(Update::Consent { thread: 0 }).await;
    screen.until("real people").await;
    screen.press("esc");
    assert_eq!(
        screen.command().await,
        Command::Consent {
            thread: 0,
            yes: false
        }
    );
    screen.until_gone("real people").await;
    screen.update(Update::Consent { thread: 0 }).await;
    screen.until("open it ]").await;
    screen.click_on("open it ]");
    assert_eq!(
        screen.command().await,
        Command::Consent {
            thread: 0,
            yes: true
        }
    );
}
