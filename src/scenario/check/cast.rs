//! Who is in a scene, as far as it can be known before a run.

use std::collections::BTreeMap;

use crate::{
    domain::similar,
    scenario::{
        check::{Checker, written},
        fault::FaultKind,
        script::{Scene, Script, SourcePlace, Template, TextPiece},
    },
};

/// Who can be named without being played.
pub(crate) const ROLES: [&str; 6] = ["agent", "bot", "manager", "system", "survey", "anyone"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Handset plays this consumer.
    Consumer,
    /// Handset plays this agent.
    PlayedAgent,
    /// Somebody on the agents' side who is not played.
    OtherAgent,
    /// The cloud itself, a survey.
    Machine,
    /// Anybody, or not known before the run.
    Anyone,
}

impl Who {
    pub fn is_played(self) -> bool {
        matches!(self, Self::Consumer | Self::PlayedAgent)
    }
}

/// The cast of a scene.
pub(super) struct Cast {
    /// Everybody by name, and whether it is an agent.
    known: BTreeMap<String, bool>,
    /// Those whose name is known at run time only.
    templates: Vec<(Template, bool)>,
    /// Whether any name may be one of the cast.
    is_open: bool,
}

impl Cast {
    pub fn new(script: &Script, scene: Option<&Scene>) -> Self {
        let known = BTreeMap::from([("me".to_owned(), false)]);
        let (templates, is_open) = (Vec::new(), false);
        let mut cast = Self {
            known,
            templates,
            is_open,
        };
        let heads = std::iter::once(&script.head).chain(scene.map(|scene| &scene.head));
        for play in heads.flat_map(|head| &head.cast) {
            match names(&play.name, script) {
                Some(names) => {
                    cast.known
                        .extend(names.into_iter().map(|name| (name, play.is_agent)));
                }
                None => cast.is_open = true,
            }
            cast.templates.push((play.name.clone(), play.is_agent));
        }
        cast
    }

    pub fn has(&self, name: &str) -> bool {
        self.is_open || self.known.contains_key(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }

    /// Who it is, or the name that nobody has.
    fn who(&self, who: &Template, script: &Script) -> Result<Who, String> {
        let of = |is_agent: bool| {
            if is_agent {
                Who::PlayedAgent
            } else {
                Who::Consumer
            }
        };
        if let Some((_, is_agent)) = self.templates.iter().rfind(|(name, _)| name == who) {
            return Ok(of(*is_agent));
        }
        let Some(names) = names(who, script) else {
            return Ok(Who::Anyone);
        };
        let mut found = Vec::new();
        for name in names {
            found.push(match (self.known.get(&name), name.as_str()) {
                (Some(is_agent), _) => of(*is_agent),
                (None, "agent" | "bot" | "manager") => Who::OtherAgent,
                (None, "system" | "survey") => Who::Machine,
                (None, "anyone") => Who::Anyone,
                (None, _) if self.is_open => Who::Anyone,
                (None, _) => return Err(name),
            });
        }
        found.dedup();
        Ok(match found.as_slice() {
            [one] => *one,
            _ => Who::Anyone,
        })
    }
}

/// The names that a template can become: itself, or the cells of a column.
fn names(name: &Template, script: &Script) -> Option<Vec<String>> {
    match name.0.as_slice() {
        [TextPiece::Text(name)] => Some(vec![name.clone()]),
        [TextPiece::Value(path)] => {
            let rows = script.rows.as_ref()?;
            let mut cells: Vec<String> = rows
                .cases
                .iter()
                .filter_map(|case| case.get(path).cloned())
                .collect();
            cells.sort();
            cells.dedup();
            (!cells.is_empty()).then_some(cells)
        }
        _ => None,
    }
}

impl Checker<'_> {
    /// Who it is; nobody of that name is a fault.
    pub(super) fn who(&mut self, who: &Template, place: SourcePlace, cast: &Cast) -> Option<Who> {
        let missing = match cast.who(who, self.script) {
            Ok(who) => return Some(who),
            Err(missing) => missing,
        };
        let meant = similar::did_you_mean(&missing, cast.names().chain(ROLES));
        let words = format!("nobody here is called `{missing}`{meant}");
        let fault = self.tell(FaultKind::UnknownName, place, &written(who), words);
        fault.set_label("not in the cast");
        let help = format!(
            "say that handset plays this person: `play {missing}`, or `play {missing} as agent`"
        );
        let of_agents = "; the agent of a conversation whom nobody plays is called `agent`";
        let of_agents = if meant.is_empty() { of_agents } else { "" };
        fault.set_help(format!("{help}{of_agents}"));
        None
    }
}
