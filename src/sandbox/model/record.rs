//! A conversation as the history tells it; see `send-api` 8.
//!
//! Members the protocol reference only names are filled with what the cloud knows, under the names
//! of the history's public page.

use serde_json::{Map, Value, json};

use crate::{
    domain::{ids::ParticipantId, role::Role, time::Timestamp},
    sandbox::model::{
        conversation::Conversation,
        dialog::{Closer, Dialog},
        parts,
        people::Consumer,
        phonebook::Phonebook,
        said,
        trail::{Stay, TrailChange, TrailStep},
    },
};

/// `mcs`, the mood of a conversation: the sandbox reads no moods, so it is in the middle.
const MOOD: u8 = 50;

/// Which parts of a record are wanted besides `info`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WantedParts {
    All,
    Only(Vec<String>),
}

/// The parts whose printing is here; there are more in `parts`.
const OWN: [&str; 9] = [
    "campaign",
    "messageRecords",
    "messageStatuses",
    "messageScores",
    "agentParticipants",
    "agentParticipantsLeave",
    "agentParticipantsActive",
    "consumerParticipants",
    "transfers",
];

impl WantedParts {
    /// What is told when nothing is asked for by name.
    pub(crate) fn usual() -> Self {
        let more = parts::USUAL.iter().map(|(name, _)| *name);
        Self::Only(OWN.into_iter().chain(more).map(str::to_owned).collect())
    }

    /// The names of all parts there are.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        let more = parts::USUAL.iter().chain(&parts::ON_DEMAND);
        OWN.into_iter().chain(more.map(|(name, _)| *name))
    }

    fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|one| one == name),
        }
    }
}

/// Prints a step of one sort, and nothing of the others.
type Telling = fn(&TrailStep, &Phonebook) -> Option<Value>;

/// How many messages and receipts an answer may still hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordRoom(pub usize);

/// Prints a conversation. Says whether all of it found room.
pub(crate) fn print(
    conversation: &Conversation,
    consumer: Option<&Consumer>,
    phonebook: &Phonebook,
    wanted: &WantedParts,
    room: &mut RecordRoom,
) -> (Value, bool) {
    let mut record = Map::new();
    let mut whole = true;
    if wanted.has("campaign")
        && let Some(campaign) = &conversation.campaign
    {
        record.insert("campaign".to_owned(), campaign.clone());
    }
    for (name, part) in [
        ("messageRecords", said::messages as said::Part),
        ("messageStatuses", said::statuses),
    ] {
        if wanted.has(name) {
            let (part, all) = part(conversation, consumer, phonebook, room);
            whole &= all && conversation.dialogs.iter().all(Dialog::is_whole);
            record.insert(name.to_owned(), Value::Array(part));
        }
    }
    if wanted.has("messageScores") {
        record.insert("messageScores".to_owned(), json!([]));
    }
    let steps = |kind: Telling| -> Value {
        let steps = conversation.trail.steps();
        steps.filter_map(|step| kind(step, phonebook)).collect()
    };
    let parts: [(&str, Telling); 3] = [
        ("agentParticipants", came),
        ("agentParticipantsLeave", left),
        ("transfers", handed),
    ];
    for (name, kind) in parts {
        if wanted.has(name) {
            whole &= conversation.trail.is_whole();
            record.insert(name.to_owned(), steps(kind));
        }
    }
    if wanted.has("agentParticipantsActive") {
        record.insert(
            "agentParticipantsActive".to_owned(),
            active(conversation, phonebook),
        );
    }
    if wanted.has("consumerParticipants") {
        let one = consumer_participant(conversation, consumer);
        record.insert("consumerParticipants".to_owned(), json!([one]));
    }
    for (name, part) in parts::USUAL.iter().chain(&parts::ON_DEMAND) {
        if wanted.has(name) {
            let part = part(conversation, consumer, phonebook);
            record.insert((*name).to_owned(), part);
        }
    }
    let mut printed = Map::new();
    printed.insert("info".to_owned(), info(conversation, phonebook, whole));
    printed.extend(record);
    (Value::Object(printed), whole)
}

fn info(conversation: &Conversation, phonebook: &Phonebook, whole: bool) -> Value {
    let queue = conversation.skill.as_str().parse::<i64>().unwrap_or(-1);
    let main = conversation.main();
    let closed = main.closing.as_ref().map(|closing| closing.at);
    let lasted = closed.map_or(0, |at| at.since(conversation.started).as_millis());
    let mut info = json!({
        "startTime": time(conversation.started),
        "startTimeL": conversation.started,
        "duration": u64::try_from(lasted).unwrap_or(u64::MAX),
        "conversationId": conversation.id,
        "brandId": phonebook.account,
        "latestSkillId": queue,
        "latestSkillName": Phonebook::skill_name(&conversation.skill),
        "source": "APP",
        "mcs": MOOD,
        "status": state(main.is_open()),
        "fullDialogStatus": state(conversation.is_open()),
        "firstConversation": conversation.first,
        "latestQueueState": if conversation.assigned().is_some() { "ACTIVE" } else { "IN_QUEUE" },
        "isPartial": !whole,
    });
    if let Some(at) = closed {
        dated(&mut info, "endTime", at);
        dated(&mut info, "conversationEndTime", at);
    }
    if let Some(at) = conversation.ended {
        dated(&mut info, "fullDialogEndTime", at);
    }
    if let Some(by) = conversation.close_reason {
        info["closeReason"] = json!(by);
        info["closeReasonDescription"] = json!(match by {
            Closer::Consumer | Closer::Agent => "MANUAL_CLOSE",
        });
    }
    if let Some(rate) = conversation.csat.as_ref().and_then(|csat| csat.csat_rate) {
        info["csatRate"] = json!(rate);
    }
    if let Some(latest) = conversation.assigned().or(conversation.trail.latest()) {
        info["latestAgentId"] = json!(phonebook.id_of(latest));
    }
    info
}

