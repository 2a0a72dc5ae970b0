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
    domain::{conversation::event::Attachment, ids::PhoneId, percent},
    media::{
        attach::{self, Objection},
        facts::{self, Facts},
    },
    tui::commands::slash::arguments,
};

/// The most entries of a folder that are looked at.
const ENTRIES: usize = 2000;

/// The longest text that may be a path.
const LONGEST_PATH: usize = 4096;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Job {
    /// Look into a folder; without one, where handset was started.
    List { folder: Option<PathBuf> },
    /// See whether what was pasted into a draft are pictures.
    Judge { phone: PhoneId, pasted: String },
    /// See what a path that was written leads to.
    Look { phone: PhoneId, path: PathBuf },
    /// See what a path is that is being written.
    Peek { path: PathBuf },
    /// Make a file ready to be sent, with its preview.
    Prepare(AttachRequest),
}

/// A file somebody wants to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AttachRequest {
    pub(crate) phone: PhoneId,
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
    /// All of it are these pictures; none where anything of it is not.
    Judged {
        phone: PhoneId,
        pasted: String,
        pictures: Vec<(PathBuf, Facts)>,
    },
    Looked {
        phone: PhoneId,
        path: PathBuf,
        is: Is,
    },
    Peeked(PeekedPath),
    Prepared {
        request: AttachRequest,
        outcome: Result<(Box<Attachment>, Vec<Objection>), String>,
    },
}

/// What a path is that is being written.
#[derive(Debug)]
pub(crate) struct PeekedPath {
    /// As it was written.
    pub(crate) written: PathBuf,
    /// With the user's home in it.
    pub(crate) path: PathBuf,
    pub(crate) is: Is,
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
        Job::Judge { phone, pasted } => {
            let pictures = paths_in(&pasted).into_iter().map(|path| {
                let path = at_home(&path);
                let facts = facts::inspect(&path).ok()?;
                facts.width.is_some().then_some((path, facts))
            });
            Done::Judged {
                phone,
                pictures: pictures.collect::<Option<_>>().unwrap_or_default(),
                pasted,
            }
        }
        Job::Look { phone, path } => {
            let path = at_home(&path);
            let is = look(&path);
            Done::Looked { phone, path, is }
        }
        Job::Peek { path: written } => {
            let path = at_home(&written);
            let is = look(&path);
            Done::Peeked(PeekedPath { written, path, is })
        }
        Job::Prepare(request) => {
            let prepared = attach::prepare(&at_home(&request.path), &request.caption);
            let outcome = prepared
                .map(|ready| (Box::new(ready.attachment), ready.objections))
                .map_err(|error| error.to_string());
            Done::Prepared { request, outcome }
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

/// The paths a pasted text is, as file managers and terminals write them: plain, in quotes, with
/// backslashes, or as `file://` addresses, one or several. None for what is no path.
pub(crate) fn paths_in(pasted: &str) -> Vec<PathBuf> {
    let text = pasted.trim();
    if text.is_empty() || text.len() > LONGEST_PATH {
        return Vec::new();
    }
    if text.starts_with("file://") {
        let addresses = text.split_whitespace().map(|address| {
            let path = address.strip_prefix("file://")?;
            let path = path.strip_prefix("localhost").unwrap_or(path);
            percent::text(path).map(PathBuf::from)
        });
        return addresses.collect::<Option<_>>().unwrap_or_default();
    }
    let words = arguments::words(text).unwrap_or_default();
    let is_quoted = words.len() == 1 && text.starts_with(['\'', '"']);
    if is_quoted || (!words.is_empty() && words.iter().all(|word| is_rooted(word))) {
        return words.into_iter().map(PathBuf::from).collect();
    }
    let picture = |ending: &str| text.to_lowercase().ends_with(ending);
    let named = [".png", ".jpg", ".jpeg", ".gif"].into_iter().any(picture);
    if text.contains(['\n', '\r']) || !(is_rooted(text) || named) {
        return Vec::new();
    }
    // One path, whose blanks and quotes nobody has marked.
    let mut path = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => path.extend(rest.next()),
            c => path.push(c),
        }
    }
    vec![PathBuf::from(path)]
}

/// Whether a text begins like a path that says where it starts.
pub(crate) fn is_rooted(text: &str) -> bool {
    let mut starts = ["/", "~/", "./", "../"].iter();
    starts.any(|start| text.starts_with(start))
}

/// A path with the user's home in place of a leading `~`.
pub(crate) fn at_home(path: &Path) -> PathBuf {
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
            ("'it'\\''s.jpg'", "it's.jpg"),
            ("/a/it's my cat.png", "/a/it's my cat.png"),
        ] {
            assert_eq!(paths_in(pasted), [PathBuf::from(path)], "{pasted}");
        }
        for pasted in ["hello there", "", "file:///a%2", "is it 3/4?", "/a is\nnot"] {
            assert!(paths_in(pasted).is_empty(), "{pasted}");
        }
        let two = [PathBuf::from("/a/it's one.png"), PathBuf::from("/b.png")];
        for pasted in [
            "'/a/it'\\''s one.png' /b.png",
            "/a/it\\'s\\ one.png\n/b.png",
            "file:///a/it's%20one.png file:///b.png",
        ] {
            assert_eq!(paths_in(pasted), two, "{pasted}");
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
