//! A run that several machines share, with the program itself as coordinator and workers, and a real
//! NATS that is killed among them.

use std::{fs, path::Path, process::Stdio, time::Duration};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStderr, Command},
};

use crate::{
    needs::needs,
    support::{nats::Nats, program, signal, soon},
};

const STORY: &str = "me: Where is my order?\nagent: order number\n";
/// A worker is lost after 15 s of silence, and NATS is looked for every few seconds.
const LONG: Duration = Duration::from_secs(150);

/// One process of a run.
struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
    said: Vec<String>,
}

impl Process {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::from(program());
        let mut child = command
            .arg("swarm")
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self {
            child,
            lines,
            said: Vec::new(),
        }
    }

    /// Waits until it says this; gives the line.
    async fn says(&mut self, words: &str) -> String {
        let told = tokio::time::timeout(LONG, async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                self.said.push(line.clone());
                if line.contains(words) {
                    return Some(line);
                }
            }
            None
        });
        let told = told.await.unwrap_or(None);
        told.unwrap_or_else(|| panic!("nobody said {words:?}:\n{}", self.said.join("\n")))
    }

    /// Waits for its end; gives its code.
    async fn ends(&mut self) -> Option<i32> {
        let ended = tokio::time::timeout(LONG, async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                self.said.push(line);
            }
            self.child.wait().await.unwrap().code()
        });
        ended
            .await
            .unwrap_or_else(|_| panic!("it does not end:\n{}", self.said.join("\n")))
    }

    fn signal(&self, name: &str) {
        signal(self.child.id().unwrap(), name);
    }
}

/// A run that asks for so many workers, and so many of them.
async fn begin(
    folder: &TempDir,
    nats: &Nats,
    more: &[&str],
    (asked, started): (usize, usize),
) -> (Process, Vec<Process>, String) {
    fs::write(folder.path().join("a.talk"), STORY).unwrap();
    let (url, count) = (nats.url(), asked.to_string());
    let shared = ["--nats", &url, "--workers", &count, "--seed", "7"];
    let arguments = [&["a.talk"], &shared[..], more].concat();
    let mut coordinator = Process::start(folder.path(), &arguments);
    let waiting = coordinator.says("waiting for").await;
    let run = waiting.split([' ', ':']).nth(1).unwrap().to_owned();
    let workers = (1..=started).map(|number| {
        let name = format!("w{number}");
        Process::start(folder.path(), &["worker", "--nats", &url, "--name", &name])
    });
    let workers = workers.collect();
    (coordinator, workers, run)
}

