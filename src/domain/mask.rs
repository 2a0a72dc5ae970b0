//! What of a text nobody but its owner should see: addresses, numbers, ids, tokens, paths, hosts.
//!
//! Masked is what has the form of one of these, and whatever values are known by name. The words
//! around it stay as they are.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

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
struct Form {
    pattern: Regex,
    is_meant: fn(&str) -> bool,
}

fn form(pattern: &str, is_meant: fn(&str) -> bool) -> Form {
    Form {
        pattern: Regex::new(pattern).expect("the forms are checked by a test"),
        is_meant,
    }
}

/// An address of the web.
static ADDRESS: LazyLock<Form> =
    LazyLock::new(|| form(r#"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s<>"'│]+"#, |_| true));

/// A host, perhaps with a port and a path.
static HOST: LazyLock<Form> = LazyLock::new(|| {
    form(
        r"\b(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?:com|net|org|io|dev|app|cloud|info|biz|gov|edu|mil|local|lan|internal|example|test|invalid|localhost|[a-z]{2})\b(?::\d{1,5})?(?:/[^\s]*)?|\blocalhost(?::\d{1,5})?(?:/[^\s]*)?",
        |_| true,
    )
});

static FORMS: LazyLock<[Form; 10]> = LazyLock::new(|| {
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
            r"(?P<keep>^|[^\w•.])\+?\(?\d(?:[ .()/-]{0,2}\d){6,18}",
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

    /// The text with what is private masked.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut masked = Cow::Borrowed(text);
        for value in &self.known {
            if masked.contains(value.as_str()) {
                masked = Cow::Owned(masked.replace(value.as_str(), MASKED));
            }
        }
        masked = replaced(masked, &ADDRESS.pattern, |found| self.address(found));
        for form in FORMS.iter() {
            masked = replaced(masked, &form.pattern, |found| {
                let keep = found.name("keep").map_or("", |keep| keep.as_str());
                let whole = found.get(0).map_or("", |whole| whole.as_str());
                if (form.is_meant)(whole) {
                    format!("{keep}{MASKED}")
                } else {
                    whole.to_owned()
                }
            });
        }
        replaced(masked, &HOST.pattern, |found| self.host(found))
    }

    /// Whether something of the text is private.
    pub fn masks(&self, text: &str) -> bool {
        self.text(text) != text
    }

    /// An address: of a host that may be seen its path, of others nothing.
    fn address(&self, found: &Captures<'_>) -> String {
        let whole = found.get(0).map_or("", |whole| whole.as_str());
        let (scheme, rest) = whole.split_once("://").unwrap_or(("", whole));
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if !self.may_be_seen(host) {
            return MASKED.to_owned();
        }
        let path = rest.split(['?', '#']).next().unwrap_or_default();
        format!("{scheme}://{path}")
    }

    fn host(&self, found: &Captures<'_>) -> String {
        let whole = found.get(0).map_or("", |whole| whole.as_str());
        let host = whole.split(['/', '?', '#']).next().unwrap_or_default();
        if self.may_be_seen(host) {
            let seen = whole.split(['?', '#']).next().unwrap_or_default();
            seen.to_owned()
        } else {
            MASKED.to_owned()
        }
    }

    /// Whether a host is one of those that may be seen, or below one. Whoever writes a name before
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

/// A text with every place of a pattern replaced.
fn replaced<'a>(
    text: Cow<'a, str>,
    pattern: &Regex,
    by: impl Fn(&Captures<'_>) -> String,
) -> Cow<'a, str> {
    match pattern.replace_all(&text, &by) {
        Cow::Borrowed(_) => text,
        Cow::Owned(new) => Cow::Owned(new),
    }
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
                "see https://shop.acme.example/kettle",
            ),
            ("https://acme.example.evil.com/a", "•••"),
            ("from va.idp.liveperson.net:443 again", "from ••• again"),
            ("at 127.0.0.1:4711", "at •••"),
            ("at localhost:4711/hook", "at •••"),
            ("saved in /home/ada/handset/journal.db.", "saved in •••"),
            ("in ~/x and C:\\Users\\ada", "in ••• and •••"),
            (
                "account 55512300, participant 55512300.1234567",
                "account •••, participant •••.1234567",
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
