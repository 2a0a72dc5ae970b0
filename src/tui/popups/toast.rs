//! Notices as drawn: a stack at the top right.

use ratatui::{
    Frame,
    layout::Rect,
    widgets::{Block, BorderType},
};

use crate::{
    domain::notice::{Notice, Severity},
    tui::{
        commands::keys::Action,
        popups::notices::{Notices, Toast},
        text::wrap::wrapped,
        theme::{over, styles::Styles, ui::Ui},
    },
};

/// Columns a notice takes at most.
const WIDEST: u16 = 56;

/// The word and the style of a severity.
pub(crate) fn severity(notice: &Notice, styles: &Styles) -> (&'static str, ratatui::style::Style) {
    match notice.severity {
        Severity::Info => ("· note", styles.accent),
        Severity::Warning => ("! warning", styles.warn),
        Severity::Error => ("✗ error", styles.bad),
    }
}

/// The rows of a notice, each with whether it is its title.
pub(crate) fn rows(notice: &Notice, columns: usize) -> Vec<(bool, String)> {
    let titles = wrapped(&notice.title, columns)
        .into_iter()
        .map(|row| (true, row));
    let rest = [&notice.detail, &notice.hint]
        .into_iter()
        .filter(|text| !text.is_empty())
        .flat_map(|text| wrapped(text, columns))
        .map(|row| (false, row));
    titles.chain(rest).collect()
}

fn boxes(notices: &Notices, screen: Rect) -> Vec<(Rect, &Toast)> {
    if screen.is_empty() {
        return Vec::new();
    }
    let columns = WIDEST.min(screen.width.saturating_sub(4));
    let right = screen.right().saturating_sub(2);
    let mut y = screen.y + 2;
    // The last rows stay free for the composer, whatever happens.
    let bottom = screen.bottom().saturating_sub(6);
    let mut boxes = Vec::new();
    for toast in notices.shown() {
        let rows = rows(&toast.notice, usize::from(columns) - 4).len();
        let height = u16::try_from(rows + 2).unwrap_or(u16::MAX);
        let height = height.min(bottom.saturating_sub(y));
        if height < 3 {
            break;
        }
        boxes.push((Rect::new(right - columns, y, columns, height), toast));
        y += height;
    }
    boxes
}

/// What the notices cover; the screen is empty where nothing fits on it, here and below.
pub(crate) fn area(notices: &Notices, screen: Rect) -> Rect {
    boxes(notices, screen)
        .into_iter()
        .map(|(area, _)| area)
        .reduce(Rect::union)
        .unwrap_or_default()
}

/// Draws the notices.
pub(crate) fn draw(notices: &Notices, ui: &Ui, screen: Rect, frame: &mut Frame<'_>) {
    let styles = &ui.styles;
    let back = ui.shown(Action::Back);
    for (area, toast) in boxes(notices, screen) {
        let (word, style) = severity(&toast.notice, styles);
        let times = match toast.times {
            1 => String::new(),
            times => format!(" ×{times}"),
        };
        over::clear(area, styles.base, frame.buffer_mut());
        let mut block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(style)
            .title(format!(" {word}{times} "))
            .style(styles.raised);
        if toast.notice.severity == Severity::Error && !back.is_empty() {
            block = block.title_bottom(format!(" {back} puts it away "));
        }
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let room = usize::from(area.width) - 4;
        let buffer = frame.buffer_mut();
        for ((title, row), y) in rows(&toast.notice, room)
            .iter()
            .zip(inner.y..inner.bottom())
        {
            let style = if *title { styles.strong } else { styles.muted };
            buffer.set_stringn(inner.x + 1, y, row, room, style);
        }
    }
}
