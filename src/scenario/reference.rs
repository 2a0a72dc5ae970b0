//! The reference in `docs/scenarios.md` and the grammar for editors, made from the tables of forms.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::scenario::{
    fault::FaultKind,
    forms::{
        LineForm,
        deeds::{DEEDS, DoneBy},
        facts::{EVENTS, FACTS},
        lines::{HEAD, STEPS},
        sights::{CARD_PARTS, SIGHTS},
        usage::{self, UsageItem},
    },
    needs::NEEDS,
    parse::deed,
};

/// The page, as it was when the program was built.
const PAGE: &str = include_str!("../../docs/scenarios.md");

/// Stands before a table, with its name.
const BEGIN: &str = "<!-- table: ";
/// The mark behind a table that is written anew.
const END: &str = "<!-- end of table -->";

/// The page with its tables as the program knows them.
pub fn page() -> String {
    let mut page = String::new();
    let mut rest = PAGE;
    while let Some((before, marked)) = rest.split_once(BEGIN) {
        let (name, inner) = marked.split_once(" -->").unwrap_or((marked, ""));
        let after = inner.split_once(END).map_or("", |(_, after)| after);
        // Writing to a String cannot fail.
        let _ = write!(page, "{before}{BEGIN}{name} -->\n\n{}\n{END}", table(name));
        rest = after;
    }
    page.push_str(rest);
    page
}

fn table(name: &str) -> String {
    let done_by = |who: DoneBy| {
        move |form: &LineForm<_>| deed(form.example).is_some_and(|deed| DoneBy::of(&deed) == who)
    };
    match name {
        "head" => forms(HEAD, |_| true),
        "steps" => forms(STEPS, |_| true),
        "deeds of a consumer" => forms(DEEDS, done_by(DoneBy::Consumer)),
        "deeds of an agent" => forms(DEEDS, done_by(DoneBy::Agent)),
        "deeds of both" => forms(DEEDS, done_by(DoneBy::Either)),
        "sights" => forms(SIGHTS, |_| true),
        "parts of a card" => forms(CARD_PARTS, |_| true),
        "facts" => forms(FACTS, |_| true),
        "events" => forms(EVENTS, |_| true),
        "needs" => needs(),
        "faults" => faults(|kind| !kind.is_warning()),
        "warnings" => faults(FaultKind::is_warning),
        _ => String::new(),
    }
}

fn needs() -> String {
    let rows = NEEDS.map(|(word, about)| format!("| {} | {about} |\n", code(word)));
    format!("| word | needs |\n|---|---|\n{}", rows.concat())
}

/// A text as code in a cell of a table.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

fn forms<T>(forms: &[LineForm<T>], is_in: impl Fn(&LineForm<T>) -> bool) -> String {
    let mut table = "| form | meaning | example |\n|---|---|---|\n".to_owned();
    for form in forms.iter().filter(|form| is_in(form)) {
        let (usage, about, example) = (
            code(&form.shown()),
            form.about.replace('|', "\\|"),
            code(form.example),
        );
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| {usage} | {about} | {example} |");
    }
    table
}

fn faults(is_in: impl Fn(FaultKind) -> bool) -> String {
    let mut table = "| code | what is wrong |\n|---|---|\n".to_owned();
    for kind in FaultKind::ALL.into_iter().filter(|kind| is_in(*kind)) {
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| {} | {} |", kind.code(), kind.about());
    }
    table
}

/// The words of the language in these forms: those that they begin with, and those behind.
fn words<T>(forms: &[LineForm<T>]) -> (Vec<&'static str>, Vec<&'static str>) {
    fn all(items: Vec<UsageItem>, found: &mut Vec<&'static str>) {
        for item in items {
            match item {
                UsageItem::Literal(word) => found.push(word),
                UsageItem::Choice(words) => found.extend(words),
                UsageItem::Optional(items) => all(items, found),
                UsageItem::Slot(_) => {}
            }
        }
    }
    let (mut first, mut further) = (Vec::new(), Vec::new());
    for form in forms {
        first.extend(form.first_words());
        all(usage::items(form.usage), &mut further);
    }
    further.retain(|word| !first.contains(word) && word.chars().all(char::is_alphabetic));
    for words in [&mut first, &mut further] {
        words.sort_unstable();
        words.dedup();
    }
    (first, further)
}

