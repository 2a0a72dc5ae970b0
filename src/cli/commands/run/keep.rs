//! What a run keeps of its scenes in files: the page of each conversation, and its wire.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::{Context as _, anyhow};
use jiff::tz::TimeZone;

use crate::{
    cli::{files, in_words},
    domain::{ids::ConversationId, text::SafeText, time::Timestamp},
    engine::{
        command::Format,
        exporting::{self, Plan},
    },
    export::json_line::json_line,
    report::outcome::{SceneOutcome, SceneReport},
    runner::case::Case,
    store::Reader,
};

/// Where files go when `--keep failed` names no folder.
const FOLDER: &str = "handset-run";
/// Characters of a scene's title in the name of a file.
const LONGEST: usize = 40;
/// Stands for a secret.
const MASK: &str = "•••";
/// Shorter secrets would mask half of every text.
const SHORTEST: usize = 3;

/// The kinds of files that are kept of a conversation, as reports call them.
const KINDS: [(&str, Format); 2] = [("html", Format::Html), ("har", Format::Har)];

/// Which scenes `--keep` keeps, and in which folder.
#[derive(Debug)]
pub(super) struct Keep {
    folder: PathBuf,
    only_failed: bool,
    /// Names of files that this run has given.
    given: Mutex<BTreeSet<String>>,
    /// What could not be written, in words.
    faults: Mutex<Vec<String>>,
}

impl Keep {
    /// Makes the folder; `None` when nothing is to be kept. The words are `never`, `failed` and
    /// folders.
    pub(super) fn new(words: &[String]) -> anyhow::Result<Option<Self>> {
        if words.is_empty() || words.iter().any(|word| word == "never") {
            return Ok(None);
        }
        let mut folders = words.iter().filter(|word| *word != "failed");
        let folder = PathBuf::from(folders.next().map_or(FOLDER, String::as_str));
        if let Some(other) = folders.next() {
            return Err(anyhow!(
                "--keep names two folders, {} and {other}; name one",
                folder.display()
            ));
        }
        fs::create_dir_all(&folder).with_context(|| {
            let folder = folder.display();
            format!("cannot make the folder {folder}, given with --keep")
        })?;
        Ok(Some(Self {
            folder,
            only_failed: words.iter().any(|word| word == "failed"),
            given: Mutex::default(),
            faults: Mutex::default(),
        }))
    }

    /// Keeps the conversations of a scene that has been played, and notes in its report where. They
    /// are read from the scene's journal; `now` is the time of its world.
    pub(super) async fn scene(
        &self,
        case: &Case<'_>,
        (journal, brand): (&Path, &SafeText),
        now: Timestamp,
        scene: &mut SceneReport,
    ) {
        let is_wrong = matches!(
            scene.outcome,
            SceneOutcome::Failed { .. } | SceneOutcome::Error { .. }
        );
        if self.only_failed && !is_wrong {
            return;
        }
        let secrets = secrets(case);
        let several = scene.conversations.len() > 1;
        for (who, conversation) in &scene.conversations {
            let of = if several {
                format!("-{}", slug(who))
            } else {
                String::new()
            };
            let stem = self.free_name(&format!("{}{of}", stem(case)));
            for (kind, format) in KINDS {
                let plan = plan(conversation, format, brand, now);
                let (journal, secrets) = (journal.to_owned(), secrets.clone());
                let path = self.folder.join(format!("{stem}.{kind}"));
                let shown = shown(&path);
                // Long conversations take their time, and other scenes may be played meanwhile.
                let written = tokio::task::spawn_blocking(move || {
                    let text = export(&journal, &plan)?;
                    let text = masked(text, &secrets);
                    files::replace(&path, text.as_bytes(), 0o600, "conversation")
                });
                let written = written
                    .await
                    .unwrap_or_else(|error| Err(anyhow::Error::new(error)));
                match written {
                    Ok(()) => {
                        scene.artifacts.insert(format!("{kind}{of}"), shown);
                    }
                    Err(error) => self.fault(in_words(&error)),
                }
            }
        }
    }

