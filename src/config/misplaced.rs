//! What may be a secret that the user wrote where a name belongs: it is not repeated.
//!
//! No rule can tell every secret from every name. What exists is a name: a variable that is set, a
//! file, a program. What does not exist is repeated only if it has the shape of a name, which no
//! generated secret has; a password made of words has it too.

use std::{env, path::Path};

/// Letters of a word in a name at most.
const LETTERS: usize = 14;
/// Digits behind such a word at most.
const DIGITS: usize = 2;
/// Stands for a name that is not repeated.
const HIDDEN: &str = "(not shown: it may be the secret itself, written where a name belongs)";

/// Whether this has the shape of a name: short words of letters in one case, with a few digits at
/// their ends, and `_`, `-`, `.` or blanks between them. One word alone is not in capitals.
pub(crate) fn is_like_a_name(text: &str) -> bool {
    let breaks = ['_', '-', '.', ' '];
    let is_word = |word: &str| {
        let letters = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let is_short = letters.len() <= LETTERS && word.len() - letters.len() <= DIGITS;
        let is_upper = letters.bytes().all(|letter| letter.is_ascii_uppercase());
        let mut letters = letters.bytes();
        let begins = letters
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic());
        let is_lower = letters.all(|letter| letter.is_ascii_lowercase());
        is_short && begins && (is_lower || (is_upper && text.contains(breaks)))
    };
    text.split(breaks).all(is_word)
}

/// The name of a variable, unless it may be a secret. One that is not set is a name when it is of
/// several words in capitals.
pub(crate) fn variable(name: &str) -> &str {
    let words = name.trim_start_matches('_');
    let is_upper = !words.bytes().any(|letter| letter.is_ascii_lowercase());
    let is_usual = is_upper && words.contains('_') && is_like_a_name(words);
    if env::var_os(name).is_some() || is_usual {
        name
    } else {
        HIDDEN
    }
}

/// The name or path of a program, unless it may be a secret.
pub(crate) fn program(name: &str) -> String {
    let searched = env::var_os("PATH").unwrap_or_default();
    let is_there =
        !name.contains('/') && env::split_paths(&searched).any(|at| at.join(name).exists());
    if is_there {
        name.to_owned()
    } else {
        path(Path::new(name))
    }
}

/// A path; of what does not exist, the parts that may be secrets are left out.
pub(crate) fn path(path: &Path) -> String {
    let there = path.ancestors().find(|at| at.symlink_metadata().is_ok());
    let there = there.unwrap_or(Path::new(""));
    let missing = path.strip_prefix(there).unwrap_or(path);
    let is_name = |part: &str| is_like_a_name(part.trim_start_matches('.'));
    let mut parts = missing.iter().map(|part| part.to_str());
    if parts.all(|part| part.is_some_and(is_name)) {
        path.display().to_string()
    } else if there.as_os_str().is_empty() {
        HIDDEN.to_owned()
    } else {
        format!("{} {HIDDEN}", there.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_repeated_and_what_may_be_a_secret_is_not() {
        for name in [
            "acme",
            "secret",
            "acme.secret",
            "Pass2",
            "secret-tool",
            "ACME_SECRET",
        ] {
            assert!(is_like_a_name(name), "{name}");
        }
        for secret in [
            "k4v9s0m2example7secret1",
            "dGhlIHNlY3JldA==",
            "KZQXJVWTPLM",
            "S3CRET",
            "eyJhbGciOi.J9",
            "",
            "schl\u{fc}ssel",
        ] {
            assert!(!is_like_a_name(secret), "{secret}");
        }
        for name in ["MISPLACED_NOT_SET", "_MISPLACED_NOT_SET2", "PATH"] {
            assert_eq!(variable(name), name);
        }
        for secret in [
            "KZQXJVWTPLM",
            "misplaced_not_set",
            "k4v9s0m2example7secret1",
            "A_1",
        ] {
            assert_eq!(variable(secret), HIDDEN);
        }
        for name in [
            "sh",
            "/bin/sh",
            "/nowhere/pass",
            "pass2",
            "/nowhere/.config/acme.secret",
        ] {
            assert_eq!(program(name), name);
        }
        for (secret, shown) in [
            ("k4v9s0m2example7secret1", HIDDEN.to_owned()),
            ("/bin/k4v9s0m2", format!("/bin {HIDDEN}")),
            ("/nowhere/k4v9/s0m2", format!("/ {HIDDEN}")),
        ] {
            assert_eq!(program(secret), shown);
            assert_eq!(path(Path::new(secret)), shown);
        }
    }
}
