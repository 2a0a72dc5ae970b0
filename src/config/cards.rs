//! What an agent can show: structured content and quick replies, one JSON file
//! each, as the `event` and `metadata` of a publish request; see `rich-content` 1.
//!
//! Some are the agent's own, the others Riley's too. The user's own lie as
//! `*.json` in the folder `cards` beside the settings.

use std::path::Path;

use serde_json::Value;

use crate::{
    config::{
        own_file::{self, OwnFileError},
        text::TextFault,
    },
    domain::{rich, text::SafeText},
};

macro_rules! files {
    ($($name:literal in $folder:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../assets/", $folder, "/", $name, ".json")))),*]
    };
}

/// The embedded ones, in the order they are offered.
const EMBEDDED: &[(&str, &str)] = files![
    "offer" in "cards",
    "delivery" in "cards",
    "returns" in "cards",
    "solved" in "cards",
    "carousel" in "rich",
    "choose-one" in "rich",
    "choose-several" in "rich",
    "checklist" in "rich",
    "accordion" in "rich",
    "tabs" in "rich",
    "date" in "rich",
    "slots" in "rich",
    "cart" in "rich",
    "map" in "rich",
    "link-preview" in "rich",
];

#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// The name of its file without the ending.
    pub key: String,
    /// Its first words, for an agent who picks one.
    pub(crate) about: SafeText,
    /// The element at the root; `None` for a text with quick replies.
    pub content: Option<Value>,
    /// `quickReplies` beside it.
    pub(crate) replies: Option<Value>,
    /// The text of one without content.
    pub(crate) text: String,
    /// Top-level `metadata`.
    pub(crate) metadata: Option<Value>,
}

pub(crate) fn embedded() -> Vec<Card> {
    let read = |(key, text): &(&str, &str)| {
        parse(key, key, text).expect("the embedded cards are checked by a test")
    };
    EMBEDDED.iter().map(read).collect()
}

/// The embedded cards and the user's own in a folder, which need not exist; one of the user's
/// takes the place of an embedded one with its key. And why others of the user's cannot be had.
pub(crate) fn all(folder: &Path) -> (Vec<Card>, Vec<OwnFileError>) {
    let mut all = embedded();
    let (files, mut faults) = own_file::files("folder of cards", folder, "json");
    for file in files {
        match read(&file) {
            Ok(Some(own)) => match all.iter_mut().find(|one| one.key == own.key) {
                Some(place) => *place = own,
                None => all.push(own),
            },
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
    }
    (all, faults)
}

/// Reads the card in a file; `None` when the file is not there.
pub(crate) fn read(file: &Path) -> Result<Option<Card>, OwnFileError> {
    let key = file.file_stem().unwrap_or(file.as_os_str());
    let key = key.to_string_lossy();
    let Some(text) = own_file::text_if_there("card", file)? else {
        return Ok(None);
    };
    Ok(Some(parse(&file.display().to_string(), &key, &text)?))
}

/// Reads a card; `file` is only named in the error.
pub(crate) fn parse(file: &str, key: &str, text: &str) -> Result<Card, TextFault> {
    let fault = |place, reason: String| TextFault::in_line(file, place, reason);
    let read: Value = serde_json::from_str(text).map_err(|error| {
        let words = error.to_string();
        // Where it is stands before it already.
        let words = words
            .rsplit_once(" at line ")
            .map_or(&*words, |(words, _)| words);
        let place = (error.line(), error.column().max(1));
        fault(place, format!("this is no JSON: {words}"))
    })?;
    let event = &read["event"];
    let content = event
        .get("content")
        .filter(|_| event["type"] == "RichContentEvent");
    let text = event["message"].as_str().unwrap_or_default();
    let replies = event.get("quickReplies");
    if content.is_none() && (text.is_empty() || replies.is_none()) {
        let reason = "it shows nothing; a card is the `event` of a publish request, a \
                      RichContentEvent with its `content`, or a ContentEvent with a `message` \
                      and `quickReplies`";
        return Err(fault((1, 1), reason.to_owned()));
    }
    let mut lines = content
        .map(rich::plain::lines)
        .unwrap_or_default()
        .into_iter();
    // A picture's address tells less than the words under it.
    let words = lines.find(|line| !line.is_empty() && !line.as_str().starts_with('['));
    Ok(Card {
        key: SafeText::clean(key)
            .as_str()
            .replace(char::is_whitespace, "-"),
        about: words.unwrap_or_else(|| SafeText::clean(text)),
        content: content.cloned(),
        replies: replies.cloned(),
        text: text.to_owned(),
        metadata: read.get("metadata").cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_card_can_be_shown_and_told_from_the_others() {
        let all = embedded();
        for (at, one) in all.iter().enumerate() {
            assert!(!one.about.is_empty(), "{}", one.key);
            assert!(all[at + 1..].iter().all(|other| other.key != one.key));
        }
        let solved = all.iter().find(|one| one.key == "solved").unwrap();
        assert_eq!(solved.text, "Is that settled for you?");
        assert!(solved.content.is_none() && solved.replies.is_some());
        let offer = all.iter().find(|one| one.key == "offer").unwrap();
        assert!(offer.content.is_some() && offer.metadata.is_some());
        assert!(offer.about.as_str().contains("Fjord"), "{:?}", offer.about);
    }

    #[test]
    fn the_users_own_are_added_and_faults_told() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(all(&folder.path().join("none")).0, embedded());
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let mine =
            r#"{"event":{"type":"RichContentEvent","content":{"type":"text","text":"Mine"}}}"#;
        write("offer.json", &format!("\u{feff}{mine}\r\n"));
        write("notes.txt", "no card");
        let (read, faults) = all(folder.path());
        assert_eq!(read.len(), embedded().len());
        assert_eq!(read[0].about.as_str(), "Mine");
        assert!(faults.is_empty());
        let told = |bad: &str| {
            write("bad.json", bad);
            let (read, faults) = all(folder.path());
            assert_eq!(read[0].about.as_str(), "Mine", "the others are there");
            assert_eq!((read.len(), faults.len()), (embedded().len(), 1));
            faults[0].to_string()
        };
        let broken = told("{\n{");
        assert!(
            broken.contains("bad.json:2:1: this is no JSON: key must be a string"),
            "{broken}"
        );
        let empty = told(r#"{"event":{"type":"ContentEvent","message":"x"}}"#);
        assert!(empty.contains("it shows nothing"), "{empty}");
    }
}
