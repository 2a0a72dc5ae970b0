//! What a commit that fails does, on a file that cannot grow, as on a full disk.

use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::{
    domain::{
        ids::{AccountId, ClientId, ConversationId, ParticipantId},
        secret::Secret,
        time::Timestamp,
    },
    rt::sqlite::{Queue, channel},
    sandbox::{
        model::{
            App, Cloud,
            amend::{Stored, Touched},
            files::File,
            notify::{EventType, Notification},
            people::Consumer,
        },
        store::{
            BATCH, load, schema,
            thread::{Memory, Row, StateFileThread, WriteJob},
        },
    },
};

/// A cloud that is put right, and nothing more.
#[derive(Debug)]
struct PlainMemory(Mutex<Cloud>);

impl Memory for PlainMemory {
    fn amend(&self, read: &mut dyn FnMut() -> Option<(Touched, Stored)>) {
        let mut cloud = self.0.lock().unwrap();
        if let Some((touched, stored)) = read() {
            cloud.amend(&touched, stored);
        }
    }
}

fn cloud() -> Cloud {
    let app = App {
        client: ClientId::from("app"),
        secret: Secret::new("made-up"),
        scope: "msg.consumer".to_owned(),
    };
    Cloud::new(AccountId::from("1"), app, fastrand::Rng::with_seed(1))
}

fn consumer(id: &str, times: usize) -> Row {
    let consumer = Consumer::new(ParticipantId::from(id), &id.repeat(times));
    let printed = serde_json::to_string(&consumer).unwrap();
    Row::Consumer(consumer.id, printed)
}

fn file(path: &str, size: usize) -> Row {
    let file = File {
        owner: ParticipantId::from("ada"),
        readers: [].into(),
        media: "image/png".to_owned(),
        bytes: Bytes::from(vec![0; size]),
        number: 1,
    };
    Row::File(path.to_owned(), file)
}

/// Lets the file grow by so many pages and no further.
fn leave_room(connection: &Connection, pages: i64) {
    let used: i64 = connection
        .query_row("PRAGMA page_count", (), |row| row.get(0))
        .unwrap();
    let limit = format!("PRAGMA max_page_count = {}", used + pages);
    connection.query_row(&limit, (), |_| Ok(())).unwrap();
}

type Outcomes = Arc<Mutex<Vec<(usize, bool)>>>;

/// Jobs of these rows that wait together, with what becomes of each.
fn waiting(jobs: Vec<Vec<Row>>) -> (Queue<StateFileThread>, Outcomes) {
    let room = Arc::new(Semaphore::new(jobs.len()));
    let (writer, queue) = channel(jobs.len());
    let outcomes = Outcomes::default();
    for (number, rows) in jobs.into_iter().enumerate() {
        let seen = outcomes.clone();
        let job = WriteJob {
            rows,
            then: Box::new(move |outcome| seen.lock().unwrap().push((number, outcome.is_ok()))),
            permit: room.clone().try_acquire_owned().unwrap(),
        };
        assert!(writer.try_submit(job));
    }
    (queue, outcomes)
}

fn write(
    connection: Connection,
    memory: Option<Arc<dyn Memory>>,
    jobs: Vec<Vec<Row>>,
) -> Vec<(usize, bool)> {
    let (jobs, outcomes) = waiting(jobs);
    let place = OnceLock::new();
    if let Some(memory) = memory {
        place.set(memory).unwrap();
    }
    jobs.run(BATCH, connection, StateFileThread::new(Arc::new(place)));
    Arc::try_unwrap(outcomes).unwrap().into_inner().unwrap()
}

