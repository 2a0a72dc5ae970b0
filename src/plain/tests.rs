//! What plain mode says of made-up updates.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use super::{PlainSettings, front::Front, update::Heard};
use crate::{
    domain::{
        content::Content,
        exchange::{Entry, EntryKind, Exchange},
        ids::{EntryId, ItemId, PhoneId},
        line::{Delivery, Hops, Line, LineBody, Position},
        notice::Notice,
        persona::Persona,
        picture::PictureRefusal,
        role::{Author, Role},
        time::Timestamp,
        workspace::{effect::Shown, view::Ring},
    },
    engine::agent_session::update as session,
    engine::update::{Answer, Consent, Head, Link, Phase, Switches, Update},
    ingress::status::IngressStatus,
    tui::{
        agent::{WorkspaceSettings, sessions::SessionEvent},
        chat::scenario::{ScenarioNews, ScenarioOrder},
    },
};

const ADA: PhoneId = PhoneId(0);

fn front() -> Front {
    let (output, _rows) = mpsc::channel(1);
    Front::new(PlainSettings {
        switched_on_by: "a test".to_owned(),
        personas: Vec::new(),
        account: "1".into(),
        zone: TimeZone::UTC,
        clock: Arc::new(|| Timestamp(0)),
        size_of: |_| Some(2_048),
        notices: Vec::new(),
        workspace: WorkspaceSettings::none("nobody"),
        scenarios: None,
        lent: Arc::default(),
        output,
    })
}

fn item(number: u32) -> ItemId {
    ItemId {
        phone: Some(ADA),
        number,
    }
}

fn mine(number: u32, text: &str, delivery: Delivery, read: Option<i64>) -> Update {
    let hops = Hops {
        sent: Some(Timestamp(1_000)),
        read: read.map(Timestamp),
        ..Hops::default()
    };
    let body = LineBody::Mine {
        content: Content::text(text.into()),
        delivery,
        hops,
    };
    let line = Line::new(item(number), Timestamp(0), Position::Unnumbered, body);
    Update::Lines(vec![line])
}

fn theirs(number: u32, text: &str) -> Update {
    let body = LineBody::Theirs {
        author: Author {
            id: "riley".into(),
            role: Role::AssignedAgent,
        },
        name: "Riley".into(),
        content: Content::text(text.into()),
        dialog: "d".into(),
        sequence: number.into(),
        answerable: false,
    };
    Update::Lines(vec![Line::new(
        item(number),
        Timestamp(0),
        (0, u64::from(number)),
        body,
    )])
}

fn persona() -> Update {
    Update::Phone {
        phone: ADA,
        persona: Box::new(Persona::named("Ada Quill", "ada".into())),
    }
}

fn head(phase: Phase) -> Update {
    Update::Head {
        phone: ADA,
        head: Head {
            consumer: "Ada Quill".into(),
            brand: "Acme".into(),
            sandbox: true,
            production: false,
            agent: Some("Riley".into()),
            conversation: Some("c1".into()),
            phase,
        },
    }
}

/// A front with a phone on which a conversation is open, and nothing told yet.
fn open() -> Front {
    let mut front = front();
    front.on_update(persona());
    front.on_update(head(Phase::Open));
    front.rows.clear();
    front
}

fn said(front: &mut Front) -> Vec<String> {
    std::mem::take(&mut front.rows)
}

/// One of each.
fn updates() -> Vec<Update> {
    let entry = Entry {
        id: EntryId(1),
        phone: Some(ADA),
        kind: EntryKind::Call(Exchange {
            serial: 1,
            phone: Some(ADA),
            cause: None,
            conversation: None,
            purpose: "ms.PublishEvent text".to_owned(),
            method: "POST".to_owned(),
            url: "http://cloud.test/send".to_owned(),
            headers: Vec::new(),
            body: Vec::new().into(),
            attempt: 1,
            started: Timestamp(0),
            outcome: None,
        }),
    };
    vec![
        persona(),
        head(Phase::Open),
        theirs(0, "Hi"),
        Update::Draft {
            phone: ADA,
            conversation: None,
            text: "unsent".to_owned(),
        },
        Update::WorkspaceDrafts(Vec::new()),
        Update::Typing {
            phone: ADA,
            name: Some("Riley".into()),
        },
        Update::Details {
            phone: ADA,
            details: None,
        },
        Update::Replaying {
            phone: ADA,
            replaying: Some((0, 2)),
        },
        Update::Progress {
            item: item(0),
            done: 1,
            total: 2,
        },
        Update::File {
            item: item(0),
            file: Ok(PathBuf::from("/tmp/mug.png")),
        },
        Update::Picture {
            address: "http://pictures.test".to_owned(),
            picture: Err(PictureRefusal::Failed("no".to_owned())),
        },
        Update::PictureHosts(BTreeMap::new()),
        Update::Wire(vec![entry]),
        Update::Linked {
            entry: EntryId(1),
            items: Vec::new(),
        },
        Update::Link(Link {
            token_until: None,
            listener: None,
            sandbox: None,
            last_event: None,
            refused: 0,
            turned_away: String::new(),
            ingress: IngressStatus::near(),
        }),
        Update::Tokens(Vec::new()),
        Update::Switches {
            phone: ADA,
            switches: Switches {
                flight: true,
                pocket: true,
            },
        },
        Update::Answer {
            ask: 1,
            answer: Answer::Failed("no".to_owned()),
        },
        Update::Consent(Consent {
            id: 1,
            phone: ADA,
            by_hand: None,
        }),
        Update::Notice(Notice {
            title: "something".to_owned(),
            ..Notice::default()
        }),
        Update::Closed(ADA),
        Update::Stopped,
    ]
}

