//! A scenario written in the one way that `handset fmt` writes.
//!
//! Blocks are indented by two blanks, one blank line stands before a scene, a head is in the order of
//! the reference, spans of time are written with their largest units, and words are parted by one
//! blank. Texts and comments stay as they are, and so does what the scenario means.

use std::collections::HashMap;

use crate::scenario::{
    fault::Fault,
    forms::{Layout, LineForm, lines::HEAD},
    parse::{self, turns},
    script::SourcePlace,
    syntax::{
        line::{FENCE, SourceLine, lines},
        part, span,
        token::{TokenKind, tokens},
    },
};

/// The text as `fmt` writes it, or why it cannot be read.
pub fn format(text: &str) -> Result<String, Vec<Fault>> {
    let layout = parse::layout(text)?;
    let (entries, last) = entries(text, &Edits::new(&layout));
    let mut page = FormattedPage::default();
    let mut rest = entries.into_iter().peekable();
    page.head(&mut rest, true);
    while let Some(entry) = rest.next() {
        let is_scene = entry.is_scene();
        page.entry(entry);
        if is_scene {
            page.head(&mut rest, false);
        }
    }
    page.trivia(last);
    Ok(page.done())
}

/// What stands above a line.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trivia {
    Blank,
    Comment(String),
}

/// A line with what stands above it, and with the lines of its text below it.
struct SourceEntry {
    trivia: Vec<Trivia>,
    text: String,
    below: Vec<String>,
}

impl SourceEntry {
    fn first_word(&self) -> &str {
        self.text.split_whitespace().next().unwrap_or_default()
    }

    fn is_scene(&self) -> bool {
        self.first_word() == "scene" && !turns::is_turn(&self.text)
    }

    fn is_closer(&self) -> bool {
        matches!(self.text.as_str(), "end" | "else")
    }

    /// How many blocks it opens.
    fn opens(&self) -> usize {
        let (mut text, mut opens) = (self.text.as_str(), 0);
        if self.is_closer() {
            return usize::from(text == "else");
        }
        if turns::is_turn(text) {
            return 0;
        }
        match self.first_word() {
            "any" => return 1,
            "rows" => return usize::from(!text.starts_with("rows from")),
            "if" => opens = 1,
            _ => {}
        }
        for word in ["if ", "maybe "] {
            text = text.strip_prefix(word).unwrap_or(text);
        }
        let words = part(text, turns::name_end(text), text.len());
        let mut words = words.split_whitespace();
        let is_sees = !turns::is_turn(text) && words.next() == Some("sees");
        let is_card = is_sees && words.next().is_none_or(|next| next == "within");
        opens + usize::from(is_card)
    }

    /// Its place in a head, if it is a line of one.
    fn rank(&self) -> Option<usize> {
        let word = self.first_word();
        let is_it = |form: &LineForm<_>| form.first_words().any(|first| first == word);
        let rank = HEAD.iter().position(is_it);
        rank.filter(|_| !turns::is_turn(&self.text))
    }
}

/// Where spans and texts stand, by line.
struct Edits {
    spans: HashMap<SourcePlace, Vec<(usize, String)>>,
    texts: HashMap<SourcePlace, Vec<(usize, usize)>>,
}

impl Edits {
    fn new(layout: &Layout) -> Self {
        let (mut spans, mut texts) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for (place, from, _, read) in &layout.spans {
            let shown = (*from, span::shown(*read));
            spans.entry(*place).or_default().push(shown);
        }
        for (place, from, to) in &layout.texts {
            texts.entry(*place).or_default().push((*from, *to));
        }
        Self { spans, texts }
    }

    /// A line with one blank between its words.
    fn written(&self, line: &SourceLine) -> String {
        if line.text.starts_with('|') {
            return line.text.clone();
        }
        let mut written = String::new();
        let mut at = 0;
        let texts = self.texts.get(&line.place).map_or(&[][..], Vec::as_slice);
        for (from, to) in texts {
            self.words(line, at, *from, &mut written);
            parted(&mut written);
            written.push_str(part(&line.text, *from, *to));
            at = *to;
        }
        self.words(line, at, line.text.len(), &mut written);
        written
    }

    fn words(&self, line: &SourceLine, from: usize, to: usize, written: &mut String) {
        let spans = self.spans.get(&line.place).map_or(&[][..], Vec::as_slice);
        for token in tokens(part(&line.text, 0, to), from) {
            if token.kind != TokenKind::Colon {
                parted(written);
            }
            let span = spans.iter().find(|(at, _)| *at == token.at);
            written.push_str(span.map_or(token.text, |(_, shown)| shown));
        }
    }
}

fn parted(written: &mut String) {
    if !written.is_empty() {
        written.push(' ');
    }
}

