//! A wire entry as text to be pasted elsewhere: a curl command, JSON, a body.
//!
//! Secrets were taken out of the entry long before. Where one stood, the curl
//! command names a variable of the shell.

mod shell;

use serde_json::{Value, json};

use crate::domain::{
    exchange::{Entry, EntryKind, Exchange, Outcome},
    ids::ConversationId,
    json::{self, Body},
};

/// What stands where a secret was taken out.
const HIDDEN: &str = "…";
/// The longest body that is an argument. Linux refuses arguments of 128 KiB.
const LONGEST_ARGUMENT: usize = 32 * 1024;

/// The variable that stands for the hidden value of a header or a form's field.
fn variable(name: &str) -> String {
    let name = match name.to_ascii_lowercase().as_str() {
        "authorization" => "APP_JWT".to_owned(),
        "x-lp-on-behalf" => "CONSUMER_JWS".to_owned(),
        other => other
            .chars()
            .map(|c| match c {
                'a'..='z' | '0'..='9' => c.to_ascii_uppercase(),
                _ => '_',
            })
            .collect(),
    };
    format!("\"${{{name}}}\"")
}

/// Whether HTTP has such a header. Others would be commands to curl, as `@file` is one.
fn is_header(name: &str, value: &str) -> bool {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(is_token) && !value.contains(['\r', '\n', '\0'])
}

/// A header as the argument of `-H`.
fn header(name: &str, value: &str, has_variables: bool) -> String {
    match value {
        HIDDEN if has_variables => {
            format!("{}{}", shell::word(&format!("{name}: ")), variable(name))
        }
        // To curl a name with nothing behind its colon means that the header is left out.
        "" => shell::word(&format!("{name};")),
        value => shell::word(&format!("{name}: {value}")),
    }
}

/// A form as the argument of `--data-raw`; its hidden fields become variables.
fn form(text: &str) -> String {
    let fields = text.split('&').map(|field| match field.split_once('=') {
        Some((name, HIDDEN)) => {
            format!("{}{}", shell::word(&format!("{name}=")), variable(name))
        }
        _ => shell::word(field),
    });
    fields.collect::<Vec<_>>().join("'&'")
}

