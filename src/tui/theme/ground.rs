//! What words stand on: the screen's own ground, or the fill of a bubble, with the styles of what
//! is drawn there.

use ratatui::style::{Color, Modifier, Style};

use crate::tui::theme::{
    light::{self, CLEAR, LEGIBLE, Rgb},
    palette::Palette,
    styles::Depth,
};

/// The styles of what stands on one ground.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ground {
    pub(crate) plain: Style,
    pub(crate) faint: Style,
    pub(crate) strong: Style,
    pub(crate) edge: Style,
    pub(crate) link: Style,
    pub(crate) pill: Style,
    /// The name above a bubble that has no fill.
    pub(crate) label: Style,
    /// The mark of what is selected.
    pub(crate) mark: Style,
    pub(crate) bad: Style,
    /// The colour of the ground, where it is known.
    pub(crate) behind: Option<Rgb>,
}

/// The grounds of filled bubbles; those of one run of others take turns. The consumer's own, which
/// end with their ticks, have one colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bubbles {
    pub(crate) mine: [Ground; 2],
    pub(crate) theirs: [Ground; 2],
    pub(crate) automatic: [Ground; 2],
}

/// The colours of one kind of bubble, as the terminal shows them.
#[derive(Debug, Clone, Copy)]
struct Inks {
    fill: Rgb,
    text: Rgb,
    faint: Rgb,
}

/// How much darker or lighter every second bubble of a run is, in hundredths.
const TURN: u16 = 20;

/// The fill and the words of a button, as the terminal shows them.
pub(crate) type Pill = (Rgb, Rgb);

/// The colours of buttons; `None` where the terminal alone knows them.
pub(crate) fn pill(palette: &Palette, depth: Depth) -> Option<Pill> {
    let blue = || depth.seen(light::XTERM[4]).zip(depth.seen([255; 3]));
    match depth {
        Depth::None => None,
        Depth::Eight | Depth::Sixteen => blue(),
        Depth::Indexed | Depth::True => {
            let fill = depth.seen(light::rgb(palette.pill_fill.unwrap_or(palette.selection))?)?;
            let text = light::rgb(palette.pill_text.unwrap_or(palette.text))?;
            Some((fill, depth.read_on(text, &[fill], LEGIBLE)?))
        }
    }
}

/// The grounds of filled bubbles; `None` where they are outlined: without colours, and where
/// nobody knows the theme's or could read them.
pub(crate) fn bubbles(palette: &Palette, depth: Depth) -> Option<Bubbles> {
    let pill = pill(palette, depth)?;
    let (mine, theirs, automatic) = match depth {
        Depth::None => return None,
        Depth::Eight | Depth::Sixteen => basic(palette, depth)?,
        Depth::Indexed | Depth::True => themed(palette, depth)?,
    };
    let grounds = |inks: Inks| {
        let other = Inks {
            fill: turned(inks, depth).unwrap_or(inks.fill),
            ..inks
        };
        [inks, other].map(|inks| inks.ground(palette, depth, pill))
    };
    let own = mine.ground(palette, depth, pill);
    Some(Bubbles {
        mine: [own.clone(), own],
        theirs: grounds(theirs),
        automatic: grounds(automatic),
    })
}

/// The fill of every second bubble of a run: farther from its words, so that they read as well.
fn turned(inks: Inks, depth: Depth) -> Option<Rgb> {
    if matches!(depth, Depth::Eight | Depth::Sixteen) {
        return None;
    }
    let away = match light::readable_on(inks.text) {
        [0, ..] => [0; 3],
        _ => [255; 3],
    };
    depth.seen(light::mixed(inks.fill, away, TURN))
}

/// The colours a theme has for bubbles, those it does not name derived from the others.
fn themed(palette: &Palette, depth: Depth) -> Option<(Inks, Inks, Inks)> {
    let rgb = light::rgb;
    let own = |given: Option<Color>, derived: Option<Rgb>| given.map_or(derived, rgb);
    let (text, ground) = (rgb(palette.text), rgb(palette.background));
    let mine = own(palette.mine_fill, rgb(palette.mine))?;
    let lifted = text
        .zip(ground)
        .map(|(text, on)| light::mixed(on, text, 12));
    let theirs = own(palette.theirs_fill, lifted.or(rgb(palette.raised)))?;
    let warm = rgb(palette.warn).map(|warn| light::mixed(theirs, warn, 20));
    let automatic = own(palette.automatic_fill, warm)?;
    let inks = |fill: Rgb, words: Option<Color>, faint: Option<Color>| {
        let fill = depth.seen(fill)?;
        let derived = text.unwrap_or_else(|| light::readable_on(fill));
        let words = match words.and_then(rgb) {
            // What a theme names is what it gets, as far as the terminal has it.
            Some(words) if depth == Depth::True => words,
            words => depth.read_on(words.unwrap_or(derived), &[fill], LEGIBLE)?,
        };
        let faint = match faint.and_then(rgb) {
            Some(faint) if depth == Depth::True => faint,
            faint => {
                let faint = faint.unwrap_or_else(|| light::mixed(words, fill, 30));
                depth.read_on(faint, &[fill], LEGIBLE)?
            }
        };
        Some(Inks {
            fill,
            text: words,
            faint,
        })
    };
    Some((
        inks(mine, palette.mine_text, palette.mine_faint)?,
        inks(theirs, palette.theirs_text, palette.theirs_faint)?,
        inks(automatic, palette.automatic_text, palette.automatic_faint)?,
    ))
}

/// The colours of terminals that have but sixteen of them, or eight.
fn basic(palette: &Palette, depth: Depth) -> Option<(Inks, Inks, Inks)> {
    let (black, white) = ([0; 3], depth.seen([255; 3])?);
    let grey = light::XTERM[7];
    let is_light = light::readable_on(light::rgb(palette.background)?) == black;
    let inks = |fill, text| Inks {
        fill,
        text,
        faint: text,
    };
    let theirs = if is_light {
        inks(black, white)
    } else {
        inks(grey, black)
    };
    let all = (
        inks(light::XTERM[4], white),
        theirs,
        inks(light::XTERM[6], black),
    );
    let reads = |inks: Inks| light::contrast(inks.text, inks.fill) >= LEGIBLE;
    (reads(all.0) && reads(all.1) && reads(all.2)).then_some(all)
}

impl Inks {
    fn ground(self, palette: &Palette, depth: Depth, pill: Pill) -> Ground {
        let of = |ink: Rgb, fill: Rgb| Style {
            fg: Some(depth.paint(ink)),
            bg: Some(depth.paint(fill)),
            ..Style::new()
        };
        let on = |ink: Rgb| of(ink, self.fill);
        let plain = on(self.text);
        let named = |colour: Color| {
            let ink = light::rgb(colour).and_then(|ink| depth.read_on(ink, &[self.fill], CLEAR));
            on(ink.unwrap_or(self.text)).add_modifier(Modifier::BOLD)
        };
        let edge = light::mixed(self.faint, self.fill, 40);
        // A button on a bubble of its own colour would be none.
        let (fill, words) = if pill.0 == self.fill {
            (self.text, self.fill)
        } else {
            pill
        };
        Ground {
            plain,
            faint: on(self.faint),
            strong: plain.add_modifier(Modifier::BOLD),
            edge: on(depth.seen(edge).unwrap_or(self.faint)),
            link: plain.add_modifier(Modifier::UNDERLINED),
            pill: of(words, fill).add_modifier(Modifier::BOLD),
            label: on(self.faint),
            mark: named(palette.accent),
            bad: named(palette.bad),
            behind: Some(self.fill),
        }
    }
}

#[cfg(test)]
mod tests;
