//! The transcript as Markdown, for tickets and mails: who said what, and when.

use std::io::{self, Write};

use crate::{
    domain::{
        item::{Body, Item},
        text::SafeText,
    },
    export::{Talk, words},
};

/// Writes the transcript of these lines.
pub fn write<E: From<io::Error>>(
    out: &mut impl Write,
    talk: &Talk,
    lines: impl IntoIterator<Item = Result<Item, E>>,
) -> Result<(), E> {
    let plain = |text: &str| escaped(&talk.redactor.text(text));
    writeln!(out, "# {}\n", one_line(&plain(&talk.title())))?;
    writeln!(
        out,
        "- Conversation: {}",
        one_line(&plain(talk.id().as_str()))
    )?;
    writeln!(
        out,
        "- Began: {}",
        escaped(&words::date(talk.began, &talk.zone))
    )?;
    writeln!(
        out,
        "- Written out: {}, by handset {}",
        escaped(&words::date(talk.exported, &talk.zone)),
        escaped(env!("CARGO_PKG_VERSION"))
    )?;
    let mut day = None;
    for item in lines {
        let item = item?;
        let today = words::day(item.at, &talk.zone);
        if day.as_ref() != Some(&today) {
            writeln!(out, "\n## {}", escaped(&today))?;
            day = Some(today);
        }
        let time = words::time(item.at, &talk.zone);
        match &item.body {
            Body::Quiet { text } => {
                writeln!(
                    out,
                    "\n{} · *{}*",
                    escaped(&time),
                    emphasised(&plain(text.as_str()))
                )?;
            }
            body @ (Body::Mine { content, .. } | Body::Theirs { content, .. }) => {
                let who = words::speaker(body, &talk.consumer).unwrap_or_default();
                let mark = match body {
                    Body::Mine { delivery, .. } => {
                        let (mark, words) = words::delivery(delivery);
                        format!(" · {mark} {}", emphasised(&plain(&words)))
                    }
                    Body::Theirs { .. } | Body::Quiet { .. } => String::new(),
                };
                let who = emphasised(&plain(&who));
                writeln!(out, "\n**{who}** · {}{mark}\n", escaped(&time))?;
                quote(out, &words::lines(content), |text| plain(text))?;
                for reply in content.replies() {
                    let title = one_line(&plain(reply.title().as_str()));
                    writeln!(out, ">\n> \\[ {title} \\]")?;
                }
            }
        }
    }
    Ok(())
}

/// Each line in a quotation of its own rows; rows that are empty stay.
fn quote(
    out: &mut impl Write,
    lines: &[SafeText],
    plain: impl Fn(&str) -> String,
) -> io::Result<()> {
    let text = lines.iter().map(SafeText::as_str).collect::<Vec<_>>();
    let text = text.join("\n");
    let rows: Vec<&str> = text.split('\n').collect();
    for (index, row) in rows.iter().enumerate() {
        // Two spaces end a row where the next one would join it.
        let goes_on = rows
            .get(index + 1)
            .is_some_and(|next| !next.trim().is_empty());
        let row = plain(row);
        match (row.trim().is_empty(), goes_on) {
            (true, _) => writeln!(out, ">")?,
            (false, true) => writeln!(out, "> {}  ", row.trim_end())?,
            (false, false) => writeln!(out, "> {}", row.trim_end())?,
        }
    }
    Ok(())
}

/// Text that Markdown takes as it is, within one row or several.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    // Some marks mean something only where a row begins, two of them after a number there.
    let (mut begins, mut numbers) = (true, false);
    for c in text.chars() {
        let means = match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '$' => true,
            '#' | '+' | '-' | '=' | ':' => begins,
            '.' | ')' => numbers,
            _ => false,
        };
        if means {
            safe.push('\\');
        }
        // Four blanks would make code of the row.
        safe.push(if begins && c == ' ' { '\u{a0}' } else { c });
        numbers = (begins || numbers) && c.is_ascii_digit();
        begins = c == '\n' || (begins && c == ' ');
    }
    safe
}

/// The same on one row.
fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}

/// Inside `*` or `**`, which close only where no blank is.
fn emphasised(text: &str) -> String {
    let text = one_line(text);
    let text = text.trim_matches(|c: char| c.is_whitespace());
    if text.is_empty() {
        "…".to_owned()
    } else {
        text.to_owned()
    }
}
