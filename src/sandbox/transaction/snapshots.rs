//! The snapshots of a sandbox: the account's state by name, in memory and in files.
//!
//! A snapshot's file is a state file like any other: a sandbox can be started from it. With a
//! state file every snapshot has one, in a folder of the sandbox's own beside the state file. A
//! request names a snapshot and never a path, and nothing is written over that is no snapshot.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use thiserror::Error;

use crate::{
    domain::time::Timestamp,
    sandbox::{
        error,
        model::{
            Cloud,
            refusal::Refusal,
            snapshot::{AccountSnapshot, Count},
        },
        store::{self, Row, Store},
        transaction::Transactions,
    },
};

/// Snapshots at most.
const MOST: usize = 32;
/// The longest name.
const LONGEST: usize = 64;
/// Time for the last rows of a snapshot's file.
const CLOSING: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Snapshots {
    /// The folder of their files; they are in memory only when there is none.
    folder: Option<PathBuf>,
    by_name: Mutex<BTreeMap<String, StoredSnapshot>>,
}

#[derive(Debug, Clone)]
struct StoredSnapshot {
    point: AccountSnapshot,
    at: Timestamp,
    file: Option<PathBuf>,
}

/// A snapshot as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SnapshotEntry {
    pub name: String,
    /// When it was taken, by the sandbox's clock.
    pub at: Timestamp,
    pub count: Count,
    /// The file it is in, too.
    pub file: Option<PathBuf>,
}

/// Why a snapshot is not taken, or not gone back to.
#[derive(Debug, Error)]
pub(crate) enum SnapshotError {
    #[error(
        "a snapshot's name is 1 to {LONGEST} letters, digits, dots, dashes and underscores, and does not begin with a dot"
    )]
    Name,
    #[error("there is no snapshot of this name")]
    Unknown,
    #[error("there are {MOST} snapshots, which is all there can be; delete one")]
    Full,
    #[error("the snapshot belongs to account {0}")]
    Account(String),
    #[error(transparent)]
    File(#[from] error::Error),
    #[error("cannot write the snapshot {}: {what}; choose another name", path.display())]
    Write { path: PathBuf, what: String },
    /// Something else is where its file would be.
    #[error(
        "{} is there and no snapshot of a sandbox; move it away, or choose another name", path.display()
    )]
    Foreign {
        /// The path of what is there.
        path: PathBuf,
    },
    /// The folder of snapshots cannot be used.
    #[error("cannot use the folder {} for snapshots: {cause}", path.display())]
    Folder {
        /// The folder that cannot be used.
        path: PathBuf,
        /// What stands in the way. The message says it, so it is not given as a source too.
        cause: io::Error,
    },
    #[error("cannot make the file of the world: {0}")]
    World(String),
    /// The sandbox's own state file does not take it.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Snapshots {
    /// None in memory yet; those in files beside the state file are found by their names.
    pub(crate) fn new(state: Option<PathBuf>) -> Self {
        Self {
            folder: state.map(|state| {
                let mut folder = state.into_os_string();
                folder.push(".snapshots");
                PathBuf::from(folder)
            }),
            by_name: Mutex::default(),
        }
    }

    /// Takes a snapshot; one of the same name is replaced.
    pub(crate) async fn take(
        &self,
        transactions: &Transactions,
        name: &str,
    ) -> Result<SnapshotEntry, SnapshotError> {
        let file = self.file(name)?;
        let full = {
            let known = self.lock();
            known.len() >= MOST && !known.contains_key(name)
        };
        if full {
            return Err(SnapshotError::Full);
        }
        let at = transactions.now();
        let (point, rows) = account_now(transactions).await?;
        if let (Some(folder), Some(path)) = (&self.folder, &file) {
            make_own(folder)?;
            is_snapshot(path)?;
            write(path, rows, &point).await?;
        }
        let kept = StoredSnapshot { point, at, file };
        let listed = kept.listed(name);
        self.lock().insert(name.to_owned(), kept);
        Ok(listed)
    }

    pub(crate) fn list(&self) -> Vec<SnapshotEntry> {
        let known = self.lock();
        known.iter().map(|(name, kept)| kept.listed(name)).collect()
    }

    /// Has everything be as it was when this one was taken.
    pub(crate) async fn go_back(
        &self,
        transactions: &Transactions,
        name: &str,
    ) -> Result<Count, SnapshotError> {
        let file = self.file(name)?;
        let known = self.lock().get(name).map(|kept| kept.point.clone());
        let point = match (known, file, &self.folder) {
            (Some(point), ..) => point,
            (None, Some(path), Some(folder)) if is_own(folder)? && is_snapshot(&path)? => {
                read(transactions, path).await?
            }
            (None, ..) => return Err(SnapshotError::Unknown),
        };
        let count = point.count();
        transactions.go_back(point).await?;
        Ok(count)
    }

    pub(crate) fn forget(&self, name: &str) -> bool {
        self.lock().remove(name).is_some()
    }

    /// The file of a snapshot of this name, which cannot lead out of the folder.
    fn file(&self, name: &str) -> Result<Option<PathBuf>, SnapshotError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let is_name = (1..=LONGEST).contains(&name.len()) && name.bytes().all(fits);
        if !is_name || name.starts_with('.') {
            return Err(SnapshotError::Name);
        }
        let folder = self.folder.as_ref();
        Ok(folder.map(|folder| folder.join(format!("{name}.db"))))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, StoredSnapshot>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StoredSnapshot {
    fn listed(&self, name: &str) -> SnapshotEntry {
        SnapshotEntry {
            name: name.to_owned(),
            at: self.at,
            count: self.point.count(),
            file: self.file.clone(),
        }
    }
}

