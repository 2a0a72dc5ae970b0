//! What this terminal can show of the phone.

use std::{
    env,
    io::{self, IsTerminal as _},
};

use crossterm::terminal::size;

use crate::{
    cli::{checks::finding::Finding, pictures::Pictures, plain_mode::PlainMode, terminfo},
    tui::{terminal::images::Art, theme::styles::Depth},
};

const NAME: &str = "terminal";
/// The least size every screen is made for, in columns and rows.
const LEAST: (u16, u16) = (60, 16);

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// The locale's name, from the first variable that has a say.
fn locale() -> String {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let mut said = names.into_iter().map(variable);
    said.find(|value| !value.is_empty()).unwrap_or_default()
}

/// Whether the locale says that more than ASCII can be shown.
pub(super) fn speaks_unicode() -> bool {
    let locale = locale().to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// What the environment and the terminal say of themselves; the terminal is not asked.
pub(super) fn check(plain: Option<PlainMode>) -> Finding {
    let term = variable("TERM");
    if let Some(plain) = plain {
        let says = format!(
            "plain mode, switched on by {}, needs no more than lines",
            plain.by
        );
        return Finding::good(NAME, says);
    }
    if term == "dumb" {
        return Finding::bad(
            NAME,
            "TERM says dumb, and the phone needs a terminal with a cursor to move",
            "set TERM to what the terminal is, like xterm-256color, or use --plain",
        );
    }
    let is_terminal = io::stdout().is_terminal() && io::stdin().is_terminal();
    let size = if is_terminal { size().ok() } else { None };
    let colours = match terminfo::depth() {
        Depth::None => "no colours",
        Depth::Eight => "8 colours",
        Depth::Sixteen => "16 colours",
        Depth::Indexed => "256 colours",
        Depth::True => "true colours",
    };
    let pictures = match Pictures::Auto.art(&term) {
        Art::Off => "no pictures".to_owned(),
        Art::Blocks => "pictures with half blocks".to_owned(),
        Art::Plates(plates) => format!("pictures by {:?}", plates.protocol()),
    };
    let mut words = vec![
        if term.is_empty() {
            "TERM is not set".to_owned()
        } else {
            format!("TERM {term}")
        },
        match locale() {
            none if none.is_empty() => "no locale".to_owned(),
            locale => format!("locale {locale}"),
        },
        colours.to_owned(),
        pictures,
    ];
    if env::var_os("TMUX").is_some() {
        words.push("inside tmux".to_owned());
    }
    match size {
        Some((columns, rows)) => words.push(format!("{columns}×{rows}")),
        None if is_terminal => words.push("of unknown size".to_owned()),
        None => words.push("stdin or stdout is no terminal here".to_owned()),
    }
    let says = words.join(", ");
    if term.is_empty() {
        return Finding::warning(NAME, says, "set TERM to what the terminal is");
    }
    if !speaks_unicode() {
        let remedy = "set LANG to a UTF-8 locale, like C.UTF-8, or frames and emoji break";
        return Finding::warning(NAME, says, remedy);
    }
    if size.is_some_and(|(columns, rows)| columns < LEAST.0 || rows < LEAST.1) {
        let (columns, rows) = LEAST;
        let remedy = format!("make the window at least {columns}×{rows}");
        return Finding::warning(NAME, says, remedy);
    }
    Finding::good(NAME, says)
}
