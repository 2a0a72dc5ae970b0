//! Keeps `docs/fidelity.md` honest: what it names exists, and what is checked is in it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const STATES: [&str; 5] = ["exact", "guess", "partly", "absent", "reading"];
/// The files of the protocol reference with how many sections each has.
const FILES: [(&str, usize); 7] = [
    ("README", 4),
    ("domains-and-auth", 14),
    ("send-api", 20),
    ("webhooks", 22),
    ("agent-side", 20),
    ("rich-content", 11),
    ("edge-cases", 11),
];

/// A line of one of the tables.
struct Line {
    section: String,
    state: String,
    held_by: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn lines() -> Vec<Line> {
    let page = fs::read_to_string(root().join("docs/fidelity.md")).unwrap();
    let (mut file, mut lines) = (String::new(), Vec::new());
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            heading.clone_into(&mut file);
        }
        let known = FILES.iter().any(|(name, _)| *name == file);
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, number, state, _, _, held_by, _] = cells.as_slice() else {
            continue;
        };
        if known && number.starts_with(|c: char| c.is_ascii_digit()) {
            lines.push(Line {
                section: format!("{file} {number}"),
                state: (*state).to_owned(),
                held_by: (*held_by).to_owned(),
            });
        }
    }
    lines
}

#[test]
fn every_section_is_there_with_a_state() {
    let lines = lines();
    for line in &lines {
        assert!(STATES.contains(&line.state.as_str()), "{}", line.section);
        let promised = matches!(line.state.as_str(), "exact" | "guess");
        assert!(
            !promised || !line.held_by.is_empty(),
            "{}: held by nothing",
            line.section
        );
    }
    for (file, expected) in FILES {
        let prefix = format!("{file} ");
        let sections: BTreeSet<&str> = lines
            .iter()
            .filter_map(|line| line.section.strip_prefix(&prefix))
            .collect();
        assert_eq!(sections.len(), expected, "{file}: {sections:?}");
    }
}

#[test]
fn what_is_checked_is_in_it_and_what_it_calls_rows_is_checked() {
    let table = super::everything();
    let checked: BTreeSet<&str> = table.sections().collect();
    let lines = lines();
    let told: BTreeSet<&str> = lines
        .iter()
        .filter(|line| line.held_by == "rows")
        .map(|line| line.section.as_str())
        .collect();
    let untold: Vec<_> = checked.difference(&told).collect();
    assert!(
        untold.is_empty(),
        "checked, but not in the page: {untold:?}"
    );
    let unchecked: Vec<_> = told.difference(&checked).collect();
    assert!(
        unchecked.is_empty(),
        "in the page, but not checked: {unchecked:?}"
    );
}

#[test]
fn every_test_it_names_exists() {
    let mut missing = Vec::new();
    for line in lines() {
        for name in line.held_by.split('`').filter(|name| name.contains("::")) {
            if !exists(name) {
                missing.push(format!("{}: {name}", line.section));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

/// Whether a file of the module the path names, or of one above it, has the test.
fn exists(name: &str) -> bool {
    let mut parts: Vec<&str> = name.split("::").collect();
    let function = parts.pop().unwrap();
    let folder = match parts.remove(0) {
        "it" => "tests/it",
        "lib" => "src",
        other => panic!("{name}: {other} is neither `it` nor `lib`"),
    };
    let function = format!("fn {function}(");
    let mut path = parts.as_slice();
    while !path.is_empty() {
        let place: PathBuf = [folder].iter().chain(path).collect();
        let files = [place.with_extension("rs"), place.join("mod.rs")];
        let has = |file: &PathBuf| {
            let source = fs::read_to_string(root().join(file));
            source.is_ok_and(|source| source.contains(&function))
        };
        if files.iter().any(has) {
            return true;
        }
        path = path.split_last().map_or(&[], |(_, rest)| rest);
    }
    false
}
