//! The file an export goes to: written beside its place and moved there when it
//! is whole, and never over another one unless that was asked for.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    domain::past::PastConversation,
    engine::{
        command::Format,
        exporting::{Error, Plan, find, report, talk, write},
    },
    store::Reader,
};

/// Exports of one conversation in one format that get a name of their own.
const MOST_NAMES: u32 = 1000;

/// Writes a conversation to a file, in any format. Replaces a file that is there only when told to.
/// Gives what the reader of a scenario should know.
pub fn to_file(
    reader: &Reader,
    plan: &Plan,
    path: &Path,
    replace: bool,
) -> Result<Vec<String>, Error> {
    let (kept, talk) = find(reader, plan)?;
    let mut remarks = Vec::new();
    put_file(path, replace, |out| match plan.format {
        Format::Bundle => report::write(reader, &kept, &talk, out),
        Format::Talk => {
            remarks = talk::beside(reader, plan, &talk, (path, replace), out)?;
            Ok(())
        }
        format => write(reader, &kept, &talk, format, out),
    })?;
    Ok(remarks)
}

/// Writes a file whole or not at all. Replaces one that is there only when told to.
pub(super) fn put_file(
    path: &Path,
    replace: bool,
    write: impl FnOnce(&mut BufWriter<&File>) -> Result<(), Error>,
) -> Result<(), Error> {
    refuse_to_replace(path, replace)?;
    let unwritable = |cause| Error::Unwritable {
        path: path.to_owned(),
        cause: Arc::new(cause),
    };
    let part = Part::beside(path).map_err(unwritable)?;
    let mut out = BufWriter::new(&part.file);
    let written = write(&mut out).and_then(|()| Ok(out.flush()?));
    drop(out);
    match written {
        Err(Error::Output(cause)) => Err(unwritable(cause)),
        Err(other) => Err(other),
        Ok(()) => match part.put(path, replace) {
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Err(Error::Exists {
                path: path.to_owned(),
            }),
            put => put.map_err(unwritable),
        },
    }
}

/// A name in a folder that no file has yet, made of the day, the consumer and the conversation.
/// Makes the folder, for its owner alone.
pub fn free_name(reader: &Reader, plan: &Plan, folder: &Path) -> Result<PathBuf, Error> {
    let (kept, _) = find(reader, plan)?;
    make_folder(folder)?;
    let name = format!("{}.{}", stem(&kept, plan), extension(plan.format));
    Ok(free_beside(&folder.join(name), plan.format))
}

/// Makes a folder, for its owner alone.
pub(super) fn make_folder(folder: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|cause| Error::Unwritable {
        path: folder.to_owned(),
        cause: Arc::new(cause),
    })
}

/// This path, or one beside it with a number when there is a file already.
pub fn free_beside(path: &Path, format: Format) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let is_taken = |path: &Path| {
        path.exists()
            || format == Format::Talk && talk::names_beside(path).iter().any(|it| it.exists())
    };
    let mut free = path.to_owned();
    let mut count = 1;
    while is_taken(&free) && count < MOST_NAMES {
        count += 1;
        free = path.with_file_name(format!("{stem}-{count}.{extension}"));
    }
    free
}

fn stem(kept: &PastConversation, plan: &Plan) -> String {
    let day = jiff::Timestamp::from_millisecond(kept.began.0)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned(plan.zone.clone())
        .strftime("%Y-%m-%d")
        .to_string();
    let words = |text: &str, most: usize| {
        let known = text.chars().map(|c| {
            let c = c.to_ascii_lowercase();
            if c.is_ascii_alphanumeric() { c } else { '-' }
        });
        known.take(most).collect::<String>()
    };
    let parts = [
        day,
        words(kept.consumer.as_str(), 24),
        words(kept.conversation.as_str(), 8),
    ];
    let parts: Vec<&str> = parts.iter().map(|part| part.trim_matches('-')).collect();
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

fn extension(format: Format) -> &'static str {
    match format {
        Format::Markdown => "md",
        Format::Json => "json",
        Format::Html => "html",
        Format::Har => "har",
        Format::Jsonl => "jsonl",
        Format::Talk => "talk",
        Format::Bundle => "zip",
    }
}

/// Before any work is done; [`Part::put`] sees what came meanwhile.
fn refuse_to_replace(path: &Path, replace: bool) -> Result<(), Error> {
    let path = path.to_owned();
    match fs::metadata(&path) {
        // Moving a file over a device would take the device away.
        Ok(there) if !there.is_file() => Err(Error::Irregular { path }),
        Ok(_) if !replace => Err(Error::Exists { path }),
        _ => Ok(()),
    }
}

/// A file that is not whole yet; gone when dropped.
struct Part {
    file: File,
    path: PathBuf,
}

impl Part {
    fn beside(path: &Path) -> io::Result<Self> {
        let Some(name) = path.file_name() else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it names no file",
            ));
        };
        let mut part = std::ffi::OsString::from(".");
        part.push(name);
        part.push(format!(".{}.part", std::process::id()));
        let path = path.with_file_name(part);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // A conversation is for its owner's eyes until the owner says otherwise.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        Ok(Self { file, path })
    }

    /// Moves it to its place.
    fn put(&self, path: &Path, replace: bool) -> io::Result<()> {
        if replace {
            return fs::rename(&self.path, path);
        }
        match fs::hard_link(&self.path, path) {
            Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists && !path.exists() => {
                // Some file systems know no links.
                fs::rename(&self.path, path)
            }
            linked => linked,
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove.
        let _ = fs::remove_file(&self.path);
    }
}
