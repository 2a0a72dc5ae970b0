//! What is kept in SQLite, and for how long.

use std::{os::unix::fs::PermissionsExt as _, sync::Arc, time::Duration};

use bytes::Bytes;
use handset::{
    domain::{
        inbound::Request,
        relay::{Claim, Role, Scope},
        time::Timestamp,
    },
    relay::{
        backend::{
            Appended, Backend, Change, ClaimKind, Device, Error, Event, Issued, Retention, Which,
        },
        sqlite,
    },
    rt::clock,
};

use crate::{
    relay::rig::books,
    support::{backend_rules::keeps_the_rules, soon},
};

fn event(account: &str, conversation: &str, body: &str) -> Event {
    Event {
        account: account.into(),
        conversation: Some(conversation.into()),
        consumer: Some("ann".into()),
        digest: Some(format!("{account} {body}")),
        request: Request {
            at: Timestamp(clock::unix_millis()),
            headers: vec![("x-own".to_owned(), "é\"".to_owned())],
            body: Bytes::copy_from_slice(body.as_bytes()),
        },
    }
}

async fn append(backend: &Arc<dyn Backend>, event: Event) -> u64 {
    match backend.append(event).await.unwrap() {
        Appended::New(seq) => seq,
        Appended::Again => panic!("it was there"),
    }
}

async fn numbers(backend: &Arc<dyn Backend>, which: &Which, after: u64) -> Vec<u64> {
    let read = backend.read(&"a".into(), which, after, 1000).await.unwrap();
    read.into_iter().map(|kept| kept.seq).collect()
}

fn device(name: &str, id: &str) -> Device {
    Device {
        name: name.to_owned(),
        id: id.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_rules_of_a_backend() {
    let folder = tempfile::tempdir().unwrap();
    let open = async || {
        let opened = sqlite::open(folder.path(), Retention::default()).await;
        opened.unwrap()
    };
    keeps_the_rules(open).await;
}

#[tokio::test]
async fn events_are_read_back_as_they_were_by_whatever_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let opened = sqlite::open(folder.path(), Retention::default()).await;
    let (backend, mut changes) = opened.unwrap();
    assert_eq!(
        soon("the start", changes.recv()).await,
        Some(Change::Current)
    );
    let first = append(&backend, event("a", "c1", "one")).await;
    append(&backend, event("b", "c1", "one")).await;
    let third = append(&backend, event("a", "c2", "two")).await;
    assert!(first > 0 && third > first);
    assert_eq!(
        backend.append(event("a", "c1", "one")).await,
        Ok(Appended::Again)
    );
    let read = backend
        .read(&"a".into(), &Which::Account, 0, 10)
        .await
        .unwrap();
    let mut wanted = event("a", "c1", "one");
    wanted.request.at = read[0].event.request.at;
    assert_eq!((read[0].seq, &read[0].event), (first, &wanted));
    assert_eq!(numbers(&backend, &Which::Account, first).await, [third]);
    assert_eq!(
        numbers(&backend, &Which::Conversation("c2".into()), 0).await,
        [third]
    );
    assert_eq!(
        numbers(&backend, &Which::Consumer("ann".into()), 0).await,
        [first, third]
    );
    assert_eq!(backend.newest(&"a".into()).await, Ok(third));
    assert_eq!(backend.newest(&"nobody".into()).await, Ok(0));
    for (account, seq) in [("a", first), ("b", first + 1), ("a", third)] {
        match soon("an event", changes.recv()).await {
            Some(Change::Event(kept)) => {
                assert_eq!((kept.event.account.as_str(), kept.seq), (account, seq));
            }
            other => panic!("{other:?}"),
        }
    }
    backend.close().await;
}

#[tokio::test]
async fn books_and_identity_are_there_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let opened = sqlite::open(folder.path(), Retention::default()).await;
    let (backend, changes) = opened.unwrap();
    let identity = backend.identity().await.unwrap();
    let (ada, bob) = (device("ada", "d1"), device("bob", "d2"));
    let claim = Claim::Conversation("c1".into());
    let account = "a".into();
    assert_eq!(
        backend.claim(&account, &claim, &ada, ClaimKind::Made).await,
        Ok(ada.clone())
    );
    assert_eq!(
        backend.claim(&account, &claim, &bob, ClaimKind::Made).await,
        Ok(ada.clone())
    );
    let played = Claim::Consumer("ann".into());
    assert_eq!(
        backend
            .claim(&account, &played, &ada, ClaimKind::Made)
            .await,
        Ok(ada.clone())
    );
    assert_eq!(
        backend
            .claim(&account, &played, &bob, ClaimKind::Made)
            .await,
        Ok(bob.clone())
    );
    append(&backend, event("a", "c1", "one")).await;
    let known = backend.meet(&account, &ada, Role::Observer).await.unwrap();
    append(&backend, event("a", "c1", "two")).await;
    let cursors = vec![(Scope::Account, 7), (Scope::Conversation("c1".into()), 5)];
    backend
        .advance(&account, "d1", cursors.clone())
        .await
        .unwrap();
    // Never back.
    let back = vec![(Scope::Account, 3)];
    backend.advance(&account, "d1", back).await.unwrap();
    backend.close().await;
    drop((backend, changes));

    let opened = sqlite::open(folder.path(), Retention::default()).await;
    let (backend, mut changes) = opened.unwrap();
    let again = backend.identity().await.unwrap();
    assert_eq!((again.relay, again.path), (identity.relay, identity.path));
    assert!(again.key == identity.key && !again.key.reveal().is_empty());
    let mut claims = Vec::new();
    loop {
        match soon("the start", changes.recv()).await.unwrap() {
            Change::Claimed { claim, device, .. } => claims.push((claim, device)),
            Change::Current => break,
            other => panic!("{other:?}"),
        }
    }
    claims.sort();
    let wanted = vec![
        (claim, ada.clone()),
        (played.clone(), ada.clone()),
        (played, bob),
    ];
    assert_eq!(claims, wanted);
    assert_eq!(
        backend.meet(&account, &ada, Role::Observer).await.unwrap(),
        known
    );
    let mut found = backend.cursors(&account, "d1").await.unwrap();
    found.sort_by_key(|(_, seq)| std::cmp::Reverse(*seq));
    assert_eq!(found, cursors);
    backend.close().await;
}

