//! Production: said loudly, and asked about before a conversation begins.

use handset::{
    domain::ids::PhoneId,
    engine::{
        command::{Command, Endpoint},
        update::{Consent, Head, Link, Update},
    },
    ingress::status::{Health, Indicator, IngressStatus},
};

use crate::support::{scene, screen::Screen};

macro_rules! assert_screen {
    ($name:expr, $screen:expr) => {{
        let name = $name;
        let shown = $screen.kept(&name).await;
        insta::with_settings!(
            { snapshot_path => "../../snapshots", prepend_module_to_snapshot => false,
              omit_expression => true },
            { insta::assert_snapshot!(name, shown) }
        )
    }};
}

fn live() -> Update {
    let head = Head {
        sandbox: false,
        production: true,
        ..scene::head()
    };
    Update::Head {
        phone: PhoneId(0),
        head,
    }
}

fn indicator(health: Health, name: &str) -> Indicator {
    let (name, says) = (name.to_owned(), String::new());
    Indicator { health, name, says }
}

/// A question about the phone of the first consumer.
fn question(id: u64, by_hand: Option<Endpoint>) -> Update {
    Update::Consent(Consent {
        id,
        phone: PhoneId(0),
        by_hand,
    })
}

async fn asked(columns: u16, rows: u16) -> Screen {
    let screen = Screen::showing_conversation(columns, rows).await;
    screen.update(live()).await;
    let ingress = IngressStatus {
        tunnel: Some(indicator(Health::Proved, "tunnel relay")),
        install: Some(indicator(Health::Broken, "app QA bridge")),
        ready: true,
    };
    let link = Link {
        ingress,
        ..scene::link()
    };
    screen.update(Update::Link(link)).await;
    screen.until("PRODUCTION").await;
    screen.update(question(1, None)).await;
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
        Command::Consent { id: 1, yes: true }
    );
    screen.until_gone("real people").await;
    screen.update(question(2, None)).await;
    screen.until("real people").await;
    screen.press("esc");
    assert_eq!(
        screen.command().await,
        Command::Consent { id: 2, yes: false }
    );
    screen.until_gone("real people").await;
    screen.update(question(3, None)).await;
    screen.until("open it ]").await;
    screen.click_on("open it ]").await;
    assert_eq!(
        screen.command().await,
        Command::Consent { id: 3, yes: true }
    );
}

#[tokio::test]
async fn each_question_is_answered_by_itself() {
    let mut screen = asked(80, 24).await;
    screen
        .update(question(2, Some(Endpoint::Conversation)))
        .await;
    // The one that is read stays on top; the other is under it.
    screen.press("alt+y");
    let yes = |id| Command::Consent { id, yes: true };
    assert_eq!(screen.command().await, yes(1));
    screen.until("The request by hand to CONVERSATION").await;
    screen.press("esc");
    let no = Command::Consent { id: 2, yes: false };
    assert_eq!(screen.command().await, no);
    screen.until_gone("real people").await;
}
