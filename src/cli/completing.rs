//! What shells complete: the commands and flags as clap has them, and names that are read from the
//! user's files at the moment of asking. `handset completions` prints what a shell needs for it.

use std::{fs, path::Path, time::Duration};

use clap::{Arg, Command, CommandFactory as _, ValueHint, builder::StyledStr};
use clap_complete::{
    CompleteEnv,
    engine::{ArgValueCompleter, CompletionCandidate, PathCompleter},
};
use jiff::tz::TimeZone;

use crate::{
    cli::{Cli, own::OwnFiles, profile},
    config::{brand, paths},
    domain::{past::PastConversation, text::SafeText},
    store::{Reader, Search},
    tui::theme::palette,
};

/// The variable by which the script in a shell asks for candidates, with the shell's name.
pub(crate) const VARIABLE: &str = "HANDSET_COMPLETE";
/// Conversations of one phone that are offered at most, the newest.
const CONVERSATIONS: usize = 50;
/// How long a journal may be read for them.
const PATIENCE: Duration = Duration::from_secs(1);

/// Answers a shell that asks for candidates, and ends the program; else does nothing.
pub fn answer_shell() {
    CompleteEnv::with_factory(command)
        .var(VARIABLE)
        .bin("handset")
        .complete();
}

/// The command line with what completes each value.
pub(crate) fn command() -> Command {
    with_values(Cli::command())
}

fn with_values(command: Command) -> Command {
    command.mut_args(with_value).mut_subcommands(with_values)
}

fn with_value(arg: Arg) -> Arg {
    let named = match arg.get_id().as_str() {
        "persona" | "play" | "expect" => personas,
        "profile" => profiles,
        "theme" => themes,
        "conversation" => conversations,
        "brand" | "show" => brands,
        _ => return with_path(arg),
    };
    let is_file = is_of(&arg, "FILE");
    let files = move |current: &std::ffi::OsStr| {
        let mut all = named();
        all.retain(|one| {
            one.get_value()
                .to_string_lossy()
                .starts_with(&*current.to_string_lossy())
        });
        if is_file {
            all.extend(clap_complete::engine::ValueCompleter::complete(
                &PathCompleter::file(),
                current,
            ));
        }
        all
    };
    arg.add(ArgValueCompleter::new(files))
}

/// Files and folders, and of scenarios those alone.
fn with_path(arg: Arg) -> Arg {
    let is_scenario = matches!(arg.get_id().as_str(), "files" | "file" | "paths" | "places")
        && arg.get_long().is_none();
    if is_scenario {
        let is_talk =
            |path: &Path| path.is_dir() || path.extension().is_some_and(|end| end == "talk");
        arg.add(ArgValueCompleter::new(PathCompleter::any().filter(is_talk)))
    } else if is_of(&arg, "FILE") {
        arg.value_hint(ValueHint::FilePath)
    } else if is_of(&arg, "DIR") {
        arg.value_hint(ValueHint::DirPath)
    } else {
        arg
    }
}

/// Whether the name of its value has this word in it.
fn is_of(arg: &Arg, word: &str) -> bool {
    let names = arg.get_value_names().unwrap_or_default();
    names
        .iter()
        .any(|name| name.split('|').any(|one| one == word))
}

fn candidate(name: &str, about: &str) -> CompletionCandidate {
    let about = SafeText::clean(about).one_line();
    let about = (!about.is_empty()).then(|| StyledStr::from(about));
    CompletionCandidate::new(name).help(about)
}

fn personas() -> Vec<CompletionCandidate> {
    let all = OwnFiles::read().personas;
    let all = all
        .iter()
        .map(|one| candidate(&one.key, &one.persona.about));
    all.collect()
}

fn profiles() -> Vec<CompletionCandidate> {
    let names = profile::settings().unwrap_or_default().profiles;
    names.keys().map(|name| candidate(name, "")).collect()
}

fn themes() -> Vec<CompletionCandidate> {
    let all = palette::embedded();
    all.iter().map(|theme| candidate(&theme.name, "")).collect()
}

fn brands() -> Vec<CompletionCandidate> {
    let mut names = brand::known();
    let own = paths::brands_dir().and_then(|folder| fs::read_dir(folder).ok());
    for entry in own.into_iter().flatten().flatten() {
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.iter().map(|name| candidate(name, "")).collect()
}

/// The latest conversations of every phone that has a journal in the data folder.
fn conversations() -> Vec<CompletionCandidate> {
    let folder = paths::data_dir(None).ok();
    let phones = folder.and_then(|folder| fs::read_dir(folder).ok());
    let mut all: Vec<PastConversation> = Vec::new();
    for phone in phones.into_iter().flatten().flatten() {
        let Ok(reader) = Reader::open(&phone.path().join(paths::JOURNAL)) else {
            continue;
        };
        let newest = Search {
            words: String::new(),
            zone: TimeZone::system(),
            patience: PATIENCE,
        };
        if let Ok(found) = reader.conversations(&newest, CONVERSATIONS) {
            all.extend(found.conversations);
        }
    }
    let rows = all.iter().map(|one| {
        let about = format!("{}: {}", one.consumer.as_str(), one.opening.as_str());
        candidate(one.conversation.as_str(), &about)
    });
    [candidate("last", "The one that began last")]
        .into_iter()
        .chain(rows)
        .collect()
}
