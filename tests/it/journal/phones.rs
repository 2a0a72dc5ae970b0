//! Calls, the lines of phones and other values, as they come back from a journal.

use std::time::Duration;

use bytes::Bytes;
use handset::{
    domain::{
        content::Content,
        exchange::{EntryKind, Exchange, Outcome},
        ids::{ConversationId, EntryId, ItemId, PhoneId, Sequence},
        inbound::Verdict,
        line::{Delivery, Hops, Line, LineBody},
        text::SafeText,
        time::Timestamp,
    },
    store::{Restored, Save, Start},
};
use serde_json::json;

use super::{add, exchange, open, place, request};

#[tokio::test]
async fn a_call_is_one_entry_from_start_to_end() {
    let place = place();
    let (journal, _feed) = open(&place, Start::Cursor).await;
    let first = journal.call(exchange(0)).await;
    let second = journal.call(exchange(1)).await;
    let hook = add(&journal, 1).await;
    assert!(first < second && second < hook);
    let answered = Exchange {
        conversation: Some("4f0a2b7e".into()),
        outcome: Some(Outcome::Answered {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into())],
            body: Bytes::from_static(b"\xff{}"),
            waited: Duration::from_nanos(18_000_001),
            elapsed: Duration::from_nanos(19_000_002),
        }),
        ..exchange(1)
    };
    let failed = Exchange {
        outcome: Some(Outcome::Failed {
            reason: "refused".into(),
            elapsed: Duration::from_millis(1),
        }),
        ..exchange(2)
    };
    assert_eq!(journal.call(answered.clone()).await, second);
    let third = journal.call(failed.clone()).await;
    assert!(third > hook);
    let again = journal.call(exchange(1)).await;
    assert!(again > third, "a serial that is used again is another call");

    let entries = journal.entries(None, 10).await.unwrap();
    let calls: Vec<_> = entries
        .into_iter()
        .filter_map(|entry| match entry.kind {
            EntryKind::Call(call) => Some((entry.id, call)),
            EntryKind::Hook(_) => None,
        })
        .collect();
    assert_eq!(
        calls,
        [
            (again, exchange(1)),
            (third, failed),
            (second, answered),
            (first, exchange(0)),
        ]
    );
    let page = journal.entries(Some(hook), 1).await.unwrap();
    assert_eq!(page[0].id, second);
    assert!(journal.entries(Some(first), 5).await.unwrap().is_empty());
}

fn item(phone: u32, number: u32, sequence: Sequence) -> Line {
    let body = LineBody::Mine {
        content: Content::text(SafeText::clean("Is the blue one in stock?")),
        delivery: Delivery::Queued,
        hops: Hops::default(),
    };
    Line::new(
        ItemId {
            phone: Some(PhoneId(phone)),
            number,
        },
        Timestamp(5),
        (0, sequence),
        body,
    )
}

#[tokio::test]
async fn the_phone_comes_back_as_it_was_saved() {
    let place = place();
    let (journal, _feed) = open(&place, Start::Cursor).await;
    assert_eq!(journal.restore().await.unwrap(), Restored::default());
    let (of_line, other) = (EntryId(3), EntryId(9));
    let conversation = Some(ConversationId::from("4f0a2b7e"));
    journal
        .save(Save {
            items: vec![item(0, 0, 4), item(0, 1, Sequence::MAX), item(1, 0, 0)],
            states: vec![
                (PhoneId(1), json!({"n": 1}), None),
                (PhoneId(0), json!({"n": 0}), conversation.clone()),
            ],
            phones: vec![
                (PhoneId(1), "ben".into(), json!({"name": "Ben"}), true),
                (PhoneId(0), "ada".into(), json!({"name": "Ada"}), true),
            ],
            dialogs: vec![(PhoneId(0), 0, "4f0a2b7e".into(), "4f0a2b7e".into())],
            links: vec![(of_line, vec![item(0, 1, 0).id, item(0, 0, 0).id])],
            drafts: Vec::new(),
            workspace_drafts: Vec::new(),
            cursor: Some(EntryId(7)),
        })
        .await
        .unwrap();
    // The cloud numbers the second line 2: it moves up, and is not doubled.
    journal
        .save(Save {
            items: vec![item(0, 1, 2)],
            states: vec![(PhoneId(0), json!({"n": [null, "x"]}), conversation)],
            phones: vec![(PhoneId(0), "ada".into(), json!({"name": "Ada Q."}), false)],
            dialogs: vec![
                (PhoneId(0), 0, "other".into(), "other".into()),
                (PhoneId(0), 1, "4f0a2b7e".into(), "survey".into()),
            ],
            links: vec![
                (other, vec![item(0, 1, 0).id]),
                (of_line, vec![item(0, 1, 0).id]),
            ],
            drafts: Vec::new(),
            workspace_drafts: Vec::new(),
            cursor: None,
        })
        .await
        .unwrap();
    journal.close().await;

    let (journal, _feed) = open(&place, Start::Cursor).await;
    assert_eq!(
        journal.restore().await.unwrap(),
        Restored {
            states: vec![
                (PhoneId(0), Some(json!({"n": [null, "x"]}))),
                (PhoneId(1), Some(json!({"n": 1})))
            ],
            phones: vec![
                (
                    PhoneId(0),
                    "ada".into(),
                    Some(json!({"name": "Ada Q."})),
                    false
                ),
                (PhoneId(1), "ben".into(), Some(json!({"name": "Ben"})), true),
            ],
            cursor: Some(EntryId(7)),
        }
    );
    for (phone, items) in [
        (0, &[item(0, 0, 4), item(0, 1, 2)][..]),
        (1, &[item(1, 0, 0)]),
    ] {
        let found = journal.items(PhoneId(phone), None, 10).await.unwrap();
        assert_eq!(found, items);
    }
    assert_eq!(
        journal.links(item(0, 1, 0).id).await.unwrap(),
        [of_line, other]
    );
    assert_eq!(
        journal.linked(of_line).await.unwrap(),
        [item(0, 0, 0).id, item(0, 1, 0).id]
    );
    // A number that is only referred to is not given again.
    assert!(add(&journal, 1).await > other);
}

