//! Several exports with what a report of a bug needs, in one zip.

use std::{
    fs::File,
    io::{self, Read as _, Seek, Write},
    path::Path,
};

use jiff::tz::TimeZone;
use zip::{
    CompressionMethod, DateTime, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions,
};

use crate::domain::time::Timestamp;

/// A zip under way.
pub struct Bundle<W: Write + Seek> {
    zip: ZipWriter<W>,
    options: SimpleFileOptions,
}

impl<W: Write + Seek> Bundle<W> {
    /// Begins one; its files bear this time.
    pub fn new(out: W, at: Timestamp, zone: &TimeZone) -> Self {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .unix_permissions(0o600)
            // A long wire may be longer than 4 GiB.
            .large_file(true);
        let options = match msdos(at, zone) {
            Some(time) => options.last_modified_time(time),
            None => options,
        };
        Self {
            zip: ZipWriter::new(out),
            options,
        }
    }

    /// Begins the next file; what is written from here on is its content.
    pub fn file(&mut self, name: &str) -> io::Result<&mut impl Write> {
        self.zip.start_file(name, self.options)?;
        Ok(&mut self.zip)
    }

    /// Ends the last file and the zip.
    pub fn finish(self) -> io::Result<W> {
        Ok(self.zip.finish()?)
    }
}

/// The most bytes of a part that are read.
const LARGEST: u64 = 256 * 1024 * 1024;

/// The parts of a bundle, by their names.
pub fn names(path: &Path) -> io::Result<Vec<String>> {
    let zip = ZipArchive::new(File::open(path)?)?;
    let names = zip.file_names();
    names.map(|name| Ok(name?.into_owned())).collect()
}

/// A part of a bundle; `None` when there is none of that name.
pub fn part(path: &Path, name: &str) -> io::Result<Option<Vec<u8>>> {
    let mut zip = ZipArchive::new(File::open(path)?)?;
    let part = match zip.by_name(name) {
        Ok(part) => part,
        Err(ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut bytes = Vec::new();
    // What it says of its size need not be true.
    part.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// A time on the clock on the wall, as zips have it: from 1980 to 2107.
fn msdos(at: Timestamp, zone: &TimeZone) -> Option<DateTime> {
    let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
    let at = at.to_zoned(zone.clone());
    let small = |part: i8| u8::try_from(part).ok();
    DateTime::from_date_and_time(
        u16::try_from(at.year()).ok()?,
        small(at.month())?,
        small(at.day())?,
        small(at.hour())?,
        small(at.minute())?,
        small(at.second())?,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_read_part_by_part() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("talk.zip");
        let file = File::create(&path).unwrap();
        let mut bundle = Bundle::new(file, Timestamp(1_796_029_200_000), &TimeZone::UTC);
        for (name, text) in [("about.txt", "handset"), ("wire.jsonl", "{}\n")] {
            bundle
                .file(name)
                .unwrap()
                .write_all(text.as_bytes())
                .unwrap();
        }
        bundle.finish().unwrap();
        assert_eq!(names(&path).unwrap(), ["about.txt", "wire.jsonl"]);
        assert_eq!(part(&path, "wire.jsonl").unwrap().unwrap(), b"{}\n");
        assert_eq!(part(&path, "../wire.jsonl").unwrap(), None);
        std::fs::write(&path, "no zip").unwrap();
        assert!(names(&path).is_err() && part(&path, "about.txt").is_err());
    }
}
