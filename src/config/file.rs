//! `config.toml`: the profiles there are, and which one is meant when nobody names one.
//!
//! A fault is told with file, line and column and a caret under it. No secret belongs in the
//! file; should there be one, no fault repeats it.

mod excerpt;
mod table;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use toml::de::DeTable;

pub use self::excerpt::Fault;
use self::{excerpt::Text, table::Table};
use crate::config::{
    origin::Said,
    profile::Source,
    text,
    values::{Kind, Values},
    words,
};

/// Its name in the folder of settings.
pub const NAME: &str = "config.toml";

/// No file of settings needs more bytes.
const LARGEST: u64 = 1024 * 1024;

/// Why the settings cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system does not give the file.
    #[error("cannot read the settings in {}: {cause}; make the file readable, or move it elsewhere", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Everybody could change what this program does.
    #[error("everybody can write to {0}; it names programs to start, so do `chmod go-w {0}` first", path.display())]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// It says something that cannot be understood.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What is in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    /// The profile that is meant when nobody names one.
    pub default: Option<Said<String>>,
    /// The profiles by their names.
    pub profiles: BTreeMap<String, Values>,
}

impl File {
    /// Reads it; a file that is not there says nothing.
    pub fn read(path: &Path) -> Result<Self, Error> {
        match text_of(path) {
            Ok(Some(text)) => Ok(Self::parse(path, &text)?),
            Ok(None) => Err(Error::Open {
                path: path.to_owned(),
            }),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(cause) => Err(Error::Read {
                path: path.to_owned(),
                cause,
            }),
        }
    }

    /// Reads what a file says; `path` is named in faults and origins, and relative paths are
    /// meant from its folder.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Fault> {
        let text = Text {
            path: Arc::new(path.to_owned()),
            text,
        };
        let root = DeTable::parse(text.text).map_err(|error| {
            let at = error.span().unwrap_or(0..0);
            text.fault(at, error.message().trim().replace('\n', "; "))
        })?;
        let span = root.span();
        let mut root = Table::new(&text, "the file", span, root.into_inner());
        let default = root.string("default", words::some)?;
        let profiles = root.table("profiles")?;
        root.end(&["default", "profiles"])?;
        let mut file = Self {
            default,
            profiles: BTreeMap::new(),
        };
        for (name, table) in profiles.map(Table::tables).transpose()?.unwrap_or_default() {
            file.profiles.insert(name, profile(table)?);
        }
        if let Some(default) = &file.default
            && !file.profiles.contains_key(&default.value)
        {
            let reason = format!(
                "there is no profile {:?} in this file; {}",
                default.value,
                file.known()
            );
            let at = text.text.find("default").unwrap_or(0);
            return Err(text.fault(at..at + "default".len(), reason));
        }
        Ok(file)
    }

    /// The names of the profiles, for a hint.
    pub fn known(&self) -> String {
        if self.profiles.is_empty() {
            return "there is none yet; `handset init` makes one".to_owned();
        }
        let names: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        format!("choose one of {}", names.join(", "))
    }
}

/// The text of a file of sensible size; `None` when everybody can write to it.
fn text_of(path: &Path) -> io::Result<Option<String>> {
    // A pipe would never end, and opening one can wait for ever.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let file = fs::File::open(path)?;
    let facts = file.metadata()?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&facts) & 0o002 != 0 {
        return Ok(None);
    }
    text::read_from(file, LARGEST).map(Some)
}

const PROFILE: [&str; 13] = [
    "account",
    "csds",
    "client_id",
    "secret",
    "ca",
    "production",
    "brand",
    "personas",
    "theme",
    "bind",
    "hook_path",
    "tunnel",
    "login",
];

fn profile(mut table: Table<'_>) -> Result<Values, Fault> {
    let folder = table.folder();
    let asset = |named: &str| words::some(named).map(|named| beside(&folder, &named));
    let mut values = Values {
        account: table.string("account", words::some)?,
        csds: table.string("csds", words::csds)?,
        client_id: table.string("client_id", words::some)?,
        secret: source(&mut table, "secret")?,
        ca: table.string("ca", |text| {
            words::some(text).map(|path| under(&folder, &path))
        })?,
        production: table.switch("production")?,
        brand: table.string("brand", words::some)?,
        personas: table.strings("personas", asset)?,
        theme: table.string("theme", asset)?,
        bind: table.string("bind", words::address)?,
        hook_path: table.string("hook_path", words::some)?,
        ..Values::default()
    };
    let tunnel_table = table.table("tunnel")?;
    let login_table = table.table("login")?;
    table.end(&PROFILE)?;
    if let Some(table) = tunnel_table {
        tunnel(table, &mut values)?;
    }
    if let Some(table) = login_table {
        login(table, &mut values)?;
    }
    Ok(values)
}

