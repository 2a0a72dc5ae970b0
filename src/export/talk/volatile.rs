//! What differs from one run to the next: dates, amounts, numbers, addresses. And what nobody else
//! may see.

use std::{borrow::Cow, ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

use crate::export::Redactor;

/// Stands for anything, and in the place of a secret.
pub(super) const ANYTHING: &str = "…";
/// Digits of the shortest number that counts, and of the numbers of cards.
const SHORTEST: usize = 4;
const OF_CARDS: std::ops::RangeInclusive<usize> = 13..=19;

/// A part of a text that differs from one run to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct VolatileToken {
    pub(super) range: Range<usize>,
    /// What it must look like when it is taken out; `None` of what is not taken out.
    pub(super) pattern: Option<String>,
}

/// Longer ones first: what comes first in here wins.
const VOLATILE: &str = r"(?xi)
    (?<uuid> \b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b )
  | \b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b                                            # mail
  | \bhttps?://[^\s<>\x22]*[^\s<>\x22.,;:!?)\]}'…]                              # addresses
  | \b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+
      (?:com|org|net|io|dev|app|test|example|local|cloud|info|biz|eu|de|uk|fr|nl|ch|es|pl|ru|cn|jp|br|au|ca|il)\b
      (?::\d+)?(?:/[^\s<>\x22]*[^\s<>\x22.,;:!?)\]}'…])?                        # hosts
  | \b\d{1,3}(?:\.\d{1,3}){3}\b                                                 # IPv4
  | \b\d{4}-\d{2}-\d{2}(?:[T\ ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?\b
  | \b\d{1,2}[./]\s?\d{1,2}[./]\s?(?:\d{4}|\d{2})?\b
  | \b\d{1,2}(?:st|nd|rd|th|\.)?\s(?:of\s)?MONTH(?:,?\s\d{4})?\b
  | \bMONTH\s\d{1,2}(?:st|nd|rd|th)?(?:,?\s\d{4})?\b
  | [€$£¥]\s?\d[\d.,']*\d | [€$£¥]\s?\d                                          # amounts
  | \b\d[\d.,']*\s?(?:[€£¥]|(?:EUR|USD|GBP|CHF|SEK|PLN)\b)
  | \b\d{1,2}[:.][0-5]\d(?::[0-5]\d)?(?:\s?[ap]\.?m\.?|\b)                       # times
  | \b\d{1,2}\s?[ap]m\b
  | \b\d{1,3}(?:[,.']\d{3})+(?:[.,]\d+)?\b                                      # grouped
  | (?<number> \d{4,} )
";
const MONTH: &str = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?";

static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&VOLATILE.replace("MONTH", MONTH)).expect("the pattern is a constant, and tested")
});

/// The parts of a text that differ from one run to the next, from left to right.
pub(super) fn tokens(text: &str) -> Vec<VolatileToken> {
    TOKENS
        .captures_iter(text)
        .map(|found| token(&found))
        .collect()
}

fn token(found: &Captures<'_>) -> VolatileToken {
    let pattern = if found.name("uuid").is_some() {
        Some("[0-9A-Fa-f-]{36}".to_owned())
    } else {
        let digits = found.name("number").map(|number| number.len());
        digits.map(|digits| format!(r"\d{{{digits}}}"))
    };
    VolatileToken {
        range: found.get_match().range(),
        pattern,
    }
}

/// A word for a secret, and the value behind it; a run that only looks like one; a card's number.
const SECRET: &str = r#"(?xi)
    \b(?:passwor[dt]|passwd|passphrase|api[\ _-]?key|client[\ _-]?secret|secret|pin|cvc|cvv)\b
      \s*(?:is|:|=)\s*["']?(?<value>[^\s"',;]{3,})
  | \b(?<card>\d(?:[\ -]?\d){12,18})\b
  | \b(?<key>[A-Za-z0-9_+/-]{24,}={0,2})
"#;

static SECRETS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(SECRET).expect("the pattern is a constant, and tested"));

/// A text without what looks like a secret; borrowed when there was none.
pub(super) fn masked<'a>(redactor: &Redactor, text: &'a str) -> Cow<'a, str> {
    let clean = redactor.text(text);
    let mut masked = String::new();
    let mut last = 0;
    for found in SECRETS.captures_iter(&clean) {
        let part = ["value", "card", "key"]
            .iter()
            .find_map(|name| found.name(name));
        let Some(part) = part else { continue };
        let is_secret = found.name("value").is_some()
            || found
                .name("card")
                .is_some_and(|card| is_card(card.as_str()))
            || found.name("key").is_some_and(|key| is_key(key.as_str()));
        if is_secret {
            masked.push_str(clean.get(last..part.start()).unwrap_or_default());
            masked.push_str(ANYTHING);
            last = part.end();
        }
    }
    if last == 0 {
        return clean;
    }
    masked.push_str(clean.get(last..).unwrap_or_default());
    Cow::Owned(masked)
}

/// Whether digits are the number of a payment card: their check digit says so.
fn is_card(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match at % 2 {
            0 => *digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    OF_CARDS.contains(&digits.len()) && sum.is_multiple_of(10)
}

/// Whether a run of letters and digits is a key: words and identifiers do not mix all three kinds.
fn is_key(text: &str) -> bool {
    let has = |is: fn(char) -> bool| text.chars().filter(|c| is(*c)).count() >= SHORTEST;
    has(|c| c.is_ascii_uppercase())
        && has(|c| c.is_ascii_lowercase())
        && has(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        tokens(text)
            .into_iter()
            .map(|token| text.get(token.range).unwrap())
            .collect()
    }

    #[test]
    fn what_differs_from_run_to_run_is_found() {
        for (text, tokens) in [
            ("Your order 40417 is on its way.", vec!["40417"]),
            ("Ref AB-123456, twice", vec!["123456"]),
            ("123 mugs, room 42, in 3 days", vec![]),
            (
                "id 0f8fad5b-d9cb-469f-a165-70867728950e.",
                vec!["0f8fad5b-d9cb-469f-a165-70867728950e"],
            ),
            (
                "Write to ada.q@mail.shop.test!",
                vec!["ada.q@mail.shop.test"],
            ),
            (
                "See https://shop.test/a?b=1.",
                vec!["https://shop.test/a?b=1"],
            ),
            (
                "at shop.test, or www.shop.co.uk",
                vec!["shop.test", "www.shop.co.uk"],
            ),
            ("Wait.It is here. e.g. this", vec![]),
            ("on 2026-11-30T14:05:09Z", vec!["2026-11-30T14:05:09Z"]),
            ("am 30.11.2026 um 14:05", vec!["30.11.2026", "14:05"]),
            ("11/30/2026 at 2:05 pm", vec!["11/30/2026", "2:05 pm"]),
            (
                "30 November 2026, or Nov 30th",
                vec!["30 November 2026", "Nov 30th"],
            ),
            ("It may take 5 days", vec![]),
            ("by 5pm", vec!["5pm"]),
            (
                "€ 12.50, $5, 12,50 €, 9.99 EUR",
                vec!["€ 12.50", "$5", "12,50 €", "9.99 EUR"],
            ),
            ("1,234,567 people", vec!["1,234,567"]),
            ("from 10.0.0.1 on", vec!["10.0.0.1"]),
        ] {
            assert_eq!(found(text), tokens, "{text}");
        }
    }

    #[test]
    fn numbers_and_ids_have_a_pattern_to_be_taken_out_by() {
        let patterns = |text| -> Vec<Option<String>> {
            let tokens = tokens(text).into_iter();
            tokens.map(|token| token.pattern).collect()
        };
        assert_eq!(patterns("40417"), [Some(r"\d{5}".to_owned())]);
        assert_eq!(patterns("5pm"), [None]);
    }

    #[test]
    fn what_looks_like_a_secret_is_masked() {
        let redactor = Redactor::default();
        for (text, clean) in [
            ("my password is hunter2, ok?", "my password is …, ok?"),
            ("Passwort: geheim!", "Passwort: …"),
            ("pay with 4111 1111 1111 1111 please", "pay with … please"),
            ("order 4111 1111 1111 1112", "order 4111 1111 1111 1112"),
            ("key sk_live_51HxABCDefgh1234567890", "key …"),
            (
                "a-very-long-word-with-many-parts",
                "a-very-long-word-with-many-parts",
            ),
            ("the secret of good coffee", "the secret of good coffee"),
            ("client_secret=abc", "client_secret=…"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(masked(&redactor, text), clean, "{text}");
        }
    }
}
