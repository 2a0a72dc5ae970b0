//! Reading: scrolling, selecting, going between bubbles and the wire.

use crossterm::event::MouseEventKind;
use handset::{
    domain::{
        content::{Content, Hosted},
        conversation::event::Act,
        line::{Delivery, LineBody, Place, Position},
    },
    engine::update::Update,
};

use crate::support::{
    scene::{self, act},
    screen::Screen,
};

async fn long_history(screen: &Screen) {
    let items = (0..200).map(|n| scene::theirs(n, i64::from(n), &format!("line {n}.")));
    screen.update(Update::Lines(items.collect())).await;
    screen.until("line 199.").await;
}

#[tokio::test]
async fn the_window_stays_where_one_reads_while_messages_arrive() {
    let screen = Screen::start(80, 24);
    long_history(&screen).await;
    for _ in 0..2 {
        let page = screen.text();
        screen.press("pageup");
        screen
            .until_that(|shown| shown != page, "the page above")
            .await;
    }
    let before = screen.text();
    let above = before
        .lines()
        .skip(2)
        .take(10)
        .collect::<Vec<_>>()
        .join("\n");
    for n in 200..203 {
        let item = scene::theirs(n, i64::from(n), &format!("line {n}."));
        screen.update(Update::Lines(vec![item])).await;
    }
    screen.until("3 new ↓").await;
    let after = screen.text();
    assert!(after.contains(&above), "{before}\n{after}");
    // The mark itself leads down.
    screen.click_on("3 new ↓").await;
    screen.until("line 202.").await;
    screen.until_gone("new ↓").await;
}

#[tokio::test]
async fn what_came_into_view_is_new_no_longer() {
    let screen = Screen::start(80, 24);
    long_history(&screen).await;
    screen.press("pageup");
    screen.until_gone("line 199.").await;
    let items = (200..220).map(|n| scene::theirs(n, i64::from(n), &format!("line {n}.")));
    screen.update(Update::Lines(items.collect())).await;
    screen.until("20 new ↓").await;
    screen.press("pagedown");
    screen.press("pagedown");
    screen.until("line 204.").await;
    screen.until_gone("20 new ↓").await;
    screen.until(" new ↓").await;
    // Going up again makes nothing new.
    let mark = |text: &str| {
        text.split(" new ↓")
            .next()
            .and_then(|t| t.split(' ').next_back().map(str::to_owned))
    };
    let left = mark(&screen.text());
    screen.press("pageup");
    screen.until_gone("line 204.").await;
    assert_eq!(mark(&screen.text()), left);
    screen.click_on(" new ↓").await;
    screen.until("line 219.").await;
    screen.until_gone("new ↓").await;
}

#[tokio::test]
async fn bubbles_keep_their_shape_while_a_long_text_is_written() {
    let screen = Screen::showing_conversation(80, 24).await;
    // A blank row above the name, as there is where rows are not few.
    let run = "\n\n   Riley\n    Yes, two left";
    screen.until(run).await;
    for n in 0..8 {
        screen.write(&format!("row {n}"));
        screen.press("alt+enter");
    }
    screen.until("row 7").await;
    assert!(screen.text().contains(run), "{}", screen.text());
}

#[tokio::test]
async fn the_keys_of_a_text_box_scroll() {
    let screen = Screen::start(80, 24);
    long_history(&screen).await;
    screen.press("ctrl+home");
    screen.until("line 0.").await;
    screen.press("pagedown");
    screen.until("line 8.").await;
    screen.press("ctrl+end");
    screen.until("line 199.").await;
    for _ in 0..3 {
        screen.mouse(MouseEventKind::ScrollUp, 10, 10);
    }
    screen.until_gone("line 199.").await;
    for _ in 0..3 {
        screen.mouse(MouseEventKind::ScrollDown, 10, 10);
    }
    // Down at the newest it follows again.
    screen.until("line 199.").await;
    screen.until_gone("newest").await;
}

#[tokio::test]
async fn a_line_that_is_numbered_otherwise_moves() {
    let screen = Screen::start(80, 24);
    let mut first = scene::mine(1, 0, "mine", Delivery::Queued);
    first.place = Place::new(first.id, Position::Unnumbered);
    screen
        .update(Update::Lines(vec![first, scene::theirs(4, 1, "theirs")]))
        .await;
    let above = |first: &'static str, second: &'static str| {
        move |text: &str| {
            let at = |word: &str| text.lines().position(|line| line.contains(word));
            at(&format!(" {first}  ")) < at(&format!(" {second}  ")) && at(first).is_some()
        }
    };
    screen
        .until_that(above("theirs", "mine"), "unnumbered last")
        .await;
    let mut moved = scene::mine(1, 0, "mine", Delivery::Sent { sequence: 2 });
    moved.place = Place::new(moved.id, (0, 2));
    screen.update(Update::Lines(vec![moved])).await;
    screen
        .until_that(above("mine", "theirs"), "numbered first")
        .await;
}

