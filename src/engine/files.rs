//! Files of bubbles between this machine and the cloud: those to send go up,
//! those to look at come down into a folder beside the journal, under names
//! that can do no harm there.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    path::{Path, PathBuf},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    fs::DirBuilder,
    sync::{self, mpsc, watch},
    time::sleep,
};

use crate::{
    client::{Caller, Client, Progress, Tag},
    domain::{content::Hosted, ids::ItemId, retry::Problem},
    engine::update::Update,
};

/// How often the progress of one file is reported at most.
const PACE: Duration = Duration::from_millis(100);
/// The longest part of a name that a caption gives, in bytes.
const LONGEST_NAME: usize = 120;
/// The longest ending of a name that a type gives.
const LONGEST_ENDING: usize = 8;
/// Names no system takes, whatever stands behind the dot.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "com1", "lpt1"];

/// Where fetched files are kept, and which are on their way. Clones are the same one.
#[derive(Debug, Clone)]
pub(super) struct Files {
    folder: PathBuf,
    under_way: Arc<Mutex<BTreeSet<ItemId>>>,
    /// Whose turn it is to bring a file to its place: one file can be in several bubbles.
    turns: Arc<Mutex<BTreeMap<PathBuf, Weak<sync::Mutex<()>>>>>,
}

/// A file that is here now.
pub(super) struct Fetched {
    pub(super) path: PathBuf,
    /// Whether it came just now; otherwise it was here already.
    pub(super) new: bool,
}

/// Holds a bubble's place among those on their way.
pub(super) struct Underway {
    files: Files,
    item: ItemId,
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.files.under_way().remove(&self.item);
    }
}

impl Files {
    /// Keeps files in a folder, which is made when the first one comes.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            under_way: Arc::default(),
            turns: Arc::default(),
        }
    }

    /// Begins to fetch the file of a bubble; `None` when that is being done already.
    pub(super) fn begin(&self, item: ItemId) -> Option<Underway> {
        self.under_way().insert(item).then(|| Underway {
            files: self.clone(),
            item,
        })
    }

    /// Fetches the file of a bubble, unless it is here.
    pub(super) async fn fetch(
        &self,
        client: &Client,
        caller: &Caller,
        (item, file): (ItemId, &Hosted),
        updates: &mpsc::Sender<Update>,
        tag: Tag,
    ) -> Result<Fetched, String> {
        if let Some(path) = file.local.as_deref().map(PathBuf::from)
            && is_there(&path).await
        {
            return Ok(Fetched { path, new: false });
        }
        if file.path.is_empty() {
            return Err("the file is not on the cloud".to_owned());
        }
        let path = place(&self.folder, file);
        let turn = self.turn(&path);
        // A transfer before this one is bound by the time-outs of its transfer.
        let _turn = turn.lock().await;
        if is_there(&path).await {
            return Ok(Fetched { path, new: false });
        }
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        builder.mode(0o700);
        let made = builder.create(&self.folder).await;
        made.map_err(|error| format!("cannot make {}: {error}", self.folder.display()))?;
        let done = shown(item, updates, |progress| {
            client.download(caller, &file.path, &path, progress, tag)
        });
        match done.await {
            Ok(()) => Ok(Fetched { path, new: true }),
            Err(problem) => Err(problem.to_string()),
        }
    }

    /// The turn for one place.
    fn turn(&self, path: &Path) -> Arc<sync::Mutex<()>> {
        // A map cannot be left half changed by a panic elsewhere.
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = turns.get(path).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        turns.insert(path.to_owned(), Arc::downgrade(&turn));
        turn
    }

    fn under_way(&self) -> MutexGuard<'_, BTreeSet<ItemId>> {
        // A set cannot be left half changed by a panic elsewhere.
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Brings a file of ours to the cloud, telling how far it has come; gives its `relativePath`.
pub(super) async fn upload(
    client: &Client,
    caller: &Caller,
    (item, local, file_type): (ItemId, &str, &str),
    updates: &mpsc::Sender<Update>,
    tag: Tag,
) -> Result<String, Problem> {
    shown(item, updates, |progress| {
        client.upload(caller, file_type, Path::new(local), progress, tag)
    })
    .await
}

async fn is_there(path: &Path) -> bool {
    tokio::fs::metadata(path)
        .await
        .is_ok_and(|file| file.is_file())
}

