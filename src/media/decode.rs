//! Pictures to pixels, with bounds on what a decoder may take: a few bytes can
//! promise a picture that fills the memory.

use std::io::{BufRead, Seek};

use image::{DynamicImage, ImageDecoder as _, ImageReader, Limits, metadata::Orientation};

use crate::media::Error;

/// The longest side that is decoded.
const LONGEST_SIDE: u32 = 16_384;
/// The most pixels that are decoded: a photo of the larger kind.
const MOST_PIXELS: u64 = 50_000_000;
/// The most memory a decoder may take for one picture.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    limits
}

/// The picture as it is meant to be looked at; of a moving one the first frame.
pub(super) fn picture(source: impl BufRead + Seek) -> Result<DynamicImage, Error> {
    let undrawable = |reason: String| Error::Undrawable { reason };
    let mut reader = ImageReader::new(source)
        .with_guessed_format()
        .map_err(|error| undrawable(error.to_string()))?;
    reader.limits(limits());
    let mut decoder = reader
        .into_decoder()
        .map_err(|error| undrawable(error.to_string()))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY {
        return Err(undrawable(format!("it has {width} × {height} pixels")));
    }
    // Without it, or with one nobody understands, it is upright.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture =
        DynamicImage::from_decoder(decoder).map_err(|error| undrawable(error.to_string()))?;
    picture.apply_orientation(orientation);
    Ok(picture)
}
