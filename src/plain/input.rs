//! Lines as the terminal or a pipe gives them.
//!
//! The terminal edits them itself (cooked mode), so that whatever writes into it works: keyboards,
//! braille devices, readline wrappers. A thread does the waiting; it reads one line when it is asked
//! to, so that an editor has the terminal for itself meanwhile.

use std::{
    io::{self, IsTerminal as _, Read as _},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use tokio::sync::mpsc;

/// The longest line that is taken, in bytes; what is longer is told and dropped.
const LONGEST: usize = 64 * 1024;

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InputEvent {
    /// A line was entered.
    Line(String),
    /// All that is typed so far of a line that is not entered yet.
    Typed(String),
    /// A line was too long.
    TooLong,
    /// The input has ended, or cannot be read.
    End,
}

/// The input of the program.
#[derive(Debug)]
pub(crate) struct LineInput {
    /// One at a time; the thread waits while it is full.
    events: mpsc::Receiver<InputEvent>,
    /// Asks for the next line. One at a time: a second request for the same line is dropped.
    more: mpsc::Sender<()>,
    /// Whether a terminal edits the lines.
    pub(crate) is_terminal: bool,
    /// Whether what was handed over of an unfinished line is dropped.
    is_dropped: Arc<AtomicBool>,
}

impl LineInput {
    /// Begins to read; nothing is read before it is asked for. The thread ends with the input, or
    /// with the program when it waits for a key by then.
    pub(crate) fn start() -> io::Result<Self> {
        let (found, events) = mpsc::channel(1);
        let (more, wanted) = mpsc::channel(1);
        let is_terminal = io::stdin().is_terminal();
        let is_dropped = Arc::new(AtomicBool::new(false));
        let dropped = Arc::clone(&is_dropped);
        thread::Builder::new()
            .name("input".to_owned())
            .spawn(move || read(&found, wanted, is_terminal, &dropped))?;
        Ok(Self {
            events,
            more,
            is_terminal,
            is_dropped,
        })
    }

    /// Asks for the next line.
    pub(crate) fn ask(&self) {
        // Full: it is asked for already. Closed: the input has ended.
        let _ = self.more.try_send(());
    }

    /// What comes next. Cancel safe.
    pub(crate) async fn next(&mut self) -> InputEvent {
        self.events.recv().await.unwrap_or(InputEvent::End)
    }

    /// What was handed over of an unfinished line is no part of it any more.
    pub(crate) fn forget(&self) {
        self.is_dropped.store(true, Ordering::SeqCst);
    }

    /// Has the terminal hand over what is typed; [`InputEvent::Typed`] follows when something is.
    /// What was handed over can no longer be taken back by Backspace.
    #[cfg(unix)]
    pub(crate) fn look(&self) {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let stdin = io::stdin();
        let Ok(modes) = tcgetattr(&stdin) else {
            return;
        };
        if !self.is_terminal || !modes.local_modes.contains(LocalModes::ICANON) {
            return;
        }
        // Out of its own editing and back into it at once: that ends what is being edited, and the
        // thread that reads gets it.
        let mut handed = modes.clone();
        handed.local_modes.remove(LocalModes::ICANON);
        for modes in [&handed, &modes] {
            if let Err(error) = tcsetattr(&stdin, OptionalActions::Now, modes) {
                tracing::warn!(%error, "the terminal was not asked what is typed");
            }
        }
    }

    /// No terminal of this system can be asked.
    #[cfg(not(unix))]
    pub(crate) fn look(&self) {}
}

fn read(
    found: &mpsc::Sender<InputEvent>,
    mut wanted: mpsc::Receiver<()>,
    is_terminal: bool,
    is_dropped: &AtomicBool,
) {
    let mut stdin = io::stdin().lock();
    let mut line: Vec<u8> = Vec::new();
    let mut chunk = [0; 4096];
    while wanted.blocking_recv().is_some() {
        let mut is_too_long = false;
        let event = loop {
            if let Some(at) = line.iter().position(|byte| *byte == b'\n') {
                let rest = line.split_off(at + 1);
                let whole = std::mem::replace(&mut line, rest);
                break if is_too_long || whole.len() > LONGEST {
                    InputEvent::TooLong
                } else {
                    InputEvent::Line(text(&whole))
                };
            }
            if line.len() > LONGEST {
                is_too_long = true;
                line.clear();
            }
            match stdin.read(&mut chunk) {
                Ok(0) if line.is_empty() => break InputEvent::End,
                Ok(0) => break InputEvent::Line(text(&std::mem::take(&mut line))),
                Ok(count) => {
                    if is_dropped.swap(false, Ordering::SeqCst) {
                        line.clear();
                    }
                    line.extend(chunk.iter().take(count));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::warn!(%error, "the input cannot be read");
                    break InputEvent::End;
                }
            }
            if is_terminal && !line.contains(&b'\n') {
                let typed = InputEvent::Typed(text(&line));
                if found.blocking_send(typed).is_err() {
                    return;
                }
            }
        };
        let is_end = event == InputEvent::End;
        if found.blocking_send(event).is_err() || is_end {
            return;
        }
    }
}

/// The text of a line: without its end, and without what was taken back by Backspace while the
/// terminal was asked.
fn text(line: &[u8]) -> String {
    let mut text = String::new();
    for c in String::from_utf8_lossy(line).chars() {
        match c {
            '\u{8}' | '\u{7f}' => drop(text.pop()),
            '\t' => text.push('\t'),
            c if c.is_control() => {}
            c => text.push(c),
        }
    }
    text
}
