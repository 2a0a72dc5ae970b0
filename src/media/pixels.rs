//! Pictures scaled to the room there is, as plain pixels for drawing.

use std::{
    fs::File,
    io::{BufReader, Cursor},
    path::PathBuf,
};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use image::{
    DynamicImage, ExtendedColorType, ImageEncoder as _, codecs::png::PngEncoder,
    imageops::FilterType,
};

use crate::media::{Error, decode};

/// The longest data URI that is taken: well above the 30 KB the cloud allows, for testers send
/// larger ones.
const LONGEST_URI: usize = 512 * 1024;

/// Where a picture comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// A file on this machine.
    File(PathBuf),
    /// A data URI, as messages carry them for a preview.
    Uri(String),
    /// The bytes of a file that was fetched.
    Bytes(Bytes),
}

/// A picture as rows of red, green, blue and opacity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Four bytes for each pixel, row by row.
    pub rgba: Vec<u8>,
}

impl Pixels {
    fn of(picture: DynamicImage) -> Self {
        let picture = picture.into_rgba8();
        Self {
            width: picture.width(),
            height: picture.height(),
            rgba: picture.into_raw(),
        }
    }

    /// The picture as a PNG file.
    pub fn png(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        PngEncoder::new(&mut bytes)
            .write_image(
                &self.rgba,
                self.width,
                self.height,
                ExtendedColorType::Rgba8,
            )
            .ok()?;
        Some(bytes)
    }

    /// One pixel; transparent beyond the edges.
    pub fn at(&self, x: u32, y: u32) -> [u8; 4] {
        let index = (u64::from(y) * u64::from(self.width) + u64::from(x)) * 4;
        usize::try_from(index)
            .ok()
            .filter(|_| x < self.width)
            .and_then(|index| self.rgba.get(index..)?.first_chunk().copied())
            .unwrap_or_default()
    }
}

/// A picture that was decoded.
#[derive(Debug)]
pub struct Opened(DynamicImage);

impl Opened {
    /// Reads and decodes a picture.
    pub fn new(source: &Source) -> Result<Self, Error> {
        Ok(Self(match source {
            Source::File(path) => {
                let file = File::open(path).map_err(|cause| Error::Unreadable {
                    path: path.clone(),
                    cause,
                })?;
                decode::picture(BufReader::new(file))?
            }
            Source::Bytes(bytes) => decode::picture(Cursor::new(bytes))?,
            Source::Uri(uri) => decode::picture(Cursor::new(data(uri)?))?,
        }))
    }

    /// The picture, no larger than the room and in its own proportions; a small one stays small.
    pub fn fitted(&self, width: u32, height: u32) -> Pixels {
        Pixels::of(fitted(&self.0, width.max(1), height.max(1)))
    }

    /// The picture in exactly this size, whatever its proportions.
    pub fn stretched(&self, width: u32, height: u32) -> Pixels {
        let (width, height) = (width.max(1), height.max(1));
        // Shrunk coarsely first, which is quick for large pictures.
        let (wide, high) = (width.saturating_mul(3), height.saturating_mul(3));
        let coarse = (self.0.width() > wide && self.0.height() > high)
            .then(|| self.0.thumbnail_exact(wide, high));
        let picture = coarse.as_ref().unwrap_or(&self.0);
        Pixels::of(picture.resize_exact(width, height, FilterType::Triangle))
    }
}

/// The picture no larger than the room.
pub(super) fn fitted(picture: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    if picture.width() <= width && picture.height() <= height {
        return picture.clone();
    }
    // Averages whole areas first, which is quick for large pictures, then smooths.
    let (wide, high) = (width.saturating_mul(3), height.saturating_mul(3));
    if picture.width() > wide && picture.height() > high {
        return picture
            .thumbnail(wide, high)
            .resize(width, height, FilterType::Triangle);
    }
    picture.resize(width, height, FilterType::Triangle)
}

