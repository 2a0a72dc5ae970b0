//! What of a text nobody but its owner should see: addresses, numbers, ids, tokens, paths, hosts.
//!
//! Masked is what has the form of one of these, and whatever values are known by name. The words
//! around it stay as they are.

use std::{borrow::Cow, ops::Range, sync::LazyLock};

use regex::Regex;

/// What stands where something is masked.
pub const MASKED: &str = "•••";

/// The shortest known value that is looked for; shorter ones are parts of words.
const SHORTEST: usize = 4;

/// What is masked besides what has the form of something private.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mask {
    /// Values that are masked wherever they stand, the longest first.
    known: Vec<String>,
    /// Hosts that may be seen, with those below them.
    hosts: Vec<String>,
}

/// The form of something private; the group `keep`, where there is one, stays before the mask.
struct PrivateForm {
    pattern: Regex,
    is_meant: fn(&str) -> bool,
}

fn form(pattern: &str, is_meant: fn(&str) -> bool) -> PrivateForm {
    PrivateForm {
        pattern: self::pattern(pattern),
        is_meant,
    }
}

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns are checked by a test")
}

/// An address of the web.
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s<>"'│•…]+"#));

/// A host, perhaps with a port and a path.
static HOST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+",
        r"(?:com|net|org|io|dev|app|cloud|info|biz|gov|edu|mil|local|lan|internal|example|test",
        r"|invalid|localhost|[a-z]{2})\b(?::\d{1,5})?(?:/[^\s│]*)?",
        r"|\blocalhost(?::\d{1,5})?(?:/[^\s│]*)?",
    ))
});

static FORMS: LazyLock<[PrivateForm; 10]> = LazyLock::new(|| {
    [
        // A mail address, also one that is cut off.
        form(
            r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*",
            |_| true,
        ),
        // A UUID, and what is left of one.
        form(
            r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}(?:-[0-9a-f]{0,12}){0,3}",
            |_| true,
        ),
        // A token of three parts, and any that is told as one.
        form(r"\beyJ[\w-]+(?:\.[\w-]*){0,2}", |_| true),
        form(
            r"(?i)(?P<keep>\b(?:bearer|basic|token)\s+)[\w.~+/=-]{8,}",
            has_digits,
        ),
        // Long runs that no word is.
        form(r"\b[\w-]{24,}={0,2}", has_digits),
        form(r"(?i)\b[0-9a-f]{12,}\b", has_digits),
        // An address of a machine.
        form(
            r"\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d{1,5})?|\[[0-9a-fA-F:]{3,}\](?::\d{1,5})?",
            |_| true,
        ),
        // An id of a participant: the account's and the user's number.
        form(r"\b\d{6,}\.\d{3,}\b", |_| true),
        // A path of a file.
        form(
            r#"(?P<keep>^|[\s("'=:│])(?:~/[^\s"'│]+|\.{0,2}/[\w.@%+-]+(?:/[\w.@%+-]*)+|[A-Za-z]:\\[^\s"'│]+)"#,
            |_| true,
        ),
        // A number of a phone, of a card, of an account.
        form(
            r"(?P<keep>^|[^\w•.])\+?\(?\d(?:(?:[ ./-]|\) ?|[ -]?\()?\d){6,18}",
            is_number_of_somebody,
        ),
    ]
});

fn has_digits(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit()) && text.contains(|c: char| c.is_ascii_alphabetic())
}

/// Whether digits are more than a date or an amount.
fn is_number_of_somebody(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '+' && c != '(');
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_date = {
        let mut parts = text.split(['-', '.', '/']);
        let lengths: Vec<usize> = parts.by_ref().take(3).map(str::len).collect();
        matches!(lengths.as_slice(), [4, 2, _] | [1 | 2, 1 | 2, 4])
    };
    let is_local = digits == 7 && text.as_bytes().get(3) == Some(&b'-');
    !is_date && (digits >= 9 || text.starts_with('+') || is_local)
}

impl Mask {
    /// The mask of these values; hosts are those that may be seen.
    pub fn new(known: impl IntoIterator<Item = String>, hosts: Vec<String>) -> Self {
        let mut known: Vec<String> = known
            .into_iter()
            .filter(|value| value.chars().count() >= SHORTEST)
            .collect();
        known.sort_by_key(|value| std::cmp::Reverse(value.len()));
        known.dedup();
        Self { known, hosts }
    }

