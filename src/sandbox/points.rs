//! The snapshots of a sandbox: points by name, in memory and in files.
//!
//! A snapshot's file is a state file like any other: a sandbox can be started from it. With a
//! state file every snapshot has one beside it; without, only those for which a path was given.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use thiserror::Error;

use crate::{
    domain::time::Timestamp,
    sandbox::{
        cloud::{
            Cloud,
            point::{Count, Point},
            refusal::Refusal,
        },
        error,
        hub::Hub,
        store::{Row, Store},
    },
};

/// Snapshots at most.
const MOST: usize = 32;
/// The longest name.
const LONGEST: usize = 64;
/// Time for the last rows of a snapshot's file.
const CLOSING: Duration = Duration::from_secs(10);

/// All snapshots of a sandbox.
#[derive(Debug)]
pub struct Points {
    /// The state file, beside which the others are.
    state: Option<PathBuf>,
    by_name: Mutex<BTreeMap<String, Kept>>,
}

#[derive(Debug, Clone)]
struct Kept {
    point: Point,
    at: Timestamp,
    file: Option<PathBuf>,
}

/// A snapshot as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// When it was taken, by the sandbox's clock.
    pub at: Timestamp,
    /// What is in it.
    pub count: Count,
    /// The file it is in, too.
    pub file: Option<PathBuf>,
}

/// Why a snapshot is not taken, or not gone back to.
#[derive(Debug, Error)]
pub enum Wrong {
    /// It cannot be called that.
    #[error(
        "a snapshot's name is 1 to {LONGEST} letters, digits, dots, dashes and underscores, and does not begin with a dot"
    )]
    Name,
    /// There is none.
    #[error("there is no snapshot of this name")]
    Unknown,
    /// There is no room.
    #[error("there are {MOST} snapshots, which is all there can be; delete one")]
    Full,
    /// It is another account's.
    #[error("the snapshot belongs to account {0}")]
    Account(String),
    /// Its file cannot be used.
    #[error(transparent)]
    File(#[from] error::Error),
    /// Its file cannot be written.
    #[error("cannot write {}: {what}; choose another path", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What stands in the way.
        what: String,
    },
    /// The sandbox's own state file does not take it.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Points {
    /// None in memory yet; those beside the state file are found by their names.
    pub fn new(state: Option<PathBuf>) -> Self {
        Self {
            state,
            by_name: Mutex::default(),
        }
    }

    /// Takes a snapshot; one of the same name is replaced.
    pub async fn take(
        &self,
        hub: &Hub,
        name: &str,
        path: Option<PathBuf>,
    ) -> Result<Listed, Wrong> {
        let beside = self.beside(name)?;
        let full = {
            let known = self.lock();
            known.len() >= MOST && !known.contains_key(name)
        };
        if full {
            return Err(Wrong::Full);
        }
        let at = hub.now();
        let (point, rows) = hub.look(|cloud| {
            let rows = [account(cloud), Row::Ahead(hub.clock().ahead())];
            let installs = cloud.installs().cloned().map(Row::Install);
            let rows: Vec<Row> = rows.into_iter().chain(installs).collect();
            (cloud.point(), rows)
        });
        let file = path.or(beside);
        if let Some(path) = &file {
            write(path, rows, &point).await?;
        }
        let kept = Kept { point, at, file };
        let listed = kept.listed(name);
        self.lock().insert(name.to_owned(), kept);
        Ok(listed)
    }

    /// Those in memory, by name.
    pub fn list(&self) -> Vec<Listed> {
        let known = self.lock();
        known.iter().map(|(name, kept)| kept.listed(name)).collect()
    }

    /// Has everything be as it was when this one was taken.
    pub async fn go_back(&self, hub: &Hub, name: &str) -> Result<Count, Wrong> {
        let beside = self.beside(name)?;
        let known = self.lock().get(name).map(|kept| kept.point.clone());
        let point = match (known, beside.filter(|path| path.exists())) {
            (Some(point), _) => point,
            (None, Some(path)) => read(hub, path).await?,
            (None, None) => return Err(Wrong::Unknown),
        };
        let count = point.count();
        hub.go_back(point).await?;
        Ok(count)
    }

    /// Forgets one; its file stays.
    pub fn forget(&self, name: &str) -> bool {
        self.lock().remove(name).is_some()
    }

    /// Where a snapshot of this name is beside the state file.
    fn beside(&self, name: &str) -> Result<Option<PathBuf>, Wrong> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let is_name = (1..=LONGEST).contains(&name.len()) && name.bytes().all(fits);
        if !is_name || name.starts_with('.') {
            return Err(Wrong::Name);
        }
        let beside = self.state.as_ref().map(|state| {
            let mut file = state.clone().into_os_string();
            file.push(format!(".{name}.snapshot"));
            PathBuf::from(file)
        });
        Ok(beside)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn listed(&self, name: &str) -> Listed {
        Listed {
            name: name.to_owned(),
            at: self.at,
            count: self.point.count(),
            file: self.file.clone(),
        }
    }
}

fn account(cloud: &Cloud) -> Row {
    Row::Account {
        id: cloud.account().to_string(),
        client: cloud.app().client.to_string(),
        secret: cloud.app().secret.clone(),
        chance: cloud.chance(),
    }
}

/// Writes a snapshot's file, whole or not at all.
async fn write(path: &Path, mut rows: Vec<Row>, point: &Point) -> Result<(), Wrong> {
    let wrong = |what: String| Wrong::Write {
        path: path.to_owned(),
        what,
    };
    rows.extend(point.rows().map_err(|error| wrong(error.to_string()))?);
    let mut half = path.to_owned().into_os_string();
    half.push(".half");
    let half = PathBuf::from(half);
    let opened = tokio::task::spawn_blocking({
        let half = half.clone();
        move || {
            remove(&half)?;
            Store::open(&half).map_err(io::Error::other)
        }
    });
    let (store, _) = opened
        .await
        .map_err(io::Error::other)
        .and_then(|opened| opened)
        .map_err(|error| wrong(error.to_string()))?;
    let kept = store.keep(rows).await;
    let closed = store.close(CLOSING).await;
    kept.map_err(wrong)?;
    if !closed {
        return Err(wrong("it did not take all in time".to_owned()));
    }
    let moved = tokio::fs::rename(&half, path).await;
    moved.map_err(|error| wrong(error.to_string()))
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

async fn read(hub: &Hub, path: PathBuf) -> Result<Point, Wrong> {
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
    if hub.look(|cloud| *cloud.account() != loaded.account) {
        return Err(Wrong::Account(loaded.account.to_string()));
    }
    Ok(Point::of(
        loaded.consumers,
        loaded.conversations,
        loaded.files,
    ))
}

impl Point {
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
