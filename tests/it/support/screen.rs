//! Drives the screen as a person and an engine would: keys in, updates in,
//! commands and frames out.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    fmt::Write as _,
    fs, io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use futures_util::Stream;
use handset::{
    config::personas,
    domain::{conversation::event::Act, ids::ConversationId, workspace::view::WorkspaceDraft},
    engine::{command::Command, update::Update},
    tui::{
        Ended, Error,
        agent::WorkspaceSettings,
        app::settings::Settings,
        commands::keys::{Chord, Key},
        run,
        terminal::svg::svg,
    },
};
use ratatui::{
    Terminal,
    backend::{Backend, ClearType, TestBackend, WindowSize},
    buffer::{Cell, CellWidth as _},
    layout::{Position, Size},
    style::{Color, Modifier},
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::support::{picture, scene};

/// Longest wait for anything a test waits for.
const LIMIT: Duration = crate::support::LIMIT;
/// So long a screen may be another one than the one that is kept.
const A_WHILE: Duration = Duration::from_secs(20);

/// A screen in memory that a test can look at while the program draws on it.
#[derive(Clone)]
pub(crate) struct Glass {
    inner: Arc<Mutex<TestBackend>>,
    /// Where the cells on screen lead.
    links: Arc<Mutex<BTreeMap<(u16, u16), String>>>,
    frames: Arc<watch::Sender<u64>>,
}

/// The address and the glyph of a cell that is a link of the terminal (OSC 8).
fn link(symbol: &str) -> Option<(String, String)> {
    let (_, rest) = symbol.strip_prefix("\u{1b}]8;id=")?.split_once(';')?;
    let (uri, rest) = rest.split_once("\u{1b}\\")?;
    let glyph = rest.strip_suffix("\u{1b}]8;;\u{1b}\\")?;
    Some((uri.to_owned(), glyph.to_owned()))
}

impl Glass {
    fn new(columns: u16, rows: u16) -> Self {
        Self {
            inner: Arc::new(Mutex::new(TestBackend::new(columns, rows))),
            links: Arc::default(),
            frames: Arc::new(watch::Sender::new(0)),
        }
    }

    fn with<R>(&self, run: impl FnOnce(&mut TestBackend) -> R) -> R {
        run(&mut self.inner.lock().unwrap())
    }
}

impl Backend for Glass {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut links = self.links.lock().unwrap();
        let plain: Vec<(u16, u16, Cell)> = content
            .map(|(x, y, cell)| {
                let mut cell = cell.clone();
                links.remove(&(x, y));
                // No frame of any test may hold what a terminal would obey.
                if let Some((uri, glyph)) = link(cell.symbol()) {
                    let is_clean = uri.chars().all(|c| c.is_ascii_graphic());
                    assert!(is_clean, "a link to {uri:?} at {x}, {y}");
                    links.insert((x, y), uri);
                    cell.set_symbol(&glyph);
                }
                let is_clean = !cell.symbol().contains(char::is_control);
                assert!(is_clean, "{:?} at {x}, {y}", cell.symbol());
                (x, y, cell)
            })
            .collect();
        self.with(|inner| inner.draw(plain.iter().map(|(x, y, cell)| (*x, *y, cell))))
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.with(Backend::hide_cursor)
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        self.with(Backend::show_cursor)
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        panic!("the screen asked the terminal for its cursor: the answer would be read as keys")
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.with(|inner| inner.set_cursor_position(position))
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.with(Backend::clear)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), Infallible> {
        self.with(|inner| inner.clear_region(clear_type))
    }

    fn size(&self) -> Result<Size, Infallible> {
        self.with(|inner| inner.size())
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        self.with(Backend::window_size)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        self.frames.send_modify(|frames| *frames += 1);
        Ok(())
    }
}

/// The keyboard of the screen.
struct Keys(mpsc::UnboundedReceiver<Event>);

impl Stream for Keys {
    type Item = io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx).map(|event| event.map(Ok))
    }
}

