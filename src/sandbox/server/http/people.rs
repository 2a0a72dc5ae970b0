//! Skills and users of the account; see `send-api` 9.
//!
//! They can be read. No write is documented for them, and none is taken.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    domain::ids::{ParticipantId, SkillId},
    sandbox::{
        model::{
            people::agent_id,
            phonebook::{Person, Phonebook},
            roster,
        },
        server::{
            api::Api,
            http::{account::AccountDenial, extract::BearerUser},
        },
    },
};

/// The header with the revision of what is read; nothing here ever changes.
const REVISION: (&str, &str) = ("ac-revision", "1");

pub(crate) async fn skills(_: BearerUser) -> Response {
    let skill = |(order, skill): (usize, &roster::Skill)| {
        json!({
            "id": number(skill.id),
            "name": skill.name,
            "description": "",
            "deleted": false,
            "skillOrder": order + 1,
            "maxWaitTime": 120,
            "skillRoutingConfiguration": [],
        })
    };
    let all: Vec<Value> = roster::SKILLS.iter().enumerate().map(skill).collect();
    ([REVISION], Json(all)).into_response()
}

pub(crate) async fn users(State(api): State<Arc<Api>>, _: BearerUser) -> Response {
    let all: Vec<Value> = phonebook(&api).people.iter().map(user).collect();
    ([REVISION], Json(all)).into_response()
}

/// One user, by user id, full id or PID.
pub(crate) async fn one(
    State(api): State<Arc<Api>>,
    Path((_, id)): Path<(String, String)>,
    _: BearerUser,
) -> Result<Response, AccountDenial> {
    let phonebook = phonebook(&api);
    let found = phonebook.with_id(&id);
    let found = found.or_else(|| phonebook.with_pid(&ParticipantId::from(id.as_str())));
    let unknown = || AccountDenial::new(StatusCode::NOT_FOUND, "there is no such user");
    let person = found.ok_or_else(unknown)?;
    Ok(([REVISION], Json(user(person))).into_response())
}

fn user(person: &Person) -> Value {
    let skills: Vec<Value> = person
        .skills
        .iter()
        .map(|skill| number(skill.as_str()))
        .collect();
    json!({
        "id": number(&person.id),
        "pid": person.pid,
        "deleted": false,
        "loginName": person.login,
        "nickname": person.name,
        "fullName": person.name,
        "employeeId": person.id,
        "pictureUrl": "",
        "isEnabled": true,
        "userTypeId": u8::from(person.is_bot) + 1,
        "skillIds": skills,
    })
}

/// An id of digits as the number it is in the configuration.
fn number(id: &str) -> Value {
    id.parse::<i64>().map_or_else(|_| json!(id), |id| json!(id))
}

/// The people of the account: those who can log in, and those who are always there.
pub(super) fn phonebook(api: &Api) -> Phonebook {
    let person = |(name, id): (&str, &str)| {
        let user = api.logins.users().find(|user| user.id == id);
        let mut skills = user.map_or(&[][..], |user| &user.skills);
        if name == roster::RILEY {
            skills = &[roster::SERVICE.id];
        }
        Person {
            id: id.to_owned(),
            pid: agent_id(&api.account, name),
            login: user.map_or_else(String::new, |user| user.username.clone()),
            name: api.shown_names.of(name),
            skills: skills
                .iter()
                .filter(|skill| **skill != roster::UNASSIGNED)
                .map(|skill| SkillId::from(*skill))
                .collect(),
            is_bot: user.is_none(),
        }
    };
    Phonebook {
        account: api.account.clone(),
        people: roster::PEOPLE.into_iter().map(person).collect(),
    }
}
