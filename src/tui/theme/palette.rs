//! Theme files: named colours from which every style of the screen derives.
//!
//! Four themes are embedded; a file of the same shape can be given instead. A
//! fault in one is reported with its file, line and column. The colours of
//! bubbles may be left out: they are derived from the others then.

use std::path::Path;

use ratatui::style::Color;
use serde::Deserialize;

use crate::config::text::{self, TextFault};

/// The colours of a theme. A colour is `"#rrggbb"`, a terminal colour's name, its number, or
/// `"reset"` for whatever the terminal itself uses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Palette {
    /// Behind everything.
    pub background: Color,
    /// Behind popups and notices.
    pub raised: Color,
    /// Plain text.
    pub text: Color,
    /// Text that matters less: times, hints, quiet lines.
    pub muted: Color,
    /// Lines around panes.
    pub border: Color,
    /// What has the attention: the focused pane, the cursor's row, Read.
    pub accent: Color,
    /// The consumer's bubbles.
    pub mine: Color,
    /// The other side's bubbles.
    pub theirs: Color,
    /// What was proved to work.
    pub good: Color,
    /// What may be wrong.
    pub warn: Color,
    /// What went wrong.
    pub bad: Color,
    /// Behind the selected row.
    pub selection: Color,
    /// Keys of JSON objects.
    pub key: Color,
    /// Strings and other values of JSON.
    pub value: Color,
    /// Behind the consumer's bubbles.
    #[serde(default)]
    pub mine_fill: Option<Color>,
    /// The text on them.
    #[serde(default)]
    pub mine_text: Option<Color>,
    /// Time, ticks and what else matters less on them.
    #[serde(default)]
    pub mine_faint: Option<Color>,
    /// Behind the other side's bubbles.
    #[serde(default)]
    pub theirs_fill: Option<Color>,
    /// The text on them.
    #[serde(default)]
    pub theirs_text: Option<Color>,
    /// Time and what else matters less on them.
    #[serde(default)]
    pub theirs_faint: Option<Color>,
    /// Behind the bubbles of the system and of bots.
    #[serde(default)]
    pub automatic_fill: Option<Color>,
    /// The text on them.
    #[serde(default)]
    pub automatic_text: Option<Color>,
    /// Time and what else matters less on them.
    #[serde(default)]
    pub automatic_faint: Option<Color>,
    /// Behind buttons and quick replies.
    #[serde(default)]
    pub pill_fill: Option<Color>,
    /// The words on them.
    #[serde(default)]
    pub pill_text: Option<Color>,
}

/// A palette with the name it is chosen by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// What `--theme` and `/theme` call it.
    pub name: String,
    /// Its colours.
    pub palette: Palette,
}

/// Why a theme cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PaletteError {
    /// Neither the name of an embedded theme nor a file.
    #[error(
        "there is no theme {name:?}; choose one of {known}, or give the path of a theme file, with a slash or .toml in it"
    )]
    Unknown {
        /// What was asked for.
        name: String,
        known: String,
    },
    /// The file cannot be read.
    #[error("cannot read the theme file {file}: {cause}; give another file, or one of {known}")]
    Read {
        file: String,
        cause: std::io::Error,
        known: String,
    },
    /// The file is not a theme.
    #[error(transparent)]
    Fault(#[from] TextFault),
}

const EMBEDDED: [(&str, &str); 4] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("contrast", include_str!("../../../themes/contrast.toml")),
    ("meadow", include_str!("../../../themes/meadow.toml")),
];

/// The embedded themes; the first is the default.
pub fn embedded() -> Vec<Theme> {
    EMBEDDED
        .iter()
        .map(|(name, text)| Theme {
            name: (*name).to_owned(),
            palette: parse(name, text).expect("embedded themes are checked by a test"),
        })
        .collect()
}

/// The names of the embedded themes.
fn known() -> String {
    EMBEDDED.map(|(name, _)| name).join(", ")
}

/// The theme of that name, or the one in the file of that path.
///
/// Anything with a slash in it or `.toml` at its end is a path.
pub(crate) fn load(name: &str) -> Result<Theme, PaletteError> {
    let path = Path::new(name);
    if name.contains('/') || path.extension().is_some_and(|ext| ext == "toml") {
        let text = text::read(path).map_err(|cause| PaletteError::Read {
            file: name.to_owned(),
            cause,
            known: known(),
        })?;
        let palette = parse(name, &text)?;
        let stem = path.file_stem().unwrap_or(path.as_os_str());
        return Ok(Theme {
            name: stem.to_string_lossy().into_owned(),
            palette,
        });
    }
    embedded()
        .into_iter()
        .find(|theme| theme.name == name)
        .ok_or_else(|| PaletteError::Unknown {
            name: name.to_owned(),
            known: known(),
        })
}

