//! One wire entry in full: head, headers, bodies, wrapped for the width there is.

use std::{fmt::Write as _, ops::Range};

use jiff::tz::TimeZone;

use crate::{
    domain::{
        exchange::{Entry, EntryKind, Exchange, Outcome},
        ids::EntryId,
        inbound::{Hook, Verdict},
        item::Hops,
        json::valid,
        text::visible,
    },
    tui::{
        inspector::{
            json::{self, Ink, Row},
            summary::{one_line, span},
        },
        text::{
            clock,
            width::{part, width},
            wrap,
        },
    },
};

/// Rows made of one body; what lies beyond is told by its size.
const MOST_ROWS: usize = 4_000;

/// Bytes of a body that are looked at.
const MOST_BYTES: usize = 512 * 1024;

/// Columns a row that continues another has at least; where there are fewer, it is not indented.
const LEAST_ROOM: usize = 24;

/// An entry in full, ready to be drawn from any row.
#[derive(Debug, Default)]
pub(crate) struct Detail {
    of: Option<(EntryId, u16)>,
    rows: Vec<Row>,
    /// The first row shown.
    pub(crate) top: usize,
}

impl Detail {
    /// Makes the rows of an entry, unless they are made already.
    pub(crate) fn prepare(&mut self, entry: Option<&Entry>, columns: u16, zone: &TimeZone) {
        let of = entry.map(|entry| (entry.id, columns));
        if of == self.of {
            return;
        }
        if of.map(|of| of.0) != self.of.map(|of| of.0) {
            self.top = 0;
        }
        self.of = of;
        self.rows = entry
            .map(|entry| told(entry, zone))
            .unwrap_or_default()
            .into_iter()
            .flat_map(|row| wrapped(row, usize::from(columns).max(1)))
            .collect();
    }

    /// Makes the rows anew next time: the entry changed.
    pub(crate) fn changed(&mut self, id: EntryId) {
        if let Some((of, columns)) = self.of.as_mut()
            && *of == id
        {
            // No pane has no columns, so this never matches.
            *columns = 0;
        }
    }

    /// The rows from `top` on, as many as fit.
    pub(crate) fn visible(&self, rows: u16) -> &[Row] {
        let start = self.top.min(self.rows.len());
        let end = (start + usize::from(rows)).min(self.rows.len());
        self.rows.get(start..end).unwrap_or(&[])
    }

