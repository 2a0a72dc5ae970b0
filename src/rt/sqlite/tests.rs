//! What a batch that fails does, and which files are opened.

use std::{path::Path, sync::mpsc, time::Duration};

use rusqlite::Connection;

use crate::rt::sqlite::*;

const STEPS: [&str; 2] = [
    "CREATE TABLE word (word TEXT NOT NULL);",
    "CREATE TABLE count (words INTEGER NOT NULL);
     INSERT INTO count SELECT count(*) FROM word;",
];

const SCHEMA: Schema = Schema {
    name: "the test's file",
    application: 0x7465_7374,
    migrations: &STEPS,
    synchronous: "NORMAL",
    is_exclusive: false,
    checkpoint_pages: 1000,
};

/// The same, as an earlier handset had it.
const EARLIER: Schema = Schema {
    migrations: &[STEPS[0]],
    ..SCHEMA
};

fn open(schema: &Schema, path: &Path) -> Result<Connection, OpenError> {
    let opened = schema.open(path, Duration::from_millis(20));
    opened.map(|(db, _)| db)
}

/// Words that are in the file, and were in the transaction that is under way.
#[derive(Default)]
struct Words {
    committed: Vec<String>,
    pending: Vec<String>,
}

struct Job {
    word: String,
    told: mpsc::Sender<(String, Result<(), Error>)>,
}

impl State for Words {
    type Job = Job;

    fn apply(&mut self, db: &Connection, job: &mut Job) -> Result<(), Error> {
        self.pending.push(job.word.clone());
        db.execute("INSERT INTO word VALUES (?1)", [&job.word])?;
        Ok(())
    }

    fn committed(&mut self) {
        self.committed.append(&mut self.pending);
    }

    fn rolled_back(&mut self) {
        self.pending.clear();
    }

    fn resolve(&mut self, job: Job, outcome: Result<(), Error>) {
        job.told.send((job.word, outcome)).unwrap();
    }

    fn close(self, db: Connection) {
        let mut select = db.prepare("SELECT word FROM word ORDER BY rowid").unwrap();
        let rows = select.query_map((), |row| row.get(0)).unwrap();
        let stored: Vec<String> = rows.collect::<Result<_, _>>().unwrap();
        assert_eq!(self.committed, stored, "memory and file have parted ways");
        assert!(self.pending.is_empty());
    }
}

/// What became of words that wait together.
fn write(db: Connection, words: &[&str]) -> Vec<(String, Result<(), Error>)> {
    let (told, outcomes) = mpsc::channel();
    let (writer, queue) = channel(words.len());
    for word in words {
        let job = Job {
            word: (*word).to_owned(),
            told: told.clone(),
        };
        assert!(writer.try_submit(job));
    }
    let one_more = Job {
        word: String::new(),
        told,
    };
    assert!(!writer.try_submit(one_more), "no room");
    drop(writer);
    queue.run(words.len(), db, Words::default());
    outcomes.into_iter().collect()
}

fn failed(outcomes: &[(String, Result<(), Error>)]) -> Vec<&str> {
    let failed = outcomes.iter().filter(|(_, outcome)| outcome.is_err());
    failed.map(|(word, _)| word.as_str()).collect()
}

#[test]
fn a_job_that_fills_the_disk_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&SCHEMA, &folder.path().join("words.db")).unwrap();
    db.query_row("PRAGMA max_page_count = 10", (), |_| Ok(()))
        .unwrap();
    let large = "x".repeat(100_000);
    let outcomes = write(db, &["a", &large, "b"]);
    assert_eq!(failed(&outcomes), [&large]);
    assert!(matches!(outcomes[1].1, Err(Error::Full(_))));
}

#[test]
fn a_commit_that_fails_is_told_to_the_job_it_fails_for_and_the_others_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&SCHEMA, &folder.path().join("words.db")).unwrap();
    // Looked at no earlier than at the commit.
    db.execute_batch(
        "PRAGMA foreign_keys = ON;
         CREATE TABLE parent (id INTEGER PRIMARY KEY);
         CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
         CREATE TRIGGER spoil AFTER INSERT ON word WHEN NEW.word = 'bad' BEGIN
             INSERT INTO child VALUES (1);
         END;",
    )
    .unwrap();
    let outcomes = write(db, &["a", "bad", "b", "bad"]);
    assert_eq!(failed(&outcomes), ["bad", "bad"]);
    assert!(matches!(outcomes[1].1, Err(Error::Rejected(_))));
    let order: Vec<_> = outcomes.iter().map(|(word, _)| word.as_str()).collect();
    assert_eq!(order, ["a", "bad", "b", "bad"]);
}

#[test]
fn when_nothing_can_be_committed_every_job_of_the_batch_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.db");
    let db = open(&SCHEMA, &path).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let outcomes = write(db, &["a", "b", "c"]);
    assert_eq!(failed(&outcomes), ["a", "b", "c"]);
    assert!(
        outcomes
            .iter()
            .all(|(_, outcome)| *outcome == Err(Error::Busy))
    );
}

