//! `handset export`: a past conversation to a file or to stdout, also while the
//! phone runs.

use std::{
    io::{self, IsTerminal as _, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use clap::ValueEnum;
use jiff::tz::TimeZone;
use tokio::time::timeout;

use crate::{
    cli::{
        commands::run::trial::{Trial, verdict},
        inputs, profile,
        scenarios::{
            WITHIN,
            files::{self, ScenarioFile},
        },
        signals::Signals,
    },
    config::paths,
    domain::{past::PastConversation, text::SafeText, time::Timestamp},
    engine::{
        command::Format,
        exporting::{self, Plan},
    },
    report::words::quoted,
    rt::clock,
    store::{Reader, Search},
};

/// The conversation that began last.
const LAST: &str = "last";
/// A search ends after this with what it has found so far.
const PATIENCE: Duration = Duration::from_mins(2);
/// A scenario is tried for so long at most.
const TRY: Duration = Duration::from_mins(3);
/// How long a try that takes too long may take to end.
const ENDING: Duration = Duration::from_secs(5);
/// The seed with which it is tried.
const SEED: u64 = 1;
/// Conversations that are listed at most.
const MOST: usize = 10_000;

/// Write a past conversation out, or list those there are.
///
/// The phone may run meanwhile. What is written holds no token and no secret; what the consumer
/// and the agents said and who they are is all in it.
#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The conversation: its id, or `last` for the one that began last.
    #[arg(
        long,
        value_name = "ID|last",
        value_parser = inputs::words,
        required_unless_present = "list",
        requires = "format"
    )]
    conversation: Option<String>,

    /// How it is written: the transcript as md, json or html, the wire as har or jsonl, a scenario
    /// to run again as talk, or a bundle of transcript and wire with what a report of a bug needs,
    /// in one zip. Beside the file of a scenario go its cards and files, and its exact transcript.
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<FormatName>,

    /// The file to write [default: stdout; a bundle needs one].
    #[arg(long, value_name = "FILE", required_if_eq("format", "bundle"))]
    out: Option<PathBuf>,

    /// Replace the file if it is there already.
    #[arg(long, requires = "out")]
    force: bool,

    /// Write a scenario without trying it. Otherwise one of the sandbox that goes to a file is run
    /// once, in a sandbox of its own, and whether it passes is told; the file stays either way.
    #[arg(long)]
    no_try: bool,

    /// Who answers when the scenario is tried: riley, none, or an agent script of your own.
    #[arg(long, value_name = "WHO|FILE", value_parser = inputs::words, conflicts_with = "no_try")]
    agent: Option<String>,

    /// List the conversations, newest first.
    #[arg(long, conflicts_with_all = ["conversation", "format", "out"])]
    list: bool,

    /// List only those that have each of these words somewhere: in what was said, in names, ids and
    /// days, in the wire. Case and accents do not matter; those with words in the wire alone come last.
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
enum FormatName {
    Md,
    Json,
    Html,
    Har,
    Jsonl,
    Talk,
    Bundle,
}

impl FormatName {
    fn format(self) -> Format {
        match self {
            Self::Md => Format::Markdown,
            Self::Json => Format::Json,
            Self::Html => Format::Html,
            Self::Har => Format::Har,
            Self::Jsonl => Format::Jsonl,
            Self::Talk => Format::Talk,
            Self::Bundle => Format::Bundle,
        }
    }
}