    /// Scrolls, keeping the last row in view.
    pub(crate) fn scroll(&mut self, down: bool, rows: usize, height: u16) {
        let last = self.rows.len().saturating_sub(usize::from(height));
        self.top = if down {
            (self.top + rows).min(last)
        } else {
            self.top.min(last).saturating_sub(rows)
        };
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
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

fn told(entry: &Entry, zone: &TimeZone) -> Vec<Row> {
    match &entry.kind {
        EntryKind::Call(call) => told_call(call, zone),
        EntryKind::Hook(hook) => told_hook(hook, zone),
    }
}

fn told_call(call: &Exchange, zone: &TimeZone) -> Vec<Row> {
    let mut rows = vec![vec![
        (Ink::Heading, format!("{} ", one_line(&call.method))),
        (Ink::Plain, one_line(&call.url)),
    ]];
    let started = clock::millis(call.started, zone);
    let attempt = match call.attempt {
        0 | 1 => String::new(),
        attempt => format!(", try {attempt}"),
    };
    match &call.outcome {
        None => rows.push(vec![(
            Ink::Faint,
            format!("left {started}{attempt}, no answer yet"),
        )]),
        Some(Outcome::Answered {
            status,
            waited,
            elapsed,
            ..
        }) => {
            let ink = if (200..300).contains(status) {
                Ink::Good
            } else {
                Ink::Bad
            };
            let times = format!(
                " · left {started}{attempt} · first byte +{} · last +{}",
                span(*waited),
                span(*elapsed)
            );
            rows.push(vec![
                (ink, format!("answered {status}")),
                (Ink::Faint, times),
            ]);
        }
        Some(Outcome::Failed { reason, elapsed }) => {
            rows.push(vec![(
                Ink::Bad,
                format!("✗ no answer after {}: {}", span(*elapsed), one_line(reason)),
            )]);
        }
    }
    section(&mut rows, "request", &call.headers, &call.body);
    if let Some(Outcome::Answered { headers, body, .. }) = &call.outcome {
        section(&mut rows, "answer", headers, body);
    }
    rows
}

fn told_hook(hook: &Hook, zone: &TimeZone) -> Vec<Row> {
    let kind = hook.kind.as_deref().unwrap_or("not a notification");
    let (ink, verdict) = match hook.verdict {
        Verdict::Valid => (Ink::Good, "✓ signature valid".to_owned()),
        Verdict::Invalid(mismatch) => (
            Ink::Bad,
            format!("✗ signature invalid: {}", mismatch.words()),
        ),
        Verdict::Unsigned => (Ink::Bad, "✗ not signed".to_owned()),
    };
    let mut rows = vec![
        vec![
            (Ink::Heading, "hook ".to_owned()),
            (Ink::Plain, one_line(kind)),
        ],
        vec![
            (ink, verdict),
            (
                Ink::Faint,
                format!(
                    " · came {} · answered {}",
                    clock::millis(hook.request.at, zone),
                    hook.status
                ),
            ),
        ],
    ];
    section(
        &mut rows,
        "webhook",
        &hook.request.headers,
        &hook.request.body,
    );
    rows
}

/// The body first, because it is what one looks for; the headers below it.
fn section(rows: &mut Vec<Row>, name: &str, headers: &[(String, String)], body: &[u8]) {
    if !body.is_empty() {
        rows.push(Row::new());
        rows.push(vec![(Ink::Heading, format!("{name} body"))]);
        rows.extend(told_body(body));
    }
    if !headers.is_empty() {
        rows.push(Row::new());
        rows.push(vec![(Ink::Heading, format!("{name} headers"))]);
        rows.extend(headers.iter().map(|(key, value)| {
            vec![
                (Ink::Key, format!("{}: ", one_line(key))),
                (Ink::Value, one_line(value)),
            ]
        }));
    }
}

fn told_body(body: &[u8]) -> Vec<Row> {
    let small = Some(body).filter(|body| body.len() <= MOST_BYTES);
    if let Some(text) = small.and_then(valid) {
        let mut rows = json::rows(text, MOST_ROWS);
        if rows.len() >= MOST_ROWS {
            let size = format!("… {} bytes in all", body.len());
            rows.push(vec![(Ink::Faint, size)]);
        }
        return rows;
    }
    let start = body.get(..MOST_BYTES.min(body.len())).unwrap_or(body);
    let plain = |line: String| vec![(Ink::Plain, line)];
    // A text that was cut may end inside a character.
    let is_binary = std::str::from_utf8(start).is_err_and(|cut| cut.error_len().is_some());
    let mut rows: Vec<Row> = if is_binary {
        let rows = start.chunks(16).zip((0..).step_by(16));
        rows.take(MOST_ROWS)
            .map(|(bytes, at)| plain(hex(bytes, at)))
            .collect()
    } else {
        let text = String::from_utf8_lossy(start);
        text.split('\n')
            .take(MOST_ROWS)
            .map(|row| plain(visible(row)))
            .collect()
    };
    if body.len() > start.len() || rows.len() >= MOST_ROWS {
        let size = format!("… {} bytes in all", body.len());
        rows.push(vec![(Ink::Faint, size)]);
    }
    rows
}

/// Bytes that are no text, as a row of numbers with the letters among them.
fn hex(bytes: &[u8], at: usize) -> String {
    let mut row = format!("{at:06x} ");
    for byte in bytes {
        // Writing into a string cannot fail.
        let _ = write!(row, " {byte:02x}");
    }
    let shown = bytes.iter().map(|byte| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => '.',
    });
    let shown: String = shown.collect();
    format!("{row:55}  {shown}")
}

/// Breaks a row of pieces where the text of all of them together would break. What follows the
/// first row stands a little deeper than it.
pub(crate) fn wrapped(row: Row, columns: usize) -> Vec<Row> {
    let whole: String = row.iter().map(|(_, text)| text.as_str()).collect();
    let depth = whole.len() - whole.trim_start_matches(' ').len() + 2;
    let indent = if depth + LEAST_ROOM <= columns {
        depth
    } else {
        0
    };
    // An identifier or an address that fits into no row begins beside its key: there are no words
    // to break at.
    let mut words = whole.split_whitespace();
    let long = |word| width(word) > columns - indent;
    let ranges = if words.nth(1).is_none_or(long) && words.next().is_none() {
        wrap::filled(&whole, columns, columns - indent)
    } else {
        wrap::hanging(&whole, columns, columns - indent)
    };
    let mut ranges = ranges.into_iter();
    let first = ranges.next();
    if ranges.len() == 0 {
        return vec![row];
    }
    let blanks = || (Ink::Plain, " ".repeat(indent));
    first
        .map(|range| cut(&row, &range))
        .into_iter()
        .chain(ranges.map(|range| {
            let mut later = cut(&row, &range);
            later.insert(0, blanks());
            later
        }))
        .collect()
}

fn cut(row: &Row, range: &Range<usize>) -> Row {
    let mut start = 0;
    let mut pieces = Row::new();
    for (ink, text) in row {
        let end = start + text.len();
        let piece = range.start.max(start)..range.end.min(end);
        if piece.start < piece.end {
            let text = part(text, piece.start - start..piece.end - start);
            pieces.push((*ink, text.to_owned()));
        }
        start = end;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(columns: usize) -> Vec<String> {
        let row = vec![
            (Ink::Plain, "    ".to_owned()),
            (Ink::Key, "\"id\"".to_owned()),
            (Ink::Plain, ": ".to_owned()),
            (Ink::Value, format!("\"{}\"", "0123456789".repeat(5))),
        ];
        wrapped(row, columns)
            .into_iter()
            .map(|row| row.into_iter().map(|(_, text)| text).collect())
            .collect()
    }

    #[test]
    fn a_long_value_goes_on_below_its_key() {
        assert_eq!(
            shown(36),
            [
                "    \"id\": \"0123456789012345678901234",
                "      5678901234567890123456789\"",
            ]
        );
    }

    #[test]
    fn a_body_is_shown_as_it_came() {
        let text = |body: &[u8]| -> Vec<String> {
            let rows = told_body(body).into_iter();
            rows.map(|row| row.into_iter().map(|(_, text)| text).collect())
                .collect()
        };
        assert_eq!(
            text(b"{\"a\":1.50,\"a\" :1e400}"),
            ["{", "  \"a\": 1.50,", "  \"a\": 1e400", "}"]
        );
        assert_eq!(
            text("x\u{1b}[2J\u{9b}\r\ny\u{202e}".as_bytes()),
            ["x␛[2J<U+009B>␍", "y<U+202E>"]
        );
        assert_eq!(
            text(b"\x89PNG\r\n\xff\0"),
            ["000000  89 50 4e 47 0d 0a ff 00                          .PNG...."]
        );
    }

    #[test]
    fn a_narrow_pane_is_used_to_its_edge() {
        let rows = shown(20);
        assert!(rows[1].starts_with("901234"), "{rows:?}");
    }
}
