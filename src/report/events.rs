//! What happens in a run while it happens, and how it is written as lines of JSON.
//!
//! Every line is `{"v":1,"t":"…Z","event":…}`; its form is told by
//! `assets/schema/handset-events-1.schema.json`. Within version 1 events and members are only ever added,
//! and who reads them leaves out what is not known.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    domain::time::Timestamp,
    export::{json_line::json_line, words::utc},
    report::outcome::{
        FileReport, RunFacts, RunReport, SceneOutcome, SceneReport, StepReport, Totals,
    },
};

/// The version of the lines.
const VERSION: u8 = 1;
/// The form of a line, as JSON Schema.
pub const SCHEMA_FILE: &str = include_str!("../../assets/schema/handset-events-1.schema.json");

/// One thing that happened. `case` is the number of a scene in this run, from 1, in the order of
/// their beginnings.
#[derive(Debug, Clone, Copy)]
pub enum RunEvent<'a> {
    /// The run begins, and so many cases will be run.
    RunBegin {
        /// What is known of it.
        run: &'a RunFacts,
        /// How many scenes are to be run.
        cases: usize,
    },
    /// The first scene of a file is about to begin. Its scenes are not in there yet.
    FileBegin(&'a FileReport),
    /// A scene begins to be played.
    SceneBegin {
        /// The number of the scene in the run, from 1.
        case: usize,
        /// The path of the scenario's file.
        path: &'a str,
        /// What is known of it: title, row, tags, line.
        scene: &'a SceneReport,
    },
    /// A step has ended.
    StepEnd {
        /// The number of its scene.
        case: usize,
        /// The step with what became of it.
        step: &'a StepReport,
    },
    /// A scene has ended, or was not run.
    SceneEnd {
        /// The number of the scene in the run, from 1.
        case: usize,
        /// The path of the scenario's file.
        path: &'a str,
        /// What became of it.
        scene: &'a SceneReport,
    },
    /// The run has ended.
    RunEnd(&'a RunReport),
    /// A remark on something that is no scene's: a tunnel that is away, a warning.
    Notice(&'a str),
}

#[derive(Serialize)]
struct EventLine<'a> {
    v: u8,
    t: String,
    #[serde(flatten)]
    event: WrittenEvent<'a>,
}

#[derive(Serialize)]
#[serde(tag = "event")]
enum WrittenEvent<'a> {
    #[serde(rename = "run.begin")]
    RunBegin {
        handset: &'static str,
        id: &'a str,
        seed: u64,
        host: &'a str,
        cloud: &'a str,
        profile: Option<&'a str>,
        cases: usize,
    },
    #[serde(rename = "file.begin")]
    FileBegin { path: &'a str, title: &'a str },
    #[serde(rename = "scene.begin")]
    SceneBegin {
        case: usize,
        path: &'a str,
        line: usize,
        title: &'a str,
        row: Option<&'a str>,
        tags: &'a [String],
    },
    #[serde(rename = "step.end")]
    StepEnd { case: usize, step: &'a StepReport },
    #[serde(rename = "scene.end")]
    SceneEnd {
        case: usize,
        path: &'a str,
        line: usize,
        title: &'a str,
        row: Option<&'a str>,
        ok: bool,
        outcome: &'a SceneOutcome,
        duration_ms: u64,
        conversations: &'a BTreeMap<String, String>,
        artifacts: &'a BTreeMap<String, String>,
    },
    #[serde(rename = "run.end")]
    RunEnd {
        ok: bool,
        totals: Totals,
        duration_ms: u64,
        ended_early: Option<&'a str>,
    },
    #[serde(rename = "notice")]
    Notice { text: &'a str },
}

/// The line for an event that happened then, with its line end.
pub fn line(at: Timestamp, event: &RunEvent<'_>) -> Result<String, serde_json::Error> {
    let event = match *event {
        RunEvent::RunBegin { run, cases } => WrittenEvent::RunBegin {
            handset: env!("CARGO_PKG_VERSION"),
            id: &run.id,
            seed: run.seed,
            host: &run.host,
            cloud: &run.cloud,
            profile: run.profile.as_deref(),
            cases,
        },
        RunEvent::FileBegin(file) => WrittenEvent::FileBegin {
            path: &file.path,
            title: &file.title,
        },
        RunEvent::SceneBegin { case, path, scene } => WrittenEvent::SceneBegin {
            case,
            path,
            line: scene.line,
            title: &scene.title,
            row: scene.row.as_deref(),
            tags: &scene.tags,
        },
        RunEvent::StepEnd { case, step } => WrittenEvent::StepEnd { case, step },
        RunEvent::SceneEnd { case, path, scene } => WrittenEvent::SceneEnd {
            case,
            path,
            line: scene.line,
            title: &scene.title,
            row: scene.row.as_deref(),
            ok: scene.outcome == SceneOutcome::Passed,
            outcome: &scene.outcome,
            duration_ms: scene.duration_ms,
            conversations: &scene.conversations,
            artifacts: &scene.artifacts,
        },
        RunEvent::RunEnd(report) => WrittenEvent::RunEnd {
            ok: report.is_ok(),
            totals: report.totals,
            duration_ms: report.run.duration_ms,
            ended_early: report.run.ended_early.as_deref(),
        },
        RunEvent::Notice(text) => WrittenEvent::Notice { text },
    };
    let t = utc(at);
    let line = EventLine {
        v: VERSION,
        t,
        event,
    };
    Ok(json_line(&line)? + "\n")
}
