//! A conversation of the journal, written out: the lines and entries are read
//! page by page and go to the writers of [`crate::export`].
//!
//! All of it blocks, so it wants a thread where that is allowed.

mod file;
mod pages;
mod report;
mod talk;

pub use file::{free_beside, free_name, to_file};

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::tz::TimeZone;

use crate::{
    domain::{ids::ConversationId, past::PastConversation, text::SafeText, time::Timestamp},
    engine::command::Format,
    export::{Redactor, SANDBOX, Talk, har, html, jsonl, markdown, transcript},
    ingress::intake::LISTENER_PATH,
    store::{self, Reader},
};

/// What is to be written out.
#[derive(Debug, Clone)]
pub struct Plan {
    pub conversation: ConversationId,
    pub format: Format,
    /// Of a scenario only what came after this.
    pub since: Option<Timestamp>,
    /// What the brand is called; empty when nobody knows.
    pub brand: SafeText,
    pub now: Timestamp,
    /// Where the clock on the wall hangs.
    pub zone: TimeZone,
}

/// Why a conversation cannot be written out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] store::Error),
    /// The journal has no such conversation.
    #[error(
        "there is no conversation {conversation} in {}; `handset export --list` tells those there are",
        journal.display()
    )]
    Unknown {
        /// What was asked for.
        conversation: ConversationId,
        /// Where it was looked for.
        journal: PathBuf,
    },
    /// The file is there already.
    #[error("{} is there already; choose another name, or say --force to replace it", path.display())]
    Exists { path: PathBuf },
    /// What is there is no file that may be replaced.
    #[error("cannot write {}: it is no regular file; choose another name", path.display())]
    Irregular {
        /// The folder or device.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {cause}; choose another place", path.display())]
    Unwritable {
        path: PathBuf,
        cause: Arc<io::Error>,
    },
    /// The stream cannot be written.
    #[error("cannot write the conversation out: {0}")]
    Output(#[from] io::Error),
    /// A zip is put together back and forth.
    #[error("a bundle is a zip and needs a file to be written to")]
    NeedsFile,
    /// A scenario of it would be empty.
    #[error("cannot write a scenario: nothing was said or done{}", if *since_record { " since the recording began" } else { " in this conversation" })]
    Nothing {
        /// Whether only what came after a moment was looked at.
        since_record: bool,
    },
}

/// Writes a conversation to a stream, in any format but [`Format::Bundle`]. Gives what the reader
/// of a scenario should know.
pub fn to_stream(reader: &Reader, plan: &Plan, out: &mut impl Write) -> Result<Vec<String>, Error> {
    let (kept, talk) = find(reader, plan)?;
    if plan.format == Format::Talk {
        return talk::to_stream(reader, plan, &talk, out);
    }
    write(reader, &kept, &talk, plan.format, out)?;
    Ok(Vec::new())
}

/// The conversation with what writers want to know of it.
fn find(reader: &Reader, plan: &Plan) -> Result<(PastConversation, Talk), Error> {
    let Some(kept) = reader.conversation(&plan.conversation)? else {
        return Err(Error::Unknown {
            conversation: plan.conversation.clone(),
            journal: reader.path().to_owned(),
        });
    };
    let talk = Talk {
        consumer: kept.consumer.clone(),
        brand: plan.brand.clone(),
        account: account(reader),
        conversation: kept.conversation.clone(),
        began: kept.began,
        exported: plan.now,
        zone: plan.zone.clone(),
        // A person who knows the path may post to the listener.
        redactor: Redactor::new(reader.note(LISTENER_PATH)?),
    };
    Ok((kept, talk))
}

/// The account a journal is of, as its folder is named after it, or the sandbox.
fn account(reader: &Reader) -> SafeText {
    let folder = reader.path().parent().and_then(Path::file_name);
    let folder = folder.unwrap_or_default().to_string_lossy();
    SafeText::clean(folder.strip_prefix("account-").unwrap_or(SANDBOX))
}

fn write(
    reader: &Reader,
    kept: &PastConversation,
    talk: &Talk,
    format: Format,
    out: &mut impl Write,
) -> Result<(), Error> {
    let lines = || pages::lines(reader, &kept.conversation);
    let wire = || pages::wire(reader, &kept.conversation);
    match format {
        Format::Markdown => markdown::write(out, talk, lines()),
        Format::Json => transcript::write(out, talk, lines()),
        Format::Html => html::write(out, talk, lines()),
        Format::Har => har::write(out, talk, wire()),
        Format::Jsonl => jsonl::write(out, talk, wire()),
        Format::Bundle | Format::Talk => Err(Error::NeedsFile),
    }
}
