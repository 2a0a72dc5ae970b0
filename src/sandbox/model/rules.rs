//! How the account is set up: surveys and automatic messages.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    domain::ids::SkillId,
    sandbox::model::{people::Consumer, roster},
};

/// What the emulated account has configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The skill of conversations that ask for none; they stay without one when it is not given.
    pub default_skill: Option<SkillId>,
    /// The surveys that end conversations, by skill.
    pub surveys: BTreeMap<SkillId, Survey>,
    /// Whether closing the MAIN dialog brings a survey only when a cause is given with it.
    pub survey_needs_cause: bool,
    /// How long a survey waits for the consumer before it is given up.
    pub abandoned_after: Duration,
    /// What is said to a connector that wants automatic messages.
    pub welcome: Vec<String>,
}

/// How conversations of a skill end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Survey {
    /// The installation id of who asks, told with the dialog; the built-in bot's when it is not
    /// given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_install_id: Option<String>,
    /// Whether there is a survey at all.
    pub enabled: bool,
    /// Who asks.
    pub bot: Bot,
}

/// Who asks in a survey.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bot {
    /// The cloud's own.
    #[default]
    BuiltIn,
    /// A program on an agent's socket, which is waited for.
    External,
}

impl Default for Survey {
    fn default() -> Self {
        Self {
            app_install_id: None,
            enabled: true,
            bot: Bot::BuiltIn,
        }
    }
}

impl Rules {
    /// The automatic message of a brand that has not set up another one.
    pub fn usual_welcome(brand: &str) -> String {
        format!("Welcome to {brand}. Somebody will be with you shortly.")
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            default_skill: None,
            surveys: [(SkillId::from(roster::SERVICE.id), Survey::default())].into(),
            survey_needs_cause: false,
            abandoned_after: Duration::from_hours(24),
            welcome: vec![Self::usual_welcome(roster::CONTROLLER)],
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
    pub(crate) fn declares(&self, feature: &str) -> bool {
        declares(self.client_properties.as_ref(), feature)
    }
}
