//! Lines for stdout and stderr that cannot hold anybody up.
//!
//! Each stream has a thread of its own that does the blocking writes; a
//! reader that has stopped stops that thread and nothing else.

use std::{io::Write, thread, time::Duration};

use anyhow::Context as _;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use crate::domain::text::SafeText;

/// Prints a text and flushes it; `what` names it in the error.
pub(crate) fn print(out: &mut impl Write, text: &str, what: &str) -> anyhow::Result<()> {
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.with_context(|| format!("cannot print {what}"))
}

/// The rows as lines, every column as wide as its widest cell. What others wrote in a cell moves no
/// cursor.
pub(crate) fn table<const N: usize>(rows: Vec<[String; N]>) -> String {
    let clean = |cell: String| SafeText::from(cell).one_line();
    let rows: Vec<[String; N]> = rows.into_iter().map(|row| row.map(clean)).collect();
    let widths: [usize; N] = std::array::from_fn(|column| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    });
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths);
        let cells = cells.map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// The same in plain mode: each row as sentences, `Header: value.`
pub(crate) fn sentences<const N: usize>(headers: [&str; N], rows: Vec<[String; N]>) -> String {
    let line = |row: [String; N]| {
        let cells = headers.into_iter().zip(row);
        let cells =
            cells.map(|(header, cell)| format!("{header}: {}.", SafeText::from(cell).one_line()));
        cells.collect::<Vec<_>>().join(" ") + "\n"
    };
    rows.into_iter().map(line).collect()
}

/// Lines that wait for their stream. When it is full, [`LineStream::room`] waits and
/// [`LineStream::remark`] drops its line.
const QUEUE: usize = 64;

/// The stream has been closed by its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nobody reads the output any more")]
pub(crate) struct Closed;

/// A line, and who is to know that it is out.
#[derive(Debug)]
struct QueuedLine {
    text: String,
    written: Option<oneshot::Sender<()>>,
}

impl QueuedLine {
    fn of(text: String) -> Self {
        Self {
            text,
            written: None,
        }
    }
}

#[derive(Debug)]
pub(crate) struct LineSlot<'a>(mpsc::Permit<'a, QueuedLine>);

impl LineSlot<'_> {
    pub(crate) fn print(self, line: String) {
        self.0.send(QueuedLine::of(line));
    }

    /// Prints the line, and tells when it was written and flushed; an error says that it was not.
    pub(crate) fn print_through(self, text: String) -> oneshot::Receiver<()> {
        let (written, through) = oneshot::channel();
        let written = Some(written);
        self.0.send(QueuedLine { text, written });
        through
    }
}

#[derive(Debug)]
pub(crate) struct LineStream {
    queue: mpsc::Sender<QueuedLine>,
    ended: oneshot::Receiver<()>,
}

impl LineStream {
    /// Starts the thread of a stream.
    ///
    /// It ends when the stream breaks or after [`finish`](Self::finish); if it is stuck in a
    /// write by then, the end of the process ends it.
    pub(crate) fn start(mut stream: impl Write + Send + 'static) -> std::io::Result<Self> {
        let (queue, mut lines) = mpsc::channel::<QueuedLine>(QUEUE);
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
    pub(crate) async fn room(&self) -> Result<LineSlot<'_>, Closed> {
        self.queue.reserve().await.map(LineSlot).map_err(|_| Closed)
    }

    /// Prints a line if there is room for it, for remarks that may be lost. What others wrote in
    /// it moves no cursor.
    pub(crate) fn remark(&self, line: impl Into<SafeText>) {
        let line = line.into().one_line();
        // Full or closed: either way nobody is reading.
        let _ = self.queue.try_send(QueuedLine::of(line));
    }

    /// Waits until the reader has closed the stream and a write has shown it. Safe to cancel.
    pub(crate) async fn closed(&self) {
        self.queue.closed().await;
    }

    /// Waits until every line is written, but no longer than this.
    pub(crate) async fn finish(self, within: Duration) {
        drop(self.queue);
        // Late or ended before: nothing is left to do in either case.
        let _ = timeout(within, self.ended).await;
    }
}

/// Writes one line and those that wait behind it, then flushes.
fn write_all(
    stream: &mut impl Write,
    first: QueuedLine,
    lines: &mut mpsc::Receiver<QueuedLine>,
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