#[tokio::test]
async fn an_entry_tells_which_phone_it_is_of() {
    let place = place();
    let (journal, _feed) = open(&place, Start::Cursor).await;
    journal.call(exchange(0)).await;
    for of in [
        "\"conversationId\":\"c1\"",
        "\"dialogId\":\"d1\"",
        "\"dialogId\":\"d9\"",
    ] {
        let body = format!("{{\"type\":\"t\",\"body\":{{\"changes\":[{{\"sequence\":1,{of}}}]}}}}");
        let kept = journal.hook(request(body), Verdict::Valid, 200).await;
        kept.unwrap();
    }
    let save = Save {
        dialogs: vec![
            (PhoneId(5), 0, "c1".into(), "c1".into()),
            (PhoneId(5), 1, "c1".into(), "d1".into()),
        ],
        ..Save::default()
    };
    journal.save(save).await.unwrap();
    let entries = journal.entries(None, 10).await.unwrap();
    let phones: Vec<_> = entries.iter().map(|entry| entry.phone).collect();
    assert_eq!(
        phones,
        [None, Some(PhoneId(5)), Some(PhoneId(5)), Some(PhoneId(3))]
    );
}

#[tokio::test]
async fn pages_of_lines_meet_without_gap_or_overlap() {
    let place = place();
    let (journal, _feed) = open(&place, Start::Cursor).await;
    let numbered = (0..50).map(|n| item(n / 25, n % 25, u64::from(n % 25) / 2));
    let unnumbered = (25..30).map(|n| item(0, n, Sequence::MAX));
    let mut items: Vec<_> = numbered.chain(unnumbered).collect();
    journal
        .save(Save {
            items: items.clone(),
            ..Save::default()
        })
        .await
        .unwrap();
    items.sort_by_key(|item| std::cmp::Reverse(item.place));
    for (phone, limit) in [(0, 1), (0, 7), (0, 100), (1, 1), (1, 7), (1, 100)] {
        let phone = PhoneId(phone);
        let mut pages: Vec<Line> = Vec::new();
        loop {
            let before = pages.last().map(|item| item.place);
            let page = journal.items(phone, before, limit).await.unwrap();
            if page.is_empty() {
                break;
            }
            pages.extend(page);
        }
        let own = items.iter().filter(|item| item.id.phone == Some(phone));
        assert!(pages.iter().eq(own));
    }
}

#[tokio::test]
async fn values_are_kept_by_name() {
    let place = place();
    let (journal, _feed) = open(&place, Start::Cursor).await;
    assert_eq!(journal.get("listener.path").await.unwrap(), None);
    journal.put("listener.path", "/hook/a").await.unwrap();
    journal.put("listener.path", "/hook/b").await.unwrap();
    assert_eq!(
        journal.get("listener.path").await.unwrap().as_deref(),
        Some("/hook/b")
    );
}
