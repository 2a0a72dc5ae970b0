//! The notes that running sandboxes leave in the data folder, so that
//! `handset agent` and `handset sandbox ctl` in another terminal find the way there.
//!
//! The phone's note lies beside its files, that of a sandbox by itself among those of others. A
//! note is for its owner alone, for it holds the passwords and the token of the sandbox. Who left
//! it holds a lock on it for as long as it lives; a note nobody holds is one of a program that was
//! killed, and nothing of it is used: another user's program may listen at its address by now.

use std::{
    collections::BTreeMap,
    env,
    fs::{self, File, TryLockError},
    io::{self, Read as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::{
    cli::agents::{AgentCloud, KnownLogin, Password},
    config::paths,
    domain::{
        ids::{AccountId, ClientId},
        inbound::Credentials,
        secret::Secret,
        text::SafeText,
    },
    rt::tls::Trust,
    sandbox::Ready,
};

/// Its name, in the folder of the sandbox's phone.
const NOTE: &str = "sandbox.json";
/// The folder of the notes of sandboxes by themselves, in the data folder.
const ALONE: &str = "sandboxes";
/// No note is longer.
const LARGEST: u64 = 256 * 1024;
/// The variable with the token of the sandbox's own API.
const TOKEN: &str = "HANDSET_SANDBOX_TOKEN";
/// How long a token may be.
const TOKEN_LENGTH: std::ops::RangeInclusive<usize> = 16..=512;

#[derive(Debug, Serialize, Deserialize)]
struct NotedAgent {
    username: String,
    password: String,
}

/// No `Debug`: there are secrets in it.
#[derive(Serialize, Deserialize)]
struct NoteContent {
    csds: String,
    account: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
    control_token: String,
    agents: Vec<NotedAgent>,
    #[serde(default)]
    names: BTreeMap<String, String>,
}

/// The note while it lies there; dropped, it is taken away.
#[derive(Debug)]
pub(crate) struct Note {
    path: PathBuf,
    /// Locked for as long as who left it lives.
    _file: File,
}

/// What is found instead of a note that holds.
enum NoteFault {
    NoNote,
    Left,
    Broken(anyhow::Error),
}

impl Note {
    /// Leaves a note of a sandbox in the folder of its phone.
    pub(crate) fn leave(
        folder: &Path,
        ready: &Ready,
        names: &BTreeMap<String, String>,
    ) -> anyhow::Result<Self> {
        Self::write(folder.join(NOTE), ready, names)
    }

    /// Leaves a note of a sandbox without a phone in the data folder.
    pub(crate) fn alone(data: &Path, ready: &Ready) -> anyhow::Result<Self> {
        let folder = data.join(ALONE);
        fs::create_dir_all(&folder).with_context(|| {
            format!(
                "cannot make {}, where ctl finds the sandbox",
                folder.display()
            )
        })?;
        let name = paths::file_name(ready.csds.trim_start_matches("http://"));
        Self::write(folder.join(format!("{name}.json")), ready, &BTreeMap::new())
    }

    fn write(
        path: PathBuf,
        ready: &Ready,
        names: &BTreeMap<String, String>,
    ) -> anyhow::Result<Self> {
        let agents = ready.agents.iter().map(|user| NotedAgent {
            username: user.username.clone(),
            password: user.password.reveal().to_owned(),
        });
        let written = NoteContent {
            csds: ready.csds.clone(),
            account: ready.account.to_string(),
            client_id: ready.client_id.to_string(),
            client_secret: ready.client_secret.reveal().to_owned(),
            control_token: ready.control.reveal().to_owned(),
            agents: agents.collect(),
            names: names.clone(),
        };
        let text = serde_json::to_vec_pretty(&written)?;
        let write = || -> io::Result<File> {
            // What a killed program left would keep its own permissions and could be read half written.
            let mut fresh = path.clone().into_os_string();
            fresh.push(".new");
            remove(Path::new(&fresh))?;
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true).mode(0o600);
            let mut file = options.open(&fresh)?;
            io::Write::write_all(&mut file, &text)?;
            file.lock()?;
            fs::rename(&fresh, &path)?;
            Ok(file)
        };
        let file = write().with_context(|| {
            format!(
                "cannot write {}, where other terminals find the sandbox",
                path.display()
            )
        })?;
        Ok(Self { path, _file: file })
    }

    /// The sandbox of the phone that runs with this folder.
    pub(crate) fn find(folder: &Path) -> anyhow::Result<AgentCloud> {
        let path = folder.join(NOTE);
        let written = read(&path).map_err(|missing| match missing {
            NoteFault::NoNote => anyhow!(
                "no phone with a sandbox runs here; start `handset` in another terminal first, or \
                 name a cloud with --profile, or with --csds, --account and --user"
            ),
            NoteFault::Left => anyhow!(
                "the phone that left {} has ended without taking it away; start `handset` again",
                path.display()
            ),
            NoteFault::Broken(error) => error,
        })?;
        let logins = written.agents.into_iter().map(|agent| KnownLogin {
            username: agent.username,
            password: Password::Known(Secret::new(agent.password)),
        });
        let names = written.names.into_iter();
        Ok(AgentCloud {
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
            is_sandbox: true,
        })
    }
}

/// What a note says, if who left it still runs.
fn read(path: &Path) -> Result<NoteContent, NoteFault> {
    let broken = |cause: anyhow::Error| NoteFault::Broken(cause);
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Err(NoteFault::NoNote),
        Err(cause) => {
            let cause = anyhow!(cause).context(format!("cannot read {}", path.display()));
            return Err(broken(cause));
        }
    };
    match file.try_lock_shared() {
        // Who left it holds it.
        Err(TryLockError::WouldBlock) => {}
        Ok(()) => return Err(NoteFault::Left),
        Err(TryLockError::Error(cause)) => {
            let what = format!("cannot tell whether {} holds", path.display());
            return Err(broken(anyhow!(cause).context(what)));
        }
    }
    let mut text = String::new();
    io::Read::by_ref(&mut file)
        .take(LARGEST)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {}", path.display()))
        .map_err(broken)?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is no note of this version of handset", path.display()))
        .map_err(broken)
}