/// What is told by the state it changes, and not at once.
fn is_told_later(update: &Update) -> bool {
    match update {
        // The head and what follows it tell the phone; who types is told after a while.
        Update::Phone { .. }
        | Update::Head { .. }
        | Update::Details { .. }
        | Update::Typing { .. }
        // Only what changes of the way in is told.
        | Update::Link(_)
        // Nobody asked under this number.
        | Update::Answer { .. } => true,
        Update::Closed(_)
        | Update::Lines(_)
        | Update::Draft { .. }
        | Update::WorkspaceDrafts(_)
        | Update::Replaying { .. }
        | Update::Progress { .. }
        | Update::File { .. }
        | Update::Picture { .. }
        | Update::PictureHosts(_)
        | Update::Wire(_)
        | Update::Linked { .. }
        | Update::Tokens(_)
        | Update::Switches { .. }
        | Update::Consent(_)
        | Update::Notice(_)
        | Update::Stopped => false,
    }
}

#[test]
fn every_update_has_words_or_a_reason_for_silence() {
    let mut front = front();
    let mut kinds = std::collections::HashSet::new();
    for update in updates() {
        kinds.insert(std::mem::discriminant(&update));
        let (later, shown) = (is_told_later(&update), format!("{update:?}"));
        match front.on_update(update) {
            Heard::Told => {
                let rows = said(&mut front);
                assert!(later || !rows.is_empty(), "{shown}");
                assert!(rows.iter().all(|row| !row.trim().is_empty()), "{rows:?}");
            }
            Heard::Silent(why) => {
                assert!(why.split(' ').count() > 3, "{why}");
                assert!(said(&mut front).is_empty(), "{shown}");
            }
        }
    }
    assert_eq!(kinds.len(), 22);
}

#[test]
fn a_receipt_is_told_once_and_in_one_sentence_when_it_comes_soon() {
    let mut front = open();
    front.on_update(mine(1, "hello", Delivery::Queued, None));
    assert_eq!(said(&mut front), ["You, 00:00, message 1: hello"]);
    front.on_update(mine(1, "hello", Delivery::Sent { sequence: 4 }, None));
    front.tick(Timestamp(500));
    assert!(said(&mut front).is_empty());
    front.on_update(mine(
        1,
        "hello",
        Delivery::Read { sequence: 4 },
        Some(1_300),
    ));
    assert_eq!(said(&mut front), ["Sent. Read by Riley after 0.3 seconds."]);
    front.on_update(mine(
        1,
        "hello",
        Delivery::Read { sequence: 4 },
        Some(1_300),
    ));
    front.tick(Timestamp(9_000));
    assert!(said(&mut front).is_empty());
}

#[test]
fn a_receipt_that_comes_late_names_its_message() {
    let mut front = open();
    front.on_update(mine(1, "hello", Delivery::Sent { sequence: 4 }, None));
    front.tick(Timestamp(1_000));
    assert_eq!(said(&mut front), ["You, 00:00, message 1: hello", "Sent."]);
    front.on_update(theirs(2, "Hi"));
    front.on_update(mine(
        1,
        "hello",
        Delivery::Read { sequence: 4 },
        Some(8_000),
    ));
    assert_eq!(
        said(&mut front),
        [
            "Riley, 00:00: Hi",
            "Message 1: Read by Riley after 7.0 seconds."
        ]
    );
}

#[test]
fn a_failure_says_what_to_do_whatever_is_told() {
    let mut front = open();
    front.on_line("/say less");
    front.on_update(mine(1, "hello", Delivery::Queued, None));
    said(&mut front);
    let reason = "the cloud is down".into();
    let failed = Delivery::Failed {
        reason,
        uncertain: false,
    };
    front.on_update(mine(1, "hello", failed, None));
    let words = "Failed: the cloud is down. /retry 1 sends it again.";
    assert_eq!(said(&mut front), [words]);
    assert!(front.has_failed);
}

