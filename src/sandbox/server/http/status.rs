//! What agents are doing: the status and summary calls of the history service; see `send-api` 8.
//!
//! Both are about agents who are logged in: at a socket, or built in and at work. Since when an
//! agent has its state, and why it is away, is not noted here, so the answer has no members that
//! would say so.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::sandbox::{
    model::{
        phonebook::{Person, Phonebook},
        record::time,
    },
    routing::sessions::Availability,
    server::{
        api::Api,
        http::{
            account::AccountDenial,
            history::{HistoryQuery, bad},
            people,
        },
    },
};

/// The one group of agents, and its name.
const GROUP: (i64, &str) = (-1, "Main Group");
/// What can be filtered by; the reference spells the first as `Status` for one call and as
/// `status` for the other.
const FILTERS: [&str; 8] = [
    "Status",
    "status",
    "agentIds",
    "skillIds",
    "agentGroupIds",
    "agentPresence",
    "connectionStates",
    "timestamp",
];

/// The status of those of the agents who are logged in.
pub(crate) async fn agents(
    State(api): State<Arc<Api>>,
    asked: HistoryQuery,
) -> Result<Json<Value>, AccountDenial> {
    let found = logged_in(&api, &asked)?;
    let now = api.transactions.now();
    let records = found.iter().skip(asked.page.offset).take(asked.page.limit);
    let records: Vec<Value> = records
        .map(|one| {
            let mut record = one.record();
            record["lastUpdatedTime"] = json!(time(now));
            record["lastUpdatedTimeL"] = json!(now);
            record
        })
        .collect();
    Ok(Json(json!({
        "_metadata": asked.metadata(found.len(), false),
        "accountID": api.account,
        "agentStatusRecords": records,
    })))
}

/// How many of them do what, and how much there is to do.
pub(crate) async fn summary(
    State(api): State<Arc<Api>>,
    asked: HistoryQuery,
) -> Result<Json<Value>, AccountDenial> {
    let found = logged_in(&api, &asked)?;
    let number = |state: Availability| found.iter().filter(|one| one.state == state).count();
    let loads = || found.iter().map(LoggedIn::load);
    let most = || found.iter().map(LoggedIn::slots);
    // No agent has a weight: all count alike.
    let average = loads().sum::<usize>().checked_div(found.len()).unwrap_or(0);
    Ok(Json(json!({
        "accountID": api.account,
        "summaryResults": {
            "openAssignedConversations": found.iter().map(|one| one.owns).sum::<usize>(),
            "weightedAvgLoad": average,
            "minLoad": loads().min().unwrap_or(0),
            "maxLoad": loads().max().unwrap_or(0),
            "minConfiguredMaxSlots": most().min().unwrap_or(0),
            "maxConfiguredMaxSlots": most().max().unwrap_or(0),
            "numAwayAgents": number(Availability::Away),
            "numBackSoonAgents": number(Availability::BackSoon),
            "numOnlineAgents": number(Availability::Online),
        },
    })))
}

/// An agent who is logged in.
struct LoggedIn {
    person: Person,
    state: Availability,
    /// How many open conversations the agent has.
    owns: usize,
    /// How many conversations ring at the agent.
    rings: usize,
    /// Open conversations at most; `None` for any number.
    capacity: Option<usize>,
}

impl LoggedIn {
    /// In percent of what it takes at most; nothing is much for one who takes any number.
    fn load(&self) -> usize {
        let most = self.capacity.unwrap_or(0);
        (self.owns * 100).checked_div(most).unwrap_or(0)
    }

    /// What it takes at most; `-1` stands for any number.
    fn slots(&self) -> i64 {
        let most = self.capacity.map(i64::try_from);
        most.map_or(-1, |most| most.unwrap_or(i64::MAX))
    }

    fn record(&self) -> Value {
        let Person {
            id, login, name, ..
        } = &self.person;
        let skills = self.person.skills.iter().map(|skill| {
            let name = Phonebook::skill_name(skill);
            json!({ "skillId": skill, "skillName": name })
        });
        json!({
            "agentId": id,
            "agentName": name,
            "agentNickname": name,
            "agentLoginName": login,
            "agentSkills": skills.collect::<Vec<_>>(),
            "agentGroupId": GROUP.0,
            "agentGroupName": GROUP.1,
            "currentStatus": self.state.as_str(),
            "load": self.load(),
            "ringingSlots": self.rings,
            "configuredMaxSlots": self.slots(),
            "busySlots": self.owns,
            "openAssignedConversations": self.owns,
            "intenseConversations": 0,
            "agentPresence": "true",
            "currentConnectionState": "CONNECTED",
        })
    }
}

/// Those who are logged in and pass the filters of the request.
fn logged_in(api: &Api, asked: &HistoryQuery) -> Result<Vec<LoggedIn>, AccountDenial> {
    asked.serves_only(&FILTERS)?;
    let states = asked.texts("Status")?.or(asked.texts("status")?);
    let skills = asked.texts("skillIds")?;
    let groups = asked.texts("agentGroupIds")?;
    let connections = asked.texts("connectionStates")?;
    let present = match asked.body.get("agentPresence") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(present)) => *present,
        Some(_) => return Err(bad("agentPresence must be true or false")),
    };
    let phonebook = people::phonebook(api);
    let named = asked.texts("agentIds")?.map(|ids| {
        let known = ids.iter().filter_map(|id| phonebook.with_id(id));
        known.map(|one| one.pid.clone()).collect::<Vec<_>>()
    });
    let includes = |list: &Option<Vec<String>>, one: &str| {
        list.as_ref()
            .is_none_or(|list| list.iter().any(|listed| listed == one))
    };
    if !present || !includes(&groups, &GROUP.0.to_string()) || !includes(&connections, "CONNECTED")
    {
        return Ok(Vec::new());
    }
    let router = &api.router;
    let queue = router.queue();
    let agents = phonebook.people.into_iter().filter_map(|person| {
        let state = router.availability(&person.pid);
        let here = router.is_on_a_socket(&person.pid) || state != Availability::Offline;
        let rings = queue
            .iter()
            .filter(|one| one.rings_at.as_ref() == Some(&person.pid))
            .count();
        here.then(|| LoggedIn {
            state,
            owns: router.load(&person.pid),
            rings,
            capacity: router.capacity(&person.pid),
            person,
        })
    });
    let passes = |one: &LoggedIn| {
        named
            .as_ref()
            .is_none_or(|ids| ids.contains(&one.person.pid))
            && includes(&states, one.state.as_str())
            && skills.as_ref().is_none_or(|wanted| {
                let own = &one.person.skills;
                own.iter()
                    .any(|own| wanted.iter().any(|id| id == own.as_str()))
            })
    };
    Ok(agents.filter(passes).collect())
}