/// Where the own API of a sandbox is, and its token if it is known: of the one at an address, or of
/// the only one that runs with this data folder.
pub(crate) fn control(
    at: Option<Url>,
    data_dir: Option<PathBuf>,
) -> anyhow::Result<(Url, Option<Secret>)> {
    let (running, unread) = paths::data_dir(data_dir)
        .map(|data| running(&data))
        .unwrap_or_default();
    let Some(at) = at else {
        let mut running = running.into_iter();
        return match (running.next(), running.next()) {
            (Some((at, token)), None) => Ok((at, Some(token))),
            (Some(one), Some(other)) => {
                let all = [one, other].into_iter().chain(running);
                let all: Vec<String> = all.map(|(at, _)| at.to_string()).collect();
                bail!(
                    "several sandboxes run: {}; say which with --at",
                    all.join(", ")
                )
            }
            (None, _) => Err(unread.unwrap_or_else(|| {
                anyhow!(
                    "no sandbox of yours runs here; start `handset` or `handset sandbox` first, or \
                     give the address of another one with --at (csds of its ready line)"
                )
            })),
        };
    };
    // The address in the note is the one that is asked: `localhost` may lead to somebody else's.
    let noted = running.into_iter().find(|(noted, _)| is_same(noted, &at));
    Ok(match noted {
        Some((at, token)) => (at, Some(token)),
        None => (at, token()?),
    })
}

