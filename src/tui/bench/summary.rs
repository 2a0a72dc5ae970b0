//! A wire entry told in one row, and the text the filter searches.

use std::{fmt::Write as _, time::Duration};

use serde_json::Value;

use crate::domain::{
    exchange::{Entry, EntryKind, Exchange, Outcome},
    inbound::{Hook, Verdict},
    text::SafeText,
    time::Timestamp,
};

/// Bytes of a body that are parsed for its row.
const MOST_PARSED: usize = 64 * 1024;

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
    pub(crate) what: String,
    /// Status and time, set to the right.
    pub(crate) end: String,
    pub(crate) tone: Tone,
}

/// Text from outside as it may stand in one row.
pub(crate) fn one_line(foreign: &str) -> String {
    SafeText::clean(foreign).as_str().replace('\n', " ")
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
    let mut what = format!("{:<4}", one_line(&call.method));
    if !endpoint.is_empty() && !endpoint.eq_ignore_ascii_case(&call.purpose) {
        what.push(' ');
        what.push_str(&one_line(endpoint));
    }
    what.push_str("  ");
    what.push_str(&one_line(&call.purpose));
    if call.attempt > 1 {
        // Writing into a string cannot fail, here and below.
        let _ = write!(what, "  try {}", call.attempt);
    }
    let (end, tone) = match &call.outcome {
        None => ("…".to_owned(), Tone::Pending),
        Some(Outcome::Answered {
            status, elapsed, ..
        }) => {
            let tone = match status {
                200..=299 => Tone::Good,
                500.. => Tone::Bad,
                _ => Tone::Warn,
            };
            (format!("{status} {:>6}", span(*elapsed)), tone)
        }
        Some(Outcome::Failed { elapsed, .. }) => (format!("✗ {:>6}", span(*elapsed)), Tone::Bad),
    };
    Summary {
        at: call.started,
        arrow: "→",
        what,
        end,
        tone,
    }
}

fn hook_summary(hook: &Hook) -> Summary {
    let mark = match hook.verdict {
        Verdict::Valid => "✓sig",
        Verdict::Invalid => "✗sig",
        Verdict::Unsigned => "✗unsigned",
    };
    let change = change(hook);
    let mut what = format!("hook {mark}  {}", says(hook, change.as_ref()));
    if let Some(sequence) = hook.sequence {
        let _ = write!(what, " #{sequence}");
    }
    let role = change
        .as_ref()
        .and_then(|change| change.pointer("/originatorMetadata/role"));
    if role.and_then(Value::as_str) == Some("CONSUMER") {
        what.push_str(" (echo)");
    }
    let tone = match (hook.verdict, hook.status) {
        (Verdict::Valid, 200..=299) => Tone::Good,
        (Verdict::Valid, _) => Tone::Warn,
        _ => Tone::Bad,
    };
    Summary {
        at: hook.request.at,
        arrow: "←",
        what,
        end: hook.status.to_string(),
        tone,
    }
}

/// The first change of a notification; none of a body too long to be one.
fn change(hook: &Hook) -> Option<Value> {
    if hook.request.body.len() > MOST_PARSED {
        return None;
    }
    let mut body: Value = serde_json::from_slice(&hook.request.body).ok()?;
    body.pointer_mut("/body/changes/0").map(Value::take)
}

/// The event a hook brings, in the words of the API.
fn says(hook: &Hook, change: Option<&Value>) -> String {
    let Some(change) = change else {
        let kind = hook.kind.as_deref().unwrap_or("not a notification");
        return one_line(kind);
    };
    let text = |path: &str| change.pointer(path).and_then(Value::as_str);
    let Some(kind) = text("/event/type") else {
        let kind = hook.kind.as_deref().unwrap_or("notification");
        let stage = text("/result/conversationDetails/stage").unwrap_or("");
        return one_line(format!("{} {stage}", short(kind)).trim_end());
    };
    let more = match kind {
        "AcceptStatusEvent" => {
            let list = change.pointer("/event/sequenceList");
            let list = list.map(ToString::to_string).unwrap_or_default();
            format!(" {} {list}", text("/event/status").unwrap_or(""))
        }
        "ChatStateEvent" => format!(" {}", text("/event/chatState").unwrap_or("")),
        _ => String::new(),
    };
    // With its status or state behind it, the last part of the name says nothing more.
    let kind = match kind {
        "AcceptStatusEvent" => "AcceptStatus",
        "ChatStateEvent" => "ChatState",
        kind => kind,
    };
    one_line(&format!("{kind}{more}"))
}

/// `ExConversationChange` of `cqm.ExConversationChangeNotification`.
fn short(kind: &str) -> &str {
    let kind = kind.split_once('.').map_or(kind, |(_, kind)| kind);
    kind.strip_suffix("Notification").unwrap_or(kind)
}

/// Whether an entry has a text in it; `needle` is in lower case.
pub(crate) fn mentions(entry: &Entry, summary: &Summary, needle: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(needle);
    let body = |body: &[u8]| has(&String::from_utf8_lossy(body));
    if has(&summary.what) || has(&summary.end) || summary.arrow == needle {
        return true;
    }
    match &entry.kind {
        EntryKind::Call(call) => {
            let conversation = call.conversation.as_ref();
            needle == "out"
                || has(&call.url)
                || conversation.is_some_and(|id| has(id.as_str()))
                || body(&call.body)
                || match &call.outcome {
                    Some(Outcome::Answered { body: answer, .. }) => body(answer),
                    Some(Outcome::Failed { reason, .. }) => has(reason),
                    None => false,
                }
        }
        EntryKind::Hook(hook) => {
            let conversation = hook.conversation.as_ref();
            needle == "in"
                || hook.verdict.as_str() == needle
                || conversation.is_some_and(|id| has(id.as_str()))
                || body(&hook.request.body)
        }
    }
}
