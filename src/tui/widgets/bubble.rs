//! One line of the phone: its shape in so much room, and how it is drawn.
//!
//! A shape is computed once and kept; drawing takes any run of its rows, so a
//! bubble may hang over the edge of the transcript.

use jiff::tz::TimeZone;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    domain::{
        content::Content,
        item::{Body, Delivery, Item},
        rich::plain,
        role::Role,
        text::SafeText,
    },
    tui::{
        clock,
        styles::Styles,
        text::{
            width::{elided, width},
            wrap::wrapped,
        },
    },
};

/// Room kept beside our bubbles for time and ticks, and beside theirs for the time.
const MINE_GUTTER: usize = 10;
const THEIRS_GUTTER: usize = 7;

/// What a shape depends on besides the line itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// Columns of the transcript.
    pub(crate) columns: u16,
    /// Without top and bottom of the frame, where rows are few.
    pub(crate) compact: bool,
}

/// A quick reply as a button; its columns count from the left of the transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Button {
    pub(crate) index: usize,
    pub(crate) x: u16,
    pub(crate) columns: u16,
    pub(crate) label: String,
}

/// A line wrapped into its room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    rows: Vec<String>,
    inner: usize,
    compact: bool,
    framed: bool,
    label: Option<String>,
    foot: Vec<String>,
    buttons: Vec<Vec<Button>>,
}

/// How a bubble stands out at the moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Look {
    /// It is selected.
    pub(crate) selected: bool,
    /// The selected wire entry belongs to it.
    pub(crate) lit: bool,
    /// It is the last one of ours that was read.
    pub(crate) last_read: bool,
    /// The quick reply the keyboard stands on.
    pub(crate) button: Option<usize>,
}

impl Shape {
    /// Wraps a line; `retry` is the key that sends a failed message again.
    pub(crate) fn of(item: &Item, room: Room, retry: &str) -> Self {
        let columns = usize::from(room.columns);
        match &item.body {
            Body::Quiet { text } => Self {
                rows: wrapped(text.as_str(), columns.saturating_sub(4).max(1)),
                ..Self::default()
            },
            Body::Mine {
                content, delivery, ..
            } => {
                let mut shape = Self::framed(content, columns, MINE_GUTTER, room.compact, None);
                if let Delivery::Failed { reason, uncertain } = delivery {
                    let doubt = if *uncertain {
                        "; it may have arrived all the same"
                    } else {
                        ""
                    };
                    let text = format!("✗ {reason}{doubt}");
                    shape.foot = wrapped(&text, columns.saturating_sub(2).max(1));
                    if !retry.is_empty() {
                        shape.foot.push(format!("{retry} sends it again"));
                    }
                }
                shape
            }
            Body::Theirs {
                content,
                author,
                name,
                ..
            } => {
                let label = author_label(&author.role, name);
                Self::framed(content, columns, THEIRS_GUTTER, room.compact, label)
            }
        }
    }

    fn framed(
        content: &Content,
        columns: usize,
        gutter: usize,
        compact: bool,
        label: Option<String>,
    ) -> Self {
        // A margin and two columns of frame and blank on either side.
        let most = columns
            .saturating_sub(gutter + 1)
            .min(columns * 5 / 6)
            .saturating_sub(4)
            .max(1);
        let mut rows = wrapped(&content_text(content), most);
        let label = label.map(|label| elided(&label, most).into_owned());
        if let (true, Some(label)) = (compact, &label) {
            // There is no edge it could stand on.
            rows.insert(0, label.clone());
        }
        let inner = rows
            .iter()
            .map(|row| width(row))
            .chain(label.as_ref().map(|label| width(label)))
            .max()
            .unwrap_or(0)
            .max(1);
        Self {
            rows,
            inner,
            compact,
            framed: true,
            label,
            foot: Vec::new(),
            buttons: buttons(content, columns),
        }
    }

    /// The rows it takes.
    pub(crate) fn height(&self, offers: bool) -> usize {
        let frame = if self.framed && !self.compact { 2 } else { 0 };
        let buttons = if offers { self.buttons.len() } else { 0 };
        self.rows.len() + frame + self.foot.len() + buttons
    }

    /// The buttons of one of its rows.
    pub(crate) fn buttons_at(&self, row: usize) -> &[Button] {
        row.checked_sub(self.height(false))
            .and_then(|row| self.buttons.get(row))
            .map_or(&[], Vec::as_slice)
    }