#[tokio::test]
async fn a_damaged_row_costs_itself_alone() {
    let folder = tempfile::tempdir().unwrap();
    let opened = sqlite::open(folder.path(), Retention::default()).await;
    let (backend, changes) = opened.unwrap();
    let account = "a".into();
    let ada = device("ada", "d1");
    for id in ["c1", "c2", "c3"] {
        let claim = Claim::Conversation(id.into());
        backend
            .claim(&account, &claim, &ada, ClaimKind::Made)
            .await
            .unwrap();
        append(&backend, event("a", id, id)).await;
        let cursor = vec![(Scope::Conversation(id.into()), 1)];
        backend.advance(&account, "d1", cursor).await.unwrap();
        let issued = Issued {
            id: id.to_owned(),
            name: "ada".to_owned(),
            account: "a".into(),
            role: Role::Tester,
            made: 1,
            until: i64::MAX,
            revoked: false,
        };
        backend.keep_ticket(&issued).await.unwrap();
    }
    backend.close().await;
    drop((backend, changes));
    let db = rusqlite::Connection::open(folder.path().join("relay.db")).unwrap();
    db.execute_batch(
        "UPDATE claim SET device = CAST(x'ff' AS TEXT) WHERE what = 'c2';
         UPDATE event SET headers = x'00' WHERE conversation = 'c2';
         UPDATE cursor SET seq = 'many' WHERE conversation = 'c2';
         UPDATE ticket SET name = CAST(x'ff' AS TEXT) WHERE id = 'c2';",
    )
    .unwrap();
    drop(db);

    let opened = sqlite::open(folder.path(), Retention::default()).await;
    let (backend, mut changes) = opened.unwrap();
    let (mut claims, mut tickets) = (Vec::new(), Vec::new());
    loop {
        match soon("the start", changes.recv()).await.unwrap() {
            Change::Claimed { claim, .. } => claims.push(claim),
            Change::Ticket(ticket) => tickets.push(ticket.id),
            Change::Current => break,
            other => panic!("{other:?}"),
        }
    }
    claims.sort();
    let left = ["c1", "c3"].map(|id| Claim::Conversation(id.into()));
    assert_eq!(claims, left);
    assert_eq!(tickets, ["c1", "c3"]);
    assert_eq!(numbers(&backend, &Which::Account, 0).await, [1, 3]);
    let read = backend.read(&account, &Which::Account, 1, 1).await.unwrap();
    assert_eq!(
        read[0].seq, 3,
        "a page is not empty because of a damaged row"
    );
    assert_eq!(backend.cursors(&account, "d1").await.unwrap().len(), 2);
    backend.close().await;
}

