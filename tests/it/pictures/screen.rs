//! Pictures of cards on the screen, in half blocks, and the question about their hosts.

use std::collections::BTreeMap;

use handset::{
    domain::{content::Content, role::Role},
    engine::{
        command::Command,
        update::{PictureBytes, PictureRefusal, Update},
    },
    tui::app::settings::Settings,
};
use serde_json::{Value, json};

use super::host::png;
use crate::support::{
    scene,
    screen::{Screen, settings},
};

const BLUE: &str = "https://cdn.shop.test/mug-blue.jpg";

fn image(url: &str, caption: &str) -> Value {
    json!({"type": "image", "url": url, "caption": caption, "tooltip": caption})
}

async fn showing(rows: u16, content: Value) -> Screen {
    let settings = Settings {
        fetches: true,
        ..settings()
    };
    let screen = Screen::start_with(80, rows, settings, 1024);
    let content = Content::Rich {
        content,
        replies: Vec::new(),
    };
    let card = scene::theirs_with(1, 1, Role::AssignedAgent, content);
    screen.update(Update::Lines(vec![card])).await;
    screen
}

/// The addresses that are asked for next.
async fn asked(screen: &mut Screen, many: usize) -> Vec<String> {
    let mut addresses = Vec::new();
    while addresses.len() < many {
        if let Command::Picture(address) = screen.command().await {
            addresses.push(address);
        }
    }
    addresses.sort();
    addresses
}

async fn comes(screen: &Screen, address: &str, picture: Result<Vec<u8>, PictureRefusal>) {
    let address = address.to_owned();
    let picture = picture.map(|bytes| PictureBytes(bytes.into()));
    screen.update(Update::Picture { address, picture }).await;
}

fn blocks(screen: &str) -> usize {
    screen.chars().filter(|c| *c == '▀').count()
}

#[tokio::test]
async fn a_picture_keeps_its_room_and_is_drawn_over_its_name() {
    let mut screen = showing(30, image(BLUE, "The blue one")).await;
    screen.until("▣ The blue one").await;
    let (_, before) = screen.find("▣ The blue one").unwrap();
    assert_eq!(asked(&mut screen, 1).await, [BLUE]);
    comes(&screen, BLUE, Ok(png())).await;
    screen
        .until_that(|text| blocks(text) > 100, "a picture")
        .await;
    let text = screen.text();
    // Nothing moved, and the address it came from says nothing more.
    assert_eq!(screen.find("▣ The blue one").unwrap().1, before, "{text}");
    assert!(!text.contains("cdn.shop.test"), "{text}");
    // Its name stands right under it.
    let rows: Vec<&str> = text.lines().collect();
    let last = rows.iter().rposition(|row| row.contains('▀'));
    assert_eq!(last.map(|row| row + 1), Some(usize::from(before)), "{text}");
    assert!(screen.links().iter().any(|link| link.contains("mug-blue")));
    // In another room it is made again, and not asked for again.
    screen.resize(60, 16);
    screen
        .until_that(|text| (20..150).contains(&blocks(text)), "a smaller one")
        .await;
    screen.press("f3");
    assert!(!matches!(screen.command().await, Command::Picture(_)));
}

#[tokio::test]
async fn each_card_of_a_carousel_shows_its_own_in_its_column() {
    let card = |name: &str| {
        let url = format!("https://cdn.shop.test/{name}.png");
        json!({"type": "vertical", "elements": [image(&url, name), {"type": "text", "text": name}]})
    };
    let content = json!({"type": "carousel", "padding": 0, "elements": [card("one"), card("two")]});
    let mut screen = showing(30, content).await;
    let addresses = asked(&mut screen, 2).await;
    for address in &addresses {
        comes(&screen, address, Ok(png())).await;
    }
    // On one row, one picture right of the other.
    let beside = |text: &str| {
        let mut rows = text.lines();
        rows.any(|row| {
            let runs = row.split('▀').filter(|rest| rest.contains('│')).count();
            blocks(row) > 30 && runs >= 3
        })
    };
    screen
        .until_that(beside, "two pictures beside each other")
        .await;
}

