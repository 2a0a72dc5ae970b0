//! The history and the account's configuration, asked for as the demo and the tools do.

use handset::{
    domain::ids::{ConversationId, DialogId},
    sandbox::{Sandbox, model::publication::Publication, settings::Settings},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::sandbox::{
    admin::Admin,
    fixture::assert_like,
    rig::{ACCOUNT, Connector, Process, SERVICE, quick, run},
};

/// Somebody with a bearer who asks the history and the configuration.
struct Reader {
    connector: Connector,
    bearer: String,
}

impl Reader {
    async fn enter(sandbox: &Sandbox, connector: &Connector) -> Self {
        let admin = Admin::enter(sandbox, connector, "morgan").await;
        Self {
            connector: connector.clone(),
            bearer: admin.bearer,
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}{path}", self.connector.base);
        let request = self.connector.http.request(method, url);
        let request = match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(body.to_string()),
            None => request,
        };
        let bearer = format!("Bearer {}", self.bearer);
        let answer = request
            .header("authorization", bearer)
            .send()
            .await
            .unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap();
        assert_eq!(kind, "application/json");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap())
    }

    async fn search(&self, path: &str, body: Value) -> (u16, Value) {
        let path = format!("/messaging_history/api/account/{ACCOUNT}/{path}");
        self.ask(Method::POST, &path, Some(body)).await
    }

    async fn read(&self, path: &str) -> (u16, Value) {
        let path = format!("/api/account/{ACCOUNT}/configuration/{path}");
        self.ask(Method::GET, &path, None).await
    }
}

fn ids(answer: &Value) -> Vec<&str> {
    let records = answer["conversationHistoryRecords"].as_array().unwrap();
    let ids = records
        .iter()
        .map(|one| one["info"]["conversationId"].as_str().unwrap());
    ids.collect()
}

#[tokio::test]
async fn a_conversation_is_told_with_all_that_was_said_and_done() {
    let (sandbox, connector) = run(quick()).await;
    let reader = Reader::enter(&sandbox, &connector).await;
    let ada = connector.consumer("crm-40417").await;
    let id = ada.open().await;
    ada.say(&id, "Is the blue one in stock?").await;
    let mut session = sandbox.open_session("Morgan").await.unwrap();
    let api = session.api();
    session.next().await.unwrap();
    let (conversation, dialog) = (
        ConversationId::from(id.as_str()),
        DialogId::from(id.as_str()),
    );
    api.accept_ring(&conversation).await.unwrap();
    let read = Publication::Accept {
        status: "READ".to_owned(),
        sequences: vec![0],
    };
    api.publish(&dialog, read).await.unwrap();
    let card = json!({ "type": "vertical", "elements": [{ "type": "text", "text": "Two left" }] });
    let card = Publication::Rich {
        content: card,
        quick_replies: Some(json!({ "type": "quickReplies", "replies": [] })),
    };
    api.publish(&dialog, card).await.unwrap();
    let one = json!({ "conversationId": id });
    let path = "conversations/conversation/search";
    let (status, open) = reader.search(path, one.clone()).await;
    assert_eq!(status, 200);
    let message = |sequence: u32| format!("ms::conv:{id}::msg:{sequence}");
    let (first, second) = (message(0), message(2));
    let known = [
        ("$conversation", id.as_str()),
        ("$consumer", ada.id.as_str()),
        ("$message0", &first),
        ("$message2", &second),
    ];
    assert_like("history_open", &open, &known);
    api.close_conversation(&conversation).await.unwrap();
    let (_, closed) = reader.search(path, one).await;
    let info = &closed["conversationHistoryRecords"][0]["info"];
    for (name, expected) in [
        ("status", "CLOSE"),
        ("fullDialogStatus", "CLOSE"),
        ("closeReason", "AGENT"),
        ("closeReasonDescription", "MANUAL_CLOSE"),
    ] {
        assert_eq!(info[name], expected, "{name}");
    }
    for name in ["endTime", "conversationEndTime", "fullDialogEndTime"] {
        assert!(info[name].is_string(), "{name}");
        assert!(info[format!("{name}L")].is_i64(), "{name}L");
    }
}

