//! Structured content and quick replies, read for a device that shows text.
//! See `rich-content` sections 2 to 5 and 8.
//!
//! Unknown elements and members are tolerated: an element's texts are taken
//! wherever they stand.

use serde_json::Value;

use crate::domain::{content::QuickReply, text::SafeText};

/// Lines kept of one structured content; no layout of the schema needs more.
const MOST_LINES: usize = 512;

/// Texts in order, images and links by their address, buttons by their titles.
pub fn lines(content: &Value) -> Vec<SafeText> {
    let mut lines = Vec::new();
    walk(content, &mut lines);
    lines.truncate(MOST_LINES);
    lines
}

fn walk(element: &Value, lines: &mut Vec<SafeText>) {
    let said = |key: &str| element.get(key).and_then(Value::as_str);
    let kind = said("type").unwrap_or("");
    let line = match kind {
        "text" => said("text").map(str::to_owned),
        "button" | "submitButton" => said("title").map(|title| format!("( {title} )")),
        "checkbox" => said("text").map(|text| format!("[ ] {text}")),
        "image" => Some(format!(
            "[image] {} {}",
            said("caption").unwrap_or(""),
            said("url").unwrap_or("")
        )),
        "linkPreview" => Some(format!(
            "{} {}",
            said("title").unwrap_or(""),
            said("url").unwrap_or("")
        )),
        "map" => Some(format!("[map] {}, {}", element["la"], element["lo"])),
        "template" => said("title").map(str::to_owned),
        "" if said("key").is_some() => Some(format!(
            "{}: {}",
            said("key").unwrap_or(""),
            said("value").unwrap_or("")
        )),
        _ => None,
    };
    match (line, element.get("elements").and_then(Value::as_array)) {
        (None, None) if !kind.is_empty() => {
            lines.push(SafeText::clean(&format!("[{kind}]")));
        }
        (line, elements) => {
            lines.extend(line.map(|line| SafeText::clean(line.trim_end())));
            elements
                .into_iter()
                .flatten()
                .for_each(|inner| walk(inner, lines));
        }
    }
}

/// The buttons of a `quickReplies` object; what they publish stays byte for byte.
pub fn replies(quick: &Value) -> Vec<QuickReply> {
    let Some(replies) = quick.get("replies").and_then(Value::as_array) else {
        return Vec::new();
    };
    replies
        .iter()
        .filter_map(|reply| {
            let actions = reply.pointer("/click/actions").and_then(Value::as_array);
            Some(QuickReply {
                title: SafeText::clean(reply.get("title")?.as_str()?),
                text: actions
                    .into_iter()
                    .flatten()
                    .filter(|action| action["type"] == "publishText")
                    .filter_map(|action| action.get("text")?.as_str().map(str::to_owned))
                    .collect(),
                metadata: reply.pointer("/click/metadata").cloned(),
            })
        })
        .collect()
}