    /// Where something private stands in a text, in order; what touches is one place.
    pub fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for value in &self.known {
            found.extend(
                text.match_indices(value.as_str())
                    .map(|(at, it)| at..at + it.len()),
            );
        }
        let mut seen: Vec<Range<usize>> = Vec::new();
        for address in ADDRESS.find_iter(text) {
            let (_, rest) = address.as_str().split_once("://").unwrap_or_default();
            let begin = address.end() - rest.len();
            match self.hidden_from(rest) {
                Some(0) => found.push(address.range()),
                hidden => {
                    let end = hidden.map_or(address.end(), |at| begin + at);
                    found.extend((end < address.end()).then_some(end..address.end()));
                    seen.push(address.start()..end);
                }
            }
        }
        for host in HOST.find_iter(text) {
            if let Some(hidden) = self.hidden_from(host.as_str()) {
                found.push(host.start() + hidden..host.end());
            }
        }
        for form in FORMS.iter() {
            for place in form.pattern.captures_iter(text) {
                let kept = place.name("keep").map_or(0, |keep| keep.len());
                let Some(whole) = place.get(0).filter(|whole| (form.is_meant)(whole.as_str()))
                else {
                    continue;
                };
                found.push(whole.start() + kept..whole.end());
            }
        }
        // The address of a host that may be seen is no token and no path.
        found.retain(|one| {
            !seen
                .iter()
                .any(|seen| seen.start <= one.start && one.end <= seen.end)
        });
        joined(found)
    }

    /// The text with what is private masked.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let ranges = self.ranges(text);
        if ranges.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut masked = String::with_capacity(text.len());
        let mut at = 0;
        for range in ranges {
            masked.push_str(text.get(at..range.start).unwrap_or_default());
            masked.push_str(MASKED);
            at = range.end;
        }
        masked.push_str(text.get(at..).unwrap_or_default());
        Cow::Owned(masked)
    }

    /// Whether something of the text is private.
    pub fn masks(&self, text: &str) -> bool {
        !self.ranges(text).is_empty()
    }

    /// From which byte on an address without its scheme is hidden: what follows a question mark on a
    /// host that may be seen, all of it on others; `None` where all of it may be seen.
    fn hidden_from(&self, rest: &str) -> Option<usize> {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if !self.may_be_seen(host) {
            return Some(0);
        }
        rest.find(['?', '#']).map(|at| at + 1)
    }

    /// Whether a host is one of those that may be seen, or below one. Somebody who writes a name before
    /// it does not make it one.
    fn may_be_seen(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let mut hosts = self.hosts.iter().map(|seen| seen.to_ascii_lowercase());
        hosts.any(|seen| {
            host == seen
                || host
                    .strip_suffix(&seen)
                    .is_some_and(|above| above.ends_with('.'))
        })
    }
}

/// Ranges in their order; those that touch or overlap are one.
fn joined(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.retain(|range| !range.is_empty());
    found.sort_by_key(|range| (range.start, range.end));
    let mut all: Vec<Range<usize>> = Vec::new();
    for range in found {
        match all.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => all.push(range),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask() -> Mask {
        let known = ["55512300", "handset-ada", "ada"].map(str::to_owned);
        Mask::new(known, vec!["acme.example".to_owned()])
    }

    #[test]
    fn what_has_a_private_form_is_masked() {
        for (text, shown) in [
            (
                "write to ada.quill+x@mail.example.com please",
                "write to ••• please",
            ),
            ("call +49 170 1234567 now", "call ••• now"),
            ("call (415) 555-0132 now", "call ••• now"),
            ("or 555-0132", "or •••"),
            ("+1 415 555 0132  04:23", "•••  04:23"),
            ("card 4111 1111 1111 1111", "card •••"),
            ("id 6f1c2a34-9b1d-4c55-8a7e-0123456789ab!", "id •••!"),
            ("6f1c2a34-9b1d-4c", "•••"),
            ("eyJhbGciOi.eyJzdWIi.c2ln", "•••"),
            (
                "Authorization: Bearer abcd1234efgh",
                "Authorization: Bearer •••",
            ),
            ("key sk_live_51Habcdefghijklmnop0123", "key •••"),
            ("at https://api.liveperson.net/x?y=1 it", "at ••• it"),
            (
                "see https://shop.acme.example/kettle?sid=9#a",
                "see https://shop.acme.example/kettle?•••",
            ),
            ("https://acme.example.evil.com/a", "•••"),
            ("from va.idp.liveperson.net:443 again", "from ••• again"),
            ("at 127.0.0.1:4711", "at •••"),
            ("at localhost:4711/hook", "at •••"),
            ("saved in /home/ada/handset/journal.db.", "saved in •••"),
            ("in ~/x and C:\\Users\\ada", "in ••• and •••"),
            (
                "account 55512300, participant 55512300.1234567",
                "account •••, participant •••",
            ),
            ("participant 77712300.1234567", "participant •••"),
            ("I am handset-ada", "I am •••"),
        ] {
            assert_eq!(mask().text(text), shown);
        }
    }

    #[test]
    fn plain_words_stay_as_they_are() {
        for text in [
            "Is the blue kettle in stock? 🎉",
            "It costs 1,234.50 € until 2026-12-01, 9:41.",
            "On 24.12.2026 or 12/24/2026, and 2026-12-24",
            "yes and/or no, 24/7, 1/2",
            "ada is short",
            "see acme.example/help or shop.acme.example",
            "Order 1234567 has 12 parts",
            "great.Thanks",
            "日本語のテキスト",
        ] {
            assert_eq!(mask().text(text), text);
            assert!(!mask().masks(text));
        }
    }
}
