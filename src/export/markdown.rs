//! The transcript as Markdown, for tickets and mails: who said what, and when.

use std::io::{self, Write};

use crate::{
    domain::{
        line::{Line, LineBody},
        text::SafeText,
    },
    export::{Talk, words},
};

/// Writes the transcript of these lines.
pub fn write<E: From<io::Error>>(
    out: &mut impl Write,
    talk: &Talk,
    lines: impl IntoIterator<Item = Result<Line, E>>,
) -> Result<(), E> {
    let plain = |text: &str| inline(&talk.redactor.text(text));
    writeln!(out, "# {}\n", heading(plain(&talk.title())))?;
    writeln!(out, "- Conversation: {}", plain(talk.id().as_str()))?;
    writeln!(out, "- With: {}", plain(&talk.source()))?;
    writeln!(out, "- Began: {}", words::date(talk.began, &talk.zone))?;
    writeln!(out, "- Times: {}", plain(&talk.zone_name()))?;
    let exported = words::date(talk.exported, &talk.zone);
    let version = env!("CARGO_PKG_VERSION");
    writeln!(out, "- Written out: {exported}, by handset {version}")?;
    let mut day = None;
    for item in lines {
        let item = item?;
        let today = words::day(item.at, &talk.zone);
        if day.as_ref() != Some(&today) {
            writeln!(out, "\n## {today}")?;
            day = Some(today);
        }
        let time = words::time(item.at, &talk.zone);
        match &item.body {
            LineBody::Quiet { text } => writeln!(out, "\n{time} · *{}*", plain(text.as_str()))?,
            body @ (LineBody::Mine { content, .. } | LineBody::Theirs { content, .. }) => {
                let who = words::speaker(body, &talk.consumer).unwrap_or_default();
                let mark = match body {
                    LineBody::Mine { delivery, .. } => {
                        let (mark, words) = words::delivery(delivery);
                        format!(" · {mark} {}", plain(&words))
                    }
                    LineBody::Theirs { .. } | LineBody::Quiet { .. } => String::new(),
                };
                writeln!(out, "\n**{}** · {time}{mark}\n", plain(&who))?;
                let said = words::lines(content);
                let said: Vec<&str> = said.iter().map(SafeText::as_str).collect();
                quote(out, &talk.redactor.text(&said.join("\n")))?;
                for reply in content.replies() {
                    writeln!(out, ">\n> \\[ {} \\]", plain(reply.title().as_str()))?;
                }
            }
        }
    }
    Ok(())
}

/// A row that is a heading. Braces at its end could be attributes of it, and hashes its end.
fn heading(row: String) -> String {
    match row.strip_suffix(['}', '#']) {
        Some(before) => format!(
            "{before}{}",
            row.chars().next_back().map(entity).unwrap_or_default()
        ),
        None => row,
    }
}

/// A text in a quotation: each of its rows is a row there.
fn quote(out: &mut impl Write, text: &str) -> io::Result<()> {
    let rows: Vec<String> = block(text);
    for (index, row) in rows.iter().enumerate() {
        // A backslash ends a row where the next one would join it.
        let end = if index + 1 < rows.len() { "\\" } else { "" };
        writeln!(out, "> {row}{end}")?;
    }
    Ok(())
}

/// The rows of a text, so that together they are one paragraph that says it.
fn block(text: &str) -> Vec<String> {
    let core = text.trim_end();
    let mut rows: Vec<String> = core.split('\n').map(|row| escaped(row, true)).collect();
    if let Some(last) = rows.last_mut() {
        // Nothing may follow the last break of a paragraph.
        last.extend(text.split_at(core.len()).1.chars().map(entity));
    }
    rows
}

/// A character as a reference that no reader takes for anything else.
fn entity(c: char) -> String {
    format!("&#{};", u32::from(c))
}

/// A text within one row, after something else. Of nothing an ellipsis is left, for marks around
/// it need something between them.
fn inline(text: &str) -> String {
    if text.is_empty() {
        return "…".to_owned();
    }
    escaped(text, false)
}

