//! A scenario as a swarm plays it: whether its deeds are any of a consumer who is one of many, and what
//! it costs before anybody has played it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::{
    domain::persona::Persona,
    runner::{
        case::{Case, case_at, case_count},
        needs::missing,
        values::SceneValues,
    },
    scenario::script::{Deed, Fact, Script, ScriptStep, StepKind, UnwantedEvent},
    swarm::workload::people::People,
};

/// The deadline of waits where neither the scenario nor the workload says one.
pub const WITHIN: Duration = Duration::from_mins(1);

/// A scenario of a workload, read.
#[derive(Debug, Clone)]
pub struct SwarmScenario {
    /// The path by which reports tell it.
    pub path: String,
    /// What is played.
    pub script: Arc<Script>,
    /// The consumers it plays, by their names in the cast.
    pub personas: BTreeMap<String, Persona>,
    /// Where the files lie that it names.
    pub folder: PathBuf,
}

/// Why a scenario cannot be played by a swarm, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}: {why}")]
pub struct UnfitStep {
    path: String,
    line: usize,
    why: String,
}

/// What one consumer of a scenario costs, told from its text alone.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ScenarioCost {
    /// How long it lasts when everything that is waited for is there at once.
    pub least: Duration,
    /// How long it lasts when each wait lasts to its deadline.
    pub most: Duration,
    /// Requests to the cloud.
    pub requests: f64,
    /// Webhooks of the cloud.
    pub webhooks: f64,
}

impl ScenarioCost {
    fn add(&mut self, least: Duration, most: Duration, requests: f64, webhooks: f64) {
        self.least += least;
        self.most += most;
        self.requests += requests;
        self.webhooks += webhooks;
    }
}

