//! The table of keys holds together, and chords give back what was written.

use super::*;

/// Whether one chord could mean something in both at once, with neither going before the other.
fn meet(one: Context, other: Context) -> bool {
    use Context::{Browse, Edit, Everywhere, Form, Inspector, Phone, Raw, State, Wire, Workspace};
    let pair = [one, other];
    // A form, the editor of requests and the agent workspace have keys of their own before anybody else's.
    let own = pair.contains(&Form) || pair.contains(&Raw) || pair.contains(&Workspace);
    one == other
        || (pair.contains(&Everywhere) && !own)
        || matches!(
            pair,
            [Phone, Edit]
                | [Edit, Phone]
                | [Workspace, Edit | Phone]
                | [Edit | Phone, Workspace]
                | [Browse | Inspector, Wire | State]
                | [Wire | State, Browse | Inspector]
                | [Browse, Inspector]
                | [Inspector, Browse]
        )
}

#[test]
fn a_chord_means_one_thing_at_a_time() {
    let map = Keymap::plain();
    for (at, row) in TABLE.iter().enumerate() {
        for other in &TABLE[at + 1..] {
            assert_ne!(row.action, other.action);
            let meeting = meet(row.context, other.context);
            for chord in map.chords(row.action) {
                let twice = map.chords(other.action).contains(chord);
                let (first, second) = (row.action, other.action);
                assert!(!(meeting && twice), "{chord}: {first:?} and {second:?}");
            }
        }
    }
    let chord = "ctrl+p".parse().unwrap();
    let contexts = [Context::Phone, Context::Edit, Context::Everywhere];
    assert_eq!(map.action(&contexts, chord), Some(Action::Palette));
}

#[test]
fn no_key_that_writes_does_anything_where_text_is_written() {
    let map = Keymap::plain();
    for row in TABLE.iter().filter(|row| !row.context.is_inspector()) {
        let writes = map.chords(row.action).iter().find(|chord| chord.writes());
        assert_eq!(writes, None, "{:?}", row.action);
    }
}

#[test]
fn what_is_no_chord_is_refused() {
    for key in ["hyper+x", "f25", "f0", "", "pgup", "ctrl+"] {
        assert!(key.parse::<Chord>().is_err(), "{key}");
    }
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
