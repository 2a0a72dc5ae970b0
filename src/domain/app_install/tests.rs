//! Whatever a record looks like, and whatever others do to it meanwhile, what is given back is
//! what was there.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const URL: &str = "https://ours.example/a1b2c3";
const OTHER: &str = "https://theirs.example/in";

fn lease() -> Lease {
    Lease::new("device-1", "ada@desk", 1_800_000_000)
}

fn ours() -> Ours {
    Ours {
        device: "device-1".to_owned(),
        urls: vec![URL.to_owned()],
    }
}

/// The manifest of the protocol reference, with fields nobody knows.
fn full() -> Value {
    json!({
        "id": "7c1b", "client_id": "7c1b", "client_secret": "k4v9", "client_name": "Shop bridge",
        "enabled": true, "unknown": { "kept": [1, 2.5, null] },
        "capabilities": {
            "webhooks": {
                "retry": { "retention_time": 86400 },
                "ms.MessagingEventNotification.ContentEvent": {
                    "endpoint": "https://bridge.shop.test/in", "max_retries": 3,
                    "headers": [{ "header_name": "X-Shop", "header_value": "eu" }] },
                "ms.MessagingEventNotification.RichContentEvent":
                    { "endpoint": "https://bridge.shop.test/in" },
                "ms.MessagingEventNotification.AcceptStatusEvent":
                    { "endpoint": "https://bridge.shop.test/in" },
                "ms.MessagingEventNotification.ChatStateEvent":
                    { "endpoint": "https://bridge.shop.test/in" },
                "cqm.ExConversationChangeNotification":
                    { "endpoint": "https://bridge.shop.test/in" }
            },
            "engagement": { "design_window": false }
        }
    })
}

fn entry_mut(record: &mut Value, event: EventType) -> &mut Value {
    &mut record["capabilities"]["webhooks"][event.key()]
}

#[test]
fn pointing_changes_endpoints_and_leases_and_nothing_else() {
    let mut record = pointed(&full(), URL, &lease()).unwrap();
    assert!(all_at(&record, URL));
    assert_eq!(latest_lease(&record), Some(lease()));
    let content = entry_mut(&mut record, EventType::Content);
    assert_eq!(content["max_retries"], 3);
    assert_eq!(content["headers"][0]["header_value"], "eu");
    let lease = &content["headers"][1];
    assert_eq!(lease["header_name"], LEASE_HEADER);
    assert_eq!(lease["header_value"], "device-1;ada@desk;1800000000");
    for event in EventType::ALL {
        *entry_mut(&mut record, event) = entry_mut(&mut full(), event).clone();
    }
    assert_eq!(record, full());
}

#[test]
fn the_other_name_of_conversation_changes_is_known() {
    let name = "ms.MessagingEventNotification.ExConversationChangeNotification";
    let record = json!({ "capabilities": { "webhooks": { name: { "endpoint": OTHER } } } });
    let at: Vec<_> = endpoints(&record);
    assert_eq!(at[4], (EventType::Conversation, Some(OTHER.to_owned())));
    let changed = pointed(&record, URL, &lease()).unwrap();
    assert_eq!(changed["capabilities"]["webhooks"][name]["endpoint"], URL);
    let twice = &changed["capabilities"]["webhooks"][EventType::Conversation.key()];
    assert!(twice.is_null(), "one name is enough");
    let back = restored(&changed, &saved(&record), &ours()).unwrap();
    assert_eq!(back.record, record);
}

#[test]
fn what_somebody_else_points_elsewhere_stays_there() {
    let before = full();
    let mut record = pointed(&before, URL, &lease()).unwrap();
    entry_mut(&mut record, EventType::ChatState)["endpoint"] = json!(OTHER);
    record["client_name"] = json!("Renamed");
    let back = restored(&record, &saved(&before), &ours()).unwrap();
    assert_eq!(back.left_alone, [EventType::ChatState]);
    assert_eq!(back.given_back.len(), 4);
    let mut wanted = before;
    wanted["client_name"] = json!("Renamed");
    let changed = entry_mut(&mut record, EventType::ChatState).clone();
    *entry_mut(&mut wanted, EventType::ChatState) = changed;
    assert_eq!(back.record, wanted);
}

#[test]
fn a_change_beside_our_endpoint_stays_too() {
    let before = full();
    let mut record = pointed(&before, URL, &lease()).unwrap();
    entry_mut(&mut record, EventType::Content)["max_retries"] = json!(5);
    let back = restored(&record, &saved(&before), &ours()).unwrap();
    assert!(back.left_alone.is_empty());
    let mut wanted = before;
    entry_mut(&mut wanted, EventType::Content)["max_retries"] = json!(5);
    assert_eq!(back.record, wanted);
}