impl SwarmScenario {
    /// The case that the consumer with this turn plays: scenes and data rows come one after another.
    pub fn case(&self, turn: u64) -> Option<Case<'_>> {
        let count = u64::try_from(case_count(&self.script)).unwrap_or(u64::MAX);
        let index = turn.checked_rem(count)?;
        case_at(&self.script, usize::try_from(index).ok()?, &[], &[])
    }

    /// What of it a swarm cannot play; `has` is what the cloud has, by the words of `needs`.
    pub fn unfit(&self, has: &BTreeSet<String>) -> Vec<UnfitStep> {
        let mut unfit = Vec::new();
        let mut say = |line: usize, why: String| {
            let step = UnfitStep {
                path: self.path.clone(),
                line,
                why,
            };
            if !unfit.contains(&step) {
                unfit.push(step);
            }
        };
        let count = u64::try_from(case_count(&self.script)).unwrap_or(u64::MAX);
        for case in (0..count).filter_map(|turn| self.case(turn)) {
            let line = case.scene.place.line;
            let (agents, consumers): (Vec<_>, Vec<_>) =
                case.cast.iter().partition(|one| one.is_agent);
            for agent in agents {
                let name = &agent.name;
                say(
                    line,
                    format!(
                        "{name} is played as an agent, and a swarm plays consumers alone; leave `play \
                     {name} as agent` out, and wait for what `agent` says"
                    ),
                );
            }
            if consumers.len() > 1 {
                let names: Vec<&str> = consumers.iter().map(|one| one.name.as_str()).collect();
                say(
                    line,
                    format!(
                        "{} are played in one scene, and each consumer of a swarm plays a scene alone; \
                     write a scenario for each",
                        names.join(" and ")
                    ),
                );
            }
            if consumers.is_empty() {
                say(
                    line,
                    "no consumer says or does anything here; write a line of `me`".to_owned(),
                );
            }
            if let Some(why) = missing(&case, has) {
                say(line, format!("it {why}"));
            }
            walk(&case.scene.steps, &mut |step| {
                match &step.kind {
                StepKind::Sandbox(_) => say(
                    step.place.line,
                    "`sandbox` acts on the cloud that all consumers share; say it beside the run, with \
                     `handset sandbox ctl`"
                        .to_owned(),
                ),
                StepKind::Pass(_) => say(
                    step.place.line,
                    "`pass` makes the time of all consumers jump; use `pause`".to_owned(),
                ),
                _ => {}
            }
            });
        }
        unfit
    }

    /// The files that it is made of and names, from its folder on; an error where a name is told by
    /// values that are known only while it is played.
    pub fn files(&self) -> Result<BTreeSet<PathBuf>, UnfitStep> {
        let own = self.script.files.iter().enumerate();
        let own = own.map(|(index, file)| match (index, Path::new(file).file_name()) {
            (0, Some(name)) => PathBuf::from(name),
            _ => PathBuf::from(file),
        });
        let mut files: BTreeSet<PathBuf> = own.collect();
        let mut unfit = None;
        for case in
            (0..case_count(&self.script)).filter_map(|index| case_at(&self.script, index, &[], &[]))
        {
            let personas = case.cast.iter().filter_map(|member| member.from.as_ref());
            files.extend(personas.map(PathBuf::from));
            let values = SceneValues::new(0, case.row);
            walk(&case.scene.steps, &mut |step| {
                let StepKind::Deed {
                    deed: Deed::Sends { file, .. },
                    ..
                } = &step.kind
                else {
                    return;
                };
                match values.fill(file) {
                    Ok(name) => {
                        let other = self.script.files.get(step.place.file);
                        let other = other.filter(|_| step.place.file > 0);
                        let folder = other.and_then(|other| Path::new(other).parent());
                        files.insert(folder.unwrap_or(Path::new("")).join(name));
                    }
                    Err(why) => {
                        unfit.get_or_insert(UnfitStep {
                            path: self.path.clone(),
                            line: step.place.line,
                            why: format!("{why}; workers need each file before they begin, so name it without values"),
                        });
                    }
                }
            });
        }
        unfit.map_or(Ok(files), Err)
    }

    /// Whether a step looks at requests, and whether one looks at webhooks, as they went over the
    /// wire.
    pub fn reads_wire(&self) -> bool {
        let mut reads = false;
        for scene in &self.script.scenes {
            walk(&scene.steps, &mut |step| {
                reads |= matches!(
                    &step.kind,
                    StepKind::Expect {
                        fact: Fact::Call { .. } | Fact::Hook { .. } | Fact::Json { .. },
                        ..
                    } | StepKind::No {
                        event: UnwantedEvent::Hook(_),
                        ..
                    }
                );
            });
        }
        reads
    }

    /// What a consumer costs, over all cases; `within` is the deadline of waits that name none.
    pub fn cost(&self, people: &People, within: Duration) -> ScenarioCost {
        let count = case_count(&self.script);
        let mut all = ScenarioCost::default();
        for case in (0..count).filter_map(|index| case_at(&self.script, index, &[], &[])) {
            let heads = [&case.scene.head, &case.script.head];
            let own = heads.iter().find_map(|head| head.within);
            let within = own.map_or(within_of(within, people), |(span, _)| span);
            let played: BTreeSet<&str> = case.cast.iter().map(|one| one.name.as_str()).collect();
            // The ConsumerJWS and CONVERSATION, and closing; who takes part is told at each of them.
            all.add(Duration::ZERO, Duration::ZERO, 3.0, 4.0);
            let values = SceneValues::new(0, case.row);
            cost_of(
                &case.scene.steps,
                &values,
                (&played, people, within),
                &mut all,
            );
        }
        let share = f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX));
        ScenarioCost {
            least: all.least.div_f64(share),
            most: all.most.div_f64(share),
            requests: all.requests / share,
            webhooks: all.webhooks / share,
        }
    }
}

/// A consumer waits as long as people do before they give up, where that is longer.
pub(crate) fn within_of(within: Duration, people: &People) -> Duration {
    match people.gives_up {
        Some(gives_up) => within.max(gives_up + Duration::from_secs(1)),
        None => within,
    }
}

/// Calls this for each step, those in blocks and used files among them.
fn walk(steps: &[ScriptStep], each: &mut impl FnMut(&ScriptStep)) {
    for step in steps {
        each(step);
        match &step.kind {
            StepKind::AnyOrder(steps) | StepKind::Use { steps, .. } => walk(steps, each),
            StepKind::If {
                condition,
                then,
                otherwise,
            } => {
                each(condition);
                walk(then, each);
                walk(otherwise, each);
            }
            _ => {}
        }
    }
}

