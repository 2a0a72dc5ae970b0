//! The small picture that goes with a file; see `send-api` 4.

use std::{
    fs::File,
    io::{BufReader, Cursor},
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use image::{DynamicImage, ImageFormat, codecs::jpeg::JpegEncoder};

use crate::media::{decode, pixels::fitted};

/// The most characters of a preview: under 30 KB, however a KB is counted.
pub const LONGEST: usize = 30_000;

/// The longest sides tried, the largest first.
const SIDES: [u32; 7] = [320, 240, 160, 120, 80, 40, 16];
/// How faithful a preview is, of 100.
const QUALITY: u8 = 75;

/// A preview of a file as a data URI under 30 KB, PNG or JPEG, whichever is smaller; `None` when
/// it is no picture that can be decoded.
pub fn preview(path: &Path) -> Option<String> {
    let file = File::open(path).ok()?;
    let picture = decode::picture(BufReader::new(file)).ok()?;
    SIDES.iter().find_map(|side| {
        let small = fitted(&picture, *side, *side);
        let smallest = encodings(&small)
            .into_iter()
            .min_by_key(|(_, bytes)| bytes.len())?;
        let uri = format!("data:{};base64,{}", smallest.0, STANDARD.encode(smallest.1));
        (uri.len() < LONGEST).then_some(uri)
    })
}

/// The picture in both types; in PNG alone where it is see-through, which JPEG knows not.
fn encodings(picture: &DynamicImage) -> Vec<(&'static str, Vec<u8>)> {
    let mut encodings = Vec::new();
    let rgba = picture.to_rgba8();
    let opaque = rgba.pixels().all(|pixel| pixel.0[3] == u8::MAX);
    if opaque {
        let mut bytes = Vec::new();
        let jpeg = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        if picture.to_rgb8().write_with_encoder(jpeg).is_ok() {
            encodings.push(("image/jpeg", bytes));
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    let png = if opaque {
        picture.to_rgb8().write_to(&mut bytes, ImageFormat::Png)
    } else {
        rgba.write_to(&mut bytes, ImageFormat::Png)
    };
    if png.is_ok() {
        encodings.push(("image/png", bytes.into_inner()));
    }
    encodings
}

#[cfg(test)]
mod tests {
    use crate::media::{
        pixels::{Opened, Source},
        preview::{LONGEST, preview},
        samples,
    };

    fn of(bytes: &[u8]) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        preview(&path)
    }

    #[test]
    fn a_preview_stays_under_the_limit_whatever_the_picture() {
        for bytes in [
            samples::png(1200, 800),
            samples::jpeg(640, 480),
            samples::gif(100, 100, 2),
            samples::noise(400, 400),
        ] {
            let preview = of(&bytes).unwrap();
            assert!(preview.len() < LONGEST, "{}", preview.len());
            let pixels = Opened::new(&Source::Uri(preview)).unwrap().fitted(40, 40);
            assert!(pixels.width >= 16 && pixels.height >= 16);
        }
    }

    #[test]
    fn flat_pictures_become_png_and_noisy_ones_jpeg() {
        let kind = |bytes: &[u8]| {
            let preview = of(bytes).unwrap();
            preview.split(';').next().unwrap().to_owned()
        };
        assert_eq!(kind(&samples::png(32, 32)), "data:image/png");
        assert_eq!(kind(&samples::noise(200, 200)), "data:image/jpeg");
    }

    #[test]
    fn what_is_no_picture_has_no_preview() {
        assert_eq!(of(b"words"), None);
        assert_eq!(of(b""), None);
        let mut cut = samples::png(300, 300);
        cut.truncate(60);
        assert_eq!(of(&cut), None);
    }
}
