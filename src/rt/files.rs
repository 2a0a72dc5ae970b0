//! Files and folders for their owner alone.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    path::Path,
};

/// Makes a folder for its owner alone; what exists is left as it is.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file for writing and makes it, for its owner alone, if it is missing.
pub fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// What to tell when others can write to an open file; `what` is its name in words.
#[cfg(unix)]
pub fn open_to_others(file: &File, what: &str, path: &Path) -> Option<String> {
    let facts = file.metadata().ok()?;
    let mode = std::os::unix::fs::MetadataExt::mode(&facts);
    let path = path.display();
    (mode & 0o022 != 0).then(|| format!("others can write to {what} {path}; do `chmod 600 {path}`"))
}

#[cfg(not(unix))]
/// Permissions are not looked at on this system.
pub fn open_to_others(_: &File, _: &str, _: &Path) -> Option<String> {
    None
}
