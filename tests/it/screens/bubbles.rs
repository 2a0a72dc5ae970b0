//! The look of the conversation: runs, folded texts, addresses, the greeting, what is new.

use std::sync::{Arc, Mutex};

use handset::{
    domain::{ids::PhoneId, line::Delivery},
    engine::update::Update,
    tui::{
        app::settings::Settings,
        commands::keys::{Action, Keymap},
        terminal::clipboard::Copied,
    },
};

use crate::support::{
    scene,
    screen::{Screen, settings},
};

#[tokio::test]
async fn an_address_in_a_text_leads_there_and_is_copied() {
    let copied = Arc::new(Mutex::new(Vec::new()));
    let clipboard = Arc::clone(&copied);
    let recording = Settings {
        copy: Arc::new(move |text| {
            clipboard.lock().unwrap().push(text.to_owned());
            Ok(Copied::Clipboard)
        }),
        ..settings()
    };
    let screen = Screen::start_with(60, 16, recording, 1024);
    let address = format!("https://shop.test/{}", "orders/4711/".repeat(6));
    let text = format!("It is on its way, see {address}.");
    let lines = vec![scene::theirs(1, 0, &text), scene::theirs(2, 1, "Bye!")];
    screen.update(Update::Lines(lines)).await;
    screen.until("Bye!").await;
    assert_eq!(
        screen.links().into_iter().collect::<Vec<_>>(),
        [address.as_str()]
    );
    screen.press("ctrl+up");
    screen.press("ctrl+up");
    screen.until("▌").await;
    screen.press("alt+c");
    screen.until("copied").await;
    assert_eq!(*copied.lock().unwrap(), [address]);
}

#[tokio::test]
async fn a_long_text_is_folded_until_a_key_or_a_click_opens_it() {
    let screen = Screen::start(140, 40);
    let rows: Vec<String> = (1..=60).map(|n| format!("row {n}")).collect();
    let lines = vec![
        scene::theirs(1, 0, "Before"),
        scene::theirs(2, 1, &rows.join("\n")),
        scene::mine(3, 2, "After", Delivery::Queued),
    ];
    screen.update(Update::Lines(lines)).await;
    screen.until("▾ 48 more rows").await;
    assert!(screen.text().contains("Before") && !screen.text().contains("row 13"));
    screen.click_on("48 more rows").await;
    screen.until("row 13").await;
    screen.press("ctrl+end");
    screen.until("▴ less").await;
    screen.until("row 60").await;
    // The keyboard does the same to the bubble that is selected.
    screen.press("ctrl+up");
    screen.press("ctrl+up");
    screen.until("▌").await;
    screen.press("enter");
    screen.until("▾ 48 more rows").await;
    screen.press("enter");
    screen.until("row 13").await;
}

#[tokio::test]
async fn an_empty_phone_says_whose_it_is_and_what_to_press() {
    for (columns, rows) in [(140, 40), (80, 24), (60, 16)] {
        let screen = Screen::start(columns, rows);
        screen
            .update(Update::Head {
                phone: PhoneId(0),
                head: scene::head(),
            })
            .await;
        screen.until("You are Ada Quill, a consumer of Acme.").await;
        let keys = Keymap::plain();
        for action in [Action::Palette, Action::OtherPane, Action::Help] {
            screen.until(&keys.shown(action)).await;
        }
        screen
            .update(Update::Lines(vec![scene::theirs(1, 0, "Hello!")]))
            .await;
        screen.until_gone("You are Ada Quill").await;
    }
}

#[tokio::test]
async fn a_run_is_named_once_and_fifteen_messages_have_room() {
    let screen = Screen::start(140, 40);
    let mut lines = Vec::new();
    for number in 1..=16 {
        let read = Delivery::Read {
            sequence: u64::from(number),
        };
        lines.push(match number % 5 {
            0 | 4 => scene::mine(number, 0, &format!("mine {number}"), read),
            _ => scene::theirs(number, 0, &format!("theirs {number}")),
        });
    }
    screen.update(Update::Lines(lines)).await;
    screen.until("theirs 16").await;
    let text = screen.text();
    for number in 1..=16 {
        assert!(
            text.contains(&format!(" {number}  12:00")),
            "{number}:\n{text}"
        );
    }
    let names = text
        .lines()
        .filter(|row| row.split_whitespace().next() == Some("Riley"));
    assert_eq!(names.count(), 4, "{text}");
}

#[tokio::test]
async fn what_came_while_one_read_further_up_is_told_from_the_rest() {
    let screen = Screen::start(80, 24);
    let lines = (1..=40).map(|n| scene::theirs(n, 0, &format!("m{n}")));
    screen.update(Update::Lines(lines.collect())).await;
    screen.until("m40").await;
    screen.press("pageup");
    screen.until_gone("m40").await;
    let lines = (41..=43).map(|n| scene::theirs(n, 0, &format!("m{n}")));
    screen.update(Update::Lines(lines.collect())).await;
    screen.until("3 new ↓").await;
    screen.press("ctrl+end");
    screen.until("── 3 new ──").await;
    // What the consumer says ends it.
    let mine = scene::mine(44, 1, "I see", Delivery::Queued);
    screen.update(Update::Lines(vec![mine])).await;
    screen.until("I see").await;
    screen.until_gone("3 new").await;
}