#[tokio::test]
async fn the_keyboard_goes_through_cards_with_pictures_and_leaves_those_as_they_are() {
    let card = |name: &str| {
        let url = format!("https://cdn.shop.test/{name}.png");
        let actions = json!([{"type": "publishText", "text": name}]);
        let button = json!({"type": "button", "title": format!("Add {name}"),
            "click": {"actions": actions}});
        json!({"type": "vertical", "elements": [image(&url, name), button]})
    };
    let cards = ["one", "two", "three"].map(card);
    let content = json!({"type": "carousel", "padding": 0, "elements": cards});
    let mut screen = showing(30, content).await;
    for address in &asked(&mut screen, 2).await {
        comes(&screen, address, Ok(png())).await;
    }
    screen
        .until_that(|text| blocks(text) > 100, "the pictures")
        .await;
    screen.press("up");
    let stops = ["❯▣ one", "❯ Add one", "❯▣ two", "❯ Add two", "❯‹", "❯›"];
    for stop in stops {
        screen.press("right");
        screen.until(stop).await;
        let (column, row) = screen.find("▀").unwrap();
        assert!(!screen.is_reversed(column, row), "at {stop}");
    }
    for stop in stops.iter().rev().skip(1) {
        screen.press("left");
        screen.until(stop).await;
    }
}

#[tokio::test]
async fn what_cannot_be_had_or_drawn_is_said_on_the_card_and_tried_again_on_demand() {
    let mut screen = showing(24, image(BLUE, "Blue")).await;
    asked(&mut screen, 1).await;
    let refused = PictureRefusal::Failed("it is larger than 5120 kB".to_owned());
    comes(&screen, BLUE, Err(refused)).await;
    screen
        .until("✗ no picture: it is larger than 5120 kB")
        .await;
    screen.until("cdn.shop.test/mug-blue.jpg").await;
    screen.press("up");
    screen.press("alt+f");
    assert_eq!(asked(&mut screen, 1).await, [BLUE]);
    let mut cut = png();
    cut.truncate(200);
    comes(&screen, BLUE, Ok(cut)).await;
    screen.until("✗ no picture: it is broken").await;
}

#[tokio::test]
async fn a_host_is_asked_about_once_and_never_over_what_is_written() {
    let green = "https://cdn.shop.test/mug-green.jpg";
    let elements = json!([image(BLUE, "Blue"), image(green, "Green")]);
    let content = json!({"type": "vertical", "elements": elements});
    let mut screen = showing(30, content).await;
    screen.write("Hello");
    asked(&mut screen, 2).await;
    for address in [BLUE, green] {
        let refused = PictureRefusal::Undecided("cdn.shop.test".to_owned());
        comes(&screen, address, Err(refused)).await;
    }
    screen
        .until("pictures from cdn.shop.test wait for your word")
        .await;
    screen
        .until("pictures from cdn.shop.test are not fetched yet")
        .await;
    // No popup has taken the keys.
    screen.write(" there");
    screen.until("Hello there").await;
    screen.press("alt+h");
    screen.until("Fetch pictures from these hosts?").await;
    screen.press("alt+y");
    let word = Command::DecideHost {
        host: "cdn.shop.test".to_owned(),
        is_wanted: true,
    };
    loop {
        if screen.command().await == word {
            break;
        }
    }
    let hosts = BTreeMap::from([("cdn.shop.test".to_owned(), true)]);
    screen.update(Update::PictureHosts(hosts)).await;
    assert_eq!(asked(&mut screen, 2).await, [BLUE, green]);
    screen.until("yes    cdn.shop.test").await;
    screen.press("esc");
    screen.until_gone("Fetch pictures from these hosts?").await;
}

#[tokio::test]
async fn nothing_is_asked_for_where_nothing_is_fetched() {
    let content = Content::Rich {
        content: image(BLUE, "Blue"),
        replies: Vec::new(),
    };
    let mut screen = Screen::start(80, 24);
    let card = scene::theirs_with(1, 1, Role::AssignedAgent, content);
    screen.update(Update::Lines(vec![card])).await;
    screen.until("cdn.shop.test/mug-blue.jpg").await;
    screen.press("f3");
    assert!(!matches!(screen.command().await, Command::Picture(_)));
}
