//! A program run for a tunnel, which ends with us however we end.
//!
//! It runs under a shell that reads a pipe of ours. When the pipe is closed, because the tunnel was
//! dropped or because this process is gone, killed or not, the shell asks the program and
//! whatever it started to end, and kills what is left after 2 s.

use std::{
    collections::VecDeque,
    env,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, ChildStdin, Command},
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    domain::text::SafeText,
    ingress::tunnel::{Local, OpenTunnel, Outage, url::public},
    rt::shutdown::Shutdown,
};

/// The shell's part. It is the leader of a process group of its own, so that it reaches all that
/// the program started. The program hears nothing on its standard input.
const LEASH: &str = r#"
"$@" </dev/null &
program=$!
exec >/dev/null 2>&1
trap '' HUP INT QUIT TERM
while read -r _; do :; done
kill -s TERM 0
tenths=0
while [ "$tenths" -lt 20 ] && kill -s 0 "$program"; do
    tenths=$((tenths + 1))
    sleep 0.1 || { sleep 2; break; }
done
kill -s KILL 0
"#;
/// Ends a process group whose shell is gone.
const END: &str = r#"kill -s KILL -- "-$1""#;
/// More than the shell ever needs.
const END_WITHIN: Duration = Duration::from_secs(5);
/// Time for the last words of a program whose shell is gone.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Time for a program to get an address.
pub(super) const ADDRESS_WITHIN: Duration = Duration::from_secs(30);

/// Longest line that is read; what is longer is cut.
const LONGEST_LINE: usize = 4 * 1024;
/// Lines that are kept to explain an end.
const KEPT: usize = 20;
/// Lines on their way to the task that waits for an address; further ones are only kept.
const UNDER_WAY: usize = 256;
/// Would write the keys of every TLS connection to a file.
const KEY_LOG: &str = "SSLKEYLOGFILE";

/// Starts a program again and again, never twice at the same time.
#[derive(Debug)]
pub(super) struct Launcher {
    name: String,
    /// Where to get it.
    source: &'static str,
    /// Variables of the environment it does not get to see.
    hidden: Vec<String>,
    /// Begins the lines that are not worth keeping.
    chatter: Option<&'static str>,
    shutdown: Shutdown,
    previous: Option<JoinHandle<()>>,
}

/// A program that runs; it is ended when this is dropped.
#[derive(Debug)]
pub(super) struct Program {
    name: String,
    lines: mpsc::Receiver<String>,
    said: Said,
    over: CancellationToken,
    leash: ChildStdin,
}

/// The last lines a program said, on either output, made harmless.
#[derive(Debug, Clone, Default)]
pub(super) struct Said(Arc<Mutex<VecDeque<String>>>);

impl Said {
    pub(super) fn lines(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }

    fn add(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

impl Launcher {
    /// For a program by its name or path; `source` says where to get it.
    pub(super) fn new(
        name: String,
        source: &'static str,
        hidden: &[String],
        shutdown: &Shutdown,
    ) -> Self {
        Self {
            name,
            source,
            hidden: hidden.to_vec(),
            chatter: None,
            shutdown: shutdown.clone(),
            previous: None,
        }
    }

    /// Lines that begin like this are read, but explain nothing.
    pub(super) fn without(self, chatter: &'static str) -> Self {
        Self {
            chatter: Some(chatter),
            ..self
        }
    }

    /// What is started, for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Starts it, once an earlier one has ended: it may hold a port the next one needs.
    pub(super) async fn start(&mut self, arguments: &[String]) -> Result<Program, Outage> {
        if let Some(previous) = self.previous.take() {
            // It ends within its limits; if not, the next one finds out.
            let _ = timeout(END_WITHIN, previous).await;
        }
        let path = self.find()?;
        let mut command = Command::new("sh");
        command
            .args(["-c", LEASH, "sh"])
            .arg(path)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env_remove(KEY_LOG);
        for hidden in &self.hidden {
            command.env_remove(hidden);
        }
        #[cfg(unix)]
        command.process_group(0);
        let fault = |why: &str| {
            Outage::passing(
                format!("cannot start {}: {why}", self.name),
                "check what this machine has left of memory and processes",
            )
        };
        let mut child = command.spawn().map_err(|cause| fault(&cause.to_string()))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(leash), Some(stdout), Some(stderr)) = pipes else {
            return Err(fault("it has no pipes"));
        };
        let (sender, lines) = mpsc::channel(UNDER_WAY);
        let (said, over) = (Said::default(), CancellationToken::new());
        let ear = Ear {
            name: self.name.clone(),
            said: said.clone(),
            chatter: self.chatter,
            lines: sender,
        };
        let reading = {
            let other = ear.clone();
            async move {
                tokio::join!(ear.listen(stdout), other.listen(stderr));
            }
        };
        let watching = watch(child, reading, over.clone());
        self.previous = Some(self.shutdown.spawn(watching));
        Ok(Program {
            name: self.name.clone(),
            lines,
            said,
            over,
            leash,
        })
    }

    /// Where the program is, so that a missing one is told from one that fails.
    fn find(&self) -> Result<PathBuf, Outage> {
        let name = Path::new(&self.name);
        let found = if name.components().count() > 1 {
            is_program(name).then(|| name.to_owned())
        } else {
            let path = env::var_os("PATH").unwrap_or_default();
            env::split_paths(&path)
                .map(|folder| folder.join(name))
                .find(|candidate| is_program(candidate))
        };
        found.ok_or_else(|| {
            Outage::lasting(
                format!(
                    "cannot start {}: not found",
                    SafeText::clean(&self.name).as_str()
                ),
                format!("install it ({}) or choose another tunnel", self.source),
            )
        })
    }
}

impl Program {
    /// The next line it says; `None` once it has ended. Safe to cancel.
    pub(super) async fn line(&mut self) -> Option<String> {
        self.lines.recv().await
    }

