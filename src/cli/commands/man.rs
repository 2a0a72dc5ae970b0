//! `handset man`: the manual pages, made of the command line; packages ship them.

use std::{fs, io::Write, path::PathBuf};

use anyhow::{Context as _, anyhow};
use clap::CommandFactory as _;

use crate::cli::{Cli, output};

/// Print the manual page of handset, or write the pages of all commands.
#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// Write handset.1 and a page for each command into this folder.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(crate) fn run(args: &ManArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let command = Cli::command();
    if let Some(folder) = &args.dir {
        let written =
            fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
        return written.map_err(|cause| {
            let folder = folder.display();
            anyhow!(
                "cannot write the manual pages to {folder}: {cause}; name another folder with --dir"
            )
        });
    }
    let mut page = Vec::new();
    let made = clap_mangen::Man::new(command).render(&mut page);
    made.context("cannot make the manual page")?;
    output::print(out, &String::from_utf8_lossy(&page), "the manual page")
}
