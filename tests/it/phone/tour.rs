//! The tour: everything a consumer can do, done with the real program in a real
//! pseudo-terminal, once in a wide terminal and once in a usual one.
//!
//! What is done stands in `tour/*.tour`, a line for each thing; [`script`] says
//! how they are read. A step ends when the screen is the one that was kept for
//! it, with what varies from run to run masked by [`mask`].

mod mask;
mod script;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use handset::domain::exchange::{Entry, EntryKind, Outcome};

use crate::{
    phone::journal,
    support::pty::{PATIENCE, Terminal},
};
use mask::masked;
use script::Line;

/// How long a screen that is not kept yet has to stay the same to be taken for the last one.
const SETTLED: Duration = Duration::from_secs(3);

/// A tour under way.
struct Tour {
    terminal: Terminal,
    data: tempfile::TempDir,
    size: (u16, u16),
    step: String,
    /// What has to be found in one request each by the end.
    sent: Vec<String>,
}

/// A folder whose name has the same length everywhere, for it is seen on the screen.
fn folder() -> tempfile::TempDir {
    let named = |prefix| tempfile::Builder::new().prefix(prefix).tempdir_in("/tmp");
    named("tour-").unwrap()
}

fn start(data: &Path, (columns, rows): (u16, u16), arguments: &[&str]) -> Terminal {
    let config = data.join("config");
    let config = config.to_str().unwrap();
    let variables = [("HANDSET_CONFIG_DIR", config), ("COLORTERM", "truecolor")];
    Terminal::handset_with(columns, rows, data, arguments, &variables)
}

/// Goes on a tour.
fn tour(name: &str, columns: u16, rows: u16) {
    let data = folder();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/phone/tour");
    let text = fs::read_to_string(here.join(format!("{name}.tour"))).unwrap();
    let mut lines = script::read(&text);
    let mut arguments = Vec::new();
    if let Some(Line::Start(words)) = lines.first() {
        arguments.clone_from(words);
        lines.remove(0);
    }
    let size = (columns, rows);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut tour = Tour {
        terminal: start(data.path(), size, &arguments),
        data,
        size,
        step: String::new(),
        sent: Vec::new(),
    };
    for line in lines {
        tour.take(line);
    }
    tour.end();
}

impl Tour {
    fn is_wide(&self) -> bool {
        self.size.0 >= 110
    }

    fn take(&mut self, line: Line) {
        let step = self.step.clone();
        match line {
            Line::Start(words) => {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                self.terminal = start(self.data.path(), self.size, &words);
            }
            Line::Step(name) => self.step = name,
            Line::Wide(line) if self.is_wide() => self.take(*line),
            Line::Narrow(line) if !self.is_wide() => self.take(*line),
            Line::Wide(_) | Line::Narrow(_) => {}
            Line::Write(text) => {
                let text = self.with_places(&text);
                self.terminal.press(&text);
            }
            Line::Say(text) => {
                let text = self.with_places(&text);
                self.terminal.press(&text);
                // Enter would take the completion of what is not written whole.
                let end = text.chars().rev().take(20).collect::<Vec<_>>();
                let end: String = end.into_iter().rev().collect();
                self.terminal
                    .wait(&format!("{step}: {text:?} written"), |screen| {
                        screen.contains(end.trim())
                    });
                self.terminal.press("\r");
            }
            Line::Filter(text) => {
                self.take(Line::Say(format!("/filter {text}")));
                // In a usual terminal that shows the wire.
                if !self.is_wide() {
                    drop(self.until("F11 phone"));
                    self.terminal.press("\u{1b}[27u");
                    drop(self.until("Write a message"));
                }
            }
            Line::Wire(text) => {
                self.take(Line::Say(format!("/filter {text}")));
                self.terminal.press("\t");
                drop(self.until("Tab phone"));
            }
            Line::Phone => {
                self.terminal.press("\t");
                drop(self.until("Tab wire"));
            }
            Line::Keys(keys) => {
                for key in keys {
                    self.terminal.press(key);
                }
            }
            Line::Paste(text) => {
                let text = self.with_places(&text);
                self.terminal
                    .press(&format!("\u{1b}[200~{text}\u{1b}[201~"));
            }
            Line::Click(text) => {
                let screen = self.until(&text);
                let (column, row) = script::place(&screen, &text).unwrap();
                let (column, row) = (column + 1, row + 1);
                let button = |end| format!("\u{1b}[<0;{column};{row}{end}");
                self.terminal.press(&button('M'));
                self.terminal.press(&button('m'));
            }
            Line::Wait(text) => drop(self.until(&text)),
            Line::After(first, then) => {
                let what = format!("{step}: {first:?} and then {then:?}");
                drop(self.terminal.wait(&what, |screen| {
                    let first = screen.rfind(&first);
                    first.is_some() && first < screen.rfind(&then)
                }));
            }
            Line::Gone(text) => {
                let what = format!("{step}: {text:?} gone");
                drop(self.terminal.wait(&what, |screen| !screen.contains(&text)));
            }
            Line::Size(columns, rows) => self.terminal.resize(columns, rows),
            Line::Sent(parts) => self.sent.push(parts),
            Line::File(name) => self.await_file(&name),
            Line::Make(name, size) => self.make(&name, size),
            Line::Leave => {
                self.terminal.press("\u{11}");
                assert!(self.terminal.ended().success(), "{step}");
            }
            Line::Kill => {
                self.terminal.signal("KILL");
                self.terminal.ended();
            }
            Line::Shot => self.shoot(),
        }
    }

