//! Reading a secret from where a profile says it is, and putting one there.

mod program;

use std::{
    env, fmt, fs, io,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    config::{misplaced, text},
    domain::secret::Secret,
};

const LARGEST: usize = 16 * 1024;

/// Where a secret is. Never the secret itself: that does not belong in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SourceTable", into = "SourceTable")]
pub enum Source {
    /// In an environment variable.
    Env(String),
    /// On the first line of what a program says; the program and its arguments.
    Command(Vec<String>),
    /// In the system's keyring, under a service and a user, read with the system's own tool.
    Keyring {
        /// For example `handset`.
        service: String,
        /// For example the name of the profile.
        user: String,
    },
    /// On the first line of a file that nobody else can read.
    File(PathBuf),
}

/// Where a secret can be, as it stands in the file.
pub(super) const SOURCES: &str = "{ env = \"VARIABLE\" }, { command = [\"pass\", \"show\", \"acme\"] }, \
     { keyring = \"handset\", user = \"acme\" } or { file = \"acme.secret\" }";

/// A source as it stands in the file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct SourceTable {
    env: Option<String>,
    command: Option<Vec<String>>,
    keyring: Option<String>,
    user: Option<String>,
    file: Option<PathBuf>,
}

impl TryFrom<SourceTable> for Source {
    type Error = String;

    fn try_from(table: SourceTable) -> Result<Self, String> {
        let SourceTable {
            env,
            command,
            keyring,
            user,
            file,
        } = table;
        let is_program =
            |words: &Vec<String>| words.first().is_some_and(|program| !program.is_empty());
        if command.as_ref().is_some_and(|words| !is_program(words)) {
            return Err(
                "name the program, as in { command = [\"pass\", \"show\", \"acme\"] }".to_owned(),
            );
        }
        if keyring.is_some() != user.is_some() {
            return Err("a keyring needs a service and a user: \
                        { keyring = \"handset\", user = \"acme\" }"
                .to_owned());
        }
        let keyring = keyring.zip(user);
        let given = [
            env.map(Self::Env),
            command.map(Self::Command),
            keyring.map(|(service, user)| Self::Keyring { service, user }),
            file.map(Self::File),
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(source), None) => Ok(source),
            (None, _) => Err(format!("say where the secret is: {SOURCES}")),
            (Some(_), Some(_)) => Err("a secret is in one place; keep one of these".to_owned()),
        }
    }
}

impl From<Source> for SourceTable {
    fn from(source: Source) -> Self {
        let mut table = Self::default();
        match source {
            Source::Env(variable) => table.env = Some(variable),
            Source::Command(words) => table.command = Some(words),
            Source::Keyring { service, user } => {
                (table.keyring, table.user) = (Some(service), Some(user));
            }
            Source::File(path) => table.file = Some(path),
        }
        table
    }
}

/// Why a secret cannot be had, or not be put away.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The environment variable does not hold it.
    #[error(
        "the environment variable {} is {wrong}; put the secret into it",
        misplaced::variable(variable)
    )]
    Variable {
        variable: String,
        /// `not set`, `empty`, `blank` or `not text`.
        wrong: &'static str,
    },
    #[error(
        "`{}` did not give the secret: {reason}; run it by hand and mend what it says",
        misplaced::program(program)
    )]
    Command { program: String, reason: String },
    #[error(
        "cannot ask the keyring with {tool}: {reason}; {hint}, or use an environment variable or a file instead"
    )]
    Keyring {
        tool: &'static str,
        reason: String,
        hint: &'static str,
    },
    #[error(
        "the keyring has nothing for service {service:?} and user {user:?}; put it there with `{how}`"
    )]
    NotInKeyring {
        service: String,
        user: String,
        how: String,
    },
    #[error(
        "cannot read the secret in {}: {cause}; name a file that has it on its first line",
        misplaced::path(path)
    )]
    File { path: PathBuf, cause: io::Error },
    /// Others could read it.
    #[error("others can read the secret in {path}; do `chmod 600 {path}`", path = path.display())]
    Open { path: PathBuf },
    /// Somebody else wrote it.
    #[error("the secret in {} belongs to another user; name a file of your own", path.display())]
    Foreign { path: PathBuf },
    #[error(
        "cannot write the secret to {}: {cause}; name another file",
        misplaced::path(path)
    )]
    Write { path: PathBuf, cause: io::Error },
    /// There is nothing to put it into.
    #[error("a secret cannot be put into {place}; choose the keyring or a file")]
    NoPlace {
        /// The place as the profile says it.
        place: String,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(variable) => write!(f, "env {}", misplaced::variable(variable)),
            // Arguments can say more than others should see.
            Self::Command(words) => {
                write!(f, "command {}", misplaced::program(program::named(words)))
            }
            Self::Keyring { service, user } => write!(f, "keyring {service}, user {user}"),
            Self::File(path) => write!(f, "file {}", misplaced::path(path)),
        }
    }
}

