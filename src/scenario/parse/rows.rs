//! The data of `rows`: a CSV file, or a table in the scenario.

use std::collections::BTreeMap;

use crate::scenario::{
    fault::{Fault, FaultKind},
    parse::{MOST_ROWS, Parser, SourceLines, head::literal},
    script::{DataRows, SourcePlace, Template},
    syntax::{is_word, line::SourceLine},
};

/// A row with the place it stands in.
type Row = (SourcePlace, Vec<String>);

impl Parser<'_> {
    pub(super) fn rows_of_file(
        &mut self,
        line: &SourceLine,
        file: &Template,
        key: Option<String>,
    ) -> Option<DataRows> {
        let Some(name) = literal(file) else {
            let words = "the name of a file of rows has no values in it";
            self.faults
                .push(Fault::new(FaultKind::WrongForm, line.whole(), words));
            return None;
        };
        let index = match self.files.beside(line.place.file, name) {
            Ok(index) => index,
            Err(why) => {
                let words = format!("the rows of `{name}` cannot be read: {why}");
                let fault = Fault::new(FaultKind::Unread, line.whole(), words)
                    .help("the file lies beside the scenario, or is named from its folder");
                self.faults.push(fault);
                return None;
            }
        };
        let text = self.files.text(index);
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All);
        let mut rows: Vec<Row> = Vec::new();
        let mut fault = None;
        for record in reader.from_reader(text.as_bytes()).records() {
            match record {
                Ok(record) => {
                    let place = record.position().map_or(1, csv::Position::line);
                    let place = usize::try_from(place).unwrap_or(usize::MAX);
                    let place = SourcePlace {
                        file: index,
                        line: place,
                    };
                    rows.push((place, record.iter().map(str::to_owned).collect()));
                }
                Err(error) => {
                    let words = format!("`{name}` is no CSV that can be read: {error}");
                    fault = Some(Fault::new(FaultKind::BadRows, line.whole(), words));
                    break;
                }
            }
            if rows.len() > MOST_ROWS + 1 {
                break;
            }
        }
        self.faults.extend(fault);
        self.table(line, rows, key)
    }

    /// DataRows as `| a | b |`, to `end`.
    pub(super) fn rows_of_block(
        &mut self,
        line: &SourceLine,
        lines: &mut SourceLines,
        key: Option<String>,
    ) -> Option<DataRows> {
        let mut rows: Vec<Row> = Vec::new();
        loop {
            let is_row = lines.peek().is_some_and(|next| next.text.starts_with('|'));
            let is_end = lines.peek().is_some_and(|next| next.text == "end");
            let next = if is_row || is_end { lines.next() } else { None };
            match next {
                Some(next) if is_row => rows.push((next.place, cells(&next.text))),
                Some(_) => break,
                None => {
                    let fault = Fault::new(
                        FaultKind::NotClosed,
                        line.whole(),
                        "these rows have no `end`",
                    )
                    .label("begin here")
                    .help("write the rows as `| a | b |`, and `end` below them");
                    self.faults.push(fault);
                    break;
                }
            }
        }
        self.table(line, rows, key)
    }

    fn table(
        &mut self,
        line: &SourceLine,
        rows: Vec<Row>,
        key: Option<String>,
    ) -> Option<DataRows> {
        let mut rows = rows.into_iter();
        let Some((place, columns)) = rows.next().filter(|_| rows.len() > 0) else {
            let fault = Fault::new(FaultKind::BadRows, line.whole(), "there are no rows")
                .help("the first row names the columns, each further one is a case");
            self.faults.push(fault);
            return None;
        };
        if rows.len() > MOST_ROWS {
            let words = format!("there are more than {MOST_ROWS} rows");
            self.faults
                .push(Fault::new(FaultKind::TooLarge, line.whole(), words));
            return None;
        }
        for (at, column) in columns.iter().enumerate() {
            let words = if !is_word(column) {
                format!(
                    "`{column}` cannot name a column: write letters, digits, `_` and `-`, a letter first"
                )
            } else if columns.iter().take(at).any(|other| other == column) {
                format!("two columns are named `{column}`")
            } else {
                continue;
            };
            self.faults
                .push(Fault::new(FaultKind::BadRows, (place, 0..0), words));
            return None;
        }
        let key = key.or_else(|| columns.first().cloned()).unwrap_or_default();
        if !columns.contains(&key) {
            let known = columns.iter().map(String::as_str);
            let meant = crate::domain::similar::did_you_mean(&key, known);
            let words = format!("there is no column `{key}`{meant}");
            let fault = Fault::new(FaultKind::BadRows, line.whole(), words)
                .help(format!("the columns are `{}`", columns.join("`, `")));
            self.faults.push(fault);
            return None;
        }
        let mut cases: Vec<BTreeMap<String, String>> = Vec::new();
        let mut keys = std::collections::HashSet::new();
        for (place, cells) in rows {
            if cells.len() != columns.len() {
                let (has, wants) = (cells.len(), columns.len());
                let words = format!("this row has {has} cells, and there are {wants} columns");
                self.faults
                    .push(Fault::new(FaultKind::BadRows, (place, 0..0), words));
                continue;
            }
            let case: BTreeMap<_, _> = columns.iter().cloned().zip(cells).collect();
            let of_key = case.get(&key).cloned().unwrap_or_default();
            if keys.contains(&of_key) {
                let words = format!("`{of_key}` is the key of another row too");
                let fault = Fault::new(FaultKind::SameKey, (place, 0..0), words)
                    .help("name a column with `key COLUMN` that differs in every row");
                self.faults.push(fault);
            }
            keys.insert(of_key);
            cases.push(case);
        }
        Some(DataRows {
            place: line.place,
            columns,
            key,
            cases,
        })
    }
}

/// The cells of `| a | b |`; `\|` is a stroke in a cell.
pub(crate) fn cells(row: &str) -> Vec<String> {
    let inner = row.strip_prefix('|').unwrap_or(row);
    let mut cells = vec![String::new()];
    let mut letters = inner.chars().peekable();
    while let Some(letter) = letters.next() {
        let escaped = letters.next_if(|next| letter == '\\' && *next == '|');
        match (letter, escaped, cells.last_mut()) {
            ('|', ..) => cells.push(String::new()),
            (_, Some(stroke), Some(cell)) => cell.push(stroke),
            (_, None, Some(cell)) => cell.push(letter),
            _ => {}
        }
    }
    if cells.len() > 1 && cells.last().is_some_and(|last| last.trim().is_empty()) {
        cells.pop();
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}