    fn until(&self, text: &str) -> String {
        let what = format!("{}: {text:?}", self.step);
        self.terminal.wait(&what, |screen| screen.contains(text))
    }

    /// Puts the folders in whose places are known here only.
    fn with_places(&self, text: &str) -> String {
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures");
        let text = text.replace("{data}", self.data.path().to_str().unwrap());
        text.replace("{pictures}", assets.to_str().unwrap())
    }

    /// Makes a file of so many bytes, or a copy of the picture of that name.
    fn make(&self, name: &str, size: Option<usize>) {
        let to = self.data.path().join(name);
        if let Some(size) = size {
            fs::write(to, vec![b'x'; size]).unwrap();
        } else {
            let from = self.with_places("{pictures}/");
            let known = Path::new(&from).join(name);
            let _ = fs::copy(known, to).unwrap();
        }
    }

    /// Waits until a file of that ending lies somewhere in the data folder.
    fn await_file(&self, ending: &str) {
        let what = format!("{}: a file *{ending}", self.step);
        let data = self.data.path().to_owned();
        // The screen tells of it, so it is looked for whenever the screen changes.
        drop(self.terminal.wait(&what, |_| {
            files(&data).iter().any(|file| {
                let name = file.to_string_lossy();
                name.ends_with(ending) && fs::metadata(file).is_ok_and(|file| file.len() > 0)
            })
        }));
    }

    /// Waits for the screen that was kept for this step, and compares.
    fn shoot(&self) {
        let (columns, rows) = self.size;
        let name = format!("tour_{}_{columns}x{rows}", self.step);
        let kept =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/{name}.snap"));
        let kept = fs::read_to_string(kept).unwrap_or_default();
        let kept = kept.splitn(3, "---\n").nth(2).map(str::trim_end);
        let folder = self.data.path().to_str().unwrap();
        let mut last = String::new();
        // Where no screen is to be kept, the one that is may take its time.
        let update = std::env::var_os("INSTA_UPDATE").filter(|update| update != "no");
        let anew = kept.is_none() || update.is_some();
        let still = if anew { SETTLED } else { PATIENCE };
        let reached = self.terminal.settle(still, |screen| {
            last = masked(screen, folder);
            kept == Some(last.trim_end())
        });
        if !reached {
            insta::with_settings!(
                { snapshot_path => "../../snapshots", prepend_module_to_snapshot => false,
                  omit_expression => true },
                { insta::assert_snapshot!(name, last) }
            );
        }
    }

    /// Leaves the phone and looks at what it sent.
    fn end(mut self) {
        self.terminal.press("\u{11}");
        assert!(self.terminal.ended().success());
        let (_, entries) = journal(&self.data.path().join("sandbox/journal.db"));
        let bodies: Vec<String> = entries.iter().filter_map(request).collect();
        for parts in &self.sent {
            let all = |body: &&String| parts.split(" && ").all(|part| body.contains(part));
            let found = bodies.iter().find(all);
            assert!(
                found.is_some(),
                "no request with {parts} in\n{}",
                last(&bodies)
            );
        }
    }
}

/// The bodies of the last requests.
fn last(requests: &[String]) -> String {
    let bodies = requests
        .iter()
        .filter_map(|one| one.trim_end().lines().last());
    let mut bodies: Vec<&str> = bodies.rev().take(40).collect();
    bodies.reverse();
    bodies.join("\n")
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

/// A request of ours as text: its line, the answer's status, the headers, the body.
fn request(entry: &Entry) -> Option<String> {
    let EntryKind::Call(call) = &entry.kind else {
        return None;
    };
    let status = match &call.outcome {
        Some(Outcome::Answered { status, .. }) => *status,
        _ => 0,
    };
    let headers = call
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"));
    let headers: Vec<String> = headers.collect();
    let (method, url, headers) = (&call.method, &call.url, headers.join("\n"));
    let body = String::from_utf8_lossy(&call.body);
    Some(format!("{method} {url} {status}\n{headers}\n\n{body}\n"))
}

macro_rules! tours {
    ($($name:ident)*) => {
        $(
            mod $name {
                #[test]
                fn in_a_wide_terminal() {
                    super::tour(stringify!($name), 140, 40);
                }

                #[test]
                fn in_a_usual_terminal() {
                    super::tour(stringify!($name), 80, 24);
                }
            }
        )*
    };
}

tours! { talk people cards choices forms files bench several ends }
