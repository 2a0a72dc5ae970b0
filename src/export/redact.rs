//! Takes out what nobody else may see: tokens, secrets, and what makes an
//! address secret.
//!
//! What the journal has of our calls is free of them already. This is for what
//! it has from others, for what a tester wrote by hand, and for the log.

use std::borrow::Cow;

use serde_json::Value;

use crate::domain::json::{self, Kind};

/// What stands in the place of a secret.
const HIDDEN: &str = "…";
/// Headers whose value is a token or as good as one.
const HEADERS: [&str; 5] = [
    "authorization",
    "proxy-authorization",
    "x-lp-on-behalf",
    "cookie",
    "set-cookie",
];
/// Members, parameters and form fields whose value is secret.
const NAMES: [&str; 8] = [
    "access_token",
    "refresh_token",
    "id_token",
    "token",
    "client_secret",
    "temp_url_sig",
    "authorization",
    "x-lp-on-behalf",
];
/// How a base64url-encoded JSON object begins, and with it every AppJWT and ConsumerJWS.
const TOKEN: &str = "eyJ";
/// What is shorter is no token.
const SHORTEST_TOKEN: usize = 20;
/// What is shorter cannot be told from other words.
const SHORTEST_SECRET: usize = 8;

/// Knows what is not to be seen.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    hidden: Vec<Exact>,
}

/// A text hidden wherever it stands; Debug prints nothing of it.
#[derive(Clone)]
struct Exact(String);

impl std::fmt::Debug for Exact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Redactor {
    /// Hides tokens and secrets that can be told by their look or their name, and these texts,
    /// such as the listener's path, wherever they stand. Very short texts are not looked for.
    pub fn new(hidden: impl IntoIterator<Item = String>) -> Self {
        let hidden = hidden
            .into_iter()
            .filter(|text| text.len() >= SHORTEST_SECRET);
        Self {
            hidden: hidden.map(Exact).collect(),
        }
    }

