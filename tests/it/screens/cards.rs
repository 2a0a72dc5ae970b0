//! Structured content on the screen: how each element looks, and what keys and
//! mouse make of it.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use crossterm::event::MouseEventKind;
use handset::{
    domain::{
        content::{Click, Content, QuickReply},
        conversation::event::Act,
        ids::PhoneId,
        line::Line,
        role::Role,
    },
    engine::{command::Command, update::Update},
    tui::{app::settings::Settings, theme::styles::Depth},
};
use serde_json::{Value, json};

use crate::support::{
    scene::{self, act},
    screen::{Screen, settings},
};

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

/// The content of a story of structured content.
fn content(story: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rich");
    let story = fs::read(folder.join(format!("{story}.json"))).unwrap();
    let story: Value = serde_json::from_slice(&story).unwrap();
    story["content"].clone()
}

fn rich(number: u32, content: Value, replies: &[QuickReply]) -> Line {
    let content = Content::Rich {
        content,
        replies: replies.to_vec(),
    };
    scene::theirs_with(number, i64::from(number), Role::AssignedAgent, content)
}

async fn showing(screen: &Screen, items: Vec<Line>) {
    screen
        .update(Update::Head {
            phone: PhoneId(0),
            head: scene::head(),
        })
        .await;
    screen.update(Update::Lines(items)).await;
    screen.until("● Riley").await;
}

/// A screen with one bubble of structured content.
async fn with(content: Value) -> Screen {
    let screen = Screen::start(80, 24);
    showing(&screen, vec![rich(1, content, &[])]).await;
    screen
}

fn click(metadata: Option<&str>, texts: &[&str]) -> Command {
    act(Act::Click {
        item: scene::id(1),
        click: Click {
            metadata: metadata.map(|id| json!([{"type": "ExternalId", "id": id}])),
            texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        },
    })
}

/// The stories in the order they are shown.
const GALLERY: [&[&str]; 4] = [
    &["text", "image", "button", "map", "link-preview"],
    &["carousel", "choose-several", "layouts"],
    &["accordion", "tabs", "list"],
    &["template", "pairs", "dates", "unknown"],
];

#[tokio::test]
async fn every_element_at_every_size() {
    for (columns, rows) in [(140, 40), (80, 24), (60, 16)] {
        for (page, stories) in GALLERY.iter().enumerate() {
            let screen = Screen::start(columns, rows);
            let items = (1..).zip(*stories);
            let items = items.map(|(number, story)| rich(number, content(story), &[]));
            showing(&screen, items.collect()).await;
            // The keyboard stands on something.
            screen.press("up");
            screen.press("right");
            let stands = |text: &str| {
                let mut rows = text.lines();
                rows.any(|row| row.contains('▐') && row.contains('❯'))
            };
            screen.until_that(stands, "the keyboard on a part").await;
            assert_screen!(format!("cards_{}_{columns}x{rows}", page + 1), screen);
        }
    }
}

#[tokio::test]
async fn the_popups_of_a_card() {
    for (columns, rows) in [(80, 24), (60, 16)] {
        let screen = Screen::start(columns, rows);
        showing(&screen, vec![rich(1, content("dates"), &[])]).await;
        screen.click_on(" Range").await;
        screen.until("first day").await;
        screen.press("right");
        screen.press("enter");
        screen.until("last day").await;
        screen.press("down");
        screen.until("[ 9]").await;
        assert_screen!(format!("dates_{columns}x{rows}"), screen);
        screen.press("esc");
        screen.until_gone("last day").await;
        screen.press("f9");
        screen.until("\"type\": \"vertical\"").await;
        assert_screen!(format!("content_{columns}x{rows}"), screen);
    }
}

#[tokio::test]
async fn without_colour_one_sees_where_the_keyboard_is() {
    let plain = Settings {
        depth: Depth::None,
        ..settings()
    };
    let screen = Screen::start_with(80, 24, plain, 1024);
    showing(&screen, vec![rich(1, content("list"), &[])]).await;
    screen.press("up");
    screen.press("right");
    screen.until("❯[ ] Ice").await;
    screen.press("right");
    screen.until("❯[ ] Mint").await;
    screen.press("left");
    screen.until("❯[ ] Ice").await;
    // Left of the first there is nothing.
    screen.press("left");
    screen.write(" ");
    screen.until("❯[x] Ice").await;
    assert!(!screen.text().contains("❯[ ]"), "{}", screen.text());
}

