//! Quick replies: ordinary buttons beside a message; see `rich-content` 5. They are read and used
//! as the buttons of structured content are.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::domain::{
    content::{Click, QuickReply},
    rich::{
        card::{Card, CardState},
        element::{Element, Kind},
        press::{Choice, Press, whole},
        read,
    },
    text::SafeText,
};

/// Quick replies kept of one message; the schema has 24.
const MOST: usize = 256;

/// The buttons of a `quickReplies` object; what is no object is none.
pub fn replies(quick: &Value) -> Vec<QuickReply> {
    let replies = quick.get("replies").and_then(Value::as_array);
    let replies = replies.into_iter().flatten();
    let buttons = replies.filter(|reply| reply.is_object());
    buttons.take(MOST).cloned().map(QuickReply::from).collect()
}

impl QuickReply {
    /// The button it is.
    pub fn button(&self) -> Element {
        read::button(&self.0)
    }

    /// What stands on it.
    pub fn title(&self) -> SafeText {
        match self.button().kind {
            Kind::Button { title, .. } => title,
            _ => SafeText::default(),
        }
    }

    /// Uses it; `chosen` and `zone` are as in [`Card::press`].
    pub fn press(&self, chosen: &BTreeMap<usize, Choice>, zone: &TimeZone) -> Press {
        let root = self.button();
        let part = whole(&root);
        Card { root }.press(part, &mut CardState::default(), chosen, zone)
    }

    /// What it sends; `None` when a choice is needed first, or there is nothing to send.
    pub fn click(&self) -> Option<Click> {
        match self.press(&BTreeMap::new(), &TimeZone::UTC) {
            Press::Send(click, _) => Some(click),
            _ => None,
        }
    }
}
