//! That reads never outnumber their limit.

use std::sync::mpsc::channel;

use crate::relay::sqlite::*;

#[tokio::test(start_paused = true)]
async fn a_read_that_took_too_long_keeps_its_turn_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Arc::new(Sqlite::start(folder.path(), None).unwrap());
    let (begun, begins) = channel();
    let mut ends = Vec::new();
    let mut reads = Vec::new();
    for _ in 0..READERS {
        let (end, ended) = channel::<()>();
        ends.push(end);
        let (sqlite, begun) = (Arc::clone(&sqlite), begun.clone());
        let read = move |_: &Connection| {
            begun.send(()).unwrap();
            // Ends when the sender is dropped.
            let _ = ended.recv();
            Ok(())
        };
        reads.push(tokio::spawn(
            async move { sqlite.read_on("read", read).await },
        ));
    }
    for _ in 0..READERS {
        while begins.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
    }
    tokio::time::advance(WITHIN_TABLES).await;
    for read in reads {
        assert!(read.await.unwrap().is_err(), "nobody waits for it any more");
    }
    assert_eq!(sqlite.readers.available_permits(), 0);
    drop(ends);
    while sqlite.readers.available_permits() < READERS {
        tokio::task::yield_now().await;
    }
    assert!(sqlite.read_on("read", |_| Ok(())).await.is_ok());
}