#[tokio::test]
async fn a_list_is_checked_and_sent_by_keys() {
    let mut screen = with(content("list")).await;
    screen.press("up");
    screen.press("tab");
    screen.write(" ");
    screen.until("❯[x] Ice").await;
    screen.press("tab");
    screen.press("enter");
    screen.until("❯[x] Mint").await;
    screen.press("right");
    screen.press("right");
    screen.until("❯ Send").await;
    screen.press("enter");
    let texts = ["Ice, Mi\u{1b}nt"];
    assert_eq!(screen.command().await, click(Some("t-send"), &texts));
    screen.until(" Send ✓").await;
    // A list is sent once, as on the vendor's devices.
    screen.press("enter");
    screen.until("this list was sent already").await;
    screen.press("esc");
    screen.until_gone("this list was sent already").await;
    // Escape leaves the bubble, and what is written next is a message.
    screen.press("esc");
    screen.until_gone("❯[").await;
    screen.write(" x");
    screen.press("enter");
    let said = screen.command().await;
    assert_eq!(said, act(Act::submit(" x")));
}

#[tokio::test]
async fn nothing_checked_is_not_sent() {
    let mut screen = with(content("list")).await;
    screen.click_on(" Send ").await;
    screen.until("nothing is checked yet").await;
    screen.click_on(" None ").await;
    assert_eq!(screen.command().await, click(None, &["None, thanks"]));
}

#[tokio::test]
async fn buttons_answer_the_mouse() {
    let mut screen = with(content("button")).await;
    screen.click_on(" Add ").await;
    assert_eq!(
        screen.command().await,
        click(Some("add-blue"), &["Add the blue mug"])
    );
    screen.until(" Add ✓").await;
    screen.click_on(" Two ").await;
    assert_eq!(screen.command().await, click(None, &["First", "Second"]));
    screen.click_on(" Cart ").await;
    assert_eq!(screen.command().await, click(Some("cart"), &[]));
    screen.click_on(" Nothing ").await;
    screen.until("nothing was sent").await;
    // What is left of a button belongs to the bubble.
    let (column, row) = screen.find(" Custom ").unwrap();
    screen.click(column - 1, row);
    screen.until("▌").await;
}

#[tokio::test]
async fn a_link_is_shown_and_copied_and_a_terminal_can_open_it() {
    let copied = Arc::new(Mutex::new(Vec::new()));
    let clipboard = Arc::clone(&copied);
    let recording = Settings {
        copy: Arc::new(move |text| {
            clipboard.lock().unwrap().push(text.to_owned());
            Ok(handset::tui::terminal::clipboard::Copied::Clipboard)
        }),
        ..settings()
    };
    let mut screen = Screen::start_with(80, 24, recording, 1024);
    let bubbles = vec![
        rich(1, content("button"), &[]),
        rich(2, content("image-alone"), &[]),
        rich(3, content("link-preview"), &[]),
    ];
    showing(&screen, bubbles).await;
    screen.until("HTTPS://shop.test/").await;
    let links = screen.links();
    assert!(links.contains("HTTPS://shop.test/"), "{links:?}");
    assert!(links.contains("https://shop.test/w%C3%A9b"), "{links:?}");
    assert!(!links.iter().any(|uri| uri.starts_with("javascript")));
    screen.click_on(" Open ↗ ").await;
    assert_eq!(screen.command().await, click(Some("open"), &[]));
    screen.until("https://shop.test/w%C3%A9b").await;
    screen.press("esc");
    // Without the row of the notice the bubbles stand one row lower.
    screen.until_gone("F8").await;
    screen.click_on("A mug").await;
    screen.until("it was not copied").await;
    screen.press("esc");
    screen.until_gone("F8").await;
    screen.press("up");
    screen.until("▌").await;
    screen.press("alt+c");
    screen.until("copied The shop HTTPS://shop.test/").await;
    let copied = copied.lock().unwrap().clone();
    assert_eq!(copied, ["https://shop.test/w%C3%A9b", "HTTPS://shop.test/"]);
}

#[tokio::test]
async fn a_popup_over_a_link_takes_it_away() {
    let screen = with(content("link-preview")).await;
    screen.until("HTTPS://shop.test/").await;
    assert!(!screen.links().is_empty());
    screen.press("f1");
    screen.until("Help").await;
    assert!(screen.links().is_empty(), "{:?}", screen.links());
    screen.press("esc");
    screen.until_gone("Help").await;
    assert!(!screen.links().is_empty());
}

