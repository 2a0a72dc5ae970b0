//! What a failed commit does, how much is stored of rejected requests, and that events of a relay
//! are stored once; the rest is tested on the outside, in `tests/it/journal.rs`.

use bytes::Bytes;

use crate::{
    domain::{
        exchange::EntryKind,
        ids::EntryId,
        inbound::{Hook, Request, Verdict},
        relay::{Origin, Scope},
        signature::Mismatch,
        time::Timestamp,
    },
    store::{
        Arrived, Error, Journal, Save, Start,
        rejected::{BYTES, ROWS},
    },
};

fn request(length: usize) -> Request {
    Request {
        at: Timestamp(1),
        headers: Vec::new(),
        body: Bytes::from(vec![b'x'; length]),
    }
}

/// Lets the file grow by so many pages and no further, as a full disk would.
async fn leave_room(journal: &Journal, pages: i64) {
    journal
        .read(move |db| {
            let used: i64 = db.query_row("PRAGMA page_count", (), |row| row.get(0))?;
            db.query_row(
                &format!("PRAGMA max_page_count = {}", used + pages),
                (),
                |_| Ok(()),
            )
        })
        .await
        .unwrap();
}

/// Keeps the journal's thread busy until the first of the two is told.
async fn hold(journal: &Journal) -> (std::sync::mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (busy, is_busy) = tokio::sync::oneshot::channel();
    let (release, released) = std::sync::mpsc::channel();
    let journal = journal.clone();
    let holding = tokio::spawn(async move {
        let hold = move |_: &rusqlite::Connection| {
            busy.send(()).unwrap();
            released.recv().unwrap();
            Ok(())
        };
        journal.read(hold).await.unwrap();
    });
    is_busy.await.unwrap();
    (release, holding)
}

#[tokio::test]
async fn a_full_disk_refuses_one_and_spares_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let (journal, mut feed) = Journal::open(&file, Start::Cursor).await.unwrap();
    leave_room(&journal, 20).await;
    // The thread is held until all three wait, so that it tries them in one transaction.
    let (release, holding) = hold(&journal).await;
    let small = |length| journal.hook(request(length), Verdict::Valid, 200);
    let large = journal.hook(request(500_000), Verdict::Valid, 200);
    let (first, refused, second, ()) = tokio::join!(small(10), large, small(20), async {
        release.send(()).unwrap();
    });
    holding.await.unwrap();
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(matches!(refused, Err(Error::Full { .. })));
    assert!(second > first);
    for (id, length) in [(first, 10), (second, 20)] {
        let (number, hook) = feed.recv().await.unwrap().unwrap();
        assert_eq!((number, hook.request.body.len()), (id, length));
    }
    assert!(feed.recv_ready().await.unwrap().is_none());
}

#[tokio::test]
async fn trouble_is_told_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let (journal, _feed) = Journal::open(&file, Start::Cursor).await.unwrap();
    let mut trouble = journal.trouble();
    leave_room(&journal, 0).await;
    let refused = journal.hook(request(100_000), Verdict::Valid, 200).await;
    let error = refused.unwrap_err().to_string();
    assert!(
        error.contains("journal.db") && error.contains("full"),
        "{error}"
    );
    trouble.changed().await.unwrap();
    assert!(trouble.borrow_and_update().is_some());
    leave_room(&journal, 1_000).await;
    journal
        .hook(request(100_000), Verdict::Valid, 200)
        .await
        .unwrap();
    trouble.changed().await.unwrap();
    assert!(trouble.borrow().is_none());
}

/// Every webhook request in a journal, newest first.
async fn hooks(journal: &Journal) -> Vec<Hook> {
    let (mut hooks, mut before) = (Vec::new(), None);
    loop {
        let page = journal.entries(before, 500).await.unwrap();
        let Some(last) = page.last() else {
            return hooks;
        };
        before = Some(last.id);
        for entry in page {
            let EntryKind::Hook(hook) = entry.kind else {
                panic!("a call from nowhere");
            };
            hooks.push(hook);
        }
    }
}

