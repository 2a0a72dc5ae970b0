//! Whatever comes, in whatever room: nothing leaves its columns, and everything
//! that can be operated is there.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    block::{Block, Piece},
    lay,
};
use crate::{
    domain::rich::card::{Card, CardState, Face, Part},
    tui::text::width::width,
};

fn laid(content: &Value, state: &CardState, room: usize) -> Block {
    lay::block(&Card::read(content), state, room, false)
}

/// The rows as text, each piece at its column.
fn rows(block: &Block) -> Vec<String> {
    let shown = |row: &Vec<Piece>| {
        let mut text = String::new();
        let mut pieces: Vec<&Piece> = row.iter().collect();
        pieces.sort_by_key(|piece| piece.x);
        for piece in pieces {
            text.push_str(&" ".repeat(piece.x.saturating_sub(width(&text))));
            text.push_str(&piece.text);
        }
        text.trim_end().to_owned()
    };
    block.rows.iter().map(shown).collect()
}

fn button(title: &str) -> Value {
    json!({"type": "button", "title": title,
           "click": {"actions": [{"type": "publishText", "text": title}]}})
}

#[test]
fn what_does_not_fit_side_by_side_stands_below() {
    let content = json!({"type": "horizontal", "elements": [
        button("Yes"), {"type": "text", "text": "a text that takes more than its share"}]});
    assert_eq!(
        rows(&laid(&content, &CardState::default(), 40)),
        [
            "[ Yes ] │ a text that takes more than",
            "        │ its share"
        ]
    );
    assert_eq!(
        rows(&laid(&content, &CardState::default(), 18)),
        [
            "[ Yes ]",
            "────────",
            "a text that takes",
            "more than its",
            "share"
        ]
    );
}

#[test]
fn percentages_share_the_columns() {
    let content = json!({"type": "horizontal", "percentages": [25, 75], "borderLine": false,
        "elements": [{"type": "text", "text": "one two"}, {"type": "text", "text": "three"}]});
    assert_eq!(
        rows(&laid(&content, &CardState::default(), 34)),
        ["one two   three"]
    );
}

#[test]
fn a_carousel_shows_what_fits_and_the_way_to_the_rest() {
    let cards: Vec<Value> = (1..=4)
        .map(|n| json!({"type": "text", "text": format!("card {n}")}))
        .collect();
    let content = json!({"type": "carousel", "elements": cards});
    let mut state = CardState::default();
    let shown = rows(&laid(&content, &state, 52)).join("\n");
    assert!(
        shown.contains("card 2") && !shown.contains("card 3"),
        "{shown}"
    );
    assert!(shown.ends_with("‹ 1-2/4 ›"), "{shown}");
    state.bring(0, 9);
    let block = laid(&content, &state, 52);
    let shown = rows(&block).join("\n");
    assert!(shown.ends_with("‹ 3-4/4 ›"), "{shown}");
    assert_eq!((block.scrolls[0].first, block.scrolls[0].last), (2, 2));
    let all = rows(&laid(&content, &state, 120)).join("\n");
    assert!(all.contains("card 4") && !all.contains('‹'), "{all}");
}

#[test]
fn the_address_of_a_picture_is_shown_whole_or_not_at_all() {
    let url = "https://cdn.shop.test/mug-blue.jpg";
    let content = json!({"type": "image", "url": url, "tooltip": "A mug"});
    let shown = |room| rows(&laid(&content, &CardState::default(), room));
    assert_eq!(shown(40), ["▣ A mug".to_owned(), format!("  {url}")]);
    assert_eq!(shown(30), ["▣ A mug"]);
}

#[test]
fn cards_are_as_high_as_the_highest_in_view() {
    let card = |text: &str| json!({"type": "text", "text": text});
    let content = json!({"type": "carousel",
        "elements": [card("one"), card("two"), card("a\nb\nc")]});
    let mut state = CardState::default();
    let frame_and_way = 3;
    assert_eq!(laid(&content, &state, 52).rows.len(), 1 + frame_and_way);
    state.bring(0, 1);
    assert_eq!(laid(&content, &state, 52).rows.len(), 3 + frame_and_way);
}

#[test]
fn a_fold_opens_below_its_title() {
    let content = json!({"type": "accordionSelect", "selectMode": {"name": "a"},
        "titles": [{"name": "One", "additional": "more"}, {"name": "Two"}],
        "elements": [{"type": "text", "text": "inside"}, button("Go")]});
    let mut state = CardState::default();
    assert_eq!(
        rows(&laid(&content, &state, 40)),
        ["( ) ▸ One  more", "( ) ▸ Two"]
    );
    state.bring(0, 1);
    let block = laid(&content, &state, 40);
    assert_eq!(rows(&block), ["( ) ▸ One  more", "(•) ▾ Two", "    [ Go ]"]);
    let faces: Vec<Face> = block.parts.iter().map(|part| part.face).collect();
    assert_eq!(faces, [Face::Nth(0), Face::Nth(1), Face::Whole]);
}

