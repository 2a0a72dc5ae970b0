//! A file on the point of being sent, with its caption and what the cloud will object to.

use std::path::PathBuf;

use ratatui::{Frame, layout::Rect};

use crate::{
    domain::{ids::PhoneId, notice::Severity, text::SafeText},
    media::{
        attach::{self, Objection},
        facts::Facts,
    },
    tui::{
        chat::attach::AttachRequest,
        commands::keys::{Action, Context},
        popups::{Layer, Outcome, Scene, footer, inside, placed, unsent::UnsentFile},
        terminal::images::gallery::Gallery,
        text::{edit::Editor, field, width::elided},
    },
};

/// The columns it takes.
const COLUMNS: u16 = 72;

/// A number of bytes as people say it.
pub(crate) fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KB", bytes / 1024),
        _ => format!("{} MB", tenths(1_048_576)),
    }
}

/// A file on the point of being sent.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) phone: PhoneId,
    pub(crate) what: UnsentFile,
    pub(crate) objections: Vec<Objection>,
    pub(crate) caption: Editor,
    /// What was pasted into the draft and turned out to be this file.
    pub(crate) pasted: Option<String>,
    /// Whether it is being made ready.
    pub(crate) busy: bool,
}

impl File {
    /// A file with nothing decided yet.
    pub(crate) fn new(phone: PhoneId, path: PathBuf, facts: Facts, pasted: Option<String>) -> Self {
        Self {
            phone,
            objections: attach::objections(&facts),
            what: UnsentFile::new(path, facts),
            caption: Editor::default(),
            pasted,
            busy: false,
        }
    }

    /// Columns and rows it wants, with its frame.
    fn wanted(&self) -> (u16, u16) {
        let words = u16::try_from(self.what.described().len()).unwrap_or(u16::MAX);
        let picture = match self.what.picture_rows() {
            0 => 0,
            rows => rows + 1,
        };
        (COLUMNS, words.saturating_add(picture + 4))
    }

    /// What is sent as the caption when none is written: the file's name.
    fn own_name(&self) -> String {
        let stem = self.what.path.file_stem().unwrap_or_default();
        SafeText::clean(&stem.to_string_lossy()).one_line()
    }
}

impl File {
    fn send(&mut self, anyway: bool, scene: &Scene<'_>) -> Outcome {
        if self.busy {
            return Outcome::Stays;
        }
        if let Some(why) = self.objections.first()
            && !anyway
        {
            let key = scene.ui.shown(Action::SendFileAnyway);
            return Outcome::Told(
                Severity::Warning,
                "it was not sent".to_owned(),
                why.to_string(),
                format!("{key} sends it all the same, to see what the cloud says"),
            );
        }
        self.busy = true;
        Outcome::Prepare(AttachRequest {
            phone: self.phone,
            path: self.what.path.clone(),
            caption: self.caption.text().to_owned(),
            anyway,
            pasted: self.pasted.clone(),
        })
    }
}

impl Layer for File {
    fn title(&self) -> String {
        " Send this file? ".to_owned()
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::File, Context::Edit, Context::Everywhere]
    }

    fn size(&self, _scene: &Scene<'_>) -> (u16, u16) {
        self.wanted()
    }

    fn prepare(&mut self, screen: Rect, gallery: &Gallery) {
        // With its picture it may take as much as there is of the screen.
        let area = placed((COLUMNS, u16::MAX), self.fills(), screen);
        let words = u16::try_from(self.what.described().len()).unwrap_or(u16::MAX);
        let rows = area.height.saturating_sub(words.saturating_add(5));
        let columns = area.width.saturating_sub(6);
        self.what.prepare(columns, rows, gallery);
    }

    fn is_written_in(&self) -> bool {
        true
    }

    fn keys(&self, scene: &Scene<'_>, _area: Rect) -> String {
        footer(
            scene.ui,
            self.contexts(),
            &[
                (&[Action::SendFile], "send"),
                (&[Action::SendFileAnyway], "send anyway"),
                (&[Action::Back], "leave it"),
            ],
        )
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        let inner = inside(area);
        let styles = &scene.ui.styles;
        let spot = Rect {
            x: inner.x + 2,
            width: inner.width.saturating_sub(4),
            ..inner
        };
        let buffer = frame.buffer_mut();
        let below = |y: u16| Rect {
            y,
            height: spot.bottom().saturating_sub(y),
            ..spot
        };
        let mut y = inner.y + self.what.draw_words(spot, styles, buffer) + 1;
        let rows = self.what.picture_rows();
        if rows > 0 {
            self.what.draw_picture(below(y), buffer);
            y += rows + 1;
        }
        if y >= inner.bottom() {
            return;
        }
        let room = usize::from(spot.width);
        let label = if self.busy {
            "sending…  "
        } else {
            "Caption   "
        };
        let (x, _) = buffer.set_stringn(spot.x, y, label, room, styles.key);
        let field = Rect::new(x, y, inner.right().saturating_sub(x + 2), 1);
        if !self.busy {
            frame.buffer_mut().set_style(field, styles.selected);
            if self.caption.is_empty() {
                let name = self.own_name();
                let room = usize::from(field.width).saturating_sub(2);
                let style = styles.selected.patch(styles.muted);
                let buffer = frame.buffer_mut();
                buffer.set_stringn(field.x + 2, y, elided(&name, room), room, style);
            }
            field::draw_row(&self.caption, field, styles.selected, frame);
        }
    }

    fn act(&mut self, action: Action, scene: &Scene<'_>, _area: Rect) -> Outcome {
        match action {
            Action::SendFile => self.send(false, scene),
            Action::SendFileAnyway => self.send(true, scene),
            _ => Outcome::Passed,
        }
    }

    fn field(&mut self) -> Option<(&mut Editor, Option<usize>)> {
        Some((&mut self.caption, None))
    }
}
