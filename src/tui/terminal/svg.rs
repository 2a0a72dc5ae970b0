//! A picture of a screen as SVG: text stays text, and what pictures are made of are rectangles.

use std::fmt::Write as _;

use ratatui::{
    buffer::{Buffer, Cell, CellWidth as _},
    style::{Color, Modifier},
};

use crate::tui::{terminal::backend::link, theme::light};

/// The columns of a cell, in pixels.
const COLUMN: usize = 8;
/// The rows of a cell.
const ROW: usize = 16;
/// Where the letters stand in their row, from its top.
const BASELINE: usize = 13;
/// The fonts, the first there is.
const FONTS: &str = "ui-monospace, 'JetBrains Mono', 'Cascadia Mono', Menlo, Consolas, \
                     'DejaVu Sans Mono', 'Noto Color Emoji', monospace";
/// The colours of a terminal that says nothing else: letters and ground.
const USUAL: (&str, &str) = ("#d8dee9", "#14171c");

/// Writes a screen as a picture with this title.
pub fn svg(screen: &Buffer, title: &str) -> String {
    let area = screen.area;
    let width = usize::from(area.width) * COLUMN;
    let height = usize::from(area.height) * ROW;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         font-family=\"{FONTS}\" font-size=\"14\" shape-rendering=\"crispEdges\">\n<title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
        escaped(title),
        USUAL.1,
    );
    let rows = screen.content.chunks(usize::from(area.width).max(1));
    for (number, row) in rows.enumerate() {
        add_row(row, number * ROW, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

/// The grounds of a row, then its letters.
fn add_row(row: &[Cell], y: usize, out: &mut String) {
    let mut grounds: Vec<String> = Vec::with_capacity(row.len());
    for (at, cell) in row.iter().enumerate() {
        // What is wide lies over the next cell too.
        let before = at.checked_sub(1).and_then(|before| row.get(before));
        let over = grounds
            .last()
            .filter(|_| before.is_some_and(|one| one.cell_width() > 1));
        grounds.push(over.cloned().unwrap_or_else(|| colours(cell).1));
    }
    let mut at = 0;
    for same in grounds.chunk_by(|one, other| one == other) {
        let ground = same.first().map_or(USUAL.1, String::as_str);
        if ground != USUAL.1 {
            add_rect((at * COLUMN, same.len() * COLUMN), (y, ROW), ground, out);
        }
        at += same.len();
    }
    at = 0;
    while let Some(first) = row.get(at) {
        let symbol = link::split(first.symbol()).1;
        if let Some([left, top, wide, high]) = block(symbol) {
            let is_same = |cell: &&Cell| {
                cell.symbol() == first.symbol() && colours(cell).0 == colours(first).0
            };
            let same = row.iter().skip(at).take_while(is_same).count();
            // Only what fills its cell from side to side goes on in the next.
            let cells = if wide == 8 { same.max(1) } else { 1 };
            let across = (
                at * COLUMN + left * COLUMN / 8,
                (cells - 1) * COLUMN + wide * COLUMN / 8,
            );
            let down = (y + top * ROW / 8, high * ROW / 8);
            add_rect(across, down, &colours(first).0, out);
            at += cells;
            continue;
        }
        let (text, cells) = run(row, at);
        if !text.trim().is_empty() {
            add_text(first, (&text, at, cells), y, out);
        }
        at += cells.max(1);
    }
}

/// What a block element fills of its cell, in eighths: from the left, from the top, wide, high. As
/// letters they would leave seams.
fn block(symbol: &str) -> Option<[usize; 4]> {
    let mut chars = symbol.chars();
    let (block, None) = (chars.next()?, chars.next()) else {
        return None;
    };
    let number = u32::from(block) as usize;
    Some(match block {
        '▀' => [0, 0, 8, 4],
        '▁'..='█' => [0, 0x2588 - number, 8, number - 0x2580],
        '▉'..='▏' => [0, 0, 0x2590 - number, 8],
        '▐' => [4, 0, 4, 8],
        '▖' => [0, 4, 4, 4],
        '▗' => [4, 4, 4, 4],
        '▘' => [0, 0, 4, 4],
        '▝' => [4, 0, 4, 4],
        _ => return None,
    })
}

/// The text from a cell on that looks the same, and how many cells it takes. What is no plain letter
/// stands by itself or among its like, so that it cannot move its neighbours.
fn run(row: &[Cell], at: usize) -> (String, usize) {
    let (mut text, mut cells) = (String::new(), 0);
    let Some(first) = row.get(at) else {
        return (text, cells);
    };
    let is_plain = |cell: &Cell| link::split(cell.symbol()).1.len() == 1;
    while let Some(cell) = row.get(at + cells) {
        let symbol = link::split(cell.symbol()).1;
        let goes_on = cell.style() == first.style()
            && (is_plain(cell) && is_plain(first) || cell.symbol() == first.symbol());
        if !goes_on {
            break;
        }
        text.push_str(symbol);
        cells += usize::from(cell.cell_width()).max(1);
    }
    (text, cells)
}

fn add_text(cell: &Cell, (text, at, cells): (&str, usize, usize), y: usize, out: &mut String) {
    let (letters, _) = colours(cell);
    let has = |modifier| cell.modifier.contains(modifier);
    let styles = [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        (Modifier::DIM, " opacity=\"0.6\""),
    ];
    let styles: String = styles
        .into_iter()
        .filter_map(|(modifier, attribute)| has(modifier).then_some(attribute))
        .collect();
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "<text xml:space=\"preserve\" x=\"{}\" y=\"{}\" fill=\"{letters}\" textLength=\"{}\" \
         lengthAdjust=\"spacingAndGlyphs\"{styles}>{}</text>",
        at * COLUMN,
        y + BASELINE,
        cells * COLUMN,
        escaped(text),
    );
}

fn add_rect((x, wide): (usize, usize), (y, high): (usize, usize), fill: &str, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" fill=\"{fill}\"/>",
    );
}

