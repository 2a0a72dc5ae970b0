//! How the account is set up: surveys and automatic messages.

use std::time::Duration;

use serde_json::Value;

use crate::{
    domain::ids::SkillId,
    sandbox::cloud::{people::Consumer, roster},
};

/// What the emulated account has configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The skills whose conversations end with a survey.
    pub surveyed: Vec<SkillId>,
    /// How long a survey waits for the consumer before it is given up.
    pub abandoned_after: Duration,
    /// What is said to a connector that wants automatic messages.
    pub welcome: Vec<String>,
}

impl Rules {
    /// The automatic message of an account nobody set up otherwise.
    pub const WELCOME: &'static str = "Welcome to Acme. Somebody will be with you shortly.";
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            surveyed: vec![SkillId::from("-1"), SkillId::from(roster::SERVICE.id)],
            abandoned_after: Duration::from_hours(24),
            welcome: vec![Self::WELCOME.to_owned()],
        }
    }
}

/// Whether client properties declare a feature; see `send-api` 5.
pub fn declares(properties: Option<&Value>, feature: &str) -> bool {
    properties
        .and_then(|properties| properties.get("features"))
        .and_then(Value::as_array)
        .is_some_and(|features| features.iter().any(|one| one == feature))
}

impl Consumer {
    /// Whether its connector declared a feature with its latest client properties.
    pub fn declares(&self, feature: &str) -> bool {
        declares(self.client_properties.as_ref(), feature)
    }
}