    /// Draws one of its rows.
    pub(crate) fn draw_row(
        &self,
        row: usize,
        item: &Item,
        look: Look,
        spot: Rect,
        brush: &mut Brush<'_>,
    ) {
        if let Body::Quiet { .. } = item.body {
            let text = self.rows.get(row).map_or("", String::as_str);
            let indent = usize::from(spot.width).saturating_sub(width(text)) / 2;
            let style = if look.selected {
                brush.styles.selected
            } else {
                brush.styles.muted
            };
            brush.text(spot, indent, text, style);
            return;
        }
        let top = usize::from(!self.compact);
        let end = self.rows.len() + 2 * top;
        if row < end {
            self.draw_box_row(row, item, look, spot, brush);
        } else if let Some(text) = self.foot.get(row - end) {
            let indent = usize::from(spot.width).saturating_sub(width(text) + 1);
            brush.text(spot, indent, text, brush.styles.bad);
        } else {
            for button in self.buttons_at(row) {
                let style = if look.button == Some(button.index) {
                    brush.styles.chosen
                } else {
                    brush.styles.button
                };
                brush.text(spot, usize::from(button.x), &button.label, style);
            }
        }
    }

    fn draw_box_row(&self, row: usize, item: &Item, look: Look, spot: Rect, brush: &mut Brush<'_>) {
        let mine = matches!(item.body, Body::Mine { .. });
        let style = match (look.selected || look.lit, mine) {
            (true, _) => brush.styles.accent,
            (false, true) => brush.styles.mine,
            (false, false) => brush.styles.theirs,
        };
        let [tl, tr, bl, br, h, v] = match (look.selected, look.lit) {
            (true, _) => ["┏", "┓", "┗", "┛", "━", "┃"],
            (false, true) => ["╔", "╗", "╚", "╝", "═", "║"],
            (false, false) => ["╭", "╮", "╰", "╯", "─", "│"],
        };
        let outer = self.inner + 4;
        let left = if mine {
            usize::from(spot.width).saturating_sub(outer + MINE_GUTTER)
        } else {
            1
        };
        let top = usize::from(!self.compact);
        let end = self.rows.len() + 2 * top;
        if !self.compact && row == 0 {
            let label = self.label.as_deref();
            let label = label.map_or_else(String::new, |label| format!(" {label} "));
            let rest = (self.inner + 2).saturating_sub(width(&label));
            let edge = format!("{tl}{label}{}{tr}", h.repeat(rest));
            brush.text(spot, left, &edge, style);
        } else if !self.compact && row + 1 == end {
            let edge = format!("{bl}{}{br}", h.repeat(self.inner + 2));
            brush.text(spot, left, &edge, style);
            if look.last_read {
                brush.text(spot, left + outer + 1, "Read", brush.styles.accent);
            }
        } else {
            let text = self.rows.get(row - top).map_or("", String::as_str);
            brush.text(spot, left, v, style);
            let labels = self.compact && row == 0 && self.label.is_some();
            let ink = if labels { style } else { brush.styles.base };
            brush.text(spot, left + 2, text, ink);
            brush.text(spot, left + outer - 1, v, style);
            if row + top + 1 == end {
                self.draw_gutter(item, look, left + outer + 1, spot, brush);
            }
        }
    }

    /// Time and ticks, beside the last row of the text.
    fn draw_gutter(&self, item: &Item, look: Look, left: usize, spot: Rect, brush: &mut Brush<'_>) {
        let time = clock::minutes(item.at, brush.zone);
        let styles = brush.styles;
        match &item.body {
            Body::Mine { delivery, .. } => {
                let (tick, style) = match delivery {
                    Delivery::Queued | Delivery::Leaving => ("◷", styles.muted),
                    Delivery::Sent { .. } => ("✓", styles.muted),
                    Delivery::Accepted { .. } => ("✓✓", styles.muted),
                    Delivery::Read { .. } => ("✓✓", styles.accent),
                    Delivery::Failed { .. } => ("✗", styles.bad),
                };
                if self.compact && look.last_read {
                    brush.text(spot, left, "✓✓ Read", styles.accent);
                } else {
                    brush.text(spot, left, &time, styles.muted);
                    brush.text(spot, left + width(&time) + 1, tick, style);
                }
            }
            Body::Theirs { .. } => {
                brush.text(spot, left, &time, styles.muted);
            }
            Body::Quiet { .. } => {}
        }
    }
}