/// Text that a reader of Markdown shows as it is, in one row; addresses are links to themselves.
fn escaped(text: &str, begins_row: bool) -> String {
    let core = text.trim();
    let begin = text.len() - text.trim_start().len();
    let (before, rest) = text.split_at(begin);
    let after = rest.split_at(core.len()).1;
    // White space at the ends would be dropped, or make code of the row.
    let mut safe: String = before.chars().map(entity).collect();
    let (mut rest, mut last) = (core, before.chars().next_back());
    let mut begins = begins_row && before.is_empty();
    while let Some(c) = rest.chars().next() {
        let is_in_word = last.is_some_and(char::is_alphanumeric);
        if !is_in_word && let Some((address, following)) = address(rest) {
            safe.push_str(&link(address));
            (rest, last, begins) = (following, address.chars().next_back(), false);
            continue;
        }
        let following = rest.split_at(c.len_utf8()).1;
        let next = following.chars().next();
        if begins && let Some(digits) = number(rest) {
            safe.push_str(digits);
            safe.push('\\');
            rest = rest.split_at(digits.len()).1;
            begins = false;
            continue;
        }
        let is_blank_next = next.is_none_or(char::is_whitespace);
        let means = match c {
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '$' => true,
            '_' => !(is_in_word && next.is_some_and(char::is_alphanumeric)),
            '<' => !is_blank_next,
            '&' => is_reference(following),
            // A link behind it would be a picture.
            '!' => address(following).is_some(),
            '#' | '>' => begins,
            ':' => begins || following.starts_with("//"),
            '+' | '=' | '-' => begins && (is_blank_next || matches!(next, Some('-' | '=' | '+'))),
            // Some readers make links of what looks like an address of mail, or of the web.
            '@' => last.is_some_and(|last| !last.is_whitespace()),
            '.' => ends_www(&safe),
            _ => false,
        };
        if means {
            safe.push('\\');
        }
        match c {
            '\n' => safe.push_str(&entity(c)),
            c => safe.push(c),
        }
        (rest, last, begins) = (following, Some(c), false);
    }
    safe.extend(after.chars().map(entity));
    safe
}

/// Whether `www` is what a row ends with, as a word.
fn ends_www(row: &str) -> bool {
    let bytes = row.as_bytes();
    let (before, end) = bytes.split_at(bytes.len().saturating_sub(3));
    end.eq_ignore_ascii_case(b"www") && !before.last().is_some_and(u8::is_ascii_alphanumeric)
}

/// The digits that a row begins with, when they would number an entry of a list.
fn number(row: &str) -> Option<&str> {
    let end = row.find(|c: char| !c.is_ascii_digit())?;
    let (digits, rest) = row.split_at(end);
    let after = rest.strip_prefix(['.', ')'])?;
    let is_list = after.chars().next().is_none_or(char::is_whitespace);
    (!digits.is_empty() && is_list).then_some(digits)
}

/// Whether what follows an ampersand makes a character reference of it.
fn is_reference(following: &str) -> bool {
    let end = following.find(|c: char| !(c.is_ascii_alphanumeric() || c == '#'));
    end.is_some_and(|end| end > 0 && following.split_at(end).1.starts_with(';'))
}

/// The address that a text begins with, and what follows it. As everywhere, punctuation behind an
/// address is none of it, and neither is a bracket that was opened before it.
fn address(text: &str) -> Option<(&str, &str)> {
    let schemes = ["http://", "https://"];
    let scheme = schemes.into_iter().find(|scheme| {
        let begin = text.as_bytes().get(..scheme.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(scheme.as_bytes()))
    })?;
    let ends = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`');
    let mut address = text.split_at(text.find(ends).unwrap_or(text.len())).0;
    loop {
        let count = |c: char| address.matches(c).count();
        let shorter = match address.chars().next_back()? {
            '?' | '!' | '.' | ',' | ':' | ';' | '*' | '_' | '~' | '\'' => true,
            ')' => count('(') < count(')'),
            ']' => count('[') < count(']'),
            '}' => count('{') < count('}'),
            _ => false,
        };
        if !shorter {
            break;
        }
        address = address.split_at(address.len() - 1).0;
    }
    (address.len() > scheme.len()).then(|| text.split_at(address.len()))
}

/// An address as a link that shows it.
fn link(address: &str) -> String {
    // Readers differ in what else means in the short form: some decode it, some parse and rebuild it.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#=&+,()!*'$".contains(c);
    let mut references = address.match_indices('&');
    if address.chars().all(is_plain)
        && !address.contains("xn--")
        && !references.any(|(at, _)| is_reference(address.split_at(at + 1).1))
    {
        return format!("<{address}>");
    }
    let escaped = |amp: &str| -> String {
        let piece = |c: char| match c {
            '&' => amp.to_owned(),
            c if c.is_ascii_punctuation() => format!("\\{c}"),
            c => c.to_string(),
        };
        address.chars().map(piece).collect()
    };
    format!("[{}](<{}>)", escaped("\\&"), escaped("&amp;"))
}

#[cfg(test)]
mod tests;
