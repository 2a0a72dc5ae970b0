//! A wire entry told in one row, and the text the filter searches.

use std::{fmt::Write as _, time::Duration};

use serde_json::Value;

use crate::{
    domain::{
        exchange::{Entry, EntryKind, Exchange, Outcome},
        inbound::{Hook, Verdict},
        line::Hops,
        text::SafeText,
        time::Timestamp,
        wire::lenient,
    },
    tui::text::width::{elided, width},
};

/// Bytes of a body that are parsed for its row.
const MOST_PARSED: usize = 64 * 1024;

/// Bytes of an answer that are looked at for the number it tells; one that tells one is short.
const MOST_ANSWER: usize = 4 * 1024;

/// How an entry stands, for its colour; its words say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Under way.
    Pending,
    /// As it should be.
    Good,
    /// Answered, but not with success.
    Warn,
    /// No answer, or not from the cloud.
    Bad,
}

/// One row of the wire pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) at: Timestamp,
    /// `→` for ours, `←` for the cloud's.
    pub(crate) arrow: &'static str,
    /// What the request or event says, in a word or two.
    pub(crate) says: String,
    /// What stands behind it and is never cut; begins with a blank, or empty.
    pub(crate) tail: String,
    /// The kind of request or event; empty where `says` is all there is to say.
    pub(crate) kind: String,
    /// The request's method and endpoint, or that it is a webhook, with the kind behind it: shown
    /// where there is room.
    pub(crate) lead: String,
    /// The status of the answer, or the verdict on the signature.
    pub(crate) status: String,
    /// How long the answer took; empty for a webhook.
    pub(crate) time: String,
    pub(crate) tone: Tone,
}

impl Summary {
    /// What it says in so many columns, of which `tail` is the last to go.
    pub(crate) fn what(&self, room: usize) -> String {
        let tail = if room > width(&self.tail) {
            self.tail.as_str()
        } else {
            ""
        };
        format!("{}{tail}", elided(&self.says, room - width(tail)))
    }

    /// All of its words, for the filter.
    pub(crate) fn words(&self) -> String {
        let Self {
            lead, says, tail, ..
        } = self;
        format!("{lead} {says}{tail} {} {}", self.status, self.time)
    }
}

/// Text from outside as it may stand in one row.
pub(crate) fn one_line(foreign: &str) -> String {
    SafeText::clean(foreign).one_line()
}

/// A span in the unit it reads best in.
pub(crate) fn span(span: Duration) -> String {
    let millis = span.as_millis();
    if millis < 10_000 {
        format!("{millis}ms")
    } else {
        format!("{}.{}s", millis / 1000, millis % 1000 / 100)
    }
}

/// The same in five columns, for anything below a hundred seconds.
fn brief(span: Duration) -> String {
    let millis = span.as_millis();
    match millis {
        0..1_000 => format!("{millis}ms"),
        1_000..100_000 => format!("{}.{}s", millis / 1000, millis % 1000 / 100),
        _ => format!("{}s", millis / 1000),
    }
}

/// How much later something was than what it answers: in milliseconds, or in seconds where those
/// take too many columns.
pub(crate) fn later(span: Duration) -> String {
    match span.as_millis() {
        millis @ 0..10_000 => format!("+{millis}"),
        millis => format!("+{}s", millis / 1000),
    }
}

/// When each hop of a message of ours was seen, counted from its leaving.
pub(crate) fn hops_line(hops: &Hops) -> Option<String> {
    let sent = hops.sent?;
    let mut line = "sent +0 ms".to_owned();
    for (name, at) in [
        ("answered", hops.answered),
        ("echoed", hops.echoed),
        ("accepted", hops.accepted),
        ("read", hops.read),
    ] {
        if let Some(at) = at {
            let late = at.since(sent).as_millis();
            // Writing into a string cannot fail.
            let _ = write!(line, " · {name} +{late}");
        }
    }
    Some(line)
}

