//! Keeps the module graph one-way and the core pure: every top-level module may
//! use only the modules listed beside it, and `domain` may name nothing that
//! does I/O, reads a clock or draws a random number.

#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const ALLOWED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("rt", &[]),
    ("config", &["domain"]),
    ("media", &["domain"]),
    ("client", &["domain", "rt"]),
    ("relay", &["domain", "rt"]),
    ("store", &["domain", "rt"]),
    ("ingress", &["domain", "rt", "config", "store"]),
    ("export", &["domain"]),
    ("sandbox", &["domain", "rt"]),
    (
        "engine",
        &[
            "domain", "rt", "media", "client", "store", "ingress", "export",
        ],
    ),
    ("tui", &["domain", "config", "media", "engine", "ingress"]),
    (
        "cli",
        &[
            "domain", "rt", "config", "media", "client", "store", "ingress", "export", "relay",
            "sandbox", "engine", "tui",
        ],
    ),
];

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

/// The module a file belongs to: the first part of its path.
fn top(file: &Path) -> String {
    let first = file.components().next().unwrap().as_os_str();
    first.to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// A source without comments and without its trailing `mod tests { … }`.
fn code(source: &str) -> String {
    let code = source.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    code.lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// First segments of every `crate::…` path, including grouped `use crate::{a, b::c}`.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = code.get(at + "crate::".len()..).unwrap();
        let Some(group) = rest.strip_prefix('{') else {
            found.insert(
                rest.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect(),
            );
            continue;
        };
        let (mut depth, mut name, mut taking) = (1, String::new(), true);
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => {
                    found.insert(std::mem::take(&mut name));
                    taking = true;
                    continue;
                }
                ':' if depth == 1 => taking = false,
                c if depth == 1 && taking && (c.is_alphanumeric() || c == '_') => name.push(c),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        found.insert(name);
    }
    found
}

fn upward_imports(top: &str, file: &Path, code: &str) -> Vec<String> {
    let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == top) else {
        if matches!(top, "lib" | "main") {
            return Vec::new();
        }
        return vec![format!("{}: `{top}` is not in ALLOWED", file.display())];
    };
    imports(code)
        .into_iter()
        .filter(|used| {
            let known = ALLOWED.iter().any(|(name, _)| name == used);
            known && used != top && !allowed.contains(&used.as_str())
        })
        .map(|used| format!("{}: `{top}` must not use `{used}`", file.display()))
        .collect()
}

fn impurities(top: &str, file: &Path, code: &str) -> Vec<String> {
    if top != "domain" {
        return Vec::new();
    }
    IMPURE
        .iter()
        .filter(|word| code.contains(*word))
        .map(|word| format!("{}: the pure core names `{word}`", file.display()))
        .collect()
}

#[test]
fn modules_point_downwards_and_the_core_is_pure() {
    let mut faults = Vec::new();
    for (file, source) in sources() {
        let (top, code) = (top(&file), code(&source));
        faults.extend(upward_imports(&top, &file, &code));
        faults.extend(impurities(&top, &file, &code));
    }
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

#[test]
fn the_law_names_what_breaks_it() {
    let file = Path::new("engine/mod.rs");
    let upward = upward_imports("engine", file, "use crate::{domain::ids, tui::view};");
    assert_eq!(upward, ["engine/mod.rs: `engine` must not use `tui`"]);
    let unknown = upward_imports("helpers", file, "");
    assert_eq!(unknown, ["engine/mod.rs: `helpers` is not in ALLOWED"]);
    let impure = impurities("domain", file, "let now = SystemTime::now();");
    assert_eq!(impure, ["engine/mod.rs: the pure core names `SystemTime`"]);
    assert!(impurities("domain", file, &code("// SystemTime is not for us")).is_empty());
}
