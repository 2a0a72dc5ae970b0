//! The program in a pseudo-terminal, with clocks on what comes out of it.

use std::{
    fs,
    io::{Read, Write},
    num::NonZeroU16,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::program;

const ROWS: u16 = 60;
const COLUMNS: u16 = 200;
const PATIENCE: Duration = Duration::from_mins(1);
/// The kernel counts the processor's time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// What came out.
struct Output {
    parser: vt100::Parser,
    /// What is waited for as raw bytes, and when it came.
    awaited: Option<(Vec<u8>, Option<Instant>)>,
    /// The end of what came, where a glyph may have been cut in two.
    tail: Vec<u8>,
    ended: bool,
}

impl Output {
    fn take(&mut self, at: Instant, bytes: &[u8]) {
        self.parser.process(bytes);
        if let Some((awaited, came @ None)) = &mut self.awaited {
            self.tail.extend_from_slice(bytes);
            if self.tail.windows(awaited.len()).any(|part| part == awaited) {
                *came = Some(at);
            }
            let kept = self.tail.len().saturating_sub(awaited.len());
            self.tail.drain(..kept);
        }
    }
}

pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Arc<(Mutex<Output>, Condvar)>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts handset with its data in a folder and the phones of these personas open.
    pub(crate) fn start(data: &Path, personas: &[PathBuf]) -> Self {
        let mut command = CommandBuilder::new(program::PROGRAM);
        for name in program::foreign_variables() {
            command.env_remove(name);
        }
        command.env("HANDSET_CONFIG_DIR", program::no_settings());
        for persona in personas {
            command.arg("--persona");
            command.arg(persona);
        }
        command.env("HANDSET_DATA_DIR", data);
        command.env("TERM", "xterm-256color");
        let size = PtySize {
            rows: ROWS,
            cols: COLUMNS,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let cells = |n| NonZeroU16::new(n).unwrap();
        let output = Arc::new((
            Mutex::new(Output {
                parser: vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0),
                awaited: None,
                tail: Vec::new(),
                ended: false,
            }),
            Condvar::new(),
        ));
        let shared = Arc::clone(&output);
        thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            loop {
                // A closed pseudo-terminal reads as an error on Linux.
                let read = reader.read(&mut buffer).unwrap_or(0);
                let at = Instant::now();
                let mut output = shared.0.lock().unwrap();
                output.take(at, &buffer[..read]);
                output.ended = read == 0;
                shared.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self {
            child,
            keys,
            output,
            _master: pair.master,
        }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until something is so, and gives the screen.
    fn until(&self, what: &str, mut is_so: impl FnMut(&Output) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut output = self.output.0.lock().unwrap();
        loop {
            let screen = || output.parser.screen().contents();
            if is_so(&output) {
                return screen();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let is_late = left.is_zero() || output.ended;
            assert!(!is_late, "waited for {what}:\n{}", screen());
            output = self.output.1.wait_timeout(output, left).unwrap().0;
        }
    }

    /// Waits until the screen is as wanted, and gives it.
    pub(crate) fn wait(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        self.until(what, |output| wanted(&output.parser.screen().contents()))
    }

    /// How long a glyph takes from its key to the terminal.
    pub(crate) fn key_to_glyph(&mut self, glyph: &str) -> Duration {
        {
            let mut output = self.output.0.lock().unwrap();
            output.awaited = Some((glyph.as_bytes().to_vec(), None));
            output.tail.clear();
        }
        let pressed = Instant::now();
        self.press(glyph);
        let came = |output: &Output| output.awaited.as_ref().and_then(|(_, came)| *came);
        self.until(glyph, |output| came(output).is_some());
        let output = self.output.0.lock().unwrap();
        came(&output).unwrap().duration_since(pressed)
    }

    /// Waits until the program has ended well.
    pub(crate) fn end(mut self) {
        self.until("the end", |output| output.ended);
        assert!(self.child.wait().unwrap().success());
    }

    /// Resident memory in MiB, as the kernel tells it.
    pub(crate) fn resident(&self) -> f64 {
        let status = self.told("status");
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line.unwrap().split_whitespace().nth(1).unwrap();
        kib.parse::<f64>().unwrap() / 1024.0
    }

    /// The processor's time so far, for the program and in the kernel for it.
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = self.told("stat");
        // The name in brackets may hold blanks; utime and stime are 12 and 13 behind it.
        let (_, behind) = stat.rsplit_once(')').unwrap();
        let ticks = behind.split_whitespace().skip(11).take(2);
        ticks
            .map(|ticks| TICK * ticks.parse::<u32>().unwrap())
            .sum()
    }

    fn told(&self, file: &str) -> String {
        let process = self.child.process_id().unwrap();
        fs::read_to_string(format!("/proc/{process}/{file}")).unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
