//! The real program in a real pseudo-terminal, and what its screen shows.

use std::{
    io::{Read, Write},
    num::NonZeroU16,
    path::Path,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// How long anything may take to show.
pub(crate) const PATIENCE: Duration = crate::support::LIMIT;

/// Around each frame: the begin and the end of a synchronized update.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// What gives back the mouse, paste, focus, line wrap and the cursor.
const GIVEN_BACK: [&str; 5] = [
    "\x1b[?1000l",
    "\x1b[?2004l",
    "\x1b[?1004l",
    "\x1b[?7h",
    "\x1b[?25h",
];

/// What came out so far.
struct Output {
    parser: vt100::Parser,
    /// The frame that has begun and not ended; no terminal shows it yet.
    torn: Vec<u8>,
    raw: Vec<u8>,
    ended: bool,
    /// What every whole frame is looked through for, how many were, and what was found in them.
    scan: Option<fn(&str) -> Vec<String>>,
    frames: usize,
    found: Vec<String>,
}

impl Output {
    /// Shows what came, up to the frame that is not whole yet.
    fn take(&mut self, bytes: &[u8]) {
        self.torn.extend_from_slice(bytes);
        let last = |mark: &[u8]| self.torn.windows(mark.len()).rposition(|part| part == mark);
        let whole = match (last(BEGIN), last(END)) {
            (Some(begin), end) if end.is_none_or(|end| end < begin) => begin,
            _ => self.torn.len(),
        };
        let rest = self.torn.split_off(whole);
        let whole = std::mem::replace(&mut self.torn, rest);
        let mut rest = whole.as_slice();
        while let Some(scan) = self.scan
            && let Some(at) = rest.windows(END.len()).position(|part| part == END)
        {
            let (frame, after) = rest.split_at(at + END.len());
            self.parser.process(frame);
            rest = after;
            self.frames += 1;
            let screen = self.parser.screen().contents();
            let found = scan(&screen);
            if !found.is_empty() && self.found.len() < 10 {
                self.found.push(format!("{found:?} on\n{screen}"));
            }
        }
        self.parser.process(rest);
    }
}

type Shared = Arc<(Mutex<Output>, Condvar)>;

/// A program in a terminal of its own. It is killed when this is dropped.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    output: Shared,
}

