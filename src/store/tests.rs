//! What a refused commit does; the rest is tested on the outside, in `tests/it/journal.rs`.

use bytes::Bytes;

use crate::{
    domain::{
        inbound::{Request, Verdict},
        time::Timestamp,
    },
    store::{Error, Journal, Start},
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

#[tokio::test]
async fn a_full_disk_refuses_one_and_spares_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let (journal, mut feed) = Journal::open(&file, Start::Cursor).await.unwrap();
    leave_room(&journal, 20).await;
    // The thread is held until all three wait, so that it tries them in one transaction.
    let (busy, is_busy) = tokio::sync::oneshot::channel();
    let (release, released) = std::sync::mpsc::channel();
    let holding = tokio::spawn({
        let journal = journal.clone();
        async move {
            let hold = move |_: &rusqlite::Connection| {
                busy.send(()).unwrap();
                released.recv().unwrap();
                Ok(())
            };
            journal.read(hold).await.unwrap();
        }
    });
    is_busy.await.unwrap();
    let small = |length| journal.hook(request(length), Verdict::Valid, 200);
    let large = journal.hook(request(500_000), Verdict::Valid, 200);
    let (first, refused, second, ()) = tokio::join!(small(10), large, small(20), async {
        release.send(()).unwrap();
    });
    holding.await.unwrap();
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(matches!(refused, Err(Error::Write { .. })));
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