/// The account as it is now, as the bytes of a state file.
pub(crate) async fn world(transactions: &Transactions) -> Result<Vec<u8>, SnapshotError> {
    let (point, mut rows) = account_now(transactions).await?;
    let unwritten = |error: &dyn std::error::Error| SnapshotError::World(error.to_string());
    rows.extend(point.rows().map_err(|error| unwritten(&error))?);
    let packed = tokio::task::spawn_blocking(move || store::world::pack(&rows));
    let packed = packed.await.map_err(|error| unwritten(&error))?;
    packed.map_err(|error| unwritten(&error))
}

/// What can be gone back to, and the rows of what else a state file needs.
async fn account_now(
    transactions: &Transactions,
) -> Result<(AccountSnapshot, Vec<Row>), SnapshotError> {
    let read = transactions.read(|cloud| {
        let rows = [account(cloud), Row::Ahead(transactions.clock().ahead())];
        let installs = cloud.installs().cloned().map(Row::Install);
        let rows: Vec<Row> = rows.into_iter().chain(installs).collect();
        (cloud.point(), rows)
    });
    Ok(read.await?)
}

fn account(cloud: &Cloud) -> Row {
    Row::Account {
        id: cloud.account().to_string(),
        client: cloud.app().client.to_string(),
        secret: cloud.app().secret.clone(),
        chance: cloud.chance(),
    }
}

/// Makes the folder of snapshots if there is none.
fn make_own(folder: &Path) -> Result<(), SnapshotError> {
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => Err(SnapshotError::Folder {
            path: folder.to_owned(),
            cause,
        }),
        _ => is_own(folder).map(drop),
    }
}

/// Whether the folder is there. One that another user made, or can change, is not the sandbox's
/// own: they could put a link to any file of ours there.
fn is_own(folder: &Path) -> Result<bool, SnapshotError> {
    let wrong = |cause| SnapshotError::Folder {
        path: folder.to_owned(),
        cause,
    };
    let found = match fs::symlink_metadata(folder) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(false),
        found => found.map_err(wrong)?,
    };
    let is_ours = found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o022 == 0;
    if found.is_dir() && is_ours {
        return Ok(true);
    }
    let why = "it is no folder that you alone can change; move it away, or chmod go-w";
    Err(wrong(io::Error::other(why)))
}

/// Whether a snapshot is there, and not something else.
fn is_snapshot(path: &Path) -> Result<bool, SnapshotError> {
    match store::is_state_file(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
        Ok(true) => Ok(true),
        Ok(false) | Err(_) => Err(SnapshotError::Foreign {
            path: path.to_owned(),
        }),
    }
}

/// Writes a snapshot's file, whole or not at all.
async fn write(
    path: &Path,
    mut rows: Vec<Row>,
    point: &AccountSnapshot,
) -> Result<(), SnapshotError> {
    let wrong = |what: String| SnapshotError::Write {
        path: path.to_owned(),
        what,
    };
    rows.extend(point.rows().map_err(|error| wrong(error.to_string()))?);
    // No snapshot's name begins with a dot, and no second write has this one.
    let half = path.with_file_name(format!(".{}.half", uuid::Uuid::new_v4()));
    let written = write_half(&half, rows).await;
    let moved = match written {
        Ok(()) => tokio::fs::rename(&half, path).await,
        Err(error) => Err(error),
    };
    if moved.is_err() {
        // What is left of it is of no use; it may never have been made.
        let _ = tokio::fs::remove_file(&half).await;
    }
    moved.map_err(|error| wrong(error.to_string()))
}

async fn write_half(half: &Path, rows: Vec<Row>) -> io::Result<()> {
    let opened = tokio::task::spawn_blocking({
        let half = half.to_owned();
        move || {
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true).mode(0o600);
            options.open(&half)?;
            Store::open(&half).map_err(io::Error::other)
        }
    });
    let (store, _) = opened.await.map_err(io::Error::other)??;
    let stored = store.persist(rows).await;
    let closed = store.close(CLOSING).await;
    stored.map_err(io::Error::other)?;
    if closed {
        Ok(())
    } else {
        Err(io::Error::other("it did not take all in time"))
    }
}

async fn read(
    transactions: &Transactions,
    path: PathBuf,
) -> Result<AccountSnapshot, SnapshotError> {
    let opened = tokio::task::spawn_blocking({
        let path = path.clone();
        move || Store::open(&path)
    });
    let broken = |what: &str| error::Error::StateContent {
        path: path.clone(),
        what: what.to_owned(),
    };
    let (store, loaded) = opened
        .await
        .map_err(|_| broken("reading it was cut short"))??;
    store.close(CLOSING).await;
    let loaded = loaded.ok_or_else(|| broken("there is nothing in it"))?;
    if transactions.look(|cloud| *cloud.account() != loaded.account) {
        return Err(SnapshotError::Account(loaded.account.to_string()));
    }
    Ok(AccountSnapshot::of(
        loaded.consumers,
        loaded.conversations,
        loaded.files,
    ))
}

impl AccountSnapshot {
    /// Everything in it as rows of a state file.
    fn rows(&self) -> serde_json::Result<Vec<Row>> {
        let mut rows = Vec::new();
        for consumer in self.consumers() {
            let printed = serde_json::to_string(consumer)?;
            rows.push(Row::Consumer(consumer.id.clone(), printed));
        }
        for conversation in self.conversations() {
            let printed = serde_json::to_string(conversation)?;
            rows.push(Row::Conversation(conversation.id.clone(), printed));
            for dialog in &conversation.dialogs {
                let events = dialog.events.iter();
                rows.extend(events.map(|event| Row::Event(dialog.id.clone(), event.clone())));
            }
        }
        let files = self.files();
        rows.extend(files.map(|(path, file)| Row::File(path.clone(), file.clone())));
        Ok(rows)
    }
}
