//! Writing a profile into `config.toml`: other profiles and comments stay as they are, byte for
//! byte.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use crate::config::{
    file::File,
    profile::{Login, Profile, Source, Way},
    text,
};

/// Why a profile was not written. Nothing is, then.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file holds it already.
    #[error("there is a profile {name:?} in {} already; choose another name, or replace it with --force", path.display())]
    Taken {
        /// Its name.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// The profile to replace is spelled in a way of its own.
    #[error("cannot tell where the profile {name:?} begins and ends in {}; change it there by hand, or choose another name", path.display())]
    Unclear {
        /// Its name.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// The system does not let us.
    #[error("cannot write {}: {cause}; nothing was changed", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// What is there is no settings file.
    #[error("{0}; nothing was changed")]
    File(#[from] crate::config::file::Error),
}

/// Whether a name can stand in a heading as it is.
pub fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    !name.is_empty() && name.len() <= 64 && name.bytes().all(plain)
}

/// Puts a profile into the file, made for its owner alone if it is not there, and makes it the
/// default if it is the first one. Whoever reads the file finds it as it was or whole.
pub fn write(path: &Path, profile: &Profile, may_replace: bool) -> Result<(), Error> {
    let fault = |cause| Error::Write {
        path: path.to_owned(),
        cause,
    };
    let file = File::read(path)?;
    // As it is there, but for a mark before which nothing could be put.
    let old = match fs::read_to_string(path) {
        Ok(old) => text::unmarked(&old).to_owned(),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => String::new(),
        Err(cause) => return Err(fault(cause)),
    };
    let name = &profile.name;
    let mut text = old.clone();
    if file.profiles.contains_key(name) {
        if !may_replace {
            return Err(Error::Taken {
                name: name.clone(),
                path: path.to_owned(),
            });
        }
        text = without(&old, name);
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if file.profiles.is_empty() && file.default.is_none() {
        // Before any heading: behind one it would belong to that table.
        text = format!("default = {}\n{text}", Value::from(name.as_str()));
    }
    text.push('\n');
    text.push_str(&section(profile));
    // What was written must be read again, and say the same of everybody else.
    let unclear = || Error::Unclear {
        name: name.clone(),
        path: path.to_owned(),
    };
    let new = File::parse(path, &text).map_err(|_| unclear())?;
    let is_kept = file.profiles.iter().all(|(other, values)| {
        other == name
            || new
                .profiles
                .get(other)
                .is_some_and(|new| new.says_as(values))
    });
    if !is_kept || !new.profiles.contains_key(name) {
        return Err(unclear());
    }
    put(path, &text).map_err(fault)
}

/// A text without the tables of a profile; a comment right above a heading belongs to it.
fn without(text: &str, name: &str) -> String {
    let is_of = |line: &str| {
        let heading = line.trim_start().strip_prefix('[')?;
        let heading = heading.split(']').next()?;
        let mut parts = heading
            .split('.')
            .map(|part| part.trim().trim_matches(['"', '\'']));
        Some(parts.next() == Some("profiles") && parts.next() == Some(name))
    };
    let mut kept = String::new();
    let mut is_inside = false;
    for line in text.split_inclusive('\n') {
        if let Some(of) = is_of(line) {
            is_inside = of;
        }
        if !is_inside {
            kept.push_str(line);
        }
    }
    kept.truncate(kept.trim_end().len());
    kept
}

/// The profile as text.
fn section(profile: &Profile) -> String {
    let mut table = Vec::new();
    table.push(format!("[profiles.{}]", profile.name));
    let mut say = |key: &str, value: Value| table.push(format!("{key} = {value}"));
    say("account", profile.account.as_str().into());
    say("csds", profile.csds.as_str().into());
    say("client_id", profile.client.as_str().into());
    say("secret", source(&profile.secret));
    if let Some(ca) = &profile.ca {
        say("ca", ca.display().to_string().into());
    }
    say("production", profile.production.into());
    let texts = [
        ("brand", &profile.brand),
        ("theme", &profile.theme),
        ("hook_path", &profile.hook_path),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            say(key, text.as_str().into());
        }
    }
    if !profile.personas.is_empty() {
        say("personas", profile.personas.clone().into());
    }
    if let Some(bind) = profile.bind {
        say("bind", bind.to_string().into());
    }
    for (heading, entries) in [
        ("tunnel", tunnel(&profile.tunnel)),
        (
            "login",
            profile.login.as_ref().map(login).unwrap_or_default(),
        ),
    ] {
        if entries.is_empty() {
            continue;
        }
        table.push(format!("\n[profiles.{}.{heading}]", profile.name));
        for (key, value) in entries {
            table.push(format!("{key} = {value}"));
        }
    }
    table.join("\n") + "\n"
}

type Entries = Vec<(&'static str, Value)>;

fn login(login: &Login) -> Entries {
    vec![
        ("username", login.username.as_str().into()),
        ("password", source(&login.password)),
        ("borrow", login.borrow.into()),
    ]
}

fn tunnel(way: &Way) -> Entries {
    let mut entries: Entries = Vec::new();
    let optional = |entries: &mut Entries, key, text: &Option<String>| {
        if let Some(text) = text {
            entries.push((key, text.as_str().into()));
        }
    };
    match way {
        Way::None => {}
        Way::Url(url) => {
            entries.push(("kind", "url".into()));
            entries.push(("url", url.as_str().into()));
        }
        Way::Relay { link, ticket } => {
            entries.push(("kind", "relay".into()));
            entries.push(("link", link.as_str().into()));
            entries.push(("ticket", source(ticket)));
        }
        Way::Cloudflared { program, named } => {
            entries.push(("kind", "cloudflared".into()));
            optional(&mut entries, "program", program);
            if let Some((name, public)) = named {
                entries.push(("name", name.as_str().into()));
                entries.push(("public", public.as_str().into()));
            }
        }
        Way::Ngrok { program, domain } => {
            entries.push(("kind", "ngrok".into()));
            optional(&mut entries, "program", program);
            optional(&mut entries, "domain", domain);
        }
        Way::Ssh {
            host,
            port,
            listen,
            public,
            program,
            options,
        } => {
            entries.push(("kind", "ssh".into()));
            entries.push(("host", host.as_str().into()));
            if let Some(port) = port {
                entries.push(("port", i64::from(*port).into()));
            }
            entries.push(("listen", listen.as_str().into()));
            entries.push(("public", public.as_str().into()));
            optional(&mut entries, "program", program);
            if !options.is_empty() {
                entries.push(("options", options.clone().into()));
            }
        }
    }
    entries
}

fn source(source: &Source) -> Value {
    let mut table = Table::new();
    match source {
        Source::Env(variable) => {
            table.insert("env".to_owned(), variable.as_str().into());
        }
        Source::Command(words) => {
            table.insert("command".to_owned(), words.clone().into());
        }
        Source::Keyring { service, user } => {
            table.insert("keyring".to_owned(), service.as_str().into());
            table.insert("user".to_owned(), user.as_str().into());
        }
        Source::File(path) => {
            table.insert("file".to_owned(), path.display().to_string().into());
        }
    }
    table.into()
}

/// Writes a file beside the old one and puts it in its place.
fn put(path: &Path, text: &str) -> io::Result<()> {
    // A link stays one.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let beside = folder.join(format!(".config.toml.{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // It is of no use to anybody; the reason is told whether it goes or not.
        let _ = fs::remove_file(&beside);
        return written;
    }
    // Without it the name may be lost with the power; no system folder can be synced everywhere.
    let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(name: &str) -> Profile {
        Profile {
            name: name.to_owned(),
            account: "1".into(),
            csds: "https://api.liveperson.net".parse().unwrap(),
            client: "c\"\\\n1".into(),
            secret: Source::Command(vec!["pass".into(), "a \"b\"".into()]),
            ca: Some("/x/ca.pem".into()),
            production: true,
            brand: Some("Ünïcode".into()),
            personas: vec!["ada".into()],
            theme: None,
            bind: Some("127.0.0.1:8443".parse().unwrap()),
            hook_path: None,
            tunnel: Way::Ssh {
                host: "h".into(),
                port: Some(22),
                listen: "0".into(),
                public: "https://h:{port}".into(),
                program: None,
                options: vec!["-v".into()],
            },
            login: Some(Login {
                username: "morgan".into(),
                password: Source::Keyring {
                    service: "handset".into(),
                    user: "x".into(),
                },
                borrow: true,
            }),
        }
    }

    fn read(path: &Path, name: &str) -> Profile {
        let mut file = File::read(path).unwrap();
        let values = file.profiles.remove(name).unwrap();
        let whose = crate::config::complete::Whose {
            profile: Some(name),
            file: None,
        };
        crate::config::complete::profile(&values, whose).unwrap()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/config.toml");
        write(&path, &profile("acme"), false).unwrap();
        assert_eq!(read(&path, "acme"), profile("acme"));
        for way in [
            Way::None,
            Way::Url("https://x.test/a".parse().unwrap()),
            Way::Relay {
                link: "wss://x.test/link".parse().unwrap(),
                ticket: Source::File("/t".into()),
            },
            Way::Cloudflared {
                program: Some("p".into()),
                named: Some(("n".into(), "https://n.test".parse().unwrap())),
            },
            Way::Ngrok {
                program: None,
                domain: Some("d".into()),
            },
        ] {
            let mut other = profile("other");
            other.tunnel = way;
            write(&path, &other, true).unwrap();
            assert_eq!(read(&path, "other"), other);
            assert_eq!(read(&path, "acme"), profile("acme"));
        }
        let default = File::read(&path).unwrap().default.unwrap();
        assert_eq!(default.value, "acme");
    }

    #[test]
    fn the_rest_of_the_file_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let old = "# mine\n[profiles.b] # two\naccount = '2'   # odd\n[profiles.acme]\naccount = \"9\"\n[profiles.acme.login]\nusername = \"m\"\n\n[profiles.z]\naccount = \"3\"";
        fs::write(&path, old).unwrap();
        let error = write(&path, &profile("acme"), false)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("already") && error.contains("--force"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), old);
        write(&path, &profile("acme"), true).unwrap();
        let new = fs::read_to_string(&path).unwrap();
        let kept = "# mine\n[profiles.b] # two\naccount = '2'   # odd\n[profiles.z]\naccount = \"3\"\n\n[profiles.acme]\n";
        assert!(new.starts_with(kept), "{new}");
        assert_eq!(read(&path, "acme"), profile("acme"));

        // Spelled otherwise it is not touched.
        let odd = "profiles = { acme = { account = \"1\" } }\n";
        fs::write(&path, odd).unwrap();
        let error = write(&path, &profile("acme"), true)
            .unwrap_err()
            .to_string();
        assert!(error.contains("by hand"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), odd);
        let broken = "[profiles.a]\nwhat = 1\n";
        fs::write(&path, broken).unwrap();
        assert!(write(&path, &profile("acme"), true).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), broken);
        // Nothing is left beside it.
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
