//! The presenter's view: in a second terminal, what comes next on stage. The stage tells it over a
//! socket that only its user may open.

use std::{
    convert::Infallible,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream},
    sync::watch,
    task::JoinSet,
    time::{interval, sleep, timeout},
};

use crate::{
    cli::signals::Signals, config::paths, domain::text::visible, stage::player::StageProgress,
};

/// What a stage tells; nothing before the show has begun.
pub(crate) type ProgressWatch = watch::Receiver<Option<StageProgress>>;

/// Views at a time; more are let go.
const MOST: usize = 4;
/// The longest wait for a view to take a line.
const TAKES: Duration = Duration::from_secs(2);
/// The longest line that is read.
const LONGEST: u64 = 64 * 1024;
/// How often the view counts on.
const COUNTS: Duration = Duration::from_millis(500);
const KEYS: &str = "Space pause   → finish line   ↓ next step   ↑ back   Home again   1-9 chapter\n  \
                    g ghost   t write   b black   Esc Esc or F12 panic   q q leave";

/// The socket; it is removed when this is dropped.
pub(crate) struct PresenterPort {
    listener: UnixListener,
    path: PathBuf,
}

fn socket() -> anyhow::Result<PathBuf> {
    Ok(paths::runtime_dir()?.join("stage.sock"))
}

impl PresenterPort {
    /// Opens it; an old one that nobody serves is replaced.
    pub(crate) fn open() -> anyhow::Result<Self> {
        let path = socket()?;
        let shown = path.display();
        if std::os::unix::net::UnixStream::connect(&path).is_ok() {
            bail!("another stage is open, and {shown} is its own");
        }
        if let Some(folder) = path.parent() {
            let mut builder = fs::DirBuilder::new();
            let made = builder.recursive(true).mode(0o700).create(folder);
            made.with_context(|| format!("cannot make the folder of {shown}"))?;
        }
        // There may be none.
        let _ = fs::remove_file(&path);
        let listener = UnixListener::bind(&path);
        let listener = listener.with_context(|| format!("cannot open {shown}"))?;
        let port = Self {
            listener,
            path: path.clone(),
        };
        let only_mine = fs::Permissions::from_mode(0o600);
        let closed = fs::set_permissions(&path, only_mine);
        closed.with_context(|| format!("cannot keep {} from others", path.display()))?;
        Ok(port)
    }

    /// Tells every view what the stage tells; ends with it.
    pub(crate) async fn serve(self, progress: ProgressWatch) -> Infallible {
        let mut views = JoinSet::new();
        loop {
            tokio::select! {
                taken = self.listener.accept() => match taken {
                    Ok((stream, _)) if views.len() < MOST => {
                        views.spawn(tell(stream, progress.clone()));
                    }
                    Ok(_) => {}
                    // Too many open files, for example: it may pass.
                    Err(_) => sleep(TAKES).await,
                },
                Some(_) = views.join_next(), if !views.is_empty() => {}
            }
        }
    }
}

impl Drop for PresenterPort {
    fn drop(&mut self) {
        // Somebody may have removed it.
        let _ = fs::remove_file(&self.path);
    }
}

async fn tell(mut stream: UnixStream, mut progress: ProgressWatch) {
    loop {
        let now = progress.borrow_and_update().clone();
        let Ok(mut line) = serde_json::to_string(&now) else {
            return;
        };
        line.push('\n');
        let written = timeout(TAKES, stream.write_all(line.as_bytes())).await;
        if !matches!(written, Ok(Ok(()))) || progress.changed().await.is_err() {
            return;
        }
    }
}

/// Shows what a stage tells until it ends, or until the presenter leaves.
pub(crate) async fn follow() -> anyhow::Result<()> {
    let path = socket()?;
    let stream = UnixStream::connect(&path).await.map_err(|cause| {
        anyhow!(
            "no stage is open that could tell its notes ({}: {cause}); begin one with \
             `handset stage FILE` in another terminal",
            path.display()
        )
    })?;
    let mut lines = BufReader::new(stream);
    let mut signals = Signals::new()?;
    let mut counts = interval(COUNTS);
    let (mut told, mut since) = (None, Instant::now());
    // A line may come in parts, with other things between them.
    let mut line = Vec::new();
    loop {
        let mut rest = (&mut lines).take(LONGEST.saturating_sub(line.len() as u64));
        tokio::select! {
            read = rest.read_until(b'\n', &mut line) => {
                if read.context("the stage broke off")? == 0 {
                    return Ok(());
                }
                told = serde_json::from_slice(&line).context("the stage is of another handset")?;
                line.clear();
                since = Instant::now();
            }
            _ = counts.tick() => {}
            () = signals.stop() => return Ok(()),
        }
        let shown = page(told.as_ref(), since.elapsed());
        let mut out = io::stdout().lock();
        write!(out, "\u{1b}[H\u{1b}[2J{shown}").and_then(|()| out.flush())?;
    }
}

/// The view as it is shown, so long after the stage told this.
fn page(told: Option<&StageProgress>, later: Duration) -> String {
    let Some(told) = told else {
        return "  the stage is open, and no show is played\n".to_owned();
    };
    let later = if told.is_running {
        later
    } else {
        Duration::ZERO
    };
    let (gone, left) = (told.elapsed + later, told.left.saturating_sub(later));
    let states = [
        (
            !told.is_running && !told.is_by_hand && !told.next.is_empty(),
            "waits",
        ),
        (told.is_ghost, "your keys type"),
        (told.is_by_hand, "you have the keyboard"),
        (told.next.is_empty(), "the end"),
    ];
    let states = states
        .into_iter()
        .filter_map(|(is, words)| is.then_some(words));
    let states: Vec<&str> = states.collect();
    let mut page = format!(
        "  {} gone   {} left   {}\n\n",
        clock(gone),
        clock(left),
        states.join(", ")
    );
    if let Some(note) = &told.note {
        // Writing to a String cannot fail.
        let _ = writeln!(page, "  {}\n", visible(note));
    }
    for (line, mark) in told.next.iter().zip(["▶", " ", " "]) {
        let _ = writeln!(page, "  {mark} {}", visible(line));
    }
    let _ = write!(page, "\n  {}   {KEYS}\n", told.link);
    page
}

fn clock(span: Duration) -> String {
    let seconds = span.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_counts_on_while_the_show_goes_and_not_while_it_waits() {
        let mut told = StageProgress {
            note: Some("A question".to_owned()),
            next: vec!["ada: Hello".to_owned(), "kim: Hi".to_owned()],
            elapsed: Duration::from_secs(61),
            left: Duration::from_secs(100),
            is_running: true,
            ..StageProgress::default()
        };
        let shown = page(Some(&told), Duration::from_secs(4));
        assert!(
            shown.contains("1:05 gone   1:36 left") && shown.contains("▶ ada: Hello"),
            "{shown}"
        );
        assert!(
            shown.contains("A question") && shown.contains("F12 panic"),
            "{shown}"
        );
        told.is_running = false;
        let shown = page(Some(&told), Duration::from_secs(4));
        assert!(shown.contains("1:01 gone   1:40 left   waits"), "{shown}");
    }
}