/// The lines of a text, and what stands below the last one.
fn entries(text: &str, edits: &Edits) -> (Vec<SourceEntry>, Vec<Trivia>) {
    let mut said = lines(text, 0, &mut Vec::new()).into_iter().peekable();
    let (mut entries, mut trivia) = (Vec::new(), Vec::new());
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rest = text.lines().zip(1..);
    while let Some((line, number)) = rest.next() {
        if let Some(said) = said.next_if(|said| said.place.line == number) {
            let mut below = Vec::new();
            if said.fence.is_some() {
                let inner = rest.by_ref().map(|(line, _)| line.to_owned());
                below.extend(inner.take_while(|line| line.trim() != FENCE));
                below.push(FENCE.to_owned());
            }
            let trivia = std::mem::take(&mut trivia);
            let text = edits.written(&said);
            entries.push(SourceEntry {
                trivia,
                text,
                below,
            });
        } else if line.trim().is_empty() {
            trivia.push(Trivia::Blank);
        } else {
            trivia.push(Trivia::Comment(line.trim().to_owned()));
        }
    }
    aligned(&mut entries);
    (entries, trivia)
}

/// Makes the columns of tables equally wide.
fn aligned(entries: &mut [SourceEntry]) {
    let mut from = 0;
    while from < entries.len() {
        let rest = entries.iter().skip(from);
        let count = rest.take_while(|entry| entry.text.starts_with('|')).count();
        let table = entries.get_mut(from..from + count).unwrap_or_default();
        let rows: Vec<Vec<String>> = table.iter().map(|entry| raw_cells(&entry.text)).collect();
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
            })
            .collect();
        for (entry, row) in table.iter_mut().zip(rows) {
            let cells = row.iter().zip(&widths);
            let cells: Vec<String> = cells
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            entry.text = format!("| {} |", cells.join(" | "));
        }
        from += count.max(1);
    }
}

/// The cells of a row as they are written.
fn raw_cells(row: &str) -> Vec<String> {
    let cells = parse::rows::cells(row);
    cells.iter().map(|cell| cell.replace('|', "\\|")).collect()
}

/// The text as it is put together.
#[derive(Default)]
struct FormattedPage {
    lines: Vec<String>,
    /// How many blocks are open.
    depth: usize,
    in_scene: bool,
    /// A blank line is not wanted here: at the beginning, and below what opens a block.
    is_tight: bool,
}

type Rest = std::iter::Peekable<std::vec::IntoIter<SourceEntry>>;

impl FormattedPage {
    fn blank(&mut self) {
        if !self.is_tight && self.lines.last().is_some_and(|last| !last.is_empty()) {
            self.lines.push(String::new());
        }
    }

    fn line(&mut self, depth: usize, text: &str) {
        let depth = depth + usize::from(self.in_scene);
        self.lines.push(format!("{}{text}", "  ".repeat(depth)));
        self.is_tight = false;
    }

    fn trivia(&mut self, trivia: Vec<Trivia>) {
        for one in trivia {
            match one {
                Trivia::Blank => self.blank(),
                Trivia::Comment(text) => self.line(self.depth, &text),
            }
        }
    }

    fn entry(&mut self, mut entry: SourceEntry) {
        if entry.is_scene() {
            (self.depth, self.in_scene, self.is_tight) = (0, false, false);
            self.blank();
        }
        let is_closer = entry.is_closer();
        while is_closer && entry.trivia.last() == Some(&Trivia::Blank) {
            entry.trivia.pop();
        }
        self.trivia(std::mem::take(&mut entry.trivia));
        self.depth -= usize::from(is_closer).min(self.depth);
        self.line(self.depth, &entry.text);
        self.lines.extend(
            entry
                .below
                .iter()
                .map(|line| line.trim_end_matches('\r').to_owned()),
        );
        if let Some(last) = self.lines.last_mut().filter(|_| !entry.below.is_empty()) {
            let depth = self.depth + usize::from(self.in_scene);
            *last = format!("{}{FENCE}", "  ".repeat(depth));
        }
        let opens = entry.opens();
        self.depth += opens;
        self.in_scene |= entry.is_scene();
        self.is_tight = opens > 0 || entry.is_scene();
    }

    /// Lines of a head, each with its comments, in the order of the reference.
    fn head(&mut self, rest: &mut Rest, is_files: bool) {
        let mut groups: Vec<(usize, Vec<SourceEntry>)> = Vec::new();
        while let Some(rank) = rest.peek().and_then(SourceEntry::rank) {
            let mut group = Vec::new();
            for entry in rest.by_ref() {
                let is_open = entry.opens() > 0 || !group.is_empty() && !entry.is_closer();
                group.push(entry);
                if !is_open {
                    break;
                }
            }
            groups.push((rank, group));
        }
        if groups.is_empty() {
            return;
        }
        if is_files && let Some(first) = groups.first_mut().and_then(|(_, group)| group.first_mut())
        {
            // What stands above all of it, parted by a blank line, is about the file.
            let last = first.trivia.iter().rposition(|one| *one == Trivia::Blank);
            let about = first.trivia.drain(..last.map_or(0, |last| last + 1));
            let about: Vec<Trivia> = about.collect();
            self.trivia(about);
        }
        groups.sort_by_key(|(rank, _)| *rank);
        for (_, group) in groups {
            for mut entry in group {
                entry.trivia.retain(|one| *one != Trivia::Blank);
                self.entry(entry);
            }
        }
        if is_files {
            self.blank();
        }
    }

    fn done(mut self) -> String {
        while self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
        let mut text = self.lines.join("\n");
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }
}
