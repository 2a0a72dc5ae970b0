//! Which commands fit what was typed, and in which order.

use crate::tui::{
    popups::palette::{Choice, Entry},
    text::fuzzy,
};

/// The commands that fit what was typed: those first whose name has words that begin so, then
/// those with such a word elsewhere, then those that have the letters in order. Among equals, and
/// while nothing is typed, what was chosen last is first.
pub(super) fn found(typed: &str, entries: Vec<Entry>, recent: &[Choice]) -> Vec<Entry> {
    let typed_words: Vec<String> = words(typed).collect();
    let begin = |text: &str| {
        let all: Vec<String> = words(text).collect();
        let begins = |typed: &String| all.iter().any(|word| word.starts_with(typed.as_str()));
        typed_words.iter().all(begins)
    };
    let score = |entry: &Entry| {
        let named = format!("{} {}", entry.label, entry.synonyms);
        let letters = fuzzy::score(typed, &entry.label);
        let rank = if begin(&entry.label) {
            3
        } else if begin(&named) {
            2
        } else if begin(&format!("{named} {}", entry.about)) {
            1
        } else {
            letters.map(|_| 0)?
        };
        let last = recent.iter().position(|choice| *choice == entry.choice);
        let last = last.map_or(0, |at| recent.len() - at);
        // Of those that merely have the letters, the best first.
        Some((rank, last, letters.filter(|_| rank == 0)))
    };
    let mut scored: Vec<_> = entries
        .into_iter()
        .filter_map(|entry| Some((score(&entry)?, entry)))
        .collect();
    // The sort keeps the order among equals.
    scored.sort_by(|(one, _), (other, _)| other.cmp(one));
    scored.into_iter().map(|(_, entry)| entry).collect()
}

/// The words of a text in small letters.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use crate::tui::{
        commands::keys::{Action, TABLE},
        popups::palette::{Choice, Entry, found::found},
    };

    fn labels(typed: &str, recent: &[Choice]) -> Vec<String> {
        let actions = TABLE.iter().filter(|row| !row.title.is_empty());
        let entries = actions.map(|row| Entry {
            about: row.about.to_owned(),
            synonyms: row.synonyms,
            ..Entry::labelled(row.title.to_owned(), Choice::Act(row.action))
        });
        let found = found(typed, entries.collect(), recent).into_iter();
        found.map(|entry| entry.label).collect()
    }

    #[test]
    fn what_people_call_things_finds_them_first() {
        for (typed, first) in [
            ("quit", "Handset: quit"),
            ("exit", "Handset: quit"),
            ("settings", "Consumer: form"),
            ("search", "Search past conversations"),
            ("history", "Search past conversations"),
            ("transfer", "Transfer: to a skill or an agent"),
            ("brand", "Theme: next"),
            ("zoom", "Panes: phone and wire, or one alone"),
            ("rate", "Conversation: close with survey"),
            ("new conv", "Conversation: new"),
            ("conv new", "Conversation: new"),
            ("flm", "Phone: flight mode"),
            ("curl", "Entry: copy as curl"),
        ] {
            let labels = labels(typed, &[]);
            assert_eq!(labels.first().map(String::as_str), Some(first), "{typed}");
        }
        assert!(labels("xyzzy", &[]).is_empty());
    }

    #[test]
    fn the_begin_of_a_word_goes_before_letters_anywhere() {
        // Of "new", Handset: new… has none; Renew-like matches come last.
        let labels = labels("end", &[]);
        let end = labels
            .iter()
            .position(|label| label.starts_with("Conversation: end"));
        let send = labels.iter().position(|label| label.contains("send"));
        assert!(end < send && send.is_some(), "{labels:?}");
    }

    #[test]
    fn what_was_chosen_last_is_on_top() {
        let recent = [Choice::Act(Action::Pocket), Choice::Act(Action::Flight)];
        let all = labels("", &recent);
        assert_eq!(
            all[..3],
            [
                "Phone: in the pocket",
                "Phone: flight mode",
                "Help: all keys and commands"
            ]
        );
        assert_eq!(labels("phone", &recent)[..2], all[..2]);
        // What fits better goes before what was chosen.
        assert_eq!(labels("flight", &recent)[0], "Phone: flight mode");
    }
}
