//! Text files that people write: settings, themes, personas, cards, replies, secrets.
//!
//! All of them are read here, whichever editor wrote them: the mark that some put at the begin of
//! a file is left out, and a line may end as on Windows.

use std::{
    fs, io,
    io::Read as _,
    path::{Path, PathBuf},
};

/// The mark at the begin of a file that says it is UTF-8.
const MARK: &str = "\u{feff}";

/// The text of a file of at most so many bytes.
pub fn read(path: &Path, largest: u64) -> io::Result<String> {
    // A pipe would never end, and opening one can wait for ever.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    read_from(fs::File::open(path)?, largest)
}

/// The text of a file that is open already.
pub fn read_from(file: fs::File, largest: u64) -> io::Result<String> {
    if file.metadata()?.len() > largest {
        return Err(io::Error::other("it is larger than it can sensibly be"));
    }
    let mut text = String::new();
    file.take(largest).read_to_string(&mut text)?;
    Ok(unmarked(&text).replace("\r\n", "\n"))
}

/// The files of a folder with this ending, by their names; none when the folder is not there.
pub fn files(folder: &Path, ending: &str) -> io::Result<Vec<PathBuf>> {
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
pub fn unmarked(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// The line and the column of a byte, both counted from 1, the column in characters.
pub fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or("");
    let start = before.rsplit('\n').next().unwrap_or("");
    (before.matches('\n').count() + 1, start.chars().count() + 1)
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
            assert_eq!(read(&file, 100).unwrap(), "a\nb\n");
        }
        assert!(read(&file, 3).is_err());
        assert!(read(folder.path(), 100).is_err());
    }
}
