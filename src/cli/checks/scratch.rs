//! A folder for the throw-away files of a check.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

/// A folder that is removed with what is in it; so are those made on the way to it.
pub(in crate::cli) struct Scratch {
    pub(in crate::cli) path: PathBuf,
    made: Vec<PathBuf>,
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is in nobody's way.
        let _ = fs::remove_dir_all(&self.path);
        for folder in self.made.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

impl Scratch {
    /// Makes one in a folder, which is made too.
    pub(in crate::cli) fn make(folder: &Path) -> io::Result<Self> {
        let mut scratch = Self {
            path: folder.join(format!("check-{}", std::process::id())),
            made: Vec::new(),
        };
        let missing: Vec<&Path> = folder
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
            .collect();
        for folder in missing.into_iter().rev() {
            make_private(folder)?;
            scratch.made.push(folder.to_owned());
        }
        make_private(&scratch.path)?;
        Ok(scratch)
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)
}
