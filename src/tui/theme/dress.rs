//! The styles of the phone on the demo stage, made of a brand's colours.
//!
//! What a brand does not name is as the theme has it, or follows from what it names. Words that
//! could not be read on what is behind them are moved until they can; that is told.

use ratatui::style::{Color, Modifier, Style};

use crate::{
    config::brand::{BrandColour, BrandColours, BrandLook},
    tui::theme::{
        light::{self, LEGIBLE, Rgb},
        palette::Palette,
        styles::{Depth, Styles},
    },
};

/// The styles of the stage.
#[derive(Debug, Clone)]
pub(crate) struct Dress {
    /// Those of the conversation.
    pub(crate) styles: Styles,
    /// The head with the brand's name, and what matters less there.
    pub(crate) head: Style,
    pub(crate) head_faint: Style,
    /// The letter in place of a picture, in the head.
    pub(crate) badge: Style,
    /// The field one writes in, and its hint.
    pub(crate) field: Style,
    pub(crate) field_faint: Style,
    /// The sign that sends.
    pub(crate) send: Style,
    /// Around the phone, and the edge of the phone there.
    pub(crate) backdrop: Style,
    pub(crate) edge: Style,
    /// Words for the presenter on the backdrop.
    pub(crate) aside: Style,
    /// What was moved until it could be read.
    pub(crate) mended: Vec<Mended>,
}

/// Words that could not be read on what is behind them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mended {
    /// The words, by the name of their colour.
    pub(crate) words: &'static str,
    /// What is behind them.
    pub(crate) ground: &'static str,
    /// The colour as the pack has it, and as it is drawn.
    pub(crate) from: Rgb,
    pub(crate) to: Rgb,
    /// The contrast before.
    pub(crate) contrast: f64,
}

/// Makes colours, and notes what had to be moved.
struct Mixer {
    mended: Vec<Mended>,
}

impl Mixer {
    /// A colour that can be read on a ground.
    fn read(&mut self, words: &'static str, ink: Rgb, ground: &'static str, on: Rgb) -> Rgb {
        let contrast = light::contrast(ink, on);
        if contrast >= LEGIBLE {
            return ink;
        }
        let to = light::legible(ink, &[on], LEGIBLE);
        self.mended.push(Mended {
            words,
            ground,
            from: ink,
            to,
            contrast,
        });
        to
    }
}

fn own(colour: Option<BrandColour>) -> Option<Rgb> {
    colour.map(|BrandColour(rgb)| rgb)
}

fn rgb([r, g, b]: Rgb) -> Color {
    Color::Rgb(r, g, b)
}

/// Words on a ground whose colour alone is known: not quite black or white.
fn words_on(ground: Rgb) -> Rgb {
    light::mixed(light::readable_on(ground), ground, 8)
}

/// The colours that others follow from.
struct Inks {
    background: Rgb,
    text: Rgb,
    muted: Rgb,
    head: Rgb,
    head_text: Rgb,
    accent: Rgb,
    raised: Rgb,
    theirs: Rgb,
    backdrop: Rgb,
}

fn of_theme(colour: Color, otherwise: Rgb) -> Rgb {
    light::rgb(colour).unwrap_or(otherwise)
}

/// A colour that can be read on a ground.
fn legible(ink: Rgb, ground: Rgb) -> Rgb {
    light::legible(ink, &[ground], LEGIBLE)
}

impl Inks {
    fn of(colours: &BrandColours, theme: &Palette, mixer: &mut Mixer) -> Self {
        let background = own(colours.background);
        let background = background.unwrap_or_else(|| of_theme(theme.background, [0; 3]));
        let text = own(colours.text).unwrap_or_else(|| words_on(background));
        let text = mixer.read("text", text, "background", background);
        let head = own(colours.head);
        let head = head.unwrap_or_else(|| of_theme(theme.accent, [0x24, 0x59, 0xb8]));
        let head_text = own(colours.head_text).unwrap_or_else(|| words_on(head));
        let is_light = light::readable_on(background) == [0; 3];
        let lift = if is_light { 70 } else { 10 };
        let muted =
            own(colours.muted).map(|ink| mixer.read("muted", ink, "background", background));
        let pale = || legible(light::mixed(text, background, 40), background);
        Self {
            background,
            text,
            muted: muted.unwrap_or_else(pale),
            head,
            head_text: mixer.read("head_text", head_text, "head", head),
            accent: own(colours.accent).unwrap_or(head),
            raised: own(colours.raised).unwrap_or_else(|| {
                let lifted = light::mixed(background, [255; 3], lift);
                // On white nothing is whiter.
                let is_same = light::contrast(lifted, background) < 1.04;
                if is_same {
                    light::mixed(background, text, 6)
                } else {
                    lifted
                }
            }),
            theirs: own(colours.theirs).unwrap_or(light::mixed(background, text, 10)),
            backdrop: own(colours.backdrop).unwrap_or(light::mixed(head, [0; 3], 45)),
        }
    }