#[tokio::test]
async fn a_search_is_paged_sorted_and_cut_to_what_is_wanted() {
    let (sandbox, connector) = run(quick()).await;
    let reader = Reader::enter(&sandbox, &connector).await;
    let ada = connector.consumer("ada").await;
    let mut opened = Vec::new();
    for number in 0..5 {
        let id = ada.open().await;
        ada.say(&id, &format!("number {number}")).await;
        opened.push(id);
    }
    ada.close(&opened[0]).await;
    connector.consumer("bob").await.open().await;
    let of_ada = json!({ "consumer": ada.id, "contentToRetrieve": [] });
    let path = "conversations/consumer/search";
    let (_, all) = reader.search(path, of_ada.clone()).await;
    assert_eq!(all["_metadata"]["count"], 5);
    assert_eq!(ids(&all).len(), 5);
    let first = &all["conversationHistoryRecords"][0];
    let members: Vec<_> = first.as_object().unwrap().keys().collect();
    assert_eq!(members, ["info"]);
    let rising = format!("{path}?offset=1&limit=2&sort=start%3Aasc&NC=true&__d=2013");
    let (_, page) = reader.search(&rising, of_ada).await;
    let mut expected = ids(&all);
    expected.reverse();
    assert_eq!(ids(&page), expected[1..3]);
    let next = page["_metadata"]["next"]["href"].as_str().unwrap();
    assert!(next.contains("offset=3&limit=2") && next.contains("sort=start%3Aasc"));
    assert!(page["_metadata"]["prev"].is_object());
    let open =
        json!({ "consumer": ada.id, "status": ["OPEN"], "contentToRetrieve": ["messageRecords"] });
    let (_, open) = reader.search(path, open).await;
    assert_eq!(open["_metadata"]["count"], 4);
    assert!(!ids(&open).contains(&opened[0].as_str()));
    let members = &open["conversationHistoryRecords"][0];
    assert!(members["messageRecords"].is_array() && members.get("transfers").is_none());
    let nobody = json!({ "consumer": "nobody" });
    let (status, none) = reader.search(path, nobody).await;
    assert_eq!((status, &none["_metadata"]["count"]), (200, &json!(0)));
}

#[tokio::test]
async fn what_cannot_be_searched_is_said() {
    let (sandbox, connector) = run(quick()).await;
    let reader = Reader::enter(&sandbox, &connector).await;
    let span = |from: i64, to: i64| json!({ "start": { "from": from, "to": to } });
    let day = 24 * 60 * 60 * 1000;
    for (row, path, body, expected) in [
        ("a day", "conversations/search", span(0, day), 200),
        (
            "three months",
            "conversations/search",
            span(0, 92 * day),
            200,
        ),
        ("longer", "conversations/search", span(0, 93 * day), 400),
        ("backwards", "conversations/search", span(day, 0), 400),
        (
            "no end",
            "conversations/search",
            span(i64::MIN, i64::MAX),
            400,
        ),
        ("no start", "conversations/search", json!({}), 400),
        ("a list", "conversations/search", json!([]), 400),
        (
            "no consumer",
            "conversations/consumer/search",
            json!({}),
            400,
        ),
        (
            "no id",
            "conversations/conversation/search",
            json!({ "conversationId": 7 }),
            400,
        ),
        (
            "status",
            "conversations/consumer/search",
            json!({ "consumer": "x", "status": ["AWAY"] }),
            400,
        ),
        (
            "content",
            "conversations/consumer/search",
            json!({ "consumer": "x", "contentToRetrieve": "all" }),
            400,
        ),
        (
            "limit",
            "conversations/consumer/search?limit=-1",
            json!({ "consumer": "x" }),
            400,
        ),
        (
            "much",
            "conversations/consumer/search?limit=1000&offset=99999999",
            json!({ "consumer": "x" }),
            200,
        ),
        (
            "sort",
            "conversations/consumer/search?sort=mood",
            json!({ "consumer": "x" }),
            400,
        ),
        (
            "version",
            "conversations/consumer/search?v=3",
            json!({ "consumer": "x" }),
            400,
        ),
        (
            "source",
            "conversations/consumer/search?source=123456789012345678901",
            json!({ "consumer": "x" }),
            400,
        ),
    ] {
        let (status, answer) = reader.search(path, body).await;
        assert_eq!(status, expected, "{row}: {answer}");
        if status != 200 {
            assert!(answer["error"]["message"].is_string(), "{row}");
        }
    }
}

#[tokio::test]
async fn strangers_see_nothing() {
    let (_sandbox, connector) = run(quick()).await;
    let span = json!({ "start": { "from": 0, "to": 1 } });
    for bearer in ["", connector.app_jwt.as_str()] {
        let stranger = Reader {
            connector: connector.clone(),
            bearer: bearer.to_owned(),
        };
        for path in ["conversations/search", "agent-view/status"] {
            let (status, _) = stranger.search(path, span.clone()).await;
            assert_eq!(status, 401, "{path}");
        }
        for path in [
            "le-users/users",
            "le-users/skills",
            "provision/featureGrants",
        ] {
            let (status, _) = stranger.read(path).await;
            assert_eq!(status, 401, "{path}");
        }
    }
}