/// The themes to choose from at run time, with the one of that name or path first.
pub(crate) fn starting_with(name: &str) -> Result<Vec<Theme>, PaletteError> {
    let first = load(name)?;
    let mut themes = embedded();
    themes.retain(|theme| theme.name != first.name);
    themes.insert(0, first);
    Ok(themes)
}

/// Reads a palette; `file` is only named in the error.
fn parse(file: &str, text: &str) -> Result<Palette, TextFault> {
    toml::from_str(text).map_err(|fault| {
        let at = fault.span().map_or(0, |span| span.start);
        let found = fault.span().and_then(|span| text.get(span));
        TextFault::at(file, text, at, reason(fault.message(), found))
    })
}

/// What is wrong there, in our words: the parser of colours knows neither what it read nor what
/// it would have liked to read.
fn reason(message: &str, found: Option<&str>) -> String {
    let message = message.trim();
    let Some(detail) = message.strip_prefix("Failed to parse Colors") else {
        return message.to_owned();
    };
    if let Some((_, rest)) = detail.split_once("missing field `") {
        let name = rest.trim_end_matches('`');
        return format!("the colour {name} is missing");
    }
    format!(
        "{} is not a colour; write \"#rrggbb\", the name of a terminal colour, its number, or \"reset\"",
        found.unwrap_or("this")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::light;

    #[test]
    fn every_embedded_theme_is_a_theme() {
        for (name, text) in EMBEDDED {
            parse(name, text).unwrap();
        }
    }

    fn contrast(one: Color, other: Color) -> f64 {
        let [one, other] =
            [one, other].map(|colour| light::rgb(colour).expect("a colour with a fixed light"));
        light::contrast(one, other)
    }

    #[test]
    fn every_word_can_be_read_on_whatever_is_behind_it() {
        for Theme { name, palette } in embedded() {
            let behind = [palette.background, palette.raised, palette.selection];
            for ground in behind {
                for ink in [palette.text, palette.muted] {
                    let ratio = contrast(ink, ground);
                    assert!(ratio >= 4.5, "{name}: {ink} on {ground} is {ratio:.2}");
                }
            }
            for ink in [
                palette.accent,
                palette.mine,
                palette.theirs,
                palette.good,
                palette.warn,
                palette.bad,
                palette.key,
                palette.value,
            ] {
                let ratio = contrast(ink, palette.background);
                assert!(ratio >= 4.5, "{name}: {ink} is {ratio:.2}");
            }
            let ratio = contrast(palette.border, palette.background);
            assert!(ratio >= 2.5, "{name}: the border is {ratio:.2}");
        }
    }

    #[test]
    fn a_bad_colour_is_named_with_its_place() {
        let text = include_str!("../../../themes/dark.toml");
        let line = text.lines().position(|l| l.starts_with("accent")).unwrap() + 1;
        let broken: String = text
            .lines()
            .map(|l| {
                if l.starts_with("accent") {
                    "accent = \"#12345\"\n".to_owned()
                } else {
                    format!("{l}\n")
                }
            })
            .collect();
        let fault = parse("my.toml", &broken).unwrap_err().to_string();
        assert!(
            fault.starts_with(&format!("my.toml:{line}:10: ")),
            "{fault}"
        );
        assert!(fault.contains("\"#12345\" is not a colour"), "{fault}");
    }

    #[test]
    fn a_missing_colour_is_named() {
        let text = include_str!("../../../themes/dark.toml");
        let text = text.replace("accent", "# accent");
        let fault = parse("my.toml", &text).unwrap_err().to_string();
        assert!(fault.ends_with("the colour accent is missing"), "{fault}");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place() {
        let text = format!(
            "{}\nglitter = \"red\"\n",
            include_str!("../../../themes/dark.toml")
        );
        let fault = parse("my.toml", &text).unwrap_err().to_string();
        let line = text.lines().count();
        assert!(fault.starts_with(&format!("my.toml:{line}:1: ")), "{fault}");
        assert!(fault.contains("glitter"), "{fault}");
    }

    #[test]
    fn a_theme_is_found_by_name_or_by_path() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("brand.toml");
        let written = include_str!("../../../themes/light.toml").replace('\n', "\r\n");
        std::fs::write(&file, format!("\u{feff}{written}")).unwrap();
        let theme = load(file.to_str().unwrap()).unwrap();
        assert_eq!(theme.name, "brand");
        assert_eq!(theme.palette, load("light").unwrap().palette);
        let fault = load("lihgt").unwrap_err().to_string();
        assert!(fault.contains("dark, light, contrast, meadow"), "{fault}");
        assert!(load("./not-there.toml").is_err());
        let names = |themes: Vec<Theme>| themes.into_iter().map(|theme| theme.name);
        let themes: Vec<String> = names(starting_with("meadow").unwrap()).collect();
        assert_eq!(themes, ["meadow", "dark", "light", "contrast"]);
    }
}
