//! The form that a line follows, chosen from a table.

use crate::{
    domain::similar,
    scenario::{
        fault::{Fault, FaultKind},
        forms::{
            Layout, LineForm,
            fit::{Fit, Miss},
            usage,
        },
        syntax::{line::SourceLine, span, token::WordToken},
    },
};
use std::time::Duration;

/// Tables of so many forms are told whole.
const FEW: usize = 6;
/// Words that people write for words of the language.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("chooses", "taps"),
    ("clicks", "taps"),
    ("presses", "taps"),
    ("selects", "taps"),
    ("transfers", "hands"),
    ("accepts", "takes"),
    ("quick", "offer"),
    ("replies", "offer"),
    ("button", "offer"),
    ("buttons", "offer"),
];

/// What a line means by a table, with what is wrong inside its texts; or why it means nothing.
///
/// `what` is what the table lists, as people call it: `a deed`.
pub(crate) fn pick<T>(
    forms: &[LineForm<T>],
    what: &str,
    line: &SourceLine,
    tokens: &[WordToken<'_>],
    (faults, layout): (&mut Vec<Fault>, &mut Layout),
) -> Result<T, Fault> {
    let first = tokens.first().map_or("", |token| token.text);
    let mut misses: Vec<(Miss, &LineForm<T>)> = Vec::new();
    for form in forms {
        let mut words = form.first_words().peekable();
        if words.peek().is_some() && !words.any(|word| word.eq_ignore_ascii_case(first)) {
            continue;
        }
        let mut fit = Fit::new(line, tokens);
        match fit.all(&usage::items(form.usage)) {
            Ok(()) => {
                faults.append(&mut fit.faults);
                layout.append(&mut fit.layout);
                return Ok((form.build)(&fit.slots));
            }
            Err(miss) => misses.push((miss, form)),
        }
    }
    let furthest = misses.iter().map(|(miss, _)| miss.at).max();
    // A form that begins with a slot takes, or misses, every word; a number is meant for it.
    let has_word = |form: &LineForm<T>| form.first_words().next().is_some();
    let is_told = misses.iter().any(|(_, form)| has_word(form))
        || first.starts_with(|letter: char| letter.is_ascii_digit());
    let begun = furthest.filter(|at| *at > usize::from(!is_told));
    let Some(at) = begun else {
        return Err(unknown(forms, what, line, tokens));
    };
    misses.retain(|(miss, _)| miss.at == at);
    Err(wrong(&misses, line, tokens, at))
}

fn unknown<T>(
    forms: &[LineForm<T>],
    what: &str,
    line: &SourceLine,
    tokens: &[WordToken<'_>],
) -> Fault {
    let Some(first) = tokens.first() else {
        let words = format!("{what} is missing");
        let spot = line.spot(line.text.len(), line.text.len());
        return Fault::new(FaultKind::WrongForm, spot, words).help(usages(forms.iter()));
    };
    let known = || forms.iter().flat_map(LineForm::first_words);
    let other = OTHER_WORDS.iter().find(|(other, word)| {
        other.eq_ignore_ascii_case(first.text) && known().any(|known| known == *word)
    });
    let meant = match other {
        Some((_, word)) => format!("; did you mean `{word}`?"),
        None => similar::did_you_mean(first.text, known()),
    };
    let words = format!("`{}` begins no {}{meant}", first.text, bare(what));
    let spot = line.spot(first.at, first.end());
    let fault = Fault::new(FaultKind::NoSuchWord, spot, words);
    if forms.len() > FEW {
        return fault;
    }
    fault.help(usages(forms.iter()))
}

fn bare(what: &str) -> &str {
    what.split_once(' ').map_or(what, |(_, noun)| noun)
}

fn wrong<T>(
    misses: &[(Miss, &LineForm<T>)],
    line: &SourceLine,
    tokens: &[WordToken<'_>],
    at: usize,
) -> Fault {
    let mut wanted: Vec<&str> = misses
        .iter()
        .map(|(miss, _)| miss.wanted.as_str())
        .collect();
    wanted.dedup();
    let kind = match misses {
        [(first, _), rest @ ..] if rest.iter().all(|(miss, _)| miss.kind == first.kind) => {
            first.kind
        }
        _ => FaultKind::WrongForm,
    };
    let wanted = wanted.join(", or ");
    let (spot, words) = if let Some(token) = tokens.get(at) {
        let words = format!("`{}` stands where {wanted} should stand", token.text);
        (line.spot(token.at, token.end()), words)
    } else {
        let spot = line.spot(line.text.len(), line.text.len());
        (spot, format!("the line ends where {wanted} should stand"))
    };
    Fault::new(kind, spot, words)
        .label("does not fit")
        .help(usages(misses.iter().map(|(_, form)| *form)))
}

fn usages<'a, T: 'a>(forms: impl Iterator<Item = &'a LineForm<T>>) -> String {
    let usages: Vec<String> = forms.map(|form| format!("`{}`", form.shown())).collect();
    format!("write {}", usages.join(" or "))
}

/// Takes `within SPAN` (or `for SPAN`) off the end of a line.
pub(crate) fn trailing_span(
    word: &str,
    line: &SourceLine,
    tokens: &mut Vec<WordToken<'_>>,
    layout: &mut Layout,
) -> Result<Option<Duration>, Fault> {
    let [.., said, last] = tokens.as_slice() else {
        return Ok(None);
    };
    if said.text != word {
        return Ok(None);
    }
    let Some(read) = span::parse(last.text) else {
        // In a text the word may stand by itself.
        let is_meant = last
            .text
            .starts_with(|letter: char| letter.is_ascii_digit());
        return if is_meant {
            Err(bad_span(line, *last))
        } else {
            Ok(None)
        };
    };
    layout.spans.push((line.place, last.at, last.end(), read));
    tokens.truncate(tokens.len() - 2);
    Ok(Some(read))
}

/// That a word is no span of time.
pub(crate) fn bad_span(line: &SourceLine, token: WordToken<'_>) -> Fault {
    let words = format!("`{}` is no span of time", token.text);
    Fault::new(FaultKind::BadSpan, line.spot(token.at, token.end()), words)
        .help("write a span like `500ms`, `10s`, `1m30s` or `2h`, up to a week")
}
