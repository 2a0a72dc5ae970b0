//! `handset fmt`: scenarios in the one way they are written.

use std::{
    fs,
    io::{self, Read as _, Write},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use similar::TextDiff;

use crate::{
    cli::{
        EndsWith, output,
        scenarios::{faults, files},
    },
    domain::text::SafeText,
    scenario::format::format,
};

/// The exit code when a scenario is not formatted.
const UNFORMATTED: u8 = 1;
/// The exit code when a scenario cannot be read for its faults.
const FAULTY: u8 = 2;

/// Format scenarios: indentation, blank lines, the order of heads; texts stay as they are.
///
/// Files are written anew in their places. A scenario with a fault stays as it is, and the command
/// ends with 2.
#[derive(Debug, clap::Args)]
pub(crate) struct FmtArgs {
    /// Scenarios, or folders with scenarios (*.talk) in them; `-` takes stdin and prints.
    #[arg(required = true, value_name = "FILE|DIR")]
    files: Vec<PathBuf>,

    /// Write nothing; print what would change, and end with 1 when something would.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &FmtArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let mut paths = Vec::new();
    for path in &args.files {
        if path.is_dir() {
            files::look_into(path, 0, &mut paths)?;
        } else {
            paths.push(path.clone());
        }
    }
    let mut worst = 0;
    for path in &paths {
        worst = worst.max(one(path, args.check, out)?);
    }
    if worst > 0 {
        return Err(EndsWith(worst).into());
    }
    Ok(())
}

/// Formats one file, and gives the exit code.
fn one(path: &Path, is_check: bool, out: &mut impl Write) -> anyhow::Result<u8> {
    let is_stdin = path == Path::new("-");
    let shown = if is_stdin {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    };
    let text = if is_stdin {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    let text = text.with_context(|| {
        format!("cannot read the scenario {shown}; name a file that ends in .talk, or a folder")
    })?;
    let formatted = match format(&text) {
        Ok(formatted) => formatted,
        Err(found) => {
            let styled = faults::is_styled(&io::stderr());
            let told = faults::of_text(&shown, &text, found, styled);
            // With nowhere to write to, the exit code has to do.
            let _ = write!(io::stderr(), "{told}");
            return Ok(FAULTY);
        }
    };
    if is_check {
        if formatted == text {
            return Ok(0);
        }
        let diff = TextDiff::from_lines(&text, &formatted);
        let diff = diff.unified_diff().header(&shown, &shown).to_string();
        output::print(out, SafeText::clean(&diff).as_str(), "what would change")?;
        return Ok(UNFORMATTED);
    }
    if is_stdin {
        output::print(out, &formatted, "the scenario")?;
    } else if formatted != text {
        files::rewrite(path, &formatted)?;
        output::print(out, &format!("{shown}\n"), "the name of a file")?;
    }
    Ok(0)
}