/// The colours of the letter and the ground of a cell.
fn colours(cell: &Cell) -> (String, String) {
    let letters = named(cell.fg, USUAL.0);
    let ground = named(cell.bg, USUAL.1);
    if cell.modifier.contains(Modifier::REVERSED) {
        (ground, letters)
    } else {
        (letters, ground)
    }
}

fn named(colour: Color, usual: &str) -> String {
    match light::rgb(colour) {
        Some([red, green, blue]) => format!("#{red:02x}{green:02x}{blue:02x}"),
        None => usual.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    #[test]
    fn text_stays_text_and_half_blocks_are_rectangles() {
        let mut screen = Buffer::empty(Rect::new(0, 0, 8, 2));
        let style = Style::new()
            .fg(Color::Rgb(1, 2, 3))
            .add_modifier(Modifier::BOLD);
        screen.set_string(0, 0, "a <b>", style);
        screen.set_string(
            0,
            1,
            "▀",
            Style::new().fg(Color::Indexed(196)).bg(Color::Indexed(240)),
        );
        screen.set_string(2, 1, "🫖", Style::new().bg(Color::Rgb(4, 5, 6)));
        screen.set_string(5, 1, "▗▆▆", style);
        let picture = svg(&screen, "A & B");
        assert!(picture.starts_with("<svg xmlns") && picture.ends_with("</svg>\n"));
        for part in [
            "<title>A &amp; B</title>",
            "fill=\"#010203\" textLength=\"40\"",
            "font-weight=\"bold\">a &lt;b&gt;</text>",
            "<rect x=\"0\" y=\"16\" width=\"8\" height=\"8\" fill=\"#ff0000\"/>",
            "<rect x=\"0\" y=\"16\" width=\"8\" height=\"16\" fill=\"#585858\"/>",
            "<rect x=\"16\" y=\"16\" width=\"16\" height=\"16\" fill=\"#040506\"/>",
            "<rect x=\"44\" y=\"24\" width=\"4\" height=\"8\" fill=\"#010203\"/>",
            "<rect x=\"48\" y=\"20\" width=\"16\" height=\"12\" fill=\"#010203\"/>",
            "textLength=\"16\" lengthAdjust=\"spacingAndGlyphs\">🫖</text>",
        ] {
            assert!(picture.contains(part), "{part} is not in\n{picture}");
        }
    }
}