#[tokio::test]
async fn users_skills_features_and_automatic_messages_can_be_read() {
    let mut settings = quick();
    settings.rules.welcome = vec!["Hello there".to_owned()];
    let (sandbox, connector) = run(settings).await;
    let reader = Reader::enter(&sandbox, &connector).await;
    let (_, grants) = reader
        .read("provision/featureGrants?v=1.0&excludeLegacy=true&jsonProvider=gson")
        .await;
    assert_like("feature_grants", &grants, &[]);
    let (_, skills) = reader.read("le-users/skills?v=2.0").await;
    let names = |all: &Value, name: &str| -> Vec<Value> {
        let all = all.as_array().unwrap();
        all.iter().map(|one| one[name].clone()).collect()
    };
    assert_eq!(names(&skills, "name"), ["Service", "Sales"]);
    assert_eq!(skills[0]["id"], 3_300_120_015_i64);
    let (_, users) = reader.read("le-users/users?v=2.0").await;
    let pids = names(&users, "pid");
    // Whoever a connector meets in a notification can be looked up.
    for (pid, name) in sandbox.agents() {
        let at = pids.iter().position(|one| *one == pid.as_str());
        let at = at.unwrap_or_else(|| panic!("{name} is not there"));
        assert_eq!(users[at]["nickname"], *name);
        let id = users[at]["id"].to_string();
        let (status, one) = reader.read(&format!("le-users/users/{id}")).await;
        assert_eq!((status, &one), (200, &users[at]));
    }
    assert_eq!(reader.read("le-users/users/7").await.0, 404);
    let (_, messages) = reader.read("engagement-window/auto-messages").await;
    assert_eq!(messages[0]["data"][0]["msg"], "Hello there");
    let forms = format!("/api/account/{ACCOUNT}/forms/agent_survey?conv=x&skill=-1&v=2.0&seq=true");
    assert_eq!(reader.ask(Method::GET, &forms, None).await.0, 404);
}

#[tokio::test]
async fn an_agents_status_is_told_by_user_id() {
    let (sandbox, connector) = run(Settings::default()).await;
    let reader = Reader::enter(&sandbox, &connector).await;
    let (_, users) = reader.read("le-users/users?v=2.0").await;
    let id = |name: &str| {
        let users = users.as_array().unwrap();
        let found = users.iter().find(|one| one["nickname"] == name);
        found.unwrap()["id"].to_string()
    };
    let (riley, sam, kim) = (id("Riley"), id("Sam"), id("Kim"));
    let asked = json!({ "agentIds": [riley, kim, "7"] });
    let (status, answer) = reader.search("agent-view/status", asked).await;
    assert_eq!(status, 200);
    // Kim is not logged in; Riley and Sam are built in, and at work.
    assert_like("agent_status", &answer, &[("$riley", &riley)]);
    for (filter, count) in [
        (json!({}), 2),
        (json!({ "Status": ["ONLINE", "AWAY"] }), 2),
        (json!({ "Status": ["AWAY"] }), 0),
        (json!({ "status": ["AWAY"] }), 0),
        (json!({ "skillIds": [SERVICE] }), 1),
        (json!({ "skillIds": ["3300120016"] }), 1),
        (json!({ "skillIds": ["77"] }), 0),
        (json!({ "agentGroupIds": [-1] }), 2),
        (json!({ "agentGroupIds": ["2"] }), 0),
        (json!({ "agentPresence": false }), 0),
        (json!({ "connectionStates": ["DISCONNECTED"] }), 0),
        (json!({ "agentIds": [sam] }), 1),
        (json!({ "agentIds": [kim] }), 0),
    ] {
        let (_, answer) = reader.search("agent-view/status", filter.clone()).await;
        assert_eq!(answer["_metadata"]["count"], count, "{filter}");
    }
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let owned = async || loop {
        let (_, answer) = reader.search("agent-view/summary", json!({})).await;
        if answer["summaryResults"]["openAssignedConversations"] == 1 {
            return answer;
        }
        tokio::task::yield_now().await;
    };
    let summary = tokio::time::timeout(crate::support::LIMIT, owned()).await;
    assert_like("agent_summary", &summary.expect("Riley takes it"), &[]);
    ada.close(&id).await;
    let (status, answer) = reader
        .search("agent-view/summary", json!({ "mood": 1 }))
        .await;
    assert_eq!(status, 400);
    assert!(answer["error"]["message"].to_string().contains("mood"));
}