    /// What could not be kept; nothing when all was.
    pub(super) fn outcome(&self) -> anyhow::Result<()> {
        let faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        match faults.first() {
            None => Ok(()),
            Some(first) if faults.len() == 1 => Err(anyhow!("{first}")),
            Some(first) => Err(anyhow!("{first} (and {} more)", faults.len() - 1)),
        }
    }

    fn fault(&self, words: String) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.push(words);
    }

    /// This name, or one with a number behind it when the run has given it already.
    fn free_name(&self, stem: &str) -> String {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let mut name = stem.to_owned();
        let mut number = 1;
        while !given.insert(name.clone()) {
            number += 1;
            name = format!("{stem}-{number}");
        }
        name
    }
}

fn plan(conversation: &str, format: Format, brand: &SafeText, now: Timestamp) -> Plan {
    Plan {
        conversation: ConversationId::from(conversation),
        format,
        since: None,
        brand: brand.clone(),
        now,
        zone: TimeZone::system(),
    }
}

fn export(journal: &Path, plan: &Plan) -> anyhow::Result<String> {
    let reader = Reader::open(journal)?;
    let mut out = Vec::new();
    exporting::to_stream(&reader, plan, &mut out)?;
    String::from_utf8(out).context("a conversation was written out as no text")
}

/// The secrets of a scenario, as its head names them; the longest first, so that of one in another
/// nothing is left.
fn secrets(case: &Case<'_>) -> Vec<String> {
    let heads = [&case.script.head, &case.scene.head];
    let named = heads.into_iter().flat_map(|head| &head.secrets);
    let values = named.filter_map(|(_, variable)| env::var(variable).ok());
    let mut values: Vec<String> = values.filter(|value| value.len() >= SHORTEST).collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    values
}

/// The text without secrets, however they are written there: as they are, in JSON, in JSON inside
/// JSON, in HTML.
fn masked(mut text: String, secrets: &[String]) -> String {
    let in_json = |value: &str| {
        let quoted = json_line(&value).unwrap_or_default();
        let inner = quoted.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        inner.unwrap_or(value).to_owned()
    };
    for secret in secrets {
        let once = in_json(secret);
        let html = secret.replace('&', "&amp;").replace('<', "&lt;");
        let html = [
            html.replace('>', "&gt;"),
            html.replace('>', "&gt;").replace('"', "&quot;"),
            html.replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\'', "&#39;"),
        ];
        for form in [in_json(&once), once, secret.clone()].iter().chain(&html) {
            if text.contains(form.as_str()) {
                text = text.replace(form.as_str(), MASK);
            }
        }
    }
    text
}

/// The name of a scene's files, without an ending: of its file, its title and its row.
fn stem(case: &Case<'_>) -> String {
    let path = case.script.files.first().map_or("", String::as_str);
    let file = path.rsplit('/').next().unwrap_or(path);
    let file = slug(file.strip_suffix(".talk").unwrap_or(file));
    let title = slug(&case.title);
    let row = case.key.as_deref().map(slug);
    let mut parts: Vec<String> = Vec::new();
    for part in [Some(file), Some(title), row].into_iter().flatten() {
        if !part.is_empty() && !parts.contains(&part) {
            parts.push(part);
        }
    }
    if parts.is_empty() {
        return format!("scene-{}", case.scene.place.line);
    }
    parts.join("-")
}

/// Letters and digits in small letters, whatever stood between them as one `-`.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().take(LONGEST) {
        if c.is_alphanumeric() {
            slug.extend(c.to_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// A path as reports name it, with `/`.
fn shown(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/").replacen("//", "/", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_of_letters_digits_and_single_dashes() {
        assert_eq!(
            slug("Ada chooses, Kim hands on"),
            "ada-chooses-kim-hands-on"
        );
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("Größe?  Öl!"), "größe-öl");
        assert_eq!(slug("•••"), "");
    }

    #[test]
    fn a_secret_is_masked_however_it_is_written() {
        let secret = "a\"b<c>&d".to_owned();
        let once = r#"a\"b<c>&d"#;
        let twice = r#"a\\\"b<c>&d"#;
        let html = "a&quot;b&lt;c&gt;&amp;d";
        let text = format!("{secret} {once} {twice} {html}");
        assert_eq!(masked(text, &[secret]), "••• ••• ••• •••");
    }
}
