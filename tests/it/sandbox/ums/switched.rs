//! Agents and sockets switched from outside, over the sandbox's own API.

use handset::{
    domain::ids::ConversationId,
    sandbox::settings::{Agent, Settings},
};
use serde_json::{Value, json};

use super::client::Socket;
use crate::sandbox::{
    control::Control,
    hook::{Hook, text},
    rig::{quick, run},
};

async fn queue(control: &Control) -> Value {
    control.done("GET", "/queue", json!({})).await["waiting"].take()
}

#[tokio::test]
async fn open_sockets_are_closed_with_the_code_that_is_asked_for() {
    let (sandbox, connector) = run(quick()).await;
    let control = Control::of(&sandbox);
    for code in [4401_u16, 1011, 1006] {
        let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
        let fault = json!({ "on": "socket", "do": "close", "code": code, "count": 1 });
        control.done("POST", "/faults", fault).await;
        let closed = kim.closed().await;
        assert_eq!(closed, (code != 1006).then_some(code), "{code}");
        // One was to be closed: the next stays.
        let mut again = Socket::enter(&sandbox, &connector, "kim").await;
        assert_eq!(again.ask(".GetClock", json!({})).await["code"], 200);
    }
    // And the way in can be shut.
    let fault = json!({ "on": "socket", "do": "status", "status": 401, "count": 1 });
    control.done("POST", "/faults", fault).await;
    let agent = super::client::log_in(&sandbox, &connector, "kim").await;
    let path = super::client::path(&agent.bearer);
    assert_eq!(
        super::client::open(&connector, &path).await.err(),
        Some(401)
    );
    // A session that cannot be prolonged.
    let fault = json!({ "on": "refresh", "do": "status", "status": 401, "count": 1 });
    control.done("POST", "/faults", fault).await;
    let refresh = format!("{}/api/account/55512300/refresh", connector.base);
    assert_eq!(
        connector
            .http
            .post(refresh)
            .body("{}")
            .send()
            .await
            .unwrap()
            .status(),
        401
    );
    let list = control.done("GET", "/faults", json!({})).await;
    let spent = list["faults"].as_array().unwrap();
    assert!(spent.iter().all(|one| one["fired"] == 1), "{list}");
}

#[tokio::test]
async fn an_agent_is_told_what_it_says_of_itself_and_how_much_it_takes() {
    let (sandbox, connector) = run(quick()).await;
    let control = Control::of(&sandbox);
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    kim.go_online().await;
    let ada = connector.consumer("ada").await;
    let first = ada.open().await;
    kim.ring(&first, "WAITING").await;
    let waiting = queue(&control).await;
    let found = (&waiting[0]["conversation"], &waiting[0]["rings_at"]);
    assert_eq!(found, (&json!(first), &json!(kim.pid)));
    // Away: it rings nowhere, and waits.
    let away = json!({ "availability": "AWAY" });
    let agent = control.done("PUT", "/agents/kim", away).await;
    assert_eq!(
        (&agent["availability"], &agent["socket"]),
        (&json!("AWAY"), &json!(true))
    );
    assert_eq!(queue(&control).await[0]["rings_at"], Value::Null);
    // Back, with room for one.
    control
        .done(
            "PUT",
            "/agents/kim",
            json!({ "availability": "ONLINE", "capacity": 1 }),
        )
        .await;
    kim.take(&first).await;
    let second = ada.open().await;
    let waiting = queue(&control).await;
    let found = (&waiting[0]["conversation"], &waiting[0]["rings_at"]);
    assert_eq!(found, (&json!(second), &Value::Null));
    let agent = control
        .done("PUT", "/agents/kim", json!({ "capacity": null }))
        .await;
    assert_eq!(
        (&agent["capacity"], &agent["owns"]),
        (&Value::Null, &json!(1))
    );
    kim.take(&second).await;
    let (status, _) = control
        .ask(
            "PUT",
            "/agents/morgan",
            Some(&json!({ "availability": "ONLINE" })),
        )
        .await;
    assert_eq!(status, 400, "morgan has no socket");
}

#[tokio::test]
async fn riley_is_switched_off_and_on_and_catches_up() {
    let hook = Hook::start().await;
    let (sandbox, connector) = run(Settings {
        agent: Agent::Riley,
        webhook: Some(hook.url()),
        ..quick()
    })
    .await;
    let control = Control::of(&sandbox);
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let greets = |change: &Value| text(change).is_some_and(|text| text.contains("this is Riley"));
    hook.change("the greeting", greets).await;
    let agent = control
        .done("PUT", "/agents/riley", json!({ "on": false }))
        .await;
    assert_eq!(
        (&agent["on"], &agent["availability"]),
        (&json!(false), &json!("OFFLINE"))
    );
    ada.say(&id, "What are your opening hours?").await;
    let other = ada.open().await;
    let waiting = queue(&control).await;
    assert_eq!(
        waiting[0]["conversation"],
        other.as_str(),
        "it rings nowhere"
    );
    control
        .done("PUT", "/agents/riley", json!({ "on": true }))
        .await;
    hook.change("the answer", |change| {
        text(change).is_some_and(|text| text.contains("from 8 to 20"))
    })
    .await;
    hook.change("the other greeting", |change| {
        greets(change) && change["conversationId"] == other.as_str()
    })
    .await;
}

#[tokio::test]
async fn sockets_hear_of_a_restore() {
    let (sandbox, connector) = run(quick()).await;
    let control = Control::of(&sandbox);
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    kim.go_online().await;
    let ada = connector.consumer("ada").await;
    let kept = ada.open().await;
    kim.take(&kept).await;
    control
        .done("POST", "/snapshots", json!({ "name": "then" }))
        .await;
    let filter = json!({ "convState": ["OPEN"] });
    kim.ask(".ams.aam.SubscribeExConversations", filter).await;
    let gone = ada.open().await;
    let change = |id: &str, kind: &str| {
        let (id, kind) = (id.to_owned(), kind.to_owned());
        move |body: &Value| {
            let changes = body["changes"].as_array().unwrap();
            changes
                .iter()
                .any(|one| one["type"] == *kind && one["result"]["convId"] == *id)
        }
    };
    let told = ".ams.aam.ExConversationChangeNotification";
    kim.notified(told, change(&gone, "UPSERT")).await;
    control
        .done("POST", "/snapshots/then/restore", json!({}))
        .await;
    kim.notified(told, change(&gone, "DELETE")).await;
    kim.notified(told, change(&kept, "UPSERT")).await;
    let dialog = ConversationId::from(kept.as_str());
    assert_eq!(kim.say(dialog.as_str(), "Still mine").await["code"], 200);
    // Everything: the session ends with it.
    control.done("POST", "/reset", json!({})).await;
    assert_eq!(kim.closed().await, Some(4401));
}