impl Source {
    /// What to say of a secret that was not taken exactly as it stands.
    pub fn remark(&self) -> Option<String> {
        let Self::Env(variable) = self else {
            return None;
        };
        let secret = Zeroizing::new(env::var(variable).ok()?);
        let is_cut = secret.trim_ascii_end().len() < secret.len();
        is_cut.then(|| {
            format!(
                "the environment variable {variable} has a blank or a line end behind the secret, \
                 which was left out; set it without"
            )
        })
    }

    /// Reads the secret without its end of line and the blanks before that. Safe to cancel: a
    /// program under way is killed.
    pub async fn read(&self) -> Result<Secret, SourceError> {
        match self {
            Self::Env(variable) => variable_holds(variable),
            Self::Command(words) => Box::pin(program::says(words)).await,
            Self::Keyring { service, user } => {
                Box::pin(program::keyring_holds(service, user)).await
            }
            Self::File(path) => file_holds(path),
        }
    }

    /// Puts a secret there: into the keyring, or into a new file for its owner alone, in a folder
    /// that is made if need be. A file that is there already stays as it is.
    pub async fn store(&self, secret: &Secret) -> Result<(), SourceError> {
        match self {
            Self::Keyring { service, user } => {
                Box::pin(program::into_keyring(service, user, secret)).await
            }
            Self::File(path) => into_file(path, secret).map_err(|cause| SourceError::Write {
                path: path.clone(),
                cause,
            }),
            Self::Env(_) | Self::Command(_) => Err(SourceError::NoPlace {
                place: self.to_string(),
            }),
        }
    }
}

fn variable_holds(variable: &str) -> Result<Secret, SourceError> {
    let wrong = match env::var(variable).map(Zeroizing::new) {
        Ok(secret) if secret.is_empty() => "empty",
        Ok(secret) => match secret.trim_ascii_end() {
            "" => "blank",
            secret => return Ok(Secret::new(secret)),
        },
        Err(env::VarError::NotPresent) => "not set",
        Err(env::VarError::NotUnicode(_)) => "not text",
    };
    Err(SourceError::Variable {
        variable: variable.to_owned(),
        wrong,
    })
}

fn file_holds(path: &Path) -> Result<Secret, SourceError> {
    let unusable = |cause| SourceError::File {
        path: path.to_owned(),
        cause,
    };
    let file = text::open(path).map_err(unusable)?;
    // What was opened is judged, wherever a link led.
    private(path, &file.metadata().map_err(unusable)?)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(LARGEST + 1));
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX) + 1;
    file.take(limit).read_to_end(&mut bytes).map_err(unusable)?;
    first_line(&bytes).map_err(|reason| unusable(io::Error::other(reason)))
}

/// Whether a file is its owner's alone, and the owner is us.
#[cfg(unix)]
fn private(path: &Path, facts: &fs::Metadata) -> Result<(), SourceError> {
    use std::os::unix::fs::MetadataExt as _;

    if facts.mode() & 0o077 != 0 {
        return Err(SourceError::Open {
            path: path.to_owned(),
        });
    }
    // A user who could open a file that is its owner's alone is the owner, or root. For root Linux
    // says who we are; elsewhere root has to know.
    match fs::metadata("/proc/self") {
        Ok(us) if us.uid() != facts.uid() => Err(SourceError::Foreign {
            path: path.to_owned(),
        }),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn private(_: &Path, _: &fs::Metadata) -> Result<(), SourceError> {
    Ok(())
}

fn into_file(path: &Path, secret: &Secret) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        let mut making = fs::DirBuilder::new();
        making.recursive(true);
        // Names of secrets are nobody else's business; a folder that is there stays as it is.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut making, 0o700);
        making.create(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file
        .write_all(secret.reveal().as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a secret is none; whether it can be taken away does not change the answer.
        let _ = fs::remove_file(path);
    }
    written
}

/// The secret on the first line of what was read, at most one byte over the limit.
fn first_line(bytes: &[u8]) -> Result<Secret, &'static str> {
    if bytes.len() > LARGEST {
        return Err("it is longer than a secret can be");
    }
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
    // Blanks behind a secret are not seen, and never meant.
    match std::str::from_utf8(line.trim_ascii_end()).map(text::unmarked) {
        Ok("") => Err("its first line is empty"),
        Ok(line) => Ok(Secret::new(line)),
        Err(_) => Err("its first line is not text"),
    }
}
