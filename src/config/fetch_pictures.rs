//! Whether the pictures that cards name by their addresses are fetched.

use serde::{Deserialize, Serialize};

/// Whether pictures of cards are fetched from the hosts they lie at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FetchPictures {
    /// From a sandbox of this program's own without a question, else from each host after a yes.
    #[default]
    Auto,
    /// From every host of the public internet, without a question.
    On,
    /// No picture is fetched from anywhere.
    Off,
}

impl FetchPictures {
    /// Reads the word for it.
    pub(crate) fn named(text: &str) -> Result<Self, String> {
        match text.trim().to_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "on" | "true" | "yes" | "1" => Ok(Self::On),
            "off" | "false" | "no" | "0" => Ok(Self::Off),
            _ => Err("write auto, on or off".to_owned()),
        }
    }

    /// The word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        }
    }
}
