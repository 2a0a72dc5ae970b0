//! What a report tells of the logs: what was seen, in the order it came in.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    domain::{
        content::Content,
        exchange::{Exchange, Outcome},
        inbound::Hook,
        text::SafeText,
    },
    report::outcome::{Seen, SeenKind, StepReport},
    runner::{
        hub::HubState,
        log::{Happening, PersonLog, What, reached_word},
        play::millis,
        values::SceneValues,
        wire::{call_words, hook_words},
    },
};

/// Most of what was seen that a report lists; of more the oldest is left out.
const MOST: usize = 1000;
/// The longest body of a request or webhook in a report, in bytes.
const LONGEST: usize = 16 * 1024;

/// Everything that was seen, and how much more than that. What the steps matched is pointed to by
/// them; `matched` has it as the step, the log and the number there.
pub(super) fn seen(
    known: &HubState,
    values: &SceneValues,
    matched: &[(usize, String, u64)],
    steps: &mut [StepReport],
) -> (Vec<Seen>, usize) {
    let mut all: Vec<(&String, &Happening, Seen)> = Vec::new();
    for (whose, log) in &known.logs {
        for happening in log.all() {
            let (kind, who, text) = told(&happening.what);
            let seen = Seen {
                at_ms: millis(happening.at),
                kind,
                whose: whose.clone(),
                who,
                text: values.mask(SafeText::clean(&text).as_str()),
                entry: happening.entry.map(|entry| entry.0),
                line: happening.line,
                content: content(&happening.what),
            };
            all.push((whose, happening, seen));
        }
    }
    all.sort_by_key(|(_, happening, _)| happening.at);
    let surplus = all.len().saturating_sub(MOST);
    for (step, whose, number) in matched {
        let at = all
            .iter()
            .skip(surplus)
            .position(|(name, happening, _)| *name == whose && happening.number == *number);
        if let Some(step) = steps.get_mut(*step)
            && let Some(matched) = &mut step.matched
        {
            matched.seen = at;
        }
    }
    let listed = all.into_iter().skip(surplus).map(|(_, _, seen)| seen);
    (listed.collect(), surplus)
}

/// The message itself, where it is more than a text.
fn content(what: &What) -> Option<Content> {
    let What::Heard(message) = what else {
        return None;
    };
    let is_plain = matches!(&message.content, Content::Text { replies, .. } if replies.is_empty());
    (!is_plain).then(|| message.content.clone())
}

/// Requests and webhooks in full, by their entries' numbers, the latest of them.
pub(super) fn wire(known: &HubState, values: &SceneValues) -> BTreeMap<u64, String> {
    let all = known.logs.values().flat_map(PersonLog::all);
    let mut texts = BTreeMap::new();
    for happening in all {
        let Some(entry) = happening.entry else {
            continue;
        };
        let text = match &happening.what {
            What::Call(call) => call_text(call),
            What::Hook(hook) => hook_text(hook),
            _ => continue,
        };
        texts.insert(entry.0, values.mask(SafeText::clean(&text).as_str()));
        if texts.len() > MOST {
            texts.pop_first();
        }
    }
    texts
}

fn call_text(call: &Exchange) -> String {
    let mut text = format!("{} {}\n", call.method, call.url);
    part(&mut text, &call.headers, &call.body);
    match &call.outcome {
        Some(Outcome::Answered {
            status,
            headers,
            body,
            ..
        }) => {
            let _ = writeln!(text, "\n{status}");
            part(&mut text, headers, body);
        }
        Some(Outcome::Failed { reason, .. }) => {
            let _ = writeln!(text, "\nno answer: {reason}");
        }
        None => {}
    }
    text
}

fn hook_text(hook: &Hook) -> String {
    let mut text = format!("POST, answered {}\n", hook.status);
    part(&mut text, &hook.request.headers, &hook.request.content());
    text
}

/// Headers and body, the body up to a bound. Writing to a String cannot fail.
fn part(text: &mut String, headers: &[(String, String)], body: &[u8]) {
    for (name, value) in headers {
        let _ = writeln!(text, "{name}: {value}");
    }
    let shown = body.get(..LONGEST).unwrap_or(body);
    let _ = writeln!(text, "\n{}", String::from_utf8_lossy(shown));
    if shown.len() < body.len() {
        let _ = writeln!(text, "… {} bytes in all", body.len());
    }
}

/// The kind, who said it, and the words.
fn told(what: &What) -> (SeenKind, Option<String>, String) {
    match what {
        What::Heard(message) => {
            let who = match message.name.as_str() {
                "" => message.author.role.as_str(),
                name => name,
            };
            (SeenKind::Heard, Some(who.to_owned()), message.text.clone())
        }
        What::Said(_, text) => (SeenKind::Said, None, text.clone()),
        What::Came(reached) => (
            SeenKind::State,
            None,
            format!("message {}", reached_word(*reached)),
        ),
        What::Typing(Some(who)) => (SeenKind::State, None, format!("{who} types")),
        What::Typing(None) => (SeenKind::State, None, "nobody types".to_owned()),
        What::Quiet(text, _) => (SeenKind::Quiet, None, text.to_string()),
        What::Stands(situation) => (SeenKind::State, None, situation.words()),
        What::Call(call) => (SeenKind::Call, None, call_words(call)),
        What::Hook(hook) => (SeenKind::Hook, None, hook_words(hook)),
        What::Rings(0) => (SeenKind::State, None, "nothing rings".to_owned()),
        What::Rings(1) => (SeenKind::State, None, "a conversation rings".to_owned()),
        What::Rings(count) => (SeenKind::State, None, format!("{count} conversations ring")),
        What::Trouble(words) => (SeenKind::State, None, words.clone()),
    }
}
