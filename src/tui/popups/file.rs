//! A file on the point of being sent, with its caption and what the cloud will object to.

use std::{fmt::Write as _, path::PathBuf};

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
        popups::{Layer, Outcome, Scene, footer, inside},
        text::{edit::Editor, field, width::elided},
    },
};

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
    pub(crate) path: PathBuf,
    pub(crate) facts: Facts,
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
            path,
            facts,
            caption: Editor::default(),
            pasted,
            busy: false,
        }
    }

    /// The rows that tell what it is.
    fn described(&self) -> Vec<String> {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        let name = SafeText::clean(&name.to_string_lossy());
        let mut facts = format!("{} · {}", self.facts.file_type, size(self.facts.bytes));
        if let (Some(width), Some(height)) = (self.facts.width, self.facts.height) {
            // Writing into a string cannot fail.
            let _ = write!(facts, " · {width}×{height}");
        }
        if self.facts.animated {
            facts.push_str(" · animated");
        }
        let mut rows = vec![name.one_line(), facts];
        rows.extend(self.objections.iter().map(|why| format!("✗ {why}")));
        rows
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
            path: self.path.clone(),
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
        let rows = self.described().len() + 4;
        (72, u16::try_from(rows).unwrap_or(u16::MAX))
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
        let room = usize::from(inner.width).saturating_sub(4);
        let mut y = inner.y;
        for (at, row) in self.described().iter().enumerate() {
            let style = match at {
                0 => styles.strong,
                1 => styles.muted,
                _ => styles.bad,
            };
            if y < inner.bottom() {
                let buffer = frame.buffer_mut();
                buffer.set_stringn(inner.x + 2, y, elided(row, room), room, style);
            }
            y += 1;
        }
        y += 1;
        if y >= inner.bottom() {
            return;
        }
        let label = if self.busy {
            "sending…  "
        } else {
            "Caption   "
        };
        let buffer = frame.buffer_mut();
        let (x, _) = buffer.set_stringn(inner.x + 2, y, label, room, styles.key);
        let field = Rect::new(x, y, inner.right().saturating_sub(x + 2), 1);
        if !self.busy {
            frame.buffer_mut().set_style(field, styles.selected);
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
