//! Questions of the front end about what the journal has.
//!
//! Each is answered by a task of its own that looks with a connection of its
//! own, so that neither the phones nor the webhooks wait for it.

use std::{path::PathBuf, time::Duration};

use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::{
    domain::{
        exchange::Entry,
        ids::{EntryId, ItemId},
        text::SafeText,
        time::Timestamp,
    },
    engine::{
        command::Question,
        exporting::{self, Plan},
        update::{Answer, Update},
    },
    rt::clock,
    store::{self, Journal, Reader, Scope, Search},
};

/// Questions under way at a time; one more is refused.
const AT_ONCE: usize = 16;
/// Entries in one answer, whatever was asked for.
const MOST_ENTRIES: usize = 1000;
/// Lines in one answer, of the newest of a conversation.
const MOST_LINES: usize = 10_000;
/// Conversations in one answer.
const MOST_CONVERSATIONS: usize = 1000;
/// A search ends after this with what it has found so far.
const PATIENCE: Duration = Duration::from_secs(5);
/// The folder of exports nobody gave a name, beside the journal.
const FOLDER: &str = "exports";

struct Found {
    answer: Answer,
    /// The lines that entries of the answer belong to.
    links: Vec<(EntryId, Vec<ItemId>)>,
}

/// Answers one question in a task of `tasks`; the answer goes to the front end.
///
/// What is still under way at the end may be left to itself: it only reads, and an export that is
/// not whole has not taken its name yet.
pub(super) fn answer(
    journal: &Journal,
    updates: &mpsc::Sender<Update>,
    tasks: &TaskTracker,
    brand: &SafeText,
    ask: u64,
    question: Question,
) {
    let is_crowded = tasks.len() >= AT_ONCE;
    let (path, updates) = (journal.path().to_owned(), updates.clone());
    let brand = brand.clone();
    tasks.spawn(async move {
        let found = if is_crowded {
            failed("too many questions at once; ask again")
        } else {
            look(path, brand, question).await
        };
        let answer = found.answer;
        // A front end that is gone wants no answer.
        let _ = updates.send(Update::Answer { ask, answer }).await;
        for (entry, items) in found.links {
            let _ = updates.send(Update::Linked { entry, items }).await;
        }
    });
}

fn failed(words: &str) -> Found {
    Found {
        answer: Answer::Failed(words.to_owned()),
        links: Vec::new(),
    }
}

async fn look(path: PathBuf, brand: SafeText, question: Question) -> Found {
    let looking = tokio::task::spawn_blocking(move || {
        let reader = Reader::open(&path)?;
        find(&reader, brand, question)
    });
    match looking.await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => failed(&error.to_string()),
        Err(_) => failed("looking it up was broken off"),
    }
}

fn find(reader: &Reader, brand: SafeText, question: Question) -> Result<Found, exporting::Error> {
    let mut links = Vec::new();
    let answer = match question {
        Question::Entries {
            before,
            conversation,
            limit,
        } => {
            let scope = conversation.map_or(Scope::All, Scope::Conversation);
            let entries = entries(reader, &scope, before, limit.min(MOST_ENTRIES))?;
            for entry in &entries {
                let items = reader.linked(entry.id)?;
                if !items.is_empty() {
                    links.push((entry.id, items));
                }
            }
            Answer::Entries(entries)
        }
        Question::Lines {
            phone: id,
            before,
            limit,
        } => Answer::Lines(reader.phone_lines(id, before, limit.min(MOST_LINES))?),
        Question::LinesAfter {
            phone: id,
            after,
            limit,
        } => Answer::Lines(reader.phone_lines_after(id, after, limit.min(MOST_LINES))?),
        Question::Conversations { words, limit } => {
            let search = Search {
                words,
                zone: TimeZone::system(),
                patience: PATIENCE,
            };
            let found = reader.conversations(&search, limit.min(MOST_CONVERSATIONS))?;
            Answer::Conversations(found)
        }
        Question::FindLine {
            phone: id,
            words,
            from,
            up,
        } => Answer::Found(reader.find_line(id, &words, from, up)?),
        Question::Conversation(id) => Answer::Lines(reader.last_lines(&id, MOST_LINES)?),
        Question::Export {
            conversation,
            format,
            file,
            since,
        } => {
            let plan = Plan {
                conversation,
                format,
                since,
                brand,
                now: Timestamp(clock::unix_millis()),
                zone: TimeZone::system(),
            };
            Answer::Exported(export(reader, &plan, file)?)
        }
    };
    Ok(Found { answer, links })
}

/// Pages until there are enough, for a short page does not mean the end.
fn entries(
    reader: &Reader,
    scope: &Scope,
    mut before: Option<EntryId>,
    limit: usize,
) -> Result<Vec<Entry>, store::Error> {
    let mut entries: Vec<Entry> = Vec::new();
    while entries.len() < limit {
        let page = reader.entries(scope, before, limit - entries.len())?;
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        entries.extend(page);
    }
    Ok(entries)
}

fn export(
    reader: &Reader,
    plan: &Plan,
    file: Option<PathBuf>,
) -> Result<PathBuf, exporting::Error> {
    let file = match file {
        // A recording is not lost because its name is taken.
        Some(file) if plan.since.is_some() => exporting::free_beside(&file, plan.format),
        Some(file) => file,
        None => exporting::free_name(reader, plan, &reader.path().with_file_name(FOLDER))?,
    };
    exporting::to_file(reader, plan, &file, false)?;
    Ok(file)
}