#[test]
fn a_bad_job_fails_alone_with_those_that_rest_on_it_and_memory_is_as_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    let connection = schema::open(&path).unwrap();
    leave_room(&connection, 20);
    // Memory as the calls left it, before anything of it was written.
    let mut held = cloud();
    let mut changes = crate::sandbox::model::changes::Changes::default();
    for name in ["early", "late"] {
        held.sign_up(name, &mut changes);
    }
    held.restore(
        vec![Consumer::new(ParticipantId::from("both"), "changed twice")],
        Vec::new(),
    );
    let held = Arc::new(PlainMemory(Mutex::new(held)));
    let outcomes = write(
        connection,
        Some(held.clone()),
        vec![
            vec![consumer("early", 1)],
            vec![file("/too-large", 1024 * 1024), consumer("both", 1)],
            vec![consumer("both", 2)],
            vec![Row::Chance(7)],
            vec![],
            vec![consumer("late", 1)],
        ],
    );
    let expected = [true, false, false, true, false, true];
    let expected: Vec<_> = expected.into_iter().enumerate().collect();
    assert_eq!(outcomes, expected, "in the order they were handed in");
    let held = held.0.lock().unwrap();
    assert!(held.consumer(&ParticipantId::from("both")).is_none());
    assert!(held.file("/too-large").is_none());
    let again = schema::open(&path).unwrap();
    let all = Touched {
        all: true,
        ..Touched::default()
    };
    let stored = load::stored(&again, &all).unwrap();
    let mut names: Vec<_> = stored.consumers.iter().map(|one| one.id.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["early", "late"]);
    assert!(stored.files.is_empty());
}

#[test]
fn a_commit_that_fails_after_all_rows_fails_for_its_job_alone_and_memory_is_as_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    let connection = schema::open(&path).unwrap();
    // Every row is accepted, and the commit fails: what is wrong is found no earlier.
    connection
        .execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TABLE parent (id INTEGER PRIMARY KEY);
             CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER spoil AFTER INSERT ON consumer WHEN NEW.id = 'spoilt' BEGIN
                 INSERT INTO child VALUES (1);
             END;",
        )
        .unwrap();
    let names = ["early", "spoilt", "late"];
    let mut held = cloud();
    let consumers = names.map(|name| Consumer::new(ParticipantId::from(name), name));
    held.restore(consumers.to_vec(), Vec::new());
    let held = Arc::new(PlainMemory(Mutex::new(held)));
    let jobs = Vec::from(names.map(|name| vec![consumer(name, 1)]));
    let outcomes = write(connection, Some(held.clone()), jobs);
    assert_eq!(outcomes, [(0, true), (1, false), (2, true)]);
    let held = held.0.lock().unwrap();
    let again = schema::open(&path).unwrap();
    let all = Touched {
        all: true,
        ..Touched::default()
    };
    let stored = load::stored(&again, &all).unwrap();
    for name in names {
        let id = ParticipantId::from(name);
        let is_stored = stored.consumers.iter().any(|one| one.id == id);
        assert_eq!(is_stored, name != "spoilt", "{name}");
        assert_eq!(held.consumer(&id).is_some(), is_stored, "{name}");
    }
}

#[test]
fn what_was_delivered_while_the_disk_was_full_is_taken_out_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    let connection = schema::open(&path).unwrap();
    let note = Notification {
        id: 1,
        conversation: ConversationId::from("c1"),
        kind: EventType::Content,
        at: Timestamp(1),
        body: Bytes::from_static(b"{}"),
    };
    let outcomes = write(connection, None, vec![vec![Row::Notification(note)]]);
    assert_eq!(outcomes, [(0, true)]);
    let connection = schema::open(&path).unwrap();
    leave_room(&connection, 20);
    let outcomes = write(
        connection,
        None,
        vec![vec![Row::Delivered(1), file("/too-large", 1024 * 1024)]],
    );
    assert_eq!(outcomes, [(0, false)]);
    let again = schema::open(&path).unwrap();
    let left: i64 = again
        .query_row("SELECT count(*) FROM undelivered", (), |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0, "it would be delivered again");
}

#[test]
fn a_row_that_cannot_be_read_costs_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    let connection = schema::open(&path).unwrap();
    let spoilt = Row::Consumer(ParticipantId::from("spoilt"), "{".to_owned());
    write(connection, None, vec![vec![consumer("ada", 1), spoilt]]);
    let again = schema::open(&path).unwrap();
    let all = Touched {
        all: true,
        ..Touched::default()
    };
    let stored = load::stored(&again, &all).unwrap();
    let names: Vec<_> = stored.consumers.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(names, ["ada"]);
}