#[test]
fn what_another_device_took_over_is_not_ours_even_at_our_address() {
    let before = full();
    let theirs = Lease::new("device-2", "bo@desk", 1_900_000_000);
    let record = pointed(&before, URL, &lease()).unwrap();
    let record = pointed(&record, URL, &theirs).unwrap();
    let back = restored(&record, &saved(&before), &ours()).unwrap();
    assert_eq!(back.record, record);
    assert_eq!(back.left_alone, EventType::ALL);
    let (same, lost) = repointed(&record, &ours(), OTHER, &lease()).unwrap();
    assert_eq!((same, lost), (record, EventType::ALL.to_vec()));
}

#[test]
fn taking_over_gives_back_the_other_lease() {
    let theirs = Lease::new("device-2", "bo@desk", 1_700_000_000);
    let before = pointed(&full(), OTHER, &theirs).unwrap();
    let taken = pointed(&before, URL, &lease()).unwrap();
    assert_eq!(latest_lease(&taken), Some(lease()));
    let back = restored(&taken, &saved(&before), &ours()).unwrap();
    assert_eq!(back.record, before);
}

#[test]
fn webhooks_somebody_took_away_stay_away() {
    let before = full();
    let gone = json!({ "client_id": "7c1b", "capabilities": { "engagement": {} } });
    let back = restored(&gone, &saved(&before), &ours()).unwrap();
    assert_eq!(back.record, gone);
    assert_eq!(back.left_alone, EventType::ALL);
}

#[test]
fn a_record_of_another_form_is_not_touched() {
    for record in [
        json!([]),
        json!({ "capabilities": 7 }),
        json!({ "capabilities": { "webhooks": "none" } }),
    ] {
        assert!(pointed(&record, URL, &lease()).is_err(), "{record}");
        assert!(restored(&record, &Value::Null, &ours()).is_ok_and(|back| back.record == record));
    }
}

#[test]
fn a_lease_holds_until_its_end_and_for_others_alone() {
    let record = pointed(&full(), URL, &lease()).unwrap();
    let until = lease().until;
    assert_eq!(foreign_lease(&record, "device-1", until - 1), None);
    assert_eq!(foreign_lease(&record, "device-2", until - 1), Some(lease()));
    assert_eq!(foreign_lease(&record, "device-2", until), None);
    assert_eq!(foreign_lease(&full(), "device-2", 0), None);
}

#[test]
fn names_cannot_break_a_lease() {
    let lease = Lease::new("d", "Ada; Lovelace\u{1b}[31m\r\nX: y é", 7);
    assert!(lease.header().is_ascii() && !lease.header().contains('\n'));
    assert_eq!(Lease::read(&lease.header()), Some(lease));
    for odd in [
        "",
        ";",
        ";;",
        ";;7",
        "a;b",
        "a;b;c",
        "a;b;99999999999999999999",
    ] {
        assert_eq!(Lease::read(odd), None, "{odd}");
    }
}