    /// A text without its secrets.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut clean = Cow::Borrowed(text);
        for Exact(hidden) in &self.hidden {
            if clean.contains(hidden) {
                clean = Cow::Owned(clean.replace(hidden, HIDDEN));
            }
        }
        if clean.contains(TOKEN) {
            clean = Cow::Owned(without_tokens(&clean));
        }
        if let Cow::Owned(named) = without_named(&clean) {
            clean = Cow::Owned(named);
        }
        clean
    }

    /// The value of a header.
    pub fn header<'a>(&self, name: &str, value: &'a str) -> Cow<'a, str> {
        if HEADERS
            .iter()
            .any(|hidden| name.eq_ignore_ascii_case(hidden))
        {
            Cow::Borrowed(HIDDEN)
        } else {
            self.text(value)
        }
    }

    /// A body without its secrets; every other byte of it is as it was.
    pub fn body<'a>(&self, body: &'a [u8]) -> Cow<'a, [u8]> {
        if let Some(json) = json::valid(body) {
            return Cow::Owned(self.json(json).into_bytes());
        }
        match self.text(&String::from_utf8_lossy(body)) {
            Cow::Borrowed(_) => Cow::Borrowed(body),
            Cow::Owned(clean) => Cow::Owned(clean.into_bytes()),
        }
    }

    /// A valid JSON text, token for token; a string that holds a secret is written anew.
    fn json(&self, json: &str) -> String {
        let mut clean = String::with_capacity(json.len());
        let mut is_secret = false;
        for token in json::tokens(json) {
            clean.push_str(token.gap);
            // A lone surrogate is in no text, so such a string is searched as it is written.
            let said: String = match token.kind {
                Kind::Name | Kind::Text => serde_json::from_str(token.text)
                    .unwrap_or_else(|_| token.text.trim_matches('"').to_owned()),
                _ => String::new(),
            };
            let hidden = match self.text(&said) {
                _ if token.kind == Kind::Text && is_secret && !said.is_empty() => {
                    Some(HIDDEN.to_owned())
                }
                Cow::Owned(hidden) => Some(hidden),
                Cow::Borrowed(_) => None,
            };
            match hidden {
                Some(hidden) => clean.push_str(&Value::from(hidden).to_string()),
                None => clean.push_str(token.text),
            }
            is_secret = match token.kind {
                Kind::Colon => is_secret,
                Kind::Name => NAMES.iter().any(|name| said.eq_ignore_ascii_case(name)),
                _ => false,
            };
        }
        clean
    }

    /// Every text inside a value, names of members included.
    pub fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Cow::Owned(clean) = self.text(text) {
                    *text = clean;
                }
            }
            Value::Array(elements) => elements.iter_mut().for_each(|inner| self.value(inner)),
            Value::Object(members) => {
                let is_clean = |name: &String| matches!(self.text(name), Cow::Borrowed(_));
                if !members.keys().all(is_clean) {
                    *members = std::mem::take(members)
                        .into_iter()
                        .map(|(name, member)| (self.text(&name).into_owned(), member))
                        .collect();
                }
                for (name, member) in members {
                    let is_secret = NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
                    match member {
                        Value::String(text) if is_secret && !text.is_empty() => {
                            HIDDEN.clone_into(text);
                        }
                        member => self.value(member),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn is_token_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Without what looks like a JWT.
fn without_tokens(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_token_part) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c| !is_token_part(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        clean.push_str(before);
        match word.find(TOKEN) {
            // Inside base64 of something else the three letters mean nothing: there are no dots.
            Some(begin) if is_token(word.split_at(begin).1) => {
                clean.push_str(word.split_at(begin).0);
                clean.push_str(HIDDEN);
            }
            _ => clean.push_str(word),
        }
        rest = after;
    }
    clean.push_str(rest);
    clean
}

fn is_token(word: &str) -> bool {
    word.len() >= SHORTEST_TOKEN && word.contains('.')
}

/// Without the values of what is secret by its name: `name=value` as in addresses and forms, and
/// `"name": "value"` as in JSON, also in JSON inside a string.
fn without_named(text: &str) -> Cow<'_, str> {
    let mut clean = String::new();
    let mut rest = text;
    while let Some((before, value, after)) = next_value(rest) {
        clean.push_str(before);
        clean.push_str(if value.is_empty() { "" } else { HIDDEN });
        rest = after;
    }
    if clean.is_empty() {
        return Cow::Borrowed(text);
    }
    clean.push_str(rest);
    Cow::Owned(clean)
}

/// The next secret value, with the text before it and the text after it.
fn next_value(text: &str) -> Option<(&str, &str, &str)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let is_quote = |c: char| matches!(c, '"' | '\'' | '\\');
    let is_blank = |c: char| c == ' ' || c == '\t';
    let mut rest = text;
    while let Some(at) = rest.find(is_name) {
        let word = rest.split_at(at).1;
        let (word, after) = word.split_at(word.find(|c| !is_name(c)).unwrap_or(word.len()));
        rest = after;
        if !NAMES.iter().any(|name| word.eq_ignore_ascii_case(name)) {
            continue;
        }
        let sign = after
            .trim_start_matches(is_quote)
            .trim_start_matches(is_blank);
        let value = match (sign.strip_prefix('='), sign.strip_prefix(':')) {
            (Some(value), _) => value,
            // Without quotes it is a number, null or prose.
            (None, Some(value)) if value.trim_start_matches(is_blank).starts_with(is_quote) => {
                value.trim_start_matches(is_blank)
            }
            _ => continue,
        };
        let (value, after) = match quoted(value) {
            Some(parts) => parts,
            None => value.split_at(value.find(ends_bare).unwrap_or(value.len())),
        };
        let begin = text.len() - after.len() - value.len();
        return Some((text.split_at(begin).0, value, after));
    }
    None
}

/// What ends a value that has no quotes around it.
fn ends_bare(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | '&' | ',' | '<' | '>')
}