fn is_taken(screen: &vt100::Screen) -> bool {
    screen.alternate_screen() && screen.bracketed_paste()
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Terminal {
    /// Starts handset with these arguments; its data goes to `data`.
    pub(crate) fn handset(columns: u16, rows: u16, data: &Path, arguments: &[&str]) -> Self {
        Self::handset_with(columns, rows, data, arguments, &[])
    }

    /// The same with more environment variables.
    pub(crate) fn handset_with(
        columns: u16,
        rows: u16,
        data: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_handset"));
        for name in super::own_variables() {
            command.env_remove(name);
        }
        command.args(arguments);
        command.env("HANDSET_DATA_DIR", data);
        // Never the profiles of whoever runs the tests.
        command.env("HANDSET_CONFIG_DIR", data.join("settings"));
        command.env("TERM", "xterm-256color");
        command.env("TZ", "UTC");
        command.env_remove("NO_COLOR");
        command.env_remove("ACCESSIBLE");
        for (name, value) in variables {
            command.env(name, value);
        }
        Self::start(columns, rows, command)
    }

    /// Starts any command.
    pub(crate) fn start(columns: u16, rows: u16, command: CommandBuilder) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let cells = |n| NonZeroU16::new(n).unwrap();
        let output: Shared = Arc::new((
            Mutex::new(Output {
                parser: vt100::Parser::new(cells(rows), cells(columns), 0),
                torn: Vec::new(),
                raw: Vec::new(),
                ended: false,
                scan: None,
                frames: 0,
                found: Vec::new(),
            }),
            Condvar::new(),
        ));
        let shared = Arc::clone(&output);
        thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            loop {
                // A closed pseudo-terminal reads as an error on Linux.
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut output = shared.0.lock().unwrap();
                let taken = &buffer[..read];
                output.take(taken);
                output.raw.extend_from_slice(taken);
                output.ended = read == 0;
                shared.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self {
            child,
            master: pair.master,
            keys,
            output,
        }
    }

    /// Presses keys, as the bytes a terminal sends for them.
    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// The screen as it is now, one line per row.
    pub(crate) fn screen(&self) -> String {
        self.output.0.lock().unwrap().parser.screen().contents()
    }

    /// Has every frame from now on looked through, or none any more.
    pub(crate) fn scan(&self, scan: Option<fn(&str) -> Vec<String>>) {
        self.output.0.lock().unwrap().scan = scan;
    }

    /// How many frames were looked through, and what was found in them; counted from now on.
    pub(crate) fn scanned(&self) -> (usize, Vec<String>) {
        let mut output = self.output.0.lock().unwrap();
        let frames = std::mem::take(&mut output.frames);
        (frames, std::mem::take(&mut output.found))
    }

    /// Everything the program has written.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.output.0.lock().unwrap().raw.clone()
    }

    /// Whether the program has the screen for itself and takes pastes whole.
    pub(crate) fn is_taken(&self) -> bool {
        is_taken(self.output.0.lock().unwrap().parser.screen())
    }

    /// Waits until it is taken. Before, the terminal itself takes some keys, as Ctrl+Q, and does
    /// not pass them on.
    #[track_caller]
    pub(crate) fn wait_taken(&self) {
        self.wait_screen("the terminal taken", is_taken);
    }

    /// Whether the screen is the one of the shell, and all that gave it back has come.
    pub(crate) fn shows_the_main_screen(&self) -> bool {
        let output = self.output.0.lock().unwrap();
        !output.parser.screen().alternate_screen()
    }

    /// Checks that all is as it was before the program took the terminal over.
    #[track_caller]
    pub(crate) fn assert_given_back(&self) {
        let raw = String::from_utf8_lossy(&self.raw()).into_owned();
        let taken = raw.rfind("\x1b[?1049h").unwrap();
        for sequence in GIVEN_BACK {
            assert!(raw.rfind(sequence) > Some(taken), "{sequence:?} is missing");
        }
        let pushed = raw.matches("\x1b[>1u").count();
        assert_eq!(raw.matches("\x1b[<1u").count(), pushed, "keyboard flags");
        let output = self.output.0.lock().unwrap();
        let screen = output.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.bracketed_paste(), "bracketed paste is off");
        assert!(!screen.hide_cursor(), "the cursor is visible");
        let mouse = screen.mouse_protocol_mode();
        assert_eq!(mouse, vt100::MouseProtocolMode::None);
    }

    /// Waits until the screen fulfils a condition, and returns it.
    #[track_caller]
    pub(crate) fn wait(&self, for_what: &str, fulfilled: impl Fn(&str) -> bool) -> String {
        self.wait_screen(for_what, |screen| fulfilled(&screen.contents()))
    }

    #[track_caller]
    fn wait_screen(&self, for_what: &str, fulfilled: impl Fn(&vt100::Screen) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut output = self.output.0.lock().unwrap();
        loop {
            let screen = output.parser.screen();
            if fulfilled(screen) {
                return screen.contents();
            }
            let screen = screen.contents();
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || output.ended {
                drop(output);
                panic!("waited for {for_what}; the screen shows\n{screen}");
            }
            output = self.output.1.wait_timeout(output, left).unwrap().0;
        }
    }

    /// How many bytes the program has written.
    pub(crate) fn written(&self) -> usize {
        self.output.0.lock().unwrap().raw.len()
    }

    /// Waits until so many bytes have been written, or the screen fulfils a condition before.
    #[track_caller]
    pub(crate) fn wait_written(&self, bytes: usize, fulfilled: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut output = self.output.0.lock().unwrap();
        loop {
            let screen = output.parser.screen().contents();
            if output.raw.len() >= bytes || fulfilled(&screen) {
                return screen;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || output.ended {
                let written = output.raw.len();
                drop(output);
                panic!("wrote {written} bytes and not {bytes}; the screen shows\n{screen}");
            }
            output = self.output.1.wait_timeout(output, left).unwrap().0;
        }
    }

    /// Where the lowest of a text begins on the screen, as column and row from 0.
    pub(crate) fn find(&self, text: &str) -> Option<(u16, u16)> {
        let output = self.output.0.lock().unwrap();
        let screen = output.parser.screen();
        let (rows, columns) = screen.size();
        let lines = (0..rows.get()).zip(screen.rows(0, columns.get()));
        let found = lines.filter_map(|(row, line)| {
            let (before, _) = line.split_once(text)?;
            Some((u16::try_from(before.chars().count()).ok()?, row))
        });
        found.last()
    }

    /// Clicks the first cell of a text on the screen, as a terminal tells it (SGR).
    #[track_caller]
    pub(crate) fn click(&mut self, text: &str) {
        self.wait_text(text);
        let Some((column, row)) = self.find(text) else {
            panic!("no {text:?} on\n{}", self.screen());
        };
        let (column, row) = (column + 1, row + 1);
        self.press(&format!(
            "\u{1b}[<0;{column};{row}M\u{1b}[<0;{column};{row}m"
        ));
    }

    /// Waits until the screen is the one wanted; false when it becomes another one and stays so.
    pub(crate) fn settle(&self, still: Duration, mut wanted: impl FnMut(&str) -> bool) -> bool {
        let deadline = Instant::now() + PATIENCE;
        let mut output = self.output.0.lock().unwrap();
        loop {
            let screen = output.parser.screen().contents();
            if wanted(&screen) {
                return true;
            }
            let (woken, silence) = self.output.1.wait_timeout(output, still).unwrap();
            output = woken;
            if silence.timed_out() || output.ended || Instant::now() > deadline {
                return false;
            }
        }
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    pub(crate) fn wait_text(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// The modes of the terminal's line, as `stty` tells them: `icanon`, or `-icanon` in raw mode.
    #[cfg(unix)]
    pub(crate) fn modes(&self) -> Vec<String> {
        let name = self.master.tty_name().unwrap();
        let mut stty = std::process::Command::new("stty");
        let output = stty.arg("-a").arg("-F").arg(name).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        told.split_whitespace().map(str::to_owned).collect()
    }

    /// Changes the size of the terminal.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        self.master.resize(size(columns, rows)).unwrap();
        let cells = |n| NonZeroU16::new(n).unwrap();
        let mut output = self.output.0.lock().unwrap();
        output
            .parser
            .screen_mut()
            .set_size(cells(rows), cells(columns));
    }

    /// The program's process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Sends a signal by its name, as `KILL`.
    pub(crate) fn signal(&self, name: &str) {
        crate::support::signal(self.pid(), name);
    }

    /// Waits until the program has ended and everything it wrote is here.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        let mut output = self.output.0.lock().unwrap();
        while !output.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let screen = output.parser.screen().contents();
                drop(output);
                panic!("it does not end; the screen shows\n{screen}");
            }
            output = self.output.1.wait_timeout(output, left).unwrap().0;
        }
        drop(output);
        self.child.wait().unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Ended already, or not wanted any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
