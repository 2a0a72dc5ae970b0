//! The light of colours: how far two of them stand apart, and which one can be read on another.

use ratatui::style::Color;

/// A colour by its parts of red, green and blue.
pub(crate) type Rgb = [u8; 3];

/// The least contrast of words to what is behind them.
pub(crate) const LEGIBLE: f64 = 4.5;

/// The same for what must not be missed: it is as clear as a theme for contrast wants it.
pub(crate) const CLEAR: f64 = 7.0;

/// The sixteen colours of a terminal as xterm has them.
pub(crate) const XTERM: [Rgb; 16] = [
    [0x00, 0x00, 0x00],
    [0xcd, 0x00, 0x00],
    [0x00, 0xcd, 0x00],
    [0xcd, 0xcd, 0x00],
    [0x00, 0x00, 0xee],
    [0xcd, 0x00, 0xcd],
    [0x00, 0xcd, 0xcd],
    [0xe5, 0xe5, 0xe5],
    [0x7f, 0x7f, 0x7f],
    [0xff, 0x00, 0x00],
    [0x00, 0xff, 0x00],
    [0xff, 0xff, 0x00],
    [0x5c, 0x5c, 0xff],
    [0xff, 0x00, 0xff],
    [0x00, 0xff, 0xff],
    [0xff, 0xff, 0xff],
];

/// The levels of red, green and blue in the cube of an indexed palette.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The number of one of the sixteen colours of a terminal.
pub(crate) fn number(colour: Color) -> Option<u8> {
    Some(match colour {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Indexed(number) if number < 16 => number,
        _ => return None,
    })
}

/// The parts of a colour; `None` where the terminal alone knows them.
pub(crate) fn rgb(colour: Color) -> Option<Rgb> {
    match colour {
        Color::Reset => None,
        Color::Rgb(r, g, b) => Some([r, g, b]),
        Color::Indexed(number @ 232..) => Some([8 + 10 * (number - 232); 3]),
        Color::Indexed(number @ 16..) => {
            let number = number - 16;
            let level = |nth: u8| LEVELS.get(usize::from(nth)).copied().unwrap_or(0);
            Some([level(number / 36), level(number / 6 % 6), level(number % 6)])
        }
        named => XTERM.get(usize::from(number(named)?)).copied(),
    }
}

/// How far two colours are apart.
pub(crate) fn apart(one: Rgb, two: Rgb) -> u32 {
    let parts = one.iter().zip(two);
    parts.map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

/// The nearest of the 6×6×6 cube and the 24 greys of an indexed palette.
pub(crate) fn nearest(colour: Rgb) -> u8 {
    let level = |c: u8| (0u8..6).min_by_key(|i| LEVELS[usize::from(*i)].abs_diff(c));
    let [r, g, b] = colour.map(|c| level(c).unwrap_or(0));
    let cube = apart([r, g, b].map(|i| LEVELS[usize::from(i)]), colour);
    let grey_away = |i: u8| apart([8 + 10 * i; 3], colour);
    let grey = (0u8..24).min_by_key(|i| grey_away(*i)).unwrap_or(0);
    if grey_away(grey) < cube {
        232 + grey
    } else {
        16 + 36 * r + 6 * g + b
    }
}

/// The contrast of two colours, from 1 to 21, as accessibility guidelines reckon it.
pub(crate) fn contrast(one: Rgb, two: Rgb) -> f64 {
    let light = |colour: Rgb| {
        let [r, g, b] = colour.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
    };
    let (one, two) = (light(one), light(two));
    one.max(two) / one.min(two)
}

/// A colour so many hundredths of the way to another.
pub(crate) fn mixed(from: Rgb, to: Rgb, hundredths: u16) -> Rgb {
    let mut parts = from.iter().zip(to).map(|(from, to)| {
        let sum = u16::from(*from) * (100 - hundredths) + u16::from(to) * hundredths;
        u8::try_from(sum / 100).unwrap_or(u8::MAX)
    });
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

/// Black or white, whichever reads better on a colour.
pub(crate) fn readable_on(ground: Rgb) -> Rgb {
    if contrast([255; 3], ground) >= contrast([0; 3], ground) {
        [255; 3]
    } else {
        [0; 3]
    }
}

/// A colour, or what lies between it and black or white that has this contrast to all of these.
pub(crate) fn legible(colour: Rgb, grounds: &[Rgb], least: f64) -> Rgb {
    let Some(first) = grounds.first() else {
        return colour;
    };
    let end = readable_on(*first);
    let reads = |ink: &Rgb| grounds.iter().all(|on| contrast(*ink, *on) >= least);
    let steps = (0..=10).map(|step| mixed(colour, end, step * 10));
    steps.into_iter().find(reads).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_indexed_colours_are_near() {
        assert_eq!(nearest([0, 0, 0]), 16);
        assert_eq!(nearest([255, 255, 255]), 231);
        assert_eq!(nearest([255, 0, 0]), 196);
        assert_eq!(nearest([128, 128, 128]), 244);
        for number in 16..=255 {
            let colour = rgb(Color::Indexed(number)).unwrap();
            assert_eq!(
                apart(rgb(Color::Indexed(nearest(colour))).unwrap(), colour),
                0
            );
        }
    }

    #[test]
    fn what_cannot_be_read_is_moved_until_it_can() {
        let ground = [0x20, 0x20, 0x20];
        assert_eq!(legible([255; 3], &[ground], LEGIBLE), [255; 3]);
        let moved = legible([0x30, 0x40, 0x50], &[ground], LEGIBLE);
        assert!(contrast(moved, ground) >= LEGIBLE, "{moved:?}");
    }
}