/// Runs a transfer and tells how far it has come, now and then and once at its end.
async fn shown<T, F>(
    item: ItemId,
    updates: &mpsc::Sender<Update>,
    transfer: impl FnOnce(watch::Sender<Progress>) -> F,
) -> T
where
    F: Future<Output = T>,
{
    let (sender, receiver) = watch::channel(Progress::default());
    let mut last = Progress::default();
    let mut notify = || {
        let now = *receiver.borrow();
        if std::mem::replace(&mut last, now) != now {
            let Progress { done, total } = now;
            // Dropped when the front end has no room: the next one says more.
            let _ = updates.try_send(Update::Progress { item, done, total });
        }
    };
    let mut transfer = pin!(transfer(sender));
    loop {
        tokio::select! {
            biased;
            done = &mut transfer => {
                notify();
                return done;
            }
            () = sleep(PACE) => notify(),
        }
    }
}

/// Where a file of a bubble is once it was fetched into a folder.
pub(super) fn place(folder: &Path, file: &Hosted) -> PathBuf {
    folder.join(name(file))
}

/// A name for a file: its caption, something that tells it from others of that caption, its type.
///
/// The same file has the same name at every start, so it is fetched once.
fn name(file: &Hosted) -> String {
    let mut words = String::new();
    for c in file.caption.as_str().chars() {
        if words.len() + c.len_utf8() > LONGEST_NAME {
            break;
        }
        // Runs of everything else become one dash, and none is at the begin.
        if c.is_alphanumeric() || c == '_' {
            words.push(c);
        } else if !words.is_empty() && !words.ends_with('-') {
            words.push('-');
        }
    }
    let words = words.trim_end_matches('-');
    let words = if words.is_empty() || RESERVED.contains(&words.to_lowercase().as_str()) {
        "file"
    } else {
        words
    };
    let ending: String = file
        .file_type
        .as_str()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(LONGEST_ENDING)
        .collect::<String>()
        .to_ascii_lowercase();
    let dot = if ending.is_empty() { "" } else { "." };
    format!("{words}-{:08x}{dot}{ending}", digest(&file.path))
}

/// Tells paths apart (FNV-1a, folded): stable from version to version, and no matter of secrecy.
fn digest(path: &str) -> u32 {
    let hash = path.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    u32::try_from((hash >> 32) ^ (hash & 0xffff_ffff)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ids::PhoneId, text::SafeText};

    fn file(caption: &str, file_type: &str, path: &str) -> Hosted {
        Hosted {
            caption: SafeText::clean(caption),
            file_type: SafeText::clean(file_type),
            path: path.to_owned(),
            ..Hosted::default()
        }
    }

    #[test]
    fn a_name_keeps_to_its_folder_whatever_the_caption() {
        for (caption, file_type, begin, end) in [
            ("receipt", "PNG", "receipt-", ".png"),
            ("../../etc/passwd", "PNG", "etc-passwd-", ".png"),
            ("C:\\evil", "../sh", "C-evil-", ".sh"),
            (".hidden", "PNG", "hidden-", ".png"),
            ("", "", "file-", ""),
            ("con", "GIF", "file-", ".gif"),
            ("Quittung für Ada", "JPEG", "Quittung-für-Ada-", ".jpeg"),
            ("🎉🎉", "PNG", "file-", ".png"),
            ("-rf", "PNG", "rf-", ".png"),
            ("--", "PNG", "file-", ".png"),
        ] {
            let name = name(&file(caption, file_type, "/v1/a"));
            assert!(name.starts_with(begin) && name.ends_with(end), "{name}");
            assert!(!name.contains(['/', '\\', ':']), "{name}");
        }
        for letter in ["a", "ж", "𝐀", "𠀀"] {
            let long = name(&file(&letter.repeat(500), &"b".repeat(500), "/v1/a"));
            assert!(long.len() <= LONGEST_NAME + LONGEST_ENDING + 10, "{long}");
        }
    }

    #[test]
    fn files_of_one_caption_have_names_of_their_own() {
        let one = name(&file("receipt", "PNG", "/v1/a"));
        assert_ne!(one, name(&file("receipt", "PNG", "/v1/b")));
        assert_eq!(one, name(&file("receipt", "PNG", "/v1/a")));
    }

    #[test]
    fn a_bubble_is_fetched_once_at_a_time() {
        let files = Files::new(PathBuf::from("unused"));
        let item = ItemId {
            phone: Some(PhoneId(0)),
            number: 1,
        };
        let first = files.begin(item);
        assert!(first.is_some() && files.begin(item).is_none());
        drop(first);
        assert!(files.begin(item).is_some());
    }
}
