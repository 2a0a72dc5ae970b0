//! What an agent can show: structured content and quick replies, one JSON file
//! each, as the `event` and `metadata` of a publish request; see `rich-content` 1.
//!
//! Some are the agent's own, the others Riley's too. The user's own lie as
//! `*.json` in the folder `cards` beside the settings.

use std::{fs, io, path::Path};

use serde_json::Value;

use crate::{
    config::library::{Error, text_of},
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

/// Something to show.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// The name of its file without the ending.
    pub key: String,
    /// Its first words, for whoever picks one.
    pub about: SafeText,
    /// The element at the root; `None` for a text with quick replies.
    pub content: Option<Value>,
    /// `quickReplies` beside it.
    pub replies: Option<Value>,
    /// The text of one without content.
    pub text: String,
    /// Top-level `metadata`.
    pub metadata: Option<Value>,
}

/// The embedded cards.
pub fn embedded() -> Vec<Card> {
    let read = |(key, text): &(&str, &str)| {
        parse(key, key, text).expect("the embedded cards are checked by a test")
    };
    EMBEDDED.iter().map(read).collect()
}

/// The embedded cards and the user's own in a folder, which need not exist; one of the user's
/// takes the place of an embedded one with its key.
pub fn all(folder: &Path) -> Result<Vec<Card>, Error> {
    let mut all = embedded();
    let fault = |cause| Error::Read {
        path: folder.display().to_string(),
        cause,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(all),
        Err(cause) => return Err(fault(cause)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(fault)?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            files.push(path);
        }
    }
    files.sort();
    for file in files {
        let Some(text) = text_of(&file)? else {
            continue;
        };
        let key = file.file_stem().unwrap_or(file.as_os_str());
        let own = parse(&file.display().to_string(), &key.to_string_lossy(), &text)?;
        match all.iter_mut().find(|one| one.key == own.key) {
            Some(place) => *place = own,
            None => all.push(own),
        }
    }
    Ok(all)
}

/// Reads a card; `file` is only named in the error.
pub fn parse(file: &str, key: &str, text: &str) -> Result<Card, Error> {
    let fault = |line, reason: String| Error::Fault {
        file: file.to_owned(),
        line,
        reason,
    };
    let read: Value = serde_json::from_str(text)
        .map_err(|error| fault(error.line(), format!("this is no JSON: {error}")))?;
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
        return Err(fault(1, reason.to_owned()));
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
        assert_eq!(all(&folder.path().join("none")).unwrap(), embedded());
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "offer.json",
            r#"{"event":{"type":"RichContentEvent","content":{"type":"text","text":"Mine"}}}"#,
        );
        write("notes.txt", "no card");
        let read = all(folder.path()).unwrap();
        assert_eq!(read.len(), embedded().len());
        assert_eq!(read[0].about.as_str(), "Mine");
        write("bad.json", "{\n{");
        let told = all(folder.path()).unwrap_err().to_string();
        assert!(told.contains("bad.json:2: this is no JSON"), "{told}");
        write(
            "bad.json",
            r#"{"event":{"type":"ContentEvent","message":"x"}}"#,
        );
        let told = all(folder.path()).unwrap_err().to_string();
        assert!(told.contains("it shows nothing"), "{told}");
    }
}