/// Tells an entry in a row.
pub(crate) fn summary(entry: &Entry) -> Summary {
    match &entry.kind {
        EntryKind::Call(call) => call_summary(call),
        EntryKind::Hook(hook) => hook_summary(hook),
    }
}

fn call_summary(call: &Exchange) -> Summary {
    let path = call.url.split(['?', '#']).next().unwrap_or("");
    let endpoint = path.rsplit('/').next().unwrap_or("");
    let purpose = one_line(&call.purpose);
    // Without a blank the kind is all there is to say.
    let (kind, says) = match purpose.split_once(' ') {
        // The numbers of a receipt, as a webhook's row tells them.
        Some((kind, says)) => (kind.to_owned(), says.replace(['[', ']'], "")),
        None => (String::new(), purpose),
    };
    let lead = [&call.method, endpoint, &kind].map(one_line);
    let lead = lead.iter().filter(|part| !part.is_empty());
    let mut tail = String::new();
    // Writing into a string cannot fail, here and below.
    // What gets no number of its own is answered with 0.
    let number = sequence(call).filter(|number| *number > 0 && kind == "ms.PublishEvent");
    if let Some(sequence) = number {
        let _ = write!(tail, " #{sequence}");
    }
    if call.attempt > 1 {
        let _ = write!(tail, "  try {}", call.attempt);
    }
    let (status, time, tone) = match &call.outcome {
        None => ("…".to_owned(), String::new(), Tone::Pending),
        Some(Outcome::Answered {
            status, elapsed, ..
        }) => {
            let tone = match status {
                200..=299 => Tone::Good,
                500.. => Tone::Bad,
                _ => Tone::Warn,
            };
            (status.to_string(), brief(*elapsed), tone)
        }
        Some(Outcome::Failed { elapsed, .. }) => ("✗".to_owned(), brief(*elapsed), Tone::Bad),
    };
    Summary {
        at: call.started,
        arrow: "→",
        says,
        tail,
        lead: lead.map(String::as_str).collect::<Vec<_>>().join(" "),
        kind,
        status,
        time,
        tone,
    }
}

/// The number the cloud gave what was sent, where its answer tells one.
pub(crate) fn sequence(call: &Exchange) -> Option<u64> {
    let Some(Outcome::Answered { body, .. }) = &call.outcome else {
        return None;
    };
    if body.len() > MOST_ANSWER {
        return None;
    }
    let answer: Value = serde_json::from_slice(body).ok()?;
    answer.pointer("/body/sequence")?.as_u64()
}

fn hook_summary(hook: &Hook) -> Summary {
    let status = match (hook.verdict, hook.status) {
        (Verdict::Valid, 200..=299) => "✓sig".to_owned(),
        (Verdict::Valid, status) => format!("✓ {status}"),
        (Verdict::Invalid(_), _) => "✗sig".to_owned(),
        (Verdict::Unsigned, _) => "no sig".to_owned(),
    };
    let change = change(hook);
    let (kind, says) = says(hook, change.as_ref());
    let role = change
        .as_ref()
        .and_then(|change| change.pointer("/originatorMetadata/role"));
    let mut tail = String::new();
    if role.and_then(Value::as_str) == Some("CONSUMER") {
        tail.push_str(" (echo)");
    }
    if let Some(sequence) = hook.sequence {
        let _ = write!(tail, " #{sequence}");
    }
    let tone = match (hook.verdict, hook.status) {
        (Verdict::Valid, 200..=299) => Tone::Good,
        (Verdict::Valid, _) => Tone::Warn,
        _ => Tone::Bad,
    };
    let lead = match kind.as_str() {
        "" => "webhook".to_owned(),
        kind => format!("webhook {kind}"),
    };
    Summary {
        at: hook.request.at,
        arrow: "←",
        says,
        tail,
        lead,
        kind,
        status,
        time: String::new(),
        tone,
    }
}

/// The first change of a notification; none of a body too long to be one.
fn change(hook: &Hook) -> Option<Value> {
    if hook.request.body.len() > MOST_PARSED {
        return None;
    }
    let mut body = lenient::read(&hook.request.content()).value;
    body.pointer_mut("/body/changes/0").map(Value::take)
}