    /// The palette of the conversation.
    fn palette(&self, colours: &BrandColours, theme: &Palette, mixer: &mut Mixer) -> Palette {
        let Self {
            background,
            text,
            accent,
            ..
        } = *self;
        let mine = own(colours.mine).unwrap_or(light::mixed(background, accent, 25));
        let automatic = own(colours.automatic).unwrap_or(light::mixed(background, text, 6));
        let mut words = |named, name, ground, fill| {
            let ink = own(named).unwrap_or_else(|| words_on(fill));
            let ink = mixer.read(name, ink, ground, fill);
            let faint = legible(light::mixed(ink, fill, 38), fill);
            (Some(rgb(fill)), Some(rgb(ink)), Some(rgb(faint)))
        };
        let mine = words(colours.mine_text, "mine_text", "mine", mine);
        let theirs = words(colours.theirs_text, "theirs_text", "theirs", self.theirs);
        let automatic = words(None, "text", "automatic", automatic);
        let sign = |named, theme| {
            let ink = own(named).unwrap_or_else(|| of_theme(theme, text));
            rgb(legible(ink, background))
        };
        let link = rgb(mixer.read("accent", accent, "background", background));
        let border = own(colours.border).unwrap_or(light::mixed(background, text, 25));
        let selection = own(colours.selection).unwrap_or(light::mixed(background, accent, 20));
        Palette {
            background: rgb(background),
            raised: rgb(self.raised),
            text: rgb(text),
            muted: rgb(self.muted),
            border: rgb(border),
            accent: link,
            mine: link,
            theirs: rgb(self.muted),
            good: sign(colours.good, theme.good),
            warn: sign(colours.warn, theme.warn),
            bad: sign(colours.bad, theme.bad),
            selection: rgb(selection),
            key: link,
            value: rgb(text),
            mine_fill: mine.0,
            mine_text: mine.1,
            mine_faint: mine.2,
            theirs_fill: theirs.0,
            theirs_text: theirs.1,
            theirs_faint: theirs.2,
            automatic_fill: automatic.0,
            automatic_text: automatic.1,
            automatic_faint: automatic.2,
            pill_fill: Some(rgb(accent)),
            pill_text: Some(rgb(light::readable_on(accent))),
        }
    }
}

impl Dress {
    /// The styles of these colours over a theme, on a terminal of so many colours.
    pub(crate) fn new(
        colours: &BrandColours,
        look: BrandLook,
        theme: &Palette,
        depth: Depth,
    ) -> Self {
        let mut mixer = Mixer { mended: Vec::new() };
        let inks = Inks::of(colours, theme, &mut mixer);
        let palette = inks.palette(colours, theme, &mut mixer);
        let Inks {
            head,
            head_text,
            raised,
            backdrop,
            ..
        } = inks;
        let on = |ink: Rgb, ground: Rgb| on(ink, ground, depth);
        // Where there are no colours, modifiers tell the parts apart.
        let or = |style: Style, modifier: Modifier| match depth {
            Depth::None => style.add_modifier(modifier),
            _ => style,
        };
        let tinted = light::mixed(inks.background, inks.text, 10);
        let mut styles = Styles::new(&palette, depth);
        styles.pill = or(on(legible(inks.muted, tinted), tinted), Modifier::DIM);
        if depth != Depth::None {
            let ground = match look {
                BrandLook::Window => inks.background,
                BrandLook::Ticks | BrandLook::UnderLast => inks.theirs,
            };
            let reply = on(legible(inks.accent, ground), ground);
            styles.open.pill = reply.add_modifier(Modifier::BOLD);
        }
        let bold = |style: Style| style.add_modifier(Modifier::BOLD);
        let pale = light::readable_on(backdrop);
        let head_faint = legible(light::mixed(head_text, head, 25), head);
        Self {
            head: bold(or(on(head_text, head), Modifier::REVERSED)),
            head_faint: or(on(head_faint, head), Modifier::REVERSED),
            badge: bold(on(legible(head, head_text), head_text)),
            field: on(legible(inks.text, raised), raised),
            field_faint: or(on(legible(inks.muted, raised), raised), Modifier::DIM),
            send: bold(on(legible(inks.accent, raised), raised)),
            backdrop: on(pale, backdrop),
            edge: on(light::mixed(backdrop, [0; 3], 55), backdrop),
            aside: or(
                on(light::mixed(backdrop, pale, 55), backdrop),
                Modifier::DIM,
            ),
            styles,
            mended: mixer.mended,
        }
    }
}

/// Words on a ground, as the terminal has their colours.
fn on(ink: Rgb, ground: Rgb, depth: Depth) -> Style {
    let Some(behind) = depth.seen(ground).filter(|_| depth != Depth::None) else {
        return Style::new();
    };
    let ink = match depth {
        Depth::Eight | Depth::Sixteen => depth.read_on(ink, &[behind], LEGIBLE).unwrap_or(ink),
        _ => ink,
    };
    Style::new().fg(depth.paint(ink)).bg(depth.paint(ground))
}
