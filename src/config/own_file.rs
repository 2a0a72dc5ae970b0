//! The user's own files beside the settings: read, or why they cannot be.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::config::text::{self, TextFault};

/// Why a file of the user's cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OwnFileError {
    #[error("cannot read the {what} {path}: {cause}; make it readable, or move it elsewhere")]
    Read {
        what: &'static str,
        path: String,
        #[source]
        cause: io::Error,
    },
    #[error(transparent)]
    Fault(#[from] TextFault),
}

impl OwnFileError {
    /// The path of the file, as it is shown.
    pub(crate) fn file(&self) -> &Path {
        Path::new(match self {
            Self::Read { path, .. } => path,
            Self::Fault(fault) => &fault.file,
        })
    }
}

fn unreadable(what: &'static str, path: &Path) -> impl Fn(io::Error) -> OwnFileError {
    move |cause| OwnFileError::Read {
        what,
        path: path.display().to_string(),
        cause,
    }
}

/// The text of a file; `what` names it in the error.
pub(super) fn text_of(what: &'static str, file: &Path) -> Result<String, OwnFileError> {
    text::read(file).map_err(unreadable(what, file))
}

/// The same of a file that need not exist.
pub(super) fn text_if_there(
    what: &'static str,
    file: &Path,
) -> Result<Option<String>, OwnFileError> {
    match text::read(file) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some).map_err(unreadable(what, file)),
    }
}

/// The files of a folder, which need not exist, with this ending; and why they cannot be had.
pub(super) fn files(
    what: &'static str,
    folder: &Path,
    ending: &str,
) -> (Vec<PathBuf>, Vec<OwnFileError>) {
    match text::files(folder, ending).map_err(unreadable(what, folder)) {
        Ok(files) => (files, Vec::new()),
        Err(fault) => (Vec::new(), vec![fault]),
    }
}
