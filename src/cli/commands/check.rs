//! `handset check`: what is wrong with scenarios, without running them.

use std::io::{self, Write};

use clap::ValueEnum;

use crate::{
    cli::{
        EndsWith, output,
        scenarios::{
            faults::{self, Count},
            files,
        },
    },
    export::json_line::json_line,
    scenario::reference,
};

/// The exit code when there are faults.
const FAULTY: u8 = 2;

/// How faults are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum FaultFormat {
    /// With the line, marked, and with help.
    #[default]
    Human,
    /// A line each.
    Short,
    /// One object.
    Json,
    /// Annotations of GitHub Actions.
    Github,
}

/// Check scenarios: tell every fault in them, without running them.
///
/// Ends with 0 when they can run, with 2 when they cannot. `docs/scenarios.md` tells how a scenario
/// is written, and lists the codes of faults.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Scenarios, or folders with scenarios (*.talk) in them; `-` is stdin.
    #[arg(required_unless_present_any = ["reference", "grammar"], value_name = "FILE|DIR")]
    files: Vec<String>,

    /// How faults are printed.
    #[arg(long, value_enum, default_value_t)]
    format: FaultFormat,

    /// Fail for warnings too.
    #[arg(long)]
    strict: bool,

    /// Print docs/scenarios.md: how scenarios are written.
    #[arg(long, conflicts_with_all = ["files", "format", "strict", "grammar"])]
    reference: bool,

    /// Print the TextMate grammar, for editors that colour scenarios.
    #[arg(long, conflicts_with_all = ["files", "format", "strict"])]
    grammar: bool,
}

pub(crate) fn run(args: &CheckArgs, out: &mut impl Write) -> anyhow::Result<()> {
    if args.reference {
        return output::print(out, &reference::page(), "the reference");
    }
    if args.grammar {
        return output::print(out, &reference::grammar(), "the grammar");
    }
    let files = files::read(&args.files)?;
    let count = Count::of(&files);
    let text = match args.format {
        FaultFormat::Human => {
            let faults = faults::human(&files, faults::is_styled(&io::stdout()));
            let some = match files.len() {
                1 => "1 scenario".to_owned(),
                many => format!("{many} scenarios"),
            };
            format!("{faults}{some}: {}\n", count.in_words())
        }
        FaultFormat::Short => faults::short(&files),
        FaultFormat::Json => format!("{}\n", json_line(&faults::json(&files))?),
        FaultFormat::Github => faults::github(&files),
    };
    output::print(out, &text, "the faults")?;
    if count.errors > 0 || args.strict && count.warnings > 0 {
        return Err(EndsWith(FAULTY).into());
    }
    Ok(())
}
