//! The transcript as one page that looks like the phone.
//!
//! The page is complete in itself: it runs no script and fetches nothing, and
//! its Content-Security-Policy says so too. Everything foreign is escaped, and
//! pictures are shown only as far as the journal has them, as previews.

mod card;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    domain::{
        content::{Content, Hosted},
        line::{Delivery, Line, LineBody},
        role::Role,
    },
    export::{Redactor, Talk, words},
};

/// How bubbles and cards look, with the colours of every page.
pub(crate) const BUBBLES: &str = include_str!("bubbles.css");
/// How the page looks.
const STYLE: &str = concat!(include_str!("bubbles.css"), include_str!("page.css"));
/// Kinds of pictures that are shown.
const PICTURES: [&str; 4] = ["png", "jpeg", "gif", "webp"];

/// Writes the transcript of these lines.
pub fn write<E: From<io::Error>>(
    out: &mut impl Write,
    talk: &Talk,
    lines: impl IntoIterator<Item = Result<Line, E>>,
) -> Result<(), E> {
    let plain = |text: &str| escaped(&talk.redactor.text(text));
    let title = plain(&talk.title());
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src {}; img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header>\n<h1 dir=\"auto\">{title}</h1>\n<p>Began {} · conversation <code>{}</code> · {} · times in {}</p>\n\
         </header>\n<ol>\n",
        source(STYLE),
        escaped(&words::date(talk.began, &talk.zone)),
        plain(talk.id().as_str()),
        plain(&talk.source()),
        escaped(&talk.zone_name()),
    )?;
    let mut day = None;
    for item in lines {
        let item = item?;
        let today = words::day(item.at, &talk.zone);
        if day.as_ref() != Some(&today) {
            writeln!(out, "<li class=\"day\">{}</li>", escaped(&today))?;
            day = Some(today);
        }
        line(out, talk, &item)?;
    }
    write!(
        out,
        "</ol>\n<footer>Written out {} by handset {}</footer>\n</main>\n</body>\n</html>\n",
        escaped(&words::date(talk.exported, &talk.zone)),
        escaped(env!("CARGO_PKG_VERSION")),
    )?;
    Ok(())
}

/// One line of the phone.
fn line(out: &mut impl Write, talk: &Talk, item: &Line) -> io::Result<()> {
    let plain = |text: &str| escaped(&talk.redactor.text(text));
    let time = escaped(&words::time(item.at, &talk.zone));
    let when = format!("<time datetime=\"{}\">{time}</time>", words::utc(item.at));
    let (side, content) = match &item.body {
        LineBody::Quiet { text } => {
            let text = plain(text.as_str());
            return writeln!(
                out,
                "<li class=\"quiet\"><span dir=\"auto\">{text}</span> {when}</li>"
            );
        }
        LineBody::Mine { content, .. } => ("mine", content),
        LineBody::Theirs {
            author, content, ..
        } => match author.role {
            Role::Controller => ("theirs system", content),
            _ => ("theirs", content),
        },
    };
    let who = words::speaker(&item.body, &talk.consumer).unwrap_or_default();
    write!(
        out,
        "<li class=\"{side}\"><span class=\"who\" dir=\"auto\">{}</span>",
        plain(&who)
    )?;
    bubble(out, &talk.redactor, content)?;
    write!(out, "<div class=\"mark\">{when}")?;
    if let LineBody::Mine { delivery, .. } = &item.body {
        let class = match delivery {
            Delivery::Read { .. } => "read",
            Delivery::Failed { .. } => "failed",
            _ => "tick",
        };
        let (mark, words) = words::delivery(delivery);
        write!(
            out,
            " <span class=\"{class}\">{mark} {}</span>",
            plain(&words)
        )?;
    }
    writeln!(out, "</div></li>")
}

/// Writes a bubble with the quick replies under it.
pub(crate) fn bubble(
    out: &mut impl Write,
    redactor: &Redactor,
    content: &Content,
) -> io::Result<()> {
    write!(out, "<div class=\"bubble\">")?;
    said(out, redactor, content)?;
    write!(out, "</div>")?;
    if !content.replies().is_empty() {
        write!(out, "<div class=\"replies\">")?;
        for reply in content.replies() {
            let title = escaped(&redactor.text(reply.title().as_str()));
            write!(out, "<span class=\"button\" dir=\"auto\">{title}</span>")?;
        }
        write!(out, "</div>")?;
    }
    Ok(())
}

/// What a bubble says.
fn said(out: &mut impl Write, redactor: &Redactor, content: &Content) -> io::Result<()> {
    let plain = |text: &str| escaped(&redactor.text(text));
    match content {
        Content::Text { text, .. } => {
            write!(
                out,
                "<p class=\"text\" dir=\"auto\">{}</p>",
                plain(text.as_str())
            )
        }
        Content::Rich { content, .. } => card::write(out, redactor, content),
        Content::File(file) => {
            write!(out, "<figure>")?;
            if let Some(preview) = picture(file) {
                write!(out, "<img alt=\"preview\" src=\"{}\">", escaped(preview))?;
            }
            let kind = plain(words::or(&file.file_type, "unknown type"));
            let caption = plain(words::or(&file.caption, "File"));
            write!(
                out,
                "<figcaption dir=\"auto\">{caption} <small>{kind}</small></figcaption></figure>"
            )
        }
        Content::Form { title } => {
            let title = plain(title.as_str());
            write!(out, "<p class=\"text form\" dir=\"auto\">{title}</p>")
        }
    }
}

/// The preview of a file, when it is a picture and nothing else.
fn picture(file: &Hosted) -> Option<&str> {
    let preview = file.preview.as_deref()?;
    let (kind, data) = preview
        .strip_prefix("data:image/")?
        .split_once(";base64,")?;
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let is_shown = PICTURES.contains(&kind) && data.chars().all(is_base64);
    is_shown.then_some(preview)
}

/// A style or a script of a page, as its Content-Security-Policy names it.
pub(crate) fn source(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    format!("'sha256-{}'", STANDARD.encode(digest))
}

/// Text as it stands between tags and in quoted attributes.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // No HTML may hold them, and a text of the wire's own can.
            '\0' | '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}
