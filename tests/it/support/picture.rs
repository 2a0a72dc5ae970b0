//! The pictures of the README, held against what the program draws now.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// With this variable set the pictures are written anew.
const WRITE: &str = "HANDSET_WRITE_PICTURES";

/// A kept screen, the picture that is drawn of it, and what that is called.
const OF_SCREENS: [[&str; 3]; 2] = [
    ["form_140x40", "tour/form", "The form of a consumer"],
    ["agent_140x40", "tour/workspace", "The agent workspace"],
];

/// The picture that is drawn of a kept screen, and what it is called.
pub(crate) fn of_screen(kept: &str) -> Option<(&'static str, &'static str)> {
    let found = OF_SCREENS.iter().find(|[screen, ..]| *screen == kept);
    found.map(|[_, name, title]| (*name, *title))
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/{name}.svg"))
}

/// The picture that is kept in `assets`; empty when there is none.
pub(crate) fn kept(name: &str) -> String {
    fs::read_to_string(file(name)).unwrap_or_default()
}

/// Compares a picture with the one that is kept in `assets`, or writes it.
#[track_caller]
pub(crate) fn assert_kept(name: &str, picture: &str) {
    if env::var_os(WRITE).is_some() {
        let file = file(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, picture).unwrap();
    }
    assert!(
        kept(name) == picture,
        "assets/{name}.svg is another picture than the program draws now; look at it and write it with \
         {WRITE}=1 cargo test --test it -- stage::pictures screens::"
    );
}
