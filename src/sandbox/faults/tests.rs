//! Which faults hit what, how often, and which make no sense.

use serde_json::{Value, json};

use super::*;

fn spec(value: Value) -> FaultSpec {
    serde_json::from_value(value).unwrap()
}

impl Faults {
    fn strike(&self, group: EndpointGroup, app: Option<&ClientId>) -> Vec<FaultAct> {
        self.strike_if(group, app, |_| true)
    }
}

#[test]
fn a_fault_hits_as_often_as_it_says_and_stays_listed() {
    let faults = Faults::new(1);
    assert!(faults.strike(EndpointGroup::Send, None).is_empty());
    let added = json!({ "on": "send", "do": "status", "status": 503, "count": 2 });
    let fault = faults.add(spec(added)).unwrap();
    assert_eq!((fault.id, fault.left), (1, Some(2)));
    assert!(faults.strike(EndpointGroup::Conversation, None).is_empty());
    for _ in 0..2 {
        assert_eq!(faults.strike(EndpointGroup::Send, None).len(), 1);
    }
    assert!(faults.strike(EndpointGroup::Send, None).is_empty());
    let listed = serde_json::to_value(faults.list()).unwrap();
    let expected = json!([{ "id": 1, "on": "send", "do": "status", "status": 503, "count": 2,
        "fired": 2, "left": 0 }]);
    assert_eq!(listed, expected);
    assert_eq!((faults.clear(Some(7)), faults.clear(None)), (0, 1));
}

#[test]
fn one_app_install_is_hit_and_others_are_not() {
    let faults = Faults::new(1);
    let added = json!({ "on": "webhook", "app": "mine", "do": "duplicate" });
    faults.add(spec(added)).unwrap();
    let (mine, other) = (ClientId::from("mine"), ClientId::from("other"));
    assert!(
        faults
            .strike(EndpointGroup::Webhook, Some(&other))
            .is_empty()
    );
    assert!(faults.strike(EndpointGroup::Webhook, None).is_empty());
    assert_eq!(
        faults.strike(EndpointGroup::Webhook, Some(&mine)),
        [FaultAct::Duplicate]
    );
}

#[test]
fn chance_comes_from_the_seed() {
    let hits = |seed| {
        let faults = Faults::new(seed);
        let added = json!({ "on": "send", "do": "drop", "probability": 0.5 });
        faults.add(spec(added)).unwrap();
        (0..64)
            .map(|_| faults.strike(EndpointGroup::Send, None).len())
            .collect::<Vec<_>>()
    };
    assert_eq!(hits(1), hits(1));
    assert_ne!(hits(1), hits(2));
    let some: usize = hits(1).iter().sum();
    assert!((16..48).contains(&some), "{some}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let faults = Faults::new(1);
    for wrong in [
        json!({ "on": "send", "do": "duplicate" }),
        json!({ "on": "webhook", "do": "status", "status": 500 }),
        json!({ "on": "webhook", "do": "drop", "done": true }),
        json!({ "on": "send", "do": "expired" }),
        json!({ "on": "send", "do": "close", "code": 1000 }),
        json!({ "on": "socket", "do": "close", "code": 1005 }),
        json!({ "on": "files", "app": "x", "do": "drop" }),
        json!({ "on": "send", "do": "status", "status": 200 }),
        json!({ "on": "send", "do": "delay", "ms": 0 }),
        json!({ "on": "send", "do": "drop", "count": 0 }),
        json!({ "on": "send", "do": "drop", "probability": 1.5 }),
    ] {
        assert!(faults.add(spec(wrong.clone())).is_err(), "{wrong}");
    }
    assert!(faults.list().is_empty());
}

#[test]
fn spent_faults_make_room_and_others_do_not() {
    let faults = Faults::new(1);
    let once = spec(json!({ "on": "send", "do": "drop", "count": 1 }));
    let always = spec(json!({ "on": "files", "do": "drop" }));
    faults.add(once).unwrap();
    faults.strike(EndpointGroup::Send, None);
    for _ in 0..MOST {
        faults.add(always.clone()).unwrap();
    }
    assert_eq!(faults.add(always), Err(FaultSpecError::Full));
    assert_eq!(faults.list().len(), MOST);
}

#[test]
fn every_service_has_its_group() {
    let groups = [
        ("/api/account/1/service/baseURI.json", EndpointGroup::Csds),
        (
            "/api/account/1/service/idp/baseURI.json",
            EndpointGroup::Csds,
        ),
        ("/sentinel/api/account/1/app/token", EndpointGroup::Token),
        ("/api/account/1/consumer", EndpointGroup::Consumer),
        (
            "/api/account/1/messaging/consumer/conversation",
            EndpointGroup::Conversation,
        ),
        (
            "/api/account/1/messaging/consumer/conversation/send",
            EndpointGroup::Send,
        ),
        ("/api/account/1/login", EndpointGroup::Login),
        ("/api/account/1/refresh", EndpointGroup::Refresh),
        ("/api/account/1/app/x/engagement", EndpointGroup::Engagement),
        (
            "/api/account/1/configuration/app-install/installations",
            EndpointGroup::Configuration,
        ),
        (
            "/messaging_history/api/account/1/conversations/search",
            EndpointGroup::History,
        ),
        ("/ws_api/account/1/messaging/brand/b", EndpointGroup::Socket),
        ("//v1/AUTH_async-images/1/a", EndpointGroup::Files),
    ];
    for (path, group) in groups {
        assert_eq!(EndpointGroup::of(path), group, "{path}");
    }
}

#[tokio::test]
async fn an_open_socket_hears_of_a_fault_that_comes_later() {
    let faults = std::sync::Arc::new(Faults::new(1));
    let waiting = tokio::spawn({
        let faults = faults.clone();
        async move { faults.socket().await }
    });
    tokio::task::yield_now().await;
    let close = json!({ "on": "socket", "do": "close", "code": 4401, "count": 1 });
    faults.add(spec(close)).unwrap();
    let code = tokio::time::timeout(Duration::from_mins(2), waiting).await;
    assert_eq!(code.unwrap().unwrap(), 4401);
    assert_eq!(faults.list()[0].fired, 1);
}
