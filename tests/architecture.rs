//! Keeps imports pointing down and the core pure: a folder may use only the folders listed
//! beside it, no two folders use each other at any level, and `domain` may name nothing that
//! does I/O, reads a clock or draws a random number.

#![allow(clippy::unwrap_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Parts of a folder, each with the parts of the same folder that it may use.
type Layers = &'static [(&'static str, &'static [&'static str])];

/// The folders whose parts have layers. `src` is the crate itself.
const LAYERS: &[(&str, Layers)] = &[("", TOP), ("sandbox", SANDBOX), ("tui", TUI)];

const TOP: Layers = &[
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

const SANDBOX: Layers = &[
    ("clock", &[]),
    ("faults", &[]),
    ("json", &[]),
    ("keys", &[]),
    ("tls", &[]),
    ("error", &["tls"]),
    ("model", &["json"]),
    ("settings", &["tls", "model"]),
    ("store", &["json", "keys", "tls", "error", "model"]),
    (
        "delivery",
        &["clock", "faults", "error", "model", "settings", "store"],
    ),
    (
        "transaction",
        &["clock", "error", "model", "store", "delivery"],
    ),
    ("routing", &["clock", "model", "transaction"]),
    (
        "agents",
        &[
            "json",
            "error",
            "model",
            "settings",
            "transaction",
            "routing",
        ],
    ),
    (
        "server",
        &[
            "clock",
            "faults",
            "json",
            "keys",
            "model",
            "settings",
            "delivery",
            "transaction",
            "routing",
            "agents",
        ],
    ),
    (
        "launch",
        &[
            "clock",
            "faults",
            "keys",
            "tls",
            "error",
            "model",
            "settings",
            "store",
            "delivery",
            "transaction",
            "routing",
            "agents",
            "server",
        ],
    ),
];

const TUI: Layers = &[
    ("text", &[]),
    ("commands", &["text"]),
    ("theme", &["text", "commands"]),
    ("terminal", &["commands", "theme"]),
    ("inspector", &["text", "commands", "theme"]),
    ("chat", &["text", "commands", "theme", "terminal"]),
    ("agent", &["text", "commands", "theme", "chat"]),
    (
        "popups",
        &["text", "commands", "theme", "inspector", "chat", "agent"],
    ),
    (
        "app",
        &[
            "text",
            "commands",
            "theme",
            "terminal",
            "inspector",
            "chat",
            "agent",
            "popups",
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

/// A source without comments and without its trailing `mod tests { … }`.
fn code(source: &str) -> String {
    let code = source.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    code.lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// A module's path below the crate: `sandbox::store::load` is `["sandbox", "store", "load"]`.
type Module = Vec<String>;

/// Which modules each module uses; itself, tests and what is outside the crate left out.
struct Imports(BTreeMap<Module, BTreeSet<Module>>);

/// The module a file is; `None` for `lib.rs` and `main.rs`.
fn module(file: &Path) -> Option<Module> {
    let parts = file.with_extension("");
    let mut parts: Module = parts
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    (parts != ["lib"] && parts != ["main"]).then_some(parts)
}

/// The paths of a use-tree like `crate::{a, b::{self, c as d}}`.
fn leaves(tree: &str, before: &[&str], found: &mut Vec<Module>) {
    let (head, group) = match tree.split_once('{') {
        Some((head, group)) => (head, group.trim_end().strip_suffix('}')),
        None => (tree.split(" as ").next().unwrap(), None),
    };
    let head = head.split("::").map(str::trim);
    let path: Vec<&str> = before
        .iter()
        .copied()
        .chain(head.filter(|part| !part.is_empty() && *part != "self"))
        .collect();
    let Some(group) = group else {
        found.push(path.into_iter().map(str::to_owned).collect());
        return;
    };
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let one = group.get(start..at).unwrap().trim();
                if !one.is_empty() {
                    leaves(one, &path, found);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// What a module's code names of the crate: paths that begin at the crate, at the module itself or
/// above it. The first list holds all, the second those it gives on with `pub use`.
fn named(module: &Module, code: &str) -> (Vec<Module>, Vec<Module>) {
    let (mut all, mut given_on) = (Vec::new(), Vec::new());
    let mut rest = String::new();
    for statement in code.split_inclusive(';') {
        let found = statement.rfind("use ").filter(|at| {
            let before = statement.get(..*at).unwrap().trim_end();
            let line = before.lines().last().unwrap_or_default().trim();
            statement.ends_with(';')
                && (line.is_empty() || line.starts_with("pub") || line.ends_with(['}', ']']))
        });
        let Some(at) = found else {
            rest.push_str(statement);
            continue;
        };
        let (before, tree) = statement.split_at(at);
        rest.push_str(before);
        let tree = tree.trim_start_matches("use ").trim_end_matches(';');
        let mut paths = Vec::new();
        leaves(tree, &[], &mut paths);
        if before.trim_end().ends_with("pub") || before.trim_end().ends_with(')') {
            given_on.extend(paths.iter().map(|path| absolute(module, path)));
        }
        all.extend(paths);
    }
    for start in ["crate::", "super::"] {
        for (at, _) in rest.match_indices(start) {
            let path = rest.get(at..).unwrap();
            let end = path.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
            let path = path.get(..end.unwrap_or(path.len())).unwrap();
            all.push(path.split("::").map(str::to_owned).collect());
        }
    }
    let all = all.iter().map(|path| absolute(module, path)).collect();
    (all, given_on)
}

/// A path from the crate on; one that begins with another crate's name stands below the module,
/// where there is nothing of that name.
fn absolute(module: &Module, path: &Module) -> Module {
    let ups = path.iter().take_while(|part| *part == "super").count();
    if path.first().is_some_and(|first| first == "crate") {
        return path.get(1..).unwrap().to_vec();
    }
    let base = module.get(..module.len().saturating_sub(ups)).unwrap();
    [base, path.get(ups..).unwrap()].concat()
}

impl Imports {
    fn of(sources: &[(PathBuf, String)]) -> Self {
        let mut codes: BTreeMap<Module, String> = sources
            .iter()
            .filter_map(|(file, source)| Some((module(file)?, code(source))))
            .collect();
        let tests: Vec<Module> = codes
            .iter()
            .flat_map(|(module, code)| {
                let name =
                    |after: &str| Some(after.split_once("mod ")?.1.split_once(';')?.0.to_owned());
                let names = code
                    .split("#[cfg(test)]\n")
                    .skip(1)
                    .filter_map(move |after| name(after.lines().next()?));
                names.map(|name| [module.as_slice(), &[name]].concat())
            })
            .collect();
        codes.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        let named: BTreeMap<&Module, (Vec<Module>, Vec<Module>)> = codes
            .iter()
            .map(|(module, code)| (module, named(module, code)))
            .collect();
        // A path that ends in what a module gives on leads to where that comes from.
        let resolve = |path: &Module| -> Option<Module> {
            let mut path = path.clone();
            for _ in 0..5 {
                let length = (1..=path.len())
                    .rev()
                    .find(|length| codes.contains_key(path.get(..*length).unwrap()))?;
                let found = path.get(..length).unwrap().to_vec();
                let Some(name) = path.get(length) else {
                    return Some(found);
                };
                let mut given_on = named[&found].1.iter();
                match given_on.find(|from| from.last() == Some(name) && **from != path) {
                    Some(from) => path.clone_from(from),
                    None => return Some(found),
                }
            }
            None
        };
        let uses = |module: &Module, paths: &[Module]| -> BTreeSet<Module> {
            let used = paths.iter().filter_map(resolve);
            used.filter(|used| used != module).collect()
        };
        let all = named
            .iter()
            .map(|(module, (all, _))| ((*module).clone(), uses(module, all)));
        Self(all.collect())
    }

    /// The parts of a folder: its modules and folders by name, each with the parts it uses and
    /// one place where it does. What stands in the folder's own `mod.rs` is no part.
    fn parts(&self, folder: &[String]) -> BTreeMap<String, BTreeMap<String, String>> {
        let part = |module: &Module| -> Option<String> {
            let below = module.strip_prefix(folder)?;
            below.first().cloned()
        };
        let mut parts: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (module, used) in &self.0 {
            let Some(from) = part(module) else { continue };
            let uses = parts.entry(from.clone()).or_default();
            for used in used {
                if let Some(to) = part(used).filter(|to| *to != from) {
                    let place = format!("{} uses {}", module.join("::"), used.join("::"));
                    uses.entry(to).or_insert(place);
                }
            }
        }
        parts
    }

    /// The folders that hold modules, the crate itself first.
    fn folders(&self) -> BTreeSet<Module> {
        let above = |module: &Module| -> Vec<Module> {
            (0..module.len())
                .map(|length| module.get(..length).unwrap().to_vec())
                .collect()
        };
        self.0.keys().flat_map(above).collect()
    }

    fn is_folder(&self, module: &[String]) -> bool {
        self.0
            .keys()
            .any(|other| other.len() > module.len() && other.starts_with(module))
    }

    /// What the table of a folder does not allow.
    fn upward(&self, folder: &str, layers: Layers) -> Vec<String> {
        let path: Module = folder.split("::").map(str::to_owned).collect();
        let path = if folder.is_empty() {
            &[]
        } else {
            path.as_slice()
        };
        let mut faults = Vec::new();
        for (part, uses) in self.parts(path) {
            let Some((_, allowed)) = layers.iter().find(|(name, _)| *name == part) else {
                faults.push(format!("{folder}: `{part}` has no layer"));
                continue;
            };
            let upward = uses
                .into_iter()
                .filter(|(used, _)| !allowed.contains(&used.as_str()));
            faults.extend(
                upward.map(|(used, place)| format!("`{part}` must not use `{used}`: {place}")),
            );
        }
        faults
    }

    /// Folders that use each other, or a folder and a file beside it, over one or more others.
    fn cycles(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for folder in self.folders() {
            let parts = self.parts(&folder);
            for (part, uses) in &parts {
                for (used, place) in uses {
                    let is_folder = |name: &String| {
                        self.is_folder(&[folder.as_slice(), std::slice::from_ref(name)].concat())
                    };
                    if (is_folder(part) || is_folder(used)) && reaches(&parts, used, part) {
                        faults.push(format!("`{used}` uses `{part}` too: {place}"));
                    }
                }
            }
        }
        faults
    }
}

/// Whether one part uses another, itself or through others.
fn reaches(parts: &BTreeMap<String, BTreeMap<String, String>>, from: &String, to: &String) -> bool {
    let (mut open, mut seen) = (vec![from], BTreeSet::new());
    while let Some(part) = open.pop() {
        if part == to {
            return true;
        }
        if seen.insert(part) {
            open.extend(parts[part].keys());
        }
    }
    false
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