#[tokio::test]
async fn a_carousel_is_turned_by_mouse_wheel_and_keys() {
    let cards: Vec<Value> = (1..=6)
        .map(|n| json!({"type": "text", "text": format!("card {n}.")}))
        .collect();
    let screen = with(json!({"type": "carousel", "elements": cards})).await;
    screen.until("‹ 1-2/6 ›").await;
    screen.click_on("›").await;
    screen.until("‹ 2-3/6 ›").await;
    let (column, row) = screen.find("›").unwrap();
    screen.mouse(MouseEventKind::ScrollDown, column, row);
    screen.until("‹ 3-4/6 ›").await;
    screen.mouse(MouseEventKind::ScrollUp, column, row);
    screen.until("‹ 2-3/6 ›").await;
    screen.press("up");
    screen.press("right");
    screen.press("enter");
    screen.until("1-2/6").await;
    for _ in 0..9 {
        screen.press("enter");
    }
    screen.press("right");
    for _ in 0..9 {
        screen.press("enter");
    }
    screen.until("5-6/6").await;
    screen.until("card 6.").await;
    assert!(!screen.text().contains("card 4."));
}

#[tokio::test]
async fn cards_are_chosen_and_sent() {
    let mut screen = with(content("choose-several")).await;
    screen.click_on("[ ] choose").await;
    screen.until("[x] chosen").await;
    screen.click_on(" Send ").await;
    assert_eq!(screen.command().await, click(Some("send"), &["a!"]));
}

#[tokio::test]
async fn folds_and_tabs_open_where_one_looks() {
    let mut screen = with(content("accordion")).await;
    screen.click_on("▸ Camden").await;
    screen.until("14 Camden Passage").await;
    screen.click_on(" Take it ").await;
    let sent = click(Some("shop"), &["Camden", "My shop"]);
    assert_eq!(screen.command().await, sent);
    screen.click_on("▾ Camden").await;
    screen.until_gone("14 Camden Passage").await;
    let screen = with(content("tabs")).await;
    screen.until("8 cm").await;
    screen.press("up");
    screen.press("right");
    screen.press("right");
    screen.press("enter");
    screen.until(" Ask ").await;
    screen.until_gone("8 cm").await;
}

#[tokio::test]
async fn a_day_is_picked_by_keys_and_a_range_by_mouse() {
    let mut screen = with(content("dates")).await;
    screen.press("up");
    screen.press("right");
    screen.press("enter");
    screen.until("[20]").await;
    screen.press("down");
    screen.press("left");
    screen.press("left");
    screen.press("left");
    screen.until("[24]").await;
    screen.press("enter");
    let text = "Tuesday, 24 November 2026 at noon";
    assert_eq!(screen.command().await, click(Some("day"), &[text]));
    screen.click_on(" Range").await;
    screen.until("January 2030").await;
    // Before the first day that is offered.
    screen.press("pageup");
    screen.until("December 2029").await;
    let (column, row) = screen.find(" ·  ").unwrap();
    screen.click(column + 1, row);
    screen.until("that day is not offered").await;
    screen.click_on("›").await;
    screen.until("January 2030").await;
    screen.click_on("15").await;
    screen.until("last day").await;
    screen.mouse(MouseEventKind::ScrollDown, 40, 12);
    screen.until("February 2030").await;
    screen.mouse(MouseEventKind::ScrollUp, 40, 12);
    screen.until("[15]").await;
    screen.until("January 2030").await;
    screen.click_on("12").await;
    let text = "12/01/30 - 15/01/30";
    assert_eq!(screen.command().await, click(None, &[text]));
}

#[tokio::test]
async fn a_time_is_picked_after_the_day_it_belongs_to() {
    let mut screen = with(content("dates")).await;
    screen.click_on(" Day and time").await;
    screen.until("Mo  Tu").await;
    screen.press("enter");
    screen.until("2030-02-01 09:00 – 10:00  Kim").await;
    screen.press("down");
    screen.press("enter");
    let texts = ["Please:", "Nov 20, 2026", "2030-02-01 10:00"];
    assert_eq!(screen.command().await, click(Some("both"), &texts));
    // Leaving the choice sends nothing.
    screen.click_on(" Day and time").await;
    screen.until("Mo  Tu").await;
    screen.press("esc");
    screen.until_gone("Mo  Tu").await;
    screen.press("f3");
    assert_eq!(screen.command().await, act(Act::Flight(true)));
}

#[tokio::test]
async fn quick_replies_come_after_the_parts_of_the_card() {
    let mut screen = Screen::start(80, 24);
    let replies = [scene::reply("Yes"), scene::reply("No")];
    let item = rich(1, content("template"), &replies);
    showing(&screen, vec![item]).await;
    screen.press("up");
    for _ in 0..4 {
        screen.press("tab");
    }
    screen.until("❯ 2 No").await;
    screen.press("enter");
    let reply = act(Act::Reply {
        item: scene::id(1),
        index: 1,
    });
    assert_eq!(screen.command().await, reply);
    // Behind the last part Tab goes to the wire.
    screen.press("up");
    for _ in 0..5 {
        screen.press("tab");
    }
    screen.until("nothing went over the wire yet").await;
}

