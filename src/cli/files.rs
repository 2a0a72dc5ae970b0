//! Small files that are written for other programs: whole or not at all.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use anyhow::anyhow;

/// Puts a file in place with these permissions, whatever was there before.
///
/// `what` names its content in the error.
pub(crate) fn replace(path: &Path, content: &[u8], mode: u32, what: &str) -> anyhow::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.part", std::process::id()));
    let temporary = Path::new(&temporary);
    let written = write(temporary, content, mode).and_then(|()| fs::rename(temporary, path));
    written.map_err(|cause| {
        // What is left of it helps nobody; it may never have been made.
        let _ = fs::remove_file(temporary);
        let path = path.display();
        anyhow!(
            "cannot write the {what} {path}: {cause}; name a file in a folder that can be written"
        )
    })
}

fn write(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    // The system's mask may have taken away what others are to have.
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        fs::write(&path, "old and longer than the new").unwrap();
        replace(&path, b"new", 0o644, "certificate").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o644);
        let key = folder.path().join("key.pem");
        replace(&key, b"k", 0o600, "key").unwrap();
        assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        let lost = replace(&folder.path().join("no/ca.pem"), b"x", 0o644, "certificate");
        assert!(
            lost.unwrap_err()
                .to_string()
                .starts_with("cannot write the certificate ")
        );
    }
}