fn participant(stay: &Stay, at: Timestamp, phonebook: &Phonebook) -> Value {
    let mut printed = json!({
        "agentId": phonebook.id_of(&stay.who.id),
        "agentPid": stay.who.id,
        "role": stay.who.role,
        "permission": stay.who.role,
        "agentGroupId": -1,
        "agentGroupName": "Main Group",
        "agentDeleted": false,
        "time": time(at),
        "timeL": at,
        "dialogId": stay.dialog,
    });
    if let Some(person) = phonebook.with_pid(&stay.who.id) {
        let (kind, named) = if person.is_bot {
            ("2", "Bot")
        } else {
            ("1", "Human")
        };
        printed["userType"] = json!(kind);
        printed["userTypeName"] = json!(named);
        printed["agentNickname"] = json!(person.name);
        printed["agentFullName"] = json!(person.name);
        printed["agentLoginName"] = json!(person.login);
    }
    printed
}

fn came(step: &TrailStep, phonebook: &Phonebook) -> Option<Value> {
    match &step.what {
        TrailChange::Came(stay) => Some(participant(stay, step.at, phonebook)),
        TrailChange::Left(_) | TrailChange::Handed(_) => None,
    }
}

fn left(step: &TrailStep, phonebook: &Phonebook) -> Option<Value> {
    match &step.what {
        TrailChange::Left(stay) => Some(participant(stay, step.at, phonebook)),
        TrailChange::Came(_) | TrailChange::Handed(_) => None,
    }
}

fn handed(step: &TrailStep, phonebook: &Phonebook) -> Option<Value> {
    let TrailChange::Handed(handing) = &step.what else {
        return None;
    };
    let mut printed = json!({
        "time": time(step.at),
        "timeL": step.at,
        "reason": handing.reason,
        "sourceSkillId": handing.from_skill,
        "sourceSkillName": Phonebook::skill_name(&handing.from_skill),
        "targetSkillId": handing.to_skill,
        "targetSkillName": Phonebook::skill_name(&handing.to_skill),
    });
    let mut named = |name: &str, who: Option<&ParticipantId>| {
        if let Some(who) = who {
            printed[name] = json!(phonebook.id_of(who));
        }
    };
    named("sourceAgentId", handing.from.as_ref());
    named("assignedAgentId", handing.to.as_ref());
    Some(printed)
}

fn active(conversation: &Conversation, phonebook: &Phonebook) -> Value {
    let open = conversation.dialogs.iter().filter(|one| one.is_open());
    let stays = open.flat_map(|dialog| {
        let agents = dialog.participants.iter();
        let agents = agents.filter(|one| one.is_active() && one.role != Role::Consumer);
        agents.map(|one| Stay {
            dialog: dialog.id.clone(),
            who: one.clone(),
        })
    });
    let since = |stay: &Stay| {
        let steps = conversation.trail.steps();
        let came = steps.filter(|step| step.what == TrailChange::Came(stay.clone()));
        came.last().map_or(conversation.started, |step| step.at)
    };
    stays
        .map(|stay| participant(&stay, since(&stay), phonebook))
        .collect()
}

fn consumer_participant(conversation: &Conversation, consumer: Option<&Consumer>) -> Value {
    let mut printed = json!({
        "participantId": conversation.consumer,
        "time": time(conversation.started),
        "timeL": conversation.started,
        "dialogId": conversation.main().id,
    });
    let profile = consumer.map(|one| &one.profile);
    for name in ["firstName", "lastName"] {
        if let Some(value) = profile.and_then(|profile| profile.get(name)) {
            printed[name] = value.clone();
        }
    }
    printed
}

/// Adds a moment in words and in milliseconds.
pub(super) fn dated(printed: &mut Value, name: &str, at: Timestamp) {
    printed[name] = json!(time(at));
    printed[format!("{name}L")] = json!(at);
}

/// A moment in the history's words.
pub(in crate::sandbox) fn time(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    at.strftime("%Y-%m-%d %H:%M:%S%.3f+0000").to_string()
}

pub(super) fn state(open: bool) -> &'static str {
    if open { "OPEN" } else { "CLOSE" }
}