#[test]
fn layouts_in_one_another_cost_no_more_than_their_elements() {
    // Each level would double the work if it were laid out to be measured.
    let mut content = json!({"type": "text", "text": "heart"});
    for _ in 0..23 {
        content = json!({"type": "horizontal", "elements": [button("x"), content]});
    }
    // That would be some eight million steps, and this one never ends.
    laid(&content, &CardState::default(), 200);
}

#[test]
fn a_huge_content_is_cut_with_a_word() {
    let text = "word\n".repeat(4000);
    let content = json!({"type": "vertical", "elements": [
        button("Top"), {"type": "text", "text": text}, button("Bottom")]});
    let block = laid(&content, &CardState::default(), 40);
    assert_eq!(rows(&block).last().unwrap(), "… 3002 rows more");
    assert_eq!(block.parts.len(), 1);
}

fn contents() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-z ]{0,30}",
        Just("日本語のとても長い題名です".to_owned()),
        Just("👍🏽👨‍👩‍👧 ｶﾞ\nline\u{1b}[31m".to_owned()),
    ];
    let leaf = (0..9usize, text, any::<bool>()).prop_map(|(kind, text, on)| match kind {
        0 => json!({"type": "text", "text": text, "rtl": on}),
        1 => json!({"type": "button", "title": text, "subtitle": if on { "more" } else { "" },
                    "click": {"actions": [{"type": "link", "uri": "https://shop.test/"}]}}),
        2 => json!({"type": "image", "url": "https://shop.test/x.png", "caption": text}),
        3 => json!({"type": "map", "la": 1e300, "lo": 2, "alt": text}),
        4 => json!({"type": "linkPreview", "url": text, "title": text}),
        5 => json!({"type": "template", "title": text, "resp": [text, "b", "c"]}),
        6 => json!({"type": "keyValuePairList",
                    "elements": [{"key": text, "value": text}, {"key": "k"}]}),
        7 => json!({"type": "checkbox", "text": text, "click": {}}),
        _ => json!({"type": text}),
    });
    leaf.prop_recursive(5, 40, 5, |inner| {
        let elements = prop::collection::vec(inner, 0..5);
        (0..8usize, elements, any::<bool>()).prop_map(|(kind, elements, on)| match kind {
            0 => json!({"type": "vertical", "elements": elements, "border": if on { "border" } else { "" }}),
            1 => json!({"type": "horizontal", "elements": elements, "borderLine": on, "border": "border"}),
            2 => json!({"type": "horizontal", "elements": elements, "percentages": [10, 90]}),
            3 => json!({"type": "carousel", "elements": elements}),
            4 => json!({"type": "carouselSelect", "elements": elements, "selectMode": {"name": "n", "type": "multiple"}}),
            5 => json!({"type": "accordionSelect", "elements": elements, "titles": [{"name": "日本", "additional": "x"}]}),
            6 => json!({"type": "tabs", "elements": elements}),
            _ => json!({"type": "drawer", "elements": elements}),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_leaves_its_columns(content in contents(), room in 1usize..120, front in 0usize..4, filled: bool) {
        let card = Card::read(&content);
        let mut state = CardState::default();
        // Open what can be opened, check what can be checked, use what can be used.
        let mut waiting = vec![&card.root];
        while let Some(element) = waiting.pop() {
            waiting.extend(element.elements());
            state.bring(element.id, front);
            for face in [Face::Whole, Face::Nth(0)] {
                let part = Part { element: element.id, face };
                card.press(part, &mut state, &std::collections::BTreeMap::new(), &jiff::tz::TimeZone::UTC);
            }
        }
        let block = lay::block(&card, &state, room, filled);
        prop_assert!(block.width <= room, "{} in {room}", block.width);
        for row in &block.rows {
            let mut pieces: Vec<&Piece> = row.iter().collect();
            pieces.sort_by_key(|piece| piece.x);
            let mut end = 0;
            for piece in pieces {
                prop_assert!(!piece.text.chars().any(char::is_control), "{:?}", piece.text);
                prop_assert!(piece.x >= end, "{piece:?} begins before {end}");
                end = piece.x + width(&piece.text);
            }
            prop_assert!(end <= room, "a row of {end} in {room}");
        }
        for part in &block.parts {
            prop_assert!(block.row_of(*part).is_some(), "{part:?} is nowhere");
        }
    }
}
