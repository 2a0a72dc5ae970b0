//! What a swarm plays: the workload that is named, and its scenarios.

use std::{
    collections::BTreeSet,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{anyhow, bail};

use crate::{
    cli::{
        own::OwnFiles,
        scenarios::{
            cast, faults,
            files::{self, ScenarioFile},
        },
    },
    report::words as counted_words,
    runner::case::cases,
    swarm::{
        scenario::SwarmScenario,
        workload::{self, Workload},
    },
};

/// What is named, as a workload.
pub(super) fn workload(file: &str, flat: Option<(f64, Duration)>) -> anyhow::Result<Workload> {
    let path = Path::new(file);
    let is_workload = path.extension().is_some_and(|ending| ending == "toml");
    match (is_workload, flat) {
        (true, None) => Ok(workload::read(path)?),
        (true, Some(_)) => bail!(
            "--rate and --for are for a scenario, and {file} has stages of its own; leave them out"
        ),
        (false, Some((rate, lasts))) => {
            if rate <= 0.0 || lasts.is_zero() {
                bail!(
                    "nobody arrives; write a rate and a span above nothing, as --rate 20/s --for 2m"
                );
            }
            Ok(Workload::flat(PathBuf::from(file), rate, lasts))
        }
        (false, None) => bail!(
            "{file} is no workload, which ends in .toml; of a scenario say how many come, as --rate 20/s \
             --for 2m"
        ),
    }
}

/// The scenarios of a workload, read and found fit. Reports tell their paths without `folder`, where
/// the files of a shared plan lie.
pub(super) fn scenarios(
    workload: &Workload,
    own: &OwnFiles,
    has: &BTreeSet<String>,
    folder: Option<&Path>,
) -> anyhow::Result<Vec<SwarmScenario>> {
    let mut read: Vec<ScenarioFile> = Vec::new();
    for scenario in &workload.scenarios {
        read.push(files::read_file(&scenario.file.to_string_lossy())?);
    }
    let count = faults::Count::of(&read);
    if count.errors + count.warnings > 0 {
        let styled = faults::is_styled(&std::io::stderr());
        let _ = write!(std::io::stderr(), "{}", faults::human(&read, styled));
    }
    if count.errors > 0 {
        let faults = counted_words::counted(count.errors, "fault");
        bail!("nothing was run: mend {faults} first");
    }
    let mut scenarios = Vec::new();
    for mut file in read {
        if let (Some(folder), Some(told)) = (folder, file.parsed.script.files.first_mut()) {
            let path = Path::new(told.as_str()).strip_prefix(folder);
            *told = path.map_or(told.clone(), |path| path.display().to_string());
        }
        let mut personas = std::collections::BTreeMap::new();
        for case in cases(&file.parsed.script, &[], &[]) {
            personas.extend(cast::consumers(own, &case, &file.folder)?);
        }
        scenarios.push(SwarmScenario {
            path: file.path().to_owned(),
            folder: file.folder,
            personas,
            script: Arc::new(file.parsed.script),
        });
    }
    let unfit: Vec<String> = scenarios
        .iter()
        .flat_map(|scenario| scenario.unfit(has))
        .map(|step| step.to_string())
        .collect();
    if unfit.is_empty() {
        return Ok(scenarios);
    }
    Err(anyhow!(
        "a swarm cannot play this:\n  {}",
        unfit.join("\n  ")
    ))
}
