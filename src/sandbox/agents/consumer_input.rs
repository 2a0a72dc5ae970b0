//! What a consumer did, as far as Riley answers it, read from an event of the wire.

use serde_json::Value;

/// Characters of the consumer's that Riley repeats at most.
const REPEATED: usize = 300;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConsumerInput {
    /// Words, typed or written by a button.
    Text {
        text: String,
        /// The `ExternalId` that came with them.
        click: Option<String>,
    },
    /// A click that has written nothing, or not yet.
    Tap {
        /// Its `ExternalId`.
        click: Option<String>,
    },
    File {
        /// For example `PNG`.
        kind: String,
        path: String,
        /// How large it is, if that can be found out.
        bytes: Option<u64>,
    },
    /// A rating, from 1 to 5; `None` when it was skipped.
    Rating(Option<u8>),
    /// Something that is no answer to anything, for example structured content.
    Odd,
}

impl ConsumerInput {
    /// What an event of the consumer's says; `None` for what asks for no answer.
    pub(crate) fn of(event: &Value, metadata: Option<&Value>) -> Option<Self> {
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        match text("type")? {
            "AcceptStatusEvent" if text("status") == Some("ACTION") => Some(Self::Tap {
                click: click_of(metadata),
            }),
            "ContentEvent" => Some(match event.get("message") {
                Some(Value::String(words)) => Self::Text {
                    text: words.clone(),
                    click: click_of(metadata),
                },
                Some(Value::Object(file)) if text("contentType") == Some("hosted/file") => {
                    let text = |name: &str| file.get(name).and_then(Value::as_str);
                    Self::File {
                        kind: text("fileType").unwrap_or("unknown").to_owned(),
                        path: text("relativePath").unwrap_or_default().to_owned(),
                        bytes: None,
                    }
                }
                _ => Self::Odd,
            }),
            "RichContentEvent" => Some(Self::Odd),
            _ => None,
        }
    }

    /// A line of the script with what the consumer did put into it.
    pub(crate) fn put_into(&self, line: &str) -> String {
        match self {
            Self::Text { text, click } => line
                .replace("{click}", &click.as_deref().map_or_else(nameless, cut))
                .replace("{text}", &cut(text)),
            Self::Tap { click } => {
                line.replace("{click}", &click.as_deref().map_or_else(nameless, cut))
            }
            Self::File { kind, bytes, .. } => {
                let size = bytes.map(|bytes| format!(", {}", size(bytes)));
                line.replace("{size}", &size.unwrap_or_default())
                    .replace("{kind}", &cut(kind))
            }
            Self::Rating(stars) => {
                let stars = match stars.unwrap_or_default() {
                    1 => "1 star".to_owned(),
                    stars => format!("{stars} stars"),
                };
                line.replace("{stars}", &stars)
            }
            Self::Odd => line.to_owned(),
        }
    }

    /// The first whole number in the words.
    pub(crate) fn number(&self) -> Option<u32> {
        let Self::Text { text, .. } = self else {
            return None;
        };
        text.split(|c: char| !c.is_ascii_digit())
            .find(|run| !run.is_empty())
            .map(|run| run.parse().unwrap_or(u32::MAX))
    }
}

fn nameless() -> String {
    "something without an ExternalId".to_owned()
}

/// Not repeated at any length: an echo must stay a short message.
fn cut(text: &str) -> String {
    match text.char_indices().nth(REPEATED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn size(bytes: u64) -> String {
    if bytes < 1000 {
        format!("{bytes} bytes")
    } else {
        format!("{} kB", bytes.saturating_add(500) / 1000)
    }
}

/// The `ExternalId` of a click; see `rich-content` 7.
fn click_of(metadata: Option<&Value>) -> Option<String> {
    let entries = metadata?.as_array()?;
    let id = entries
        .iter()
        .find(|entry| entry.get("type").and_then(Value::as_str) == Some("ExternalId"))?;
    Some(id.get("id")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_asks_for_an_answer_is_heard_and_nothing_else_is() {
        let metadata =
            json!([{ "type": "BotResponse" }, { "type": "ExternalId", "id": "add-blue" }]);
        let input = |event: Value| ConsumerInput::of(&event, Some(&metadata));
        let click = Some("add-blue".to_owned());
        assert_eq!(
            input(json!({ "type": "AcceptStatusEvent", "status": "ACTION", "sequenceList": [6] })),
            Some(ConsumerInput::Tap {
                click: click.clone()
            })
        );
        assert_eq!(
            input(json!({ "type": "ContentEvent", "contentType": "text/plain", "message": "Yes" })),
            Some(ConsumerInput::Text {
                text: "Yes".to_owned(),
                click
            })
        );
        let file = json!({ "type": "ContentEvent", "contentType": "hosted/file",
            "message": { "relativePath": "a/b", "fileType": "PNG" } });
        let kind = "PNG".to_owned();
        assert_eq!(
            input(file),
            Some(ConsumerInput::File {
                kind,
                path: "a/b".to_owned(),
                bytes: None
            })
        );
        assert_eq!(
            input(json!({ "type": "RichContentEvent", "content": {} })),
            Some(ConsumerInput::Odd)
        );
        assert_eq!(
            input(json!({ "type": "AcceptStatusEvent", "status": "READ" })),
            None
        );
        assert_eq!(input(json!({ "message": "untyped" })), None);
    }

    #[test]
    fn an_echo_is_short_and_names_what_it_got() {
        let said = |text: &str| ConsumerInput::Text {
            text: text.to_owned(),
            click: Some("{text}".to_owned()),
        };
        assert_eq!(said("{click}").put_into("{text}"), "{click}");
        let long = said(&"é".repeat(9000)).put_into("{text}");
        assert_eq!(long.chars().count(), REPEATED + 1);
        let file = |bytes| ConsumerInput::File {
            kind: "PNG".to_owned(),
            path: String::new(),
            bytes,
        };
        assert_eq!(file(Some(48_200)).put_into("{kind}{size}"), "PNG, 48 kB");
        assert_eq!(file(Some(999)).put_into("{kind}{size}"), "PNG, 999 bytes");
        assert_eq!(file(None).put_into("{kind}{size}"), "PNG");
        let tap = ConsumerInput::Tap { click: None };
        assert_eq!(tap.put_into("{click}"), "something without an ExternalId");
        assert_eq!(
            ConsumerInput::Rating(Some(4)).put_into("{stars}"),
            "4 stars"
        );
        assert_eq!(ConsumerInput::Rating(Some(1)).put_into("{stars}"), "1 star");
    }

    #[test]
    fn a_number_is_read_from_words_however_large() {
        let number = |text: &str| {
            let text = text.to_owned();
            ConsumerInput::Text { text, click: None }.number()
        };
        assert_eq!(number("flood 20, please"), Some(20));
        assert_eq!(number("flood 99999999999999999999"), Some(u32::MAX));
        assert_eq!(number("flood"), None);
    }
}
