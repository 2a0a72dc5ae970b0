//! The workload file: TOML, with the place of each fault.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use toml::Spanned;

use crate::{
    config::text::{self, TextFault},
    swarm::measure::threshold::{Threshold, ThresholdError},
    swarm::workload::{
        ArrivalKind, RateCurve, RateStage, Workload, WorkloadLimits, WorkloadScenario,
        people::People, words,
    },
};

/// Why a workload cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum WorkloadError {
    /// The file cannot be read.
    #[error(
        "cannot read the workload {file}: {cause}; name a TOML file, or a scenario with --rate and --for"
    )]
    Read {
        /// The path of the file.
        file: String,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// The file is no workload.
    #[error("{0}")]
    Fault(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkloadFile {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    seed: Option<u64>,
    #[serde(default)]
    arrivals: ArrivalKind,
    #[serde(default, rename = "scenario")]
    scenarios: Vec<Spanned<ScenarioTable>>,
    #[serde(default, rename = "stage")]
    stages: Vec<StageTable>,
    #[serde(default)]
    people: PeopleTable,
    #[serde(default)]
    limits: LimitsTable,
    #[serde(default)]
    thresholds: BTreeMap<Spanned<String>, Spanned<ThresholdValue>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioTable {
    file: PathBuf,
    #[serde(default)]
    weight: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StageTable {
    to: Spanned<String>,
    #[serde(default)]
    over: Option<Spanned<String>>,
    #[serde(default)]
    hold: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PeopleTable {
    typing: Option<Spanned<String>>,
    thinks: Option<Spanned<String>>,
    gives_up: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LimitsTable {
    consumers: Option<Spanned<usize>>,
    drain: Option<Spanned<String>>,
    late: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a threshold is a text like \"< 800ms\", or a table with `is`, `stop`, `after` and `empty`"
)]
enum ThresholdValue {
    Words(String),
    Table(ThresholdTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThresholdTable {
    is: String,
    #[serde(default)]
    stop: bool,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    empty: Option<EmptyWord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum EmptyWord {
    Ok,
}

/// Reads a workload.
pub fn read(path: &Path) -> Result<Workload, WorkloadError> {
    let file = path.display().to_string();
    let text = text::read(path).map_err(|cause| WorkloadError::Read {
        file: file.clone(),
        cause,
    })?;
    let mut workload = parse(&file, &text)?;
    if workload.name.is_empty() {
        let stem = path.file_stem().unwrap_or_default();
        workload.name = stem.to_string_lossy().into_owned();
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    for scenario in &mut workload.scenarios {
        scenario.file = folder.join(&scenario.file);
    }
    Ok(workload)
}

/// Reads the text of a workload; `file` is only named in the error. The name is empty where the text
/// has none, and the files of scenarios are as written.
pub fn parse(file: &str, text: &str) -> Result<Workload, WorkloadError> {
    read_text(file, text).map_err(|fault| WorkloadError::Fault(fault.to_string()))
}

fn read_text(file: &str, text: &str) -> Result<Workload, TextFault> {
    let read: WorkloadFile =
        toml::from_str(text).map_err(|error| TextFault::of_toml(file, text, &error))?;
    let fault = |at: usize, reason: String| TextFault::at(file, text, at, reason);
    let said = |one: &Spanned<String>, read: fn(&str) -> Result<Duration, String>| {
        read(one.get_ref()).map_err(|why| fault(one.span().start, why))
    };
    let span = |one: &Option<Spanned<String>>, usual: Duration| {
        one.as_ref().map_or(Ok(usual), |one| said(one, words::span))
    };
    if read.scenarios.is_empty() {
        let why = "there is no scenario; write [[scenario]] with file = \"first-steps.talk\"";
        return Err(fault(0, why.to_owned()));
    }
    let mut scenarios = Vec::new();
    for one in read.scenarios {
        let at = one.span().start;
        let ScenarioTable { file, weight } = one.into_inner();
        let weight = weight.unwrap_or(1);
        if weight == 0 {
            let why = "a `weight` is 1 at least; leave the scenario out when nobody is to play it";
            return Err(fault(at, why.to_owned()));
        }
        scenarios.push(WorkloadScenario { file, weight });
    }
    let mut stages = Vec::new();
    for stage in &read.stages {
        let to = words::rate(stage.to.get_ref());
        stages.push(RateStage {
            to: to.map_err(|why| fault(stage.to.span().start, why))?,
            over: span(&stage.over, Duration::ZERO)?,
            hold: span(&stage.hold, Duration::ZERO)?,
        });
    }
    if RateCurve::new(&stages).total() <= 0.0 {
        let why =
            "nobody arrives in these stages; write [[stage]] with to = \"20/s\" and hold = \"2m\"";
        return Err(fault(0, why.to_owned()));
    }
    let people = &read.people;
    let within = |one: &Spanned<String>, why: String| fault(one.span().start, why);
    let typing = people
        .typing
        .as_ref()
        .map(|one| words::typing(one.get_ref()).map_err(|why| within(one, why)));
    let thinks = people
        .thinks
        .as_ref()
        .map(|one| words::span_range(one.get_ref()).map_err(|why| within(one, why)));
    let gives_up = people.gives_up.as_ref().map(|one| said(one, words::span));
    let usual = WorkloadLimits::default();
    let consumers = match &read.limits.consumers {
        Some(one) if *one.get_ref() == 0 => {
            return Err(fault(
                one.span().start,
                "`consumers` is 1 at least".to_owned(),
            ));
        }
        Some(one) => *one.get_ref(),
        None => usual.consumers,
    };
    Ok(Workload {
        name: read.name.unwrap_or_default(),
        seed: read.seed,
        arrivals: read.arrivals,
        scenarios,
        stages,
        people: People {
            typing: typing.transpose()?,
            thinks: thinks.transpose()?,
            gives_up: gives_up.transpose()?,
        },
        limits: WorkloadLimits {
            consumers,
            drain: span(&read.limits.drain, usual.drain)?,
            late: span(&read.limits.late, usual.late)?,
        },
        thresholds: thresholds(read.thresholds, &fault)?,
    })
}

/// The thresholds of the file, and those that are built in and not in it.
fn thresholds(
    written: BTreeMap<Spanned<String>, Spanned<ThresholdValue>>,
    fault: &dyn Fn(usize, String) -> TextFault,
) -> Result<Vec<Threshold>, TextFault> {
    let mut thresholds = Vec::new();
    for (metric, value) in written {
        let at = value.span().start;
        let table = match value.into_inner() {
            ThresholdValue::Table(table) => table,
            ThresholdValue::Words(is) => ThresholdTable {
                is,
                stop: false,
                after: None,
                empty: None,
            },
        };
        let after = table.after.as_deref().map(words::span).transpose();
        let read = Threshold::parse(metric.get_ref(), &table.is);
        let read = read.map_err(|why| match why {
            ThresholdError::Name(why) => fault(metric.span().start, why),
            ThresholdError::Condition(why) => fault(at, why),
        })?;
        thresholds.push(Threshold {
            stops: table.stop,
            after: after.map_err(|why| fault(at, why))?.unwrap_or_default(),
            may_be_empty: table.empty.is_some(),
            ..read
        });
    }
    let is_written = |built_in: &Threshold| thresholds.iter().any(|one| one.name == built_in.name);
    let mut all: Vec<Threshold> = Threshold::built_in();
    all.retain(|built_in| !is_written(built_in));
    all.append(&mut thresholds);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
name = "Monday morning"
seed = 7
arrivals = "even"

[[scenario]]
file = "late-parcel.talk"
weight = 7
[[scenario]]
file = "gives-up.talk"

[[stage]]
to = "5/s"
over = "30s"
[[stage]]
to = "20/s"
over = "1m"
hold = "3m"

[people]
typing = "45wpm ± 40%"
thinks = "2s..9s"
gives_up = "4m"
[limits]
consumers = 200
drain = "90s"
[thresholds]
"sent.p99" = "< 800ms"
"failed.rate" = { is = "< 1%", stop = true, after = "30s" }
"#;

    #[test]
    fn a_whole_workload_is_read() {
        let read = parse("peak.toml", WHOLE).unwrap();
        assert_eq!((read.name.as_str(), read.seed), ("Monday morning", Some(7)));
        assert_eq!(read.arrivals, ArrivalKind::Even);
        let weights: Vec<u32> = read.scenarios.iter().map(|one| one.weight).collect();
        assert_eq!(weights, [7, 1]);
        assert!((read.plan(1).curve().total() - (75.0 + 750.0 + 3600.0)).abs() < 1e-6);
        assert_eq!(read.people.gives_up, Some(Duration::from_mins(4)));
        assert_eq!(read.limits.consumers, 200);
        assert_eq!(read.limits.late, Duration::from_secs(5));
        let stops: Vec<_> = read
            .thresholds
            .iter()
            .map(|one| (one.name.as_str(), one.stops))
            .collect();
        let own = [("failed.rate", true), ("sent.p99", false)];
        let built_in = ["lost", "arrivals.dropped", "signature.bad"].map(|name| (name, false));
        assert_eq!(stops, [&built_in[..], &own[..]].concat());
    }

    #[test]
    fn each_fault_is_told_with_its_place_and_what_to_write() {
        let told = |from: &str, to: &str| {
            let text = WHOLE.replacen(from, to, 1);
            assert_ne!(text, WHOLE, "{from}");
            parse("peak.toml", &text).unwrap_err().to_string()
        };
        let faults = [
            told("weight = 7", "wieght = 7"),
            told("\"even\"", "\"evn\""),
            told("\"20/s\"", "\"20\""),
            told("\"30s\"", "\"30\""),
            told("2s..9s", "9s..2s"),
            told("45wpm", "45"),
            told("consumers = 200", "consumers = 0"),
            told("weight = 7", "weight = 0"),
            told("is = \"< 1%\", ", ""),
            told("after = \"30s\"", "after = \"soon\""),
            told("sent.p99", "sned.p99"),
            told("< 800ms", "800"),
        ];
        insta::assert_snapshot!(faults.join("\n"), @r#"
        peak.toml:8:1: unknown field `wieght`, expected `file` or `weight`; did you mean `weight`?
        peak.toml:4:12: unknown variant `evn`, expected `even` or `poisson`; did you mean `even`?
        peak.toml:16:6: "20" is no rate; write arrivals in a time, as 20/s, 90/m or 1200/h
        peak.toml:14:8: "30" is no span of time; write one like 500ms, 90s or 1m30s
        peak.toml:22:10: "9s..2s" goes backwards; write the shorter span first
        peak.toml:21:10: "45 ± 40%" is no speed of writing; write words a minute and how much people differ, as 45wpm ± 40%
        peak.toml:25:13: `consumers` is 1 at least
        peak.toml:6:1: a `weight` is 1 at least; leave the scenario out when nobody is to play it
        peak.toml:29:17: a threshold is a text like "< 800ms", or a table with `is`, `stop`, `after` and `empty`
        peak.toml:29:17: "soon" is no span of time; write one like 500ms, 90s or 1m30s
        peak.toml:28:1: nothing is measured as `sned.p99`
        peak.toml:28:14: `800` is no condition for `sent.p99`: write a comparison (<, <=, ==, >=, >) and a limit, such as `< 800ms`
        "#);
    }

    #[test]
    fn a_workload_in_which_nothing_happens_is_none() {
        let none = parse("a.toml", "[[stage]]\nto = \"1/s\"\nhold = \"1s\"").unwrap_err();
        assert!(none.to_string().contains("no scenario"), "{none}");
        let none = parse("a.toml", "[[scenario]]\nfile = \"a.talk\"\n").unwrap_err();
        assert!(none.to_string().contains("nobody arrives"), "{none}");
    }
}