/// Words that do not begin a line: these, and those of sights, facts and events.
fn further_words(more: &[&[&'static str]]) -> Vec<&'static str> {
    let mut further = vec!["within", "after", "for"];
    for (first, behind) in [words(SIGHTS), words(FACTS), words(EVENTS)] {
        further.extend(first.into_iter().chain(behind));
    }
    further.extend(more.concat());
    further.sort_unstable();
    further.dedup();
    further
}

/// A TextMate grammar of scenarios.
pub fn grammar() -> String {
    const NAME: &str = r"\{[^}\s]+\}|[\p{L}_][\p{L}\p{N}_-]*";
    let any = |words: &[&str]| words.join("|");
    let scope = |name: &str| json!({ "name": format!("{name}.talk") });
    let (head, head_further) = words(HEAD);
    let (steps, steps_further) = words(STEPS);
    let (deeds, deeds_further) = words(DEEDS);
    let (parts, parts_further) = words(CARD_PARTS);
    let further = further_words(&[
        &head_further,
        &steps_further,
        &deeds_further,
        &parts_further,
    ]);
    let include = |names: &[&str]| -> Vec<Value> {
        names
            .iter()
            .map(|name| json!({ "include": format!("#{name}") }))
            .collect()
    };
    let line = |begin: String, captures: Value, inner: &[&str]| json!({ "begin": begin, "beginCaptures": captures, "end": "$", "patterns": include(inner) });
    let words_of_line = [
        "several", "string", "regex", "span", "id", "tag", "value", "number", "word",
    ];
    let grammar = json!({
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "handset scenario",
        "scopeName": "source.talk",
        "fileTypes": ["talk"],
        "patterns": include(&["comment", "several", "turn", "text", "head", "step", "act", "part", "row"]),
        "repository": {
            "comment": { "match": r"^\s*#.*$", "name": "comment.line.number-sign.talk" },
            "several": {
                "begin": "\"\"\"\\s*$", "end": "^\\s*\"\"\"\\s*$",
                "name": "string.quoted.triple.talk", "patterns": include(&["value"])
            },
            "turn": line(
                format!(r"^\s*(?:(maybe|if)\s+)?({NAME})((?:\s+(?:within|after)\s+[0-9a-z.]+)*)\s*(:)\s*"),
                json!({
                    "1": scope("keyword.control"),
                    "2": scope("entity.name.function"),
                    "3": { "patterns": include(&["span", "word"]) },
                    "4": scope("punctuation.separator")
                }),
                &["several", "string", "regex", "anything", "value"],
            ),
            "text": line(
                r"^\s*(title|note|scene)\b".to_owned(),
                json!({ "1": scope("keyword.control") }),
                &["tag", "value"],
            ),
            "head": line(
                format!(r"^\s*({})\b", any(&head)),
                json!({ "1": scope("keyword.other") }),
                &words_of_line,
            ),
            "step": line(
                format!(r"^\s*(?:(maybe|if)\s+)?({})\b", any(&steps)),
                json!({ "1": scope("keyword.control"), "2": scope("keyword.control") }),
                &words_of_line,
            ),
            "act": line(
                format!(r"^\s*(?:(maybe|if)\s+)?({NAME})\s+({}|sees)\b", any(&deeds)),
                json!({
                    "1": scope("keyword.control"),
                    "2": scope("entity.name.function"),
                    "3": scope("support.function")
                }),
                &words_of_line,
            ),
            "part": line(
                format!(r"^\s*({}|[0-9]+\s+cards)\b", any(&parts)),
                json!({ "1": scope("support.type") }),
                &words_of_line,
            ),
            "row": { "match": r"\|", "name": "punctuation.separator.table.talk" },
            "string": {
                "begin": "=?\"", "end": "\"|$", "name": "string.quoted.double.talk",
                "patterns": [{ "match": r#"\\(?:["\\nt]|u\{[0-9A-Fa-f]+\})"#, "name": "constant.character.escape.talk" }, { "include": "#value" }]
            },
            "regex": { "match": r"(?<=\s)/(?:\\.|[^/\\])+/i?(?=\s|$)", "name": "string.regexp.talk" },
            "anything": { "match": r"…|\.\.\.", "name": "constant.language.talk" },
            "value": {
                "match": r"\{\{|\{(?:\?[\p{L}_][\p{L}\p{N}_-]*(?::/(?:\\.|[^/\\]|/(?!\}))*/)?|env:[\p{L}_][\p{L}\p{N}_-]*|[\p{L}_][\p{L}\p{N}_.-]*)\}",
                "name": "variable.other.talk"
            },
            "span": { "match": r"\b[0-9]+(?:\.[0-9]+)?(?:ms|[smhd])(?:[0-9]+(?:ms|[sm]))*\b", "name": "constant.numeric.talk" },
            "id": { "match": r"(?<=\s)#\S+", "name": "constant.other.talk" },
            "tag": { "match": r"(?<=\s)@[\p{L}_][\p{L}\p{N}_-]*", "name": "entity.name.tag.talk" },
            "number": { "match": r"\b[0-9]+\b", "name": "constant.numeric.talk" },
            "word": { "match": format!(r"\b(?:{})\b", any(&further)), "name": "keyword.other.talk" }
        }
    });
    // A value made here can always be written.
    let mut text = serde_json::to_string_pretty(&grammar).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use crate::scenario::reference::*;

    #[test]
    fn the_tables_of_the_page_are_those_of_the_program() {
        let page = page();
        let mut lines = PAGE.lines().zip(page.lines());
        let other = lines.find(|(there, printed)| there != printed);
        let anew = "`handset check --reference > docs/scenarios.md` writes it anew";
        assert_eq!(other, None, "{anew}");
        assert_eq!(PAGE.len(), page.len(), "{anew}");
        for name in PAGE
            .split(BEGIN)
            .skip(1)
            .filter_map(|rest| rest.split_once(" -->"))
        {
            assert!(
                table(name.0).lines().count() > 2,
                "the table {} is empty",
                name.0
            );
        }
    }

    #[test]
    fn every_form_and_every_fault_is_on_the_page() {
        for form in DEEDS {
            let usage = code(&form.shown());
            let row = format!("\n| {usage} |");
            assert_eq!(PAGE.matches(&row).count(), 1, "{usage}");
        }
        for kind in FaultKind::ALL {
            assert!(PAGE.contains(&format!("| {} |", kind.code())), "{kind:?}");
        }
    }

    #[test]
    fn the_grammar_is_the_one_the_program_prints() {
        let there = include_str!("../../assets/talk.tmLanguage.json");
        let anew = "`handset check --grammar > assets/talk.tmLanguage.json` writes it anew";
        assert!(there == grammar(), "{anew}");
    }
}
