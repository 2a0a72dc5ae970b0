//! Reports of several machines as one.

use crate::report::outcome::{FileReport, RunFacts, RunReport, Totals};

/// One report of several runs: files of the same path come together, and no scene is left out.
pub fn merged(reports: Vec<RunReport>) -> RunReport {
    let mut all = RunReport::default();
    for (at, mut report) in reports.into_iter().enumerate() {
        if at == 0 {
            all.handset = std::mem::take(&mut report.handset);
            all.run = report.run.clone();
        } else {
            joined(&mut all.handset, &report.handset);
            add_facts(&mut all.run, &report.run);
        }
        for mut file in report.files {
            for scene in &mut file.scenes {
                let seed = scene.seed.unwrap_or(report.run.seed);
                scene.seed = (seed != all.run.seed).then_some(seed);
            }
            add_file(&mut all.files, file);
        }
    }
    all.totals = Totals::of(&all.files);
    all
}

fn add_facts(all: &mut RunFacts, one: &RunFacts) {
    // Times of the same form are in the order of their letters.
    if !one.started.is_empty() && (all.started.is_empty() || one.started < all.started) {
        all.started.clone_from(&one.started);
    }
    if one.ended > all.ended {
        all.ended.clone_from(&one.ended);
    }
    let time = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let lasted = time(&all.started)
        .zip(time(&all.ended))
        .and_then(|(started, ended)| u64::try_from(ended.duration_since(started).as_millis()).ok());
    all.duration_ms = lasted.unwrap_or(all.duration_ms.max(one.duration_ms));
    joined(&mut all.id, &one.id);
    joined(&mut all.host, &one.host);
    joined(&mut all.cloud, &one.cloud);
    joined(&mut all.time, &one.time);
    if all.profile != one.profile {
        all.profile = None;
    }
    // None of the command lines runs all of it again.
    all.command = None;
    if let Some(why) = &one.ended_early {
        joined(all.ended_early.get_or_insert_default(), why);
    }
}

/// Adds what is not among them yet.
fn joined(all: &mut String, one: &str) {
    if !one.is_empty() && !all.split(", ").any(|part| part == one) {
        if !all.is_empty() {
            all.push_str(", ");
        }
        all.push_str(one);
    }
}

fn add_file(files: &mut Vec<FileReport>, file: FileReport) {
    let is_same = |other: &&mut FileReport| {
        let path = other.path_from_root(&other.path);
        path == file.path_from_root(&file.path) && other.path == file.path
    };
    match files.iter_mut().find(is_same) {
        Some(same) => {
            same.scenes.extend(file.scenes);
            same.from_root.extend(file.from_root);
            if same.title.is_empty() {
                same.title = file.title;
            }
        }
        None => files.push(file),
    }
}
