//! Error answers of every service handset calls, read tolerantly. See
//! `domains-and-auth` 1, 2 and 5. Their texts are foreign: cleaned, put on one
//! line and cut.

use std::fmt;

use serde_json::Value;

use crate::domain::text::SafeText;

/// How much of a foreign text is kept.
const LONGEST_TEXT: usize = 300;

/// The request is malformed, as its number says (`domains-and-auth` 5).
const MALFORMED: [u32; 2] = [40_001, 40_002];

/// Words of a refusal that is about what was sent, and not about where it was sent to.
const ABOUT_WHAT_WAS_SENT: [&str; 20] = [
    "attachment",
    "caption",
    "character",
    "content",
    "field",
    "file",
    "format",
    "json",
    "large",
    "length",
    "limit",
    "long",
    "message",
    "metadata",
    "parameter",
    "picture",
    "schema",
    "size",
    "text",
    "type",
];

/// What a service said when it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// HTTP status, or the status an element of a good answer carries; 0 when nothing was
    /// asked because this program itself will not send it.
    pub status: u16,
    /// `errorCode`, the part of an error that is promised to be stable.
    pub code: Option<u32>,
    /// What is wrong, in a few words; may be empty.
    pub title: SafeText,
    /// More about it; may be empty.
    pub details: SafeText,
}

impl Fault {
    /// A refusal of our own, which no answer stands behind.
    pub fn own(why: &str) -> Self {
        Self {
            status: 0,
            code: None,
            title: SafeText::clean(why),
            details: SafeText::default(),
        }
    }

    /// Whether fetching the ConsumerJWS again may help. 40105 counts too: clouds mix up
    /// "AppJWT is missing" and "ConsumerJWS is missing" (`domains-and-auth` 5).
    pub fn is_about_consumer(&self) -> bool {
        matches!(self.code, Some(40103..=40105))
    }

    /// Whether it may mean that the conversation is gone: a 400 or 404 that does not say that
    /// something else is wrong. The live numbers are not known (`edge-cases` 3).
    pub fn may_mean_gone(&self) -> bool {
        let is_malformed = self.code.is_some_and(|code| MALFORMED.contains(&code));
        if !matches!(self.status, 400 | 404) || is_malformed {
            return false;
        }
        let said = format!("{} {}", self.title, self.details).to_lowercase();
        // A page of HTML explains nothing, whatever words its tags have.
        let is_page = said.starts_with('<');
        let says = |word: &&str| said.contains(*word);
        let is_about_place = said.contains("conversation") || said.contains("dialog");
        is_page || is_about_place || !ABOUT_WHAT_WAS_SENT.iter().any(says)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        if self.status != 0 {
            write!(f, "{}", self.status)?;
            gap = " ";
        }
        if let Some(code) = self.code {
            write!(f, "{gap}[{code}]")?;
            gap = " ";
        }
        if !self.title.is_empty() {
            write!(f, "{gap}{}", self.title)?;
            gap = ": ";
        }
        if !self.details.is_empty() {
            write!(f, "{gap}{}", self.details)?;
        }
        Ok(())
    }
}

/// Reads the body of an answer whose HTTP status says that it failed; never fails itself.
pub fn read(status: u16, body: &[u8]) -> Fault {
    match serde_json::from_slice::<Value>(body) {
        // A failed batch may be an array with a failed element.
        Ok(Value::Array(elements)) => match elements.iter().find_map(within) {
            Some(fault) => Fault { status, ..fault },
            None => blank(status),
        },
        Ok(answer) => of_answer(status, &answer),
        Err(_) => Fault {
            title: text(Some(&Value::String(
                String::from_utf8_lossy(body).into_owned(),
            ))),
            ..blank(status)
        },
    }
}

