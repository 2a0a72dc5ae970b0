//! Plain mode as those use it who hear it, feel it or pipe it: the real program, with the sandbox
//! as its cloud. Every transcript is read byte by byte, and nothing is told twice.

mod agent;
mod commands;
mod deeds;
mod flows;
mod terminal;

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    path::Path,
    process::{Child, ChildStdin, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Instant,
};

use crate::support::{self, LIMIT};

/// What was written so far, and whether the output has ended.
type Written = Arc<(Mutex<(Vec<u8>, bool)>, Condvar)>;

/// A program in plain mode between two pipes.
pub(super) struct Piped {
    child: Child,
    input: Option<ChildStdin>,
    written: Written,
}

impl Piped {
    /// Starts handset with its data in a folder.
    pub(super) fn start(data: &Path, arguments: &[&str]) -> Self {
        Self::start_with(data, arguments, &[])
    }

    /// The same with more environment variables.
    pub(super) fn start_with(data: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = support::program();
        command.envs(variables.iter().copied());
        command
            .args(arguments)
            .env("HANDSET_DATA_DIR", data)
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = child.stdout.take().unwrap();
        let written = Written::default();
        let shared = Arc::clone(&written);
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            loop {
                let count = output.read(&mut chunk).unwrap_or(0);
                let mut state = shared
                    .0
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                state.0.extend_from_slice(&chunk[..count]);
                state.1 = count == 0;
                shared.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        let input = child.stdin.take();
        Self {
            child,
            input,
            written,
        }
    }

    /// Types a line.
    pub(super) fn line(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
    }

    /// Waits until a text was told; gives all that was told.
    #[track_caller]
    pub(super) fn wait(&self, text: &str) -> String {
        let deadline = Instant::now() + LIMIT;
        let mut state = self.written.0.lock().unwrap();
        loop {
            let told = String::from_utf8_lossy(&state.0).into_owned();
            if told.contains(text) {
                return told;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !state.1, "no {text:?} in\n{told}");
            state = self.written.1.wait_timeout(state, left).unwrap().0;
        }
    }

    /// All that was told so far.
    pub(super) fn told(&self) -> String {
        String::from_utf8_lossy(&self.written.0.lock().unwrap().0).into_owned()
    }

    /// Ends the input; gives what was told, what was complained of, and the exit code.
    pub(super) fn end(mut self) -> (String, String, Option<i32>) {
        drop(self.input.take());
        let mut complained = String::new();
        let mut errors = self.child.stderr.take().unwrap();
        errors.read_to_string(&mut complained).unwrap();
        let code = self.child.wait().unwrap().code();
        let mut state = self.written.0.lock().unwrap();
        while !state.1 {
            state = self.written.1.wait_timeout(state, LIMIT).unwrap().0;
        }
        let told = String::from_utf8(std::mem::take(&mut state.0)).unwrap();
        drop(state);
        (told, complained, code)
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        // Ended already, or not wanted any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sees that nothing of a transcript moves a cursor or is drawn. A terminal writes a carriage return
/// before each line feed.
#[track_caller]
pub(super) fn assert_bytes_are_plain(written: &[u8]) {
    for (at, byte) in written.iter().enumerate() {
        let before = String::from_utf8_lossy(&written[at.saturating_sub(60)..at]).into_owned();
        assert_ne!(*byte, 0x1b, "an escape behind {before:?}");
        let is_line_end = *byte != b'\r' || written.get(at + 1) == Some(&b'\n');
        assert!(is_line_end, "a carriage return alone behind {before:?}");
    }
    let text = std::str::from_utf8(written).unwrap();
    for c in text.chars() {
        assert!(!('\u{2500}'..='\u{28ff}').contains(&c), "{c:?} in {text}");
    }
}

/// Sees that no message and no receipt is told twice: those lines differ by their numbers and texts.
#[track_caller]
pub(super) fn assert_nothing_is_told_twice(told: &str) {
    let mut known = std::collections::BTreeSet::new();
    for line in told.lines() {
        let is_named = line.starts_with("You, ") || line.starts_with("Message ");
        assert!(!is_named || known.insert(line), "{line:?} twice in\n{told}");
    }
}

/// A transcript with times, ids, spans and paths taken out, and without what a busy machine may tell
/// at another place: who types, and what became of a message.
pub(super) fn golden(told: &str, data: &Path) -> String {
    let mut text = String::new();
    for line in told.lines() {
        let receipts = ["Sent.", "Read by ", "Accepted", "Message "];
        let is_receipt = receipts.into_iter().any(|words| line.starts_with(words));
        // What the cloud says of an agent who logs out may come too late to be told.
        if is_receipt || line.ends_with(" is typing.") || line.ends_with("is away: nothing rings.")
        {
            continue;
        }
        let line = line.replace(data.to_str().unwrap(), "DATA");
        let words = line.split(' ').map(word).collect::<Vec<_>>().join(" ");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{words}");
    }
    text
}

/// A word without its digits where it is a time, an address or an id.
fn word(word: &str) -> String {
    let is_time = word.len() >= 5
        && word.get(2..3) == Some(":")
        && word.chars().filter(char::is_ascii_digit).count() == 4;
    let is_address = word.contains("127.0.0.1") || word.contains("localhost:");
    let is_id = word.len() > 24 && word.chars().any(|c| c.is_ascii_digit()) && !word.contains('/');
    match (is_time, is_address, is_id) {
        (true, _, _) => word
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect(),
        (_, true, _) => "ADDRESS".to_owned(),
        (_, _, true) => "ID".to_owned(),
        _ => word.to_owned(),
    }
}

/// Reads a transcript byte by byte, and compares it with the one that is kept.
macro_rules! assert_transcript {
    ($name:literal, $told:expr, $data:expr) => {{
        let told: &str = $told;
        crate::plain::assert_bytes_are_plain(told.as_bytes());
        crate::plain::assert_nothing_is_told_twice(told);
        insta::with_settings!(
            { snapshot_path => "../../snapshots", prepend_module_to_snapshot => false },
            { insta::assert_snapshot!($name, crate::plain::golden(told, $data)) }
        )
    }};
}
pub(super) use assert_transcript;
