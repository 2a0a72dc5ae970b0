//! The parts of a history record that extractors ask for besides messages and participants.
//!
//! The public page of the history names their members; what the cloud does not know is empty or
//! missing. See `send-api` 8.

use serde_json::{Map, Value, json};

use crate::{
    domain::role::Role,
    sandbox::{
        json::Metadata,
        model::{
            conversation::Conversation,
            dialog::{Closer, Dialog, DialogKind},
            people::Consumer,
            phonebook::Phonebook,
            record::{dated, state},
            trail::TrailChange,
        },
    },
};

/// Prints one part of a record; `None` stands for a consumer who is not known.
type PartPrinter = fn(&Conversation, Option<&Consumer>, &Phonebook) -> Value;

/// What is printed when it is asked for by name.
pub(super) const ON_DEMAND: [(&str, PartPrinter); 3] = [
    ("dialogs", dialogs),
    ("responseTime", response_time),
    ("skillChanges", skill_changes),
];

/// What is printed when nothing is asked for by name, too.
pub(super) const USUAL: [(&str, PartPrinter); 5] = [
    ("interactions", interactions),
    ("conversationSurveys", surveys),
    ("coBrowseSessions", co_browse_sessions),
    ("summary", summary),
    ("sdes", sdes),
];

fn dialogs(conversation: &Conversation, _: Option<&Consumer>, _: &Phonebook) -> Value {
    let skill = &conversation.skill;
    let one = |dialog: &Dialog| {
        let mut printed = json!({
            "dialogId": dialog.id,
            "status": state(dialog.is_open()),
            "dialogType": kind(dialog),
            "dialogChannelType": "MESSAGING",
            "skillId": skill.as_str().parse::<i64>().unwrap_or(-1),
            "skillName": Phonebook::skill_name(skill),
        });
        dated(&mut printed, "startTime", dialog.created);
        if let Some(closing) = &dialog.closing {
            dated(&mut printed, "endTime", closing.at);
            printed["closeReason"] = json!(closing.by);
            printed["closeReasonDescription"] = json!(match closing.by {
                Closer::Consumer | Closer::Agent => "MANUAL_CLOSE",
            });
        }
        printed
    };
    conversation.dialogs.iter().map(one).collect()
}

fn kind(dialog: &Dialog) -> &'static str {
    match dialog.kind {
        DialogKind::Main => "MAIN",
        DialogKind::PostSurvey => "POST_SURVEY",
    }
}

fn response_time(conversation: &Conversation, _: Option<&Consumer>, _: &Phonebook) -> Value {
    json!({
        "latestEffectiveResponseDueTime": conversation.effective_ttr(),
        "configuredResponseTime": conversation.ttr.seconds.saturating_mul(1000),
    })
}

/// The page names no members; these are the transfers' names for the same.
fn skill_changes(conversation: &Conversation, _: Option<&Consumer>, _: &Phonebook) -> Value {
    let changes = conversation.trail.steps().filter_map(|step| {
        let TrailChange::Handed(handing) = &step.what else {
            return None;
        };
        let (from, to) = (&handing.from_skill, &handing.to_skill);
        let mut printed = json!({
            "sourceSkillId": from,
            "sourceSkillName": Phonebook::skill_name(from),
            "targetSkillId": to,
            "targetSkillName": Phonebook::skill_name(to),
        });
        dated(&mut printed, "time", step.at);
        (from != to).then_some(printed)
    });
    changes.collect()
}

fn interactions(conversation: &Conversation, _: Option<&Consumer>, phonebook: &Phonebook) -> Value {
    let owners = conversation
        .trail
        .steps()
        .filter_map(|step| match &step.what {
            TrailChange::Came(stay) if stay.who.role == Role::AssignedAgent => {
                Some((step.at, stay))
            }
            _ => None,
        });
    let printed = owners.enumerate().map(|(number, (at, stay))| {
        let mut printed = json!({
            "assignedAgentId": phonebook.id_of(&stay.who.id),
            "interactiveSequence": number + 1,
            "dialogId": stay.dialog,
        });
        dated(&mut printed, "interactionTime", at);
        if let Some(person) = phonebook.with_pid(&stay.who.id) {
            printed["assignedAgentFullName"] = json!(person.name);
            printed["assignedAgentNickname"] = json!(person.name);
            printed["assignedAgentLoginName"] = json!(person.login);
        }
        printed
    });
    printed.collect()
}

fn co_browse_sessions(_: &Conversation, _: Option<&Consumer>, _: &Phonebook) -> Value {
    json!({ "coBrowseSessionsList": [] })
}

fn summary(conversation: &Conversation, _: Option<&Consumer>, _: &Phonebook) -> Value {
    json!({ "text": "", "lastUpdatedTime": conversation.started })
}

