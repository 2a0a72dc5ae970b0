//! Cases: the scenes of a script, once for each data row; and which of them are run.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    runner::values::SceneValues,
    scenario::script::{Play, Scene, Script, ScriptStep, StepKind, Template, TextPiece},
};

/// The default persona's name in the cast.
pub const ME: &str = "me";

/// A scene with one data row, or without rows: what is run and reported as one.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The file it is of.
    pub script: &'a Script,
    /// The scene whose steps are played.
    pub scene: &'a Scene,
    /// The cells of its data row.
    pub row: Option<&'a BTreeMap<String, String>>,
    /// The key of its data row.
    pub key: Option<String>,
    /// Its title, values put in; the file's where the scene has none, and else the file's name.
    pub title: String,
    /// Its tags and the file's.
    pub tags: Vec<String>,
    /// Who is played and takes part.
    pub cast: Vec<CastMember>,
}

/// Somebody who is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CastMember {
    /// The name in the scenario.
    pub name: String,
    /// As an agent; else as a consumer.
    pub is_agent: bool,
    /// The file with the persona, where the scenario names one.
    pub from: Option<String>,
}

/// Which cases are run; everything when nothing is said.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Tags that a case must have, one of them at least.
    pub tags: Vec<String>,
    /// Tags that it must not have.
    pub without: Vec<String>,
    /// What must be in its title, ignoring case.
    pub name: Option<String>,
    /// The key of its data row.
    pub row: Option<String>,
    /// Only cases of the scene around one of these lines.
    pub lines: Vec<usize>,
    /// Only these, by the line and the row's key: those that failed.
    pub failed: Option<BTreeSet<(usize, Option<String>)>>,
}

/// The cases of a script, in order. `played` are names that are played over what the file says,
/// `expected` those that are not.
pub fn cases<'a>(script: &'a Script, played: &[String], expected: &[String]) -> Vec<Case<'a>> {
    let indexes = 0..case_count(script);
    let cases = indexes.filter_map(|index| case_at(script, index, played, expected));
    cases.collect()
}

/// How many cases a script has.
pub fn case_count(script: &Script) -> usize {
    let rows = script.rows.as_ref().map_or(0, |rows| rows.cases.len());
    script.scenes.len() * rows.max(1)
}

/// One of [`cases`], by its index.
pub fn case_at<'a>(
    script: &'a Script,
    index: usize,
    played: &[String],
    expected: &[String],
) -> Option<Case<'a>> {
    let rows = script.rows.as_ref();
    let rows = rows.filter(|rows| !rows.cases.is_empty());
    let count = rows.map_or(1, |rows| rows.cases.len());
    let scene = script.scenes.get(index / count)?;
    let row = rows.and_then(|rows| Some((rows.cases.get(index % count)?, rows.key.as_str())));
    Some(case(script, scene, row, (played, expected)))
}

fn case<'a>(
    script: &'a Script,
    scene: &'a Scene,
    row: Option<(&'a BTreeMap<String, String>, &str)>,
    (played, expected): (&[String], &[String]),
) -> Case<'a> {
    let values = SceneValues::new(0, row.map(|(row, _)| row));
    let title = [scene.title.shown(&values), script.title.clone()];
    let title = title.into_iter().find(|title| !title.trim().is_empty());
    let file = || {
        let file = script.files.first().map(String::as_str).unwrap_or_default();
        let name = file.rsplit('/').next().unwrap_or(file);
        name.strip_suffix(".talk").unwrap_or(name).to_owned()
    };
    let mut tags = scene.tags.clone();
    for tag in &script.tags {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    Case {
        script,
        scene,
        row: row.map(|(row, _)| row),
        key: row.and_then(|(row, key)| row.get(key).cloned()),
        title: title.unwrap_or_else(file),
        tags,
        cast: cast(script, scene, &values, (played, expected)),
    }
}

/// Who is played, as far as the scene names them.
fn cast(
    script: &Script,
    scene: &Scene,
    values: &SceneValues,
    (played, expected): (&[String], &[String]),
) -> Vec<CastMember> {
    let me = Play {
        place: scene.place,
        name: Template(vec![TextPiece::Text(ME.to_owned())]),
        is_agent: false,
        from: None,
    };
    let mut cast: Vec<CastMember> = Vec::new();
    let plays = script.head.cast.iter().chain(&scene.head.cast);
    for play in std::iter::once(&me).chain(plays) {
        let name = play.name.shown(values);
        let from = play.from.as_ref().map(|from| from.shown(values));
        cast.retain(|one| one.name != name);
        cast.push(CastMember {
            name,
            is_agent: play.is_agent,
            from,
        });
    }
    for name in played {
        if !cast.iter().any(|one| one.name == *name) {
            cast.push(CastMember {
                name: name.clone(),
                is_agent: false,
                from: None,
            });
        }
    }
    let mut named = BTreeSet::new();
    names(&scene.steps, values, &mut named);
    cast.retain(|one| named.contains(&one.name) && !expected.contains(&one.name));
    cast
}

/// Everybody whom steps name as one who says, does or sees something.
fn names(steps: &[ScriptStep], values: &SceneValues, named: &mut BTreeSet<String>) {
    for step in steps {
        match &step.kind {
            StepKind::Line { who, .. }
            | StepKind::Deed { who, .. }
            | StepKind::Sees { who, .. } => {
                named.insert(who.shown(values));
            }
            StepKind::AnyOrder(steps) | StepKind::Use { steps, .. } => names(steps, values, named),
            StepKind::If {
                condition,
                then,
                otherwise,
            } => {
                names(std::slice::from_ref(condition), values, named);
                names(then, values, named);
                names(otherwise, values, named);
            }
            _ => {}
        }
    }
}

impl Selection {
    /// Whether a case is run.
    pub fn includes(&self, case: &Case<'_>) -> bool {
        let has = |tag: &String| case.tags.contains(tag);
        let title = case.title.to_lowercase();
        let line = case.scene.place.line;
        let is_named = |name: &String| title.contains(&name.to_lowercase());
        (self.tags.is_empty() || self.tags.iter().any(has))
            && !self.without.iter().any(has)
            && self.name.as_ref().is_none_or(is_named)
            && self
                .row
                .as_ref()
                .is_none_or(|row| case.key.as_ref() == Some(row))
            && (self.lines.is_empty() || self.lines.iter().any(|asked| is_around(case, *asked)))
            && self
                .failed
                .as_ref()
                .is_none_or(|failed| failed.contains(&(line, case.key.clone())))
    }
}

/// Whether a line is one of the scene of a case: from where it begins to where the next begins.
fn is_around(case: &Case<'_>, line: usize) -> bool {
    let begins = case.scene.place.line;
    let others = case.script.scenes.iter();
    let next = others
        .map(|scene| scene.place.line)
        .filter(|other| *other > begins)
        .min();
    let is_first = case
        .script
        .scenes
        .first()
        .is_some_and(|first| first.place == case.scene.place);
    (line >= begins || is_first) && next.is_none_or(|next| line < next)
}
