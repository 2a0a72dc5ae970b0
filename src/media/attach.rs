//! A file made ready to be sent, and what the cloud will object to in it. See
//! `send-api` 4 for the limits; a tester may send it all the same.

use std::{fmt, path::Path};

use crate::{
    domain::conversation::event::Attachment,
    media::{
        Error,
        facts::{Facts, inspect},
        preview::preview,
    },
};

/// The largest file the cloud takes.
pub const LARGEST: u64 = 3 * 1024 * 1024;

/// The types it takes.
const TYPES: [&str; 4] = ["JPG", "JPEG", "PNG", "GIF"];

/// Something the cloud will not take; the file can be sent all the same, to see what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// It has a type the cloud does not know.
    Type(String),
    /// It is larger than 3 MB.
    Large(u64),
    /// It has no bytes.
    Empty,
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(name) => {
                write!(
                    f,
                    "it is of type {name}, and the cloud takes JPG, JPEG, PNG and GIF"
                )
            }
            Self::Large(bytes) => {
                write!(
                    f,
                    "it has {bytes} bytes, and the cloud takes at most {LARGEST}"
                )
            }
            Self::Empty => f.write_str("it is empty"),
        }
    }
}

/// A file made ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// What to send.
    pub attachment: Attachment,
    /// What it is.
    pub facts: Facts,
    /// What the cloud will object to; usually nothing.
    pub objections: Vec<Objection>,
}

/// What the cloud will object to in a file.
pub fn objections(facts: &Facts) -> Vec<Objection> {
    let mut objections = Vec::new();
    if !TYPES.contains(&facts.file_type.as_str()) {
        objections.push(Objection::Type(facts.file_type.clone()));
    }
    if facts.bytes > LARGEST {
        objections.push(Objection::Large(facts.bytes));
    }
    if facts.bytes == 0 {
        objections.push(Objection::Empty);
    }
    objections
}

/// Looks at a file and makes its preview. An empty caption is the file's own name.
pub fn prepare(path: &Path, caption: &str) -> Result<Prepared, Error> {
    // A relative path would mean another file after a restart elsewhere.
    let path = path.canonicalize().map_err(|cause| Error::Unreadable {
        path: path.to_owned(),
        cause,
    })?;
    let facts = inspect(&path)?;
    let local = path.to_str().ok_or_else(|| Error::Unreadable {
        path: path.clone(),
        cause: std::io::Error::other("its name is not UTF-8"),
    })?;
    let own_name = || {
        path.file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
    };
    let caption = if caption.trim().is_empty() {
        own_name().unwrap_or_default()
    } else {
        caption.to_owned()
    };
    let attachment = Attachment {
        local: local.to_owned(),
        size: facts.bytes,
        file_type: facts.file_type.clone(),
        caption,
        preview: preview(&path),
        metadata: None,
    };
    Ok(Prepared {
        objections: objections(&facts),
        attachment,
        facts,
    })
}

#[cfg(test)]
mod tests {
    use crate::media::{
        Error,
        attach::{LARGEST, Objection, Prepared, prepare},
        samples,
    };

    fn prepared(name: &str, bytes: &[u8]) -> Prepared {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        prepare(&path, "").unwrap()
    }

    #[test]
    fn a_picture_is_ready_with_its_preview_and_its_name() {
        let ready = prepared("receipt.jpg", &samples::jpeg(600, 400));
        assert_eq!(ready.objections, []);
        assert_eq!(ready.attachment.file_type, "JPEG");
        assert_eq!(ready.attachment.caption, "receipt");
        assert_eq!(ready.attachment.size, ready.facts.bytes);
        assert!(ready.attachment.preview.unwrap().starts_with("data:image/"));
    }

    #[test]
    fn what_the_cloud_refuses_is_said_before_and_stays_possible() {
        let ready = prepared("notes.txt", b"words");
        assert_eq!(ready.objections, [Objection::Type("TXT".to_owned())]);
        assert_eq!(ready.attachment.preview, None);
        let mut large = samples::png(4, 4);
        large.resize(usize::try_from(LARGEST).unwrap(), 0);
        assert_eq!(prepared("a.png", &large).objections, []);
        large.push(0);
        assert_eq!(
            prepared("a.png", &large).objections,
            [Objection::Large(LARGEST + 1)]
        );
        let ready = prepared("a.png", b"");
        let said: Vec<String> = ready.objections.iter().map(ToString::to_string).collect();
        assert_eq!(said[1], "it is empty");
    }

    #[test]
    fn a_folder_cannot_be_sent() {
        let folder = tempfile::tempdir().unwrap();
        let refused = prepare(folder.path(), "");
        assert!(matches!(refused, Err(Error::NotAFile { .. })));
    }
}
