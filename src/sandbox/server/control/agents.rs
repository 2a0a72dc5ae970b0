//! Agents, what waits for them, and the surveys after them.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    response::IntoResponse as _,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    domain::ids::{ParticipantId, SkillId},
    sandbox::{
        model::{
            people::agent_id,
            roster,
            rules::{Bot, Survey},
        },
        routing::{ring::RingPlace, sessions::Availability},
        server::{
            api::Api,
            control::{ControlAnswer, ControlBody, ControlDenial},
        },
    },
};

/// How many conversations no agent has taken.
pub(super) fn waiting(api: &Api) -> usize {
    api.router.queue().len()
}

/// Conversations no agent has taken, and where they ring.
pub(super) async fn queue(State(api): State<Arc<Api>>) -> ControlAnswer {
    let queue = api.router.queue();
    let waiting = api.transactions.read(move |cloud| {
        let since = |id| cloud.conversation(id).map(|found| found.started);
        let waiting = queue.iter().map(|one| {
            json!({
                "conversation": one.view.id,
                "consumer": one.view.consumer,
                "skill": one.view.skill,
                "since": since(&one.view.id).unwrap_or_default(),
                "suggested": one.view.suggested,
                "rings_at": one.rings_at,
                "until": one.until,
            })
        });
        let mut waiting: Vec<Value> = waiting.collect();
        waiting.sort_by_key(|one| one.get("since").and_then(Value::as_i64));
        waiting
    });
    Ok(Json(json!({ "waiting": waiting.await? })).into_response())
}

/// Every agent: those who are built in, and those who can log in.
pub(super) async fn list(State(api): State<Arc<Api>>) -> Json<Value> {
    let agents: Vec<Value> = names(&api)
        .iter()
        .map(|(name, pid)| agent(&api, name, pid))
        .collect();
    Json(json!({ "agents": agents }))
}

/// Switches one, or sets what it says of itself or takes.
pub(super) async fn change(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
    ControlBody(change): ControlBody<Map<String, Value>>,
) -> ControlAnswer {
    let known = names(&api).into_iter().find(|(known, _)| *known == name);
    let (name, pid) =
        known.ok_or_else(|| ControlDenial::unknown("there is no agent of this name"))?;
    if change.is_empty() {
        return Err(ControlDenial::bad(
            "nothing is to change; give on, availability or capacity",
        ));
    }
    // All of it is looked at before any of it is done.
    let (mut on, mut availability, mut capacity) = (None, None, None);
    for (member, value) in &change {
        match (member.as_str(), value) {
            ("on", Value::Bool(switch)) => {
                if api.built_in.is_on(&name).is_none() {
                    return Err(ControlDenial::bad(
                        "on is for built-in agents; this one is a user",
                    ));
                }
                on = Some(*switch);
            }
            ("availability", Value::String(state)) => {
                let state = Availability::named(state);
                let wrong = "availability must be ONLINE, OCCUPIED, AWAY, BACK_SOON or OFFLINE";
                availability = Some(state.ok_or_else(|| ControlDenial::bad(wrong))?);
                if !api.router.is_on_a_socket(&pid) {
                    return Err(ControlDenial::bad("this agent has no socket open"));
                }
            }
            ("capacity", Value::Null) => capacity = Some(None),
            ("capacity", value) => {
                let most = value.as_u64().and_then(|most| usize::try_from(most).ok());
                let wrong = || ControlDenial::bad("capacity must be a whole number, or null");
                capacity = Some(Some(most.ok_or_else(wrong)?));
            }
            ("on", _) => return Err(ControlDenial::bad("on must be true or false")),
            ("availability", _) => return Err(ControlDenial::bad("availability must be a string")),
            (other, _) => {
                let what = format!("{other:?} is not known; give on, availability or capacity");
                return Err(ControlDenial::bad(what));
            }
        }
    }
    if let Some(on) = on {
        api.built_in.set(&name, on);
        if !on {
            // At once, not only when its task has ended.
            api.router.close_session(&RingPlace::built_in(&pid), 0);
        }
    }
    if let Some(availability) = availability {
        let person = RingPlace::person(&pid);
        api.router.set_availability(&person, availability);
    }
    if let Some(capacity) = capacity {
        api.router.set_capacity(&pid, capacity);
    }
    Ok(Json(agent(&api, &name, &pid)).into_response())
}

pub(super) async fn surveys(State(api): State<Arc<Api>>) -> Json<Value> {
    let surveys = api.transactions.look(|cloud| {
        let known = roster::SKILLS.iter().map(|skill| SkillId::from(skill.id));
        let mut skills: Vec<SkillId> = known.collect();
        let more = cloud.rules().surveys.keys();
        skills.extend(
            more.filter(|skill| !skills.contains(skill))
                .cloned()
                .collect::<Vec<_>>(),
        );
        let of = |skill: &SkillId| {
            let survey = cloud.rules().surveys.get(skill);
            shown(skill, survey)
        };
        skills.iter().map(of).collect::<Vec<_>>()
    });
    Json(json!({ "surveys": surveys }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SurveySwitch {
    on: bool,
    bot: Option<Bot>,
    app_install_id: Option<String>,
}

/// Switches the survey of a skill.
pub(super) async fn survey(
    State(api): State<Arc<Api>>,
    Path(skill): Path<String>,
    ControlBody(switch): ControlBody<SurveySwitch>,
) -> ControlAnswer {
    let SurveySwitch {
        on,
        bot,
        app_install_id,
    } = switch;
    let unknown =
        || ControlDenial::unknown("there is no such skill; give its name, or at most ten digits");
    let skill = roster::skill(&skill).ok_or_else(unknown)?;
    if skill.as_str() == roster::UNASSIGNED {
        let why = "a conversation without a skill has no survey; give the name of a skill";
        return Err(ControlDenial::bad(why));
    }
    let switched = api.transactions.perform(move |cloud, _, _| {
        let mut survey = cloud
            .rules()
            .surveys
            .get(&skill)
            .cloned()
            .unwrap_or_default();
        survey.enabled = on;
        survey.bot = bot.unwrap_or(survey.bot);
        survey.app_install_id = app_install_id.or(survey.app_install_id);
        let answer = shown(&skill, Some(&survey));
        cloud.set_survey(&skill, survey);
        Ok(answer)
    });
    Ok(Json(switched.await?).into_response())
}

fn shown(skill: &SkillId, survey: Option<&Survey>) -> Value {
    let known = roster::SKILLS.iter().find(|one| one.id == skill.as_str());
    let survey = survey.cloned().unwrap_or(Survey {
        enabled: false,
        ..Survey::default()
    });
    json!({
        "skill": skill,
        "name": known.map(|known| known.name),
        "on": survey.enabled,
        "bot": survey.bot,
        "app_install_id": survey.app_install_id,
    })
}

/// Names in small letters, with PIDs; who is built in and can log in is there once.
fn names(api: &Api) -> Vec<(String, ParticipantId)> {
    let riley = (
        roster::RILEY.to_lowercase(),
        agent_id(&api.account, roster::RILEY),
    );
    let users = api.logins.users();
    let users = users.map(|user| (user.username.clone(), user.pid.clone()));
    std::iter::once(riley).chain(users).collect()
}

fn agent(api: &Api, name: &str, pid: &ParticipantId) -> Value {
    let router = &api.router;
    let on = api.built_in.is_on(name);
    json!({
        "name": name,
        "pid": pid,
        "built_in": on.is_some(),
        "on": on,
        "socket": router.is_on_a_socket(pid),
        "availability": router.availability(pid).as_str(),
        "capacity": router.capacity(pid),
        "owns": router.load(pid),
    })
}