/// A running screen.
pub(crate) struct Screen {
    pub(crate) glass: Glass,
    pub(crate) keys: mpsc::UnboundedSender<Event>,
    pub(crate) updates: mpsc::Sender<Update>,
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) stop: CancellationToken,
    pub(crate) task: JoinHandle<Result<Ended, Error>>,
}

/// Settings with the clock standing at five past noon.
pub(crate) fn settings() -> Settings {
    Settings {
        personas: personas::embedded(),
        account: "55512300".into(),
        clock: Arc::new(|| scene::at(300)),
        workspace: WorkspaceSettings::none("give the profile a [login]"),
        ..Settings::default()
    }
}

impl Screen {
    pub(crate) fn start(columns: u16, rows: u16) -> Self {
        Self::start_with(columns, rows, settings(), 1024)
    }

    pub(crate) fn start_with(columns: u16, rows: u16, settings: Settings, queue: usize) -> Self {
        let glass = Glass::new(columns, rows);
        let (keys, events) = mpsc::unbounded_channel();
        let (updates, received) = mpsc::channel(1024);
        let (engine, commands) = mpsc::channel(queue);
        updates.try_send(scene::phone()).expect("an empty channel");
        let stop = CancellationToken::new();
        let terminal = Terminal::new(glass.clone()).unwrap();
        let task = tokio::spawn(run(
            terminal,
            Keys(events),
            received,
            engine,
            settings,
            stop.clone(),
        ));
        Self {
            glass,
            keys,
            updates,
            commands,
            stop,
            task,
        }
    }

    /// A screen that shows the made-up conversation.
    pub(crate) async fn showing_conversation(columns: u16, rows: u16) -> Self {
        let screen = Self::start(columns, rows);
        for update in scene::conversation() {
            screen.updates.send(update).await.unwrap();
        }
        screen.until("Riley · typing…").await;
        screen
    }

    pub(crate) async fn update(&self, update: Update) {
        self.updates.send(update).await.unwrap();
    }

    /// Presses a key written as in settings.
    pub(crate) fn press(&self, chord: &str) {
        self.keys.send(Event::Key(key_event(chord))).unwrap();
    }

    pub(crate) fn write(&self, text: &str) {
        for c in text.chars() {
            let event = KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
            self.keys.send(Event::Key(event)).unwrap();
        }
    }

    pub(crate) fn paste(&self, text: &str) {
        self.keys.send(Event::Paste(text.to_owned())).unwrap();
    }

    pub(crate) fn click(&self, column: u16, row: u16) {
        self.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
    }