#[tokio::test]
async fn one_relay_serves_a_state_and_its_books_stay_open_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let (backend, _changes) = sqlite::open(&state, Retention::default()).await.unwrap();
    let second = sqlite::open(&state, Retention::default())
        .await
        .err()
        .unwrap();
    assert!(matches!(second, Error::Lasting { .. }), "{second}");
    assert!(second.to_string().contains("another relay"), "{second}");
    let books = books(&state).await;
    let identity = books.identity().await.unwrap();
    assert_eq!(identity.relay, backend.identity().await.unwrap().relay);
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(state.clone()), mode(state.join("relay.db"))),
        (0o700, 0o600)
    );
    books.close().await;
    backend.close().await;
    drop(backend);
    assert!(sqlite::open(&state, Retention::default()).await.is_ok());
}

#[tokio::test]
async fn what_is_no_relays_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("relay.db");
    for content in [
        "no database, and long enough to be sure ".repeat(40),
        String::new(),
    ] {
        std::fs::write(&file, &content).unwrap();
        let opened = sqlite::open(folder.path(), Retention::default()).await;
        assert_eq!(opened.is_ok(), content.is_empty());
        if let Err(fault) = opened {
            assert!(fault.to_string().contains("--state"), "{fault}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
        }
    }
}

#[tokio::test]
async fn past_its_size_the_oldest_events_of_an_account_go() {
    let folder = tempfile::tempdir().unwrap();
    let retention = Retention {
        bytes: 100_000,
        ..Retention::default()
    };
    let (backend, mut changes) = sqlite::open(folder.path(), retention).await.unwrap();
    let taking = tokio::spawn(async move { while changes.recv().await.is_some() {} });
    let kept = append(&backend, event("b", "c1", "small")).await;
    let mut last = 0;
    for number in 0..30 {
        let body = format!("{number}{}", "x".repeat(10_000));
        last = append(&backend, event("a", "c1", &body)).await;
    }
    let left = numbers(&backend, &Which::Account, 0).await;
    assert!((8..=10).contains(&left.len()), "{left:?}");
    assert_eq!(left.last(), Some(&last));
    let other = backend
        .read(&"b".into(), &Which::Account, 0, 10)
        .await
        .unwrap();
    assert_eq!(other[0].seq, kept);
    assert_eq!(backend.newest(&"a".into()).await, Ok(last));
    // What went may come again; its number does not.
    let body = format!("0{}", "x".repeat(10_000));
    assert!(append(&backend, event("a", "c1", &body)).await > last);
    backend.close().await;
    taking.await.unwrap();
}

#[tokio::test]
async fn what_is_too_old_goes_at_the_next_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let (backend, _changes) = sqlite::open(folder.path(), Retention::default())
        .await
        .unwrap();
    let mut old = event("a", "c1", "old");
    old.request.at = Timestamp(clock::unix_millis() - 73 * 60 * 60 * 1000);
    append(&backend, old).await;
    let new = append(&backend, event("a", "c1", "new")).await;
    assert_eq!(numbers(&backend, &Which::Account, 0).await.len(), 2);
    backend.close().await;
    drop(backend);
    // The first look after a start sweeps too.
    let (backend, _changes) = sqlite::open(folder.path(), Retention::default())
        .await
        .unwrap();
    soon("the sweep", async {
        while numbers(&backend, &Which::Account, 0).await != [new] {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    backend.close().await;
}