/// The event a hook brings: its kind in the words of the API, and what it says.
fn says(hook: &Hook, change: Option<&Value>) -> (String, String) {
    let Some(change) = change else {
        let kind = hook.kind.as_deref().unwrap_or("not a notification");
        return (String::new(), one_line(kind));
    };
    let text = |path: &str| change.pointer(path).and_then(Value::as_str);
    let Some(kind) = text("/event/type") else {
        let kind = hook.kind.as_deref().unwrap_or("notification");
        let stage = text("/result/conversationDetails/stage").unwrap_or("");
        let kind = one_line(short(kind));
        return match stage {
            "" => (String::new(), kind),
            stage => (kind, one_line(&format!("conversation {stage}"))),
        };
    };
    let says = match (kind, text("/event/status"), text("/event/chatState")) {
        ("AcceptStatusEvent", Some(status), _) => {
            format!(
                "{status} {}",
                numbers(change.pointer("/event/sequenceList"))
            )
        }
        ("ChatStateEvent", _, Some(state)) => state.to_owned(),
        ("RichContentEvent", ..) => "card".to_owned(),
        ("ContentEvent", ..) => match text("/event/message/fileType") {
            Some(file) => format!("file {file}"),
            None => "text".to_owned(),
        },
        _ => kind.to_owned(),
    };
    (one_line(kind), one_line(says.trim_end()))
}

/// The numbers of a list, as `33,34`.
fn numbers(list: Option<&Value>) -> String {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    let numbers: Vec<String> = list.map(ToString::to_string).collect();
    numbers.join(",")
}

/// `ExConversationChange` of `cqm.ExConversationChangeNotification`.
fn short(kind: &str) -> &str {
    let kind = kind.split_once('.').map_or(kind, |(_, kind)| kind);
    kind.strip_suffix("Notification").unwrap_or(kind)
}

/// The kinds of an entry's request or event, in lower case, one a line: what `type:` looks into.
pub(crate) fn kinds(entry: &Entry, summary: &Summary) -> String {
    let (own, body, path) = match &entry.kind {
        EntryKind::Call(call) => (Some(call.purpose.as_str()), &call.body, "/body/event/type"),
        EntryKind::Hook(hook) => (
            hook.kind.as_deref(),
            &hook.request.body,
            "/body/changes/0/event/type",
        ),
    };
    let body: Option<Value> = (body.len() <= MOST_PARSED)
        .then(|| serde_json::from_slice(body).ok())
        .flatten();
    let event = body.as_ref().and_then(|body| body.pointer(path)?.as_str());
    let kinds = [own, Some(summary.kind.as_str()), event];
    let kinds: Vec<&str> = kinds.into_iter().flatten().collect();
    kinds.join("\n").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_event_says_is_cut_before_its_tail() {
        let receipt = Summary {
            at: Timestamp(0),
            arrow: "←",
            says: "ACCEPT 6,7,8,9,10".to_owned(),
            tail: " (echo) #17".to_owned(),
            kind: "AcceptStatusEvent".to_owned(),
            lead: "webhook AcceptStatusEvent".to_owned(),
            status: "✓sig".to_owned(),
            time: String::new(),
            tone: Tone::Good,
        };
        assert_eq!(receipt.what(60), "ACCEPT 6,7,8,9,10 (echo) #17");
        assert_eq!(receipt.what(22), "ACCEPT 6,7… (echo) #17");
        assert_eq!(receipt.what(8), "ACCEPT …");
    }

    #[test]
    fn times_take_no_more_than_five_columns() {
        for (millis, taken, late) in [
            (0, "0ms", "+0"),
            (18, "18ms", "+18"),
            (999, "999ms", "+999"),
            (1_250, "1.2s", "+1250"),
            (99_999, "99.9s", "+99s"),
            (100_000, "100s", "+100s"),
        ] {
            let span = Duration::from_millis(millis);
            assert_eq!(brief(span), taken);
            assert_eq!(later(span), late);
        }
    }
}