/// The survey dialogs with what was asked and answered, or the rating where there was none.
fn surveys(conversation: &Conversation, _: Option<&Consumer>, _: &Phonebook) -> Value {
    let status = conversation
        .csat
        .as_ref()
        .and_then(|csat| csat.status.as_deref());
    let held = conversation.dialogs.iter();
    let held = held.filter(|dialog| dialog.kind == DialogKind::PostSurvey);
    let mut printed: Vec<Value> = held
        .map(|dialog| {
            let status = status.filter(|_| !dialog.is_open());
            json!({
                "surveyType": "PostSurvey",
                "surveyStatus": status.unwrap_or(state(dialog.is_open())),
                "dialogId": dialog.id,
                "surveyData": answers(dialog),
            })
        })
        .collect();
    if let Some(csat) = conversation.csat.as_ref().filter(|_| printed.is_empty()) {
        let rate = csat.csat_rate.map(|rate| ("CSAT", rate.to_string()));
        let resolved = csat.csat_resolution_confirmation;
        let resolved = resolved.map(|yes| if yes { "Yes" } else { "No" });
        let resolved = resolved.map(|words| ("Confirm Resolution", words.to_owned()));
        let data = rate.into_iter().chain(resolved);
        let data = data.map(|(question, answer)| json!({ "question": question, "answer": answer }));
        printed.push(json!({
            "surveyType": "Satisfaction",
            "surveyStatus": csat.status,
            "dialogId": conversation.main().id,
            "surveyData": data.collect::<Vec<_>>(),
        }));
    }
    printed.into()
}

/// What was asked in a survey and what was written to it; a bot marks with ENRICH what it does
/// not take.
fn answers(dialog: &Dialog) -> Vec<Value> {
    let mut printed: Vec<Value> = Vec::new();
    let mut asked: Option<(Value, Value)> = None;
    for event in &dialog.events {
        let first = event.metadata.as_ref().map(Metadata::value);
        let first = first.as_ref().and_then(|all| all.get(0));
        let member = |name: &str| first.and_then(|first| first.get(name)).cloned();
        let is = |name: &str| member("type").is_some_and(|kind| kind == name);
        let words = event.event.get("message").filter(|words| words.is_string());
        if is("Question") {
            asked = words.cloned().zip(member("id"));
        } else if event
            .event
            .get("status")
            .is_some_and(|status| *status == "ENRICH")
        {
            if let Some(last) = printed.last_mut() {
                last["answerId"] = json!("InvalidAnswer");
                last["isValidAnswer"] = json!(false);
            }
        } else if let (Role::Consumer, Some(words), Some((question, id))) =
            (&event.author.role, words, &asked)
        {
            printed.push(json!({
                "question": question,
                "questionId": id,
                "answer": words,
                "answerId": member("id").filter(|_| is("Answer")),
                "answerSeq": event.sequence.to_string(),
                "isValidAnswer": true,
            }));
        }
    }
    printed
}

/// Facts about the consumer as the connector told them, in the history's names.
fn sdes(conversation: &Conversation, consumer: Option<&Consumer>, _: &Phonebook) -> Value {
    // When each was told is not noted.
    let stamp = conversation.started.0.to_string();
    let printed = consumer.into_iter().flat_map(|consumer| &consumer.sdes);
    let printed = printed.filter_map(|sde| {
        let kind = sde.get("type")?.as_str()?;
        let (name, sde_type, facts) = match kind {
            "ctmrinfo" => ("customerInfo", "CUSTOMER_INFO".to_owned(), sde.get("info")),
            "personal" => (
                "personalInfo",
                "PERSONAL_INFO".to_owned(),
                sde.get("personal"),
            ),
            other => (other, other.to_uppercase(), Some(sde)),
        };
        let mut facts = facts
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        if kind == "personal" {
            rename(&mut facts);
        }
        let mut event = json!({ "sdeType": sde_type, "serverTimeStamp": stamp });
        event[name] = json!({ "serverTimeStamp": stamp, "originalTimeStamp": stamp });
        event[name][name] = Value::Object(facts);
        Some(event)
    });
    json!({ "events": printed.collect::<Vec<_>>() })
}

/// Puts a person into the history's names.
fn rename(facts: &mut Map<String, Value>) {
    for (from, to) in [("firstname", "name"), ("lastname", "surname")] {
        if let Some(value) = facts.remove(from) {
            facts.insert(to.to_owned(), value);
        }
    }
    if let Some(Value::Array(contacts)) = facts.get_mut("contacts") {
        for contact in contacts {
            *contact = json!({ "personalContact": contact.take() });
        }
    }
}
