//! The phone behind the tools: `handset --plain` in a process of its own, and what it told that
//! nobody has read yet.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, bail};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdin, Command},
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};

/// Lines that wait to be read; when they are full the phone waits with its next line.
const LINES: usize = 4096;
/// Silence after which nothing more is expected.
const SILENCE: Duration = Duration::from_millis(700);
/// How long is listened at most where silence is waited for.
const MOST: Duration = Duration::from_secs(15);
/// How long the phone may take to end in order.
const ENDING: Duration = Duration::from_secs(20);

pub(super) struct PhoneProcess {
    child: Child,
    input: ChildStdin,
    lines: mpsc::Receiver<String>,
}

impl PhoneProcess {
    pub(super) fn start(program: &Path, data: &Path, flags: &[String]) -> anyhow::Result<Self> {
        let mut child = Command::new(program)
            .arg("--plain")
            .arg("--data-dir")
            .arg(data)
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start the phone")?;
        let (sender, lines) = mpsc::channel(LINES);
        let (Some(input), Some(output), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            bail!("cannot start the phone: its standard streams are missing");
        };
        // Both end with the phone, which ends with this program.
        tokio::spawn(pass_on(output, sender.clone()));
        tokio::spawn(pass_on(errors, sender));
        Ok(Self {
            child,
            input,
            lines,
        })
    }

    /// Types a line; what follows from it comes with the next lines.
    pub(super) async fn type_line(&mut self, line: &str) -> anyhow::Result<()> {
        let typed = async {
            self.input.write_all(format!("{line}\n").as_bytes()).await?;
            self.input.flush().await
        };
        let typed = timeout(MOST, typed).await;
        typed
            .context("the phone takes no more lines")?
            .context("the phone has ended")
    }

    /// What has come and was not read, and what comes before it is quiet.
    pub(super) async fn until_quiet(&mut self) -> String {
        let deadline = Instant::now() + MOST;
        let mut told = String::new();
        while Instant::now() < deadline {
            let Ok(Some(line)) = timeout(SILENCE, self.lines.recv()).await else {
                break;
            };
            told.extend([line.as_str(), "\n"]);
        }
        told
    }

    /// What comes up to a line with this text in it; the second value tells whether one came.
    pub(super) async fn until(&mut self, text: &str, within: Duration) -> (String, bool) {
        let deadline = Instant::now() + within;
        let mut told = String::new();
        while let Ok(Some(line)) = timeout_at(deadline, self.lines.recv()).await {
            told.extend([line.as_str(), "\n"]);
            if line.to_lowercase().contains(&text.to_lowercase()) {
                return (told, true);
            }
        }
        (told, false)
    }

    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends the phone in order; it is killed when that takes too long.
    pub(super) async fn end(self) {
        let Self {
            mut child,
            input,
            mut lines,
        } = self;
        drop(input);
        let ended = async {
            // It may still have lines to tell before it ends.
            while lines.recv().await.is_some() {}
            child.wait().await
        };
        // Dropped, it is killed.
        let _ = timeout(ENDING, ended).await;
    }
}

async fn pass_on(stream: impl AsyncRead + Unpin, lines: mpsc::Sender<String>) {
    let mut stream = BufReader::new(stream).lines();
    while let Ok(Some(line)) = stream.next_line().await {
        if lines.send(line).await.is_err() {
            return;
        }
    }
}
