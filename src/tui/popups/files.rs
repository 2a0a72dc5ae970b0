//! A folder to choose a file from.

use std::path::PathBuf;

use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Position, Rect},
};

use crate::{
    domain::{ids::PhoneId, notice::Severity, text::SafeText},
    media::attach,
    tui::{
        chat::attach::{Entry, Is, PeekedPath, is_rooted, paths_in},
        commands::keys::Action,
        popups::{
            Layer, Outcome, Popup, Scene,
            file::{File, size},
            inside, list, placed, stepped,
            unsent::UnsentFile,
        },
        terminal::images::gallery::Gallery,
        text::{edit::Editor, fuzzy, width::elided},
        theme::styles::Styles,
    },
};

/// Columns and rows it wants.
const SIZE: (u16, u16) = (76, 24);

#[derive(Debug)]
pub(crate) struct Files {
    /// For whose phone.
    pub(crate) phone: PhoneId,
    /// What was typed to find an entry.
    pub(crate) field: Editor,
    pub(crate) chosen: usize,
    /// `None` until it was looked into.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) entries: Result<Vec<Entry>, String>,
    /// The written path that is being looked at.
    peeking: Option<PathBuf>,
    /// The written path that was looked at last, and what it is.
    peeked: Option<(PathBuf, WrittenPath)>,
}

/// What a written path is.
#[derive(Debug)]
enum WrittenPath {
    Folder,
    File(Box<UnsentFile>),
    /// It cannot be read, or is neither.
    Nothing(String),
}

impl Files {
    /// A picker that waits for its folder.
    pub(crate) fn new(phone: PhoneId) -> Self {
        Self {
            phone,
            field: Editor::default(),
            chosen: 0,
            folder: None,
            entries: Ok(Vec::new()),
            peeking: None,
            peeked: None,
        }
    }

    /// The entries that fit what was typed, the best first; hidden ones only when asked for.
    pub(crate) fn fitting(&self) -> Vec<&Entry> {
        let typed = self.field.text();
        let hidden = |entry: &Entry| entry.name.starts_with('.') && entry.name != "..";
        let entries = self.entries.iter().flatten();
        let listed = entries.filter(|entry| typed.starts_with('.') || !hidden(entry));
        fuzzy::fitting(typed, listed, |entry| fuzzy::score(typed, &entry.name))
    }
}

impl Entry {
    /// Its name on one row.
    pub(crate) fn label(&self) -> String {
        let name = SafeText::clean(&self.name).one_line();
        match self.is {
            Is::Folder => format!("{name}/"),
            _ => name,
        }
    }

    /// Its type and size, with a mark when the cloud will object.
    pub(crate) fn facts(&self) -> String {
        match &self.is {
            Is::Folder => String::new(),
            Is::Nothing(_) => "✗".to_owned(),
            Is::File(facts) => {
                let mark = if attach::objections(facts).is_empty() {
                    ""
                } else {
                    " ✗"
                };
                format!("{} {}{mark}", facts.file_type, size(facts.bytes))
            }
        }
    }
}

impl Files {
    /// The path that was written or dropped in place of a name.
    fn path(&self) -> Option<PathBuf> {
        let text = self.field.text().trim();
        let is_path = is_rooted(text)
            || text == "~"
            || text.starts_with(['\'', '"'])
            || text.starts_with("file://");
        let mut paths = is_path.then(|| paths_in(text))?.into_iter();
        if text == "~" {
            return Some(PathBuf::from(text));
        }
        paths.next()
    }

    /// The written path that is to be looked at now; none while another is.
    pub(crate) fn begin_peek(&mut self) -> Option<PathBuf> {
        let written = self.path().filter(|_| self.peeking.is_none())?;
        if self
            .peeked
            .as_ref()
            .is_some_and(|(known, _)| *known == written)
        {
            return None;
        }
        self.peeking = Some(written.clone());
        Some(written)
    }

    /// Takes in what a path is; of one that is not written there any more nothing is kept.
    pub(crate) fn peeked(&mut self, peeked: PeekedPath) {
        self.peeking = None;
        if self.path().as_ref() != Some(&peeked.written) {
            return;
        }
        let is = match peeked.is {
            Is::Folder => WrittenPath::Folder,
            Is::File(facts) => WrittenPath::File(Box::new(UnsentFile::new(peeked.path, facts))),
            Is::Nothing(reason) => WrittenPath::Nothing(reason),
        };
        self.peeked = Some((peeked.written, is));
    }

    /// The look was not done, which the person was told.
    pub(crate) fn peek_failed(&mut self) {
        if let Some(written) = self.peeking.take() {
            let reason = "it was not looked at".to_owned();
            self.peeked = Some((written, WrittenPath::Nothing(reason)));
        }
    }

    /// What the path is that is written now, as far as that is known.
    fn written(&self) -> Option<&WrittenPath> {
        let (known, is) = self.peeked.as_ref()?;
        (self.path().as_ref() == Some(known)).then_some(is)
    }

