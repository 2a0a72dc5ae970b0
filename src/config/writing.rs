//! Writing a profile into `config.toml`: other profiles, comments and the order stay as they are.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use toml_edit::{Decor, DocumentMut, Item, Table, ser::to_document, value};

use crate::config::{
    file::SettingsFile, layer::Layer, profile::Profile, schema::PLACE, setting::SECTIONS, text,
};

/// Why a profile was not written. Nothing is, then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WritingError {
    /// The file holds it already.
    #[error("there is a profile {name:?} in {} already; choose another name, or replace it with --force", path.display())]
    Taken { name: String, path: PathBuf },
    /// The profile to replace is spelled in a way of its own.
    #[error("cannot tell where the profile {name:?} begins and ends in {}; change it there by hand, or choose another name", path.display())]
    Unclear { name: String, path: PathBuf },
    /// The system does not let us.
    #[error("cannot write {}: {cause}; nothing was changed", path.display())]
    Write { path: PathBuf, cause: io::Error },
    /// What is there is no settings file.
    #[error("{0}; nothing was changed")]
    SettingsFile(#[from] crate::config::file::SettingsFileError),
}

/// Whether a name can stand in a heading as it is.
pub(crate) fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    !name.is_empty() && name.len() <= 64 && name.bytes().all(plain)
}

/// Puts a profile into the file, made for its owner alone if it is not there, and makes it the
/// default if it is the first one. A program that reads the file meanwhile reads the old or the
/// new one whole.
pub(crate) fn write(path: &Path, profile: &Profile, may_replace: bool) -> Result<(), WritingError> {
    let fault = |cause| WritingError::Write {
        path: path.to_owned(),
        cause,
    };
    let file = SettingsFile::read(path)?;
    let name = &profile.name;
    if file.profiles.contains_key(name) && !may_replace {
        return Err(WritingError::Taken {
            name: name.clone(),
            path: path.to_owned(),
        });
    }
    // As it is there, but for a mark before which nothing could be put.
    let old = match fs::read_to_string(path) {
        Ok(old) => text::unmarked(&old).to_owned(),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => String::new(),
        Err(cause) => return Err(fault(cause)),
    };
    // What was written must be read again, and say the same of everybody else.
    let is_kept = |new: &SettingsFile| {
        let same = |(other, layer): (&String, &Layer)| {
            let new = new.profiles.get(other);
            other == name || new.is_some_and(|new| new.says_as(layer))
        };
        new.profiles.contains_key(name) && file.profiles.iter().all(same)
    };
    let is_first = file.profiles.is_empty() && file.default.is_none();
    // An editor that knows TOML reads the schema by this line.
    let head = if old.is_empty() {
        format!("#:schema {PLACE}\n")
    } else {
        String::new()
    };
    let text = with_profile(&old, profile, is_first)
        .map(|text| head + &text)
        .filter(|text| SettingsFile::parse(path, text).is_ok_and(|new| is_kept(&new)))
        .ok_or_else(|| WritingError::Unclear {
            name: name.clone(),
            path: path.to_owned(),
        })?;
    put(path, &text).map_err(fault)
}

/// A text with a profile where one of its name was, else at the end; `None` when that cannot be
/// done.
fn with_profile(old: &str, profile: &Profile, is_default: bool) -> Option<String> {
    let mut document: DocumentMut = old.parse().ok()?;
    // Comments at the end of the file stay before what is put there.
    let mut before = document.trailing().as_str()?.to_owned();
    if !(before.is_empty() || before.ends_with('\n')) {
        before.push('\n');
    }
    if is_default {
        document.insert("default", value(profile.name.as_str()));
    }
    let profiles = document.entry("profiles").or_insert_with(|| {
        let mut profiles = Table::new();
        profiles.set_implicit(true);
        Item::Table(profiles)
    });
    let profiles = profiles.as_table_mut()?;
    let replaced = profiles.remove(&profile.name);
    let replaced = replaced.as_ref().and_then(Item::as_table);
    let place = replaced.and_then(|table| Some((table.position()?, table.decor().clone())));
    let is_at_end = place.is_none();
    let (position, decor) = place.unwrap_or((isize::MAX, Decor::new(before + "\n", "")));
    let mut table = to_document(profile).ok()?.as_table().clone();
    for section in SECTIONS {
        if let Some(item) = table.remove(section) {
            let mut item = item.into_table().ok()?;
            // At the same position it comes after the table it is in.
            item.set_position(Some(position));
            item.decor_mut().set_prefix("\n");
            table.insert(section, Item::Table(item));
        }
    }
    table.set_position(Some(position));
    *table.decor_mut() = decor;
    profiles.insert(&profile.name, Item::Table(table));
    if is_at_end {
        document.set_trailing("");
    }
    let text = document.to_string();
    Some(if old.contains("\r\n") {
        text.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        text
    })
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
    use crate::config::profile::{Login, Source, SshSettings, TunnelSettings};

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
            private: false,
            fetch_pictures: None,
            bind: Some("127.0.0.1:8443".parse().unwrap()),
            hook_path: None,
            tunnel: TunnelSettings::Ssh(SshSettings {
                host: "h".into(),
                port: Some(22),
                listen: "0".into(),
                public: "https://h:{port}".into(),
                program: None,
                options: vec!["-v".into()],
            }),
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
        let mut file = SettingsFile::read(path).unwrap();
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
        for tunnel in [
            TunnelSettings::None,
            TunnelSettings::Url {
                url: "https://x.test/a".parse().unwrap(),
            },
            TunnelSettings::Relay {
                link: "wss://x.test/link".parse().unwrap(),
                ticket: Source::File("/t".into()),
            },
            TunnelSettings::Cloudflared {
                program: Some("p".into()),
                name: Some("n".into()),
                public: Some("https://n.test".parse().unwrap()),
            },
            TunnelSettings::Ngrok {
                program: None,
                domain: Some("d".into()),
            },
        ] {
            let mut other = profile("other");
            other.tunnel = tunnel;
            write(&path, &other, true).unwrap();
            assert_eq!(read(&path, "other"), other);
            assert_eq!(read(&path, "acme"), profile("acme"));
        }
        let default = SettingsFile::read(&path).unwrap().default.unwrap();
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
        let kept = "# mine\n[profiles.b] # two\naccount = '2'   # odd\n[profiles.acme]\n";
        assert!(new.starts_with(kept), "{new}");
        assert!(
            new.ends_with("\nborrow = true\n\n[profiles.z]\naccount = \"3\"\n"),
            "{new}"
        );
        assert_eq!(read(&path, "acme"), profile("acme"));

        // Comments at the end stay where they are, and lines end as they did.
        fs::write(&path, "[profiles.b]\r\naccount = \"2\"\r\n# the end\r\n").unwrap();
        write(&path, &profile("acme"), false).unwrap();
        let new = fs::read_to_string(&path).unwrap();
        let kept = "[profiles.b]\r\naccount = \"2\"\r\n# the end\r\n\r\n[profiles.acme]\r\n";
        assert!(
            new.starts_with(kept) && !new.replace("\r\n", "").contains('\n'),
            "{new}"
        );
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