    pub(crate) fn mouse(&self, kind: MouseEventKind, column: u16, row: u16) {
        let event = MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        };
        self.keys.send(Event::Mouse(event)).unwrap();
    }

    /// Clicks the first cell of a text on screen.
    pub(crate) async fn click_on(&self, text: &str) {
        // What was pressed before may not be drawn yet, and a list over the text not be gone.
        let place = std::cell::Cell::new(None);
        let is_there = |_: &str| {
            place.set(self.find(text));
            place.get().is_some()
        };
        self.until_that(is_there, text).await;
        let (column, row) = place.get().unwrap();
        self.click(column, row);
    }

    /// Where a text stands; cells are compared one by one.
    pub(crate) fn find(&self, text: &str) -> Option<(u16, u16)> {
        self.rows().iter().enumerate().find_map(|(y, cells)| {
            (0..cells.len()).find_map(|x| {
                let rest: String = cells[x..].concat();
                rest.starts_with(text)
                    .then(|| (u16::try_from(x).unwrap(), u16::try_from(y).unwrap()))
            })
        })
    }

    /// Whether a cell is drawn with its colours the other way round.
    pub(crate) fn is_reversed(&self, column: u16, row: u16) -> bool {
        self.glass.with(|inner| {
            let cell = inner.buffer().cell((column, row)).unwrap();
            cell.modifier.contains(Modifier::REVERSED)
        })
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        self.glass.with(|inner| inner.resize(columns, rows));
        self.keys.send(Event::Resize(columns, rows)).unwrap();
    }

    fn rows(&self) -> Vec<Vec<String>> {
        self.glass.with(|inner| {
            let buffer = inner.buffer();
            let columns = usize::from(buffer.area.width).max(1);
            buffer
                .content
                .chunks(columns)
                .map(|row| row.iter().map(|cell| cell.symbol().to_owned()).collect())
                .collect()
        })
    }

    /// What is on screen, row by row; cells under a wide character included as blanks.
    pub(crate) fn text(&self) -> String {
        let rows = self.rows();
        rows.iter().fold(String::new(), |mut text, row| {
            let _ = writeln!(text, "{}", row.concat().trim_end());
            text
        })
    }

    /// The screen as snapshots keep it, with the cells wide characters hide.
    pub(crate) fn snapshot(&self) -> String {
        let mut seen = self.glass.with(|inner| inner.clone());
        let Size { width, height } = seen.size().unwrap();
        // What a wide character hides is what some earlier frame left there.
        let hidden: Vec<(u16, u16)> = (0..height)
            .flat_map(|y| (1..width).map(move |x| (x, y)))
            .filter(|&(x, y)| seen.buffer()[(x - 1, y)].cell_width() > 1)
            .collect();
        let blank = Cell::default();
        seen.draw(hidden.iter().map(|&(x, y)| (x, y, &blank)))
            .unwrap();
        seen.to_string()
    }

    /// The screen that is kept under a name, once it is the one that is shown: of what was pressed
    /// some may not be drawn yet. After a while whatever is shown, for the difference to be told.
    pub(crate) async fn kept(&self, name: impl AsRef<str>) -> String {
        let name = name.as_ref();
        let file = format!("{}/tests/snapshots/{name}.snap", env!("CARGO_MANIFEST_DIR"));
        let file = fs::read_to_string(file).unwrap_or_default();
        if let Some(kept) = file.splitn(3, "---\n").nth(2).map(str::trim_end) {
            let mut frames = self.glass.frames.subscribe();
            let waiting = async {
                while self.snapshot().trim_end() != kept {
                    frames.changed().await.unwrap();
                }
            };
            // What comes of it is compared all the same.
            let _ = timeout(A_WHILE, waiting).await;
        }
        let shown = self.snapshot();
        if let Some((name, title)) = picture::of_screen(name) {
            self.picture(name, title).await;
        }
        shown
    }

    /// Waits until what is drawn is the picture that is kept under a name, or fails after a while.
    pub(crate) async fn picture(&self, name: &str, title: &str) {
        let drawn = || self.glass.with(|inner| svg(inner.buffer(), title));
        let kept = picture::kept(name);
        let mut frames = self.glass.frames.subscribe();
        let waiting = async {
            while drawn() != kept {
                frames.changed().await.unwrap();
            }
        };
        // What comes of it is compared all the same.
        let _ = timeout(A_WHILE, waiting).await;
        picture::assert_kept(name, &drawn());
    }

    /// Where a terminal would lead who clicks on what is on screen.
    pub(crate) fn links(&self) -> BTreeSet<String> {
        self.glass.links.lock().unwrap().values().cloned().collect()
    }

    /// Every colour on the screen.
    pub(crate) fn colours(&self) -> Vec<Color> {
        self.glass.with(|inner| {
            let cells = inner.buffer().content.iter();
            cells.flat_map(|cell| [cell.fg, cell.bg]).collect()
        })
    }

    pub(crate) fn cursor(&self) -> (u16, u16) {
        self.glass.with(|inner| {
            let position = inner.cursor_position();
            (position.x, position.y)
        })
    }

    pub(crate) fn frames(&self) -> u64 {
        *self.glass.frames.borrow()
    }

    /// Waits until a text is on screen.
    pub(crate) async fn until(&self, text: &str) {
        self.until_that(|screen| screen.contains(text), text).await;
    }

    /// Waits until this tab of the inspector is the one in view.
    pub(crate) async fn until_tab(&self, name: &str) {
        let is_in_view = |_: &str| {
            let head = self.find(&format!(" {name} "));
            head.is_some_and(|(x, y)| {
                self.glass
                    .with(|inner| inner.buffer()[(x + 1, y)].modifier.contains(Modifier::BOLD))
            })
        };
        self.until_that(is_in_view, name).await;
    }

    /// Waits until a text is no longer on screen.
    pub(crate) async fn until_gone(&self, text: &str) {
        self.until_that(|screen| !screen.contains(text), text).await;
    }

    /// Waits until what is on screen is as wanted.
    pub(crate) async fn until_that(&self, wanted: impl Fn(&str) -> bool, what: &str) {
        let mut frames = self.glass.frames.subscribe();
        let waiting = async {
            while !wanted(&self.text()) {
                frames.changed().await.unwrap();
            }
        };
        let came = timeout(LIMIT, waiting).await.is_ok();
        assert!(came, "{what:?} did not come about:\n{}", self.text());
    }

    /// The next command, whatever it is.
    pub(crate) async fn any_command(&mut self) -> Command {
        loop {
            let next = timeout(LIMIT, self.commands.recv()).await;
            // A draft is told of a while after it changed, whatever comes in between.
            match next.expect("a command in time").expect("a running screen") {
                Command::Draft { .. } | Command::WorkspaceDraft(_) => {}
                command => return command,
            }
        }
    }

    /// The next thing the engine is told of what is written: for which conversation, and the text.
    pub(crate) async fn draft(&mut self) -> (Option<ConversationId>, String) {
        loop {
            let next = timeout(LIMIT, self.commands.recv()).await;
            let next = next.expect("a draft in time").expect("a running screen");
            if let Command::Draft {
                conversation, text, ..
            } = next
            {
                return (conversation, text);
            }
        }
    }

    /// The next thing the engine is told of what an agent has written.
    pub(crate) async fn workspace_draft(&mut self) -> WorkspaceDraft {
        loop {
            let next = timeout(LIMIT, self.commands.recv()).await;
            let next = next.expect("a draft in time").expect("a running screen");
            if let Command::WorkspaceDraft(draft) = next {
                return draft;
            }
        }
    }

    /// The next command but those that only tell what is on screen or typed.
    pub(crate) async fn command(&mut self) -> Command {
        loop {
            match self.any_command().await {
                Command::Act {
                    act: Act::Shown(_) | Act::Typed { .. },
                    ..
                } => {}
                command => return command,
            }
        }
    }

    /// How the screen ended.
    pub(crate) async fn ended(self) -> Ended {
        let ended = timeout(LIMIT, self.task).await;
        ended.expect("an end in time").unwrap().unwrap()
    }
}