    /// Draws what the written path is.
    fn draw_written(&self, area: Rect, styles: &Styles, buffer: &mut Buffer) {
        let room = usize::from(area.width);
        let (words, file) = match self.written() {
            None => ("Enter goes there", None),
            Some(WrittenPath::Folder) => ("a folder: Enter looks into it", None),
            Some(WrittenPath::Nothing(reason)) => (reason.as_str(), None),
            Some(WrittenPath::File(file)) => ("Enter asks for the caption", Some(file)),
        };
        let words = SafeText::clean(words).one_line();
        buffer.set_stringn(area.x, area.y, elided(&words, room), room, styles.muted);
        if let Some(file) = file {
            let below = |rows: u16| Rect {
                y: area.y + rows,
                height: area.height.saturating_sub(rows),
                ..area
            };
            let rows = file.draw_words(below(2), styles, buffer);
            file.draw_picture(below(rows + 3), buffer);
        }
    }

    /// Goes into the chosen folder, or asks about the chosen file.
    fn choose(&mut self) -> Outcome {
        if let Some(path) = self.path() {
            return Outcome::Look(self.phone, path);
        }
        let Some(entry) = self
            .fitting()
            .get(self.chosen)
            .map(|entry| (*entry).clone())
        else {
            return Outcome::Stays;
        };
        match entry.is {
            Is::Folder => {
                self.field = Editor::default();
                self.chosen = 0;
                Outcome::Folder(entry.path)
            }
            Is::File(facts) => {
                let file = File::new(self.phone, entry.path, facts, None);
                Outcome::Becomes(Box::new(Popup::File(Box::new(file))))
            }
            Is::Nothing(reason) => Outcome::told(Severity::Warning, "it cannot be sent", &reason),
        }
    }
}

/// Where the picker says what a written path is.
fn written_area(inner: Rect) -> Rect {
    Rect::new(
        inner.x + 2,
        inner.y + 2,
        inner.width.saturating_sub(4),
        inner.height.saturating_sub(2),
    )
}

impl Layer for Files {
    fn title(&self) -> String {
        " Send a file ".to_owned()
    }

    fn size(&self, _scene: &Scene<'_>) -> (u16, u16) {
        SIZE
    }

    fn prepare(&mut self, screen: Rect, gallery: &Gallery) {
        let area = written_area(inside(placed(SIZE, self.fills(), screen)));
        if let Some((_, WrittenPath::File(file))) = &mut self.peeked {
            let words = u16::try_from(file.described().len()).unwrap_or(u16::MAX);
            let rows = area.height.saturating_sub(words.saturating_add(3));
            file.prepare(area.width, rows, gallery);
        }
    }

    fn enter_does(&self) -> &'static str {
        "choose"
    }

    fn is_written_in(&self) -> bool {
        true
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        let (styles, inner) = (&scene.ui.styles, inside(area));
        list::draw_head(&self.field, inner, styles, frame);
        if self.field.is_empty() {
            let folder = self.folder.as_ref();
            let folder = folder.map_or_else(String::new, |folder| folder.display().to_string());
            let folder = SafeText::clean(&folder).one_line();
            let room = usize::from(inner.width).saturating_sub(5);
            let (x, shown) = (inner.x + 4, elided(&folder, room));
            let buffer = frame.buffer_mut();
            buffer.set_stringn(x, inner.y, shown, room, styles.muted);
        }
        let text = match &self.entries {
            Ok(_) if self.path().is_some() => {
                let area = written_area(inner);
                return self.draw_written(area, styles, frame.buffer_mut());
            }
            Ok(_) if self.folder.is_some() => {
                let entries = self.fitting().into_iter();
                let rows: Vec<_> = entries
                    .map(|entry| list::ListRow {
                        label: entry.label(),
                        facts: entry.facts(),
                        ..list::ListRow::default()
                    })
                    .collect();
                return list::draw(&rows, self.chosen, inner, styles, frame);
            }
            Ok(_) => "looking into the folder…",
            Err(reason) => reason,
        };
        let room = usize::from(inner.width).saturating_sub(4);
        let text = SafeText::clean(text).one_line();
        let buffer = frame.buffer_mut();
        let (x, y) = (inner.x + 2, inner.y + 2);
        buffer.set_stringn(x, y, elided(&text, room), room, styles.muted);
    }

    fn act(&mut self, action: Action, _scene: &Scene<'_>, _area: Rect) -> Outcome {
        match action {
            Action::Choose => self.choose(),
            _ => Outcome::Passed,
        }
    }

    fn page(&self, area: Rect) -> usize {
        list::page(inside(area))
    }

    fn rows(&mut self, up: bool, rows: usize, _scene: &Scene<'_>, _area: Rect) {
        let last = self.fitting().len().saturating_sub(1);
        self.chosen = stepped(self.chosen, up, rows, last);
    }

    fn click(&mut self, at: Position, _scene: &Scene<'_>, area: Rect) -> Outcome {
        let count = self.fitting().len();
        let row = list::entry_at(self.chosen, inside(area), at);
        match row.filter(|row| *row < count) {
            Some(row) => {
                self.chosen = row;
                self.choose()
            }
            None => Outcome::Stays,
        }
    }

    fn field(&mut self) -> Option<(&mut Editor, Option<usize>)> {
        Some((&mut self.field, None))
    }

    fn edited(&mut self) {
        self.chosen = 0;
    }
}
