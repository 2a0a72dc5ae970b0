//! The faults of scenarios, for people and for programs.

use std::{env, fmt::Write as _, io::IsTerminal};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde_json::{Value, json};

use crate::{
    cli::scenarios::files::ScenarioFile,
    domain::text::visible,
    scenario::{check::secret_in, fault::Fault},
};

/// How many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Those with which a scenario cannot run.
    pub(crate) errors: usize,
    /// Faults that keep no scenario from being run.
    pub(crate) warnings: usize,
}

impl Count {
    pub(crate) fn of(files: &[ScenarioFile]) -> Self {
        let faults = files.iter().flat_map(|file| &file.parsed.faults);
        let (warnings, errors): (Vec<_>, Vec<_>) =
            faults.partition(|fault| fault.kind.is_warning());
        Self {
            errors: errors.len(),
            warnings: warnings.len(),
        }
    }

    /// `1 error and 2 warnings`.
    pub(crate) fn in_words(self) -> String {
        let some = |count: usize, what: &str| match count {
            1 => format!("1 {what}"),
            _ => format!("{count} {what}s"),
        };
        match (self.errors, self.warnings) {
            (0, 0) => "no fault".to_owned(),
            (errors, 0) => some(errors, "error"),
            (0, warnings) => some(warnings, "warning"),
            (errors, warnings) => format!(
                "{} and {}",
                some(errors, "error"),
                some(warnings, "warning")
            ),
        }
    }
}

/// Whether colours are wanted on a stream.
pub(crate) fn is_styled(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn severity(fault: &Fault) -> &'static str {
    if fault.kind.is_warning() {
        "warning"
    } else {
        "error"
    }
}

/// Each with its line, marked, as compilers show it.
pub(crate) fn human(files: &[ScenarioFile], is_styled: bool) -> String {
    let renderer = if is_styled {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut text = String::new();
    for file in files {
        for fault in &file.parsed.faults {
            text.push_str(&renderer.render(&[group(file, fault)]));
            text.push_str("\n\n");
        }
    }
    text
}

/// The line; what looks like a secret in it is not repeated, and the columns stay.
fn masked(line: &str) -> String {
    let (mut masked, mut rest) = (String::new(), line);
    while let Some(secret) = secret_in(rest) {
        let at = secret.as_ptr().addr() - rest.as_ptr().addr();
        let (before, from) = rest.split_at(at);
        masked.push_str(before);
        masked.extend(secret.chars().map(|_| '•'));
        rest = from.strip_prefix(secret).unwrap_or_default();
    }
    masked.push_str(rest);
    masked
}

/// The same of a text that was only read for its syntax.
pub(crate) fn of_text(name: &str, text: &str, faults: Vec<Fault>, is_styled: bool) -> String {
    let mut file = ScenarioFile::default();
    file.parsed.script.files.push(name.to_owned());
    file.parsed.sources.push(text.to_owned());
    file.parsed.faults = faults;
    human(&[file], is_styled)
}

/// A fault with its line.
fn group<'a>(file: &ScenarioFile, fault: &Fault) -> annotate_snippets::Group<'a> {
    let sources = &file.parsed.sources;
    let source = sources.get(fault.place.file).map_or("", String::as_str);
    let line = source.lines().nth(fault.place.line.saturating_sub(1));
    let line = masked(line.unwrap_or_default());
    // The columns are those of the line as it is written, and move as it is made visible.
    let shown = |text: &str| visible(&text.replace('\t', "    "));
    let until = |column: usize| shown(&line.chars().take(column).collect::<String>()).len();
    let marked = until(fault.columns.start)..until(fault.columns.end);
    let level = if fault.kind.is_warning() {
        Level::WARNING
    } else {
        Level::ERROR
    };
    let annotation = AnnotationKind::Primary.span(marked);
    let annotation = match fault.label.as_str() {
        "" => annotation,
        label => annotation.label(visible(label)),
    };
    let snippet = Snippet::source(shown(&line))
        .line_start(fault.place.line)
        .path(visible(&file.path_of(fault.place.file)))
        .annotation(annotation);
    let group = level
        .primary_title(visible(&fault.words))
        .id(fault.kind.code())
        .element(snippet);
    match fault.help.as_str() {
        "" => group,
        help => group.element(Level::HELP.message(visible(help))),
    }
}

/// A line each: `FILE:LINE:COLUMN: error[T014]: words`.
pub(crate) fn short(files: &[ScenarioFile]) -> String {
    each(files, |file, fault| {
        format!(
            "{}:{}:{}: {}[{}]: {}",
            visible(&file.path_of(fault.place.file)),
            fault.place.line,
            fault.columns.start + 1,
            severity(fault),
            fault.kind.code(),
            visible(&fault.words),
        )
    })
}

/// Annotations of GitHub Actions.
pub(crate) fn github(files: &[ScenarioFile]) -> String {
    let data = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    each(files, |file, fault| {
        let words = match fault.help.as_str() {
            "" => fault.words.clone(),
            help => format!("{}; {help}", fault.words),
        };
        format!(
            "::{} file={},line={},col={},endColumn={},title={}::{}",
            severity(fault),
            property(&file.path_of(fault.place.file)),
            fault.place.line,
            fault.columns.start + 1,
            fault.columns.end.max(fault.columns.start + 1),
            fault.kind.code(),
            data(&words),
        )
    })
}

fn each(files: &[ScenarioFile], line: impl Fn(&ScenarioFile, &Fault) -> String) -> String {
    let mut text = String::new();
    for file in files {
        for fault in &file.parsed.faults {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}", line(file, fault));
        }
    }
    text
}

/// One object with all of them.
pub(crate) fn json(files: &[ScenarioFile]) -> Value {
    let count = Count::of(files);
    let faults = files.iter().flat_map(|file| {
        file.parsed.faults.iter().map(|fault| {
            json!({
                "code": fault.kind.code(),
                "severity": severity(fault),
                "file": file.path_of(fault.place.file),
                "line": fault.place.line,
                "column": fault.columns.start + 1,
                "end_column": fault.columns.end + 1,
                "message": fault.words,
                "label": fault.label,
                "help": fault.help,
            })
        })
    });
    json!({
        "files": files.len(),
        "errors": count.errors,
        "warnings": count.warnings,
        "faults": faults.collect::<Vec<_>>(),
    })
}
