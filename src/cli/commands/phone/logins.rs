//! The agents who can log in beside the phone.

use crate::{
    cli::{agents::AgentCloud, cloud::Cloud},
    config::{library::Library, profile::Profile},
    rt::shutdown::Shutdown,
    tui::agent::WorkspaceSettings,
};

/// The cloud that agents log in to beside the phone, with their logins; `None` when none is known.
pub(super) fn of(cloud: &Cloud, profile: Option<&Profile>) -> anyhow::Result<Option<AgentCloud>> {
    let Some(profile) = profile else {
        return cloud.agents();
    };
    Ok(AgentCloud::of_profile(profile, cloud))
}

/// The agents who can log in beside the phone.
pub(super) fn for_screen(
    logins: Option<AgentCloud>,
    library: Library,
    agents: &Shutdown,
) -> WorkspaceSettings {
    match logins {
        Some(logins) => logins.for_screen(library, false, agents),
        None => WorkspaceSettings::none(
            "This profile has no login of an agent: give it a [login] with username and password.",
        ),
    }
}