fn cost_of(
    steps: &[ScriptStep],
    values: &SceneValues,
    around: (&BTreeSet<&str>, &People, Duration),
    cost: &mut ScenarioCost,
) {
    let (played, people, within) = around;
    for step in steps {
        let waits = match step.within() {
            Some(own) => own,
            // What may come and need not is waited for beside what follows.
            None if step.is_optional => Duration::ZERO,
            None => within,
        };
        match &step.kind {
            StepKind::Line { who, timing, text } if played.contains(who.shown(values).as_str()) => {
                let letters = text.said(values).map_or(40, |text| text.chars().count());
                let before = people.mean_before(letters) + timing.after.unwrap_or_default();
                // COMPOSING and the text; the echo, and that somebody has it and has read it.
                cost.add(before, before, 2.0, 4.0);
            }
            StepKind::Deed { who, deed, .. } if played.contains(who.shown(values).as_str()) => {
                let before = people.mean_before(0);
                let lasts = match deed {
                    Deed::Types(span) => *span,
                    _ => Duration::ZERO,
                };
                cost.add(before + lasts, before + lasts, 1.0, 1.0);
            }
            // The message and that somebody writes it; our ACCEPT and READ, which come back.
            StepKind::Line { .. } => cost.add(Duration::ZERO, waits, 2.0, 4.0),
            StepKind::Deed { .. } | StepKind::Sees { .. } | StepKind::Expect { .. } => {
                cost.add(Duration::ZERO, waits, 0.0, 0.0);
            }
            StepKind::No { during: span, .. } | StepKind::Pause(span) => {
                cost.add(*span, *span, 0.0, 0.0);
            }
            StepKind::AnyOrder(steps) | StepKind::Use { steps, .. } => {
                cost_of(steps, values, around, cost);
            }
            StepKind::If {
                condition, then, ..
            } => {
                cost_of(std::slice::from_ref(condition), values, around, cost);
                cost_of(then, values, around, cost);
            }
            StepKind::Sandbox(_) | StepKind::Let { .. } | StepKind::Pass(_) | StepKind::Note(_) => {
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        scenario::parse::parse,
        swarm::workload::people::{People, TypingSpeed},
    };

    fn scenario(text: &str) -> SwarmScenario {
        let parsed = parse("a.talk", text, &|_| Err("none".to_owned()));
        assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
        SwarmScenario {
            path: "a.talk".to_owned(),
            script: Arc::new(parsed.script),
            personas: BTreeMap::new(),
            folder: PathBuf::new(),
        }
    }

    #[test]
    fn what_a_swarm_cannot_play_is_told_with_its_line() {
        let told = |text: &str| {
            let unfit = scenario(text).unfit(&BTreeSet::new());
            let words = unfit.iter().map(ToString::to_string);
            words.collect::<Vec<_>>().join("\n")
        };
        assert_eq!(told("me: Hello\nagent: order\n"), "");
        let agent = told("play kim as agent\nme: Hello\nkim takes\n");
        assert!(agent.contains("kim is played as an agent"), "{agent}");
        let two = told("play ada\nplay gus\nada: Hello\ngus: Hello\n");
        assert!(two.contains("ada and gus are played"), "{two}");
        let none = told("agent: Hello\n");
        assert!(none.contains("no consumer"), "{none}");
        let sandbox = told("needs sandbox\nme: Hello\n");
        assert!(sandbox.contains("needs the sandbox"), "{sandbox}");
        let deep = told("me: Hello\nif agent within 2s: order\n  pass 5m\nend\n");
        assert!(
            deep.starts_with("a.talk:3:") || deep.contains("a.talk:3: `pass`"),
            "{deep}"
        );
    }

    #[test]
    fn scenes_and_rows_come_one_after_another() {
        let rows = "rows\n| who | says |\n| a | one |\n| b | two |\nend\n\
                    scene First {who}\n  me: {says}\nscene Second {who}\n  me: {says}\n";
        let scenario = scenario(rows);
        let titles = (0..5).map(|turn| scenario.case(turn).unwrap().title);
        let expected = ["First a", "First b", "Second a", "Second b", "First a"];
        assert_eq!(titles.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_cost_is_told_from_the_text() {
        let people = People {
            typing: Some(TypingSpeed {
                words_per_minute: 60.0,
                spread: 0.0,
            }),
            thinks: Some((Duration::from_secs(1), Duration::from_secs(3))),
            gives_up: None,
        };
        // Ten letters are two words, which take two seconds; after two seconds of thinking.
        let story = scenario("me: 1234567890\nagent within 30s: order\npause 1500ms\n");
        let cost = story.cost(&people, WITHIN);
        assert_eq!(cost.least, Duration::from_millis(5500));
        assert_eq!(cost.most, Duration::from_millis(35_500));
        assert!(cost.requests > 3.0 && cost.webhooks > cost.requests);
    }
}
