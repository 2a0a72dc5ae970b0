//! How conversations ring at sockets: taken, rejected, handed on, counted.

use serde_json::json;

use crate::sandbox::{
    hook::until,
    rig::{ACCOUNT, quick, run},
    ums::client::Socket,
};

#[tokio::test]
async fn a_conversation_rings_is_taken_and_talked_in() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    kim.go_online().await;
    assert_eq!(kim.rest().await.len(), 2, "both subscriptions begin empty");
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    kim.change(&id, "UPSERT").await;
    let task = kim.ring(&id, "WAITING").await;
    let ring = task["ringsDetails"][0].clone();
    let ring_id = ring["ringId"].as_str().unwrap();
    assert!(
        ring_id.starts_with(&format!("{id}_{ACCOUNT}_")),
        "{ring_id}"
    );
    let until = ring["ringExpirationTs"].as_i64().unwrap();
    let mut expected = json!({
        "routingTaskId": task["routingTaskId"], "assignedAgentId": kim.full, "brandId": ACCOUNT,
        "taskCompleted": false, "conversationId": id, "consumerId": ada.id, "skillId": "-1",
        "ringsDetails": [{
            "ringId": ring_id, "ringExpiration": 72000, "ringExpirationTs": until,
            "ringState": "WAITING", "weight": ring["weight"], "brandId": ACCOUNT, "convId": id,
            "consumerId": ada.id, "skillId": "-1",
        }],
    });
    assert_eq!(task, expected);
    let answer = kim.answer_ring(&task, "ACCEPTED").await;
    assert_eq!(answer["body"], "Ring state updated successfully");
    assert_eq!(answer["type"], ".ReqBody$StringResp");
    expected["taskCompleted"] = json!(true);
    expected["ringsDetails"][0]["ringState"] = json!("ACCEPTED");
    // How the ring ended, then what ended it, then the end of the task.
    let told = kim.rest().await;
    let [ended, assigned, gone] = told.as_slice() else {
        panic!("{told:#?}");
    };
    let change = &ended["body"]["changes"][0];
    assert_eq!(
        (&change["type"], &change["result"]),
        (&json!("UPSERT"), &expected)
    );
    let details = &assigned["body"]["changes"][0]["result"]["conversationDetails"];
    assert_eq!(details["participants"]["ASSIGNED_AGENT"], json!([kim.full]));
    assert_eq!(
        details["participantsPId"]["ASSIGNED_AGENT"],
        json!([kim.pid])
    );
    let change = &gone["body"]["changes"][0];
    assert_eq!(
        (&change["type"], &change["result"]),
        (&json!("DELETE"), &expected)
    );
    let again = kim.answer_ring(&task, "ACCEPTED").await;
    assert_eq!(
        (&again["code"], &again["type"]),
        (&json!(400), &json!(".ReqBody$StringResp"))
    );

    ada.say(&id, "Is the blue one in stock?").await;
    let heard = kim.said("Is the blue one in stock?").await;
    assert_eq!(heard["sequence"], 0);
    let answer = kim.say(&id, "Yes, two left.").await;
    assert_eq!(
        (&answer["code"], &answer["body"]),
        (&json!(200), &json!({ "sequence": 1 }))
    );
    let own = kim.said("Yes, two left.").await;
    assert_eq!(own["originatorId"], kim.full);
    assert_eq!(own["originatorPId"], kim.pid);
}

