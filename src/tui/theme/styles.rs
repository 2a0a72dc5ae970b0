//! Every style of the screen, derived from a palette.
//!
//! Nothing else in the interface names a colour. Without colour the same
//! meanings are told by bold, dim, underline and reverse.

use ratatui::style::{Color, Modifier, Style};

use crate::tui::theme::{
    ground::{self, Bubbles, Ground},
    light::{self, Rgb},
    palette::Palette,
};

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// None wanted: `NO_COLOR`; or none there: `TERM`.
    None,
    /// Eight: black, white and what lies between.
    Eight,
    /// The same in two brightnesses.
    Sixteen,
    /// The 256 of an indexed palette.
    Indexed,
    /// 24 bits.
    True,
}

impl Depth {
    /// What the environment says: whether `NO_COLOR` is set and not empty, what `COLORTERM` and
    /// `TERM` hold, and how many colours terminfo has for that terminal, where it knows it.
    ///
    /// A terminal without colours gets none whatever `COLORTERM` holds, and a console its few: that
    /// variable is often left over from another terminal.
    pub fn named(no_color: bool, colorterm: &str, term: &str, colours: Option<usize>) -> Self {
        let colours = colours.unwrap_or_else(|| usual(term));
        let is_true = matches!(colorterm, "truecolor" | "24bit") && !is_console(term);
        if no_color || colours == 0 {
            Self::None
        } else if is_true || term.ends_with("-direct") {
            Self::True
        } else if colours < 16 {
            Self::Eight
        } else if colours < 256 {
            Self::Sixteen
        } else {
            Self::Indexed
        }
    }

    /// The nearest colour there is; `None` where there is none at all.
    pub(crate) fn colour(self, colour: Color) -> Option<Color> {
        match (self, colour) {
            (Self::None, _) => None,
            (Self::Indexed, Color::Rgb(r, g, b)) => Some(self.paint([r, g, b])),
            (Self::True | Self::Indexed, _) | (_, Color::Reset) => Some(colour),
            (Self::Eight | Self::Sixteen, _) => light::rgb(colour).map(|rgb| self.paint(rgb)),
        }
    }

    /// The same of a colour that is known by its parts; for terminals that have any.
    pub(crate) fn paint(self, colour: Rgb) -> Color {
        match self {
            Self::None => Color::Reset,
            Self::Eight => Color::Indexed(nearest_named(colour, 8)),
            Self::Sixteen => Color::Indexed(nearest_named(colour, 16)),
            Self::Indexed => Color::Indexed(light::nearest(colour)),
            Self::True => {
                let [r, g, b] = colour;
                Color::Rgb(r, g, b)
            }
        }
    }

    /// The parts of the nearest colour there is.
    pub(crate) fn seen(self, colour: Rgb) -> Option<Rgb> {
        light::rgb(self.paint(colour))
    }

    /// The nearest colour there is that has this contrast to all of these.
    pub(crate) fn read_on(self, colour: Rgb, grounds: &[Rgb], least: f64) -> Option<Rgb> {
        let reads = |ink: Rgb| {
            let mut grounds = grounds.iter();
            grounds.all(|on| light::contrast(ink, *on) >= least)
        };
        self.seen(colour)
            .filter(|ink| reads(*ink))
            .or_else(|| self.seen(light::legible(colour, grounds, least)))
            .filter(|ink| reads(*ink))
            .or_else(|| self.seen(light::readable_on(*grounds.first()?)))
    }
}

/// The nearest of the first so many of a terminal's own colours.
fn nearest_named(colour: Rgb, many: u8) -> u8 {
    let away = |number: &u8| {
        let named = light::XTERM.get(usize::from(*number));
        named.map_or(u32::MAX, |named| light::apart(*named, colour))
    };
    (0..many).min_by_key(away).unwrap_or(0)
}

/// How many colours terminals of this name have, for machines without terminfo.
fn usual(term: &str) -> usize {
    let digits = |model: &str| model.starts_with(|first: char| first.is_ascii_digit());
    let is_plain = matches!(term, "dumb" | "unknown")
        || term.ends_with("-m")
        || term.ends_with("-mono")
        || (term.strip_prefix("vt").is_some_and(digits) && !term.starts_with("vt525"));
    match term {
        _ if is_plain => 0,
        _ if term.ends_with("-16color") => 16,
        _ if is_console(term) => 8,
        _ => 256,
    }
}

