//! The bench: filter, pins, copies, pages of the journal, state.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use handset::{
    domain::{
        conversation::details::{Details, DialogDetails},
        exchange::Entry,
        ids::{EntryId, PhoneId},
        inbound::Verdict,
        line::UNREADABLE,
        persona::Persona,
        role::Role,
        time::Timestamp,
    },
    engine::{
        command::{Command, Question},
        update::{Answer, Token, Update},
    },
    tui::{app::settings::Settings, terminal::clipboard::Copied},
};
use serde_json::json;

use crate::support::{
    scene::{self, at},
    screen::{Screen, settings},
};

macro_rules! assert_screen {
    ($name:expr, $screen:expr) => {{
        let name = $name;
        $screen.redrawn().await;
        let shown = $screen.kept(&name).await;
        insta::with_settings!(
            { snapshot_path => "../../snapshots", prepend_module_to_snapshot => false,
              omit_expression => true },
            { insta::assert_snapshot!(name, shown) }
        )
    }};
}

pub(super) fn details() -> Details {
    Details {
        conversation: "4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310".into(),
        main_open: true,
        open: true,
        close_reason: None,
        skill: Some("3141592".into()),
        ttr: Some(json!({"ttrType": "URGENT", "value": 600})),
        effective_ttr: Some(at(300 + 9 * 60)),
        csat: None,
        campaign: Some(json!({"campaignId": "99", "engagementId": "7"})),
        participants: vec![
            (
                Role::Consumer,
                "Ada 日本 \u{202e}Quill".into(),
                "9b1f".to_owned(),
            ),
            (Role::AssignedAgent, "Riley".into(), "b7d1".to_owned()),
        ],
        dialogs: vec![
            DialogDetails {
                id: "4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310".into(),
                survey: false,
                open: true,
                top: 12,
                received: vec![(0, 4), (7, 12)],
            },
            DialogDetails {
                id: "77aa".into(),
                survey: true,
                open: false,
                top: 2,
                received: vec![(0, 2)],
            },
        ],
        queued: 1,
        outlines: Vec::new(),
    }
}

pub(super) fn tokens() -> Vec<Token> {
    vec![
        Token {
            kind: "AppJWT",
            phone: None,
            claims: json!({"alg": "HS256", "azp": "c0ffee", "scope": "msg.consumer", "exp": 1_795_179_120}),
            until: Some(at(3_120)),
        },
        Token {
            kind: "ConsumerJWS",
            phone: Some(PhoneId(0)),
            claims: json!({"sub": "9b1f"}),
            until: None,
        },
        Token {
            kind: "ConsumerJWS",
            phone: Some(PhoneId(7)),
            claims: json!({"sub": "somebody-else"}),
            until: None,
        },
    ]
}

impl Screen {
    /// Gives the screen another size, and waits until it is drawn in it.
    pub(crate) async fn resized(&self, columns: u16, rows: u16) {
        self.resize(columns, rows);
        let is_drawn = |text: &str| {
            let bar = text.lines().nth(usize::from(rows) - 1);
            bar.is_some_and(|bar| bar.contains("F1 help"))
        };
        self.until_that(is_drawn, "a screen of that size").await;
    }

    /// Has the screen drawn from nothing, so that the cells wide characters hide are blank whatever
    /// stood there before.
    pub(crate) async fn redrawn(&self) {
        let frames = self.frames();
        self.press("ctrl+l");
        let drawn = |_: &str| self.frames() > frames;
        self.until_that(drawn, "another frame").await;
    }

    /// The next question with its number.
    pub(crate) async fn question(&mut self) -> (u64, Question) {
        match self.command().await {
            Command::Ask { ask, question } => (ask, question),
            other => panic!("a question was expected, not {other:?}"),
        }
    }

    pub(crate) async fn answer(&self, ask: u64, answer: Answer) {
        self.update(Update::Answer { ask, answer }).await;
    }
}

/// A screen that keeps what is copied.
async fn copying(columns: u16, rows: u16) -> (Screen, Arc<Mutex<Vec<String>>>) {
    let copies = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&copies);
    let settings = Settings {
        copy: Arc::new(move |text| {
            kept.lock().unwrap().push(text.to_owned());
            Ok(if text.len() > 50_000 {
                Copied::File("/data/copied.txt".into())
            } else {
                Copied::Clipboard
            })
        }),
        ..settings()
    };
    let screen = Screen::start_with(columns, rows, settings, 1024);
    for update in scene::conversation() {
        screen.update(update).await;
    }
    screen.until("Riley · typing…").await;
    (screen, copies)
}

#[tokio::test]
async fn the_filter_follows_what_is_typed_and_says_what_is_wrong() {
    let screen = Screen::showing_conversation(140, 40).await;
    screen.press("tab");
    screen.press("/");
    screen.write("dir:in -sig:bad");
    screen.press("enter");
    screen.until("3 of 9 · filter \"dir:in -sig:bad\"").await;
    screen.press("/");
    screen.press("ctrl+a");
    screen.write("status:failed");
    screen
        .until_that(
            |text| text.contains("try 5") && !text.contains("✓sig"),
            "the failed one",
        )
        .await;
    screen.press("ctrl+a");
    screen.write("kind:x");
    screen.until("✗ kind: is no term").await;
    screen.press("enter");
    // What was right before still holds: that the word is in the entry.
    screen.until("6 of 9 · ✗ kind: is no term; there are").await;
    screen.press("esc");
    screen.until("9 entries · following").await;
}