fn login(mut table: Table<'_>, values: &mut Values) -> Result<(), Fault> {
    values.login_username = table.string("username", words::some)?;
    values.login_password = source(&mut table, "password")?;
    values.login_borrow = table.switch("borrow")?;
    table.needs("username", values.login_username.is_some())?;
    table.end(&["username", "password", "borrow"])
}

fn tunnel(mut table: Table<'_>, values: &mut Values) -> Result<(), Fault> {
    values.tunnel_kind = table.string("kind", words::kind)?;
    let Some(kind) = values.tunnel_kind.as_ref().map(|kind| kind.value) else {
        return Err(table.missing("kind"));
    };
    // Another kind's key is told as one, and not as unknown.
    for other in Kind::ALL {
        for key in other.keys().iter().filter(|key| !kind.keys().contains(key)) {
            let (mine, theirs) = (kind.name(), other.name());
            table.refuse(
                key,
                &format!("this is for {theirs:?}, and the kind is {mine:?}"),
            )?;
        }
    }
    values.tunnel_url = table.string("url", words::web)?;
    values.tunnel_link = table.string("link", words::link)?;
    values.tunnel_ticket = source(&mut table, "ticket")?;
    values.tunnel_program = table.string("program", words::some)?;
    values.tunnel_name = table.string("name", words::some)?;
    values.tunnel_domain = table.string("domain", words::some)?;
    values.tunnel_host = table.string("host", words::some)?;
    values.tunnel_port = table.port("port")?;
    values.tunnel_listen = table.string_or_number("listen", words::some)?;
    values.tunnel_public = table.string("public", words::some)?;
    values.tunnel_options = table.strings("options", |text| Ok(text.to_owned()))?;
    let mut keys = vec!["kind"];
    keys.extend(kind.keys());
    table.end(&keys)
}

/// Where a secret is, in one of four ways.
fn source(table: &mut Table<'_>, key: &'static str) -> Result<Option<Said<Source>>, Fault> {
    let folder = table.folder();
    let Some((origin, mut inner)) = table.source(key)? else {
        return Ok(None);
    };
    let env = inner
        .string("env", words::some)?
        .map(|said| Source::Env(said.value));
    let command = inner.strings("command", |text| Ok(text.to_owned()))?;
    let service = inner.string("keyring", words::some)?;
    let user = inner.string("user", words::some)?;
    let file = inner.string("file", |text| {
        words::some(text).map(|path| under(&folder, &path))
    })?;
    inner.refuse_unknown(&["env", "command", "keyring", "user", "file"])?;
    let command = command.map(|said| said.value);
    if command
        .as_ref()
        .is_some_and(|words| words.first().is_none_or(String::is_empty))
    {
        return Err(
            inner.wrong("name the program, as in { command = [\"pass\", \"show\", \"acme\"] }")
        );
    }
    let keyring = match (service, user) {
        (Some(service), Some(user)) => Some(Source::Keyring {
            service: service.value,
            user: user.value,
        }),
        (None, None) => None,
        _ => {
            return Err(inner.wrong(
                "a keyring needs a service and a user: { keyring = \"handset\", user = \"acme\" }",
            ));
        }
    };
    let file = file.map(|said| Source::File(said.value));
    let ways = [env, command.map(Source::Command), keyring, file];
    let mut ways = ways.into_iter().flatten();
    match (ways.next(), ways.next()) {
        (Some(way), None) => Ok(Some(Said::new(way, origin))),
        (None, _) => Err(inner.wrong(&format!("say where the secret is: {}", table::PLACES))),
        (Some(_), Some(_)) => Err(inner.wrong("a secret is in one place; keep one of these")),
    }
}

/// A path as meant from the folder of settings, `~` being the user's home.
fn under(folder: &Path, path: &str) -> PathBuf {
    if let Some(rest) = path.strip_prefix("~/")
        && let Ok(home) = etcetera::home_dir()
    {
        return home.join(rest);
    }
    folder.join(path)
}

/// A name as it stands, or a path as meant from the folder of settings.
fn beside(folder: &Path, named: &str) -> String {
    let is_file = Path::new(named)
        .extension()
        .is_some_and(|ending| ending == "toml");
    let is_path = named.contains('/') || is_file;
    if is_path {
        under(folder, named).display().to_string()
    } else {
        named.to_owned()
    }
}

#[cfg(test)]
mod tests;