/// The entry as a command for `sh` that sends the same again; a webhook is sent to
/// `$WEBHOOK_URL`.
///
/// Where it needs variables, its first row says so, and how to get the tokens of this consumer. It
/// may be pasted into an interactive shell
/// whatever the entry holds: see [`shell`].
pub(crate) fn curl(entry: &Entry, consumer: Option<&str>) -> String {
    let command = command(entry);
    let variables = variables(&command);
    if variables.is_empty() {
        return command;
    }
    // No comment of the shell's: zsh takes those only from a file, and would run the words of one.
    let is_plain = |id: &&str| {
        let mut bytes = id.bytes();
        !id.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let consumer = consumer.filter(|_| variables.contains(&"CONSUMER_JWS"));
    let whose = consumer
        .filter(is_plain)
        .map(|id| format!(" --consumer {id}"));
    let whose = whose.unwrap_or_default();
    let from = if variables.iter().any(|name| TOKENS.contains(name)) {
        format!("; handset token --export --reveal{whose} prints the tokens")
    } else {
        String::new()
    };
    format!(": '# set {}{from}'\n{command}", listed(&variables))
}

/// The variables of the shell that an entry as a curl command needs.
pub(crate) fn needed(entry: &Entry) -> String {
    listed(&variables(&command(entry)))
}

/// What `handset token` gives.
const TOKENS: [&str; 2] = ["APP_JWT", "CONSUMER_JWS"];

fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The variables that a command names, each once. A name is given by us alone: what comes from
/// elsewhere stands in single quotes, and what looks like a variable there names one too many.
fn variables(command: &str) -> Vec<&str> {
    let parts = command.split("\"${").skip(1);
    let names = parts.filter_map(|part| Some(part.split_once("}\"")?.0));
    let is_name = |name: &&str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    };
    let mut found = Vec::new();
    for name in names.filter(is_name) {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

fn command(entry: &Entry) -> String {
    let (method, url, headers, sent) = match &entry.kind {
        EntryKind::Call(call) => {
            let globs = call.url.contains(['[', ']', '{', '}']);
            let glob = if globs { "-g " } else { "" };
            let url = format!("{glob}{}", shell::word(&call.url));
            (call.method.as_str(), url, &call.headers, &call.body)
        }
        EntryKind::Hook(hook) => {
            let url = "\"${WEBHOOK_URL}\"".to_owned();
            ("POST", url, &hook.request.headers, &hook.request.body)
        }
    };
    // Secrets are taken out of our calls alone. The sender of a webhook could name any variable of
    // the shell.
    let has_variables = matches!(entry.kind, EntryKind::Call(_));
    // What says how the body came over this connection would be wrong on another.
    let headers = headers.iter().filter(|(name, value)| {
        !["content-length", "host", "connection", "transfer-encoding"].contains(&name.as_str())
            && is_header(name, value)
    });
    let kind = headers.clone().find(|(name, _)| name == "content-type");
    let is_form =
        kind.is_some_and(|(_, value)| value.starts_with("application/x-www-form-urlencoded"));
    let mut parts = vec![format!("curl -X {} {url}", shell::word(method))];
    parts.extend(headers.map(|(name, value)| format!("-H {}", header(name, value, has_variables))));
    if sent.is_empty() {
        return parts.join(" \\\n  ");
    }
    if kind.is_none() {
        // Curl would say that it is a form.
        parts.push("-H 'content-type:'".to_owned());
    }
    let text = std::str::from_utf8(sent).ok();
    let text = text.filter(|text| text.len() <= LONGEST_ARGUMENT);
    let before = match text {
        Some(text) if has_variables && is_form && text.contains(HIDDEN) => {
            parts.push(format!("--data-raw {}", form(text)));
            String::new()
        }
        Some(text) if shell::is_plain(text) => {
            parts.push(format!("--data-raw {}", shell::word(text)));
            String::new()
        }
        _ => {
            parts.push("--data-binary @-".to_owned());
            format!("{} | ", shell::decoded(sent))
        }
    };
    format!("{before}{}", parts.join(" \\\n  "))
}

/// Headers in their order; one name may come several times.
fn headers_json(headers: &[(String, String)]) -> Value {
    headers
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

/// An object as JSON, with more members behind its own.
fn object(head: &Value, more: impl IntoIterator<Item = (String, String)>) -> String {
    let mut text = head.to_string();
    text.truncate(text.trim_end_matches('}').len());
    for (name, json) in more {
        text.extend([",", &Value::from(name).to_string(), ":", &json]);
    }
    text.push('}');
    text
}

/// The whole entry as JSON, its bodies token for token as they came.
pub(crate) fn as_json(entry: &Entry) -> String {
    let text = match &entry.kind {
        EntryKind::Call(call) => {
            let head = json!({
                "entry": entry.id.0,
                "direction": "out",
                "conversationId": call.conversation.as_ref().map(ConversationId::as_str),
                "purpose": call.purpose,
                "attempt": call.attempt,
                "at": call.started.0,
                "method": call.method,
                "url": call.url,
                "headers": headers_json(&call.headers),
            });
            let mut more = Body::of(&call.body).members("body");
            more.push(("answer".to_owned(), answer_json(call)));
            object(&head, more)
        }
        EntryKind::Hook(hook) => {
            let head = json!({
                "entry": entry.id.0,
                "direction": "in",
                "conversationId": hook.conversation.as_ref().map(ConversationId::as_str),
                "type": hook.kind,
                "sequence": hook.sequence,
                "at": hook.request.at.0,
                "signature": match hook.verdict.reason() {
                    Some(reason) => format!("{}: {reason}", hook.verdict.as_str()),
                    None => hook.verdict.as_str().to_owned(),
                },
                "answered": hook.status,
                "headers": headers_json(&hook.request.headers),
            });
            object(&head, Body::of(&hook.request.body).members("body"))
        }
    };
    json::pretty(&text)
}

fn answer_json(call: &Exchange) -> String {
    match &call.outcome {
        None => "null".to_owned(),
        Some(Outcome::Failed { reason, elapsed }) => json!({
            "failed": reason,
            "elapsedMs": whole(elapsed.as_millis()),
        })
        .to_string(),
        Some(Outcome::Answered {
            status,
            headers,
            body,
            waited,
            elapsed,
        }) => {
            let head = json!({
                "status": status,
                "waitedMs": whole(waited.as_millis()),
                "elapsedMs": whole(elapsed.as_millis()),
                "headers": headers_json(headers),
            });
            object(&head, Body::of(body).members("body"))
        }
    }
}

fn whole(millis: u128) -> u64 {
    u64::try_from(millis).unwrap_or(u64::MAX)
}

/// What was sent: the request's body, or the webhook's.
pub(crate) fn sent(entry: &Entry) -> &[u8] {
    match &entry.kind {
        EntryKind::Call(call) => &call.body,
        EntryKind::Hook(hook) => &hook.request.body,
    }
}

/// What was answered; nothing where no answer with a body was seen.
pub(crate) fn answered(entry: &Entry) -> &[u8] {
    match &entry.kind {
        EntryKind::Call(Exchange {
            outcome: Some(Outcome::Answered { body, .. }),
            ..
        }) => body,
        _ => &[],
    }
}

#[cfg(test)]
mod pasted;
#[cfg(test)]
mod tests;
