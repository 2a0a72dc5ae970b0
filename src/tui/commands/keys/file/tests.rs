//! `keys.toml` is read, or every fault of it is told with its place.

use proptest::prelude::*;

use crate::{
    config::own_file::OwnFileError,
    tui::commands::keys::{Action, Context, file::KeysFile},
};

/// The faults of a file, each as line, column and reason.
fn faults(text: &str) -> Vec<String> {
    let faults = KeysFile::parse("keys.toml", text).faults;
    let told = faults.iter().map(ToString::to_string);
    told.map(|fault| fault.strip_prefix("keys.toml:").unwrap().to_owned())
        .collect()
}

#[track_caller]
fn action(keys: &KeysFile, contexts: &[Context], chord: &str) -> Option<Action> {
    assert!(keys.faults.is_empty(), "{:?}", keys.faults);
    keys.keymap.action(contexts, chord.parse().unwrap())
}

const PHONE: &[Context] = &[Context::Phone, Context::Edit, Context::Everywhere];
const WIRE: &[Context] = &[
    Context::Wire,
    Context::Inspector,
    Context::Browse,
    Context::Everywhere,
];

#[test]
fn keys_are_replaced_added_and_taken_away() {
    let text = "\
[everywhere]
flight = [\"f3\", \"alt+q\"]
next-theme = []
[wire]
pin = [\"m\"]
";
    let keys = KeysFile::parse("keys.toml", text);
    assert_eq!(action(&keys, PHONE, "f3"), Some(Action::Flight));
    assert_eq!(action(&keys, PHONE, "alt+q"), Some(Action::Flight));
    assert_eq!(action(&keys, PHONE, "f2"), None);
    assert_eq!(action(&keys, WIRE, "m"), Some(Action::Pin));
    assert_eq!(action(&keys, WIRE, "p"), None);
    assert_eq!(keys.keymap.shown(Action::NextTheme), "");
    assert_eq!(keys.keymap.shown(Action::Pin), "M");
    assert!(keys.shadowed.is_empty() && keys.blurred.is_empty());
}

#[test]
fn an_action_has_other_keys_in_one_part_of_the_screen() {
    let keys = KeysFile::parse("keys.toml", "[phone]\nflight = [\"f9\"]\nnext-theme = []\n");
    assert_eq!(action(&keys, PHONE, "f9"), Some(Action::Flight));
    assert_eq!(action(&keys, PHONE, "f3"), None, "these keys and no others");
    assert_eq!(action(&keys, PHONE, "f2"), None);
    assert_eq!(action(&keys, WIRE, "f3"), Some(Action::Flight));
    assert_eq!(action(&keys, WIRE, "f2"), Some(Action::NextTheme));
    assert_eq!(keys.keymap.shown_in(PHONE, Action::Flight), "F9");
    assert_eq!(keys.keymap.shown_in(WIRE, Action::Flight), "F3");
}

#[test]
fn ctrl_c_leaves_whatever_the_file_says() {
    for text in [
        "[everywhere]\nquit = []\n",
        "[everywhere]\nquit = [\"f12\"]\nturn-inspector = []\n",
    ] {
        let keys = KeysFile::parse("keys.toml", text);
        assert_eq!(action(&keys, PHONE, "ctrl+c"), Some(Action::Quit), "{text}");
        assert_eq!(action(&keys, PHONE, "ctrl+q"), None, "{text}");
    }
    let told = faults("[phone]\nflight = [\"ctrl+c\"]\n");
    assert_eq!(
        told,
        ["2:11: `ctrl+c` always leaves handset and cannot be another key"]
    );
}

#[test]
fn presets_hold_and_the_file_goes_over_them() {
    let vim = KeysFile::parse(
        "keys.toml",
        "preset = \"vim\"\n[browse]\nrow-up = [\"up\"]\n",
    );
    assert_eq!(action(&vim, WIRE, "j"), Some(Action::RowDown));
    assert_eq!(action(&vim, WIRE, "k"), None);
    assert_eq!(
        action(&vim, PHONE, "j"),
        None,
        "the composer stays a text box"
    );
    // Where one types to find, letters are written.
    let palette = &[Context::Browse, Context::Edit, Context::Everywhere];
    assert_eq!(action(&vim, palette, "j"), None);
    let emacs = KeysFile::parse("keys.toml", "preset = \"emacs\"\n");
    assert_eq!(action(&emacs, PHONE, "ctrl+a"), Some(Action::Home));
    assert_eq!(action(&emacs, PHONE, "ctrl+n"), Some(Action::Down));
}

#[test]
fn every_fault_is_told_at_once_with_its_place() {
    let text = "\
preset = \"vi\"
[phones]
submit = [\"enter\"]
[everywhere]
fligth = [\"f3\"]
pocket = [\"crtl+p\", \"pgup\", 5]
mouse = \"f6\"
copy = [\"x\"]
notices = [\"f5\"]
submit = [\"f12\"]
";
    assert_eq!(
        faults(text),
        [
            "1:10: this is no preset; did you mean `vim`?",
            "2:2: there is no part of the screen called `phones`; did you mean `phone`?",
            "5:1: there is no action `fligth`; did you mean `flight`?",
            "6:11: \"crtl+p\" is not a key; write one as ctrl+p, alt+enter, shift+left, f5 or \
             pageup; did you mean `ctrl+p`?",
            "6:21: \"pgup\" is not a key; write one as ctrl+p, alt+enter, shift+left, f5 or \
             pageup; did you mean `pageup`?",
            "6:29: write a key in quotes, as \"ctrl+p\"",
            "7:9: write the keys as a list: mouse = [\"f3\", \"ctrl+f\"], or mouse = [] for none",
            "8:9: `x` writes a character where [everywhere] holds; hold ctrl or alt with it",
            "9:12: `f5` does `retry` in [everywhere] already; choose another key, or say retry = \
             [] there",
            "10:1: `submit` means nothing in [everywhere]; write it under [phone]",
        ]
    );
    assert_eq!(
        KeysFile::parse("keys.toml", text).keymap,
        KeysFile::default().keymap
    );
}

#[test]
fn a_key_said_twice_is_told_where_it_stands_the_second_time() {
    let told = faults("[everywhere]\nflight = [\"f20\"]\npocket = [\"f20\"]\n");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("3:11: `f20` does `flight`"), "{told:?}");
    // Exchanged keys are no conflict.
    assert!(faults("[everywhere]\nflight = [\"f4\"]\npocket = [\"f3\"]\n").is_empty());
}

#[test]
fn what_is_no_toml_is_told_with_its_line_and_the_rest_too() {
    let told = faults("[everywhere]\nflight = [\"f3\"\n[wire]\nfoo = [\"f1\"]\n");
    assert!(
        told.iter()
            .any(|fault| fault.starts_with("3:") || fault.starts_with("2:")),
        "{told:?}"
    );
    let told = faults("[everywhere\n");
    assert!(told[0].starts_with("1:"), "{told:?}");
}

#[test]
fn keys_that_do_not_hold_everywhere_are_told() {
    let keys = KeysFile::parse(
        "keys.toml",
        "[everywhere]\nflight = [\"ctrl+k\", \"ctrl+i\"]\n",
    );
    let told = |faults: &[crate::config::text::TextFault]| -> Vec<String> {
        faults.iter().map(ToString::to_string).collect()
    };
    let shadowed = "keys.toml:2:11: `ctrl+k` does `delete-to-end` where [edit] holds";
    assert_eq!(told(&keys.shadowed), [shadowed]);
    let blurred = "keys.toml:2:21: `ctrl+i` comes from most terminals as Tab";
    assert_eq!(told(&keys.blurred), [blurred]);
}

#[test]
fn a_file_that_is_not_there_says_nothing_and_one_that_cannot_be_read_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let keys = KeysFile::in_folder(folder.path());
    assert_eq!(
        (keys.keymap, keys.faults.len()),
        (KeysFile::default().keymap, 0)
    );
    std::fs::create_dir(folder.path().join("keys.toml")).unwrap();
    let keys = KeysFile::in_folder(folder.path());
    let told = keys.faults[0].to_string();
    assert!(told.starts_with("cannot read the file of keys "), "{told}");
}

/// Pieces of files of keys, right and wrong.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("[phone]\n".to_owned()),
        Just("[everywhere]\n".to_owned()),
        Just("[wire]\n".to_owned()),
        Just("preset = \"vim\"\n".to_owned()),
        Just("flight = [\"f3\"]\n".to_owned()),
        Just("pin = [\"p\", \"ctrl+ \"]\n".to_owned()),
        "[a-z-]{1,12} = \\[\"[ -~é☎]{0,9}\"\\]\n",
        "\\PC{0,20}\n",
        any::<String>(),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_or_told_with_its_line(text in pieces()) {
        let keys = KeysFile::parse("keys.toml", &text);
        let lines = text.lines().count().max(1);
        for fault in &keys.faults {
            prop_assert!(matches!(fault, OwnFileError::Fault(_)));
            let told = fault.to_string();
            let line = told.split(':').nth(1).and_then(|line| line.parse::<usize>().ok());
            prop_assert!(line.is_some_and(|line| (1..=lines).contains(&line)), "{}", told);
        }
        // Whatever it says, there is a way out.
        let out = "ctrl+c".parse().unwrap();
        prop_assert_eq!(keys.keymap.action(PHONE, out), Some(Action::Quit));
    }
}