#[tokio::test]
async fn refused_requests_cannot_fill_the_disk() {
    const LARGE: usize = 64 * 1024;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    // More than there is room for, over a restart, with one of the cloud's among every four.
    for run in 1..=2 {
        let (journal, mut feed) = Journal::open(&file, Start::Newest).await.unwrap();
        for n in 0..BYTES / LARGE {
            let verdict = match n % 4 {
                0 => Verdict::Valid,
                1 => Verdict::Unsigned,
                _ => Verdict::Invalid(Mismatch::Secret),
            };
            let length = if n % 4 == 0 { 1 } else { LARGE };
            let id = journal.hook(request(length), verdict, 401).await.unwrap();
            // Kept or not, each is handed on.
            assert_eq!(feed.recv().await.unwrap().unwrap().0, id);
        }
        let hooks = hooks(&journal).await;
        let (valid, refused): (Vec<_>, Vec<_>) = hooks
            .iter()
            .partition(|hook| hook.verdict == Verdict::Valid);
        assert_eq!(valid.len(), run * BYTES / LARGE / 4);
        let bytes: usize = refused.iter().map(|hook| hook.request.body.len()).sum();
        assert!(bytes <= BYTES && (run == 1 || bytes > BYTES - 2 * LARGE));
        journal.close().await;
        assert!(std::fs::metadata(&file).unwrap().len() < (BYTES * 5 / 4) as u64);
    }
}

#[tokio::test]
async fn small_refused_requests_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let (journal, mut feed) = Journal::open(&file, Start::Newest).await.unwrap();
    let first = journal.hook(request(1), Verdict::Valid, 200).await.unwrap();
    let (mut last, mut listed) = (first, 0);
    for _ in 0..3 {
        let posts = (0..ROWS / 2).map(|_| journal.hook(request(1), Verdict::Unsigned, 401));
        for id in futures_util::future::join_all(posts).await {
            last = last.max(id.unwrap());
        }
        // What was not read in memory comes from the file.
        while let Some((id, _)) = feed.recv_ready().await.unwrap() {
            assert!(id <= last);
            listed += 1;
        }
    }
    assert_eq!(listed, 1 + 3 * (ROWS / 2));
    assert_eq!(hooks(&journal).await.len(), ROWS + 1);
    journal.close().await;
    let (journal, _feed) = Journal::open(&file, Start::Newest).await.unwrap();
    let next = journal.hook(request(1), Verdict::Unsigned, 401).await;
    assert!(next.unwrap() > last, "a number is given twice");
    assert_eq!(hooks(&journal).await.len(), ROWS + 1);
}

#[tokio::test]
async fn what_nobody_waited_for_says_503() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let (journal, mut feed) = Journal::open(&file, Start::Cursor).await.unwrap();
    let (release, holding) = hold(&journal).await;
    let mut early = Box::pin(journal.hook(request(1), Verdict::Valid, 200));
    let mut late = Box::pin(journal.hook(request(2), Verdict::Valid, 200));
    assert!(futures_util::poll!(&mut early).is_pending());
    assert!(futures_util::poll!(&mut late).is_pending());
    // One is given up before it is committed, one after that, but before it heard of it.
    drop(early);
    release.send(()).unwrap();
    holding.await.unwrap();
    assert_eq!(feed.recv().await.unwrap().unwrap().1.status, 503);
    assert_eq!(feed.recv().await.unwrap().unwrap().1.status, 200);
    drop(late);
    journal.hook(request(3), Verdict::Valid, 200).await.unwrap();
    let statuses: Vec<_> = hooks(&journal)
        .await
        .iter()
        .map(|hook| (hook.request.body.len(), hook.status))
        .collect();
    assert_eq!(statuses, [(3, 200), (2, 503), (1, 503)]);
}

fn origin(scope: &Scope, after: u64, seq: u64) -> Origin {
    Origin {
        relay: "relay".to_owned(),
        account: "55512300".into(),
        scope: scope.clone(),
        seq,
        after,
    }
}

async fn relayed(journal: &Journal, scope: &Scope, after: u64, seq: u64) -> Arrived {
    let origin = origin(scope, after, seq);
    let receipt = journal.relayed(request(1), Verdict::Valid, 200, origin);
    receipt.await.unwrap().arrived().await.unwrap()
}