/// The bytes of a data URI in base64, with or without its padding.
fn data(uri: &str) -> Result<Vec<u8>, Error> {
    let undrawable = |reason: &str| Error::Undrawable {
        reason: reason.to_owned(),
    };
    if uri.len() > LONGEST_URI {
        return Err(undrawable("its preview is too long"));
    }
    let (head, data) = uri
        .split_once(',')
        .ok_or_else(|| undrawable("its preview is no data URI"))?;
    let head = head.to_ascii_lowercase();
    if !head.starts_with("data:") || !head.ends_with(";base64") {
        return Err(undrawable("its preview is no data URI in base64"));
    }
    let forgiving =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&alphabet::STANDARD, forgiving)
        .decode(data.trim())
        .map_err(|_| undrawable("its preview is not base64"))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::media::samples;

    fn thumbnail(source: &Source, width: u32, height: u32) -> Result<Pixels, Error> {
        Ok(Opened::new(source)?.fitted(width, height))
    }

    fn uri(bytes: &[u8]) -> Source {
        Source::Uri(format!("data:image/png;base64,{}", STANDARD.encode(bytes)))
    }

    #[test]
    fn a_picture_keeps_its_proportions_and_is_never_enlarged() {
        for (size, room, fitted) in [
            ((400, 100), (40, 40), (40, 10)),
            ((100, 400), (40, 40), (10, 40)),
            ((4000, 3000), (40, 40), (40, 30)),
            ((8, 6), (40, 40), (8, 6)),
            ((5, 3000), (40, 40), (1, 40)),
        ] {
            let picture = uri(&samples::png(size.0, size.1));
            let pixels = thumbnail(&picture, room.0, room.1).unwrap();
            assert_eq!((pixels.width, pixels.height), fitted, "{size:?}");
            let bytes = u64::from(pixels.width) * u64::from(pixels.height) * 4;
            assert_eq!(u64::try_from(pixels.rgba.len()).unwrap(), bytes);
        }
    }

    #[test]
    fn its_colours_stay_where_they_were() {
        for bytes in [samples::png(64, 64), samples::webp(64, 64)] {
            let pixels = thumbnail(&uri(&bytes), 8, 8).unwrap();
            assert_eq!(pixels.at(1, 1), [255, 0, 0, 255]);
            assert_eq!(pixels.at(6, 1), [0, 255, 0, 255]);
            assert_eq!(pixels.at(1, 6), [0, 0, 255, 255]);
            assert_eq!(pixels.at(8, 0), [0; 4]);
            assert_eq!(pixels.at(0, 8), [0; 4]);
        }
    }

    #[test]
    fn a_picture_that_would_fill_the_memory_is_refused_by_its_head() {
        let refused = |width, height| {
            let bomb = uri(&samples::bomb(width, height));
            thumbnail(&bomb, 40, 40).unwrap_err().to_string()
        };
        // Far too long sides are the decoder's business, far too many pixels are ours.
        for (width, height) in [(30_000, 30_000), (u32::MAX, 1), (0, 5)] {
            let why = refused(width, height);
            assert!(!why.contains("end of file"), "{why}");
        }
        for (width, height) in [(16_000, 16_000), (8_000, 7_000)] {
            let why = refused(width, height);
            assert!(why.contains(&format!("{width} × {height} pixels")), "{why}");
        }
    }

    #[test]
    fn what_is_no_picture_is_said_and_does_no_harm() {
        let mut cut = samples::png(64, 64);
        cut.truncate(60);
        for source in [
            uri(&cut),
            uri(b""),
            uri(b"words"),
            Source::Uri("data:image/png;base64,%%%".to_owned()),
            Source::Uri("data:image/png,plain".to_owned()),
            Source::Uri("https://evil.test/a.png".to_owned()),
            Source::Uri(format!("data:image/png;base64,{}", "A".repeat(LONGEST_URI))),
            Source::File("/nowhere/at/all.png".into()),
        ] {
            assert!(thumbnail(&source, 40, 40).is_err(), "{source:?}");
        }
    }

    #[test]
    fn a_stretched_picture_has_exactly_the_size_and_makes_a_png() {
        for size in [(7, 5), (900, 20), (64, 64)] {
            let opened = Opened::new(&uri(&samples::png(size.0, size.1))).unwrap();
            let pixels = opened.stretched(30, 40);
            assert_eq!((pixels.width, pixels.height), (30, 40));
            let again = Opened::new(&uri(&pixels.png().unwrap())).unwrap();
            assert_eq!(again.fitted(99, 99), pixels);
        }
    }

    #[test]
    fn padding_may_be_missing() {
        let Source::Uri(padded) = uri(&samples::png(3, 3)) else {
            unreachable!()
        };
        let bare = Source::Uri(padded.trim_end_matches('=').to_owned());
        assert_eq!(thumbnail(&bare, 9, 9).unwrap().width, 3);
    }
}
