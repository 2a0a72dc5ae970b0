//! `handset import`: scenarios of other tools become scenarios.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use crate::{
    domain::text::SafeText,
    scenario::import::{Foreign, import},
};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// Make scenarios of other tools' files.
///
/// Botium's *.convo.txt, *.pconvo.txt, *.utterances.txt and *.scriptingmemory.txt, and Bot Framework's
/// *.chat. Name together what belongs together: utterances, tables and partial convos are used where
/// a convo names them. Whatever cannot be carried over is a comment in its place, and told on stderr.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The files.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// The folder for the scenarios [default: beside each file].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Replace files that are there already.
    #[arg(long)]
    force: bool,
}

/// Reads, writes, and prints the names of what was written.
pub(crate) fn run(args: &ImportArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let foreign: Vec<Foreign> = args
        .files
        .iter()
        .map(|path| read(path))
        .collect::<Result<_, _>>()?;
    let imported = import(&foreign);
    let mut written = Vec::new();
    for (from, file) in &imported.files {
        let beside = args.files.get(*from).and_then(|path| path.parent());
        let folder = args.out.as_deref().or(beside).unwrap_or(Path::new(""));
        let path = folder.join(&file.name);
        if path.exists() && !args.force {
            bail!(
                "{} is there already; choose another folder with --out, or say --force",
                path.display()
            );
        }
        written.push((path, &file.text));
    }
    if let Some(folder) = &args.out {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    for (path, text) in written {
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        writeln!(out, "{}", path.display())?;
    }
    for (file, line, what) in &imported.left {
        let name = args
            .files
            .get(*file)
            .map(|path| path.display().to_string())
            .unwrap_or_default();
        let told = format!("{name}:{line}: not carried over: {what}");
        // Nobody may be there to read it.
        let _ = writeln!(io::stderr(), "{}", SafeText::clean(&told).one_line());
    }
    if imported.files.is_empty() {
        bail!(
            "there is no *.convo.txt, *.pconvo.txt or *.chat among these files, so nothing was written"
        );
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Foreign> {
    let tried = || format!("cannot read {}", path.display());
    let size = fs::metadata(path).with_context(tried)?.len();
    if size > LARGEST {
        bail!(
            "{} is larger than {} KiB; split it",
            path.display(),
            LARGEST / 1024
        );
    }
    let text = fs::read(path).with_context(tried)?;
    let text = String::from_utf8(text)
        .map_err(|_| anyhow::anyhow!("{} is no UTF-8; save it as UTF-8", path.display()))?;
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(Foreign { name, text })
}