#[tokio::test]
async fn an_event_of_a_relay_is_kept_once_and_after_those_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let (journal, _feed) = Journal::open(&path, Start::Newest).await.unwrap();
    let [one, other] = ["c1", "c2"].map(|id| Scope::Conversation(id.into()));
    assert_eq!(
        relayed(&journal, &one, 0, 3).await,
        Arrived::Stored(EntryId(1))
    );
    assert_eq!(
        relayed(&journal, &other, 0, 2).await,
        Arrived::Stored(EntryId(2))
    );
    assert_eq!(relayed(&journal, &one, 0, 3).await, Arrived::Had);
    // The one numbered 4 got lost on the way; a fresh link begins without anything before it.
    assert_eq!(relayed(&journal, &one, 4, 7).await, Arrived::Behind);
    assert_eq!(
        relayed(&journal, &one, 0, 4).await,
        Arrived::Stored(EntryId(3))
    );
    journal.close().await;
    let (journal, _feed) = Journal::open(&path, Start::Newest).await.unwrap();
    assert_eq!(relayed(&journal, &one, 0, 4).await, Arrived::Had);
    assert_eq!(
        relayed(&journal, &one, 4, 7).await,
        Arrived::Stored(EntryId(4))
    );
    assert_eq!(
        relayed(&journal, &Scope::Account, 0, 1).await,
        Arrived::Stored(EntryId(5))
    );
    assert_eq!(journal.entries(None, 10).await.unwrap().len(), 5);
    let device = journal.device().await.unwrap();
    journal.close().await;
    let (journal, _feed) = Journal::open(&path, Start::Newest).await.unwrap();
    assert_eq!(journal.device().await.unwrap(), device);
}

#[tokio::test]
async fn what_a_full_disk_refused_is_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let (journal, mut feed) = Journal::open(&path, Start::Newest).await.unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON hook WHEN octet_length(new.body) > 9
        BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch(refuse).unwrap();
    // The second is too large, and the third would have room.
    let mut receipts = Vec::new();
    for (length, after, seq) in [(1, 0, 1), (10, 1, 2), (1, 2, 3)] {
        let origin = origin(&Scope::Account, after, seq);
        let receipt = journal.relayed(request(length), Verdict::Valid, 200, origin);
        receipts.push(receipt.await.unwrap());
    }
    let mut became = Vec::new();
    for receipt in receipts {
        became.push(receipt.arrived().await);
    }
    assert!(
        matches!(
            &became[..],
            [
                Ok(Arrived::Stored(_)),
                Err(Error::Write { .. }),
                Ok(Arrived::Behind)
            ]
        ),
        "{became:?}"
    );
    other.execute_batch("DROP TRIGGER refuse").unwrap();
    for (seq, expected) in [(1, false), (2, true), (3, true)] {
        let arrived = relayed(&journal, &Scope::Account, 0, seq).await;
        assert_eq!(matches!(arrived, Arrived::Stored(_)), expected, "{seq}");
    }
    for _ in 0..3 {
        assert!(feed.recv().await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_list_goes_on_after_the_last_one_listed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let (journal, _feed) = Journal::open(&path, Start::Newest).await.unwrap();
    journal.hook(request(1), Verdict::Valid, 200).await.unwrap();
    journal.close().await;
    // Never listed before: what is there already is not news, and what comes from now on is.
    let (journal, _feed) = Journal::open(&path, Start::Listed).await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..3 {
        let kept = journal.hook(request(1), Verdict::Valid, 200).await;
        ids.push(kept.unwrap());
    }
    journal.close().await;
    let (journal, mut feed) = Journal::open(&path, Start::Listed).await.unwrap();
    let (first, _) = feed.recv().await.unwrap().unwrap();
    assert_eq!(first, ids[0]);
    let save = Save {
        cursor: Some(first),
        ..Save::default()
    };
    journal.save(save).await.unwrap();
    journal.close().await;
    let (_journal, mut feed) = Journal::open(&path, Start::Listed).await.unwrap();
    assert_eq!(feed.recv().await.unwrap().unwrap().0, ids[1]);
}
