//! The language of the wire's filter: words, and terms as `status:4xx`, each of
//! which may be turned round by a `-` before it.
//!
//! Every term has to hold. A text in quotes is one word whatever is in it.

use crate::{
    domain::{
        exchange::{Entry, EntryKind, Outcome},
        inbound::Verdict,
        signature::Mismatch,
    },
    tui::inspector::summary::Summary,
};

/// What can be written, shown while nothing is.
pub(crate) const TERMS: &str = "words, type: dir:in status:4xx sig:bad conv: and -not";

/// What a wrong term is told.
const KNOWN: &str = "type: dir: status: sig: conv:";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    not: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    /// Somewhere in the entry; in lower case.
    Word(String),
    /// In the kind of its request or event; in lower case.
    Type(String),
    /// From us to the cloud.
    Out(bool),
    Status(Status),
    Sig(Verdict),
    /// In the id of its conversation; in lower case.
    Conv(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// Between these two, both included.
    Code(u16, u16),
    Failed,
    Pending,
}

impl Filter {
    /// Reads what was typed; the error says what is known.
    pub(crate) fn read(typed: &str) -> Result<Self, String> {
        let terms = words(typed).into_iter().map(|word| term(&word));
        Ok(Self {
            terms: terms.collect::<Result<Vec<_>, _>>()?,
        })
    }

    /// Whether it lets everything through.
    pub(crate) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether an entry passes it; `kinds` are the entry's kinds in lower case.
    pub(crate) fn passes(&self, entry: &Entry, summary: &Summary, kinds: &str) -> bool {
        self.terms
            .iter()
            .all(|term| term.test.holds(entry, summary, kinds) != term.not)
    }
}

/// A word as it was typed, and whether some of it stood in quotes.
struct Word {
    text: String,
    not: bool,
    quoted: bool,
}

/// The words of what was typed; a quote that is not closed reaches to the end.
fn words(typed: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = typed.trim_start();
    while !rest.is_empty() {
        let (not, start) = match rest.strip_prefix('-') {
            Some(start) => (true, start),
            None => (false, rest),
        };
        let quoted = start.starts_with('"');
        let (text, after) = match start.strip_prefix('"') {
            Some(inside) => inside.split_once('"').unwrap_or((inside, "")),
            None => start.split_once(char::is_whitespace).unwrap_or((start, "")),
        };
        // A lone `-` is the beginning of a term that is still being typed.
        if !text.is_empty() {
            words.push(Word {
                text: text.to_owned(),
                not,
                quoted,
            });
        }
        rest = after.trim_start();
    }
    words
}

fn term(word: &Word) -> Result<Term, String> {
    let not = word.not;
    let plain = || Test::Word(word.text.to_lowercase());
    let parts = word.text.split_once(':').filter(|(name, value)| {
        // An address has a colon too, and so has JSON.
        !word.quoted
            && !value.starts_with("//")
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphabetic())
    });
    let test = match parts {
        None => plain(),
        Some((name, value)) => {
            let lower = value.to_lowercase();
            match (name.to_ascii_lowercase().as_str(), lower.as_str()) {
                // Still being typed: everything fits so far.
                ("type" | "dir" | "status" | "sig" | "conv", "") => Test::Word(String::new()),
                ("type", _) => Test::Type(lower),
                ("conv", _) => Test::Conv(lower),
                ("dir", "in") => Test::Out(false),
                ("dir", "out") => Test::Out(true),
                ("dir", _) => return Err(format!("dir:{value} is neither dir:in nor dir:out")),
                ("sig", "ok") => Test::Sig(Verdict::Valid),
                ("sig", "bad") => Test::Sig(Verdict::Invalid(Mismatch::Secret)),
                ("sig", "none") => Test::Sig(Verdict::Unsigned),
                ("sig", _) => return Err(format!("sig:{value} is none of sig:ok, bad, none")),
                ("status", _) => Test::Status(status(&lower).ok_or_else(|| {
                    format!("status:{value} is none of status:401, 4xx, failed, pending")
                })?),
                _ => {
                    return Err(format!(
                        "{name}: is no term; there are {KNOWN} and \"words\" in quotes"
                    ));
                }
            }
        }
    };
    // A term that is still being typed excludes nothing.
    let not = not && test != Test::Word(String::new());
    Ok(Term { not, test })
}

