//! Which scenes are run: by the flags, and by what failed in an earlier run.

use std::{collections::BTreeSet, fs, io::Write, path::Path};

use anyhow::Context as _;
use serde_json::json;

use crate::{
    cli::{commands::run::RunArgs, output, scenarios::files::ScenarioFile},
    report::outcome::{RunReport, SceneOutcome},
    runner::case::{Case, Selection, cases},
};

/// A scene that is to be run.
pub(super) struct Planned<'a> {
    pub(super) file: &'a ScenarioFile,
    /// The index of the file in the report.
    pub(super) index: usize,
    pub(super) case: Case<'a>,
    pub(super) seed: u64,
}

/// The report of an earlier run.
pub(super) fn earlier(path: &Path) -> anyhow::Result<RunReport> {
    let shown = path.display();
    let text = fs::read(path)
        .with_context(|| format!("cannot read the report {shown}, given with --failed-of"))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{shown} is no JSON report of `handset run`"))
}

/// What the flags say of which scenes are run.
fn selection(args: &RunArgs) -> Selection {
    let (without, tags): (Vec<_>, Vec<_>) = args.tag.iter().partition(|tag| tag.starts_with('!'));
    let bare = |tag: &String| {
        let tag = tag.trim_start_matches('!');
        tag.trim_start_matches('@').to_owned()
    };
    Selection {
        tags: tags.into_iter().map(bare).collect(),
        without: without.into_iter().map(bare).collect(),
        name: args.name.clone(),
        row: args.row.clone(),
        ..Selection::default()
    }
}

/// The scenes that failed in a report of an earlier run, of one file.
fn failed_of(report: &RunReport, path: &str) -> BTreeSet<(usize, Option<String>)> {
    let files = report.files.iter().filter(|file| file.path == path);
    let scenes = files.flat_map(|file| &file.scenes);
    let wrong = scenes.filter(|scene| {
        matches!(
            scene.outcome,
            SceneOutcome::Failed { .. } | SceneOutcome::Error { .. }
        )
    });
    wrong.map(|scene| (scene.line, scene.row.clone())).collect()
}

/// The scenes to run, in the order of the files.
pub(super) fn plan<'a>(
    args: &RunArgs,
    files: &'a [ScenarioFile],
    earlier: Option<&RunReport>,
    seed: u64,
) -> Vec<Planned<'a>> {
    let mut planned = Vec::new();
    for turn in 0..args.repeat.get() {
        for (index, file) in files.iter().enumerate() {
            let selection = Selection {
                lines: file.lines.clone(),
                failed: earlier.map(|earlier| {
                    let path = file.parsed.script.files.first();
                    failed_of(earlier, path.map_or("", String::as_str))
                }),
                ..selection(args)
            };
            for case in cases(&file.parsed.script, &args.play, &args.expect) {
                if selection.includes(&case) {
                    planned.push(Planned {
                        file,
                        index,
                        case,
                        seed: seed.wrapping_add(turn as u64),
                    });
                }
            }
        }
    }
    planned
}

/// Says what would be run.
pub(super) fn list(
    planned: &[Planned<'_>],
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let path = |one: &Planned<'_>| one.case.script.files.first().cloned().unwrap_or_default();
    let text = if as_json {
        let all = planned.iter().map(|one| {
            let heads = [&one.case.script.head, &one.case.scene.head];
            let needs: Vec<&String> = heads.iter().flat_map(|head| &head.needs).collect();
            json!({
                "path": path(one),
                "line": one.case.scene.place.line,
                "title": one.case.title,
                "row": one.case.key,
                "tags": one.case.tags,
                "needs": needs,
            })
        });
        format!(
            "{}\n",
            serde_json::to_string_pretty(&all.collect::<Vec<_>>())?
        )
    } else {
        let rows = planned.iter().map(|one| {
            let place = format!("{}:{}", path(one), one.case.scene.place.line);
            let row = one.case.key.clone().unwrap_or_default();
            let tags: Vec<String> = one.case.tags.iter().map(|tag| format!("@{tag}")).collect();
            [place, one.case.title.clone(), row, tags.join(" ")]
        });
        output::table(rows.collect())
    };
    output::print(out, &text, "the scenes")
}