#[tokio::test]
async fn what_is_asked_before_the_end_is_answered_and_nothing_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.db");
    let (writer, queue) = channel(8);
    let (told, outcomes) = mpsc::channel();
    let word = "last".to_owned();
    writer.submit(Job { word, told }).await.unwrap();
    let counts = writer.read(|db| db.query_row("SELECT count(*) FROM word", (), |row| row.get(0)));
    let db = open(&SCHEMA, &path).unwrap();
    queue.serve("words", 4, db, Words::default()).unwrap();
    assert_eq!(counts.await, Ok(1), "reads come after the jobs before them");
    let weak = writer.downgrade();
    writer.close().await;
    assert_eq!(outcomes.try_recv(), Ok(("last".to_owned(), Ok(()))));
    assert_eq!(writer.read(|_| Ok(())).await, Err(Error::Closed));
    drop(writer);
    assert!(weak.upgrade().is_none());
    assert!(!path.with_file_name("words.db-wal").exists(), "not closed");
}

#[test]
fn an_earlier_schema_is_brought_up_to_date_with_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.db");
    write(open(&EARLIER, &path).unwrap(), &["a", "b"]);
    let db = open(&SCHEMA, &path).unwrap();
    let words: i64 = db
        .query_row("SELECT words FROM count", (), |row| row.get(0))
        .unwrap();
    assert_eq!((words, SCHEMA.version(&db).unwrap()), (2, 2));
    drop(db);
    let newer = open(&EARLIER, &path).map(drop);
    let is_newer = matches!(newer, Err(OpenError::Newer { found: 2, known: 1 }));
    assert!(is_newer, "{newer:?}");
}

#[test]
fn a_step_that_fails_leaves_the_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.db");
    drop(open(&EARLIER, &path).unwrap());
    let broken = Schema {
        migrations: &[STEPS[0], "CREATE TABLE half (a); CREATE TABLE word (a);"],
        ..SCHEMA
    };
    let opened = open(&broken, &path).map(drop);
    assert!(matches!(opened, Err(OpenError::Sqlite(Error::Rejected(_)))));
    let db = open(&EARLIER, &path).unwrap();
    assert!(db.prepare("SELECT a FROM half").is_err());
}

#[test]
fn a_database_of_another_program_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.db");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE theirs (a)").unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    let opened = open(&SCHEMA, &path).map(drop);
    assert!(matches!(opened, Err(OpenError::Foreign)), "{opened:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_locked_database_is_busy_and_not_broken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.db");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let opened = open(&SCHEMA, &path).map(drop);
    assert!(matches!(opened, Err(OpenError::Sqlite(Error::Busy))));
    let beside = folder.path().join("new/words.lock");
    let held = lock(&beside).unwrap();
    assert!(matches!(lock(&beside), Err(OpenError::Locked)));
    drop(held);
    assert!(lock(&beside).is_ok());
}

fn job(word: &str, told: &mpsc::Sender<(String, Result<(), Error>)>) -> Job {
    Job {
        word: word.to_owned(),
        told: told.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_commit_what_waits_between_jobs_and_reads_of_the_thread() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, queue) = channel(4);
    let db = open(&SCHEMA, &folder.path().join("words.db")).unwrap();
    queue.serve("words", 4, db, Words::default()).unwrap();
    let (told, outcomes) = mpsc::channel();
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..8 {
        let (writer, told) = (writer.clone(), told.clone());
        callers.spawn(async move {
            for turn in 0..40 {
                let job = job(&format!("{caller}/{turn}"), &told);
                match turn % 4 {
                    0 => writer.submit(job).await.unwrap(),
                    // Given up in the middle, it is committed all the same once it was handed in.
                    1 => drop(futures_util::poll!(Box::pin(writer.commit(job)))),
                    _ => writer.commit(job).await.unwrap(),
                }
                writer.read(|_| Ok(())).await.unwrap();
            }
        });
    }
    callers.join_all().await;
    writer.close().await;
    drop(told);
    let outcomes: Vec<_> = outcomes.into_iter().collect();
    assert!(failed(&outcomes).is_empty(), "{outcomes:?}");
    assert!((8 * 30..=8 * 40).contains(&outcomes.len()));
    for caller in 0..8 {
        let ours = |(word, _): &&(String, _)| word.starts_with(&format!("{caller}/"));
        let turns = outcomes.iter().filter(ours).map(|(word, _)| word);
        let turns: Vec<u32> = turns
            .map(|word| word.split_once('/').unwrap().1.parse().unwrap())
            .collect();
        assert!(turns.is_sorted(), "{turns:?}");
    }
}

#[tokio::test]
async fn a_caller_leaves_to_the_thread_what_it_cannot_commit_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.db");
    let (writer, queue) = channel(4);
    let db = SCHEMA.open(&path, Duration::from_secs(30)).unwrap().0;
    queue.serve("words", 4, db, Words::default()).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (told, outcomes) = mpsc::channel();
    writer.commit(job("late", &told)).await.unwrap();
    assert!(outcomes.try_recv().is_err(), "another program has it");
    other.execute_batch("COMMIT").unwrap();
    writer.close().await;
    assert_eq!(outcomes.try_recv(), Ok(("late".to_owned(), Ok(()))));
}
