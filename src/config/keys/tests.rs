//! The keymap refuses what cannot work and gives back what was written.

use std::collections::{BTreeMap, HashSet};

use super::*;

fn changes(name: &str, keys: &[&str]) -> BTreeMap<String, Vec<String>> {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    BTreeMap::from([(name.to_owned(), keys)])
}

#[test]
fn the_default_keys_have_no_duplicates_and_no_two_rows_share_a_name() {
    let map = Keymap::plain();
    let names: HashSet<_> = TABLE.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), TABLE.len());
    let chord = "ctrl+p".parse().unwrap();
    let contexts = [Context::Phone, Context::Edit, Context::Everywhere];
    assert_eq!(map.action(&contexts, chord), Some(Action::Palette));
}

#[test]
fn a_chord_given_twice_is_refused_by_both_names() {
    let fault = Keymap::with(&changes("flight", &["ctrl+p"])).unwrap_err();
    let text = fault.to_string();
    assert!(
        text.contains("commands") && text.contains("flight"),
        "{text}"
    );
    // Sending and editing hold at the same time.
    assert!(Keymap::with(&changes("send", &["ctrl+w"])).is_err());
    // A list and a text field do not.
    assert!(Keymap::with(&changes("row-up", &["ctrl+w"])).is_ok());
}

#[test]
fn a_key_that_writes_is_refused_where_text_is_written() {
    let fault = Keymap::with(&changes("send", &["x"])).unwrap_err();
    assert!(matches!(fault, KeymapError::Writes { .. }));
}

#[test]
fn unknown_actions_and_keys_are_named() {
    let fault = Keymap::with(&changes("fly", &["f9"])).unwrap_err();
    assert!(fault.to_string().contains("fly"));
    for key in ["hyper+x", "f25", "f0", "", "pgup", "ctrl+"] {
        let fault = Keymap::with(&changes("flight", &[key])).unwrap_err();
        assert!(matches!(fault, KeymapError::Chord { .. }), "{key}: {fault}");
    }
}

#[test]
fn an_action_can_lose_its_keys() {
    let map = Keymap::with(&changes("pocket", &[])).unwrap();
    assert_eq!(map.shown(Action::Pocket), "");
    assert_eq!(map.shown(Action::Flight), "F3");
}

#[test]
fn chords_read_and_show() {
    for (written, shown) in [
        ("ctrl+p", "Ctrl+P"),
        ("Alt+Enter", "Alt+Enter"),
        ("ctrl++", "Ctrl++"),
        ("+", "+"),
        ("f12", "F12"),
        ("f", "F"),
        ("alt+space", "Alt+Space"),
        ("shift+left", "Shift+←"),
    ] {
        assert_eq!(written.parse::<Chord>().unwrap().to_string(), shown);
    }
}