#[tokio::test]
async fn the_parts_extractors_ask_for_are_told_and_others_are_refused_by_name() {
    let (sandbox, connector) = run(quick()).await;
    let reader = Reader::enter(&sandbox, &connector).await;
    let ada = connector.consumer("ada").await.with(&["MULTI_DIALOG"]);
    let sdes = json!([
        { "type": "ctmrinfo", "info": { "customerId": "C-9" } },
        { "type": "personal", "personal": { "firstname": "Ada", "lastname": "Quill",
            "contacts": [{ "email": "ada@shop.test" }] } },
    ]);
    let profile = json!({ "authenticatedData": { "lp_sdes": sdes } });
    let (status, _) = ada.ask("userprofile.SetUserProfile", profile).await;
    assert_eq!(status, 200);
    let id = ada.open_service().await;
    let kim = sandbox.open_session("Kim").await.unwrap().api();
    kim.accept_ring(&ConversationId::from(id.as_str()))
        .await
        .unwrap();
    let closing = json!({ "field": "DialogChange", "type": "UPDATE", "dialog": { "dialogId": id, "state": "CLOSE" } });
    assert_eq!(ada.update(&id, closing).await.status(), 200);
    let path = "conversations/conversation/search";
    let parts = [
        "sdes",
        "conversationSurveys",
        "dialogs",
        "summary",
        "interactions",
        "responseTime",
        "skillChanges",
        "coBrowseSessions",
    ];
    let asked = json!({ "conversationId": id, "contentToRetrieve": parts });
    let (_, answer) = reader.search(path, asked.clone()).await;
    let survey = answer["conversationHistoryRecords"][0]["dialogs"][1]["dialogId"].clone();
    let survey = survey.as_str().unwrap();
    ada.say(survey, "yes").await;
    ada.say(survey, "skip").await;
    let (_, mut answer) = reader.search(path, asked).await;
    let mut record = answer["conversationHistoryRecords"][0].take();
    record.as_object_mut().unwrap().remove("info");
    let known = [("$conversation", id.as_str()), ("$survey", survey)];
    assert_like("history_parts", &record, &known);
    for (body, named) in [
        (
            json!({ "consumer": "x", "contentToRetrieve": ["intents"] }),
            "intents",
        ),
        (json!({ "consumer": "x", "keyword": "bonus" }), "keyword"),
        (json!({ "consumer": "x", "csat": { "from": 1 } }), "csat"),
    ] {
        let (status, answer) = reader.search("conversations/consumer/search", body).await;
        assert_eq!(status, 400, "{named}");
        let why = answer["error"]["message"].as_str().unwrap();
        assert!(why.contains(named) && why.contains("there is"), "{why}");
    }
    // What says nothing narrows nothing.
    let empty = json!({ "consumer": "x", "keyword": null, "latestAgentIds": [] });
    assert_eq!(
        reader
            .search("conversations/consumer/search", empty)
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn what_was_handed_on_is_still_told_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cloud.db");
    let arguments = ["--state", state.to_str().unwrap()];
    let told = async |process: &Process, id: &str| {
        let admin = Admin::of(process).await;
        let reader = Reader {
            connector: admin.connector,
            bearer: admin.bearer,
        };
        let body = json!({ "conversationId": id });
        let (_, mut found) = reader
            .search("conversations/conversation/search", body)
            .await;
        found["conversationHistoryRecords"][0].take()
    };
    let mut process = Process::start(&arguments).await;
    let ada = process.connector().await.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, "transfer me").await;
    let until_owned = async |process: &Process| {
        loop {
            let record = told(process, &id).await;
            let steps = record["transfers"].as_array().map_or(0, Vec::len);
            if steps > 0 && record["info"]["latestQueueState"] == "ACTIVE" {
                return record;
            }
            tokio::task::yield_now().await;
        }
    };
    let before = tokio::time::timeout(std::time::Duration::from_mins(2), until_owned(&process));
    let before = before.await.expect("it is handed on");
    process.child.kill().await.unwrap();
    process.child.wait().await.unwrap();
    let process = Process::start(&arguments).await;
    let after = told(&process, &id).await;
    assert_eq!(after["transfers"], before["transfers"]);
    assert_eq!(after["agentParticipants"], before["agentParticipants"]);
}
