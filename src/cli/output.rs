//! Lines for stdout and stderr that cannot hold anybody up.
//!
//! Each stream has a thread of its own that does the blocking writes; a
//! reader that has stopped stops that thread and nothing else.

use std::{io::Write, thread, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use crate::domain::text::SafeText;

/// Lines that wait for their stream. When it is full, [`Lines::room`] waits and
/// [`Lines::remark`] drops its line.
const QUEUE: usize = 64;

/// The stream has been closed by its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nobody reads the output any more")]
pub struct Closed;

/// A line, and who is to know that it is out.
#[derive(Debug)]
struct Line {
    text: String,
    written: Option<oneshot::Sender<()>>,
}

impl Line {
    fn of(text: String) -> Self {
        Self {
            text,
            written: None,
        }
    }
}

/// Room for one line of a stream.
#[derive(Debug)]
pub struct Room<'a>(mpsc::Permit<'a, Line>);

impl Room<'_> {
    /// Prints the line.
    pub fn print(self, line: String) {
        self.0.send(Line::of(line));
    }

    /// Prints the line, and tells when it was written and flushed; an error says that it was not.
    pub fn print_through(self, text: String) -> oneshot::Receiver<()> {
        let (written, through) = oneshot::channel();
        let written = Some(written);
        self.0.send(Line { text, written });
        through
    }
}

/// A stream of lines.
#[derive(Debug)]
pub struct Lines {
    queue: mpsc::Sender<Line>,
    ended: oneshot::Receiver<()>,
}

impl Lines {
    /// Starts the thread of a stream.
    ///
    /// It ends when the stream breaks or after [`finish`](Self::finish); if it is stuck in a
    /// write by then, the end of the process ends it.
    pub fn start(mut stream: impl Write + Send + 'static) -> std::io::Result<Self> {
        let (queue, mut lines) = mpsc::channel::<Line>(QUEUE);
        let (done, ended) = oneshot::channel();
        thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || {
                while let Some(line) = lines.blocking_recv() {
                    if write_all(&mut stream, line, &mut lines).is_err() {
                        break;
                    }
                }
                // Nobody may be waiting.
                let _ = done.send(());
            })?;
        Ok(Self { queue, ended })
    }

    /// Waits for room for one line; with it printing does not wait. Safe to cancel.
    pub async fn room(&self) -> Result<Room<'_>, Closed> {
        self.queue.reserve().await.map(Room).map_err(|_| Closed)
    }

    /// Prints a line if there is room for it, for remarks that may be lost. What others wrote in
    /// it moves no cursor.
    pub fn remark(&self, line: impl Into<SafeText>) {
        let line = line.into().one_line();
        // Full or closed: either way nobody is reading.
        let _ = self.queue.try_send(Line::of(line));
    }

    /// Waits until the reader has closed the stream and a write has shown it. Safe to cancel.
    pub async fn closed(&self) {
        self.queue.closed().await;
    }

    /// Waits until every line is written, but no longer than this.
    pub async fn finish(self, within: Duration) {
        drop(self.queue);
        // Late or ended before: nothing is left to do in either case.
        let _ = timeout(within, self.ended).await;
    }
}

/// Writes one line and those that wait behind it, then flushes.
fn write_all(
    stream: &mut impl Write,
    first: Line,
    lines: &mut mpsc::Receiver<Line>,
) -> std::io::Result<()> {
    let (mut text, mut waiting) = (String::new(), Vec::new());
    let mut next = Some(first);
    while let Some(line) = next {
        text.push_str(&line.text);
        text.push('\n');
        waiting.extend(line.written);
        next = lines.try_recv().ok();
    }
    stream.write_all(text.as_bytes())?;
    stream.flush()?;
    for written in waiting {
        // The task that waits for it may be gone.
        let _ = written.send(());
    }
    Ok(())
}
