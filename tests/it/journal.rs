//! The journal through its handle, on real files.

mod phones;

use std::{future::poll_fn, path::PathBuf, sync::Arc, task::Poll};

use bytes::Bytes;
use handset::{
    domain::{
        exchange::{Cause, EntryKind, Exchange},
        ids::{EntryId, PhoneId, RequestId, Sequence},
        inbound::{Hook, Request, Verdict},
        signature::Mismatch,
        time::Timestamp,
    },
    store::{Error, Feed, Journal, Save, Start},
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::{hooks::message, soon};

/// A place for a journal that lives as long as the test.
struct Home {
    _folder: TempDir,
    file: PathBuf,
}

fn place() -> Home {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deep/er/journal.db");
    Home {
        _folder: folder,
        file,
    }
}

async fn open(place: &Home, start: Start) -> (Journal, Feed) {
    Journal::open(&place.file, start).await.unwrap()
}

fn request(body: impl Into<Bytes>) -> Request {
    Request {
        at: Timestamp(1_722_500_061_200),
        headers: vec![
            ("x-shop".into(), "eu".into()),
            ("x-shop".into(), "ü".into()),
        ],
        body: body.into(),
    }
}

async fn add(journal: &Journal, sequence: Sequence) -> EntryId {
    let request = request(message(sequence));
    journal.hook(request, Verdict::Valid, 200).await.unwrap()
}

async fn next(feed: &mut Feed) -> (EntryId, Arc<Hook>) {
    soon("the feed", feed.recv()).await.unwrap().unwrap()
}

async fn next_sequence(feed: &mut Feed) -> Sequence {
    next(feed).await.1.sequence.unwrap()
}

fn exchange(serial: u64) -> Exchange {
    Exchange {
        serial,
        phone: Some(PhoneId(3)),
        cause: Some(Cause::Request(RequestId(4))),
        conversation: None,
        purpose: "ms.PublishEvent text".into(),
        method: "POST".into(),
        url: "http://127.0.0.1:1/api".into(),
        headers: vec![("Authorization".into(), "…".into())],
        body: Bytes::from_static(b"{\"a\":1}"),
        attempt: 2,
        started: Timestamp(1_722_500_061_200),
        outcome: None,
    }
}

#[tokio::test]
async fn a_webhook_is_fed_and_read_back_as_it_came() {
    let place = place();
    let (journal, mut feed) = open(&place, Start::Cursor).await;
    let request = request(&b"\xff\x00 not json"[..]);
    let id = journal
        .hook(request.clone(), Verdict::Invalid(Mismatch::Secret), 401)
        .await
        .unwrap();
    let (number, hook) = next(&mut feed).await;
    assert_eq!(number, id);
    assert_eq!(
        *hook,
        Hook::read(request, Verdict::Invalid(Mismatch::Secret), 401)
    );
    let second = add(&journal, 7).await;
    assert!(second > id);
    let (_, valid) = next(&mut feed).await;
    let entries = journal.entries(None, 10).await.unwrap();
    let ids: Vec<_> = entries.iter().map(|entry| entry.id).collect();
    assert_eq!(ids, [second, id]);
    assert_eq!(entries[0].kind, EntryKind::Hook((*valid).clone()));
    assert_eq!(entries[1].kind, EntryKind::Hook((*hook).clone()));
}

#[tokio::test]
async fn a_reader_that_has_stopped_delays_nobody_and_misses_nothing() {
    let place = place();
    let (journal, mut feed) = open(&place, Start::Cursor).await;
    // Ten times what the queue holds, with nobody reading.
    soon("answers without a reader", async {
        for sequence in 0..2_560 {
            add(&journal, sequence).await;
        }
    })
    .await;
    // It reads some, falls behind again while it catches up, and ends level.
    for sequence in 0..1_000 {
        assert_eq!(next_sequence(&mut feed).await, sequence);
    }
    for sequence in 2_560..4_000 {
        add(&journal, sequence).await;
    }
    for sequence in 1_000..4_000 {
        assert_eq!(next_sequence(&mut feed).await, sequence);
    }
    assert!(feed.recv_ready().await.unwrap().is_none());
    add(&journal, 4_000).await;
    assert_eq!(next_sequence(&mut feed).await, 4_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_and_a_slow_reader_agree_on_the_order() {
    let place = place();
    let (journal, mut feed) = open(&place, Start::Cursor).await;
    let writers: Vec<_> = (0..4_u64)
        .map(|writer| {
            let journal = journal.clone();
            tokio::spawn(async move {
                for n in 0..750 {
                    let sequence = writer * 1_000 + n;
                    if n % 100 == 99 {
                        // Too large for the queue: always read from the journal.
                        let mut body = message(sequence);
                        body.push_str(&" ".repeat(100 * 1024));
                        let request = request(body);
                        journal.hook(request, Verdict::Valid, 200).await.unwrap();
                    } else {
                        add(&journal, sequence).await;
                    }
                }
            })
        })
        .collect();
    let mut last = EntryId(0);
    let mut of_writer = [0; 4];
    for _ in 0..3_000 {
        // Every receive is tried once and given up if it has to wait: nothing is lost by that.
        let tried = {
            let mut receiving = Box::pin(feed.recv());
            poll_fn(|cx| Poll::Ready(receiving.as_mut().poll(cx))).await
        };
        let (id, hook) = match tried {
            Poll::Ready(received) => received.unwrap().unwrap(),
            Poll::Pending => next(&mut feed).await,
        };
        assert!(id > last, "{id:?} after {last:?}");
        last = id;
        let sequence = hook.sequence.unwrap();
        let writer = usize::try_from(sequence / 1_000).unwrap();
        assert_eq!(sequence % 1_000, of_writer[writer]);
        of_writer[writer] += 1;
    }
    for writer in writers {
        writer.await.unwrap();
    }
}

#[tokio::test]
async fn what_was_not_applied_before_a_crash_comes_first() {
    let place = place();
    let (journal, mut feed) = open(&place, Start::Cursor).await;
    for sequence in 0..5 {
        add(&journal, sequence).await;
    }
    let mut cursor = None;
    for _ in 0..3 {
        cursor = Some(next(&mut feed).await.0);
    }
    let save = Save {
        cursor,
        ..Save::default()
    };
    journal.save(save).await.unwrap();
    journal.close().await;
    assert!(feed.recv().await.unwrap().is_some());
    assert!(feed.recv().await.unwrap().is_some());
    assert!(feed.recv().await.unwrap().is_none());

    let (journal, mut feed) = open(&place, Start::Cursor).await;
    assert_eq!(journal.restore().await.unwrap().cursor, cursor);
    assert_eq!(next_sequence(&mut feed).await, 3);
    add(&journal, 5).await;
    assert_eq!(next_sequence(&mut feed).await, 4);
    assert_eq!(next_sequence(&mut feed).await, 5);
    journal.close().await;

    let (journal, mut feed) = open(&place, Start::Newest).await;
    add(&journal, 6).await;
    assert_eq!(next_sequence(&mut feed).await, 6);
    journal.close().await;

    let (_journal, mut feed) = open(&place, Start::After(cursor.unwrap())).await;
    assert_eq!(next_sequence(&mut feed).await, 3);
}

#[tokio::test]
async fn a_journal_belongs_to_one_at_a_time() {
    let place = place();
    let (journal, mut feed) = open(&place, Start::Cursor).await;
    let second = Journal::open(&place.file, Start::Cursor).await;
    let Err(error @ Error::Locked { .. }) = second.map(drop) else {
        panic!("opened twice");
    };
    let shown = place.file.display().to_string();
    assert!(error.to_string().contains(&shown), "{error}");
    let clone = journal.clone();
    journal.close().await;
    assert!(matches!(clone.get("k").await, Err(Error::Closed)));
    assert!(feed.recv().await.unwrap().is_none());
    // A call after the end has a number and is not kept.
    clone.call(exchange(1)).await;
    drop(open(&place, Start::Cursor).await);
    // Without `close` the thread ends with the last handle, and lets go of the file.
    soon("the lock", async {
        while Journal::open(&place.file, Start::Cursor).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_no_journal_is_refused_and_left_alone() {
    let place = place();
    std::fs::create_dir_all(place.file.parent().unwrap()).unwrap();
    let refused = async || {
        let opened = Journal::open(&place.file, Start::Cursor).await;
        opened.map(drop).unwrap_err()
    };

    std::fs::write(
        &place.file,
        "a letter to my aunt, long enough to be one".repeat(100),
    )
    .unwrap();
    let before = std::fs::read(&place.file).unwrap();
    assert!(matches!(refused().await, Error::Unreadable { .. }));
    assert_eq!(std::fs::read(&place.file).unwrap(), before);

    std::fs::remove_file(&place.file).unwrap();
    let other = Connection::open(&place.file).unwrap();
    other.execute_batch("CREATE TABLE recipe (name)").unwrap();
    drop(other);
    assert!(matches!(refused().await, Error::Foreign { .. }));

    std::fs::remove_file(&place.file).unwrap();
    open(&place, Start::Cursor).await.0.close().await;
    let newer = Connection::open(&place.file).unwrap();
    newer.pragma_update(None, "user_version", 999).unwrap();
    drop(newer);
    let error = refused().await;
    assert!(matches!(error, Error::Newer { found: 999, .. }), "{error}");

    let under_a_file = place.file.join("journal.db");
    let opened = Journal::open(&under_a_file, Start::Cursor).await;
    assert!(matches!(opened.map(drop), Err(Error::Folder { .. })));
}

#[tokio::test]
async fn the_log_is_folded_in_time_and_gone_in_the_end() {
    let place = place();
    let (journal, _feed) = open(&place, Start::Newest).await;
    let log = place.file.with_file_name("journal.db-wal");
    let body = Bytes::from(vec![b'x'; 1024 * 1024]);
    for _ in 0..120 {
        let request = request(body.clone());
        journal.hook(request, Verdict::Valid, 200).await.unwrap();
    }
    // Once all of it is folded, the next commit begins the log anew and cuts it back.
    soon("the log to be cut back", async {
        while log.metadata().unwrap().len() > 16 * 1024 * 1024 {
            add(&journal, 1).await;
        }
    })
    .await;
    journal.close().await;
    assert!(!log.exists());
    assert!(place.file.metadata().unwrap().len() > 120 * 1024 * 1024);
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_a_journal() {
    use std::os::unix::fs::PermissionsExt;
    let place = place();
    let (journal, _feed) = open(&place, Start::Cursor).await;
    add(&journal, 1).await;
    let folder = place.file.parent().unwrap();
    assert_eq!(
        folder.metadata().unwrap().permissions().mode() & 0o777,
        0o700
    );
    for file in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.path());
    }
}
