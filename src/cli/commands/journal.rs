//! `handset journal`: how large the journal is, and deleting old conversations out of it.

use std::{
    fmt::Write as _,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::bail;
use clap::Subcommand;
use jiff::tz::TimeZone;

use crate::{
    cli::{asking, inputs, output, spans},
    config::paths,
    domain::time::Timestamp,
    engine::pruning::{self, PrunePlan, PruneRule},
    rt::clock,
    store::{Prunable, Pruner, Reader, Stays},
};

/// Conversations that are named one by one before they go.
const NAMED: usize = 20;

/// Say how large the journal is, or delete old conversations out of it.
///
/// Nothing is ever deleted by itself.
#[derive(Debug, clap::Args)]
pub(crate) struct JournalArgs {
    #[command(subcommand)]
    does: JournalCommand,

    /// The account the phone was opened with [default: the sandbox].
    #[arg(long, global = true, value_name = "ID", value_parser = inputs::words)]
    account: Option<String>,

    /// The data folder, for the journal [default: $HANDSET_DATA_DIR, else the user's data folder].
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum JournalCommand {
    /// Say how much the journal holds and how large it is.
    Size,
    Prune(PruneArgs),
}

/// Delete old conversations, with their lines, wire, drafts and fetched files.
///
/// It says what would go and asks. Open conversations stay, and while a phone runs, those it listens
/// to. Without a running phone the file becomes smaller at once.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct PruneArgs {
    /// Delete what nobody has written in for so long, like 90d.
    #[arg(
        long,
        value_name = "SPAN",
        value_parser = spans::span,
        required_unless_present = "keep",
        conflicts_with = "keep"
    )]
    older_than: Option<Duration>,

    /// Delete the oldest until the journal takes no more than this, like 1GiB.
    #[arg(long, value_name = "SIZE", value_parser = spans::size)]
    keep: Option<u64>,

    /// Delete without asking first.
    #[arg(long)]
    yes: bool,
}

/// Reads, asks, deletes and ends.
pub(crate) fn run(args: JournalArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let data = paths::data_dir(args.data_dir)?;
    let folder = paths::phone_dir(&data, args.account.as_deref());
    let path = folder.join(paths::JOURNAL);
    match args.does {
        JournalCommand::Size => say_size(&path, out),
        JournalCommand::Prune(args) => prune(&args, &path, out),
    }
}

fn say_size(path: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let size = Reader::open(path)?.size()?;
    let since = size.since.map_or_else(|| "-".to_owned(), day);
    let rows = [
        ("journal", path.display().to_string()),
        ("size", spans::bytes(size.file)),
        ("unused in it", spans::bytes(size.unused)),
        ("conversations", size.conversations.to_string()),
        ("lines", size.lines.to_string()),
        ("wire entries", size.entries.to_string()),
        ("drafts", size.drafts.to_string()),
        ("since", since),
    ];
    let rows = rows.map(|(name, value)| [name.to_owned(), value]);
    output::print(
        out,
        &output::table(rows.to_vec()),
        "the size of the journal",
    )
}

fn prune(args: &PruneArgs, path: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let now = Timestamp(clock::unix_millis());
    let rule = match (args.older_than, args.keep) {
        (Some(span), _) => {
            let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
            PruneRule::OlderThan(Timestamp(now.0.saturating_sub(millis)))
        }
        (None, Some(bytes)) => PruneRule::Keep(bytes),
        // The command line asks for one of the two.
        (None, None) => bail!("say --older-than or --keep"),
    };
    let pruner = Pruner::open(path)?;
    let plan = pruning::plan(&pruner, path, rule)?;
    output::print(out, &in_words(&plan), "what would be deleted")?;
    if plan.gone.is_empty() {
        pruner.close();
        return Ok(());
    }
    let count = conversations(plan.gone.len());
    let question = format!("delete {count} for good? [y/N] ");
    if !args.yes && !asking::yes(&question, "whether to delete them")? {
        pruner.close();
        bail!("nothing is deleted");
    }
    let outcome = pruning::carry_out(pruner, path, &plan)?;
    let mut text = format!("deleted {count}");
    if outcome.files > 0 {
        let _ = write!(text, " and {} fetched files", outcome.files);
    }
    let _ = writeln!(
        text,
        "; the journal takes {} now",
        spans::bytes(outcome.size)
    );
    if let Some(why) = outcome.unshrunk {
        let _ = writeln!(text, "it is not smaller yet: {why}");
    }
    for (file, cause) in outcome.left {
        let _ = writeln!(text, "cannot remove {}: {cause}", file.display());
    }
    output::print(out, &text, "what was deleted")
}

fn in_words(plan: &PrunePlan) -> String {
    let mut text = match plan.gone.len() {
        0 => "nothing to delete\n".to_owned(),
        count => format!(
            "{} would go, about {}:\n",
            conversations(count),
            spans::bytes(plan.bytes)
        ),
    };
    let row = |one: &Prunable| {
        [
            format!("  {}", day(one.ended)),
            one.consumer.to_string(),
            format!("{} lines", one.lines),
            spans::bytes(one.bytes),
            one.conversation.to_string(),
        ]
    };
    text += &output::table(plan.gone.iter().take(NAMED).map(row).collect());
    if plan.gone.len() > NAMED {
        let _ = writeln!(text, "  and {} more", plan.gone.len() - NAMED);
    }
    for (why, what) in [
        (Stays::Open, "open"),
        (Stays::InUse, "in use by the phone that runs"),
    ] {
        let count = plan.stays.iter().filter(|(_, stays)| *stays == why).count();
        if count > 0 {
            let verb = if count == 1 {
                "stays: it is"
            } else {
                "stay: they are"
            };
            let _ = writeln!(text, "{} {verb} {what}", conversations(count));
        }
    }
    text
}

fn conversations(count: usize) -> String {
    match count {
        1 => "1 conversation".to_owned(),
        count => format!("{count} conversations"),
    }
}

fn day(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned(TimeZone::system())
        .strftime("%Y-%m-%d")
        .to_string()
}
