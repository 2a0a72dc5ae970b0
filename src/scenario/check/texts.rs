//! Texts by themselves: expressions, captures, secrets.

use crate::scenario::{
    check::{
        Checker,
        cast::Cast,
        values::{Used, ValueScope},
    },
    fault::FaultKind,
    matching,
    script::{Payload, SourcePlace, Template, TextPiece},
};

/// Texts that no expression matches unless it matches everything.
const UNLIKE: [&str; 3] = ["", "x", "§ 7\n¶"];

impl Checker<'_> {
    /// A text that is waited for.
    pub(super) fn pattern(&mut self, payload: &Payload, place: SourcePlace) {
        match payload {
            Payload::Regex {
                pattern,
                ignores_case,
            } => match matching::compiled(pattern, *ignores_case) {
                Err(error) => {
                    self.tell(FaultKind::BadRegex, place, pattern, error.to_string());
                }
                Ok(regex) if UNLIKE.iter().all(|text| regex.is_match(text)) => {
                    let words = format!("`/{pattern}/` matches every text");
                    let fault = self.tell(FaultKind::MatchesEverything, place, pattern, words);
                    fault.set_help("write `…` where any text is meant");
                }
                Ok(_) => {}
            },
            Payload::Bare(text) | Payload::Quoted(text) | Payload::Exactly(text) => {
                self.captures(text, place);
            }
        }
    }

    fn captures(&mut self, text: &Template, place: SourcePlace) {
        let mut names: Vec<&str> = Vec::new();
        for piece in &text.0 {
            let TextPiece::Capture { name, pattern } = piece else {
                continue;
            };
            if names.contains(&name.as_str()) {
                let words = format!("`{{?{name}}}` stands twice in one text");
                let fault = self.tell(FaultKind::Twice, place, &format!("{{?{name}"), words);
                fault.set_help("give each its own name");
            }
            names.push(name);
            if let Some(pattern) = pattern
                && let Err(error) = matching::compiled(pattern, false)
            {
                self.tell(FaultKind::BadRegex, place, pattern, error.to_string());
            }
        }
    }

    /// A text that somebody who is played says.
    pub(super) fn said(&mut self, payload: &Payload, place: SourcePlace) {
        let text = match payload {
            Payload::Regex { pattern, .. } => {
                let words = "a regular expression cannot be said";
                let fault = self.tell(FaultKind::Unsayable, place, pattern, words);
                fault.set_label("this person is played, so the line is said");
                fault.set_help("put the text into quotes to say it as it stands");
                return;
            }
            Payload::Bare(text) | Payload::Quoted(text) | Payload::Exactly(text) => text,
        };
        let capture = text.0.iter().find_map(|piece| match piece {
            TextPiece::Capture { name, .. } => Some(name),
            _ => None,
        });
        if let Some(name) = capture {
            let words = "nothing can be taken out of a text that is said";
            let fault = self.tell(FaultKind::Unsayable, place, &format!("{{?{name}"), words);
            fault.set_label("this person is played, so the line is said");
            fault.set_help(format!("to put a value in write `{{{name}}}`"));
        }
    }

    /// The values of a text; what it takes out is there for the steps behind it.
    pub(super) fn payload_values(
        &mut self,
        payload: &Payload,
        place: SourcePlace,
        cast: &Cast,
        scope: &mut ValueScope,
        used: &mut Used,
    ) {
        match payload {
            Payload::Bare(text) | Payload::Quoted(text) | Payload::Exactly(text) => {
                self.template(text, place, cast, scope, used);
                for piece in &text.0 {
                    if let TextPiece::Capture { name, .. } = piece {
                        used.capture(name, place);
                        scope.add(name);
                    }
                }
            }
            Payload::Regex {
                pattern,
                ignores_case,
            } => {
                // Its named groups are captures too; nobody has to use those.
                if let Ok(regex) = matching::compiled(pattern, *ignores_case) {
                    regex
                        .capture_names()
                        .flatten()
                        .for_each(|name| scope.add(name));
                }
            }
        }
    }
}

/// A word of a text that looks like a secret: a token, a key, a password with its name.
pub(crate) fn secret_in(text: &str) -> Option<&str> {
    let words = text
        .split(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | ',' | ';'));
    words.into_iter().find(|word| {
        let lower = word.to_ascii_lowercase();
        let named = [
            "password=",
            "passwd=",
            "secret=",
            "token=",
            "apikey=",
            "api_key=",
        ];
        let is_named = named.iter().any(|name| {
            let at = lower.find(name).map(|at| at + name.len());
            at.is_some_and(|at| at + 4 <= lower.len())
        });
        is_named || is_token(word)
    })
}

fn is_token(word: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "+/_-=.".contains(letter);
    if word.len() < 20 || !word.chars().all(is_plain) {
        return false;
    }
    let count = |is: fn(&char) -> bool| word.chars().filter(is).count();
    let (digits, upper, lower) = (
        count(char::is_ascii_digit),
        count(char::is_ascii_uppercase),
        count(char::is_ascii_lowercase),
    );
    let is_hex = word.len() >= 32 && word.chars().all(|letter| letter.is_ascii_hexdigit());
    let is_mixed = digits >= 3 && upper >= 3 && lower >= 3 && !word.contains("//");
    is_hex && digits < word.len() || is_mixed || word.starts_with("eyJ")
}

#[cfg(test)]
mod tests {
    use crate::scenario::check::texts::secret_in;

    #[test]
    fn what_looks_like_a_secret_is_told_from_what_does_not() {
        for secret in [
            "my token is k4V9s0M2eXample7Secret1",
            "eyJhbGciOiJIUzI1NiJ9.e30.abc",
            "password=hunter22",
            "0123456789abcdef0123456789abcdef",
        ] {
            assert!(secret_in(secret).is_some(), "{secret}");
        }
        for plain in [
            "Where is my order?",
            "550e8400-e29b-41d4-a716-446655440000",
            "https://shop.example/Mugs/Blue/12345?Ref=AbC",
            "12345678901234567890123456789012345",
            "Donaudampfschifffahrtsgesellschaft",
            "token=",
        ] {
            assert_eq!(secret_in(plain), None, "{plain}");
        }
    }
}