/// `401`, `4xx`, `50x`, `failed`, `pending`; also their beginnings, while they are typed.
fn status(value: &str) -> Option<Status> {
    if "failed".starts_with(value) {
        return Some(Status::Failed);
    }
    if "pending".starts_with(value) {
        return Some(Status::Pending);
    }
    let digits = value.trim_end_matches('x');
    let number: u16 = digits.parse().ok().filter(|_| value.len() <= 3)?;
    let free = u32::try_from(3 - digits.len()).ok()?;
    let first = number.checked_mul(10u16.pow(free))?;
    Some(Status::Code(first, first + (10u16.pow(free) - 1)))
}

impl Test {
    fn holds(&self, entry: &Entry, summary: &Summary, kinds: &str) -> bool {
        match (self, &entry.kind) {
            (Self::Word(word), _) => mentions(entry, summary, word),
            (Self::Type(kind), _) => kinds.contains(kind.as_str()),
            (Self::Out(out), kind) => *out == matches!(kind, EntryKind::Call(_)),
            (Self::Sig(verdict), EntryKind::Hook(hook)) => {
                hook.verdict.as_str() == verdict.as_str()
            }
            (Self::Sig(_), EntryKind::Call(_)) => false,
            (Self::Conv(part), _) => is_of(entry, part),
            (Self::Status(status), EntryKind::Hook(hook)) => match status {
                Status::Code(first, last) => (*first..=*last).contains(&hook.status),
                Status::Failed | Status::Pending => false,
            },
            (Self::Status(status), EntryKind::Call(call)) => match (status, &call.outcome) {
                (Status::Pending, None) | (Status::Failed, Some(Outcome::Failed { .. })) => true,
                (Status::Code(first, last), Some(Outcome::Answered { status, .. })) => {
                    (*first..=*last).contains(status)
                }
                _ => false,
            },
        }
    }
}

/// Whether a text has a part in it, in whatever case; `part` is in lower case.
fn has(text: &str, part: &str) -> bool {
    if part.is_ascii() {
        holds_ascii(text.as_bytes(), part.as_bytes())
    } else {
        text.to_lowercase().contains(part)
    }
}

/// The same without making a copy of a body for each word typed.
fn holds_ascii(text: &[u8], part: &[u8]) -> bool {
    let Some((first, others)) = part.split_first() else {
        return true;
    };
    let (low, high) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == low || *byte == high) {
        let (_, after) = rest.split_at(at + 1);
        let next = after.get(..others.len());
        if next.is_some_and(|next| next.eq_ignore_ascii_case(others)) {
            return true;
        }
        rest = after;
    }
    false
}

/// Whether an entry is of a conversation with this part in its id.
fn is_of(entry: &Entry, part: &str) -> bool {
    let conversation = match &entry.kind {
        EntryKind::Call(call) => &call.conversation,
        EntryKind::Hook(hook) => &hook.conversation,
    };
    conversation
        .as_ref()
        .is_some_and(|id| has(id.as_str(), part))
}

/// Whether an entry has a text anywhere in it; `word` is in lower case.
fn mentions(entry: &Entry, summary: &Summary, word: &str) -> bool {
    let body = |body: &[u8]| {
        if word.is_ascii() {
            holds_ascii(body, word.as_bytes())
        } else {
            has(&String::from_utf8_lossy(body), word)
        }
    };
    let headers = |headers: &[(String, String)]| {
        headers
            .iter()
            .any(|(name, value)| has(name, word) || has(value, word))
    };
    if has(&summary.words(), word) || is_of(entry, word) {
        return true;
    }
    match &entry.kind {
        EntryKind::Call(call) => {
            has(&call.url, word)
                || body(&call.body)
                || headers(&call.headers)
                || match &call.outcome {
                    Some(Outcome::Answered {
                        body: answer,
                        headers: answered,
                        ..
                    }) => body(answer) || headers(answered),
                    Some(Outcome::Failed { reason, .. }) => has(reason, word),
                    None => false,
                }
        }
        EntryKind::Hook(hook) => body(&hook.request.body) || headers(&hook.request.headers),
    }
}

#[cfg(test)]
mod tests;
