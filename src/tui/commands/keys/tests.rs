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
                // Where text is written, the key takes a change back.
                let meeting =
                    meeting && (row.action, other.action) != (Action::Suspend, Action::Undo);
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

#[test]
fn every_way_keys_are_looked_up_is_known() {
    // `goes_before` is made of them, and a popup with another stack would be left out.
    for context in Context::ALL {
        assert!(
            STACKS.iter().any(|stack| stack.contains(&context)),
            "{context:?}"
        );
        assert_eq!(
            Context::ALL
                .iter()
                .filter(|one| one.name() == context.name())
                .count(),
            1
        );
    }
}

#[test]
fn every_action_has_a_name_of_its_own_and_what_is_offered_a_title() {
    let mut names: Vec<String> = TABLE.iter().map(ActionRow::name).collect();
    assert!(names.contains(&"next-theme".to_owned()) && names.contains(&"reply-9".to_owned()));
    names.sort();
    names.dedup();
    assert_eq!(names.len(), TABLE.len());
    let mut titles: Vec<&str> = TABLE.iter().map(|row| row.title).collect();
    titles.retain(|title| !title.is_empty());
    let count = titles.len();
    titles.sort_unstable();
    titles.dedup();
    assert_eq!(titles.len(), count);
}

#[test]
fn a_preset_has_each_key_once_and_can_be_read() {
    for (name, preset) in preset::Preset::ALL {
        let map = preset.keymap();
        for (context, row, chords) in map.rows() {
            for chord in chords {
                let found = map.action(&[context], *chord);
                assert_eq!(found, Some(row.action), "{name}: {chord} in {context:?}");
                assert!(
                    !chord.writes() || context.takes_letters(),
                    "{name}: {chord}"
                );
                assert_eq!(chord.written().parse(), Ok(*chord));
            }
        }
        assert_eq!(
            map.action(&[Context::Everywhere], Chord::ctrl('c')),
            Some(Action::Quit)
        );
    }
}

/// What a key does on the phone, and in the agent workspace.
#[test]
fn a_key_does_the_same_on_both_sides_or_nothing_on_one() {
    use Context::{Edit, Everywhere, Phone, Workspace};
    for (name, preset) in preset::Preset::ALL {
        let map = preset.keymap();
        for row in TABLE.iter().filter(|row| row.context == Workspace) {
            for chord in map.chords(row.action) {
                let Some(phone) = map.action(&[Phone, Edit, Everywhere], *chord) else {
                    continue;
                };
                let pair = (phone, row.action);
                assert!(BOTH_SIDES.contains(&pair), "{name}: {chord} does {pair:?}");
            }
        }
    }
}
