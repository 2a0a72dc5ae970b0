//! The forms a conversation can be written out in, by the names people use.

use crate::engine::command::Format;

pub(crate) struct Form {
    /// What it is called in commands, as in the end of a file's name.
    pub(crate) name: &'static str,
    /// What it is, to be read after "export as".
    pub(crate) about: &'static str,
    pub(crate) format: Format,
}

/// All of them, in the order they are offered.
pub(crate) const FORMS: [Form; 7] = [
    Form {
        name: "md",
        about: "Markdown: the transcript",
        format: Format::Markdown,
    },
    Form {
        name: "json",
        about: "JSON: the transcript",
        format: Format::Json,
    },
    Form {
        name: "html",
        about: "HTML: a page that looks like the phone",
        format: Format::Html,
    },
    Form {
        name: "har",
        about: "HAR: the wire, for the tools of browsers",
        format: Format::Har,
    },
    Form {
        name: "jsonl",
        about: "JSON lines: the wire",
        format: Format::Jsonl,
    },
    Form {
        name: "talk",
        about: "talk: a scenario, to run it again",
        format: Format::Talk,
    },
    Form {
        name: "bundle",
        about: "bundle: transcript and wire in one zip, for a report",
        format: Format::Bundle,
    },
];

pub(crate) fn name(format: Format) -> &'static str {
    let form = FORMS.iter().find(|form| form.format == format);
    form.map_or("", |form| form.name)
}
