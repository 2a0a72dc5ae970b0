//! What an agent says often: the replies of `assets/replies.toml` and the
//! user's own, in `replies.toml` beside the settings.

use std::path::Path;

use serde::Deserialize;
use toml::{Spanned, Table};

use crate::config::{
    own_file::{self, OwnFileError},
    text::TextFault,
};

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The short name it is asked for by.
    pub(crate) key: String,
    /// What it says; `{name}` and `{me}` stand for the consumer's and the agent's first names.
    pub(crate) text: String,
}

impl Reply {
    /// What it says to this consumer, from this agent.
    pub(crate) fn said(&self, name: &str, me: &str) -> String {
        // In one pass: what a name holds is no place for another name.
        let mut said = String::with_capacity(self.text.len());
        let mut rest = self.text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            said.push_str(before);
            rest = if let Some(after) = after.strip_prefix("name}") {
                said.push_str(name);
                after
            } else if let Some(after) = after.strip_prefix("me}") {
                said.push_str(me);
                after
            } else {
                said.push('{');
                after
            };
        }
        said.push_str(rest);
        said
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RepliesFile {
    #[serde(default, rename = "reply")]
    replies: Vec<Spanned<Table>>,
}

pub(crate) fn embedded() -> Vec<Reply> {
    let (replies, faults) = parse("replies.toml", include_str!("../../assets/replies.toml"));
    debug_assert!(faults.is_empty(), "the embedded replies are good ones");
    replies
}

/// The embedded replies and those of a file, which need not exist; one of the file's takes the
/// place of an embedded one with its key. And why others of the file cannot be had.
pub(crate) fn all(file: &Path) -> (Vec<Reply>, Vec<OwnFileError>) {
    let mut all = embedded();
    let text = match own_file::text_if_there("file of replies", file) {
        Ok(text) => text.unwrap_or_default(),
        Err(fault) => return (all, vec![fault]),
    };
    let (own, faults) = parse(&file.display().to_string(), &text);
    for own in own {
        match all.iter_mut().find(|one| one.key == own.key) {
            Some(place) => *place = own,
            None => all.push(own),
        }
    }
    (all, faults)
}

/// Reads replies, and says what is wrong with those that are none; `file` is only named there.
pub(crate) fn parse(file: &str, text: &str) -> (Vec<Reply>, Vec<OwnFileError>) {
    let fault = |at: usize, reason: String| TextFault::at(file, text, at, reason).into();
    let of_toml = |error: &toml::de::Error, usual: usize| {
        let at = error.span().map_or(usual, |span| span.start);
        fault(at, error.message().trim().replace('\n', "; "))
    };
    let read: RepliesFile = match toml::from_str(text) {
        Ok(read) => read,
        Err(error) => return (Vec::new(), vec![of_toml(&error, 0)]),
    };
    let (mut replies, mut faults) = (Vec::new(), Vec::new());
    for table in read.replies {
        let at = table.span().start;
        let reply: Reply = match table.into_inner().try_into() {
            Ok(reply) => reply,
            Err(error) => {
                faults.push(of_toml(&error, at));
                continue;
            }
        };
        let reason = if reply.key.is_empty() || reply.key.contains(char::is_whitespace) {
            "a `key` is one word, as in key = \"hello\""
        } else if reply.text.trim().is_empty() {
            "a `text` says something"
        } else {
            replies.push(reply);
            continue;
        };
        faults.push(fault(at, format!("reply {:?}: {reason}", reply.key)));
    }
    (replies, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_put_in_once() {
        let reply = Reply {
            key: "x".to_owned(),
            text: "Hi {name}, {me} here {and} {".to_owned(),
        };
        assert_eq!(reply.said("{me}", "Kim"), "Hi {me}, Kim here {and} {");
    }

    #[test]
    fn the_users_own_take_the_place_of_those_of_their_key() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("replies.toml");
        assert_eq!(all(&file).0, embedded());
        std::fs::write(
            &file,
            "[[reply]]\nkey = \"hello\"\ntext = \"Moin\"\n[[reply]]\nkey = \"new\"\ntext = \"Neu\"\n",
        )
        .unwrap();
        let (all, faults) = all(&file);
        assert!(faults.is_empty());
        assert_eq!(all.len(), embedded().len() + 1);
        assert_eq!(all[0].text, "Moin");
        assert_eq!(all.last().unwrap().key, "new");
    }

    #[test]
    fn a_reply_with_a_fault_is_left_out_and_told_with_its_place() {
        let told = |text: &str| {
            let (_, faults) = parse("mine.toml", text);
            assert_eq!(faults.len(), 1, "{faults:?}");
            faults[0].to_string()
        };
        let missing = told("[[reply]]\nkey = \"a\"\n");
        assert!(
            missing.starts_with("mine.toml:1:1: missing field `text`"),
            "{missing}"
        );
        assert!(told("[[reply]]\nkey = \"a b\"\ntext = \"c\"\n").contains("one word"));
        assert!(told("\n\n[[replies]]\n").starts_with("mine.toml:3:"));
        let two = "[[reply]]\nkey = \"a\"\ntext = \"b\"\n\n[[reply]]\nkey = \"c\"\n";
        let (replies, faults) = parse("mine.toml", two);
        assert_eq!(replies[0].key, "a");
        assert!(
            faults[0].to_string().starts_with("mine.toml:5:"),
            "{faults:?}"
        );
    }
}
