//! Files of consumers and agents: who put them there, who may have them.
//!
//! See `send-api` 4 and `edge-cases` 7. They are held in memory (and in the state
//! file, if there is one); when there is no more room the oldest go first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;

use serde_json::{Map, Value};

use crate::{
    domain::{
        ids::{AccountId, ParticipantId},
        percent,
        time::Timestamp,
    },
    sandbox::model::{Cloud, changes::Changes, people, refusal::Refusal},
};

/// The largest file taken: 3 MB.
pub(crate) const LARGEST: u64 = 3_145_728;
/// Files held at most.
const HELD: usize = 256;
/// Bytes of files held at most.
const ROOM: usize = 64 * 1024 * 1024;
/// Uploads asked for and not begun, at most; the oldest are forgotten, and then
/// only lose the check of their size.
const ANNOUNCED: usize = 1024;
/// What files can be.
const TYPES: [&str; 4] = ["JPG", "JPEG", "PNG", "GIF"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Who put it there: a consumer, or an agent by PID.
    pub owner: ParticipantId,
    /// The consumers it was published to.
    pub readers: BTreeSet<ParticipantId>,
    /// Its Content-Type, as the uploader had it.
    pub media: String,
    pub bytes: Bytes,
    /// Rises with every file, for the oldest to be known.
    pub number: u64,
}

/// What happened to a file, to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileChange {
    Stored(String),
    Shared(String),
    Gone(String),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct FileStore {
    files: BTreeMap<String, File>,
    /// Paths by the numbers of their files.
    ages: BTreeMap<u64, String>,
    /// Sizes of uploads that were asked for, by path.
    announced: VecDeque<(String, u64)>,
    total: usize,
    next: u64,
}

impl FileStore {
    /// Puts a file in, and answers the paths of those that made room for it.
    fn put(&mut self, path: &str, file: File) -> Vec<String> {
        self.next = self.next.max(file.number.saturating_add(1));
        self.remove(path);
        self.total += file.bytes.len();
        self.ages.insert(file.number, path.to_owned());
        self.files.insert(path.to_owned(), file);
        let mut gone = Vec::new();
        while self.files.len() > HELD || self.total > ROOM {
            let Some(oldest) = self.ages.values().next().cloned() else {
                break;
            };
            self.remove(&oldest);
            gone.push(oldest);
        }
        gone
    }

    pub(super) fn remove(&mut self, path: &str) {
        if let Some(file) = self.files.remove(path) {
            self.ages.remove(&file.number);
            self.total -= file.bytes.len();
        }
    }

    fn announced(&self, path: &str) -> Option<u64> {
        let found = self.announced.iter().find(|(known, _)| known == path);
        found.map(|(_, size)| *size)
    }
}

impl FileStore {
    /// Puts in what a state file holds.
    pub(crate) fn hold(&mut self, path: &str, file: File) {
        self.put(path, file);
    }

    /// Every file with its path, oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&String, &File)> {
        let paths = self.ages.values();
        paths.filter_map(|path| self.files.get_key_value(path))
    }
}

impl Cloud {
    /// Puts back the files an earlier run stored.
    pub(crate) fn restore_files(&mut self, files: Vec<(String, File)>) {
        for (path, file) in files {
            self.file_store.put(&path, file);
        }
    }

    /// A path for a file that is to come.
    pub(crate) fn announce_file(
        &mut self,
        now: Timestamp,
        owner: &ParticipantId,
        size: u64,
        kind: &str,
    ) -> Result<String, Refusal> {
        let kind = file_type(kind)?;
        if !(1..=LARGEST).contains(&size) {
            return Err(Refusal::bad(format!(
                "fileSize must be from 1 to {LARGEST} bytes"
            )));
        }
        let path = self.file_path(now, owner, kind);
        if self.file_store.announced.len() == ANNOUNCED {
            self.file_store.announced.pop_front();
        }
        self.file_store.announced.push_back((path.clone(), size));
        Ok(path)
    }

    /// Takes in the bytes of a consumer's file; its path tells whose it is.
    pub(crate) fn upload(&mut self, path: &str, media: &str, bytes: Bytes, changes: &mut Changes) {
        if let Some(owner) = owner_of(path) {
            self.shelve(path, owner, media, bytes, changes);
        }
    }