#[tokio::test]
async fn what_is_rejected_rings_at_the_next_and_later_at_the_same() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    kim.go_online().await;
    let id = connector.consumer("ada").await.open().await;
    let first = kim.ring(&id, "WAITING").await;
    let mut morgan = Socket::enter(&sandbox, &connector, "morgan").await;
    morgan.go_online().await;
    let foreign = morgan.answer_ring(&first, "ACCEPTED").await;
    assert_eq!(foreign["body"], "the ring has ended", "it is Kim's");
    let odd = kim.answer_ring(&first, "EATEN").await;
    assert_eq!(odd["code"], 400);
    let answer = kim.answer_ring(&first, "REJECTED").await;
    assert_eq!(
        (&answer["code"], &answer["body"]),
        (&json!(202), &json!("Ring state updated successfully"))
    );
    let ended = kim.ring(&id, "REJECTED").await;
    assert_eq!(
        ended["ringsDetails"][0]["ringId"],
        first["ringsDetails"][0]["ringId"]
    );
    assert_eq!(ended["taskCompleted"], false);
    let second = morgan.ring(&id, "WAITING").await;
    assert_ne!(
        second["ringsDetails"][0]["ringId"],
        first["ringsDetails"][0]["ringId"]
    );
    // Whoever goes away does not keep it ringing.
    morgan.set_state("AWAY").await;
    morgan.ring(&id, "CANCELLED").await;
    assert_eq!(morgan.answer_ring(&second, "ACCEPTED").await["code"], 400);
    morgan.set_state("ONLINE").await;
    morgan.take(&id).await;
}

#[tokio::test]
async fn nobody_gets_more_than_the_capacity_and_the_rest_stands_in_line() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    sandbox.set_capacity(&kim.pid.as_str().into(), Some(1));
    let ada = connector.consumer("ada").await;
    let first = ada.open().await;
    let second = ada.open().await;
    let third = ada.open().await;
    kim.go_online().await;
    kim.take(&first).await;
    let rings = |told: &[serde_json::Value]| {
        told.iter()
            .filter(|one| one["type"] == ".ams.routing.RoutingTaskNotification")
            .filter(|one| {
                one["body"]["changes"][0]["result"]["ringsDetails"][0]["ringState"] == "WAITING"
            })
            .count()
    };
    assert_eq!(rings(&kim.rest().await), 0);
    ada.close(&first).await;
    kim.take(&second).await;
    sandbox.set_capacity(&kim.pid.as_str().into(), None);
    kim.take(&third).await;
}

#[tokio::test]
async fn every_socket_of_an_agent_rings_and_hears() {
    let (sandbox, connector) = run(quick()).await;
    let mut one = Socket::enter(&sandbox, &connector, "kim").await;
    let mut two = Socket::enter(&sandbox, &connector, "kim").await;
    one.go_online().await;
    let id = connector.consumer("ada").await.open().await;
    let ring = one.ring(&id, "WAITING").await;
    // What rings already is told to whoever comes later.
    let body = json!({ "channelType": "MESSAGING" });
    two.ask(".ams.routing.SubscribeRoutingTasks", body).await;
    assert_eq!(two.ring(&id, "WAITING").await, ring);
    assert_eq!(two.answer_ring(&ring, "ACCEPTED").await["code"], 202);
    one.ring(&id, "ACCEPTED").await;
    two.ring(&id, "ACCEPTED").await;
    assert_eq!(one.say(&id, "Hello").await["code"], 200);
    one.said("Hello").await;
    two.said("Hello").await;
    // Half gone is still there.
    drop(one);
    until("one is gone", || sandbox.sockets() == 1).await;
    let next = connector.consumer("ben").await.open().await;
    two.ring(&next, "WAITING").await;
    drop(two);
    until("both are gone", || sandbox.sockets() == 0).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    kim.go_online().await;
    kim.take(&next).await;
    assert_eq!(
        kim.say(&id, "Back again").await["code"],
        200,
        "it stayed Kim's"
    );
}

#[tokio::test]
async fn the_most_urgent_rings_first() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    sandbox.set_capacity(&kim.pid.as_str().into(), Some(1));
    let ada = connector.consumer("ada").await;
    let mut ids = Vec::new();
    for urgency in ["NORMAL", "URGENT"] {
        let body = json!([{ "kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {} },
            { "kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation",
              "body": { "brandId": ACCOUNT, "ttrDefName": urgency } }]);
        let answer = ada.conversation(body.to_string()).await;
        let answer: serde_json::Value = answer.json().await.unwrap();
        ids.push(
            answer[1]["body"]["conversationId"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    kim.go_online().await;
    kim.take(&ids[1]).await;
    ada.close(&ids[1]).await;
    kim.take(&ids[0]).await;
}