/// Whether terminals of this name have few colours, whatever the environment claims.
fn is_console(term: &str) -> bool {
    let family = term.split(['-', '+']).next().unwrap_or(term);
    matches!(family, "linux" | "ansi" | "pcansi" | "cons25" | "wsvt25")
        || term.ends_with("-16color")
        || term.ends_with("-8color")
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
    /// What a search found.
    pub(crate) found: Style,
    pub(crate) button: Style,
    pub(crate) chosen: Style,
    pub(crate) raised: Style,
    pub(crate) badge: Style,
    pub(crate) key: Style,
    pub(crate) value: Style,
    /// A word between bubbles, on stage.
    pub(crate) pill: Style,
    /// Words on a fill that warns of real people.
    pub(crate) alarm: Style,
    /// What stands on no fill.
    pub(crate) open: Ground,
    /// What stands in bubbles; `None` where they are outlined.
    pub(crate) bubbles: Option<Bubbles>,
    depth: Depth,
}

/// The least contrast a foreign colour has to have to what it stands on, as for large text.
const LEAST_CONTRAST: f64 = 3.0;

impl Styles {
    /// The styles of a palette on a terminal of so many colours.
    pub(crate) fn new(palette: &Palette, depth: Depth) -> Self {
        let on = |ink: Color, ground: Color| Style {
            fg: drawn(ink, ground, depth),
            bg: depth.colour(ground),
            ..Style::new()
        };
        let fg = |ink: Color| Style {
            fg: drawn(ink, palette.background, depth),
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
        let muted = or(fg(palette.muted), Modifier::DIM);
        let strong = fg(palette.text).add_modifier(Modifier::BOLD);
        let border = or(fg(palette.border), Modifier::DIM);
        let accent = fg(palette.accent).add_modifier(Modifier::BOLD);
        let good = sign(palette.good, 2, palette.background, depth);
        let warn = sign(palette.warn, 3, palette.background, depth);
        let bad = sign(palette.bad, 1, palette.background, depth).add_modifier(Modifier::BOLD);
        let selected = selected(palette, depth);
        let button = fg(palette.accent).add_modifier(Modifier::UNDERLINED);
        let bubbles = ground::bubbles(palette, depth);
        let pills = bubbles.as_ref().map(|bubbles| &bubbles.theirs[0]);
        let open = Ground {
            plain: base,
            faint: muted,
            strong,
            edge: border,
            link: button,
            pill: pills.map_or(button, |theirs| theirs.pill),
            label: fg(palette.theirs),
            mark: accent,
            bad,
            behind: light::rgb(palette.background),
        };
        Self {
            base,
            muted,
            strong,
            border,
            focused: fg(palette.accent),
            title: fg(palette.text).add_modifier(Modifier::BOLD),
            accent,
            mine: fg(palette.mine),
            theirs: fg(palette.theirs),
            good,
            warn: or(warn, Modifier::BOLD),
            bad,
            selected,
            marked: selected,
            button,
            found: fg(palette.warn).add_modifier(Modifier::REVERSED),
            chosen: accent.add_modifier(Modifier::REVERSED),
            raised: on(palette.text, palette.raised),
            badge: accent.add_modifier(Modifier::REVERSED),
            key: fg(palette.key),
            value: fg(palette.value),
            pill: muted,
            alarm: alarm(palette, depth),
            open,
            bubbles,
            depth,
        }
    }

    /// A colour a message asks for, where it can be read on what is behind it; `None` without
    /// colours, and where nobody knows what the text stands on.
    pub(crate) fn foreign(&self, rgb: Rgb, behind: Option<Rgb>) -> Option<Color> {
        let [r, g, b] = rgb;
        let readable = light::contrast(rgb, behind?) >= LEAST_CONTRAST;
        self.depth.colour(Color::Rgb(r, g, b)).filter(|_| readable)
    }

    /// Whether there are any colours.
    pub(crate) fn has_colours(&self) -> bool {
        self.depth != Depth::None
    }
}

/// The nearest colour there is to draw something with on a ground. Of few colours one that can be
/// told from it.
fn drawn(ink: Color, ground: Color, depth: Depth) -> Option<Color> {
    let nearest = depth.colour(ink)?;
    if let (Depth::Eight | Depth::Sixteen, Some(ground)) = (depth, depth.colour(ground))
        && let (Some(ink), Some(on)) = (light::rgb(nearest), light::rgb(ground))
        && light::contrast(ink, on) < light::LEGIBLE
    {
        return Some(depth.paint(light::readable_on(on)));
    }
    Some(nearest)
}

/// The look of what tells how something stands. Of few colours it has the one that says so
/// everywhere, by its number, as far as that can be read.
fn sign(ink: Color, number: u8, ground: Color, depth: Depth) -> Style {
    let wanted = light::rgb(ink);
    let away = |number: &u8| {
        let named = light::XTERM.get(usize::from(*number));
        wanted
            .zip(named)
            .map_or(u32::MAX, |(wanted, named)| light::apart(*named, wanted))
    };
    let named = match depth {
        Depth::Eight => Some(number),
        Depth::Sixteen => [number, number + 8].into_iter().min_by_key(away),
        Depth::None | Depth::Indexed | Depth::True => None,
    };
    let reads = |number: &u8| {
        let on = depth.colour(ground).and_then(light::rgb);
        let ink = light::rgb(Color::Indexed(*number));
        ink.zip(on)
            .is_none_or(|(ink, on)| light::contrast(ink, on) >= LEAST_CONTRAST)
    };
    Style {
        fg: match named.filter(reads) {
            Some(number) => Some(Color::Indexed(number)),
            None => drawn(ink, ground, depth),
        },
        ..Style::new()
    }
}

/// The look of the selected row: on a ground of its own, reversed where there is none.
fn selected(palette: &Palette, depth: Depth) -> Style {
    let (ground, behind) = (palette.selection, palette.background);
    let has_own = depth.colour(ground) != depth.colour(behind);
    let ground = if has_own { ground } else { behind };
    let style = Style {
        fg: drawn(palette.text, ground, depth),
        bg: depth.colour(ground),
        ..Style::new()
    };
    if has_own {
        style
    } else {
        style.add_modifier(Modifier::REVERSED)
    }
}

/// Words on a fill of the colour of what goes wrong; reversed where there are no colours.
fn alarm(palette: &Palette, depth: Depth) -> Style {
    let plain = Style::new().add_modifier(Modifier::BOLD);
    let fill = light::rgb(palette.bad).filter(|_| depth != Depth::None);
    match fill.and_then(|fill| depth.seen(fill)) {
        Some(fill) => plain
            .fg(depth.paint(light::readable_on(fill)))
            .bg(depth.paint(fill)),
        None => plain.add_modifier(Modifier::REVERSED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::palette::{self, Theme};

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
    fn with_few_colours_the_selected_row_stands_out_and_good_is_green() {
        for depth in [Depth::None, Depth::Eight, Depth::Sixteen] {
            for Theme { name, palette } in palette::embedded() {
                let styles = Styles::new(&palette, depth);
                let is_reversed = styles.selected.add_modifier.contains(Modifier::REVERSED);
                let has_ground = styles.selected.bg != styles.base.bg;
                assert!(is_reversed || has_ground, "{name} {depth:?}");
            }
        }
        let dark = palette::embedded().remove(0).palette;
        for depth in [Depth::Eight, Depth::Sixteen] {
            let styles = Styles::new(&dark, depth);
            let signs = [styles.good, styles.warn, styles.bad].map(|style| style.fg);
            let named = |number: &u8| [Color::Indexed(*number), Color::Indexed(*number + 8)];
            for (sign, number) in signs.iter().zip([2, 3, 1]) {
                assert!(
                    sign.is_some_and(|sign| named(&number).contains(&sign)),
                    "{signs:?}"
                );
            }
        }
    }

    #[test]
    fn a_foreign_colour_is_used_where_it_can_be_read() {
        let palette = palette::embedded().remove(0).palette;
        let styles = Styles::new(&palette, Depth::True);
        let (red, black) = ([255, 80, 80], Some([0; 3]));
        let shown = Some(Color::Rgb(255, 80, 80));
        assert_eq!(styles.foreign(red, black), shown);
        assert_eq!(styles.foreign([20, 20, 40], black), None);
        // On the fill of a bubble it may not be readable.
        assert_eq!(styles.foreign(red, Some([255, 120, 120])), None);
        let none = Styles::new(&palette, Depth::None);
        assert_eq!(none.foreign(red, black), None);
        let own = Palette {
            background: Color::Reset,
            ..palette
        };
        let own = Styles::new(&own, Depth::True);
        assert_eq!(own.foreign(red, own.open.behind), None);
    }

    #[test]
    fn the_environment_decides_the_depth() {
        for (no_color, colorterm, term, colours, depth) in [
            (true, "truecolor", "xterm", None, Depth::None),
            (false, "truecolor", "xterm", None, Depth::True),
            (false, "truecolor", "xterm", Some(8), Depth::True),
            (false, "", "xterm", Some(8), Depth::Eight),
            (false, "", "xterm-256color", None, Depth::Indexed),
            (false, "", "xterm-256color", Some(256), Depth::Indexed),
            (false, "", "made-up", Some(8), Depth::Eight),
            (false, "", "made-up", Some(16), Depth::Sixteen),
            (false, "truecolor", "linux", Some(8), Depth::Eight),
            (
                false,
                "truecolor",
                "linux-16color",
                Some(16),
                Depth::Sixteen,
            ),
            (false, "", "ansi", None, Depth::Eight),
            (false, "", "xterm-16color", None, Depth::Sixteen),
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
