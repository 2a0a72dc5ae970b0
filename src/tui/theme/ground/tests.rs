//! Whatever the theme and however many colours the terminal has: what stands in a bubble can be
//! read there.

use ratatui::style::Color;

use super::*;
use crate::tui::theme::{
    palette::{self, Theme},
    styles::Styles,
};

/// The words of a theme's bubbles that cannot be read at this contrast, each with its ground.
fn unreadable(palette: &Palette, depth: Depth, least: f64) -> Vec<String> {
    let styles = Styles::new(palette, depth);
    let bubbles = styles.bubbles.as_ref().expect("filled bubbles");
    let kinds = [
        ("mine", &bubbles.mine),
        ("theirs", &bubbles.theirs),
        ("automatic", &bubbles.automatic),
    ];
    let mut found = Vec::new();
    for (kind, grounds) in kinds {
        for (turn, ground) in grounds.iter().enumerate() {
            for (what, style) in [
                ("text", ground.plain),
                ("time", ground.faint),
                ("heading", ground.strong),
                ("link", ground.link),
                ("button", ground.pill),
                ("failure", ground.bad),
            ] {
                let ratio = ratio(style);
                if ratio < least {
                    found.push(format!("{kind} {turn}: the {what} is {ratio:.2}"));
                }
            }
        }
    }
    // Names stand above bubbles, and quick replies below.
    for (what, style) in [("name", styles.muted), ("quick reply", styles.open.pill)] {
        let ratio = ratio(styles.base.patch(style));
        if ratio < least {
            found.push(format!("the {what} is {ratio:.2}"));
        }
    }
    found
}

fn ratio(style: Style) -> f64 {
    let part = |colour: Option<Color>| light::rgb(colour.unwrap()).unwrap();
    light::contrast(part(style.fg), part(style.bg))
}

#[test]
fn every_word_in_a_bubble_can_be_read_in_every_theme() {
    for Theme { name, palette } in palette::embedded() {
        let least = if name == "contrast" { 7.0 } else { LEGIBLE };
        let found = unreadable(&palette, Depth::True, least);
        assert!(found.is_empty(), "{name}: {found:#?}");
        for depth in [Depth::Indexed, Depth::Sixteen, Depth::Eight] {
            let found = unreadable(&palette, depth, LEGIBLE);
            assert!(found.is_empty(), "{name}, {depth:?}: {found:#?}");
        }
    }
}

#[test]
fn a_bad_theme_is_found_out() {
    let mut palette = palette::embedded().remove(0).palette;
    palette.mine_faint = palette.mine_fill;
    let found = unreadable(&palette, Depth::True, LEGIBLE);
    assert!(
        found.iter().any(|one| one.starts_with("mine 0: the time")),
        "{found:?}"
    );
}

/// A palette without the colours of bubbles, as theme files were before there were any.
fn older(theme: &Theme) -> Palette {
    Palette {
        mine_fill: None,
        mine_text: None,
        mine_faint: None,
        theirs_fill: None,
        theirs_text: None,
        theirs_faint: None,
        automatic_fill: None,
        automatic_text: None,
        automatic_faint: None,
        pill_fill: None,
        pill_text: None,
        ..theme.palette.clone()
    }
}

#[test]
fn what_a_theme_does_not_name_is_derived_and_can_be_read() {
    for theme in palette::embedded() {
        for depth in [Depth::True, Depth::Indexed] {
            let found = unreadable(&older(&theme), depth, LEGIBLE);
            assert!(found.is_empty(), "{}: {found:#?}", theme.name);
        }
    }
}

#[test]
fn own_bubbles_have_one_colour_those_of_others_take_turns_and_kinds_differ() {
    for Theme { name, palette } in palette::embedded() {
        let bubbles = bubbles(&palette, Depth::True).unwrap();
        let [own, every_second] = &bubbles.mine;
        assert_eq!(own, every_second, "{name}");
        let others = [&bubbles.theirs, &bubbles.automatic].into_iter().flatten();
        let fills: Vec<_> = others
            .chain([own])
            .map(|ground| ground.behind)
            .chain([light::rgb(palette.background)])
            .collect();
        for (at, one) in fills.iter().enumerate() {
            assert!(!fills[at + 1..].contains(one), "{name}: {fills:?}");
        }
    }
}

#[test]
fn without_known_colours_bubbles_are_outlined() {
    let theme = palette::embedded().remove(0);
    assert_eq!(bubbles(&theme.palette, Depth::None), None);
    let own = Palette {
        background: Color::Reset,
        raised: Color::Reset,
        text: Color::Reset,
        ..older(&theme)
    };
    assert_eq!(bubbles(&own, Depth::True), None);
    assert_eq!(bubbles(&own, Depth::Eight), None);
}
