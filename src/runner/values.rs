//! The values of a scene: columns, `let`, captures, what is known of the cast; and the secrets
//! among them, which no report shows.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    sync::{Mutex, PoisonError},
};

use crate::scenario::{matching::Values, script::Template};

/// What stands for a secret.
const MASK: &str = "•••";
/// Shorter secrets would mask half of every text.
const SHORTEST: usize = 3;

/// The values of one scene.
#[derive(Debug)]
pub(crate) struct SceneValues {
    known: BTreeMap<String, String>,
    /// The names of secrets.
    secret: BTreeSet<String>,
    /// The secrets themselves, the longest first, so that of one in another nothing is left.
    secrets: Vec<String>,
    chance: Mutex<fastrand::Rng>,
}

impl SceneValues {
    /// The values of a row, with chance from the seed.
    pub(crate) fn new(seed: u64, row: Option<&BTreeMap<String, String>>) -> Self {
        let mut known = row.cloned().unwrap_or_default();
        known.insert("seed".to_owned(), seed.to_string());
        Self {
            known,
            secret: BTreeSet::new(),
            secrets: Vec::new(),
            chance: Mutex::new(fastrand::Rng::with_seed(seed)),
        }
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.known.insert(name.to_owned(), value.into());
    }

    /// `secret NAME from env VAR`.
    pub(super) fn set_secret(&mut self, name: &str, variable: &str) -> Result<(), String> {
        let value = env::var(variable).map_err(|_| {
            format!("the secret {name} is read from {variable}, and this variable is not set")
        })?;
        self.secrets.push(value.clone());
        self.secrets
            .sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        self.secret.insert(name.to_owned());
        self.set(name, value);
        Ok(())
    }

    /// The text of a template.
    pub(crate) fn fill(&self, template: &Template) -> Result<String, String> {
        template.fill(self).map_err(|missing| missing.to_string())
    }

    /// All of these, filled.
    pub(super) fn fill_all(&self, templates: &[Template]) -> Result<Vec<String>, String> {
        let filled = templates.iter().map(|one| self.fill(one));
        filled.collect()
    }

    /// The text without secrets.
    pub(super) fn mask(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        for secret in self.secrets.iter().filter(|it| it.len() >= SHORTEST) {
            masked = masked.replace(secret, MASK);
        }
        masked
    }
}

impl Values for SceneValues {
    fn value(&self, path: &str) -> Option<String> {
        if path == "uuid" {
            let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
            let bytes = chance.u128(..).to_be_bytes();
            let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
            return Some(uuid.to_string());
        }
        self.known.get(path).cloned()
    }

    fn env(&self, name: &str) -> Option<String> {
        env::var(name).ok()
    }

    fn is_secret(&self, path: &str) -> bool {
        self.secret.contains(path)
    }
}
