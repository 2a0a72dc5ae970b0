//! A picture of a screen as SVG: text stays text, and what pictures are made of are rectangles.

use std::fmt::Write as _;

use ratatui::{
    buffer::{Buffer, Cell, CellWidth as _},
    style::{Color, Modifier},
};

use crate::tui::{terminal::backend::link, theme::light};

/// The columns of a cell, in pixels times ten.
const COLUMN: u32 = 84;
/// The rows of a cell.
const ROW: u32 = 180;
/// Where the letters stand in their row, from its top.
const BASELINE: u32 = 132;
/// The fonts, the first there is.
const FONTS: &str = "ui-monospace, 'JetBrains Mono', 'Cascadia Mono', Menlo, Consolas, \
                     'DejaVu Sans Mono', 'Noto Color Emoji', monospace";
/// The colours of a terminal that says nothing else: letters and ground.
const USUAL: (&str, &str) = ("#d8dee9", "#14171c");
/// Writes a screen as a picture with this title.
pub fn svg(screen: &Buffer, title: &str) -> String {
    let area = screen.area;
    let (width, height) = (u32::from(area.width) * COLUMN, u32::from(area.height) * ROW);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" width=\"{}\" \
         font-family=\"{FONTS}\" font-size=\"14\">\n<title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
        pixels(width),
        pixels(height),
        pixels(width),
        escaped(title),
        USUAL.1,
    );
    let rows = screen.content.chunks(usize::from(area.width).max(1));
    for (row, y) in rows.zip(0u32..) {
        add_row(row, y * ROW, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

/// The grounds of a row, then its letters.
fn add_row(row: &[Cell], y: u32, out: &mut String) {
    let mut at = 0;
    while let Some(first) = row.get(at) {
        let (_, ground) = colours(first);
        let same = row
            .iter()
            .skip(at)
            .take_while(|cell| colours(cell).1 == ground);
        let cells = same.count();
        if ground != USUAL.1 {
            add_rect((at, cells), (y, ROW), &ground, out);
        }
        at += cells;
    }
    at = 0;
    while let Some(first) = row.get(at) {
        let symbol = link::split(first.symbol()).1;
        let (letters, _) = colours(first);
        let block = match symbol {
            "█" => Some((0, ROW)),
            "▀" => Some((0, ROW / 2)),
            "▄" => Some((ROW / 2, ROW / 2)),
            _ => None,
        };
        if let Some((from, high)) = block {
            add_rect((at, 1), (y + from, high), &letters, out);
            at += 1;
            continue;
        }
        let (text, cells) = run(row, at);
        if !text.trim().is_empty() {
            add_text(first, (&text, at, cells), y, out);
        }
        at += cells.max(1);
    }
}

/// The text from a cell on that looks the same, and how many cells it takes. What is no plain letter
/// stands by itself, so that it cannot move its neighbours.
fn run(row: &[Cell], at: usize) -> (String, usize) {
    let (mut text, mut cells) = (String::new(), 0);
    let Some(first) = row.get(at) else {
        return (text, cells);
    };
    while let Some(cell) = row.get(at + cells) {
        let symbol = link::split(cell.symbol()).1;
        let wide = usize::from(cell.cell_width()).max(1);
        let is_plain = symbol.len() == 1 && cell.style() == first.style();
        if !is_plain && cells > 0 {
            break;
        }
        text.push_str(symbol);
        cells += wide;
        if !is_plain {
            break;
        }
    }
    (text, cells)
}

fn add_text(cell: &Cell, (text, at, cells): (&str, usize, usize), y: u32, out: &mut String) {
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
    let (x, wide) = (column(at), column(cells));
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "<text xml:space=\"preserve\" x=\"{}\" y=\"{}\" fill=\"{letters}\" textLength=\"{}\" \
         lengthAdjust=\"spacingAndGlyphs\"{styles}>{}</text>",
        pixels(x),
        pixels(y + BASELINE),
        pixels(wide),
        escaped(text),
    );
}

fn add_rect((at, cells): (usize, usize), (y, high): (u32, u32), fill: &str, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{fill}\"/>",
        pixels(column(at)),
        pixels(y),
        pixels(column(cells)),
        pixels(high),
    );
}

fn column(cells: usize) -> u32 {
    u32::try_from(cells)
        .unwrap_or(u32::MAX)
        .saturating_mul(COLUMN)
}

/// Tenths of a pixel as they are written.
fn pixels(tenths: u32) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
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
        screen.set_string(2, 1, "🫖x", Style::new());
        let picture = svg(&screen, "A & B");
        assert!(picture.starts_with("<svg xmlns") && picture.ends_with("</svg>\n"));
        for part in [
            "<title>A &amp; B</title>",
            "fill=\"#010203\" textLength=\"42.0\"",
            "font-weight=\"bold\">a &lt;b&gt;</text>",
            "<rect x=\"0.0\" y=\"18.0\" width=\"8.4\" height=\"9.0\" fill=\"#ff0000\"/>",
            "<rect x=\"0.0\" y=\"18.0\" width=\"8.4\" height=\"18.0\" fill=\"#585858\"/>",
            "textLength=\"16.8\" lengthAdjust=\"spacingAndGlyphs\">🫖</text>",
        ] {
            assert!(picture.contains(part), "{part} is not in\n{picture}");
        }
    }
}
