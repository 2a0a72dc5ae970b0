//! `handset open`: looks into a bundle that `handset export --format bundle` wrote.

use std::{io::Write, path::PathBuf};

use anyhow::{Context as _, anyhow};

use crate::{cli::output, domain::text::SafeText, export::bundle};

/// What is shown when no part is named: what it is about, and what was said.
const SHOWN: [&str; 2] = ["about.txt", "transcript.md"];

/// Look into a bundle of a past conversation, as `handset export --format bundle` writes it: what it
/// is about, and what was said.
///
/// Nothing is unpacked and nothing changed. What a terminal would execute is taken out of what is
/// shown.
#[derive(Debug, clap::Args)]
pub(crate) struct OpenArgs {
    #[arg(value_name = "FILE")]
    bundle: PathBuf,

    /// Print this part alone, like wire.jsonl or transcript.html.
    #[arg(long, value_name = "NAME")]
    part: Option<String>,
}

pub(crate) fn run(args: &OpenArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let shown = args.bundle.display().to_string();
    let unread =
        || format!("cannot read the bundle {shown}; `handset export --format bundle` makes one");
    let names = bundle::names(&args.bundle).with_context(unread)?;
    let part = |name: &str| -> anyhow::Result<String> {
        let bytes = bundle::part(&args.bundle, name).with_context(unread)?;
        let bytes = bytes.ok_or_else(|| {
            let names = names.join(", ");
            anyhow!("there is no {name:?} in {shown}; it has {names}")
        })?;
        Ok(SafeText::clean(&String::from_utf8_lossy(&bytes)).to_string())
    };
    let text = if let Some(name) = &args.part {
        part(name)?
    } else {
        let mut text = SHOWN
            .map(part)
            .into_iter()
            .collect::<anyhow::Result<Vec<_>>>()?;
        let more = names.iter().filter(|name| !SHOWN.contains(&name.as_str()));
        let more: Vec<&str> = more.map(String::as_str).collect();
        text.push(format!("Also in it, for --part: {}\n", more.join(", ")));
        text.join("\n")
    };
    output::print(out, &text, "the bundle")
}
