//! `handset export`: a past conversation to a file or to stdout, also while the
//! phone runs.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use anyhow::{Context, bail};
use clap::ValueEnum;
use jiff::tz::TimeZone;

use crate::{
    cli::{commands::phone::SANDBOX_BRAND, inputs},
    config::paths,
    domain::{text::SafeText, time::Timestamp},
    engine::{
        command::Format,
        exporting::{self, Plan},
    },
    rt::clock,
    store::{PastConversation, Reader},
};

/// The conversation that began last.
const LAST: &str = "last";
/// Conversations that are listed at most.
const MOST: usize = 10_000;

/// Write a past conversation out, or list those there are.
///
/// The phone may run meanwhile. What is written holds no token and no secret; what the consumer
/// and the agents said and who they are is all in it.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// The conversation: its id, or `last` for the one that began last.
    #[arg(
        long,
        value_name = "ID|last",
        value_parser = inputs::words,
        required_unless_present = "list",
        requires = "format"
    )]
    conversation: Option<String>,

    /// How it is written: the transcript as md, json or html, the wire as har or jsonl, or a
    /// bundle of all these with what a report of a bug needs, in one zip.
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Kind>,

    /// The file to write [default: stdout; a bundle needs one].
    #[arg(long, value_name = "FILE", required_if_eq("format", "bundle"))]
    out: Option<PathBuf>,

    /// Replace the file if it is there already.
    #[arg(long, requires = "out")]
    force: bool,

    /// List the conversations, newest first.
    #[arg(long, conflicts_with_all = ["conversation", "format", "out"])]
    list: bool,

    /// List only those that have this in a line or in the wire.
    #[arg(long, value_name = "WORDS", value_parser = inputs::words, requires = "list")]
    search: Option<String>,

    /// The account the phone was opened with [default: the sandbox].
    #[arg(long, value_name = "ID", value_parser = inputs::words)]
    account: Option<String>,

    /// The data folder, for the journal [default: $HANDSET_DATA_DIR, else the user's data folder].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// What `--format` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Md,
    Json,
    Html,
    Har,
    Jsonl,
    Bundle,
}

impl Kind {
    fn format(self) -> Format {
        match self {
            Self::Md => Format::Markdown,
            Self::Json => Format::Json,
            Self::Html => Format::Html,
            Self::Har => Format::Har,
            Self::Jsonl => Format::Jsonl,
            Self::Bundle => Format::Bundle,
        }
    }
}

/// Reads, writes and ends. A reader of stdout that has enough ends it too.
pub fn run(args: ExportArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let data = paths::data_dir(args.data_dir)?;
    let folder = paths::phone_dir(&data, args.account.as_deref());
    let reader = Reader::open(&folder.join(paths::JOURNAL))?;
    let zone = TimeZone::system();
    let (Some(conversation), Some(format)) = (args.conversation, args.format) else {
        let found = reader.conversations(args.search.as_deref().unwrap_or(""), MOST)?;
        return unless_closed(list(out, &found, &zone));
    };
    let conversation = if conversation == LAST {
        match reader.conversations("", 1)?.pop() {
            Some(kept) => kept.conversation,
            None => bail!(
                "there is no conversation in {} yet; talk on the phone first",
                reader.path().display()
            ),
        }
    } else {
        conversation.as_str().into()
    };
    let brand = args.account.as_deref().unwrap_or(SANDBOX_BRAND);
    let plan = Plan {
        conversation,
        format: format.format(),
        brand: SafeText::clean(brand),
        now: Timestamp(clock::unix_millis()),
        zone,
    };
    if let Some(file) = args.out {
        exporting::to_file(&reader, &plan, &file, args.force)?;
        return Ok(());
    }
    match exporting::to_stream(&reader, &plan, out) {
        Err(exporting::Error::Output(cause)) => unless_closed(Err(cause)),
        written => {
            written?;
            unless_closed(out.flush())
        }
    }
}

/// One row for each conversation, in columns.
fn list(out: &mut impl Write, found: &[PastConversation], zone: &TimeZone) -> io::Result<()> {
    for kept in found {
        let began = jiff::Timestamp::from_millisecond(kept.began.0)
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
            .to_zoned(zone.clone())
            .strftime("%Y-%m-%d %H:%M")
            .to_string();
        let row = format!(
            "{:36}  {began}  {:>5}  {:16}  {}",
            kept.conversation.as_str(),
            kept.lines,
            kept.consumer.as_str(),
            kept.opening
        );
        writeln!(out, "{}", SafeText::clean(&row).one_line().trim_end())?;
    }
    out.flush()
}

/// A reader that has closed stdout has seen enough.
fn unless_closed(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to stdout"),
    }
}
