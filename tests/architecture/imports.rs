//! Which modules use which, read from their sources, and what of it points upward or in a circle.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use crate::{code, layers::Layers};

/// A module's path below the crate: `sandbox::store::load` is `["sandbox", "store", "load"]`.
type Module = Vec<String>;

/// Which modules each module uses; itself, tests and what is outside the crate left out.
pub(crate) struct Imports(BTreeMap<Module, BTreeSet<Module>>);

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
    pub(crate) fn of(sources: &[(PathBuf, String)]) -> Self {
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
    pub(crate) fn upward(&self, folder: &str, layers: Layers) -> Vec<String> {
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
    pub(crate) fn cycles(&self) -> Vec<String> {
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
