//! Facts of the wire: calls and webhooks, and values in them.

use serde_json::Value;

use crate::{
    domain::{
        exchange::{Exchange, Outcome},
        inbound::{Hook, Verdict},
    },
    runner::{
        condition::{Finding, Instead, Window},
        log::{PersonLog, What},
    },
    scenario::{
        matching::Wanted,
        script::{Signed, WireKind},
    },
};

/// What must have gone over the wire.
#[derive(Debug)]
pub(crate) enum WantedWire {
    Call {
        purpose: String,
        status: u16,
    },
    Hook {
        kind: String,
        signature: Option<Signed>,
    },
    Json {
        pointer: String,
        comparison: WantedComparison,
        within: WireKind,
        name: String,
    },
}

/// How a value is compared, values put in.
#[derive(Debug)]
pub(crate) enum WantedComparison {
    Equal(Value),
    Unequal(Value),
    Less(f64),
    AtMost(f64),
    More(f64),
    AtLeast(f64),
    Matches(Wanted),
    Exists,
    Absent,
}

impl WantedWire {
    pub(super) fn find(&self, log: &PersonLog, window: &Window, used: &[u64]) -> Finding {
        let mut was = Vec::new();
        for happening in log.since(window.began) {
            if used.contains(&happening.number) || !window.is_in_time(happening.at) {
                continue;
            }
            match self.is(&happening.what) {
                None => {}
                Some(Ok(())) => return window.met(happening.at, Some(happening.number)),
                Some(Err(why)) => was.push(why),
            }
        }
        let is_wrong = !was.is_empty();
        Finding::NotYet(Instead { was, is_wrong })
    }

    /// Whether this is it; else why not, and `None` of what it is not about.
    fn is(&self, what: &What) -> Option<Result<(), String>> {
        match (self, what) {
            (Self::Call { purpose, status }, What::Call(call)) if is_for(call, purpose) => {
                let answered = status_of(call);
                Some(if answered == Some(*status) {
                    Ok(())
                } else {
                    Err(call_words(call))
                })
            }
            (Self::Hook { kind, signature }, What::Hook(hook)) if is_kind(hook, kind) => {
                let fits = match (signature, hook.verdict) {
                    (None, _)
                    | (Some(Signed::Well), Verdict::Valid)
                    | (Some(Signed::Not), Verdict::Unsigned)
                    | (Some(Signed::Badly), Verdict::Invalid(_)) => true,
                    (Some(_), _) => false,
                };
                Some(if fits { Ok(()) } else { Err(hook_words(hook)) })
            }
            (
                Self::Json {
                    pointer,
                    comparison,
                    within,
                    name,
                },
                what,
            ) => {
                let bodies = match (within, what) {
                    (WireKind::Call, What::Call(call)) if is_for(call, name) => call_bodies(call),
                    (WireKind::Hook, What::Hook(hook)) if is_kind(hook, name) => {
                        vec![json(&hook.request.content())]
                    }
                    _ => return None,
                };
                let found = bodies.iter().find_map(|body| body.pointer(pointer));
                Some(if comparison.holds(found) {
                    Ok(())
                } else {
                    Err(found.map_or_else(
                        || format!("{pointer} is not there"),
                        |value| format!("{pointer} is {value}"),
                    ))
                })
            }
            _ => None,
        }
    }

    /// As reports tell it.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Call { purpose, status } => format!("call {purpose:?} with status {status}"),
            Self::Hook { kind, signature } => {
                let signature = match signature {
                    None => "",
                    Some(Signed::Well) => ", signed",
                    Some(Signed::Not) => ", unsigned",
                    Some(Signed::Badly) => ", badly signed",
                };
                format!("webhook {kind:?}{signature}")
            }
            Self::Json {
                pointer,
                comparison,
                within,
                name,
            } => {
                let within = match within {
                    WireKind::Call => "call",
                    WireKind::Hook => "webhook",
                };
                format!("{pointer} {} in {within} {name:?}", comparison.words())
            }
        }
    }
}

