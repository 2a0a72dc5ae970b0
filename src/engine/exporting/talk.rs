//! A conversation as a scenario, with what goes beside it: a folder of cards and files, and the
//! exact transcript.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use crate::{
    engine::exporting::{
        Error, Plan,
        file::{make_folder, put_file},
        pages,
    },
    export::{
        Talk,
        talk::{Beside, Recording, TalkFile, Trace, compose},
        transcript,
    },
    store::Reader,
};

/// Lines of the longest scenario.
const MOST_LINES: usize = 10_000;
/// Entries of the wire that are looked at for it.
const MOST_TRACES: usize = 200_000;
/// Bytes of the largest file that is copied beside it.
const LARGEST: u64 = 64 * 1024 * 1024;
/// How the folder is called where the scenario has no file.
const NAMELESS: &str = "recorded.files";

/// Writes the scenario alone.
pub(super) fn to_stream(
    reader: &Reader,
    plan: &Plan,
    talk: &Talk,
    out: &mut impl Write,
) -> Result<Vec<String>, Error> {
    let mut file = scenario(reader, plan, talk, NAMELESS)?;
    out.write_all(file.text.as_bytes())?;
    if !file.beside.is_empty() {
        let told = "its cards and files are written beside a file alone; name one with --out";
        file.remarks.push(told.to_owned());
    }
    Ok(file.remarks)
}

/// Writes the scenario, and beside its file what goes with it.
pub(super) fn beside(
    reader: &Reader,
    plan: &Plan,
    talk: &Talk,
    (path, replace): (&Path, bool),
    out: &mut impl Write,
) -> Result<Vec<String>, Error> {
    let [folder, exact] = names_beside(path);
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let mut file = scenario(reader, plan, talk, &name)?;
    out.write_all(file.text.as_bytes())?;
    if !file.beside.is_empty() {
        make_folder(&folder)?;
    }
    for (name, what) in &file.beside {
        match what {
            Beside::Card(card) => put_file(&folder.join(name), replace, |out| {
                Ok(writeln!(out, "{card:#}")?)
            })?,
            Beside::Copy(from) => {
                if let Err(why) = copy(from, &folder.join(name)) {
                    let (from, to) = (from.display(), folder.join(name));
                    let told = format!("cannot copy {from} ({why}); put it at {}", to.display());
                    file.remarks.push(told);
                }
            }
        }
    }
    put_file(&exact, replace, |out| {
        let lines = pages::lines(reader, &plan.conversation);
        let is_later = |at| plan.since.is_none_or(|since| at >= since);
        let lines = lines.filter(|line| line.as_ref().map_or(true, |line| is_later(line.at)));
        transcript::write(out, talk, lines)
    })?;
    Ok(file.remarks)
}

/// What goes beside a scenario: the folder of its cards and files, and its exact transcript.
pub(super) fn names_beside(path: &Path) -> [PathBuf; 2] {
    let mut exact = path.file_name().unwrap_or_default().to_owned();
    exact.push(".json");
    [path.with_extension("files"), path.with_file_name(exact)]
}

fn scenario(reader: &Reader, plan: &Plan, talk: &Talk, folder: &str) -> Result<TalkFile, Error> {
    let mut recording = Recording {
        since: plan.since,
        folder: folder.to_owned(),
        ..Recording::default()
    };
    let mut cut = None;
    for line in pages::lines(reader, &plan.conversation) {
        if recording.lines.len() == MOST_LINES {
            cut = Some(format!(
                "the scenario holds the first {MOST_LINES} lines of it"
            ));
            break;
        }
        recording.lines.push(line?);
    }
    for entry in pages::wire(reader, &plan.conversation).take(MOST_TRACES) {
        let entry = entry?;
        let lines = reader.linked(entry.id)?;
        recording.traces.extend(Trace::of(&entry, lines));
    }
    let mut file = compose(talk, &recording).ok_or(Error::Nothing {
        since_record: plan.since.is_some(),
    })?;
    file.remarks.extend(cut);
    Ok(file)
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let size = fs::metadata(from).map_err(|cause| cause.to_string())?.len();
    if size > LARGEST {
        return Err(format!("it is larger than {} MiB", LARGEST / 1024 / 1024));
    }
    fs::copy(from, to).map_err(|cause| cause.to_string())?;
    Ok(())
}
