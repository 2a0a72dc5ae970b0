//! What may be shown on stage. It is a list: the brand's words and colours, the first names of
//! agents, what consumer and agents say, times. The drawing of the stage gets these types and no
//! other, so that nothing else of the program can get there.

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    config::brand::BrandPack,
    domain::{
        content::{Content, Hosted, QuickReply},
        conversation::is_closing,
        ids::{ItemId, PhoneId},
        line::{Delivery, Line, LineBody, RATED},
        mask::Mask,
        role::Role,
        text::SafeText,
    },
    tui::chat::{lines::Lines, phone::Phone},
};

/// How deep the content of a card is masked; what lies deeper is not shown.
const DEEPEST: usize = 64;

/// What the other side does, as the head tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum StagePresence {
    /// Nothing that is told: the brand's line stands there.
    #[default]
    Nothing,
    /// Somebody of this name writes.
    Typing(String),
    /// An agent of this name is there.
    Online(String),
}

/// What may be shown of a phone's conversation.
#[derive(Debug, Default)]
pub(crate) struct ShownOnStage {
    /// The lines as they are shown.
    pub(crate) lines: Lines,
    pub(crate) presence: StagePresence,
    /// The lines as they are.
    known: HashMap<ItemId, Line>,
    /// The phone they were made of, and how often its lines had changed.
    made_of: Option<(Option<PhoneId>, u64)>,
}

/// None: what is shown is made anew of the conversation.
impl Clone for ShownOnStage {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl ShownOnStage {
    /// Makes everything anew with the next look at the phone.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Takes over what a phone shows, as far as it changed; `changed` is told of each line that did.
    pub(crate) fn follow(
        &mut self,
        phone: &Phone,
        pack: &BrandPack,
        mask: &Mask,
        mut changed: impl FnMut(ItemId),
    ) {
        let name = |name: &SafeText| masked(&pack.agent_name(&name.one_line()), mask);
        let agent = phone.head.as_ref().and_then(|head| head.agent.as_ref());
        self.presence = match (&phone.typing, agent) {
            (Some(typing), _) => StagePresence::Typing(name(typing)),
            (None, Some(agent)) => StagePresence::Online(name(agent)),
            (None, None) => StagePresence::Nothing,
        };
        let source = &phone.chat.lines;
        let made_of = Some((phone.id(), source.changes()));
        if self.made_of == made_of {
            return;
        }
        let is_gone = |id: &ItemId| source.get(*id).is_none();
        if self.known.keys().any(is_gone) {
            self.forget();
        }
        for line in source.iter() {
            if self.known.get(&line.id) == Some(line) {
                continue;
            }
            changed(line.id);
            match staged(line, pack, mask) {
                Some(line) => {
                    self.lines.put(line);
                }
                None => self.lines.take_out(line.id),
            }
            self.known.insert(line.id, line.clone());
        }
        self.made_of = made_of;
    }
}

/// A text as it may be shown.
fn masked(text: &str, mask: &Mask) -> String {
    mask.text(text).into_owned()
}

fn safe(text: &SafeText, mask: &Mask) -> SafeText {
    SafeText::clean(&mask.text(text.as_str()))
}

/// A line as it may be shown; `None` for one that may not.
fn staged(line: &Line, pack: &BrandPack, mask: &Mask) -> Option<Line> {
    if line.private {
        return None;
    }
    let body = match &line.body {
        LineBody::Quiet { text } => LineBody::Quiet {
            text: SafeText::clean(&mask.text(&quiet(text.as_str(), pack)?)),
        },
        LineBody::Mine {
            content,
            delivery,
            hops,
        } => LineBody::Mine {
            content: content_of(content, mask),
            // Why something failed is nobody's business on stage: it has not arrived yet.
            delivery: match delivery {
                Delivery::Failed { .. } => Delivery::Queued,
                delivery => delivery.clone(),
            },
            hops: *hops,
        },
        LineBody::Theirs {
            author,
            name,
            content,
            answerable,
            sequence,
            ..
        } => {
            let called = match author.role {
                Role::Controller => pack.words.automatic.clone(),
                _ if name.is_empty() => pack.name.clone(),
                _ => pack.agent_name(&name.one_line()),
            };
            let name = SafeText::clean(&mask.text(&called));
            let mut author = author.clone();
            author.id = name.as_str().into();
            LineBody::Theirs {
                author,
                name,
                content: content_of(content, mask),
                dialog: "".into(),
                sequence: *sequence,
                answerable: *answerable,
            }
        }
    };
    Some(Line {
        body,
        metadata: None,
        ..line.clone()
    })
}

/// What a quiet line says in the words of the pack; `None` for what is not told on stage.
fn quiet(text: &str, pack: &BrandPack) -> Option<String> {
    let words = &pack.words;
    let named = |words: &str, name: &str| Some(words.replace("{name}", &pack.agent_name(name)));
    if is_closing(text) {
        return Some(words.closed.clone());
    }
    if let Some(rest) = text.strip_prefix(RATED) {
        let stars = rest.split_whitespace().next()?;
        return Some(words.rated.replace("{count}", stars));
    }
    if let Some(name) = text.strip_suffix(" joined the conversation") {
        return named(&words.joined, name);
    }
    if let Some(name) = text.strip_suffix(" left the conversation") {
        return named(&words.left, name);
    }
    if let Some((_, name)) = text.split_once(" handed you over to ") {
        return named(&words.handed, name);
    }
    None
}

fn content_of(content: &Content, mask: &Mask) -> Content {
    let replies = |replies: &[QuickReply]| {
        let values = replies.iter().cloned().map(Value::from);
        values
            .map(|value| QuickReply::from(value_of(value, mask, 0)))
            .collect()
    };
    match content {
        Content::Text {
            text,
            replies: offered,
        } => Content::Text {
            text: safe(text, mask),
            replies: replies(offered),
        },
        Content::File(file) => Content::File(Hosted {
            caption: safe(&SafeText::clean(file_name(file.caption.as_str())), mask),
            ..file.clone()
        }),
        Content::Rich {
            content,
            replies: offered,
        } => Content::Rich {
            content: value_of(content.clone(), mask, 0),
            replies: replies(offered),
        },
        Content::Form { title } => Content::Form {
            title: safe(title, mask),
        },
    }
}

/// The last part of what may be a path.
fn file_name(caption: &str) -> &str {
    let is_path = caption.starts_with(['/', '~', '.']) || caption.contains(":\\");
    let last = caption.rsplit(['/', '\\']).next().unwrap_or(caption);
    if is_path { last } else { caption }
}

/// A card with its texts masked. The address of a picture is needed to draw it, and is not shown.
fn value_of(value: Value, mask: &Mask, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    match value {
        Value::String(text) => Value::String(mask.text(&text).into_owned()),
        Value::Array(all) => {
            let all = all.into_iter();
            Value::Array(all.map(|value| value_of(value, mask, depth + 1)).collect())
        }
        Value::Object(object) => {
            let members = object.into_iter().map(|(key, value)| match key.as_str() {
                "url" | "type" => (key, value),
                _ => (key, value_of(value, mask, depth + 1)),
            });
            Value::Object(members.collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