    /// The last things it said.
    pub(super) fn said(&self) -> Vec<String> {
        self.said.lines()
    }

    /// The tunnel it has opened at an address; how it ended is explained from its last lines.
    pub(super) fn into_tunnel(
        self,
        address: &Url,
        local: &Local,
        explain: impl FnOnce(&str, &[String]) -> Outage + Send + 'static,
    ) -> Result<OpenTunnel, Outage> {
        let public = public(address, local)?;
        let Self {
            name,
            said,
            over,
            leash,
            ..
        } = self;
        let ended = async move {
            over.cancelled().await;
            explain(&name, &said.lines())
        };
        Ok(OpenTunnel {
            public,
            ended: Box::pin(ended),
            held: Box::new(leash),
        })
    }
}

/// Why a program ended, where nothing better can be said of it.
pub(super) fn ended(name: &str, said: &[String]) -> Outage {
    let last = said.iter().rev().find(|line| !line.is_empty());
    let last = last.map_or("it said nothing", String::as_str);
    Outage::passing(
        format!("{name} ended: {}", brief(last)),
        format!("see what {name} says when it is started by hand"),
    )
}

/// Why a program that runs is given up.
pub(super) fn late(name: &str, said: &[String]) -> Outage {
    let last = said.iter().rev().find(|line| !line.is_empty());
    let last = last.map_or("it said nothing", String::as_str);
    Outage::passing(
        format!(
            "{name} got no address within {} s: {}",
            ADDRESS_WITHIN.as_secs(),
            brief(last)
        ),
        "check the network, or choose another tunnel",
    )
}

/// The first part of a line, for a message of one line.
pub(super) fn brief(line: &str) -> String {
    const LONGEST: usize = 200;
    if line.chars().count() <= LONGEST {
        return line.to_owned();
    }
    line.chars().take(LONGEST).chain(['…']).collect()
}

/// Owns a program to its end: until its outputs are closed and its shell has gone.
async fn watch(mut child: Child, reading: impl Future<Output = ()>, over: CancellationToken) {
    let group = child.id();
    tokio::pin!(reading);
    tokio::select! {
        biased;
        () = &mut reading => {
            over.cancel();
            // The shell waits for its pipe to close, which ends with the tunnel.
            let _ = child.wait().await;
        }
        _ = child.wait() => {
            // A process that still holds an output has lost its shell, to a kill from outside or by
            // leaving its group.
            if timeout(LAST_WORDS, reading).await.is_err() {
                end(group).await;
            }
            over.cancel();
        }
    }
}

async fn end(group: Option<u32>) {
    let Some(group) = group else { return };
    let mut command = Command::new("sh");
    command
        .args(["-c", END, "sh", &group.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Nobody is left to be told where even this fails.
    let _ = timeout(END_WITHIN, command.status()).await;
}

/// What hears a program.
#[derive(Clone)]
struct Ear {
    name: String,
    said: Said,
    chatter: Option<&'static str>,
    lines: mpsc::Sender<String>,
}

impl Ear {
    /// Reads an output to its end, line by line; a line that is too long is cut.
    async fn listen(self, output: impl AsyncRead + Unpin) {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while let Ok(bytes) = output.fill_buf().await {
            if bytes.is_empty() {
                break;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let part = end.map_or(bytes, |end| &bytes[..end]);
            let room = LONGEST_LINE - line.len();
            line.extend(part.iter().take(room));
            let used = end.map_or(bytes.len(), |end| end + 1);
            output.consume(used);
            if end.is_some() {
                self.hear(&line);
                line.clear();
            }
        }
        if !line.is_empty() {
            self.hear(&line);
        }
    }

    fn hear(&self, line: &[u8]) {
        let line = SafeText::clean(&String::from_utf8_lossy(line));
        let line = line.as_str().trim_end().replace('\n', " ");
        let is_chatter = self
            .chatter
            .is_some_and(|chatter| line.starts_with(chatter));
        if !is_chatter {
            tracing::debug!(program = self.name, line, "said");
            self.said.add(line.clone());
        }
        // Full, or nobody waits for an address any more: it is kept for the end.
        let _ = self.lines.try_send(line);
    }
}

fn is_program(path: &Path) -> bool {
    let Ok(facts) = path.metadata() else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        facts.is_file() && facts.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    facts.is_file()
}
