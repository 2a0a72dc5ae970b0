//! Who answers in the sandbox, as `--agent` says it.

use std::path::Path;

use anyhow::anyhow;

use crate::{
    config::text,
    sandbox::settings::{Agent, ScriptFile},
};

/// Whether the built-in agent answers, and by which script.
#[derive(Debug, Clone)]
pub(crate) struct Answerer {
    pub(crate) agent: Agent,
    /// A script of the user's own.
    pub(crate) script: Option<ScriptFile>,
}

impl Answerer {
    /// Reads `riley`, `none` or the path of a script; nothing is Riley.
    pub(crate) fn read(who: Option<&str>) -> anyhow::Result<Self> {
        let (agent, script) = match who {
            None | Some("riley") => (Agent::Riley, None),
            Some("none") => (Agent::None, None),
            Some(file) => (Agent::Riley, Some(script(file)?)),
        };
        Ok(Self { agent, script })
    }
}

fn script(file: &str) -> anyhow::Result<ScriptFile> {
    let read = text::read(Path::new(file));
    let text = read.map_err(|cause| {
        anyhow!(
            "cannot read the agent script {file}, given with --agent: {cause}; give riley, none, \
             or the path of a script"
        )
    })?;
    Ok(ScriptFile {
        name: file.to_owned(),
        text,
    })
}
