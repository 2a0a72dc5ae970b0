//! Several exports with what a report of a bug needs, in one zip.

use std::io::{self, Seek, Write};

use jiff::tz::TimeZone;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

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