/// What is between quotes, and the rest from the closing one on. Quotes of JSON inside a string
/// have backslashes before them, and so has the closing one. Without a closing one all is taken:
/// it may have been cut off.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let depth = slashes(text.chars());
    let (_, from) = text.split_at(depth);
    let quote = from.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = from.split_at(1).1;
    for (at, _) in inner.match_indices(quote) {
        // A backslash in the value is written with as many of them as the next level has.
        if slashes(inner.split_at(at).0.chars().rev()) % (2 * (depth + 1)) == depth {
            return Some(inner.split_at(at - depth));
        }
    }
    Some((inner, ""))
}

fn slashes(chars: impl Iterator<Item = char>) -> usize {
    chars.take_while(|c| *c == '\\').count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use crate::export::redact::*;

    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";

    #[test]
    fn secrets_are_taken_out_wherever_they_stand() {
        let redactor = Redactor::new(["/hook/0123456789".to_owned(), String::new()]);
        for (text, clean) in [
            ("nothing here", "nothing here"),
            ("at /hook/0123456789?", "at …?"),
            (&format!("bearer {JWT}, twice:{JWT}"), "bearer …, twice:…"),
            (
                "https://x/a?temp_url_sig=6f1d&temp_url_expires=17",
                "https://x/a?temp_url_sig=…&temp_url_expires=17",
            ),
            (
                "client_id=a&client_secret=b%20c",
                "client_id=a&client_secret=…",
            ),
            (
                r#"{"token": "opaque one", "n":{"access_token":"x"}}"#,
                r#"{"token": "…", "n":{"access_token":"…"}}"#,
            ),
            (
                r#"{"client_secret":"a\"b, <c> d\\"}"#,
                r#"{"client_secret":"…"}"#,
            ),
            (r#"{"client_secret":"cut of"#, r#"{"client_secret":"…"#),
            (r#"{"token":"","a":1}"#, r#"{"token":"","a":1}"#),
            (
                r#"{\"Client_Secret\":\"x\"}"#,
                r#"{\"Client_Secret\":\"…\"}"#,
            ),
            (
                r#"{"token":null,"expires_in":5}"#,
                r#"{"token":null,"expires_in":5}"#,
            ),
            ("my token: blue", "my token: blue"),
            ("eyJust.a word", "eyJust.a word"),
            ("token=", "token="),
        ] {
            assert_eq!(redactor.text(text), clean, "{text}");
        }
        assert_eq!(redactor.header("Authorization", "x"), "…");
        assert_eq!(redactor.header("X-LP-ON-BEHALF", "x"), "…");
        assert_eq!(
            redactor.header("x-liveperson-signature", "sha1=x"),
            "sha1=x"
        );
        let body = br#"{"token" : "opaque \ud800", "a":["\/hook\/0123456789", 1.50],"token":null}"#;
        let clean = r#"{"token" : "…", "a":["…", 1.50],"token":null}"#;
        assert_eq!(redactor.body(body), clean.as_bytes());
        assert_eq!(*redactor.body(b"\xff{"), *b"\xff{");
        assert_eq!(
            *redactor.body(b"\xfftoken=x"),
            *"\u{fffd}token=…".as_bytes()
        );
        assert!(!format!("{redactor:?}").contains("hook"));
    }

    proptest! {
        #[test]
        fn no_token_is_left_in_any_surroundings(
            before in "[a-z\"\\\\:=&{} é]{0,12}",
            after in "[\"\\\\:=&{} é]{0,12}",
        ) {
            let text = format!("{before}{JWT}{after}");
            let redactor = Redactor::default();
            let clean = redactor.text(&text).into_owned();
            prop_assert!(!clean.contains(TOKEN), "{}", clean);
            prop_assert_eq!(redactor.text(&clean), clean.as_str());
        }

        #[test]
        fn json_stays_json(text in "\\PC{0,30}") {
            let body = json!({"message": text, "list": [{"token": text}]}).to_string();
            let clean = Redactor::default().body(body.as_bytes()).into_owned();
            prop_assert!(serde_json::from_slice::<Value>(&clean).is_ok(), "{:?}", clean);
        }
    }
}
