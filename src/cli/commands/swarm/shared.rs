//! The files of a run that several machines share: packed by the coordinator, unpacked by a worker.

use std::{
    collections::BTreeMap,
    fs,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};

use crate::{
    cli::checks::scratch::Scratch,
    swarm::{
        scenario::SwarmScenario,
        workers::records::{SLICES_EACH, SharedFile, SharedPlan},
        workload::{Workload, words::rate_words},
    },
};

/// The name of the workload that is made for a scenario with a rate.
const MADE: &str = "swarm.toml";

/// Packs a workload, its scenarios and all files that they name.
pub(super) fn pack(
    path: &Path,
    workload: &Workload,
    scenarios: &[SwarmScenario],
    (seed, workers, unattended): (u64, usize, bool),
) -> anyhow::Result<SharedPlan> {
    let mut files: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    let mut add = |path: &Path| -> anyhow::Result<PathBuf> {
        let shown = path.display();
        let real = fs::canonicalize(path).with_context(|| format!("cannot find {shown}"))?;
        if !files.contains_key(&real) {
            let content = fs::read(&real).with_context(|| format!("cannot read {shown}"))?;
            files.insert(real.clone(), content);
        }
        Ok(real)
    };
    let named = add(path)?;
    for scenario in scenarios {
        for file in scenario.files().map_err(|why| anyhow!(why))? {
            add(&scenario.folder.join(file))?;
        }
    }
    let mut paths = files.keys();
    let first = paths.next().and_then(|path| path.parent());
    let common = paths.fold(
        first.unwrap_or(Path::new("/")).to_owned(),
        |common, path| {
            let ancestors = common.ancestors().map(Path::to_owned);
            let mut shared = ancestors.filter(|folder| path.starts_with(folder));
            shared.next().unwrap_or_default()
        },
    );
    let told = |path: &Path| -> String {
        let path = path.strip_prefix(&common).unwrap_or(path);
        let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("/")
    };
    let mut shared: Vec<SharedFile> = files
        .iter()
        .map(|(path, content)| SharedFile::new(told(path), content))
        .collect();
    let is_workload = path.extension().is_some_and(|ending| ending == "toml");
    let workload_path = if is_workload {
        told(&named)
    } else {
        let made = flat(workload, &told(&named));
        shared.push(SharedFile::new(MADE.to_owned(), made.as_bytes()));
        MADE.to_owned()
    };
    Ok(SharedPlan {
        run: uuid::Uuid::new_v4().simple().to_string(),
        handset: env!("CARGO_PKG_VERSION").to_owned(),
        seed,
        slices: SLICES_EACH * u64::try_from(workers).unwrap_or(1),
        unattended,
        workload: workload_path,
        files: shared,
    })
}

/// The workload file that says what `--rate` and `--for` say.
fn flat(workload: &Workload, scenario: &str) -> String {
    let mut text = format!(
        "name = {}\narrivals = {:?}\n[[scenario]]\nfile = {}\n",
        toml::Value::from(workload.name.as_str()),
        workload.arrivals.word(),
        toml::Value::from(scenario),
    );
    for stage in &workload.stages {
        text = format!(
            "{text}[[stage]]\nto = {:?}\nover = \"{}ms\"\nhold = \"{}ms\"\n",
            rate_words(stage.to),
            stage.over.as_millis(),
            stage.hold.as_millis()
        );
    }
    text
}

/// Unpacks a plan into a folder; gives the path of its workload.
pub(super) fn unpack(plan: &SharedPlan, folder: &Scratch) -> anyhow::Result<PathBuf> {
    for file in &plan.files {
        let path = inside(&folder.path, &file.path)?;
        let content = file.content();
        let content = content
            .with_context(|| format!("the plan has {} in a form that is none", file.path))?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)
                .with_context(|| format!("cannot make the folder {}", parent.display()))?;
        }
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    inside(&folder.path, &plan.workload)
}

/// A path of a plan below a folder: a plan comes from others, and leads nowhere else.
fn inside(folder: &Path, path: &str) -> anyhow::Result<PathBuf> {
    let is_inside = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if !is_inside || path.is_empty() {
        bail!("the plan names a file outside of its folder: {path}");
    }
    Ok(folder.join(path))
}
