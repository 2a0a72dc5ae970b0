//! What an agent says often: the replies of `assets/replies.toml` and the
//! user's own, in `replies.toml` beside the settings.

use std::path::Path;

use serde::Deserialize;

use crate::config::library::{Error, text_of};

/// One canned reply.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The short name it is asked for by.
    pub key: String,
    /// What it says; `{name}` and `{me}` stand for the consumer's and the agent's first names.
    pub text: String,
}

impl Reply {
    /// What it says to this consumer, from this agent.
    pub fn said(&self, name: &str, me: &str) -> String {
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
struct File {
    #[serde(default, rename = "reply")]
    replies: Vec<Reply>,
}

/// The embedded replies.
pub fn embedded() -> Vec<Reply> {
    parse("replies.toml", include_str!("../../assets/replies.toml"))
        .expect("the embedded replies are checked by a test")
}

/// The embedded replies and those of a file, which need not exist; one of the file's takes the
/// place of an embedded one with its key.
pub fn all(file: &Path) -> Result<Vec<Reply>, Error> {
    let mut all = embedded();
    let Some(text) = text_of(file)? else {
        return Ok(all);
    };
    for own in parse(&file.display().to_string(), &text)? {
        match all.iter_mut().find(|one| one.key == own.key) {
            Some(place) => *place = own,
            None => all.push(own),
        }
    }
    Ok(all)
}

/// Reads replies; `file` is only named in the error.
pub fn parse(file: &str, text: &str) -> Result<Vec<Reply>, Error> {
    let fault = |line: usize, reason: String| Error::Fault {
        file: file.to_owned(),
        line,
        reason,
    };
    let read: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let before = text.get(..at).unwrap_or("");
        fault(
            before.matches('\n').count() + 1,
            error.message().trim().replace('\n', "; "),
        )
    })?;
    for reply in &read.replies {
        let reason = if reply.key.is_empty() || reply.key.contains(char::is_whitespace) {
            "a `key` is one word, as in key = \"hello\""
        } else if reply.text.trim().is_empty() {
            "a `text` says something"
        } else {
            continue;
        };
        return Err(fault(1, format!("reply {:?}: {reason}", reply.key)));
    }
    Ok(read.replies)
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
        assert_eq!(all(&file).unwrap(), embedded());
        std::fs::write(
            &file,
            "[[reply]]\nkey = \"hello\"\ntext = \"Moin\"\n[[reply]]\nkey = \"new\"\ntext = \"Neu\"\n",
        )
        .unwrap();
        let all = all(&file).unwrap();
        assert_eq!(all.len(), embedded().len() + 1);
        assert_eq!(all[0].text, "Moin");
        assert_eq!(all.last().unwrap().key, "new");
    }

    #[test]
    fn faults_are_told_with_their_place() {
        let told = |text: &str| parse("mine.toml", text).unwrap_err().to_string();
        assert!(told("[[reply]]\nkey = \"a\"\n").starts_with("mine.toml:1: missing field `text`"));
        assert!(told("[[reply]]\nkey = \"a b\"\ntext = \"c\"\n").contains("one word"));
        assert!(told("\n\n[[replies]]\n").starts_with("mine.toml:3:"));
    }
}