/// The refusal in an answer, or in an element of one, that came with a good HTTP status.
pub fn within(answer: &Value) -> Option<Fault> {
    let is_error = answer.get("type").and_then(Value::as_str) == Some(".ReqBody$ErrorResp");
    let (good, status) = match answer.get("code") {
        Some(Value::Number(code)) => {
            let code = code.as_u64().and_then(|code| u16::try_from(code).ok());
            (code.is_some_and(|code| (200..300).contains(&code)), code)
        }
        Some(Value::String(code)) => match code.parse::<u16>() {
            Ok(code) => ((200..300).contains(&code), Some(code)),
            Err(_) => (code.eq_ignore_ascii_case("OK"), None),
        },
        _ => (true, None),
    };
    (is_error || !good).then(|| {
        let fault = of_answer(400, answer);
        let leading = fault.code.and_then(leading_status);
        Fault {
            status: status
                .filter(|code| *code >= 300)
                .or(leading)
                .unwrap_or(400),
            ..fault
        }
    })
}

/// The first three digits of an `errorCode`, which are an HTTP status.
fn leading_status(code: u32) -> Option<u16> {
    let status = u16::try_from(code / 100).ok()?;
    (400..600).contains(&status).then_some(status)
}

fn of_answer(status: u16, answer: &Value) -> Fault {
    // `.ReqBody$ErrorResp` has it in `body`, the domain service in `error`,
    // others at the top.
    let inner = ["body", "error"]
        .iter()
        .filter_map(|name| answer.get(name))
        .find(|inner| inner.is_object())
        .unwrap_or(answer);
    let code = ["errorCode", "internalCode"]
        .iter()
        .find_map(|name| number(inner.get(name)?));
    let title = first(inner, &["title", "error", "message", "msg"])
        .or_else(|| answer.get("body").filter(|body| body.is_string()))
        .or_else(|| answer.is_string().then_some(answer));
    let title = text(title);
    let mut details = text(first(inner, &["details", "error_description", "message"]));
    if details == title {
        details = SafeText::default();
    }
    Fault {
        status,
        code,
        title,
        details,
    }
}

fn first<'a>(object: &'a Value, names: &[&str]) -> Option<&'a Value> {
    names
        .iter()
        .filter_map(|name| object.get(name))
        .find(|value| value.is_string())
}

fn number(value: &Value) -> Option<u32> {
    let number = value
        .as_u64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()))?;
    // The domain service writes 0 for "no code".
    u32::try_from(number).ok().filter(|number| *number != 0)
}

fn text(value: Option<&Value>) -> SafeText {
    let line = value
        .and_then(Value::as_str)
        .unwrap_or_default()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let mut kept: String = line.chars().take(LONGEST_TEXT).collect();
    if kept.len() < line.len() {
        kept.push('…');
    }
    SafeText::clean(&kept)
}

fn blank(status: u16) -> Fault {
    Fault {
        status,
        code: None,
        title: SafeText::default(),
        details: SafeText::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_that_explains_nothing_may_mean_that_the_conversation_is_gone() {
        for (status, body) in [
            (400, ""),
            (404, ""),
            (400, "null"),
            (400, "Bad Request"),
            (
                404,
                "<html><meta content=\"text/html\"><title>404 Not Found</title></html>",
            ),
            (400, r#"{"code":400,"body":{"errorCode":40057}}"#),
            (
                400,
                r#"{"body":{"title":"Conversation is closed","errorCode":40400}}"#,
            ),
            (
                404,
                r#"{"message":"cannot publish a message: no such dialog"}"#,
            ),
            (400, r#"[{"code":400,"body":{}}]"#),
        ] {
            assert!(
                read(status, body.as_bytes()).may_mean_gone(),
                "{status} {body}"
            );
        }
        for (status, body) in [
            (
                400,
                r#"{"body":{"title":"File is too large","errorCode":40021}}"#,
            ),
            (400, "text length exceeds 5000 characters"),
            (400, r#"{"body":{"title":"Bad request","errorCode":40002}}"#),
            (
                400,
                r#"{"body":{"title":"Missing parameter","errorCode":40001}}"#,
            ),
            (401, ""),
            (403, ""),
            (413, ""),
            (500, ""),
        ] {
            assert!(
                !read(status, body.as_bytes()).may_mean_gone(),
                "{status} {body}"
            );
        }
    }
}
