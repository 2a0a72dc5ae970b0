//! What `handset run` costs around the waits of its scenes: from its start to its first step
//! beside the start of a sandbox alone, steps that wait for nothing, many scenes one after another
//! and beside each other, and the memory of a run of many scenes.
//!
//! The real program, told by its events. Everything is a ratio within one run, but the steps per
//! second and the memory. `cargo bench --bench scenarios`; with `-- 1000` so many scenes for the memory.

#![allow(clippy::unwrap_used)]

#[path = "support/program.rs"]
mod program;

use std::{
    env,
    fmt::Write as _,
    fs,
    io::{self, BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::program::{PROGRAM, foreign_variables, no_settings};

/// Starts of each kind, interleaved; their medians count.
const STARTS: usize = 5;
/// Steps that wait for nothing, and said lines, in one scene.
const STEPS: usize = 2000;
const LINES: usize = 200;
/// Scenes run one after another, and then beside each other.
const SCENES: usize = 100;
/// Scenes of the run whose memory is looked at; the first look is after a fifth of them.
const MANY: usize = 250;

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("scenarios");
    fs::create_dir_all(&folder)?;
    let asked = env::args().skip(1).find_map(|one| one.parse().ok());
    let many = asked.unwrap_or(MANY);
    let mut out = io::stdout().lock();
    writeln!(out, "bench: scenarios")?;
    let (alone, first_step) = starts(&folder);
    writeln!(
        out,
        "start to the first step {first_step:?}, {:.2} times the start of a sandbox alone ({alone:?})",
        first_step.as_secs_f64() / alone.as_secs_f64(),
    )?;
    for (what, text, count) in [
        ("facts and switches", quiet_steps(), STEPS),
        ("said lines", said_lines(), LINES),
    ] {
        let rate = steps_per_second(&folder, &text);
        writeln!(
            out,
            "{what}: {rate:.0} steps per second ({count} in one scene)"
        )?;
    }
    let text = cases(SCENES, "me: Hello {n}\nagent: help\nme ends\n");
    let [one, two] = [1, 2].map(|jobs| {
        let began = Instant::now();
        finished(
            events(&folder, &text, &["--jobs", &jobs.to_string()]),
            SCENES,
        );
        began.elapsed()
    });
    writeln!(
        out,
        "{SCENES} scenes with an answer: {one:.1?} one after another, {two:.1?} with --jobs 2, \
         {:.2} times as fast",
        one.as_secs_f64() / two.as_secs_f64(),
    )?;
    let (early, late, took) = memory(&folder, many);
    writeln!(
        out,
        "{many} scenes: {} MiB resident after {}, {} MiB at the end, {:.2} times ({took:.1?})",
        early / 1024,
        many / 5,
        late / 1024,
        ratio(late, early),
    )
}

/// How long a sandbox takes to be there, and a run to its first step; medians.
fn starts(folder: &Path) -> (Duration, Duration) {
    let (mut alone, mut steps) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let began = Instant::now();
        let mut server = command();
        let server = server.args(["sandbox", "--agent", "none"]).spawn();
        let mut server = Ended(server.unwrap());
        lines(&mut server.0).next().unwrap();
        alone.push(began.elapsed());
        drop(server);
        let began = Instant::now();
        let mut events = events(folder, "me looks away\n", &[]);
        events.find(|event| event["event"] == "step.end").unwrap();
        steps.push(began.elapsed());
        finished(events, 1);
    }
    (median(alone), median(steps))
}

fn quiet_steps() -> String {
    let mut text = "me: Hello\nagent: help\nexpect last read\n".to_owned();
    for _ in 0..STEPS / 4 {
        text.push_str("me looks away\nme looks back\nexpect last read\nexpect conversation open\n");
    }
    text
}

fn said_lines() -> String {
    let mut text = "me: Hello\nagent: help\nexpect last read\nsandbox agent riley off\n".to_owned();
    for number in 0..LINES {
        let _ = writeln!(text, "me: Line {number}");
    }
    text
}

/// Steps per second of real time, from the first ones on that nobody is waited for any more. Each
/// step is a line; when much is told at once, some are told with their scene alone.
fn steps_per_second(folder: &Path, text: &str) -> f64 {
    let (mut first, mut last) = (None, None);
    for event in events(folder, text, &[]) {
        if event["event"] == "scene.end" {
            assert_eq!(event["ok"], true, "{event}");
        }
        let line = event["step"]["line"].as_u64().filter(|line| *line > 4);
        let Some(line) = line.and_then(|line| u32::try_from(line).ok()) else {
            continue;
        };
        last = Some((line, Instant::now()));
        first = first.or(last);
    }
    let ((begun, since), (ended, until)) = (first.unwrap(), last.unwrap());
    f64::from(ended - begun) / until.duration_since(since).as_secs_f64()
}

/// A scenario of so many cases.
fn cases(count: usize, steps: &str) -> String {
    let mut text = "rows key n\n| n |\n".to_owned();
    for number in 0..count {
        let _ = writeln!(text, "| {number} |");
    }
    let _ = write!(text, "end\n\nscene Case {{n}}\n{steps}");
    text
}

/// The resident memory in KiB after a fifth of so many scenes and at the end, and how long it took.
fn memory(folder: &Path, many: usize) -> (usize, usize, Duration) {
    let began = Instant::now();
    let text = cases(many, "me: Hello {n}\nagent: help\nme ends\n");
    let (mut child, events) = spawned(folder, &text, &["--jobs", "2"]);
    let (mut ended, mut early, mut late) = (0, 0, 0);
    for event in events {
        if event["event"] == "scene.end" {
            ended += 1;
            if ended == many / 5 {
                early = resident(&child.0);
            } else if ended == many {
                late = resident(&child.0);
            }
        }
    }
    assert_eq!(ended, many);
    child.0.wait().unwrap();
    (early, late, began.elapsed())
}

/// Reads the rest of a run, whose scenes all passed.
fn finished(events: impl Iterator<Item = Value>, scenes: usize) {
    let end = events.last().unwrap();
    assert_eq!(end["totals"]["passed"], scenes, "{end}");
}

/// What a run of this scenario tells.
fn events(folder: &Path, text: &str, arguments: &[&str]) -> impl Iterator<Item = Value> {
    let (child, events) = spawned(folder, text, arguments);
    // It lives as long as its events are read.
    events.inspect(move |_| {
        let _ = &child;
    })
}

fn spawned(
    folder: &Path,
    text: &str,
    arguments: &[&str],
) -> (Ended, impl Iterator<Item = Value> + use<>) {
    let file = folder.join("bench.talk");
    fs::write(&file, text).unwrap();
    let mut command = command();
    let run = command.args(["run", "--report", "jsonl", "--seed", "7"]);
    let run = run.arg(file).args(arguments).current_dir(folder);
    let mut child = Ended(run.spawn().unwrap());
    let events = lines(&mut child.0).map(|line| serde_json::from_str(&line).unwrap());
    (child, events)
}

fn command() -> Command {
    let mut command = Command::new(PROGRAM);
    for name in foreign_variables() {
        command.env_remove(name);
    }
    command
        .env("HANDSET_CONFIG_DIR", no_settings())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let out = child.stdout.take().unwrap();
    BufReader::new(out).lines().map(Result::unwrap)
}

/// A child that has ended when this is dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // Ended already, or not wanted any more.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The resident memory of a process in KiB.
fn resident(process: &Child) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse().unwrap()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "a few GiB in KiB")]
fn ratio(late: usize, early: usize) -> f64 {
    late as f64 / early as f64
}