/// What drawing needs besides the place.
pub(crate) struct Brush<'a> {
    pub(crate) buffer: &'a mut Buffer,
    pub(crate) styles: &'a Styles,
    pub(crate) zone: &'a TimeZone,
}

impl Brush<'_> {
    /// Writes a text on the first row of `spot`, so many columns in, and never beyond it.
    pub(crate) fn text(&mut self, spot: Rect, indent: usize, text: &str, style: Style) {
        let indent = u16::try_from(indent).unwrap_or(u16::MAX);
        let room = spot.width.saturating_sub(indent);
        if room == 0 || spot.height == 0 {
            return;
        }
        self.buffer
            .set_stringn(spot.x + indent, spot.y, text, usize::from(room), style);
    }
}

/// What a bubble says, one line per line.
fn content_text(content: &Content) -> String {
    match content {
        Content::Text { text, .. } => text.as_str().to_owned(),
        Content::File(file) => {
            let name = if file.caption.is_empty() {
                "file"
            } else {
                file.caption.as_str()
            };
            format!("▤ {name} ({})", file.file_type)
        }
        Content::Rich { content, .. } => {
            let lines = plain::lines(content);
            let lines: Vec<&str> = lines.iter().map(SafeText::as_str).collect();
            lines.join("\n")
        }
        Content::Form { title } => format!("[secure form]\n{title}"),
    }
}

/// Who writes, when it is not the one agent everybody expects.
fn author_label(role: &Role, name: &SafeText) -> Option<String> {
    let role = match role {
        Role::AssignedAgent | Role::Consumer => return None,
        Role::Agent => "bot".to_owned(),
        Role::Manager => "manager".to_owned(),
        Role::Reader => "former agent".to_owned(),
        Role::Controller => "system".to_owned(),
        Role::Other(role) => SafeText::clean(role).as_str().replace('\n', " "),
    };
    if name.is_empty() {
        return Some(role);
    }
    Some(format!("{} · {role}", name.as_str().replace('\n', " ")))
}

/// The quick replies as rows of buttons, each with the number of its key.
fn buttons(content: &Content, columns: usize) -> Vec<Vec<Button>> {
    let room = columns.saturating_sub(2).max(1);
    let mut rows: Vec<Vec<Button>> = Vec::new();
    let mut used = 0;
    for (index, reply) in content.replies().iter().enumerate() {
        let title = reply.title.as_str().replace('\n', " ");
        let number = if index < 9 {
            format!("{} ", index + 1)
        } else {
            String::new()
        };
        let title = elided(&title, room.saturating_sub(width(&number) + 4)).into_owned();
        let label = format!("( {number}{title} )");
        let taken = width(&label);
        if rows.is_empty() || used + taken > room {
            rows.push(Vec::new());
            used = 0;
        }
        if let Some(row) = rows.last_mut() {
            row.push(Button {
                index,
                x: u16::try_from(used + 1).unwrap_or(u16::MAX),
                columns: u16::try_from(taken).unwrap_or(u16::MAX),
                label,
            });
        }
        used += taken + 1;
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testkit::theirs;

    fn of_manager() -> Item {
        let mut item = theirs(1, "We will make it right.");
        if let Body::Theirs { author, name, .. } = &mut item.body {
            author.role = Role::Manager;
            *name = "Morgan\nM.".into();
        }
        item
    }

    #[test]
    fn whoever_is_not_the_assigned_agent_is_named_with_their_role() {
        let room = Room {
            columns: 60,
            compact: false,
        };
        let shape = Shape::of(&of_manager(), room, "");
        assert_eq!(shape.label.as_deref(), Some("Morgan M. · manager"));
        let shape = Shape::of(&theirs(1, "Hello"), room, "");
        assert_eq!(shape.label, None);
    }

    #[test]
    fn without_an_edge_the_name_has_a_row_of_its_own() {
        let room = Room {
            columns: 60,
            compact: true,
        };
        let shape = Shape::of(&of_manager(), room, "");
        assert_eq!(
            shape.rows,
            ["Morgan M. · manager", "We will make it right."]
        );
    }
}
