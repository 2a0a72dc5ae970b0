//! The scenarios that are named: files, folders, lines of files, stdin; read and parsed before
//! anything is opened.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};

use crate::{
    cli::files as small_files,
    scenario::parse::{LARGEST_FILE, Parsed, parse},
};

/// Stands for stdin in the place of a file.
const STDIN: &str = "-";
/// What scenarios end in.
const ENDING: &str = "talk";
/// The deepest folder that is looked into.
const DEEPEST: usize = 32;
/// Most files of a run.
const MOST: usize = 10_000;

/// A scenario's file, read.
#[derive(Debug, Default)]
pub(crate) struct ScenarioFile {
    /// Where what it names is looked for.
    pub(crate) folder: PathBuf,
    pub(crate) parsed: Parsed,
    /// Only the scenes around these lines; all of them when there are none.
    pub(crate) lines: Vec<usize>,
}

impl ScenarioFile {
    /// As it was named.
    pub(crate) fn path(&self) -> &str {
        self.parsed.script.files.first().map_or("", String::as_str)
    }

    /// A file of it, as one finds it from here.
    pub(crate) fn path_of(&self, file: usize) -> String {
        match self.parsed.script.files.get(file) {
            Some(name) if file > 0 => {
                let path = self.folder.join(name);
                slashed(path.strip_prefix(".").unwrap_or(&path))
            }
            _ => self.path().to_owned(),
        }
    }
}

/// Reads everything that is named.
pub(crate) fn read(named: &[String]) -> anyhow::Result<Vec<ScenarioFile>> {
    let mut found: Vec<(PathBuf, Vec<usize>)> = Vec::new();
    for name in named {
        let (path, line) = with_line(name);
        let mut paths = Vec::new();
        if name != STDIN && path.is_dir() {
            look_into(&path, 0, &mut paths)?;
        } else {
            paths.push(path);
        }
        for path in paths {
            match found.iter_mut().find(|(known, _)| *known == path) {
                // The whole file, or one more scene of it.
                Some((_, lines)) if line.is_none() || lines.is_empty() => lines.clear(),
                Some((_, lines)) => lines.extend(line),
                None => found.push((path, line.into_iter().collect())),
            }
        }
    }
    if found.len() > MOST {
        bail!(
            "{} files are named, and {MOST} are read at most",
            found.len()
        );
    }
    let files = found.into_iter();
    let files: anyhow::Result<Vec<_>> = files.map(|(path, lines)| read_one(&path, lines)).collect();
    Ok(without_used(files?, named))
}

/// Reads one file, perhaps with `:LINE` behind it.
pub(crate) fn read_file(named: &str) -> anyhow::Result<ScenarioFile> {
    let (path, line) = with_line(named);
    if path == Path::new(STDIN) {
        bail!("the phone has the terminal, so nothing can be read from it; name a file");
    }
    if path.is_dir() {
        let shown = path.display();
        bail!("{shown} is a folder; name one of the scenarios in it");
    }
    read_one(&path, line.into_iter().collect())
}

/// Without the files that another one uses: they are parts of a scenario and none by themselves,
/// unless somebody names them.
fn without_used(mut files: Vec<ScenarioFile>, named: &[String]) -> Vec<ScenarioFile> {
    let real = |path: &Path| fs::canonicalize(path).ok();
    let used: BTreeSet<PathBuf> = files
        .iter()
        .flat_map(|file| {
            file.parsed
                .script
                .files
                .iter()
                .skip(1)
                .map(|name| file.folder.join(name))
        })
        .filter_map(|path| real(&path))
        .collect();
    if used.is_empty() {
        return files;
    }
    let is_named = |path: &Path| named.iter().any(|name| with_line(name).0 == path);
    files.retain(|file| {
        let path = Path::new(file.path());
        is_named(path) || real(path).is_none_or(|real| !used.contains(&real))
    });
    files
}

/// `FILE:LINE`; a file that has such a name is that file.
fn with_line(name: &str) -> (PathBuf, Option<usize>) {
    let path = PathBuf::from(name);
    if path.exists() {
        return (path, None);
    }
    let split = name.rsplit_once(':');
    let line = split.and_then(|(file, line)| Some((file, line.parse().ok()?)));
    match line {
        Some((file, line)) => (PathBuf::from(file), Some(line)),
        None => (path, None),
    }
}

/// Every scenario below a folder.
pub(crate) fn look_into(
    folder: &Path,
    depth: usize,
    found: &mut Vec<PathBuf>,
) -> anyhow::Result<()> {
    let shown = folder.display();
    if depth > DEEPEST {
        bail!("folders lie too deep in one another at {shown}");
    }
    let entries = fs::read_dir(folder).with_context(|| format!("cannot look into {shown}"))?;
    let mut entries: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()
        .with_context(|| format!("cannot look into {shown}"))?;
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            look_into(&path, depth + 1, found)?;
        } else if path.extension().is_some_and(|ending| ending == ENDING) {
            found.push(path);
        }
    }
    Ok(())
}

fn read_one(path: &Path, lines: Vec<usize>) -> anyhow::Result<ScenarioFile> {
    let is_stdin = path == Path::new(STDIN);
    let text = if is_stdin {
        text(io::stdin().lock())
    } else {
        fs::File::open(path).and_then(text)
    };
    let text = text.map_err(|cause| {
        let shown = path.display();
        anyhow!(
            "cannot read the scenario {shown}: {cause}; name a file that ends in .talk, or a folder"
        )
    })?;
    Ok(of_text(path, &text, lines))
}

/// A scenario of this path with this text; what it names lies beside the path.
pub(crate) fn of_text(path: &Path, text: &str, lines: Vec<usize>) -> ScenarioFile {
    let is_stdin = path == Path::new(STDIN);
    let folder = match path.parent() {
        Some(folder) if !is_stdin && folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let beside = |name: &str| {
        let name = Path::new(name);
        let leaves = |part: Component<'_>| matches!(part, Component::Prefix(_));
        if name.components().any(leaves) {
            return Err("the name is none on this system".to_owned());
        }
        let opened = fs::File::open(folder.join(name)).and_then(text_of);
        opened.map_err(|cause| cause.to_string())
    };
    let name = if is_stdin {
        "stdin".to_owned()
    } else {
        slashed(path)
    };
    let parsed = parse(&name, text, &beside);
    ScenarioFile {
        folder,
        parsed,
        lines,
    }
}

/// Writes a scenario anew in its place; a link stays one, and who may read it stays the same.
pub(crate) fn rewrite(path: &Path, text: &str) -> anyhow::Result<()> {
    let shown = path.display();
    let path = fs::canonicalize(path).with_context(|| format!("cannot find {shown}"))?;
    let mode = fs::metadata(&path).with_context(|| format!("cannot look at {shown}"))?;
    let mode = mode.permissions().mode() & 0o777;
    small_files::replace(&path, text.as_bytes(), mode, "scenario")
}

fn text_of(file: fs::File) -> io::Result<String> {
    text(file)
}

/// A text that is not too long.
fn text(from: impl io::Read) -> io::Result<String> {
    let mut text = String::new();
    let most = u64::try_from(LARGEST_FILE)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    from.take(most).read_to_string(&mut text)?;
    Ok(text)
}

/// A path with `/` between its parts.
fn slashed(path: &Path) -> String {
    let parts = path.iter().map(|part| part.to_string_lossy());
    let parts: Vec<_> = parts.collect();
    parts.join("/").replacen("//", "/", 1)
}