impl WantedComparison {
    fn holds(&self, found: Option<&Value>) -> bool {
        let number = |is: fn(&f64, &f64) -> bool, than: &f64| {
            let value = found.and_then(Value::as_f64);
            value.is_some_and(|value| is(&value, than))
        };
        match self {
            Self::Equal(wanted) => found.is_some_and(|value| same(value, wanted)),
            Self::Unequal(wanted) => found.is_some_and(|value| !same(value, wanted)),
            Self::Less(than) => number(f64::lt, than),
            Self::AtMost(than) => number(f64::le, than),
            Self::More(than) => number(f64::gt, than),
            Self::AtLeast(than) => number(f64::ge, than),
            Self::Matches(pattern) => found.is_some_and(|value| {
                let text = value.as_str().map_or_else(|| value.to_string(), Into::into);
                pattern.find(&text).is_some()
            }),
            Self::Exists => found.is_some(),
            Self::Absent => found.is_none(),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Equal(value) => format!("== {value}"),
            Self::Unequal(value) => format!("!= {value}"),
            Self::Less(than) => format!("< {than}"),
            Self::AtMost(than) => format!("<= {than}"),
            Self::More(than) => format!("> {than}"),
            Self::AtLeast(than) => format!(">= {than}"),
            Self::Matches(pattern) => format!("matches {}", pattern.shown()),
            Self::Exists => "exists".to_owned(),
            Self::Absent => "absent".to_owned(),
        }
    }
}

/// Numbers are the same by what they are worth.
fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other).is_eq(),
        _ => one == other,
    }
}

fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

/// What was sent, then what was answered.
fn call_bodies(call: &Exchange) -> Vec<Value> {
    let mut bodies = vec![json(&call.body)];
    if let Some(Outcome::Answered { body, .. }) = &call.outcome {
        bodies.push(json(body));
    }
    bodies
}

fn status_of(call: &Exchange) -> Option<u16> {
    match call.outcome {
        Some(Outcome::Answered { status, .. }) => Some(status),
        _ => None,
    }
}

/// Whether a call has this purpose: all of it, or its first words.
fn is_for(call: &Exchange, purpose: &str) -> bool {
    let (is, wanted) = (call.purpose.to_lowercase(), purpose.to_lowercase());
    let rest = is.strip_prefix(&wanted);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Whether a webhook is of this type: of the envelope, its last part, or of the event in it.
pub(super) fn is_kind(hook: &Hook, wanted: &str) -> bool {
    let kind = hook.kind.as_deref().unwrap_or_default();
    let last = kind.rsplit('.').next().unwrap_or_default();
    !wanted.is_empty() && (kind == wanted || last == wanted || event_type(hook) == wanted)
}

/// The type of the first event in a webhook; empty when there is none.
fn event_type(hook: &Hook) -> String {
    let body = json(&hook.request.content());
    let event = body.pointer("/body/changes/0/event/type");
    event.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A call on one line.
pub(super) fn call_words(call: &Exchange) -> String {
    let end = match &call.outcome {
        Some(Outcome::Answered { status, .. }) => status.to_string(),
        Some(Outcome::Failed { reason, .. }) => format!("no answer: {reason}"),
        None => "under way".to_owned(),
    };
    let attempt = match call.attempt {
        0 | 1 => String::new(),
        number => format!("  try {number}"),
    };
    format!("→ {} {}  {end}{attempt}", call.method, call.purpose)
}

/// A webhook on one line.
pub(super) fn hook_words(hook: &Hook) -> String {
    let sign = match hook.verdict {
        Verdict::Valid => "signed",
        Verdict::Unsigned => "unsigned",
        Verdict::Invalid(_) => "badly signed",
    };
    let event = event_type(hook);
    let name = match (event.as_str(), hook.kind.as_deref()) {
        ("", Some(kind)) => kind.to_owned(),
        ("", None) => "no notification".to_owned(),
        (event, _) => event.to_owned(),
    };
    let detail = event_detail(hook);
    let number = hook
        .sequence
        .map_or(String::new(), |number| format!(" [{number}]"));
    format!("← hook {name}{detail}{number}  {sign}")
}

/// What the event of a webhook says in a word: a status, a chat state.
fn event_detail(hook: &Hook) -> String {
    let body = json(&hook.request.content());
    let event = body.pointer("/body/changes/0/event");
    let word = event.and_then(|event| {
        let status = event["status"].as_str();
        status.or_else(|| event["chatState"].as_str())
    });
    word.map_or(String::new(), |word| format!(" {word}"))
}