#[tokio::test]
async fn a_bubble_leads_to_its_entries_and_an_entry_to_its_bubble() {
    let screen = Screen::showing_conversation(140, 40).await;
    screen.click_on("Is the blue one").await;
    screen.until("◆12:00:00.000 → text #4").await;
    screen.until("sent +0 ms · answered +18 · echoed +35").await;
    screen.press("f7");
    screen.until("3 of 9 · of the selected bubble").await;
    screen.press("esc");
    screen.until("9 entries · following").await;
    // Select the READ in the list: its bubble lights up; a key goes there.
    // How much later than the message it came.
    let is_late = |text: &str| {
        let mut rows = text.lines();
        rows.any(|row| row.contains("READ 2 #3") && row.contains("✓sig") && row.contains("+306"))
    };
    screen.until_that(is_late, "the delay of the receipt").await;
    screen.click_on("READ 2").await;
    screen.until("║").await;
    screen.press("g");
    screen.until("▌").await;
    // Esc goes back where one came from.
    screen.press("esc");
    screen.until_gone("▌").await;
    screen.click_on("→ AppJWT").await;
    screen.press("enter");
    screen.until("grant_type=client_credentials").await;
    screen.press("g");
    screen.until("no bubble belongs to this entry").await;
}

#[tokio::test]
async fn an_entry_is_opened_folded_and_closed_and_tab_goes_back_to_the_phone() {
    let screen = Screen::showing_conversation(140, 40).await;
    screen.press("tab");
    screen.until("Enter open").await;
    assert!(!screen.text().contains("▾ request"), "{}", screen.text());
    screen.click_on("→ text #4").await;
    screen.press("enter");
    screen
        .until("POST send · ms.PublishEvent · 200 in 18ms")
        .await;
    screen.until("dialogId  4f0a…f310").await;
    screen.until("▸ answer  200 · sequence 4").await;
    screen.until("← list").await;
    // A click folds and unfolds.
    screen.click_on("▸ answer").await;
    screen.until("▾ answer").await;
    screen.until("sequence  4").await;
    // Left folds, goes to what holds a row, and in the end back to the list, beside the tree.
    screen.press("left");
    screen.until("▸ answer").await;
    screen.press("left");
    screen.until("Enter open").await;
    screen.until("▸ answer").await;
    screen.press("right");
    screen.until("← list").await;
    screen.press("b");
    screen.until("answer byte for byte").await;
    screen.until("000000  7b 22 72 65 71 49").await;
    screen.press("b");
    screen.press("esc");
    screen.until_gone("▸ answer").await;
    screen.press("right");
    screen.until("← list").await;
    screen.press("tab");
    screen.until("Enter send").await;
}

#[tokio::test]
async fn the_wire_is_filtered_by_what_is_in_it() {
    let screen = Screen::showing_conversation(140, 40).await;
    screen.press("tab");
    screen.press("ctrl+f");
    screen.write("stock");
    screen.press("enter");
    screen.until("3 of 9 · filter \"stock\"").await;
    screen.press("ctrl+f");
    screen.press("ctrl+a");
    screen.write("sig:bad");
    screen
        .until_that(
            |text| text.contains("✗sig") && !text.contains("✓sig"),
            "only the bad one",
        )
        .await;
    screen.press("esc");
    screen.until("9 entries").await;
}

#[tokio::test]
async fn a_day_ends_where_the_zone_of_the_reader_says() {
    let screen = Screen::start(80, 24);
    // 12:00 UTC and 23:59:59, then midnight.
    let items = vec![
        scene::theirs(1, 0, "noon"),
        scene::theirs(2, 43_199, "late"),
        scene::theirs(3, 43_200, "early"),
    ];
    screen.update(Update::Lines(items)).await;
    screen.until("Saturday, 21 November 2026").await;
    let text = screen.text();
    assert_eq!(text.matches("November").count(), 2, "{text}");
}

#[tokio::test]
async fn only_the_last_message_that_was_read_says_so() {
    let screen = Screen::start(80, 24);
    let items = (1..4).map(|n| {
        scene::mine(
            n,
            0,
            &format!("m{n}"),
            Delivery::Read {
                sequence: u64::from(n),
            },
        )
    });
    screen.update(Update::Lines(items.collect())).await;
    screen.until("m3").await;
    let text = screen.text();
    assert_eq!(text.matches("Read").count(), 1, "{text}");
    assert_eq!(text.matches("✓✓").count(), 3, "{text}");
}

#[tokio::test]
async fn files_and_cards_are_told_in_lines() {
    let mut screen = Screen::start(80, 24);
    let file = Content::File(Hosted {
        caption: "invoice.pdf".into(),
        file_type: "PDF".into(),
        ..Hosted::default()
    });
    let mut item = scene::theirs(1, 0, "");
    if let LineBody::Theirs { content, .. } = &mut item.body {
        *content = file;
    }
    screen.update(Update::Lines(vec![item])).await;
    screen.until("▤ invoice.pdf (PDF)").await;
    assert_eq!(
        screen.any_command().await,
        act(Act::Shown(vec![scene::id(1)]))
    );
}

#[tokio::test]
async fn the_help_is_scrolled_to_its_end_and_back_without_detours() {
    let screen = Screen::start(80, 24);
    screen.press("f1");
    screen.until("Writing a message").await;
    screen.press("end");
    screen.until("it did not go out").await;
    let end = screen.text();
    screen.press("up");
    screen.until_that(|text| text != end, "one row up").await;
    screen.press("ctrl+home");
    screen.until("Writing a message").await;
    screen.press("esc");
    screen.until_gone("Writing a message").await;
}