/// Reads, writes and ends. A reader of stdout that has enough ends it too.
pub(crate) async fn run(args: ExportArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let data = paths::data_dir(args.data_dir)?;
    let folder = paths::phone_dir(&data, args.account.as_deref());
    let reader = Reader::open(&folder.join(paths::JOURNAL))?;
    let zone = TimeZone::system();
    let (Some(conversation), Some(format)) = (args.conversation, args.format) else {
        let search = Search {
            words: args.search.unwrap_or_default(),
            zone: zone.clone(),
            patience: PATIENCE,
        };
        let found = reader.conversations(&search, MOST)?;
        let listed = list(out, &found.conversations, &zone);
        if let Some(back_to) = found.back_to {
            let moment = moment(back_to, &zone);
            // Nobody may be there to read it.
            let _ = writeln!(
                io::stderr(),
                "the search was ended after {} s: what began at {moment} or earlier was not looked through to the end",
                PATIENCE.as_secs()
            );
        }
        return unless_closed(listed);
    };
    let conversation = if conversation == LAST {
        let newest = Search {
            words: String::new(),
            zone: zone.clone(),
            patience: PATIENCE,
        };
        match reader.conversations(&newest, 1)?.conversations.pop() {
            Some(kept) => kept.conversation,
            None => bail!(
                "there is no conversation in {} yet; talk on the phone first",
                reader.path().display()
            ),
        }
    } else {
        conversation.as_str().into()
    };
    let brand = profile::brand(args.account.as_deref())?;
    let plan = Plan {
        conversation,
        format: format.format(),
        since: None,
        brand: SafeText::clean(&brand),
        now: Timestamp(clock::unix_millis()),
        zone,
    };
    if let Some(file) = args.out {
        remark(&exporting::to_file(&reader, &plan, &file, args.force)?);
        // Nobody else's agents say what they said once more.
        if plan.format == Format::Talk && args.account.is_none() && !args.no_try {
            Box::pin(try_out(&file, args.agent.as_deref())).await?;
        }
        return Ok(());
    }
    match exporting::to_stream(&reader, &plan, out) {
        Err(exporting::Error::Output(cause)) => unless_closed(Err(cause)),
        written => {
            remark(&written?);
            unless_closed(out.flush())
        }
    }
}

/// Runs a scenario once, and tells what becomes of it. The file is there whatever that is.
async fn try_out(file: &Path, agent: Option<&str>) -> anyhow::Result<()> {
    let name = file.to_string_lossy();
    let command = format!("`handset run {}`", quoted(&name));
    let trial = Trial::new(agent)?;
    let mut signals = Signals::new()?;
    let read = files::read(std::slice::from_ref(&name.into_owned()))?;
    if io::stderr().is_terminal() {
        remark(&[format!("{command} is tried; Ctrl-C ends that")]);
    }
    for scenario in &read {
        if scenario.parsed.is_faulty() {
            let check = format!("`handset check {}`", quoted(scenario.path()));
            remark(&[format!("{command} cannot be tried; {check} tells why")]);
            continue;
        }
        let work = one_try(&trial, scenario);
        let words = Box::pin(trial.unless_stopped(&mut signals, work)).await?;
        remark(&[format!("{command} {words}")]);
    }
    Ok(())
}

/// What becomes of a scenario, for so long as a try may take.
async fn one_try(trial: &Trial, scenario: &ScenarioFile) -> String {
    let script = &scenario.parsed.script;
    let played = trial.played(script, &scenario.folder, SEED, WITHIN);
    tokio::pin!(played);
    if let Ok(scenes) = timeout(TRY, &mut played).await {
        return verdict(&scenes);
    }
    trial.stop();
    // What does not end in time ends with the program.
    let _ = timeout(ENDING, played).await;
    format!("was not over after {} s", TRY.as_secs())
}

/// What is said of a scenario, beside it.
fn remark(remarks: &[String]) {
    for remark in remarks {
        // Nobody may be there to read it.
        let _ = writeln!(io::stderr(), "{}", SafeText::clean(remark).one_line());
    }
}

/// One row for each conversation, in columns.
fn list(out: &mut impl Write, found: &[PastConversation], zone: &TimeZone) -> io::Result<()> {
    for kept in found {
        let began = moment(kept.began, zone);
        let rating = kept
            .rating
            .map_or("-".to_owned(), |stars| format!("{stars}/5"));
        let row = format!(
            "{:36}  {began}  {:>5}  {:6}  {rating:3}  {:16}  {:16}  {}",
            kept.conversation.as_str(),
            kept.lines,
            if kept.is_open { "open" } else { "closed" },
            kept.consumer.as_str(),
            kept.agent.as_str(),
            kept.opening
        );
        writeln!(out, "{}", SafeText::clean(&row).one_line().trim_end())?;
    }
    out.flush()
}

fn moment(at: Timestamp, zone: &TimeZone) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// A reader that has closed stdout has seen enough.
fn unless_closed(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to stdout"),
    }
}
