//! A wire entry told in one row, and the text the filter searches.

use std::{fmt::Write as _, time::Duration};

use serde_json::Value;

use crate::{
    domain::{
        exchange::{Entry, EntryKind, Exchange, Outcome},
        inbound::{Hook, Verdict},
        text::SafeText,
        time::Timestamp,
        wire::lenient,
    },
    tui::text::width::{elided, width},
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
    /// The request's method and endpoint, or the webhook with its verdict.
    pub(crate) lead: String,
    /// The kind of request or event, left out where columns are few; ends with a blank, or empty.
    pub(crate) kind: String,
    /// What it says.
    pub(crate) says: String,
    /// What stands behind it and is never cut; begins with a blank, or empty.
    pub(crate) tail: String,
    /// Status and time, set to the right, in the same columns for every entry.
    pub(crate) end: String,
    pub(crate) tone: Tone,
}

/// Columns the lead is filled up to, so that what follows stands in one column.
const LEAD: usize = 10;

/// Columns of status and time.
pub(crate) const END: usize = 9;

/// Status and time, each in its columns.
fn end(status: &str, time: &str) -> String {
    format!("{status:>3}{time:>6}")
}

impl Summary {
    /// The row but for time, arrow and end in so many columns, of which `tail` is the last to go.
    pub(crate) fn what(&self, room: usize, kinds: bool) -> String {
        let kind = if kinds { self.kind.as_str() } else { "" };
        let start = format!("{}{kind}{}", self.lead, self.says);
        let tail = if room > width(&self.tail) {
            self.tail.as_str()
        } else {
            ""
        };
        format!("{}{tail}", elided(&start, room - width(tail)))
    }

    /// All of its words, for the filter.
    pub(crate) fn words(&self) -> String {
        format!("{}{}{}{}", self.lead, self.kind, self.says, self.tail)
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
    let mut lead = format!("{:<4}", one_line(&call.method));
    if !endpoint.is_empty() && !endpoint.eq_ignore_ascii_case(&call.purpose) {
        lead.push(' ');
        lead.push_str(&one_line(endpoint));
    }
    let purpose = one_line(&call.purpose);
    // Without a blank the kind is all there is to say.
    let (kind, says) = match purpose.split_once(' ') {
        Some((kind, says)) => (format!("{kind} "), says.to_owned()),
        None => (String::new(), purpose),
    };
    let tail = if call.attempt > 1 {
        format!("  try {}", call.attempt)
    } else {
        String::new()
    };
    let (end, tone) = match &call.outcome {
        None => (end("…", ""), Tone::Pending),
        Some(Outcome::Answered {
            status, elapsed, ..
        }) => {
            let tone = match status {
                200..=299 => Tone::Good,
                500.. => Tone::Bad,
                _ => Tone::Warn,
            };
            (end(&status.to_string(), &brief(*elapsed)), tone)
        }
        Some(Outcome::Failed { elapsed, .. }) => (end("✗", &brief(*elapsed)), Tone::Bad),
    };
    Summary {
        at: call.started,
        arrow: "→",
        lead: filled(&lead),
        kind,
        says,
        tail,
        end,
        tone,
    }
}

/// A lead with the blanks behind it.
fn filled(lead: &str) -> String {
    format!("{lead}{}", " ".repeat(LEAD.saturating_sub(width(lead)) + 1))
}

fn hook_summary(hook: &Hook) -> Summary {
    let mark = match hook.verdict {
        Verdict::Valid => "✓sig",
        Verdict::Invalid(_) => "✗sig",
        Verdict::Unsigned => "✗unsigned",
    };
    let change = change(hook);
    let (kind, says) = says(hook, change.as_ref());
    let mut tail = String::new();
    if let Some(sequence) = hook.sequence {
        // Writing into a string cannot fail.
        let _ = write!(tail, " #{sequence}");
    }
    let role = change
        .as_ref()
        .and_then(|change| change.pointer("/originatorMetadata/role"));
    if role.and_then(Value::as_str) == Some("CONSUMER") {
        tail.push_str(" (echo)");
    }
    let tone = match (hook.verdict, hook.status) {
        (Verdict::Valid, 200..=299) => Tone::Good,
        (Verdict::Valid, _) => Tone::Warn,
        _ => Tone::Bad,
    };
    Summary {
        at: hook.request.at,
        arrow: "←",
        lead: filled(&format!("hook {mark}")),
        kind,
        says,
        tail,
        end: end(&hook.status.to_string(), ""),
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

/// The event a hook brings, in the words of the API: its kind and what it says.
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
            stage => (format!("{kind} "), one_line(&format!("stage {stage}"))),
        };
    };
    // With its status or state behind it, the last part of the name says nothing more.
    let (kind, says) = match (kind, text("/event/status"), text("/event/chatState")) {
        ("AcceptStatusEvent", Some(status), _) => {
            let list = change.pointer("/event/sequenceList");
            let list = list.map(ToString::to_string).unwrap_or_default();
            ("AcceptStatus ", format!("{status} {list}"))
        }
        ("ChatStateEvent", _, Some(state)) => ("ChatState ", state.to_owned()),
        _ => ("", kind.to_owned()),
    };
    (kind.to_owned(), one_line(&says))
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
    let kinds = [own, Some(summary.kind.trim_end()), event];
    let kinds: Vec<&str> = kinds.into_iter().flatten().collect();
    kinds.join("\n").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(list: &str) -> Summary {
        Summary {
            at: Timestamp(0),
            arrow: "←",
            lead: filled("hook ✓sig"),
            kind: "AcceptStatus ".to_owned(),
            says: format!("ACCEPT {list}"),
            tail: " #17 (echo)".to_owned(),
            end: end("200", ""),
            tone: Tone::Good,
        }
    }

    #[test]
    fn what_an_event_says_goes_before_its_kind_and_its_tail_before_both() {
        let short = receipt("[6]");
        assert_eq!(
            short.what(60, true),
            "hook ✓sig  AcceptStatus ACCEPT [6] #17 (echo)"
        );
        assert_eq!(short.what(33, false), "hook ✓sig  ACCEPT [6] #17 (echo)");
        let long = receipt("[6,7,8,9,10]");
        assert_eq!(long.what(33, false), "hook ✓sig  ACCEPT [6,… #17 (echo)");
        assert_eq!(long.what(8, false), "hook ✓s…");
    }

    #[test]
    fn status_and_time_take_the_same_columns_for_every_entry() {
        for (millis, shown) in [
            (18, "200  18ms"),
            (999, "200 999ms"),
            (1_250, "200  1.2s"),
            (99_999, "200 99.9s"),
            (100_000, "200  100s"),
        ] {
            let end = end("200", &brief(Duration::from_millis(millis)));
            assert_eq!((end.as_str(), width(&end)), (shown, END));
        }
        assert_eq!(width(&end("…", "")), END);
        assert_eq!(end("401", ""), "401      ");
    }
}
