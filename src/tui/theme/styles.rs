//! Every style of the screen, derived from a palette.
//!
//! Nothing else in the interface names a colour. Without colour the same
//! meanings are told by bold, dim, underline and reverse.

use ratatui::style::{Color, Modifier, Style};

use crate::tui::theme::palette::Palette;

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// None wanted: `NO_COLOR`; or none there: `TERM`.
    None,
    /// The 256 of an indexed palette.
    Indexed,
    /// 24 bits.
    True,
}

impl Depth {
    /// What the environment says: whether `NO_COLOR` is set and not empty, what `COLORTERM` and
    /// `TERM` hold, and how many colours terminfo has for that terminal, where it knows it.
    ///
    /// A terminal without colours gets none whatever `COLORTERM` holds: that is often left over
    /// from another one.
    pub fn named(no_color: bool, colorterm: &str, term: &str, colours: Option<usize>) -> Self {
        let has_some = colours.map_or_else(|| !is_plain(term), |colours| colours > 0);
        if no_color || !has_some {
            Self::None
        } else if matches!(colorterm, "truecolor" | "24bit") || term.ends_with("-direct") {
            Self::True
        } else {
            Self::Indexed
        }
    }

    /// The nearest colour there is; `None` where there is none at all.
    pub(crate) fn colour(self, colour: Color) -> Option<Color> {
        match (self, colour) {
            (Self::None, _) => None,
            (Self::Indexed, Color::Rgb(r, g, b)) => Some(Color::Indexed(nearest(r, g, b))),
            _ => Some(colour),
        }
    }
}

/// Whether terminals of this name have no colours, for machines without terminfo.
fn is_plain(term: &str) -> bool {
    let digits = |model: &str| model.starts_with(|first: char| first.is_ascii_digit());
    matches!(term, "dumb" | "unknown")
        || term.ends_with("-m")
        || term.ends_with("-mono")
        || (term.strip_prefix("vt").is_some_and(digits) && !term.starts_with("vt525"))
}

/// The nearest of the 6×6×6 cube and the 24 greys of an indexed palette.
fn nearest(r: u8, g: u8, b: u8) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let away = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    let level = |c: u8| (0u8..6).min_by_key(|i| LEVELS[usize::from(*i)].abs_diff(c));
    let [cr, cg, cb] = [r, g, b].map(|c| level(c).unwrap_or(0));
    let cube = away(LEVELS[usize::from(cr)], r)
        + away(LEVELS[usize::from(cg)], g)
        + away(LEVELS[usize::from(cb)], b);
    let grey_at = |i: u8| 8 + 10 * i;
    let grey_away = |i: u8| away(grey_at(i), r) + away(grey_at(i), g) + away(grey_at(i), b);
    let grey = (0u8..24).min_by_key(|i| grey_away(*i)).unwrap_or(0);
    if grey_away(grey) < cube {
        232 + grey
    } else {
        16 + 36 * cr + 6 * cg + cb
    }
}

/// The styles by what they are for.
#[derive(Debug, Clone)]
pub(crate) struct Styles {
    pub(crate) base: Style,
    pub(crate) muted: Style,
    pub(crate) strong: Style,
    pub(crate) border: Style,
    pub(crate) focused: Style,
    pub(crate) title: Style,
    pub(crate) accent: Style,
    pub(crate) mine: Style,
    pub(crate) theirs: Style,
    pub(crate) good: Style,
    pub(crate) warn: Style,
    pub(crate) bad: Style,
    pub(crate) selected: Style,
    pub(crate) marked: Style,
    pub(crate) button: Style,
    pub(crate) chosen: Style,
    pub(crate) raised: Style,
    pub(crate) badge: Style,
    pub(crate) key: Style,
    pub(crate) value: Style,
    depth: Depth,
    /// What text stands on, where the theme says it.
    ground: Option<[u8; 3]>,
}

/// The least contrast a foreign colour has to have to what it stands on, as for large text.
const LEAST_CONTRAST: f64 = 3.0;

