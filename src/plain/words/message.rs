//! The lines of a transcript in words.

use std::path::Path;

use crate::{
    domain::{
        content::{Content, Hosted},
        line::{Delivery, Hops, Line, LineBody, RATED},
        rich::card::{Card, CardState},
        role::Role,
        time::Timestamp,
    },
    plain::words::{
        Say,
        card::{CardWords, NumberedPart},
        row, sentence, size, span,
    },
};

/// How messages are told here.
pub(crate) struct MessageManner<'a> {
    /// How much is told.
    pub(crate) say: Say,
    /// The time of the message, as `12:04`.
    pub(crate) time: String,
    /// The message's number in its conversation.
    pub(crate) number: u32,
    /// Whether its number is told in any case, so that it can be named.
    pub(crate) is_numbered: bool,
    /// What was done with its card.
    pub(crate) card: &'a CardState,
    /// Tells how many bytes a file on this machine has.
    pub(crate) size_of: fn(&Path) -> Option<u64>,
}

/// What is told of a line, and what of it can be used.
pub(crate) fn line(
    line: &Line,
    manner: &MessageManner<'_>,
) -> (Vec<String>, Vec<(NumberedPart, String)>) {
    let content = match &line.body {
        LineBody::Quiet { text } => return (vec![quiet(&row(text))], Vec::new()),
        LineBody::Mine { content, .. } | LineBody::Theirs { content, .. } => content,
    };
    let numbered = manner.is_numbered
        || manner.say == Say::More
        || matches!(
            line.body,
            LineBody::Mine { .. }
                | LineBody::Theirs {
                    content: Content::File(_),
                    ..
                }
        );
    let mut label = format!("{}, {}", who(line), manner.time);
    if numbered {
        label = format!("{label}, message {}", manner.number);
    }
    let mut words = CardWords::default();
    let mut rows = match content {
        Content::Text { text, .. } => {
            let mut lines = text.as_str().lines();
            let first = format!("{label}: {}", lines.next().unwrap_or_default());
            let rest = lines.map(|line| format!("  {line}"));
            std::iter::once(first).chain(rest).collect()
        }
        Content::File(file) => vec![format!("{label}: {}", hosted(file, line, manner))],
        Content::Rich { content, .. } => {
            words.card(&Card::read(content), manner.card);
            vec![format!("{label}: a card.")]
        }
        Content::Form { title } => {
            let title = row(title);
            vec![format!(
                "{label}: a secure form, {title}, which cannot be filled in here."
            )]
        }
    };
    words.replies(content.replies());
    rows.extend(words.rows);
    (rows, words.usable)
}

/// A quiet line, with the stars of a rating in words.
fn quiet(said: &str) -> String {
    let words = said;
    let stars = words.strip_prefix(RATED).map(|rest| {
        let given = rest.chars().filter(|c| *c == '★').count();
        let more = rest.trim_start_matches(['★', '☆']);
        format!("{RATED}{given} of 5{more}")
    });
    let words = stars.filter(|_| words.contains('★'));
    let words = words.unwrap_or_else(|| said.to_owned());
    // The agents' quiet lines begin small.
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    sentence(&first.chain(letters).collect::<String>())
}

/// Who wrote a line.
pub(crate) fn who(line: &Line) -> String {
    let name = match &line.body {
        LineBody::Mine { .. } => "You".to_owned(),
        LineBody::Quiet { .. } => "System".to_owned(),
        LineBody::Theirs { name, .. } if !name.is_empty() => row(name),
        LineBody::Theirs { author, .. } => match &author.role {
            Role::Consumer => "Consumer".to_owned(),
            Role::Agent => "Bot".to_owned(),
            Role::Manager => "Manager".to_owned(),
            Role::Controller => "System".to_owned(),
            Role::AssignedAgent | Role::Reader | Role::Other(_) => "Agent".to_owned(),
        },
    };
    if line.private {
        format!("Note, {name}")
    } else {
        name
    }
}

fn hosted(file: &Hosted, line: &Line, manner: &MessageManner<'_>) -> String {
    let kind = row(&file.file_type);
    let is_picture = matches!(kind.as_str(), "PNG" | "JPG" | "JPEG" | "GIF" | "WEBP");
    let mut said = format!("{} {kind}", if is_picture { "picture" } else { "file" });
    if !file.caption.is_empty() {
        said = format!("{said}, {}", row(&file.caption));
    }
    let bytes = file
        .local
        .as_deref()
        .and_then(|local| (manner.size_of)(Path::new(local)));
    if let Some(bytes) = bytes {
        said = format!("{said}, {}", size(bytes));
    }
    let said = sentence(&said);
    match line.body {
        LineBody::Theirs { .. } => format!("{said} /fetch {} saves it.", manner.number),
        _ => said,
    }
}

/// How far a message of ours has come, as far as that can be told once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ReceiptStage {
    /// Not yet at the cloud.
    #[default]
    Underway,
    /// The cloud has it.
    Sent,
    /// Somebody on the other side has it.
    Accepted,
    /// Somebody has read it.
    Read,
    /// It did not go out.
    Failed,
}

impl ReceiptStage {
    /// The stage of a delivery.
    pub(crate) fn of(delivery: &Delivery) -> Self {
        match delivery {
            Delivery::Queued | Delivery::Leaving => Self::Underway,
            Delivery::Taken | Delivery::Sent { .. } => Self::Sent,
            Delivery::Accepted { .. } => Self::Accepted,
            Delivery::Read { .. } => Self::Read,
            Delivery::Failed { .. } => Self::Failed,
        }
    }

    /// Whether nothing more comes.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Read | Self::Failed)
    }
}

/// What became of a message since the stage that was told; `by` is who read it.
pub(crate) fn receipt(
    number: u32,
    told: ReceiptStage,
    delivery: &Delivery,
    hops: &Hops,
    by: &str,
) -> String {
    let stage = ReceiptStage::of(delivery);
    if let Delivery::Failed { reason, uncertain } = delivery {
        let label = if *uncertain {
            "Perhaps not sent"
        } else {
            "Failed"
        };
        let reason = sentence(&row(reason));
        return format!("{label}: {reason} /retry {number} sends it again.");
    }
    let mut parts = Vec::new();
    if told < ReceiptStage::Sent {
        parts.push("Sent.".to_owned());
    }
    let late = |at: Option<Timestamp>| {
        let late = hops.sent.zip(at).map(|(sent, at)| at.since(sent));
        let late = late.filter(|late| late.as_millis() >= 100);
        late.map(|late| format!(" after {}", span(late)))
            .unwrap_or_default()
    };
    match stage {
        ReceiptStage::Accepted => parts.push(format!("Accepted{}.", late(hops.accepted))),
        ReceiptStage::Read => parts.push(format!("Read by {by}{}.", late(hops.read))),
        _ => {}
    }
    parts.join(" ")
}
