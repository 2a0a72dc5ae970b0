//! The note a phone leaves beside its files while its sandbox runs, so that
//! `handset agent` in another terminal finds the way there.
//!
//! The note is for its owner alone, for it holds passwords of the sandbox. The
//! phone holds a lock on it for as long as it lives; a note nobody holds is one
//! of a phone that was killed.

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::{
    cli::desk::{Login, Office, Password},
    domain::{ids::AccountId, secret::Secret, text::SafeText},
    rt::tls::Trust,
    sandbox::Ready,
};

/// Its name, in the folder of the sandbox's phone.
const NOTE: &str = "sandbox.json";
/// No note is longer.
const LARGEST: u64 = 256 * 1024;

#[derive(Debug, Serialize, Deserialize)]
struct Agent {
    username: String,
    password: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Written {
    csds: String,
    account: String,
    agents: Vec<Agent>,
    #[serde(default)]
    names: BTreeMap<String, String>,
}

/// The note while it lies there; dropped, it is taken away.
#[derive(Debug)]
pub struct Note {
    path: PathBuf,
    /// Locked for as long as the phone lives.
    _file: File,
}

impl Note {
    /// Leaves a note of a sandbox in the folder of its phone.
    pub fn leave(
        folder: &Path,
        ready: &Ready,
        names: &BTreeMap<String, String>,
    ) -> anyhow::Result<Self> {
        let agents = ready.agents.iter().map(|user| Agent {
            username: user.username.clone(),
            password: user.password.reveal().to_owned(),
        });
        let written = Written {
            csds: ready.csds.clone(),
            account: ready.account.to_string(),
            agents: agents.collect(),
            names: names.clone(),
        };
        let text = serde_json::to_vec_pretty(&written)?;
        let path = folder.join(NOTE);
        let write = || -> io::Result<File> {
            // What a killed phone left would keep its own permissions and could be read half written.
            let fresh = folder.join(format!("{NOTE}.new"));
            remove(&fresh)?;
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&fresh)?;
            io::Write::write_all(&mut file, &text)?;
            file.lock()?;
            fs::rename(&fresh, &path)?;
            Ok(file)
        };
        let file = write().with_context(|| {
            format!(
                "cannot write {}, where an agent's desk finds the sandbox",
                path.display()
            )
        })?;
        Ok(Self { path, _file: file })
    }

    /// The sandbox of the phone that runs with this folder.
    pub fn find(folder: &Path) -> anyhow::Result<Office> {
        let path = folder.join(NOTE);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => bail!(
                "no phone with a sandbox runs here; start `handset` in another terminal first, or \
                 name a cloud with --profile, or with --csds, --account and --user"
            ),
            Err(cause) => {
                return Err(cause).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        match file.try_lock_shared() {
            // The phone holds it.
            Err(TryLockError::WouldBlock) => {}
            Ok(()) => bail!(
                "the phone that left {} has ended without taking it away; start `handset` again",
                path.display()
            ),
            Err(TryLockError::Error(cause)) => {
                return Err(cause)
                    .with_context(|| format!("cannot tell whether {} holds", path.display()));
            }
        }
        let mut text = String::new();
        io::Read::by_ref(&mut file)
            .take(LARGEST)
            .read_to_string(&mut text)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let written: Written = serde_json::from_str(&text)
            .with_context(|| format!("{} is no note of a phone of this version", path.display()))?;
        let logins = written.agents.into_iter().map(|agent| Login {
            username: agent.username,
            password: Password::Known(Secret::new(agent.password)),
        });
        let names = written.names.into_iter();
        Ok(Office {
            csds: written
                .csds
                .parse()
                .context("the sandbox's address is none")?,
            account: AccountId::from(written.account),
            trust: Trust::default(),
            logins: logins.collect(),
            names: names
                .map(|(id, name)| (id.into(), SafeText::clean(&name)))
                .collect(),
        })
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        // It is found to be nobody's all the same.
        let _ = fs::remove_file(&self.path);
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Ready {
        Ready {
            csds: "http://127.0.0.1:4711".to_owned(),
            account: "55512300".into(),
            client_id: "client".into(),
            client_secret: Secret::new("made-up"),
            agents: Vec::new(),
            https: None,
            ca: None,
        }
    }

    #[test]
    fn a_note_holds_as_long_as_its_phone_and_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let told = |found: anyhow::Result<Office>| found.unwrap_err().to_string();
        assert!(told(Note::find(folder.path())).contains("no phone with a sandbox runs here"));
        let names = BTreeMap::from([("pid".to_owned(), "Kim".to_owned())]);
        let note = Note::leave(folder.path(), &ready(), &names).unwrap();
        let office = Note::find(folder.path()).unwrap();
        assert_eq!(office.csds.as_str(), "http://127.0.0.1:4711/");
        assert_eq!(office.names.len(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.path().join(NOTE))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        drop(note);
        assert!(told(Note::find(folder.path())).contains("no phone with a sandbox runs here"));
        // What a killed phone leaves is nobody's: its lock went with it.
        let note = Note::leave(folder.path(), &ready(), &names).unwrap();
        let kept = fs::read(folder.path().join(NOTE)).unwrap();
        drop(note);
        fs::write(folder.path().join(NOTE), kept).unwrap();
        assert!(told(Note::find(folder.path())).contains("has ended without taking it away"));
        // The next phone writes over it.
        let note = Note::leave(folder.path(), &ready(), &names).unwrap();
        assert!(Note::find(folder.path()).is_ok());
        drop(note);
    }
}
