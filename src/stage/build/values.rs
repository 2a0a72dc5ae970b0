//! The values of a scene on stage: those known at the start, those of the head, what others would
//! have said.

use std::{cell::RefCell, collections::BTreeMap};

use crate::{
    scenario::{
        matching::Values,
        script::{Payload, Template, TextPiece},
    },
    stage::{build::Staging, sample::sample},
};

/// What stands for a secret.
const MASK: &str = "•••";
/// What is shown where nobody knows what others would say.
const UNKNOWN: &str = "…";

pub(super) struct StageValues {
    known: BTreeMap<String, String>,
    variables: BTreeMap<String, String>,
    chance: RefCell<fastrand::Rng>,
}

impl StageValues {
    /// Those at the beginning of a scene.
    pub(super) fn of(staging: &Staging<'_>) -> Result<Self, String> {
        let mut values = Self {
            known: staging.values.clone(),
            variables: staging.variables.clone(),
            chance: RefCell::new(fastrand::Rng::with_seed(staging.seed)),
        };
        values.set("seed", staging.seed.to_string());
        for head in staging.heads {
            for (name, _) in &head.secrets {
                values.set(name, MASK.to_owned());
            }
            for (name, value) in &head.values {
                let value = values.fill(value)?;
                values.set(name, value);
            }
        }
        Ok(values)
    }

    pub(super) fn set(&mut self, name: &str, value: String) {
        self.known.insert(name.to_owned(), value);
    }

    pub(super) fn fill(&self, template: &Template) -> Result<String, String> {
        template.fill(self).map_err(|missing| missing.to_string())
    }

    pub(super) fn fill_all(&self, templates: &[Template]) -> Result<Vec<String>, String> {
        templates.iter().map(|one| self.fill(one)).collect()
    }

    /// The text of a line as it is shown. What is taken out of a text gets a value that looks as the
    /// scenario says.
    pub(super) fn text(
        &mut self,
        text: &Payload,
        chance: &mut fastrand::Rng,
    ) -> Result<String, String> {
        let template = match text {
            Payload::Bare(text) | Payload::Quoted(text) | Payload::Exactly(text) => text,
            Payload::Regex { pattern, .. } => {
                return Ok(sample(pattern, chance).unwrap_or_else(|| UNKNOWN.to_owned()));
            }
        };
        for piece in &template.0 {
            if let TextPiece::Capture { name, pattern } = piece {
                let made = pattern.as_ref().and_then(|one| sample(one, chance));
                self.set(name, made.unwrap_or_else(|| UNKNOWN.to_owned()));
            }
        }
        let pieces = template.0.iter().map(|piece| match piece {
            TextPiece::Capture { name, .. } => TextPiece::Value(name.clone()),
            piece => piece.clone(),
        });
        self.fill(&Template(pieces.collect()))
    }
}

impl Values for StageValues {
    fn value(&self, path: &str) -> Option<String> {
        if path == "uuid" {
            let bytes = self.chance.borrow_mut().u128(..).to_be_bytes();
            let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
            return Some(uuid.to_string());
        }
        self.known.get(path).cloned()
    }

    fn env(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}