/// The app install of the sandbox that runs with this data folder, with the sandbox's address: that
/// of the phone, or else of the only one that runs by itself.
pub(crate) fn app_install(data: &Path) -> anyhow::Result<(Url, Credentials)> {
    let (mut running, unread) = notes(data);
    let phone = running.iter().position(|(is_phone, _)| *is_phone);
    let written = match (phone, running.len()) {
        (Some(at), _) => running.swap_remove(at).1,
        (None, 1) => running.swap_remove(0).1,
        (None, 0) => {
            return Err(unread.unwrap_or_else(|| {
                anyhow!(
                    "no sandbox of yours runs here; start `handset` or `handset sandbox` first, or \
                     name a cloud with --profile, or with --csds, --account, --client-id and \
                     --secret-env"
                )
            }));
        }
        (None, _) => bail!(
            "several sandboxes run; say which with --csds, --account, --client-id and \
             --secret-env, as its ready line has them"
        ),
    };
    let csds = written
        .csds
        .parse()
        .context("the sandbox's address is none")?;
    let credentials = Credentials {
        account: AccountId::from(written.account),
        client: ClientId::from(written.client_id),
        secret: Secret::new(written.client_secret),
    };
    Ok((csds, credentials))
}

/// The sandboxes that run with this data folder, and why a note of another one cannot be used.
fn running(data: &Path) -> (Vec<(Url, Secret)>, Option<anyhow::Error>) {
    let (notes, mut unread) = notes(data);
    let mut found = Vec::new();
    for (_, written) in notes {
        match written.csds.parse() {
            Ok(at) => found.push((at, Secret::new(written.control_token))),
            Err(cause) => unread = Some(anyhow::Error::from(cause)),
        }
    }
    (found, unread)
}

/// The notes that hold, each with whether a phone left it, and why another one cannot be used.
fn notes(data: &Path) -> (Vec<(bool, NoteContent)>, Option<anyhow::Error>) {
    let alone = fs::read_dir(data.join(ALONE)).into_iter().flatten();
    let alone = alone.filter_map(|entry| Some(entry.ok()?.path()));
    let is_note = |path: &PathBuf| path.extension().is_some_and(|end| end == "json");
    let phone = paths::phone_dir(data, None).join(NOTE);
    let (mut found, mut unread) = (Vec::new(), None);
    for path in std::iter::once(phone.clone()).chain(alone.filter(is_note)) {
        match read(&path) {
            Ok(written) => found.push((path == phone, written)),
            Err(NoteFault::Broken(cause)) => unread = Some(cause),
            Err(NoteFault::NoNote | NoteFault::Left) => {}
        }
    }
    (found, unread)
}

/// Whether two addresses are those of one listener; one port of it speaks HTTP and HTTPS.
fn is_same(noted: &Url, asked: &Url) -> bool {
    let is_loopback = |url: &Url| match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let is_named = matches!(asked.host(), Some(Host::Domain("localhost")));
    noted.port_or_known_default() == asked.port_or_known_default()
        && (noted.host() == asked.host() || (is_named && is_loopback(noted)))
}

/// The token in the environment; an empty one is none.
pub(crate) fn token() -> anyhow::Result<Option<Secret>> {
    let Some(token) = env::var_os(TOKEN).filter(|token| !token.is_empty()) else {
        return Ok(None);
    };
    match token.into_string() {
        Ok(token)
            if TOKEN_LENGTH.contains(&token.len())
                && token.bytes().all(|byte| byte.is_ascii_graphic()) =>
        {
            Ok(Some(Secret::new(token)))
        }
        _ => bail!(
            "{TOKEN} cannot be a token: give it {} to {} letters, digits and signs, without blanks",
            TOKEN_LENGTH.start(),
            TOKEN_LENGTH.end()
        ),
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
            control: Secret::new("made-up-too"),
            agents: Vec::new(),
            https: None,
            ca: None,
        }
    }

    #[test]
    fn a_note_holds_as_long_as_its_phone_and_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let told = |found: anyhow::Result<AgentCloud>| found.unwrap_err().to_string();
        assert!(told(Note::find(folder.path())).contains("no phone with a sandbox runs here"));
        let names = BTreeMap::from([("pid".to_owned(), "Kim".to_owned())]);
        let note = Note::leave(folder.path(), &ready(), &names).unwrap();
        let agents = Note::find(folder.path()).unwrap();
        assert_eq!(agents.csds.as_str(), "http://127.0.0.1:4711/");
        assert_eq!(agents.names.len(), 1);
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
