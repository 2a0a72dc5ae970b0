//! Data of Botium's convos: tables of the scripting memory, and utterances that the consumer says,
//! each of which makes a case of its own.

use crate::scenario::syntax::is_word;

/// Most cases of one scenario; what makes more is not expanded.
const MOST: usize = 1000;
/// The column that names a case.
const CASE: &str = "case";

/// Columns and rows of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) columns: Vec<String>,
    /// The name of each case, and its cells.
    pub(super) rows: Vec<(String, Vec<String>)>,
}

impl Table {
    /// Reads a table: the first line names the variables, each other line begins with a case.
    pub(super) fn read(text: &str) -> Self {
        let cells = |line: &str| -> Vec<String> {
            line.split('|').map(|cell| cell.trim().to_owned()).collect()
        };
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let head = lines.next().map(cells).unwrap_or_default();
        let names = head.iter().skip(1).map(|name| name.trim_start_matches('$'));
        let columns: Vec<String> = names.map(str::to_owned).collect();
        let rows = lines.map(|line| {
            let mut cells = cells(line).into_iter();
            let case = cells.next().unwrap_or_default();
            let mut cells: Vec<String> = cells.collect();
            cells.resize(columns.len(), String::new());
            (case, cells)
        });
        Self {
            rows: rows.collect(),
            columns,
        }
    }

    /// A column of texts, each a case.
    pub(super) fn of_texts(column: &str, texts: &[String]) -> Self {
        let rows = texts.iter().map(|text| (text.clone(), vec![text.clone()]));
        Self {
            columns: vec![column.to_owned()],
            rows: rows.collect(),
        }
    }

    /// Whether it can be a table of a scenario.
    pub(super) fn is_usable(&self) -> bool {
        let are_words = self
            .columns
            .iter()
            .all(|column| is_word(column) && column != CASE);
        are_words && !self.columns.is_empty() && !self.rows.is_empty()
    }

    /// Each case of one with each of the other; `None` when there would be too many.
    pub(super) fn times(&self, other: &Self) -> Option<Self> {
        if self.columns.is_empty() {
            return Some(other.clone());
        }
        if self.rows.len().saturating_mul(other.rows.len()) > MOST {
            return None;
        }
        let rows = self.rows.iter().flat_map(|(case, cells)| {
            other.rows.iter().map(move |(also, more)| {
                let cells = cells.iter().chain(more).cloned().collect();
                (format!("{case} {also}"), cells)
            })
        });
        Some(Self {
            columns: self.columns.iter().chain(&other.columns).cloned().collect(),
            rows: rows.collect(),
        })
    }

    /// The lines of `rows`.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |first: &str, cells: &[String]| {
            let cells = cells.iter().map(|cell| cell.replace('|', "\\|"));
            let cells: Vec<String> = cells.collect();
            format!(
                "  | {} | {} |",
                first.replace('|', "\\|"),
                cells.join(" | ")
            )
        };
        let mut lines = vec![format!("rows key {CASE}"), line(CASE, &self.columns)];
        lines.extend(self.rows.iter().map(|(case, cells)| line(case, cells)));
        lines.push("end".to_owned());
        lines
    }
}
