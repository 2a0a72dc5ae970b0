//! Text files that people write: settings, themes, personas, cards, replies, secrets.
//!
//! All of them are read here, whichever editor wrote them: the mark that some put at the begin of
//! a file is left out, and a line may end as on Windows.

use std::{
    fs, io,
    io::Read as _,
    path::{Path, PathBuf},
};

use crate::domain::similar::did_you_mean;

/// The mark at the begin of a file that says it is UTF-8.
const MARK: &str = "\u{feff}";

/// No file that people write needs more bytes.
pub(crate) const LARGEST: u64 = 1024 * 1024;

/// What is wrong in a text, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {reason}")]
pub(crate) struct TextFault {
    /// Its path, or the name of something embedded.
    pub(crate) file: String,
    /// Counted from 1, and so is the column, which counts characters.
    line: usize,
    column: usize,
    reason: String,
}

impl TextFault {
    /// A fault at a byte of a text.
    pub(crate) fn at(file: &str, text: &str, at: usize, reason: String) -> Self {
        let before = text.get(..at).unwrap_or("");
        let start = before.rsplit('\n').next().unwrap_or("");
        let line = before.matches('\n').count() + 1;
        Self::in_line(file, (line, start.chars().count() + 1), reason)
    }

    /// What the reader of TOML says is wrong, with the name that was meant perhaps.
    pub(crate) fn of_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map_or(0, |span| span.start);
        let reason = error.message().trim().replace('\n', "; ");
        // It names what it does not know, and then everything that it knows.
        let mut named = reason.split('`').skip(1).step_by(2);
        let meant = match named.next() {
            Some(written) if reason.starts_with("unknown ") => did_you_mean(written, named),
            _ => String::new(),
        };
        Self::at(file, text, at, reason + &meant)
    }

    /// A fault in a line and a column.
    pub(crate) fn in_line(file: &str, (line, column): (usize, usize), reason: String) -> Self {
        Self {
            file: file.to_owned(),
            line,
            column,
            reason,
        }
    }
}

/// Opens a file; a pipe would never end, and opening one can wait for ever.
pub(crate) fn open(path: &Path) -> io::Result<fs::File> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    fs::File::open(path)
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    read_from(open(path)?, LARGEST)
}

/// The text of a file that is open already, of at most so many bytes.
pub(crate) fn read_from(file: fs::File, largest: u64) -> io::Result<String> {
    if file.metadata()?.len() > largest {
        return Err(io::Error::other("it is larger than it can sensibly be"));
    }
    let mut text = String::new();
    file.take(largest).read_to_string(&mut text)?;
    Ok(unmarked(&text).replace("\r\n", "\n"))
}

/// The files of a folder with this ending, by their names; none when the folder is not there.
pub(crate) fn files(folder: &Path, ending: &str) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(cause),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == ending) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A text without the mark at its begin.
pub(crate) fn unmarked(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_any_editor_says_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("text");
        for written in ["a\nb\n", "\u{feff}a\nb\n", "\u{feff}a\r\nb\r\n"] {
            fs::write(&file, written).unwrap();
            assert_eq!(read(&file).unwrap(), "a\nb\n");
        }
        assert!(read_from(open(&file).unwrap(), 3).is_err());
        assert!(read(folder.path()).is_err());
    }
}