fn report(folder: &TempDir) -> Value {
    let text = fs::read(folder.path().join("out.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn count(report: &Value, name: &str) -> u64 {
    let counts = &report["measured"]["total"]["scenarios"][0]["counts"];
    counts[name].as_u64().unwrap_or(0)
}

fn sum(report: &Value, name: &str) -> u64 {
    let workers = report["workers"].as_array().unwrap();
    workers.iter().map(|one| one[name].as_u64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_share_a_run_and_their_report_is_whole() {
    needs!("nats-server");
    let (folder, nats) = (tempfile::tempdir().unwrap(), Nats::start().await);
    let rate = ["--rate", "10/s", "--for", "3s", "--json", "out.json"];
    let (mut coordinator, mut workers, _) = begin(&folder, &nats, &rate, (2, 2)).await;
    let code = coordinator.ends().await;
    let said = coordinator.said.join("\n");
    // A machine that is busy with other tests may be the bottleneck, and says so.
    assert!(matches!(code, Some(0 | 6)), "{code:?}\n{said}");
    for worker in &mut workers {
        let code = worker.ends().await;
        assert_eq!(code, Some(0), "{}", worker.said.join("\n"));
    }
    let report = report(&folder);
    assert_eq!(report["missing"], serde_json::json!([]), "{said}");
    assert_eq!(report["plan"]["arrivals_planned"], 30);
    assert_eq!(count(&report, "started"), 30, "{said}");
    assert_eq!(count(&report, "finished"), 30, "{said}");
    assert_eq!(sum(&report, "started"), 30);
    let facts = report["workers"].as_array().unwrap();
    assert!(facts.iter().all(|one| one["fate"] == "ended"), "{facts:?}");
    assert!(
        facts.iter().all(|one| one["started"].as_u64() > Some(5)),
        "{facts:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_workers_are_told_and_every_consumer_accounted_for() {
    needs!("nats-server");
    let (folder, mut nats) = (tempfile::tempdir().unwrap(), Nats::start().await);
    let rate = ["--rate", "8/s", "--for", "25s", "--json", "out.json"];
    let (mut coordinator, mut workers, _) = begin(&folder, &nats, &rate, (4, 4)).await;
    coordinator.says("arriving").await;
    for worker in &mut workers {
        worker.says("ready with 16 of 64 slices").await;
    }
    coordinator.says("00:10").await;
    // One dies, one stands still, and NATS goes away for a while.
    workers[0].signal("KILL");
    workers[1].signal("STOP");
    nats.kill();
    nats.restart().await;
    let lost = coordinator.says("lost at").await;
    assert!(
        lost.contains("worker w1") || lost.contains("worker w2"),
        "{lost}"
    );
    // Who was lost ends when it hears of it, and what it measures then does not count.
    workers[1].signal("CONT");
    assert_eq!(
        workers[1].ends().await,
        Some(0),
        "{}",
        workers[1].said.join("\n")
    );
    assert_eq!(coordinator.ends().await, Some(4));
    let said = coordinator.said.join("\n");
    for worker in &mut workers[2..] {
        assert_eq!(worker.ends().await, Some(0), "{}", worker.said.join("\n"));
    }
    let report = report(&folder);
    assert_eq!(report["verdict"], "incomplete", "{said}\n{}", report["why"]);
    let why = report["why"].as_str().unwrap();
    assert!(
        why.contains("worker w1 was lost") && why.contains("worker w2 was lost"),
        "{why}"
    );
    let started = count(&report, "started");
    assert_eq!(sum(&report, "started"), started);
    assert_eq!(
        started + sum(&report, "never_started") + count(&report, "dropped"),
        200,
        "{why}"
    );
    let ended = [
        "finished",
        "failed",
        "abandoned",
        "stuck",
        "lost-with-worker",
    ];
    let ended: u64 = ended.into_iter().map(|name| count(&report, name)).sum();
    assert_eq!(ended, started, "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_made_of_what_workers_left_when_their_coordinator_died() {
    needs!("nats-server");
    let (folder, nats) = (tempfile::tempdir().unwrap(), Nats::start().await);
    let rate = ["--rate", "10/s", "--for", "4s", "--unattended"];
    let (mut coordinator, mut workers, run) = begin(&folder, &nats, &rate, (2, 2)).await;
    coordinator.says("arriving").await;
    coordinator.signal("KILL");
    for worker in &mut workers {
        assert_eq!(worker.ends().await, Some(0), "{}", worker.said.join("\n"));
    }
    let url = nats.url();
    let arguments = [
        "report", "--nats", &url, "--run", &run, "--json", "out.json",
    ];
    let mut again = Process::start(folder.path(), &arguments);
    let code = soon("the report", again.ends()).await;
    let said = again.said.join("\n");
    assert!(matches!(code, Some(0 | 6)), "{code:?}\n{said}");
    let report = report(&folder);
    assert_eq!(report["missing"], serde_json::json!([]), "{said}");
    assert_eq!(count(&report, "started"), 40, "{said}");
    assert_eq!(count(&report, "finished"), 40, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fewer_workers_share_everything_where_they_may() {
    needs!("nats-server");
    let (folder, nats) = (tempfile::tempdir().unwrap(), Nats::start().await);
    let rate = [
        "--rate", "10/s", "--for", "1s", "--json", "out.json", "--wait", "3s",
    ];
    let (mut coordinator, _, _) = begin(&folder, &nats, &rate, (2, 0)).await;
    assert_eq!(coordinator.ends().await, Some(3));
    let said = coordinator.said.join("\n");
    assert!(
        said.contains("0 of 2 workers were ready within 3 s"),
        "{said}"
    );

    let fewer = [&rate[..], &["--fewer-workers"]].concat();
    let (mut coordinator, mut workers, _) = begin(&folder, &nats, &fewer, (2, 1)).await;
    workers[0].says("ready with 32 of 32 slices").await;
    let code = coordinator.ends().await;
    let said = coordinator.said.join("\n");
    assert!(matches!(code, Some(0 | 6)), "{code:?}\n{said}");
    assert_eq!(count(&report(&folder), "finished"), 10, "{said}");
}
