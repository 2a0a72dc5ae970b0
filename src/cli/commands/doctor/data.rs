//! The data folder: whether it can be written, is private, has room, and whether a phone runs.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::{
    cli::{
        checks::{
            finding::{Finding, FindingState},
            scratch::Scratch,
        },
        spans,
    },
    config::paths,
    store::{self, Journal, Reader, Start},
};

const NAME: &str = "data";
/// With less than this many bytes left, a day of messages may not fit.
const LITTLE: u64 = 200 * 1024 * 1024;
/// With less than this many bytes left, the journal stops soon.
const NOTHING: u64 = 16 * 1024 * 1024;
const OF_THE_OWNER_ALONE: u32 = 0o077;

/// What there is for others to work with.
pub(super) struct DataFolder {
    /// A folder for throw-away files, removed with it.
    pub(super) scratch: Scratch,
    /// The account's journal, if there is one that nobody else has open.
    pub(super) journal: Option<Journal>,
    /// The id of this device, once it has one.
    pub(super) device: Option<String>,
    pub(super) phone_runs: bool,
}

/// Looks at the folder of an account's files, or of the sandbox's.
pub(super) async fn check(
    asked: Option<PathBuf>,
    account: Option<&str>,
) -> (Finding, Option<DataFolder>) {
    let folder = match paths::data_dir(asked) {
        Ok(data) => paths::phone_dir(&data, account),
        Err(error) => return (Finding::of_error(NAME, &error.to_string(), ""), None),
    };
    let scratch = match Scratch::make(&folder) {
        Ok(scratch) => scratch,
        Err(cause) => {
            let says = format!(
                "cannot write in the data folder {}: {cause}",
                folder.display()
            );
            let remedy = "make it writable, or name another one with --data-dir";
            return (Finding::bad(NAME, says, remedy), None);
        }
    };
    let mut data = DataFolder {
        scratch,
        journal: None,
        device: None,
        phone_runs: false,
    };
    let file = folder.join(paths::JOURNAL);
    if file.exists() {
        match Journal::open(&file, Start::Newest).await {
            Ok((journal, _)) => {
                // The checks that need what cannot be examined find and report it themselves.
                let _ = journal.examine().await;
                data.journal = Some(journal);
            }
            Err(store::Error::Locked { .. }) => data.phone_runs = true,
            Err(error) => {
                let finding = Finding::of_error(NAME, &error.to_string(), "move the file away");
                return (finding, Some(data));
            }
        }
    }
    // A look takes no lock, so that one that runs is no hindrance.
    let device = Reader::open(&file).and_then(|reader| reader.device());
    data.device = device.ok().flatten();
    (judge(&folder, &data), Some(data))
}

fn judge(folder: &Path, data: &DataFolder) -> Finding {
    if let Some(finding) = open_to_others(folder) {
        return finding;
    }
    let log = folder.join(paths::LOG);
    if log.exists()
        && let Err(cause) = fs::OpenOptions::new().append(true).open(&log)
    {
        let says = format!("cannot write the log {}: {cause}", log.display());
        return Finding::bad(NAME, says, "move that file away");
    }
    let room = room(folder);
    let left = room.map_or_else(String::new, |room| {
        format!(", {} MiB of disk left", room / (1024 * 1024))
    });
    let size = match store::file_size(&folder.join(paths::JOURNAL)) {
        0 => String::new(),
        size => format!(", the journal takes {}", spans::bytes(size)),
    };
    let says = format!("{} can be written{size}{left}", folder.display());
    match room {
        Some(room) if room < NOTHING => {
            return Finding::bad(NAME, says, "make room on that disk");
        }
        Some(room) if room < LITTLE => {
            return Finding::warning(NAME, says, "make room on that disk");
        }
        _ => {}
    }
    let damage = data.journal.as_ref().map(Journal::damage);
    if let Some(words) = damage.filter(|words| !words.is_empty()) {
        let remedy =
            "the phone goes on with the rest; keep a copy of the folder if you miss something";
        return Finding::warning(NAME, words.join("; "), remedy);
    }
    if data.phone_runs {
        let says = format!("{says}; another handset is running with it, which has the tunnel");
        return Finding::warning(NAME, says, "close that one to have the tunnel checked too");
    }
    Finding::good(NAME, says)
}

/// What others can read of it.
fn open_to_others(folder: &Path) -> Option<Finding> {
    let mode = |path: &Path| fs::metadata(path).map(|facts| facts.permissions().mode());
    let is_open = |path: &Path| mode(path).is_ok_and(|mode| mode & OF_THE_OWNER_ALONE != 0);
    let names = fs::read_dir(folder).ok()?.flatten();
    let mut files: Vec<PathBuf> = names.map(|entry| entry.path()).collect();
    files.sort();
    let secret = |path: &&PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        name.is_some_and(|name| name.starts_with(paths::JOURNAL) || name == paths::LOG)
    };
    if let Some(file) = files.iter().filter(secret).find(|file| is_open(file)) {
        let file = file.display();
        let says = format!("others can read {file}, which holds the listener's path and messages");
        return Some(Finding::bad(NAME, says, format!("do `chmod 600 {file}`")));
    }
    is_open(folder).then(|| Finding {
        name: NAME,
        state: FindingState::Warning,
        says: format!("others can look into {}", folder.display()),
        remedy: Some(format!("do `chmod 700 {}`", folder.display())),
    })
}

/// Bytes left for this user on the folder's disk, where the system tells.
fn room(folder: &Path) -> Option<u64> {
    let facts = rustix::fs::statvfs(folder).ok()?;
    Some(facts.f_bavail.saturating_mul(facts.f_frsize))
}