#[test]
fn who_types_is_told_once_and_not_when_the_message_comes_soon() {
    let types = |name: Option<&str>| Update::Typing {
        phone: ADA,
        name: name.map(Into::into),
    };
    let mut front = open();
    front.on_update(types(Some("Riley")));
    front.tick(Timestamp(400));
    front.on_update(theirs(1, "Hi"));
    front.tick(Timestamp(3_000));
    assert_eq!(said(&mut front), ["Riley, 00:00: Hi"]);
    front.on_update(types(None));
    front.on_update(types(Some("Riley")));
    front.tick(Timestamp(4_100));
    front.on_update(types(None));
    front.on_update(types(Some("Riley")));
    front.tick(Timestamp(6_000));
    assert_eq!(said(&mut front), ["Riley is typing."]);
}

#[test]
fn a_ring_is_told_again_once_when_ten_seconds_are_left() {
    let mut front = open();
    front.on_session(SessionEvent::LoggedIn("kim".to_owned(), 1));
    front.agent.up.insert(1);
    let ring = Ring {
        id: "r".to_owned(),
        conversation: "c".into(),
        consumer: "Ada".into(),
        skill: "Service".into(),
        since: Timestamp(0),
        until: Timestamp(25_000),
        is_transfer: false,
        preview: "hi".into(),
    };
    let rings = session::Update::Shown(Shown::Rings(vec![ring]));
    front.on_session(SessionEvent::Updated(1, rings));
    said(&mut front);
    let mut told = Vec::new();
    for second in 1..25 {
        front.tick(Timestamp(second * 1000));
        let rows = said(&mut front).into_iter();
        told.extend(rows.map(|row| format!("{second}: {row}")));
    }
    assert_eq!(
        told,
        [
            "1: Ringing: Ada, skill Service, 24 seconds. /take or /decline",
            "15: Ringing: Ada, 10 seconds left."
        ]
    );
}

#[test]
fn a_scenario_is_held_while_the_person_writes() {
    let mut front = open();
    assert!(front.on_scenario_command("show.talk").is_err());
    front.can_play = true;
    front.on_scenario_command("\"a show.talk\"").unwrap();
    let start = front.scenario_requests.start.take().unwrap();
    assert_eq!((start.phone, start.file.as_str()), (ADA, "a show.talk"));
    assert!(front.is_busy(), "the next line of a pipe waits for it");
    front.on_scenario(ScenarioNews::Begins {
        title: "A show".to_owned(),
        steps: 2,
        words: String::new(),
        consumers: vec![front.phones[&ADA].persona.consumer.clone()],
    });
    assert!(front.is_played(ADA));
    assert_eq!(said(&mut front), ["Scenario: A show begins, 2 steps."]);
    front.on_line("wait");
    assert_eq!(front.scenario_requests.orders, [ScenarioOrder::TakeOver]);
    front.on_scenario_command("pause").unwrap();
    assert_eq!(
        front.scenario_requests.orders.last(),
        Some(&ScenarioOrder::GoOn)
    );
    let goes_on = ScenarioNews::GoesOn {
        one_step: false,
        left: None,
    };
    front.on_scenario(goes_on);
    front.on_scenario(ScenarioNews::StepEnded {
        line: 7,
        passed: Some(false),
        bubble: None,
    });
    let rows = said(&mut front);
    let last = "Warning: the step in line 7 of the scenario failed.";
    assert_eq!(rows.last().map(String::as_str), Some(last), "{rows:?}");
    front.on_scenario(ScenarioNews::Over(Vec::new()));
    assert!(front.scenario.is_none() && !front.is_played(ADA));
    assert!(front.on_scenario_command("off").is_err());
}

#[test]
fn every_command_of_both_tables_is_done_or_says_why_not() {
    use crate::tui::commands::slash;
    for table in [slash::ALL, slash::agent::ALL] {
        for slash in table {
            let mut front = open();
            if std::ptr::eq(table, slash::agent::ALL) {
                front.side = crate::plain::front::Side::Agent;
            }
            front.on_line(&format!("/{}", slash.name));
            let is_silent = front.rows.is_empty()
                && front.commands.is_empty()
                && front.jobs.is_empty()
                && front.edit.is_none()
                && front.agent.workspace.take_commands().is_empty();
            assert!(!is_silent, "/{}", slash.name);
        }
    }
}

#[test]
fn no_command_of_plain_mode_hides_one_of_the_tables() {
    let mut front = open();
    front.on_line("?");
    let rows = said(&mut front);
    let mut names: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.trim().strip_prefix('/')?.split([' ', ':']).next())
        .collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "{rows:#?}");
    assert!(count > 30, "{rows:#?}");
}
