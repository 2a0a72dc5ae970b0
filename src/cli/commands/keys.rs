//! `handset keys`: which keys there are, with those of `keys.toml`.

use std::{fmt::Write as _, io::Write};

use anyhow::bail;
use serde_json::{Value, json};

use crate::{
    cli::output,
    config::paths,
    export::json_line::json_line,
    tui::commands::keys::{
        Chord, Context, Keymap,
        file::{self, KeysFile},
    },
};

/// Stands over the tables of the Markdown.
const ABOUT: &str = "\
# Keys

Every key of handset, as `handset keys --markdown` prints them. Keys of your own stand in
`keys.toml` in the folder of settings (`~/.config/handset`, or `HANDSET_CONFIG_DIR`):

```toml
preset = \"plain\"            # plain, emacs, or vim (vim in lists and in the inspector)

[everywhere]
flight = [\"f3\", \"alt+q\"]   # these keys and no others
next-theme = []             # no key

[wire]
pin = [\"m\"]
```

A section is a heading below, by the name in brackets; a line is an action with a list of its keys.
An action that holds everywhere can have other keys in one part of the screen: write it under that
part. Keys are written as `ctrl+p`, `alt+enter`, `shift+left`, `f5`, `pageup`, `space`; a plain
letter only where nothing is written: in `browse`, `inspector`, `wire` and `state`. `Ctrl+C` always
leaves handset. A file with a fault changes no key; `handset keys` tells every fault with its line.
";

/// List the keys, and what they do: the built-in ones with those of keys.toml in their places.
///
/// keys.toml lies in the folder of settings, beside config.toml. With a fault in it the command
/// fails and tells every fault with its line.
#[derive(Debug, clap::Args)]
pub(crate) struct KeysArgs {
    /// Print JSON, one object.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,

    /// Print Markdown, with how keys.toml is written.
    #[arg(long)]
    markdown: bool,
}

pub(crate) fn run(args: &KeysArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let folder = paths::config_dir();
    let keys = folder.as_deref().map(KeysFile::in_folder);
    let keys = keys.unwrap_or_default();
    if !keys.faults.is_empty() {
        let faults: Vec<String> = keys.faults.iter().map(ToString::to_string).collect();
        bail!(
            "the built-in keys hold until this is mended:\n{}",
            faults.join("\n")
        );
    }
    let place = folder.map(|folder| folder.join(file::NAME).display().to_string());
    let text = if args.json {
        format!("{}\n", json_line(&json(&keys, place.as_deref()))?)
    } else if args.markdown {
        markdown(&keys.keymap)
    } else {
        table(&keys, place.as_deref())
    };
    output::print(out, &text, "the keys")
}

fn joined(chords: &[Chord], shown: impl Fn(&Chord) -> String) -> String {
    let all: Vec<String> = chords.iter().map(shown).collect();
    all.join(", ")
}

fn table(keys: &KeysFile, place: Option<&str>) -> String {
    let rows = keys.keymap.rows().map(|(context, row, chords)| {
        let shown = joined(chords, ToString::to_string);
        let shown = if shown.is_empty() {
            "-".to_owned()
        } else {
            shown
        };
        let context = context.name().to_owned();
        [context, row.name(), shown, row.about.to_owned()]
    });
    let mut text = output::table(rows.collect());
    for odd in keys.shadowed.iter().chain(&keys.blurred) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\nNote: {odd}");
    }
    if let Some(place) = place {
        let _ = writeln!(text, "\nYour own: {place}");
    }
    text
}

fn json(keys: &KeysFile, place: Option<&str>) -> Value {
    let rows: Vec<Value> = keys
        .keymap
        .rows()
        .map(|(context, row, chords)| {
            let written: Vec<String> = chords.iter().map(Chord::written).collect();
            json!({
                "context": context.name(),
                "action": row.name(),
                "keys": written,
                "about": row.about,
            })
        })
        .collect();
    let odd = keys.shadowed.iter().chain(&keys.blurred);
    let notes: Vec<String> = odd.map(ToString::to_string).collect();
    json!({ "file": place, "keys": rows, "notes": notes })
}

fn markdown(keymap: &Keymap) -> String {
    let mut text = ABOUT.to_owned();
    let mut last: Option<Context> = None;
    for (context, row, chords) in keymap.rows() {
        if last != Some(context) {
            let (heading, name) = (context.heading(), context.name());
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "\n## {heading} (`[{name}]`)\n\n| keys | action | what it does |\n|---|---|---|\n"
            );
            last = Some(context);
        }
        let keys = joined(chords, |chord| {
            format!("`{}`", chord.to_string().replace('|', "\\|"))
        });
        let _ = writeln!(text, "| {keys} | `{}` | {} |", row.name(), row.about);
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::cli::commands::keys::*;

    #[test]
    fn the_page_of_keys_is_what_the_program_prints() {
        let page = include_str!("../../../docs/keys.md").lines();
        let printed = markdown(&Keymap::plain());
        let mut lines = page.zip(printed.lines());
        let other = lines.find(|(there, printed)| there != printed);
        let anew = "`handset keys --markdown > docs/keys.md` without a keys.toml writes it anew";
        assert_eq!(other, None, "{anew}");
        let page = include_str!("../../../docs/keys.md");
        assert_eq!(page.len(), printed.len(), "{anew}");
    }

    #[test]
    fn the_example_of_the_page_is_a_good_file() {
        let (_, rest) = ABOUT.split_once("```toml\n").unwrap();
        let (example, _) = rest.split_once("```").unwrap();
        let keys = KeysFile::parse("keys.toml", example);
        assert!(keys.faults.is_empty(), "{:?}", keys.faults);
        assert!(keys.shadowed.is_empty(), "{:?}", keys.shadowed);
    }
}