#[test]
fn a_masked_record_holds_nothing_of_worth() {
    let mut record = pointed(&full(), URL, &lease()).unwrap();
    entry_mut(&mut record, EventType::ChatState)["headers"] = json!(["Basic k9"]);
    let mut all = json!([record.clone()]);
    mask(&mut all, Endpoints::All);
    let text = all.to_string();
    for secret in ["k4v9", "\"eu\"", "a1b2c3", "bridge.shop.test/in", "Basic"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(
        text.contains("https://ours.example/…") && text.contains("ada@desk"),
        "{text}"
    );
    let mut theirs = full();
    mask(&mut theirs, Endpoints::Borrowed);
    assert!(theirs.to_string().contains("https://bridge.shop.test/in"));
    let mut record = pointed(&full(), URL, &lease()).unwrap();
    mask(&mut record, Endpoints::Borrowed);
    assert!(!record.to_string().contains("a1b2c3"));
}

#[test]
fn instructions_name_all_that_is_to_be_done() {
    let text = instructions(URL);
    for event in EventType::ALL {
        assert_eq!(text.matches(event.key()).count(), 2, "{text}");
    }
    let from = text.find("{\n").unwrap();
    let to = text.rfind('}').unwrap();
    let manifest: Value = serde_json::from_str(text.get(from..=to).unwrap()).unwrap();
    assert!(all_at(&manifest, URL));
}

/// Any entry: none, an object, or something odd.
fn entries() -> impl Strategy<Value = Option<Value>> {
    let headers = prop_oneof![
        3 => Just(None),
        1 => Just(Some(json!([]))),
        1 => Just(Some(json!([{ "header_name": "X-Key", "header_value": "s3cret" }]))),
        1 => Just(Some(json!([{ "header_name": "x-handset-lease", "header_value": "old;bo;5" }]))),
        1 => Just(Some(json!("odd"))),
    ];
    let object = (
        proptest::option::of("https://[a-z]{1,5}\\.test/in"),
        proptest::option::of(0..5_u8),
        headers,
    );
    let object = object.prop_map(|(endpoint, retries, headers)| {
        let mut entry = json!({});
        if let Some(endpoint) = endpoint {
            entry["endpoint"] = json!(endpoint);
        }
        if let Some(retries) = retries {
            entry["max_retries"] = json!(retries);
        }
        if let Some(headers) = headers {
            entry["headers"] = headers;
        }
        Some(entry)
    });
    prop_oneof![
        4 => object,
        1 => Just(None),
        1 => Just(Some(Value::Null)),
        1 => Just(Some(json!("odd"))),
    ]
}

fn records() -> impl Strategy<Value = Value> {
    let webhooks = proptest::collection::vec(entries(), 6).prop_map(|entries| {
        let keys = EventType::ALL.into_iter().flat_map(EventType::keys);
        let mut webhooks = json!({ "retry": { "retention_time": 60 } });
        for (key, entry) in keys.zip(entries) {
            if let Some(entry) = entry {
                webhooks[*key] = entry;
            }
        }
        json!({ "webhooks": webhooks, "broadcast": { "enabled": true } })
    });
    let capabilities = prop_oneof![
        6 => webhooks.prop_map(Some),
        1 => Just(None),
        1 => Just(Some(Value::Null)),
        1 => Just(Some(json!({}))),
        1 => Just(Some(json!({ "webhooks": {} }))),
        1 => Just(Some(json!({ "webhooks": null }))),
    ];
    capabilities.prop_map(|capabilities| {
        let mut record = json!({ "client_id": "7c1b", "extra": [1, { "a": null }] });
        if let Some(capabilities) = capabilities {
            record["capabilities"] = capabilities;
        }
        record
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_borrowed_comes_back(record in records()) {
        let away = pointed(&record, URL, &lease()).unwrap();
        prop_assert!(all_at(&away, URL));
        let back = restored(&away, &saved(&record), &ours()).unwrap();
        prop_assert_eq!(&back.record, &record);
        prop_assert!(back.left_alone.is_empty());
        // Once more changes nothing.
        let again = restored(&back.record, &saved(&record), &ours()).unwrap();
        prop_assert_eq!(again.record, record);
        prop_assert!(again.given_back.is_empty());
    }

    #[test]
    fn moving_on_and_renewing_lose_nothing(record in records(), times in 1..4_usize) {
        let mut ours = ours();
        let mut away = pointed(&record, URL, &lease()).unwrap();
        for time in 0..times {
            let url = format!("https://moved{time}.example/x");
            ours.urls.push(url.clone());
            let later = Lease::new("device-1", "ada@desk", 1_900_000_000 + i64::try_from(time).unwrap());
            let (moved, lost) = repointed(&away, &ours, &url, &later).unwrap();
            prop_assert!(lost.is_empty() && all_at(&moved, &url));
            away = moved;
        }
        let back = restored(&away, &saved(&record), &ours).unwrap();
        prop_assert_eq!(back.record, record);
    }

    #[test]
    fn a_foreign_change_survives_and_everything_else_comes_back(
        record in records(), which in 0..5_usize, entry in entries(),
    ) {
        let mut away = pointed(&record, URL, &lease()).unwrap();
        let event = EventType::ALL[which];
        for key in event.keys() {
            away["capabilities"]["webhooks"].as_object_mut().unwrap().shift_remove(*key);
        }
        if let Some(entry) = &entry {
            *entry_mut(&mut away, event) = entry.clone();
        }
        let back = restored(&away, &saved(&record), &ours()).unwrap();
        let is = |record: &Value| endpoints(record);
        for (at, (event, endpoint)) in is(&back.record).into_iter().enumerate() {
            let from = if at == which { &away } else { &record };
            prop_assert_eq!(endpoint, is(from)[at].1.clone(), "{:?}", event);
        }
        let after = back.record.pointer("/capabilities/webhooks").and_then(|all| all.get(event.key()));
        prop_assert_eq!(after, entry.as_ref());
        // What is kept of it at the next start is no address of ours.
        prop_assert!(!saved(&back.record).to_string().contains("ours.example"));
    }

    #[test]
    fn reading_a_lease_never_fails_loudly(text in "\\PC{0,40}", until: i64) {
        let _ = Lease::read(&text);
        let lease = Lease::new(&format!("d{text}"), &text, until);
        prop_assert_eq!(Lease::read(&lease.header()), Some(lease));
    }
}
