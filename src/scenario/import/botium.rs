//! Botium's files: convos, parts of them, utterances and tables.

use std::collections::BTreeMap;

use crate::scenario::{
    import::{
        Foreign, Imported, Writing,
        convo::{Convo, Sender},
        head_line,
        memory::Table,
        texts::KnownTexts,
    },
    syntax::is_word,
};

const CONVO: &str = ".convo.txt";
const PART: &str = ".pconvo.txt";
const UTTERANCES: &str = ".utterances.txt";
const MEMORY: &str = ".scriptingmemory.txt";
/// Files of steps alone do not end like scenarios, which are run when a folder is.
const STEPS: &str = ".steps";

/// What convos name: utterances, tables, and the files of their parts.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) utterances: BTreeMap<String, Vec<String>>,
    pub(super) tables: Vec<Table>,
    pub(super) parts: BTreeMap<String, String>,
}

/// Whether a file is one of these.
pub(super) fn is_known(name: &str) -> bool {
    [CONVO, PART, UTTERANCES, MEMORY]
        .iter()
        .any(|end| name.ends_with(end))
}

pub(super) fn import(files: &[Foreign], imported: &mut Imported) {
    let mut named = Named::default();
    for (number, file) in files.iter().enumerate() {
        if file.name.ends_with(UTTERANCES) {
            let lines = file.text.lines().map(str::trim);
            let mut lines = lines.filter(|line| !line.is_empty()).map(str::to_owned);
            if let Some(name) = lines.next() {
                named.utterances.entry(name).or_default().extend(lines);
            }
        } else if file.name.ends_with(MEMORY) {
            let table = Table::read(&file.text);
            if table.is_usable() {
                named.tables.push(table);
            } else {
                let told = "a table without rows, or with a variable that is no word".to_owned();
                imported.left.push((number, 1, told));
            }
        } else if let Some(stem) = file.name.strip_suffix(PART) {
            let convo = Convo::read(&file.text);
            named.parts.insert(convo.name, format!("{stem}{STEPS}"));
        }
    }
    for (number, file) in files.iter().enumerate() {
        if let Some(stem) = file.name.strip_suffix(CONVO) {
            let convo = Convo::read(&file.text);
            scenario(number, &convo, &named, format!("{stem}.talk"), imported);
        } else if let Some(stem) = file.name.strip_suffix(PART) {
            let convo = Convo::read(&file.text);
            let mut writing = Writing::new(number, &mut imported.left);
            writing.sheet.comment(&convo.name);
            let mut known = KnownTexts::default();
            // A part has the values of the convo that uses it.
            known
                .0
                .extend(named.tables.iter().flat_map(|table| table.columns.clone()));
            convo.steps(&named, &mut known, &BTreeMap::new(), &mut writing);
            writing.finish(format!("{stem}{STEPS}"), &mut imported.files);
        }
    }
}

fn scenario(number: usize, convo: &Convo, named: &Named, name: String, imported: &mut Imported) {
    let mut writing = Writing::new(number, &mut imported.left);
    for row in &convo.about {
        writing.sheet.comment(row);
    }
    let (table, said) = data(convo, named, &mut writing);
    if !convo.name.is_empty() {
        writing.sheet.line(&head_line("title", &convo.name));
    }
    if !table.columns.is_empty() {
        table
            .lines()
            .iter()
            .for_each(|line| writing.sheet.line(line));
    }
    writing.sheet.line("");
    let mut known = KnownTexts(table.columns.iter().cloned().collect());
    convo.steps(named, &mut known, &said, &mut writing);
    writing.finish(name, &mut imported.files);
}

/// The data of a convo, and the columns of the utterances that the consumer says in it.
fn data(
    convo: &Convo,
    named: &Named,
    writing: &mut Writing<'_>,
) -> (Table, BTreeMap<String, String>) {
    let mut whole = Table::default();
    let mut said = BTreeMap::new();
    let uses = |column: &String| convo.uses(&format!("${column}"));
    let tables = named
        .tables
        .iter()
        .filter(|table| table.columns.iter().any(uses));
    let tables: Vec<(usize, &str, Table)> = tables.map(|table| (1, "", table.clone())).collect();
    let utterances = convo.turns.iter().filter(|turn| turn.sender == Sender::Me);
    let utterances = utterances.filter_map(|turn| {
        let (line, text) = turn.lines.first()?;
        let (name, texts) = named.utterances.get_key_value(text)?;
        let column = name.to_lowercase();
        is_word(&column).then(|| (*line, name.as_str(), Table::of_texts(&column, texts)))
    });
    let utterances: Vec<_> = utterances.collect();
    for (line, name, table) in tables.into_iter().chain(utterances) {
        if said.contains_key(name) {
            continue;
        }
        match whole.times(&table).filter(|_| table.is_usable()) {
            Some(product) => {
                let column = table.columns.first().cloned().unwrap_or_default();
                said.insert(name.to_owned(), column);
                whole = product;
            }
            None => writing.left(
                line,
                &format!("all cases of {name}: there are too many, or none"),
            ),
        }
    }
    (whole, said)
}
