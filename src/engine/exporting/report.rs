//! What a report of a bug needs, in one zip: transcript and wire, who was
//! played, where it ran, and the last of the log.

use std::{
    env,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use crate::{
    domain::past::PastConversation,
    engine::{
        command::Format,
        exporting::{Error, write as write_as},
    },
    export::{Talk, bundle::Bundle},
    store::Reader,
};

/// How much of the log goes with it, from its end, in bytes.
const LOG: u64 = 256 * 1024;
/// What of the surroundings has a say in how the phone looks.
const VARIABLES: [&str; 7] = [
    "TERM",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "COLORTERM",
    "NO_COLOR",
    "LANG",
    "HANDSET_LOG",
];

pub(super) fn write(
    reader: &Reader,
    kept: &PastConversation,
    talk: &Talk,
    out: impl Write + Seek,
) -> Result<(), Error> {
    let mut bundle = Bundle::new(out, talk.exported, &talk.zone);
    for (name, format) in [
        ("transcript.md", Format::Markdown),
        ("transcript.html", Format::Html),
        ("transcript.json", Format::Json),
        ("wire.har", Format::Har),
        ("wire.jsonl", Format::Jsonl),
    ] {
        write_as(reader, kept, talk, format, &mut bundle.file(name)?)?;
    }
    if let Some(mut persona) = reader.persona(kept.phone)? {
        talk.redactor.value(&mut persona);
        writeln!(bundle.file("persona.json")?, "{persona:#}")?;
    }
    let about = about(reader, kept, talk);
    let about = talk.redactor.text(&about);
    bundle.file("about.txt")?.write_all(about.as_bytes())?;
    // The journal is of use without a log too, as after a run that never logged.
    if let Ok(log) = last_lines(&reader.path().with_file_name("handset.log")) {
        let log = talk.redactor.text(&log);
        bundle.file("handset.log")?.write_all(log.as_bytes())?;
    }
    bundle.finish()?.flush()?;
    Ok(())
}

fn about(reader: &Reader, kept: &PastConversation, talk: &Talk) -> String {
    let mut about = format!(
        "handset {}\njournal schema {}\nsystem {} {}\naccount {}\ntime zone {}\nconversation {}\nthread {}\nlines {}\n",
        env!("CARGO_PKG_VERSION"),
        reader.schema(),
        env::consts::OS,
        env::consts::ARCH,
        talk.account,
        talk.zone_name(),
        kept.conversation,
        kept.phone,
        kept.lines,
    );
    for name in VARIABLES {
        if let Some(value) = env::var_os(name) {
            about.extend([name, "=", &value.to_string_lossy(), "\n"]);
        }
    }
    about
}

/// The end of a file, from the begin of a line on.
fn last_lines(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG)))?;
    let mut end = Vec::new();
    file.take(LOG).read_to_end(&mut end)?;
    let text = String::from_utf8_lossy(&end);
    match text.split_once('\n') {
        Some((_, rest)) if length > LOG => Ok(rest.to_owned()),
        _ => Ok(text.into_owned()),
    }
}
