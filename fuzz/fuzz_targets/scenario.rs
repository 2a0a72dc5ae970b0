//! Any text as a scenario: it is read without a panic, and what `fmt` writes stays as it is and has
//! no fault of its own.
//!
//! `cargo +nightly fuzz run scenario` in the root of the repository.

#![no_main]

use handset::scenario::{format::format, parse::parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // A file may use itself by another name, and name rows that are this very text.
    let files = |_: &str| Ok(text.to_owned());
    let before = parse("a.talk", text, &files);
    if let Ok(formatted) = format(text) {
        assert_eq!(format(&formatted).as_ref(), Ok(&formatted), "formatting again changes it");
        let after = parse("a.talk", &formatted, &files);
        assert_eq!(before.script.scenes.len(), after.script.scenes.len());
        assert_eq!(before.script.head.cast.len(), after.script.head.cast.len());
        assert_eq!(before.script.title, after.script.title);
    }
});
