//! Quick replies, the buttons beside a message; see `rich-content` 5.

use serde_json::Value;

use crate::domain::{content::QuickReply, text::SafeText};

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
