//! Who takes part in a scene, and what they have there: personas, logins, skills.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use anyhow::Context as _;

use crate::{
    cli::{agents::AgentCloud, in_words, own::OwnFiles},
    domain::{ids::SkillId, persona::Persona},
    rt::shutdown::Shutdown,
    runner::{
        case::{Case, CastMember, ME},
        world::LogIn,
    },
    sandbox::model::roster,
};

/// The consumers that a case plays, by their names in the cast.
pub(crate) fn consumers(
    own: &OwnFiles,
    case: &Case<'_>,
    folder: &Path,
) -> anyhow::Result<BTreeMap<String, Persona>> {
    let members = case.cast.iter().filter(|member| !member.is_agent);
    members
        .map(|member| Ok((member.name.clone(), consumer(own, member, folder)?)))
        .collect()
}

/// The persona of one of them.
pub(crate) fn consumer(
    own: &OwnFiles,
    member: &CastMember,
    folder: &Path,
) -> anyhow::Result<Persona> {
    let known = match (&member.from, member.name.as_str()) {
        (Some(file), _) => {
            let file = folder.join(file);
            own.persona(&file.to_string_lossy())
        }
        (None, ME) => {
            let first = own.personas.first();
            Ok(first.context("no persona is known")?.clone())
        }
        (None, name) => own.persona(name),
    };
    let mut persona = known.map_err(anyhow::Error::msg)?.persona;
    // Who has not said or done anything yet has no conversation.
    persona.habits.opens_at_once = false;
    Ok(persona)
}

/// Logs agents in at this cloud: in the sandbox by their own names, in the cloud of a profile, whatever
/// they are called, with the profile's login.
pub(crate) fn log_in(cloud: Option<AgentCloud>, agents: &Shutdown) -> LogIn {
    let of_profile = cloud.as_ref().filter(|cloud| !cloud.is_sandbox);
    let one_user = of_profile.and_then(|cloud| cloud.logins.first());
    let one_user = one_user.map(|login| login.username.clone());
    let (cloud, stop) = (cloud.map(Arc::new), agents.token());
    Arc::new(move |user| {
        let user = one_user.clone().unwrap_or_else(|| user.to_owned());
        let (cloud, stop) = (cloud.clone(), stop.clone());
        Box::pin(async move {
            let cloud = cloud.ok_or("no agent can log in at this cloud")?;
            let session = cloud.session(&user, stop).await;
            session.map_err(|error| in_words(&error))
        })
    })
}

/// The skills of the sandbox, by their names.
pub(crate) fn sandbox_skills() -> BTreeMap<String, SkillId> {
    let skills = roster::SKILLS.iter();
    skills
        .map(|skill| (skill.name.to_owned(), SkillId::from(skill.id)))
        .collect()
}
