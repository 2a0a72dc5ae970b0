//! `handset personas`: who there is to play, and where the user's own lie.

use std::io::Write;

use anyhow::bail;

use crate::{
    cli::{output, own::OwnFiles},
    config::paths,
};

pub(crate) fn run(out: &mut impl Write) -> anyhow::Result<()> {
    let own = OwnFiles::read();
    let rows = own.personas.iter().map(|one| {
        let file = one.file.as_ref();
        let file = file.map_or_else(String::new, |file| format!(" ({})", file.display()));
        let (name, about) = (one.persona.name.clone(), &one.persona.about);
        [one.key.clone(), name, format!("{about}{file}")]
    });
    let mut list = output::table(rows.collect());
    if let Some(folder) = paths::personas_dir() {
        list.push_str("\nYour own: *.toml in ");
        list.push_str(&folder.display().to_string());
        list.push('\n');
    }
    output::print(out, &list, "the list of personas")?;
    match own.bad_personas().as_slice() {
        [] => Ok(()),
        faults => bail!("left out: {}", faults.join("\nleft out: ")),
    }
}
