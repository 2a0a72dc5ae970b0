//! Recordings of a terminal for players of asciicasts, versions 2 and 3: the bytes that go to it,
//! with their times, and a mark at each chapter. Nothing of the environment is in them.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};

/// The form of a recording.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CastVersion {
    /// Times since the beginning; every player knows it.
    #[default]
    Two,
    /// Times since the event before, for asciinema from version 3 on.
    Three,
}

/// Tells how much time has passed since the recording began.
pub type CastClock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// A recording that is being written. Clones write the same one.
#[derive(Clone)]
pub struct TerminalCast(Arc<Mutex<CastState>>);

struct CastState {
    out: Box<dyn Write + Send>,
    version: CastVersion,
    clock: CastClock,
    /// When the last event was.
    last: Duration,
    /// The first bytes of a character whose others are to come.
    begun: Vec<u8>,
    /// Why it could not be written, once it could not.
    fault: Option<io::Error>,
}

impl TerminalCast {
    /// Begins one of a terminal of this size.
    pub fn new(
        out: impl Write + Send + 'static,
        version: CastVersion,
        (columns, rows): (u16, u16),
        title: &str,
        clock: CastClock,
    ) -> Self {
        let header = match version {
            CastVersion::Two => {
                json!({"version": 2, "width": columns, "height": rows, "title": title})
            }
            CastVersion::Three => {
                json!({"version": 3, "term": {"cols": columns, "rows": rows}, "title": title})
            }
        };
        let mut state = CastState {
            out: Box::new(out),
            version,
            clock,
            last: Duration::ZERO,
            begun: Vec::new(),
            fault: None,
        };
        state.line(&header);
        Self(Arc::new(Mutex::new(state)))
    }

    /// Marks a chapter.
    pub fn mark(&self, title: &str) {
        self.state().event("m", title);
    }

    /// Ends it; what could not be written is told here.
    pub fn end(&self) -> io::Result<()> {
        let mut state = self.state();
        if state.version == CastVersion::Three {
            state.event("x", "0");
        }
        let flushed = state.out.flush();
        state.fault.take().map_or(flushed, Err)
    }

    /// A writer whose bytes are recorded.
    pub fn around<W: Write>(&self, out: W) -> RecordedWriter<W> {
        RecordedWriter {
            out,
            cast: self.clone(),
        }
    }

    /// No panic can leave it half changed.
    fn state(&self) -> MutexGuard<'_, CastState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CastState {
    fn output(&mut self, bytes: &[u8]) {
        self.begun.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.begun) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.begun.len(),
        };
        let rest = self.begun.split_off(whole);
        let text = std::mem::replace(&mut self.begun, rest);
        if !text.is_empty() {
            self.event("o", &String::from_utf8_lossy(&text));
        }
    }

    fn event(&mut self, code: &str, data: &str) {
        let now = (self.clock)().max(self.last);
        let time = match self.version {
            CastVersion::Two => now,
            CastVersion::Three => now.saturating_sub(self.last),
        };
        self.last = now;
        // Whole milliseconds, so that the same show is the same file.
        let millis = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        self.line(&json!([f64::from(millis) / 1000.0, code, data]));
    }

    fn line(&mut self, value: &Value) {
        let written = writeln!(self.out, "{value}");
        if let Err(fault) = written {
            self.fault.get_or_insert(fault);
        }
    }
}

/// A writer whose bytes go into a recording too.
pub struct RecordedWriter<W> {
    out: W,
    cast: TerminalCast,
}

impl<W: Write> Write for RecordedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        let bytes = bytes.get(..written).unwrap_or_default();
        self.cast.state().output(bytes);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[derive(Clone, Default)]
    struct KeptText(Arc<Mutex<Vec<u8>>>);

    impl Write for KeptText {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn recorded(version: CastVersion) -> Vec<String> {
        let file = KeptText::default();
        let now = Arc::new(AtomicU64::new(0));
        let read = Arc::clone(&now);
        let clock: CastClock = Arc::new(move || Duration::from_millis(read.load(Ordering::SeqCst)));
        let cast = TerminalCast::new(file.clone(), version, (80, 24), "A \"show\"", clock);
        let mut out = cast.around(io::sink());
        let text = "\u{1b}[1mé";
        let (first, rest) = text.as_bytes().split_at(5);
        out.write_all(first).unwrap();
        now.store(1250, Ordering::SeqCst);
        out.write_all(rest).unwrap();
        cast.mark("The question");
        now.store(2000, Ordering::SeqCst);
        cast.end().unwrap();
        let bytes = file.0.lock().unwrap().clone();
        String::from_utf8(bytes)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn both_versions_are_written_as_their_players_read_them() {
        assert_eq!(
            recorded(CastVersion::Two),
            [
                r#"{"version":2,"width":80,"height":24,"title":"A \"show\""}"#,
                r#"[0.0,"o","\u001b[1m"]"#,
                r#"[1.25,"o","é"]"#,
                r#"[1.25,"m","The question"]"#,
            ]
        );
        assert_eq!(
            recorded(CastVersion::Three),
            [
                r#"{"version":3,"term":{"cols":80,"rows":24},"title":"A \"show\""}"#,
                r#"[0.0,"o","\u001b[1m"]"#,
                r#"[1.25,"o","é"]"#,
                r#"[0.0,"m","The question"]"#,
                r#"[0.75,"x","0"]"#,
            ]
        );
    }

    #[test]
    fn a_recording_that_cannot_be_written_breaks_no_show() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::other("the disk is full"))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let clock: CastClock = Arc::new(|| Duration::ZERO);
        let cast = TerminalCast::new(Full, CastVersion::Two, (80, 24), "", clock);
        cast.around(io::sink()).write_all(b"seen").unwrap();
        assert_eq!(cast.end().unwrap_err().to_string(), "the disk is full");
    }
}
