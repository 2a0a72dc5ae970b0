//! What a file is, by its content: a name can say anything.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Seek as _},
    path::Path,
};

use image::{
    AnimationDecoder as _, ImageDecoder as _, ImageReader,
    codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder},
};

use crate::media::Error;

/// The most bytes of a file one look takes in.
const LOOK: usize = 64 * 1024;
/// The longest ending of a file's name that is taken for its type.
const LONGEST_ENDING: usize = 8;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// `fileType` for the wire, in capitals: `JPEG`, `PNG`, `GIF`, and for what the cloud does
    /// not take its usual ending, as `PDF`.
    pub file_type: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Columns of pixels; `None` when it is no picture.
    pub width: Option<u32>,
    /// Rows of pixels.
    pub height: Option<u32>,
    /// Whether it moves.
    pub animated: bool,
}

/// Looks at a file.
pub fn inspect(path: &Path) -> Result<Facts, Error> {
    let unreadable = |cause| Error::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let known = fs::metadata(path).map_err(unreadable)?;
    if !known.is_file() {
        // Opening a pipe would wait for its other end.
        return Err(Error::NotAFile {
            path: path.to_owned(),
        });
    }
    let mut file = BufReader::with_capacity(LOOK, File::open(path).map_err(unreadable)?);
    let head = file.fill_buf().map_err(unreadable)?;
    let kind = kind(head);
    let file_type = kind.map_or_else(|| ending(path), str::to_owned);
    let mut facts = Facts {
        file_type,
        bytes: known.len(),
        width: None,
        height: None,
        animated: false,
    };
    if !matches!(kind, Some("JPEG" | "PNG" | "GIF" | "WEBP")) {
        return Ok(facts);
    }
    let reader = ImageReader::new(file).with_guessed_format();
    // A broken head leaves the size unknown; whether that matters is not decided here.
    if let Some((width, height)) = reader.ok().and_then(|reader| reader.into_dimensions().ok()) {
        (facts.width, facts.height) = (Some(width), Some(height));
    }
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    file.rewind().map_err(unreadable)?;
    facts.animated = moves(kind, file);
    Ok(facts)
}

/// The type by the first bytes; `None` when they tell nothing.
fn kind(head: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| head.starts_with(magic);
    if starts(b"\x89PNG\r\n\x1a\n") {
        Some("PNG")
    } else if starts(b"\xff\xd8\xff") {
        Some("JPEG")
    } else if starts(b"GIF87a") || starts(b"GIF89a") {
        Some("GIF")
    } else if starts(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        Some("WEBP")
    } else if starts(b"%PDF-") {
        Some("PDF")
    } else {
        None
    }
}

/// The type by the name, where the content says nothing.
fn ending(path: &Path) -> String {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending
        .filter(|ending| ending.len() <= LONGEST_ENDING)
        .filter(|ending| ending.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        // By its content it is none of these.
        .map(str::to_ascii_uppercase)
        .filter(|ending| !["JPG", "JPEG", "PNG", "GIF", "WEBP", "PDF"].contains(&ending.as_str()))
        .unwrap_or_else(|| "BIN".to_owned())
}

/// Whether a picture has more than one frame; one that cannot be decoded does not move.
fn moves(kind: Option<&str>, file: BufReader<File>) -> bool {
    match kind {
        Some("GIF") => GifDecoder::new(file).is_ok_and(|mut decoder| {
            let mut limits = image::Limits::default();
            limits.max_image_width = Some(4096);
            limits.max_image_height = Some(4096);
            decoder.set_limits(limits).is_ok()
                && decoder.into_frames().take(2).flatten().count() == 2
        }),
        Some("PNG") => {
            PngDecoder::new(file).is_ok_and(|decoder| decoder.is_apng().unwrap_or(false))
        }
        Some("WEBP") => WebPDecoder::new(file).is_ok_and(|decoder| decoder.has_animation()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::media::{
        facts::{Facts, inspect},
        samples,
    };

    fn facts(name: &str, bytes: &[u8]) -> Facts {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        inspect(&path).unwrap()
    }

    #[test]
    fn the_content_decides_and_not_the_name() {
        let png = samples::png(40, 30);
        let facts = facts("holiday.gif", &png);
        assert_eq!(facts.file_type, "PNG");
        assert_eq!((facts.width, facts.height), (Some(40), Some(30)));
        assert_eq!(facts.bytes, u64::try_from(png.len()).unwrap());
    }

    #[test]
    fn every_type_is_told_with_its_size() {
        for (name, bytes, kind) in [
            ("a", samples::jpeg(8, 6), "JPEG"),
            ("b", samples::gif(8, 6, 1), "GIF"),
            ("c", samples::webp(8, 6), "WEBP"),
        ] {
            let facts = facts(name, &bytes);
            assert_eq!(facts.file_type, kind);
            assert_eq!((facts.width, facts.height), (Some(8), Some(6)), "{kind}");
        }
        assert_eq!(facts("a.txt", b"words").file_type, "TXT");
        assert_eq!(facts("a.png", b"words").file_type, "BIN");
        assert_eq!(facts("noname", b"").file_type, "BIN");
        assert_eq!(facts("a.png", b"%PDF-1.7").file_type, "PDF");
    }

    #[test]
    fn what_moves_is_told_from_what_does_not() {
        assert!(facts("a.gif", &samples::gif(8, 8, 3)).animated);
        assert!(!facts("a.gif", &samples::gif(8, 8, 1)).animated);
        assert!(!facts("a.png", &samples::png(8, 8)).animated);
    }

    #[test]
    fn a_broken_picture_still_has_its_type() {
        let mut png = samples::png(64, 64);
        png.truncate(20);
        let facts = facts("a.png", &png);
        assert_eq!((facts.file_type.as_str(), facts.width), ("PNG", None));
    }

    #[test]
    fn what_is_no_file_is_said_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let words = inspect(folder.path()).unwrap_err().to_string();
        assert!(words.contains("it is not a file"), "{words}");
        let words = inspect(&folder.path().join("gone"))
            .unwrap_err()
            .to_string();
        assert!(words.starts_with("cannot read "), "{words}");
    }
}