fn key_event(chord: &str) -> KeyEvent {
    let Chord {
        key,
        ctrl,
        alt,
        shift,
    } = chord.parse().unwrap();
    let mut modifiers = KeyModifiers::NONE;
    for (held, modifier) in [
        (ctrl, KeyModifiers::CONTROL),
        (alt, KeyModifiers::ALT),
        (shift, KeyModifiers::SHIFT),
    ] {
        if held {
            modifiers |= modifier;
        }
    }
    let code = match key {
        Key::Char(c) => KeyCode::Char(c),
        Key::F(number) => KeyCode::F(number),
        Key::Enter => KeyCode::Enter,
        Key::Esc => KeyCode::Esc,
        Key::Tab if shift => KeyCode::BackTab,
        Key::Tab => KeyCode::Tab,
        Key::Backspace => KeyCode::Backspace,
        Key::Delete => KeyCode::Delete,
        Key::Insert => KeyCode::Insert,
        Key::Up => KeyCode::Up,
        Key::Down => KeyCode::Down,
        Key::Left => KeyCode::Left,
        Key::Right => KeyCode::Right,
        Key::Home => KeyCode::Home,
        Key::End => KeyCode::End,
        Key::PageUp => KeyCode::PageUp,
        Key::PageDown => KeyCode::PageDown,
    };
    KeyEvent::new(code, modifiers)
}