#[tokio::test]
async fn entries_are_copied_as_curl_as_json_and_by_their_bodies() {
    let (screen, copies) = copying(140, 40).await;
    screen.press("tab");
    screen.press("ctrl+f");
    screen.write("dir:out type:publishevent status:200");
    screen.press("enter");
    screen.until("1 of 9").await;
    for (key, told) in [
        (
            "c",
            "copied as curl · set APP_JWT and CONSUMER_JWS to use it",
        ),
        ("j", "copied the entry as JSON"),
        ("y", "copied the body"),
        ("N", "copied the answer's body"),
    ] {
        screen.press(key);
        screen.until(told).await;
    }
    let copies = copies.lock().unwrap().clone();
    assert!(
        copies[0].starts_with(": '# set APP_JWT and CONSUMER_JWS; handset token --export --reveal")
            && copies[0].contains("\ncurl -X 'POST' 'http://127.0.0.1:4700/"),
        "{}",
        copies[0]
    );
    assert!(
        copies[0].contains("'authorization: '\"${APP_JWT}\""),
        "{}",
        copies[0]
    );
    assert!(copies[1].contains("\"elapsedMs\": 18"), "{}", copies[1]);
    assert!(
        copies[2].contains("\"type\":\"ms.PublishEvent\""),
        "{}",
        copies[2]
    );
    assert!(copies[3].contains("\"sequence\":4"), "{}", copies[3]);
}

#[tokio::test]
async fn what_is_too_long_to_copy_is_found_in_a_file() {
    let (screen, copies) = copying(80, 24).await;
    let long = scene::call(99, 200_000, "x", "send", &"y".repeat(60_000));
    screen.update(Update::Wire(vec![long])).await;
    // By the palette, from the composer.
    screen.press("ctrl+p");
    screen.write("copy the body");
    screen.until("▸ Entry: copy the body").await;
    screen.press("enter");
    screen.until("wrote the body to a file").await;
    screen.until("/data/copied.txt").await;
    assert_eq!(copies.lock().unwrap()[0].len(), 60_000);
}

#[tokio::test]
async fn the_list_is_held_still_and_followed_again() {
    let screen = Screen::showing_conversation(140, 40).await;
    screen.press("tab");
    screen.press("space");
    screen.until("9 entries · paused").await;
    let more = |id| scene::call(id, 190_000, "later", "send", "{}");
    screen
        .update(Update::Wire((20..23).map(more).collect()))
        .await;
    screen.until("12 entries · paused · 3 new ↓").await;
    assert!(screen.text().contains("Space follow"));
    screen.click_on("Space follow").await;
    screen.until("12 entries · following").await;
    screen.press("p");
    screen.until(" *12:").await;
    screen.press("o");
    screen.until("1 of 12 · pinned").await;
    screen.press("o");
    screen.press("p");
    screen.until("12 entries · following").await;
    screen.until_gone(" *12:").await;
}

#[tokio::test]
async fn the_wire_is_that_of_the_phone_in_view_unless_all_are_asked_for() {
    let screen = Screen::showing_conversation(140, 40).await;
    let bo = Persona::named("Bo Lindqvist", "handset-bo".into());
    screen
        .update(Update::Phone {
            phone: PhoneId(1),
            persona: Box::new(bo),
        })
        .await;
    let of = |id, phone, purpose: &str| Entry {
        phone,
        ..scene::call(id, 190_000, purpose, "send", "{}")
    };
    let entries = vec![of(20, Some(PhoneId(1)), "of-bo"), of(21, None, "of-all")];
    screen.update(Update::Wire(entries)).await;
    screen.until("10 of 11").await;
    screen.until("of-all").await;
    assert!(!screen.text().contains("of-bo"));
    screen.press("tab");
    screen.press("a");
    screen.until("11 entries · all phones").await;
    for owner in ["Bo     → of-bo", "Ada    → text", "-      → of-all"] {
        screen.until(owner).await;
    }
}

#[tokio::test]
async fn whoever_scrolls_past_the_oldest_is_given_what_the_journal_has() {
    let mut screen = Screen::showing_conversation(140, 40).await;
    let call = |id: u64| scene::call(id, 0, &format!("entry-{id}."), "send", "{}");
    let live = (10_000..10_010).map(call).collect();
    screen.update(Update::Wire(live)).await;
    screen.press("tab");
    screen.press("home");
    let (ask, question) = screen.question().await;
    let Question::Entries {
        before,
        conversation: None,
        limit,
    } = question
    else {
        panic!("entries are asked for: {question:?}");
    };
    assert_eq!(before, Some(EntryId(1)));
    screen.until("asking the journal").await;
    // An answer nobody waits for changes nothing.
    screen.answer(ask + 5, Answer::Entries(vec![call(0)])).await;
    screen.answer(ask, Answer::Entries(Vec::new())).await;
    screen.until_gone("asking the journal").await;
    assert!(screen.text().contains("19 entries · paused"));
    // The journal has nothing older, so it is not asked again.
    screen.press("up");
    screen.press("4");
    let (_, question) = screen.question().await;
    assert!(
        matches!(question, Question::Conversations { .. }),
        "{question:?}, {limit}"
    );
}