#[tokio::test]
async fn a_quick_reply_does_what_a_button_does() {
    let publish = |text: &str| json!({"type": "publishText", "text": text});
    let metadata = |id: &str| json!([{"type": "ExternalId", "id": id}]);
    let buttons = [
        json!({"type": "button", "title": 1, "click": {"actions": [publish("one")]}}),
        json!({"type": "button", "title": 7, "click": {"actions": [publish("seven")]}}),
        json!({"type": "button", "title": "Shop", "subtitle": "opens", "click": {"actions":
            [{"type": "link", "uri": "https://shop.test/", "name": "Shop"}]}}),
        json!({"title": "Salt &amp; pepper", "click": {"metadata": metadata("both"),
            "actions": [publish("salt"), publish("pepper")]}}),
        json!({"type": "button", "title": "A day", "click": {"metadata": metadata("day"),
            "actions": [{"type": "datePicker", "class": "single"}]}}),
    ];
    let mut screen = Screen::start(80, 24);
    let replies = buttons.map(|button| scene::button(&button));
    showing(&screen, vec![rich(1, content("text"), &replies)]).await;
    screen.until(" 1   2: 7   3 Shop ↗ · opens").await;
    screen.click_on(" 3 Shop").await;
    screen.until("copied").await;
    screen.click_on(" 5 A day … ").await;
    screen.until("[20]").await;
    screen.press("enter");
    assert_eq!(
        screen.command().await,
        click(Some("day"), &["Nov 20, 2026"])
    );
    screen.click_on(" 4 Salt & pepper ").await;
    let reply = act(Act::Reply {
        item: scene::id(1),
        index: 3,
    });
    assert_eq!(screen.command().await, reply);
}

#[tokio::test]
async fn a_line_end_at_the_end_makes_no_empty_row() {
    let screen = Screen::start(80, 24);
    let theirs = scene::theirs(1, 1, "said\n\n");
    let card = rich(2, json!({"type": "text", "text": "shown\n"}), &[]);
    showing(&screen, vec![theirs, card]).await;
    for text in ["said", "shown"] {
        let is_tight = |screen: &str| {
            let mut rows = screen.lines();
            rows.any(|row| row.contains(text) && row.contains("12:0"))
        };
        screen
            .until_that(is_tight, "the time beside the text")
            .await;
    }
}

#[tokio::test]
async fn the_keyboard_brings_a_part_of_a_long_bubble_into_view() {
    let lines = vec![json!({"type": "text", "text": "line"}); 60];
    let button = json!({"type": "button", "title": "Far below"});
    let top = json!({"type": "button", "title": "Far above"});
    let content = json!({"type": "vertical",
        "elements": [top, {"type": "vertical", "elements": lines}, button]});
    let screen = with(content).await;
    screen.press("up");
    screen.press("right");
    screen.until("❯ Far above").await;
    screen.press("right");
    screen.until("❯ Far below").await;
    screen.press("left");
    screen.until("❯ Far above").await;
}

#[tokio::test]
async fn the_content_is_copied_as_it_came() {
    let copied = Arc::new(Mutex::new(String::new()));
    let clipboard = Arc::clone(&copied);
    let recording = Settings {
        copy: Arc::new(move |text| {
            text.clone_into(&mut clipboard.lock().unwrap());
            Ok(handset::tui::terminal::clipboard::Copied::Clipboard)
        }),
        ..settings()
    };
    let screen = Screen::start_with(80, 24, recording, 1024);
    showing(&screen, vec![rich(1, content("unknown"), &[])]).await;
    screen.press("f9");
    screen.until("\"hologram\"").await;
    screen.press("alt+c");
    screen.until("✓ copied the content").await;
    let copied: Value = serde_json::from_str(&copied.lock().unwrap()).unwrap();
    assert_eq!(copied, content("unknown"));
    screen.press("f9");
    screen.until_gone("\"hologram\"").await;
}

#[tokio::test]
async fn hostile_content_stays_in_its_bubble() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/rich/hostile.json");
    let hostile: Value = serde_json::from_slice(&fs::read(folder).unwrap()).unwrap();
    for (columns, rows) in [(140, 40), (60, 16)] {
        let screen = Screen::start(columns, rows);
        let item = rich(1, hostile["event"]["content"].clone(), &[]);
        showing(&screen, vec![item]).await;
        for _ in 0..20 {
            screen.press("pageup");
            let text = screen.text();
            let escapes = text.chars().any(|c| c.is_control() && c != '\n');
            assert!(!escapes && !text.contains('\u{202e}'), "{text:?}");
        }
        for uri in screen.links() {
            assert!(uri.bytes().all(|byte| byte.is_ascii_graphic()), "{uri:?}");
        }
    }
}
