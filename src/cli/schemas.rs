//! The JSON Schemas of the files that people write for handset and that handset writes, by name.

use std::borrow::Cow;

use clap::ValueEnum;
use serde_json::Value;

use crate::{
    config::schema,
    report::{events, json},
    tui::commands::keys,
};

/// A schema, by what its file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    /// config.toml, the settings.
    Config,
    /// keys.toml, keys of your own.
    Keys,
    /// personas/*.toml, consumers to play.
    Persona,
    /// brand.toml, a brand pack.
    Brand,
    /// A workload of `handset swarm`.
    Workload,
    /// What `handset run --json` writes.
    Run,
    /// The lines of `handset run --report jsonl`.
    Events,
}

impl SchemaName {
    /// The schema, as its file in `assets/schema` has it.
    pub(crate) fn text(self) -> Cow<'static, str> {
        match self {
            Self::Config => printed(&schema::settings()),
            Self::Keys => printed(&keys::schema::keys()),
            Self::Persona => schema::PERSONA.into(),
            Self::Brand => schema::BRAND.into(),
            Self::Workload => {
                include_str!("../../assets/schema/handset-workload-1.schema.json").into()
            }
            Self::Run => json::SCHEMA_FILE.into(),
            Self::Events => events::SCHEMA_FILE.into(),
        }
    }
}

fn printed(schema: &Value) -> Cow<'static, str> {
    format!("{schema:#}\n").into()
}
