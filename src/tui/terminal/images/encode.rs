//! Pictures as the terminals want them told. Everything here is bounded: a
//! picture that does not fit is told smaller, or not at all.

use std::{collections::BTreeMap, fmt::Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    media::pixels::{Opened, Pixels},
    tui::terminal::images::plates::Protocol,
};

/// The longest side in pixels.
const LONGEST_SIDE: u32 = 800;
/// The most bytes a terminal is told for one picture.
const MOST_BYTES: usize = 384 * 1024;
/// How often a picture that is too much is halved.
const HALVINGS: u32 = 3;
/// The longest piece kitty takes at a time.
const PIECE: usize = 4096;
/// The least opacity that is drawn.
const OPAQUE: u8 = 128;
/// Steps of each colour in the palette of sixels.
const STEPS: u8 = 6;

/// A picture for so many cells of so many pixels each.
pub(crate) fn told(
    protocol: Protocol,
    opened: &Opened,
    (columns, rows): (u16, u16),
    cell: (u16, u16),
    id: u32,
) -> Option<Vec<u8>> {
    let width = u32::from(columns) * u32::from(cell.0);
    let height = u32::from(rows) * u32::from(cell.1);
    if protocol == Protocol::Sixel {
        // The terminal does not scale these.
        if width.max(height) > LONGEST_SIDE {
            return None;
        }
        let bytes = sixels(&opened.stretched(width, height));
        return (bytes.len() <= MOST_BYTES).then_some(bytes);
    }
    let over = width.max(height).div_ceil(LONGEST_SIDE);
    (0..=HALVINGS).find_map(|halving| {
        let part = over << halving;
        let png = opened.stretched(width / part, height / part).png()?;
        let bytes = match protocol {
            Protocol::Kitty => kitty(&png, (columns, rows), id),
            _ => iterm2(&png, (columns, rows)),
        };
        (bytes.len() <= MOST_BYTES).then_some(bytes)
    })
}

/// A PNG of so many cells under a name, drawn wherever placeholders name it. The terminal is
/// told to answer nothing: it would come in between the keys.
fn kitty(png: &[u8], (columns, rows): (u16, u16), id: u32) -> Vec<u8> {
    let data = STANDARD.encode(png);
    let mut told = String::with_capacity(data.len() + 256);
    let mut rest = data.as_str();
    let mut head = format!("a=T,U=1,f=100,i={id},c={columns},r={rows},");
    loop {
        let (piece, after) = rest.split_at_checked(PIECE).unwrap_or((rest, ""));
        let more = u8::from(!after.is_empty());
        // Writing to a string cannot fail.
        let _ = write!(told, "\x1b_G{head}q=2,m={more};{piece}\x1b\\");
        if after.is_empty() {
            return told.into_bytes();
        }
        head.clear();
        rest = after;
    }
}

/// A PNG over so many cells from the cursor on.
fn iterm2(png: &[u8], (columns, rows): (u16, u16)) -> Vec<u8> {
    let size = png.len();
    let data = STANDARD.encode(png);
    format!(
        "\x1b]1337;File=inline=1;size={size};width={columns};height={rows};\
         preserveAspectRatio=0;doNotMoveCursor=1:{data}\x07"
    )
    .into_bytes()
}

/// Sixels from the cursor on, in the colours of a cube; what is see-through stays as it is.
fn sixels(pixels: &Pixels) -> Vec<u8> {
    let colours = dithered(pixels);
    let width = usize::try_from(pixels.width).unwrap_or(1).max(1);
    let mut told = format!("\x1bP0;1;0q\"1;1;{};{}", pixels.width, pixels.height);
    let used: std::collections::BTreeSet<u8> = colours.iter().flatten().copied().collect();
    let percent = |step: u8| u16::from(step) * 100 / u16::from(STEPS - 1);
    for colour in used {
        let (r, g, b) = (colour / 36, colour / 6 % 6, colour % 6);
        let (r, g, b) = (percent(r), percent(g), percent(b));
        // Writing to a string cannot fail.
        let _ = write!(told, "#{colour};2;{r};{g};{b}");
    }
    for band in colours.chunks(width * 6) {
        let mut planes: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        for (row, line) in band.chunks(width).enumerate() {
            for (x, colour) in line.iter().enumerate() {
                if let Some(colour) = colour {
                    let plane = planes.entry(*colour).or_insert_with(|| vec![0; width]);
                    plane[x] |= 1 << row;
                }
            }
        }
        for (colour, plane) in planes {
            let _ = write!(told, "#{colour}");
            for run in plane.chunk_by(|a, b| a == b) {
                let sixel = char::from(b'?' + run[0]);
                if run.len() > 3 {
                    let _ = write!(told, "!{}{sixel}", run.len());
                } else {
                    told.extend(run.iter().map(|_| sixel));
                }
            }
            told.push('$');
        }
        told.push('-');
    }
    told.push_str("\x1b\\");
    told.into_bytes()
}

