//! Notifications as no cloud should post them, through the whole program: its
//! real listener, journal, engine and screen in a pseudo-terminal. Every signed
//! one is answered 200 and kept byte for byte, the phone goes on working, and
//! nothing of a body reaches the terminal but as glyphs.

mod bodies;
mod output;

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use handset::domain::{
    secret::Secret,
    signature::{Algorithm, sign},
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use rusqlite::{Connection, OpenFlags};
use tempfile::tempdir;

use crate::{
    phone::cloud::{Cloud, HOOK_PATH},
    support::{http::Peer, pty::Terminal},
};

/// How many bodies are made up, besides the fixtures as they are.
const BODIES: usize = 3_000;
/// A text of the consumer, and a look around, after so many of them.
const ROUND: usize = 100;
const PATIENCE: Duration = crate::support::LIMIT;
/// Between two looks into the journal.
const LOOK: Duration = Duration::from_millis(10);

/// What a person does meanwhile: pages, selects bubbles, opens their content.
const KEYS: [&str; 6] = [
    "\u{1b}[5~",
    "\u{1b}[1;5A",
    "\u{1b}[20~",
    ESCAPE,
    "\u{1b}[A",
    "\u{1b}[1;5F",
];
/// The key as terminals with the keyboard protocol send it: it cannot be taken for the
/// beginning of another.
const ESCAPE: &str = "\u{1b}[27u";

/// One value of the journal while the phone writes it.
fn kept<T: rusqlite::types::FromSql>(journal: &Path, query: &str, of: &str) -> Option<T> {
    let db = Connection::open_with_flags(journal, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    db.busy_timeout(PATIENCE).unwrap();
    db.query_row(query, [of], |row| row.get(0)).unwrap()
}

/// Waits until the consumer's text is in the journal, sent or not.
fn wait_for_text(terminal: &Terminal, journal: &Path, text: &str) {
    let deadline = Instant::now() + PATIENCE;
    let query = "SELECT count(*) FROM item WHERE data ->> '$.body.who' = 'mine'
        AND data ->> '$.body.content.text' = ?1";
    while kept::<u32>(journal, query, text) != Some(1) {
        let screen = || terminal.screen();
        assert!(
            Instant::now() < deadline,
            "{text:?} was not taken:\n{}",
            screen()
        );
        thread::sleep(LOOK);
    }
}

/// The request the cloud would post this body with.
fn request(cloud: &Cloud, body: &[u8]) -> Vec<u8> {
    let signature = sign(Algorithm::Sha1, &Secret::new(cloud.secret()), body);
    let mut request = format!(
        "POST {HOOK_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
         x-liveperson-account-id: {}\r\nx-liveperson-client-id: {}\r\n\
         x-liveperson-signature: {signature}\r\nContent-Length: {}\r\n\r\n",
        cloud.account(),
        cloud.client(),
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// Writes a text, which must be taken whatever came before.
fn write(terminal: &mut Terminal, journal: &Path, text: &str) {
    // Back from wherever the keys led, over the wire, with nothing written.
    terminal.press(&ESCAPE.repeat(6));
    terminal.press("\t");
    terminal.wait("the wire", |screen| screen.contains("Tab phone"));
    for _ in 0..ROUND / 4 {
        terminal.press("\u{1b}[A");
    }
    terminal.press("\t");
    terminal.wait("the phone", |screen| screen.contains("Tab wire"));
    terminal.press("\u{1}\u{7f}");
    terminal.wait("the composer", |screen| screen.contains("Write a message"));
    terminal.press(&format!("{text}\r"));
    terminal.wait("the text gone", |screen| screen.contains("Write a message"));
    wait_for_text(terminal, journal, text);
}

#[test]
fn whatever_the_cloud_posts_is_kept_and_never_obeyed() {
    let data = tempdir().unwrap();
    let cloud = Cloud::start();
    let mut terminal = cloud.phone_of(data.path(), (140, 40), &[], &[]);
    terminal.wait_text("this is Riley");
    let journal = cloud.journal(data.path());
    let state = |path: &str| {
        let query = "SELECT state ->> ?1 FROM thread";
        kept::<String>(&journal, query, path).unwrap()
    };
    let (conversation, me) = (state("$.rooms[0].id"), state("$.me"));

    let fixtures = bodies::fixtures(&conversation, &me);
    let mut posted = fixtures.clone();
    let mut runner = TestRunner::deterministic();
    for _ in 0..BODIES {
        let hostile = bodies::hostile().new_tree(&mut runner).unwrap().current();
        posted.push(hostile.body(&fixtures));
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut peer = runtime.block_on(Peer::connect(cloud.bind()));
    for (number, body) in posted.iter().enumerate() {
        let answer = runtime.block_on(async {
            peer.write(&request(&cloud, body)).await;
            peer.answer().await
        });
        let body = || String::from_utf8_lossy(body);
        assert_eq!(
            answer.map(|answer| answer.status),
            Some(200),
            "{number}: {}",
            body()
        );
        terminal.press(KEYS[number % KEYS.len()]);
        if number % ROUND == 0 {
            write(&mut terminal, &journal, &format!("still here {number}"));
        }
    }
    write(&mut terminal, &journal, "and at the end");
    terminal.press("\u{11}");
    assert!(terminal.ended().success());

    let db = Connection::open(&journal).unwrap();
    let mut query = db
        .prepare("SELECT body FROM hook WHERE verdict = 'valid' AND status = 200 ORDER BY id")
        .unwrap();
    let rows = query.query_map((), |row| row.get::<_, Vec<u8>>(0)).unwrap();
    let mut rows = rows.map(Result::unwrap);
    for (number, body) in posted.iter().enumerate() {
        // What the cloud itself posted stands between ours.
        let is_there = rows.any(|row| row == *body);
        assert!(is_there, "{number}: {}", String::from_utf8_lossy(body));
    }
    let raw = terminal.raw();
    let (glyphs, orders) = output::taken_apart(&raw).unwrap();
    assert!(
        glyphs > 10_000 && orders > 1_000,
        "{glyphs} glyphs, {orders} orders"
    );
    let is_shown = String::from_utf8_lossy(&raw).contains(bodies::MARK);
    assert!(is_shown, "nothing hostile was ever on the screen");
}

#[test]
fn orders_of_a_body_would_be_found_in_the_output() {
    for order in bodies::ORDERS {
        assert!(output::taken_apart(order.as_bytes()).is_err(), "{order:?}");
    }
}
