//! Words and small texts that every report uses.

use std::borrow::Cow;

use crate::{
    domain::text::{SafeText, visible},
    report::outcome::{FileReport, RunFacts, SceneReport},
};

/// A text of others in a report is no longer than this, in bytes.
pub const LONGEST: usize = 2_000;

/// A span as people read it: `850 ms`, `12.8 s`, `2 min 3 s`.
pub fn span(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

/// A span in seconds with a point and three decimals, whatever the language of the machine.
pub fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

/// A time of a report as people read it: `2026-11-30 09:00:01 UTC`.
pub fn moment(time: &str) -> String {
    match time.strip_suffix('Z').and_then(|time| time.split_once('T')) {
        Some((day, clock)) => {
            let clock = clock.split('.').next().unwrap_or_default();
            format!("{day} {clock} UTC")
        }
        None => time.to_owned(),
    }
}

/// What to call a scene: its title, and the key of its row.
pub fn name(scene: &SceneReport) -> String {
    let title = match SafeText::clean(&scene.title).one_line().trim() {
        "" => format!("scene at line {}", scene.line),
        title => title.to_owned(),
    };
    match &scene.row {
        Some(row) => format!("{title} [{}]", SafeText::clean(row).one_line()),
        None => title,
    }
}

/// The file and the line to look at first: those of the step that failed, else those of the scene.
pub fn place<'a>(path: &'a str, scene: &'a SceneReport) -> (&'a str, usize) {
    match scene.failure() {
        Some(failure) => (failure.file.as_deref().unwrap_or(path), failure.line),
        None => (path, scene.line),
    }
}

/// Why a scene could not be judged, and whose fault that is where it is handset's.
pub fn error(why: &str, is_internal: bool) -> String {
    if is_internal {
        return format!("a fault of handset itself: {why}");
    }
    why.to_owned()
}

/// Which time the offsets and deadlines of scenes are in; nothing when that is not known.
pub(super) fn time_in_scenes(time: &str) -> &'static str {
    match time {
        "fast" => "the sandbox's, in which idle time is jumped over",
        "real" => "real",
        _ => "",
    }
}

/// The command line that runs one scene again.
pub fn again(run: &RunFacts, path: &str, scene: &SceneReport) -> String {
    // What failed may stand in the head of the file, or in another file.
    let own_line = scene.failure().filter(|failure| {
        failure.file.is_none() && scene.steps.iter().any(|step| step.line == failure.line)
    });
    let line = own_line.map_or(scene.line, |failure| failure.line).max(1);
    let mut command = format!("handset run {}", quoted(&format!("{path}:{line}")));
    if let Some(row) = &scene.row {
        command = format!("{command} --row {}", quoted(row));
    }
    let seed = scene.seed.unwrap_or(run.seed);
    with_flags(command, run, seed)
}

/// The command line that runs all of these files again.
pub fn all_again(run: &RunFacts, files: &[FileReport]) -> String {
    if let Some(command) = &run.command {
        return SafeText::clean(command).one_line();
    }
    let paths: Vec<String> = files.iter().map(|file| quoted(&file.path)).collect();
    with_flags(format!("handset run {}", paths.join(" ")), run, run.seed)
}

fn with_flags(mut command: String, run: &RunFacts, seed: u64) -> String {
    if let Some(profile) = &run.profile {
        command = format!("{command} --profile {}", quoted(profile));
    }
    format!("{command} --seed {seed}")
}

/// A word for a shell.
pub fn quoted(word: &str) -> String {
    let word = SafeText::clean(word).one_line();
    let is_plain =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/' | ':' | '@' | '+' | ',' | '-');
    if !word.is_empty() && word.chars().all(is_plain) {
        return word;
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A text of others on one row, in which everything can be seen: line ends as `⏎`, control
/// characters as their pictures.
pub fn row(text: &str) -> String {
    let text = cut(text, LONGEST);
    let text = text.replace("\r\n", "\n").replace('\n', " ⏎ ");
    visible(&text)
        .replace('\u{fffe}', "<U+FFFE>")
        .replace('\u{ffff}', "<U+FFFF>")
}

/// A text that is too long without its middle, and how much of it that was.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    // The words between the two halves need some room too.
    let half = most.saturating_sub(48) / 2;
    let before = text.split_at(text.floor_char_boundary(half)).0;
    let after = text.split_at(text.ceil_char_boundary(text.len() - half)).1;
    let left_out = text.len() - before.len() - after.len();
    Cow::Owned(format!("{before} [… {left_out} bytes left out …] {after}"))
}

/// A count and its word, which has an `s` at its end unless there is just one.
pub fn counted(count: usize, word: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {word}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_for_people_and_for_programs() {
        for (ms, people, programs) in [
            (0, "0 ms", "0.000"),
            (999, "999 ms", "0.999"),
            (12_803, "12.8 s", "12.803"),
            (119_999, "119.9 s", "119.999"),
            (3_723_004, "62 min 3 s", "3723.004"),
        ] {
            assert_eq!(span(ms), people);
            assert_eq!(seconds(ms), programs);
        }
    }

    #[test]
    fn times_are_written_for_people() {
        assert_eq!(
            moment("2026-11-30T09:00:01.250Z"),
            "2026-11-30 09:00:01 UTC"
        );
        assert_eq!(moment("soon"), "soon");
    }

    #[test]
    fn a_long_text_loses_its_middle_between_characters() {
        let text = "ä".repeat(1_000);
        let short = cut(&text, 301);
        assert!(short.len() <= 301, "{}", short.len());
        assert!(short.contains(" bytes left out "), "{short}");
        assert!(short.starts_with('ä') && short.ends_with('ä'));
        assert_eq!(cut("short", 301), "short");
        assert!(cut(&text, 10).contains("[… 2000 bytes left out …]"));
    }

    #[test]
    fn a_scene_is_run_again_by_words_that_a_shell_takes() {
        let run = RunFacts {
            seed: 7,
            profile: Some("a b".to_owned()),
            ..RunFacts::default()
        };
        let scene = SceneReport {
            line: 3,
            row: Some("it's".to_owned()),
            seed: Some(9),
            ..SceneReport::default()
        };
        assert_eq!(
            again(&run, "talks/größe x.talk", &scene),
            r"handset run 'talks/größe x.talk:3' --row 'it'\''s' --profile 'a b' --seed 9"
        );
    }

    #[test]
    fn nothing_of_a_text_is_hidden_on_its_row() {
        assert_eq!(row("a\r\nb\u{1b}[1m\u{202e}"), "a ⏎ b␛[1m<U+202E>");
    }
}