impl Styles {
    /// The styles of a palette on a terminal of so many colours.
    pub(crate) fn new(palette: &Palette, depth: Depth) -> Self {
        let fg = |colour| Style {
            fg: depth.colour(colour),
            ..Style::new()
        };
        let on = |fg, bg| Style {
            fg: depth.colour(fg),
            bg: depth.colour(bg),
            ..Style::new()
        };
        // Where a colour would have marked something, a modifier has to when there is none.
        let or = |style: Style, modifier: Modifier| {
            if depth == Depth::None {
                style.add_modifier(modifier)
            } else {
                style
            }
        };
        let base = on(palette.text, palette.background);
        Self {
            base,
            muted: or(fg(palette.muted), Modifier::DIM),
            strong: fg(palette.text).add_modifier(Modifier::BOLD),
            border: or(fg(palette.border), Modifier::DIM),
            focused: fg(palette.accent),
            title: fg(palette.text).add_modifier(Modifier::BOLD),
            accent: fg(palette.accent).add_modifier(Modifier::BOLD),
            mine: fg(palette.mine),
            theirs: fg(palette.theirs),
            good: fg(palette.good),
            warn: or(fg(palette.warn), Modifier::BOLD),
            bad: fg(palette.bad).add_modifier(Modifier::BOLD),
            selected: or(on(palette.text, palette.selection), Modifier::REVERSED),
            marked: or(on(palette.text, palette.selection), Modifier::REVERSED),
            button: fg(palette.accent).add_modifier(Modifier::UNDERLINED),
            chosen: fg(palette.accent).add_modifier(Modifier::BOLD | Modifier::REVERSED),
            raised: on(palette.text, palette.raised),
            badge: fg(palette.accent).add_modifier(Modifier::BOLD | Modifier::REVERSED),
            key: fg(palette.key),
            value: fg(palette.value),
            depth,
            ground: match palette.background {
                Color::Rgb(r, g, b) => Some([r, g, b]),
                _ => None,
            },
        }
    }

    /// A colour a message asks for, where it can be read on the theme's ground; `None` without
    /// colours, and where nobody knows what the text stands on.
    pub(crate) fn foreign(&self, rgb: [u8; 3]) -> Option<Color> {
        let [r, g, b] = rgb;
        let readable = contrast(rgb, self.ground?) >= LEAST_CONTRAST;
        self.depth.colour(Color::Rgb(r, g, b)).filter(|_| readable)
    }
}

/// The contrast of two colours, from 1 to 21, as accessibility guidelines reckon it.
fn contrast(one: [u8; 3], two: [u8; 3]) -> f64 {
    let light = |rgb: [u8; 3]| {
        let [r, g, b] = rgb.map(|part| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::palette;

    #[test]
    fn without_colour_no_style_has_one() {
        for theme in palette::embedded() {
            let styles = Styles::new(&theme.palette, Depth::None);
            let shown = format!("{styles:?}");
            assert!(!shown.contains("Rgb"), "{shown}");
            assert_eq!(styles.base, Style::new());
        }
    }

    #[test]
    fn the_nearest_indexed_colours_are_near() {
        assert_eq!(nearest(0, 0, 0), 16);
        assert_eq!(nearest(255, 255, 255), 231);
        assert_eq!(nearest(255, 0, 0), 196);
        assert_eq!(nearest(128, 128, 128), 244);
    }

    #[test]
    fn a_foreign_colour_is_used_where_it_can_be_read() {
        let palette = Palette {
            background: Color::Rgb(0, 0, 0),
            ..palette::embedded().remove(0).palette
        };
        let styles = Styles::new(&palette, Depth::True);
        assert_eq!(styles.foreign([255, 80, 80]), Some(Color::Rgb(255, 80, 80)));
        assert_eq!(styles.foreign([20, 20, 40]), None);
        let none = Styles::new(&palette, Depth::None);
        assert_eq!(none.foreign([255, 80, 80]), None);
        let own = Palette {
            background: Color::Reset,
            ..palette
        };
        assert_eq!(Styles::new(&own, Depth::True).foreign([255, 80, 80]), None);
    }

    #[test]
    fn the_environment_decides_the_depth() {
        for (no_color, colorterm, term, colours, depth) in [
            (true, "truecolor", "xterm", None, Depth::None),
            (false, "truecolor", "xterm", None, Depth::True),
            (false, "truecolor", "xterm", Some(8), Depth::True),
            (false, "", "xterm-256color", None, Depth::Indexed),
            (false, "", "made-up", Some(8), Depth::Indexed),
            (false, "", "made-up", Some(0), Depth::None),
            (false, "truecolor", "vt220", Some(0), Depth::None),
            (false, "", "dumb", None, Depth::None),
            (false, "truecolor", "vt100", None, Depth::None),
            (false, "", "vt220", None, Depth::None),
            (false, "", "xterm-mono", None, Depth::None),
            (false, "", "linux-m", None, Depth::None),
            (false, "", "vte-256color", None, Depth::Indexed),
        ] {
            let named = Depth::named(no_color, colorterm, term, colours);
            assert_eq!(named, depth, "{term} {colours:?}");
        }
    }
}
