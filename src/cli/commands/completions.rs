//! `handset completions`: what a shell needs to complete handset's command line.

use std::io::Write;

use anyhow::Context as _;
use clap::ValueEnum;
use clap_complete::{env::Shells, generate};
use clap_complete_nushell::Nushell;

use crate::cli::{completing, output};

/// Print what a shell needs to complete the command line.
///
/// Names of personas, profiles, themes, brands and conversations are completed too: the shell asks
/// handset for them (nushell, which cannot ask, completes commands and flags alone). Put it where
/// the shell looks:
///
/// bash: handset completions bash > ~/.local/share/bash-completion/completions/handset
///
/// zsh: handset completions zsh > a file _handset in a folder of $fpath
///
/// fish: handset completions fish > ~/.config/fish/completions/handset.fish
///
/// The packages have done it.
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    shell: CompletedShell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lowercase")]
enum CompletedShell {
    Bash,
    Zsh,
    Fish,
    PowerShell,
    Elvish,
    Nushell,
}

pub(crate) fn run(args: &CompletionsArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let mut text = Vec::new();
    let asked = args.shell.to_possible_value();
    let name = asked.as_ref().map_or("", |value| value.get_name());
    match Shells::builtins().completer(name) {
        Some(shell) => shell
            .write_registration(
                completing::VARIABLE,
                "handset",
                "handset",
                "handset",
                &mut text,
            )
            .context("cannot write the completions")?,
        None => generate(Nushell, &mut completing::command(), "handset", &mut text),
    }
    output::print(out, &String::from_utf8_lossy(&text), "the completions")
}
