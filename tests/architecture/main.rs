//! Keeps imports pointing down and the core pure: a folder may use only the folders listed
//! beside it, no two folders use each other at any level, and `domain` may name nothing that
//! does I/O, reads a clock or draws a random number.

#![allow(clippy::unwrap_used)]

mod imports;
mod layers;

use std::{
    fs,
    path::{Path, PathBuf},
};

use imports::Imports;
use layers::{LAYERS, Layers};

/// What the pure core must not name.
const IMPURE: &[&str] = &[
    "tokio",
    "axum",
    "reqwest",
    "rusqlite",
    "ratatui",
    "crossterm",
    "tracing",
    "fastrand",
    "uuid",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "std::io",
    "SystemTime",
    "Instant",
    "jiff::Zoned::now",
    "Timestamp::now",
    "async fn",
];

/// Past this a file usually has two subjects.
const LONGEST_FILE: usize = 500;

fn sources() -> Vec<(PathBuf, String)> {
    sources_of("src")
}

fn sources_of(folder: &str) -> Vec<(PathBuf, String)> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let source = fs::read_to_string(&file).unwrap();
            (file.strip_prefix(&root).unwrap().to_owned(), source)
        })
        .collect()
}

/// A source without comments and without its trailing `mod tests { … }`.
fn code(source: &str) -> String {
    let code = source.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    code.lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

fn impurities(file: &Path, code: &str) -> Vec<String> {
    IMPURE
        .iter()
        .filter(|word| code.contains(*word))
        .map(|word| format!("{}: the pure core names `{word}`", file.display()))
        .collect()
}

#[test]
fn imports_point_down_at_every_level() {
    let imports = Imports::of(&sources());
    let upward = LAYERS
        .iter()
        .flat_map(|(folder, layers)| imports.upward(folder, layers));
    let faults: Vec<String> = upward.chain(imports.cycles()).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_core_is_pure() {
    let core = sources()
        .into_iter()
        .filter(|(file, _)| file.starts_with("domain"));
    let faults: Vec<String> = core
        .flat_map(|(file, source)| impurities(&file, &code(&source)))
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_owns_and_has_one_subject() {
    let mut faults = Vec::new();
    for (file, source) in sources() {
        if !source.starts_with("//!") {
            faults.push(format!("{}: does not start with `//!`", file.display()));
        }
        let lines = source.lines().count();
        if lines > LONGEST_FILE {
            faults.push(format!("{}: {lines} lines", file.display()));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Where tests and benches start the program: elsewhere it would read the settings of whoever runs
/// them.
const STARTERS: [(&str, &str); 3] = [
    ("tests", "it/support/mod.rs"),
    ("tests", "it/support/pty.rs"),
    ("benches", "support/program.rs"),
];

#[test]
fn tests_and_benches_start_the_program_without_the_settings_of_their_user() {
    let start = concat!("CARGO_BIN_EXE", "_handset");
    let mut faults = Vec::new();
    for folder in ["tests", "benches"] {
        for (file, source) in sources_of(folder) {
            let may = |(at, name): &(&str, &str)| *at == folder && file == Path::new(name);
            if source.contains(start) && !STARTERS.iter().any(may) {
                faults.push(format!("{folder}/{}: use the helper", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// The imports of a small crate, given as files and their code.
fn planted(files: &[(&str, &str)]) -> Imports {
    let files = files
        .iter()
        .map(|(file, code)| (PathBuf::from(file), (*code).to_owned()));
    Imports::of(&files.collect::<Vec<_>>())
}

#[test]
fn what_breaks_the_layers_is_named() {
    const TWO: Layers = &[("low", &[]), ("high", &["low"])];
    let high = (
        "high/mod.rs",
        "use crate::low::{self, here::Thing as Other};",
    );
    let low = ("low/mod.rs", "mod here;\npub use here::Thing;");
    let here = ("low/here.rs", "use std::fmt;");
    let fine = planted(&[high, low, here]);
    assert!(fine.upward("", TWO).is_empty() && fine.cycles().is_empty());

    let top = planted(&[high, low, ("low/here.rs", "use crate::{high, low::Thing};")]);
    let faults = top.upward("", TWO);
    assert_eq!(faults, ["`low` must not use `high`: low::here uses high"]);
    assert_eq!(top.cycles().len(), 2);
    let unknown = planted(&[("helpers.rs", "")]).upward("", TWO);
    assert_eq!(unknown, [": `helpers` has no layer"]);

    let inner = planted(&[
        (
            "all/low/a.rs",
            "fn f() -> crate::all::high::B { super::mine() }",
        ),
        ("all/high/mod.rs", "mod b;\npub(super) use b::B;"),
        ("all/high/b.rs", ""),
    ]);
    let faults = inner.upward("all", TWO);
    assert_eq!(
        faults,
        ["`low` must not use `high`: all::low::a uses all::high::b"]
    );
    let tested = planted(&[
        ("a/mod.rs", "#[cfg(test)]\nmod tests;"),
        ("a/tests.rs", "use crate::b;"),
        ("b.rs", "use crate::a;"),
    ]);
    assert!(tested.cycles().is_empty());
    let deep = planted(&[
        ("a/b/c/f.rs", "use crate::a::b::d::D;"),
        ("a/b/d.rs", "use crate::a::b::e;"),
        ("a/b/e.rs", "use crate::a::b::c::f;"),
    ]);
    assert_eq!(deep.cycles().len(), 2, "{:?}", deep.cycles());
}

#[test]
fn what_is_impure_is_named() {
    let file = Path::new("domain/time.rs");
    let impure = impurities(file, "let now = SystemTime::now();");
    assert_eq!(impure, ["domain/time.rs: the pure core names `SystemTime`"]);
    assert!(impurities(file, &code("// SystemTime is not for us")).is_empty());
}
