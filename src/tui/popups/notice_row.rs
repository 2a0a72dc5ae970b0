//! The row between chat and composer that tells what just happened, or what is wrong now.

use std::{num::NonZeroU16, path::Path};

use ratatui::{
    Frame,
    buffer::{Buffer, CellDiffOption},
    layout::{Position, Rect},
    style::Style,
};
use unicode_segmentation::UnicodeSegmentation;
use url::Url;

use crate::{
    domain::notice::{Notice, Severity},
    tui::{
        commands::keys::Action,
        popups::notices::Notices,
        terminal::backend::link,
        text::width::{cells, elided, width},
        theme::{over, styles::Styles, ui::Ui},
    },
};

/// The sign and the style of a severity.
pub(super) fn sign(severity: Severity, styles: &Styles) -> (&'static str, Style) {
    match severity {
        Severity::Success => ("✓", styles.good),
        Severity::Info => ("·", styles.accent),
        Severity::Warning => ("!", styles.warn),
        Severity::Error => ("✗", styles.bad),
    }
}

/// Columns below which nothing can be told.
const SMALLEST: u16 = 16;

/// Columns of a cut reason that still say something.
const LEAST: usize = 10;

/// What a notice says behind its title, on one row of so many columns. Where there is too little
/// room the reason is cut first: what to do about it counts more, and the list tells all of it.
fn rest(notice: &Notice, room: usize) -> String {
    let part = |text: &str| match text {
        "" => String::new(),
        text => format!(" · {}", text.replace('\n', " ")),
    };
    let (detail, hint) = (part(&notice.detail), part(&notice.hint));
    if width(&detail) + width(&hint) <= room || detail.is_empty() || hint.is_empty() {
        return detail + &hint;
    }
    match room.saturating_sub(width(&hint)) {
        left if left >= LEAST => format!("{}{hint}", elided(&detail, left)),
        _ if width(&hint) <= room => hint,
        _ => detail,
    }
}

/// Draws the notice that is told now.
pub(crate) fn draw(notices: &Notices, ui: &Ui, row: Rect, frame: &mut Frame<'_>) {
    let Some(shown) = notices.told() else {
        return;
    };
    if row.is_empty() || row.width < SMALLEST {
        return;
    }
    let styles = &ui.styles;
    let buffer = frame.buffer_mut();
    over::clear(row, styles.base, buffer);
    let (sign, style) = sign(shown.notice.severity, styles);
    let times = match shown.times {
        1 => String::new(),
        times => format!(" ×{times}"),
    };
    let title = shown.notice.title.replace('\n', " ");
    let head = format!("{sign} {title}{times}");
    let key = ui.shown(Action::Notices);
    let mut right = format!(" {key} earlier ");
    let room = |right: &str| usize::from(row.width).saturating_sub(width(right) + 1);
    let told = |room: usize| rest(&shown.notice, room.saturating_sub(width(&head)));
    let mut rest = told(room(&right));
    if width(&head) + width(&rest) > room(&right) || rest.contains('…') {
        // What is cut needs the room, and is told there too.
        right = format!(" {key} ");
        rest = told(room(&right));
    }
    let mut x = row.x + 1;
    let end = x + u16::try_from(room(&right)).unwrap_or(0);
    buffer.set_stringn(end, row.y, &right, width(&right), styles.muted);
    for (text, style) in [(head, style), (rest, styles.muted)] {
        let room = usize::from(end.saturating_sub(x));
        if room == 0 {
            break;
        }
        let text = elided(&text, room);
        let from = x;
        x = buffer.set_stringn(x, row.y, &text, room, style).0;
        link_path(&shown.notice, &text, Position::new(from, row.y), buffer);
    }
}

/// Makes the path of a notice a link of the terminal, where a text that was drawn shows it whole or
/// as far as there was room.
pub(super) fn link_path(notice: &Notice, drawn: &str, at: Position, buffer: &mut Buffer) {
    let Some(path) = &notice.path else { return };
    let Some(uri) = uri(path) else { return };
    let path = path.display().to_string();
    let whole = drawn.find(&path).map(|start| (start, start + path.len()));
    let cut = || {
        let kept = drawn.strip_suffix('…')?;
        let starts = kept.char_indices().map(|(start, _)| start);
        let mut starts = starts.filter(|start| kept.len() - start > 2);
        let start =
            starts.find(|start| kept.get(*start..).is_some_and(|end| path.starts_with(end)))?;
        Some((start, kept.len()))
    };
    if let Some((start, end)) = whole.or_else(cut) {
        let before = drawn.get(..start).map_or(0, width);
        let at = Position::new(at.x + u16::try_from(before).unwrap_or(0), at.y);
        link_cells(drawn.get(start..end).unwrap_or_default(), &uri, at, buffer);
    }
}

/// Makes the cells of a text that is drawn a link. Each cell carries it whole; the backend joins
/// them again.
pub(super) fn link_cells(text: &str, uri: &str, at: Position, buffer: &mut Buffer) {
    let mut x = at.x;
    for grapheme in text.graphemes(true) {
        let Some(wide) = u16::try_from(cells(grapheme))
            .ok()
            .and_then(NonZeroU16::new)
        else {
            continue;
        };
        if let Some(cell) = buffer.cell_mut((x, at.y)) {
            cell.set_symbol(&link::wrapped(uri, grapheme))
                .set_diff_option(CellDiffOption::ForcedWidth(wide));
        }
        x = x.saturating_add(wide.get());
    }
}

/// Where a file is, as terminals open it.
pub(super) fn uri(path: &Path) -> Option<String> {
    Url::from_file_path(path).ok().map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_is_told_where_there_is_little_room() {
        let notice = Notice {
            title: "the file was not sent".to_owned(),
            detail: "cannot read /no: No such file or directory".to_owned(),
            hint: "a path with blanks goes in quotes".to_owned(),
            ..Notice::default()
        };
        let all =
            " · cannot read /no: No such file or directory · a path with blanks goes in quotes";
        assert_eq!(rest(&notice, 200), all);
        assert_eq!(
            rest(&notice, 54),
            " · cannot read /n… · a path with blanks goes in quotes"
        );
        assert_eq!(rest(&notice, 40), " · a path with blanks goes in quotes");
    }
}
