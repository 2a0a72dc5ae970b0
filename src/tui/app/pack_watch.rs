//! Reads brand packs away from the loop: one that is asked for, and the one on stage whenever a
//! file of it changed.

use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};

use tokio::time::{Instant, sleep_until};

use crate::config::brand::{self, BrandPack};

/// The time between two looks at the files of the pack on stage.
const LOOK: Duration = Duration::from_millis(500);

/// What came of reading a pack: the pack, or why it cannot be had.
pub(crate) type ReadPack = Result<BrandPack, String>;

/// Watches one pack.
#[derive(Debug, Default)]
pub(crate) struct PackWatch {
    /// The pack that is asked for by name or path.
    asked: Option<String>,
    /// Where the user's own packs lie.
    own: Option<PathBuf>,
    /// The folder of the pack on stage.
    folder: Option<PathBuf>,
    /// When its files were changed, as they were last seen.
    seen: Option<(SystemTime, usize)>,
    due: Option<Instant>,
}

impl PackWatch {
    /// One that finds the user's own packs in a folder.
    pub(crate) fn new(own: Option<PathBuf>) -> Self {
        Self {
            own,
            ..Self::default()
        }
    }

    /// Has a pack read.
    pub(crate) fn ask(&mut self, name: String) {
        self.asked = Some(name);
    }

    /// Watches this folder; nothing where no pack with one is on stage.
    pub(crate) fn watch(&mut self, folder: Option<&PathBuf>) {
        if self.folder.as_ref() != folder {
            self.folder = folder.cloned();
            self.seen = self.folder.as_deref().and_then(brand::changed_at);
            self.due = None;
        }
    }

    /// Whether there is something to wait for.
    pub(crate) fn is_busy(&self) -> bool {
        self.asked.is_some() || self.folder.is_some()
    }

    /// The pack that was asked for, or the one on stage once it changed; safe to drop.
    pub(crate) async fn read(&mut self) -> ReadPack {
        if let Some(name) = self.asked.clone() {
            let own = self.own.clone();
            let read =
                move || brand::find(&name, own.as_deref()).map_err(|error| error.to_string());
            let read = blocking(read).await;
            self.asked = None;
            return read;
        }
        loop {
            let due = *self.due.get_or_insert_with(|| Instant::now() + LOOK);
            sleep_until(due).await;
            let Some(folder) = self.folder.clone() else {
                return std::future::pending().await;
            };
            let before = self.seen;
            let read = move || {
                let now = brand::changed_at(&folder);
                let changed = now.is_some() && now != before;
                let read = changed.then(|| brand::read(&folder).map_err(|error| error.to_string()));
                Ok((now, read))
            };
            let looked = blocking(read).await;
            self.due = None;
            match looked {
                Ok((now, Some(read))) => {
                    self.seen = now;
                    return read;
                }
                Ok((_, None)) => {}
                Err(why) => return Err(why),
            }
        }
    }
}

/// Runs something where blocking is allowed.
async fn blocking<T: Send + 'static>(
    run: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let run = tokio::task::spawn_blocking(run).await;
    run.unwrap_or_else(|_| Err("reading the brand pack broke off".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn a_pack_is_read_again_once_a_file_of_it_changed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("brand.toml");
        fs::write(&file, "name = \"One\"\n").unwrap();
        let path = folder.path().to_owned();
        let mut watch = PackWatch::default();
        assert!(!watch.is_busy());
        watch.ask(path.to_string_lossy().into_owned());
        assert_eq!(watch.read().await.unwrap().name, "One");
        watch.watch(Some(&path));
        // A file more is a change, however coarse the clock of the file system is.
        fs::write(&file, "name = \"Two\"\n").unwrap();
        fs::write(folder.path().join("more"), "").unwrap();
        assert_eq!(watch.read().await.unwrap().name, "Two");
        fs::write(&file, "name = 2\n").unwrap();
        fs::write(folder.path().join("yet-more"), "").unwrap();
        let fault = watch.read().await.unwrap_err();
        assert!(fault.contains("brand.toml:1:8"), "{fault}");
        watch.ask("acme".to_owned());
        assert_eq!(watch.read().await.unwrap().name, "Acme Care");
    }
}
