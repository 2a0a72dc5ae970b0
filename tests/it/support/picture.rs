//! The pictures of the README, held against what the program draws now. The screens are those whose
//! texts are kept in `tests/snapshots`.

use std::{env, fs, path::Path};

/// With this variable set the pictures are written anew.
const WRITE: &str = "HANDSET_WRITE_PICTURES";

/// A kept screen, the picture that is drawn of it, and what that is called.
const OF_SCREENS: [[&str; 3]; 7] = [
    ["split_140x40", "screen", "The phone and the wire"],
    ["cards_1_140x40", "tour/cards", "Structured content"],
    ["phones_140x40", "tour/phones", "Several phones"],
    ["form_140x40", "tour/form", "The form of a consumer"],
    ["state_140x40", "tour/state", "The state of a conversation"],
    [
        "both_sides_140x40",
        "tour/both-sides",
        "The phone and the agent workspace",
    ],
    ["agent_140x40", "tour/workspace", "The agent workspace"],
];

/// The picture that is drawn of a kept screen, and what it is called.
pub(crate) fn of_screen(kept: &str) -> Option<(&'static str, &'static str)> {
    let found = OF_SCREENS.iter().find(|[screen, ..]| *screen == kept);
    found.map(|[_, name, title]| (*name, *title))
}

/// Compares a picture with the one that is kept in `assets`, or writes it.
#[track_caller]
pub(crate) fn assert_kept(name: &str, picture: &str) {
    let file = format!("{}/assets/{name}.svg", env!("CARGO_MANIFEST_DIR"));
    let file = Path::new(&file);
    if env::var_os(WRITE).is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, picture).unwrap();
    }
    let kept = fs::read_to_string(file).unwrap_or_default();
    assert!(
        kept == picture,
        "assets/{name}.svg is another picture than the program draws now; look at it and write it with \
         {WRITE}=1 cargo test --test it"
    );
}