    /// Takes in a file of an agent's, which needs no upload, and answers its path.
    pub(crate) fn store_file(
        &mut self,
        now: Timestamp,
        agent: &ParticipantId,
        kind: &str,
        media: &str,
        bytes: Bytes,
        changes: &mut Changes,
    ) -> Result<String, Refusal> {
        let kind = file_type(kind)?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if !(1..=LARGEST).contains(&size) {
            return Err(Refusal::bad(format!(
                "a file must have from 1 to {LARGEST} bytes"
            )));
        }
        let path = self.file_path(now, agent, kind);
        self.shelve(&path, agent.clone(), media, bytes, changes);
        Ok(path)
    }

    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.file_store.files.get(path)
    }

    /// A file a consumer may have: an own one, or one that was published to it.
    pub(crate) fn readable_file(
        &self,
        consumer: &ParticipantId,
        path: &str,
    ) -> Result<&File, Refusal> {
        self.file(path)
            .filter(|file| file.owner == *consumer || file.readers.contains(consumer))
            .ok_or_else(|| Refusal::bad("there is no such file for this consumer"))
    }

    /// Whether its owner can publish what was uploaded under a path.
    pub(super) fn check_file(&self, owner: &ParticipantId, path: &str) -> Result<(), Refusal> {
        let file = self
            .file(path)
            .filter(|file| file.owner == *owner || file.owner.as_str() == place(owner))
            .ok_or_else(|| Refusal::bad("no file was uploaded under this relativePath"))?;
        let announced = self.file_store.announced(path);
        let size = u64::try_from(file.bytes.len()).unwrap_or(u64::MAX);
        if size == 0 || announced.is_some_and(|announced| announced != size) {
            return Err(Refusal::bad(format!(
                "the file has {size} bytes, not the {} that were announced",
                announced.unwrap_or_default()
            )));
        }
        Ok(())
    }

    /// Lets a consumer have a file that was published to it.
    pub(super) fn share_file(
        &mut self,
        consumer: &ParticipantId,
        path: &str,
        changes: &mut Changes,
    ) {
        if let Some(file) = self.file_store.files.get_mut(path)
            && file.owner != *consumer
            && file.readers.insert(consumer.clone())
        {
            changes.files.push(FileChange::Shared(path.to_owned()));
        }
    }

    fn shelve(
        &mut self,
        path: &str,
        owner: ParticipantId,
        media: &str,
        bytes: Bytes,
        changes: &mut Changes,
    ) {
        let had = self.file_store.files.get(path);
        let file = File {
            owner,
            readers: had.map(|had| had.readers.clone()).unwrap_or_default(),
            media: media.to_owned(),
            bytes,
            number: self.file_store.next,
        };
        let gone = self.file_store.put(path, file);
        changes.files.push(FileChange::Stored(path.to_owned()));
        changes.files.extend(gone.into_iter().map(FileChange::Gone));
    }

    /// A path of the shape the documents show.
    fn file_path(&mut self, now: Timestamp, owner: &ParticipantId, kind: &str) -> String {
        let id = self.uuid();
        let date = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default();
        let date = date.strftime("%d-%m-%Y_%H-%M-%S");
        let millis = now.0.rem_euclid(1000);
        let place = place(owner);
        format!(
            "{}{place}_uuid_{id}_{date}-{millis:03}.{kind}",
            folder(&self.account)
        )
    }
}

/// Where the files of an account are.
pub(crate) fn folder(account: &AccountId) -> String {
    format!("/v1/AUTH_async-images/{account}/")
}

/// A path as it is meant: encoded characters as they are, one slash where several are.
pub(crate) fn normal_path(path: &str) -> Option<String> {
    let mut bytes = percent::decoded(path)?;
    bytes.insert(0, b'/');
    bytes.dedup_by(|next, last| *next == b'/' && *last == b'/');
    String::from_utf8(bytes).ok()
}

fn file_type(kind: &str) -> Result<&'static str, Refusal> {
    TYPES
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(kind))
        .ok_or_else(|| {
            let known = TYPES.join(", ");
            Refusal::bad(format!("fileType {kind:?} is none of {known}"))
        })
}

/// The 64 hex digits of a path: a consumer's id as it is, an agent's hashed.
fn place(owner: &ParticipantId) -> String {
    let id = owner.as_str();
    let is_hex = id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hex {
        id.to_owned()
    } else {
        people::hash(id)
    }
}

fn owner_of(path: &str) -> Option<ParticipantId> {
    let (_, name) = path.rsplit_once('/')?;
    let (owner, _) = name.split_once("_uuid_")?;
    Some(ParticipantId::from(owner))
}

/// How large a file is said to be: a number of bytes, or its digits.
pub(in crate::sandbox) fn size_of(body: &Map<String, Value>) -> Result<u64, Refusal> {
    let size = match body.get("fileSize") {
        Some(Value::Number(size)) => size.as_u64(),
        Some(Value::String(size)) => size.parse().ok(),
        _ => None,
    };
    size.ok_or_else(|| Refusal::bad("fileSize must be a whole number of bytes"))
}
