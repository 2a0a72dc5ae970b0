//! `handset personas`: who there is to play, and where the user's own lie.

use std::io::Write;

use anyhow::{Context, bail};

use crate::{
    cli::own::OwnFiles,
    config::{paths, personas::KnownPersona},
    domain::text::SafeText,
};

/// Lists them, one on a line.
pub fn run(output: &mut impl Write) -> anyhow::Result<()> {
    let own = OwnFiles::read();
    let known = &own.personas;
    let column = |of: &dyn Fn(&KnownPersona) -> usize| known.iter().map(of).max().unwrap_or(0);
    let keys = column(&|one| one.key.chars().count());
    let names = column(&|one| one.persona.name.chars().count());
    let mut list = String::new();
    for one in known {
        let own = match &one.file {
            Some(file) => format!(" ({})", file.display()),
            None => String::new(),
        };
        let line = format!(
            "{:keys$}  {:names$}  {}{own}",
            one.key, one.persona.name, one.persona.about
        );
        list.push_str(&SafeText::clean(&line).one_line());
        list.push('\n');
    }
    if let Some(folder) = paths::personas_dir() {
        list.push_str("\nYour own: *.toml in ");
        list.push_str(&folder.display().to_string());
        list.push('\n');
    }
    output
        .write_all(list.as_bytes())
        .context("cannot write the list of personas")?;
    match own.bad_personas().as_slice() {
        [] => Ok(()),
        faults => bail!("left out: {}", faults.join("\nleft out: ")),
    }
}