#[tokio::test]
async fn a_page_that_cannot_be_had_is_told() {
    let mut screen = Screen::showing_conversation(80, 24).await;
    screen.press("tab");
    screen.press("home");
    let (ask, _) = screen.question().await;
    screen
        .answer(ask, Answer::Failed("the disk is gone".to_owned()))
        .await;
    screen.until("the disk is gone").await;
    // Whoever tries again asks again.
    screen.press("up");
    screen.question().await;
}

#[tokio::test]
async fn the_state_of_the_phone_in_view_is_told_folded_and_copied() {
    let (screen, copies) = copying(140, 40).await;
    let state = Update::Details {
        phone: PhoneId(0),
        details: Some(Box::new(details())),
    };
    screen.update(state).await;
    screen.update(Update::Tokens(tokens())).await;
    screen.click_on(" State ").await;
    screen.press("tab");
    screen.until("0-4 ·gap 5-6· 7-12").await;
    screen.until("9 min left, until 12:14:00").await;
    screen.until("never expires").await;
    assert!(
        !screen.text().contains("somebody-else"),
        "of another's phone"
    );
    assert_screen!("state_140x40", screen);
    screen.press("down");
    screen.press("c");
    screen.until("copied conversationId").await;
    assert_eq!(copies.lock().unwrap()[0], details().conversation.as_str());
    screen.press("enter");
    screen.until_gone("effectiveTTR").await;
    screen.until("▸ Conversation").await;
    screen.click_on("Conversation").await;
    screen.until("effectiveTTR").await;
    screen.resized(80, 24).await;
    assert_screen!("state_80x24", screen);
    screen.press("end");
    screen.until("habits").await;
    screen.press("esc");
    screen.resized(60, 16).await;
    assert_screen!("state_60x16", screen);
}

#[tokio::test(start_paused = true)]
async fn the_time_left_is_drawn_once_a_minute_and_no_more() {
    let began = tokio::time::Instant::now();
    let running = Settings {
        clock: Arc::new(move || {
            let passed = i64::try_from(began.elapsed().as_millis()).unwrap();
            Timestamp(scene::NOON + passed)
        }),
        ..settings()
    };
    let screen = Screen::start_with(140, 40, running, 64);
    let mut tokens = tokens();
    tokens[0].until = Some(at(3_150));
    screen.update(Update::Tokens(tokens)).await;
    screen.press("ctrl+p");
    screen.write("inspector state");
    screen.press("enter");
    screen.until("52 min left").await;
    let frames = screen.frames();
    for left in [51, 50, 49] {
        tokio::time::advance(Duration::from_mins(1)).await;
        screen.until(&format!("{left} min left")).await;
    }
    assert_eq!(screen.frames(), frames + 3);
}

#[tokio::test]
async fn the_line_of_a_message_that_cannot_be_read_leads_to_what_came() {
    let screen = Screen::showing_conversation(140, 40).await;
    let line = scene::quiet(20, 400, UNREADABLE);
    let odd = scene::hook(40, 400_000, Verdict::Valid, Some(7), r#"{"oddity":"here"}"#);
    screen.update(Update::Lines(vec![line.clone()])).await;
    screen.update(Update::Wire(vec![odd])).await;
    let items = vec![line.id];
    let entry = EntryId(40);
    screen.update(Update::Linked { entry, items }).await;
    screen.until(UNREADABLE).await;
    screen.press("ctrl+up");
    screen.press("tab");
    screen.press("enter");
    screen.until("oddity").await;
    screen.press("f7");
    screen.until("1 of 10").await;
}

#[tokio::test]
async fn the_text_of_a_message_is_copied_and_the_link_where_there_is_one() {
    let (screen, copies) = copying(140, 40).await;
    screen.press("ctrl+o");
    screen.until("no message is selected").await;
    let said = scene::theirs(900, 400, "The last word.\nOn two rows.");
    screen.update(Update::Lines(vec![said])).await;
    screen.until("The last word.").await;
    screen.press("ctrl+up");
    screen.until("▌").await;
    for key in ["ctrl+o", "alt+c"] {
        screen.press(key);
        screen.until("copied the text of the message").await;
        screen.press("f8");
        screen.press("esc");
    }
    screen
        .until_that(|_| copies.lock().unwrap().len() == 2, "both copies")
        .await;
    assert_eq!(
        *copies.lock().unwrap(),
        [
            "The last word.\nOn two rows.",
            "The last word.\nOn two rows."
        ]
    );
}