/// The nearest colours of the cube, what each leaves over handed on to its neighbours.
fn dithered(pixels: &Pixels) -> Vec<Option<u8>> {
    let width = usize::try_from(pixels.width).unwrap_or(1).max(1);
    let mut colours = Vec::with_capacity(pixels.rgba.len() / 4);
    // What is left over for this row and the next, with a pixel of room on either side.
    let mut here = vec![[0i32; 3]; width + 2];
    let mut below = here.clone();
    let step = 255 / i32::from(STEPS - 1);
    for line in pixels.rgba.chunks(width * 4) {
        for (x, pixel) in line.chunks_exact(4).enumerate() {
            if pixel[3] < OPAQUE {
                colours.push(None);
                continue;
            }
            let mut colour = 0;
            for channel in 0..3 {
                let wanted = (i32::from(pixel[channel]) + here[x + 1][channel] / 16).clamp(0, 255);
                let nearest = (wanted + step / 2) / step;
                let left = wanted - nearest * step;
                colour = colour * STEPS + u8::try_from(nearest).unwrap_or(0);
                here[x + 2][channel] += left * 7;
                below[x][channel] += left * 3;
                below[x + 1][channel] += left * 5;
                below[x + 2][channel] += left;
            }
            colours.push(Some(colour));
        }
        here.clone_from(&below);
        below.fill([0; 3]);
    }
    colours
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::media::{pixels::Source, samples};

    fn opened(bytes: &[u8]) -> Opened {
        let uri = format!("data:image/png;base64,{}", STANDARD.encode(bytes));
        Opened::new(&Source::Uri(uri)).unwrap()
    }

    fn words(protocol: Protocol, bytes: &[u8]) -> String {
        let told = told(protocol, &opened(bytes), (20, 10), (10, 20), 0x1234).unwrap();
        String::from_utf8(told).unwrap()
    }

    #[test]
    fn kitty_is_told_in_pieces_and_asked_for_no_answer() {
        let told = words(Protocol::Kitty, &samples::noise(100, 100));
        let pieces: Vec<&str> = told.split_inclusive("\x1b\\").collect();
        assert!(pieces.len() > 2);
        assert!(pieces[0].starts_with("\x1b_Ga=T,U=1,f=100,i=4660,c=20,r=10,q=2,m=1;iVBOR"));
        let (last, others) = pieces.split_last().unwrap();
        assert!(last.starts_with("\x1b_Gq=2,m=0;"), "{last}");
        assert!(others.iter().all(|piece| piece.contains("q=2,m=1;")));
        assert!(pieces.iter().all(|piece| piece.len() < PIECE + 64));
        let data: String = pieces
            .iter()
            .map(|piece| {
                piece
                    .trim_end_matches("\x1b\\")
                    .split(';')
                    .next_back()
                    .unwrap()
            })
            .collect();
        let again = opened(&STANDARD.decode(data).unwrap()).fitted(999, 999);
        assert_eq!((again.width, again.height), (200, 200));
    }

    #[test]
    fn iterm2_is_told_the_cells() {
        let told = words(Protocol::Iterm2, &samples::png(40, 40));
        assert!(told.starts_with("\x1b]1337;File=inline=1;size="), "{told}");
        assert!(told.contains(";width=20;height=10;") && told.ends_with('\x07'));
    }

    #[test]
    fn sixels_keep_colours_and_size() {
        let told = words(Protocol::Sixel, &samples::png(200, 200));
        assert!(told.starts_with("\x1bP0;1;0q\"1;1;200;200"), "{told}");
        for colour in [
            "#180;2;100;0;0",
            "#30;2;0;100;0",
            "#5;2;0;0;100",
            "#215;2;100;100;100",
        ] {
            assert!(told.contains(colour), "{colour}");
        }
        // 34 bands of six rows; in the first 100 pixels of red, then as many of green.
        assert_eq!(told.matches('-').count(), 34);
        assert!(told.contains("#180!100~!100?$"), "{told}");
        assert!(told.contains("#30!100?!100~$"));
    }

    #[test]
    fn however_large_the_picture_a_terminal_is_told_no_more_than_it_takes() {
        let noise = opened(&samples::noise(300, 300));
        for protocol in [Protocol::Kitty, Protocol::Iterm2, Protocol::Sixel] {
            let told = told(protocol, &noise, (40, 20), (20, 40), 1);
            assert!(
                told.is_none_or(|told| told.len() <= MOST_BYTES),
                "{protocol:?}"
            );
        }
        assert!(told(Protocol::Sixel, &noise, (60, 60), (20, 40), 1).is_none());
    }
}
