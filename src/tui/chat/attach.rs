//! Work for which the screen must not wait: looking into folders and files.
//!
//! The model asks for a job, the loop runs it where blocking is allowed, and
//! what came of it goes back to the model. A job under way cannot be stopped;
//! how many there may be at once is bounded by the loop.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{
    domain::conversation::event::Attachment,
    media::{
        attach::{self, Objection},
        facts::{self, Facts},
    },
};

/// The most entries of a folder that are looked at.
const ENTRIES: usize = 2000;

/// The longest text that may be a path.
const LONGEST_PATH: usize = 4096;

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Job {
    /// Look into a folder; without one, where handset was started.
    List { folder: Option<PathBuf> },
    /// See whether what was pasted into a draft is a picture.
    Judge { thread: u32, pasted: String },
    /// Make a file ready to be sent, with its preview.
    Prepare(Wish),
}

/// A file somebody wants to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) thread: u32,
    pub(crate) path: PathBuf,
    pub(crate) caption: String,
    /// Whether it is sent whatever the cloud will object to.
    pub(crate) anyway: bool,
    /// What was pasted and became this file.
    pub(crate) pasted: Option<String>,
}

/// What came of a job.
#[derive(Debug)]
pub(crate) enum Done {
    Listed {
        folder: PathBuf,
        entries: Result<Vec<Entry>, String>,
    },
    /// It is a picture; nothing comes of what is none.
    Judged {
        thread: u32,
        pasted: String,
        picture: Option<(PathBuf, Facts)>,
    },
    Prepared {
        wish: Wish,
        outcome: Result<(Box<Attachment>, Vec<Objection>), String>,
    },
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) is: Is,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Is {
    Folder,
    File(Facts),
    /// It cannot be read, or is neither.
    Nothing(String),
}

/// Does a job; takes its time.
pub(crate) fn run(job: Job) -> Done {
    match job {
        Job::List { folder } => {
            let folder = folder.or_else(|| env::current_dir().ok());
            let mut folder = folder.map_or_else(|| PathBuf::from("/"), |folder| at_home(&folder));
            // Of a file its folder is meant.
            if folder.is_file() {
                folder.pop();
            }
            let entries = list(&folder);
            Done::Listed { folder, entries }
        }
        Job::Judge { thread, pasted } => {
            let path = path_in(&pasted).map(|path| at_home(&path));
            let picture = path.and_then(|path| {
                let facts = facts::inspect(&path).ok()?;
                facts.width.is_some().then_some((path, facts))
            });
            Done::Judged {
                thread,
                pasted,
                picture,
            }
        }
        Job::Prepare(wish) => {
            let prepared = attach::prepare(&at_home(&wish.path), &wish.caption);
            let outcome = prepared
                .map(|ready| (Box::new(ready.attachment), ready.objections))
                .map_err(|error| error.to_string());
            Done::Prepared { wish, outcome }
        }
    }
}

/// The entries of a folder: the one above, folders, then files, each by name.
fn list(folder: &Path) -> Result<Vec<Entry>, String> {
    let fault = |cause| format!("cannot look into {}: {cause}", folder.display());
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(fault)?.take(ENTRIES) {
        let path = entry.map_err(fault)?.path();
        let name = path.file_name().unwrap_or_default();
        entries.push(Entry {
            name: name.to_string_lossy().into_owned(),
            is: look(&path),
            path,
        });
    }
    let key = |entry: &Entry| (entry.is != Is::Folder, entry.name.to_lowercase());
    entries.sort_by_cached_key(key);
    if let Some(above) = folder.canonicalize().ok().as_deref().and_then(Path::parent) {
        let above = Entry {
            name: "..".to_owned(),
            path: above.to_owned(),
            is: Is::Folder,
        };
        entries.insert(0, above);
    }
    Ok(entries)
}

fn look(path: &Path) -> Is {
    if path.is_dir() {
        return Is::Folder;
    }
    match facts::inspect(path) {
        Ok(facts) => Is::File(facts),
        Err(error) => Is::Nothing(error.to_string()),
    }
}

/// The path a pasted text is, as file managers and terminals write one: plain, in quotes, with
/// backslashes, or as a `file://` address. `None` for what is no path.
pub(crate) fn path_in(pasted: &str) -> Option<PathBuf> {
    let text = pasted.trim();
    if text.is_empty() || text.len() > LONGEST_PATH || text.contains(['\n', '\r']) {
        return None;
    }
    if let Some(address) = text.strip_prefix("file://") {
        let path = address.strip_prefix("localhost").unwrap_or(address);
        return unescaped(path).map(PathBuf::from);
    }
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(path) = inner('\'').or_else(|| inner('"')) {
        return Some(PathBuf::from(path));
    }
    let rooted = ["/", "~/", "./", "../"]
        .iter()
        .any(|start| text.starts_with(start));
    let picture = |ending: &str| text.to_lowercase().ends_with(ending);
    let named = [".png", ".jpg", ".jpeg", ".gif"].into_iter().any(picture);
    if !rooted && !named {
        return None;
    }
    let mut path = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => path.extend(rest.next()),
            c => path.push(c),
        }
    }
    Some(PathBuf::from(path))
}

/// A text with its `%xx` put back; `None` when they make no text.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// A path with the user's home in place of a leading `~`.
fn at_home(path: &Path) -> PathBuf {
    let below = path.strip_prefix("~").ok();
    let home = env::var_os("HOME").filter(|home| !home.is_empty());
    match (below, home) {
        (Some(below), Some(home)) => PathBuf::from(home).join(below),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_known_however_it_is_dropped() {
        for (pasted, path) in [
            ("/a/cat.png", "/a/cat.png"),
            (" /a/my\\ cat.png \n", "/a/my cat.png"),
            ("'/a/my cat.png'", "/a/my cat.png"),
            ("file:///a/my%20cat.png", "/a/my cat.png"),
            ("file://localhost/a/%E2%82%AC.png", "/a/€.png"),
            ("cat.JPG", "cat.JPG"),
        ] {
            assert_eq!(path_in(pasted), Some(PathBuf::from(path)), "{pasted}");
        }
        for pasted in ["hello there", "", "/a\n/b", "file:///a%2", "is it 3/4?"] {
            assert_eq!(path_in(pasted), None, "{pasted}");
        }
    }

    #[test]
    fn a_folder_is_listed_with_what_each_entry_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        fs::write(folder.path().join("A.txt"), "words").unwrap();
        let job = Job::List {
            folder: Some(folder.path().to_owned()),
        };
        let Done::Listed { entries, .. } = run(job) else {
            panic!("a list");
        };
        let entries = entries.unwrap();
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["..", "b", "A.txt"]);
        let Is::File(facts) = &entries[2].is else {
            panic!("a file");
        };
        assert_eq!((facts.file_type.as_str(), facts.bytes), ("TXT", 5));
        let gone = list(&folder.path().join("gone")).unwrap_err();
        assert!(gone.starts_with("cannot look into "), "{gone}");
    }
}
