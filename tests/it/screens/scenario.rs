//! The row that tells of a scenario on the phone, its keys, and the marks beside the bubbles.

use std::{sync::Arc, time::Duration};

use handset::{
    config::personas,
    domain::{conversation::event::Act, ids::PhoneId, notice::Notice},
    engine::{command::Command, update::Update},
    tui::{
        app::settings::Settings,
        chat::scenario::{
            HeldFor, NextStep, ScenarioChannels, ScenarioNews, ScenarioOrder, ScenarioStart,
        },
        theme::styles::Depth,
    },
};
use tokio::{sync::mpsc, time::timeout};

use crate::support::{
    LIMIT, scene,
    screen::{Screen, settings},
};

/// What the screen began to play, with the other ends of its channels.
struct Begun {
    start: ScenarioStart,
    orders: mpsc::Receiver<ScenarioOrder>,
    news: mpsc::Sender<ScenarioNews>,
}

impl Begun {
    async fn tell(&self, news: ScenarioNews) {
        self.news.send(news).await.unwrap();
    }

    async fn order(&mut self) -> ScenarioOrder {
        let order = timeout(LIMIT, self.orders.recv()).await;
        order.expect("an order in time").expect("a screen")
    }
}

/// A screen with the made-up conversation, on which a scenario was begun.
async fn playing(columns: u16, rows: u16, depth: Depth) -> (Screen, Begun) {
    let (begun, mut all) = mpsc::unbounded_channel();
    let settings = Settings {
        depth,
        scenarios: Some(Arc::new(move |start| {
            let (orders, wanted) = mpsc::channel(16);
            let (news, told) = mpsc::channel(16);
            let orders_of = Begun {
                start,
                orders: wanted,
                news,
            };
            begun.send(orders_of).unwrap();
            ScenarioChannels { orders, news: told }
        })),
        ..settings()
    };
    let screen = Screen::start_with(columns, rows, settings, 1024);
    for update in scene::conversation() {
        screen.updates.send(update).await.unwrap();
    }
    screen.until("Riley · typing…").await;
    screen.write("/scenario 'my shop.talk:9'");
    screen.press("enter");
    let begun = timeout(LIMIT, all.recv()).await.unwrap().unwrap();
    screen.until("is read").await;
    (screen, begun)
}

async fn tell_steps(begun: &Begun) {
    begun
        .tell(ScenarioNews::Begins {
            title: "Ada asks for a mug".to_owned(),
            steps: 12,
            words: String::new(),
            consumers: Vec::new(),
        })
        .await;
    for (number, line, bubble, passed) in [
        (1, 3, Some(scene::id(2)), Some(true)),
        (2, 4, Some(scene::id(3)), Some(true)),
        (3, 5, Some(scene::id(3)), Some(true)),
        (4, 7, None, Some(false)),
    ] {
        begun
            .tell(ScenarioNews::Step {
                number,
                line,
                text: format!("step {number}"),
                left: None,
            })
            .await;
        begun
            .tell(ScenarioNews::StepEnded {
                line,
                passed,
                bubble,
            })
            .await;
    }
    begun
        .tell(ScenarioNews::Step {
            number: 5,
            line: 9,
            text: "agent within 8s: arrives tomorrow, by the post".to_owned(),
            left: Some(Duration::from_millis(7_200)),
        })
        .await;
}

#[track_caller]
fn assert_strip(screen: &Screen) {
    let text = screen.text();
    let strip = text
        .lines()
        .find(|row| row.contains("▸ 5/12 · line 9  agent"));
    let strip = strip.unwrap_or_else(|| panic!("no strip on\n{text}"));
    for part in ["· 8 s", "Alt+, pause", "Alt+- stop"] {
        assert!(strip.contains(part), "{part}: {strip}");
    }
}

#[tokio::test]
async fn the_strip_tells_what_is_waited_for_and_the_keys() {
    let (screen, begun) = playing(140, 40, Depth::True).await;
    let start = ScenarioStart {
        phone: PhoneId(0),
        file: "my shop.talk:9".to_owned(),
    };
    assert_eq!(begun.start, start);
    tell_steps(&begun).await;
    screen.until("· 8 s").await;
    assert_strip(&screen);
    let (screen, begun) = playing(80, 24, Depth::True).await;
    tell_steps(&begun).await;
    screen.until("· 8 s").await;
    assert_strip(&screen);
    let (screen, begun) = playing(60, 16, Depth::None).await;
    tell_steps(&begun).await;
    screen.until("· 8 s").await;
    assert_strip(&screen);
}

#[tokio::test]
async fn keys_and_the_mouse_hold_it_and_let_it_go_on() {
    let (screen, mut begun) = playing(140, 40, Depth::True).await;
    tell_steps(&begun).await;
    screen.until("· 8 s").await;
    screen.press("alt+,");
    assert_eq!(begun.order().await, ScenarioOrder::Hold);
    let left = Some(Duration::from_secs(3));
    let why = HeldFor::Asked;
    let next = None;
    begun.tell(ScenarioNews::Held { why, left, next }).await;
    screen.until("paused").await;
    screen.until("· 3 s").await;
    screen.press("alt+.");
    assert_eq!(begun.order().await, ScenarioOrder::Step);
    screen.click_on("go on").await;
    assert_eq!(begun.order().await, ScenarioOrder::GoOn);
    let one_step = false;
    begun.tell(ScenarioNews::GoesOn { one_step, left }).await;
    screen.until_gone("paused").await;
    let why = HeldFor::Line;
    let left = None;
    let next = Some(NextStep {
        number: 6,
        line: 10,
        text: "me: Thank you".to_owned(),
    });
    begun.tell(ScenarioNews::Held { why, left, next }).await;
    screen.until("from here by hand").await;
    screen.until("next line 10  me: Thank you").await;
    screen.press("alt+-");
    assert_eq!(begun.order().await, ScenarioOrder::Stop);
    let notice = Notice {
        title: "the scenario was ended".to_owned(),
        ..Notice::default()
    };
    begun.tell(ScenarioNews::Over(vec![notice])).await;
    screen.until("the scenario was ended").await;
    screen.until_gone("from here by hand").await;
    // The marks stay.
    assert!(screen.text().contains("✓4-5"), "{}", screen.text());
    screen.press("alt+.");
    screen.until("no scenario is played").await;
}

#[tokio::test]
async fn what_is_written_takes_the_phone_over() {
    let (screen, mut begun) = playing(80, 24, Depth::True).await;
    tell_steps(&begun).await;
    screen.until("· 8 s").await;
    screen.write("h");
    assert_eq!(begun.order().await, ScenarioOrder::TakeOver);
    screen.until("by hand").await;
    screen.until("give back").await;
    screen.write("i");
    screen.press("alt+,");
    assert_eq!(begun.order().await, ScenarioOrder::GoOn);
    let (one_step, left) = (false, None);
    begun.tell(ScenarioNews::GoesOn { one_step, left }).await;
    screen.until_gone("by hand").await;
    // Another one has to wait.
    screen.press("ctrl+a");
    screen.write("/scenario other.talk");
    screen.press("enter");
    screen.until("a scenario is played already").await;
    drop(begun);
    screen.until("the scenario broke off").await;
}

#[tokio::test]
async fn what_played_consumers_look_at_is_the_scenarios_until_it_is_over() {
    let (mut screen, begun) = playing(140, 40, Depth::True).await;
    while screen.commands.try_recv().is_ok() {}
    let all = personas::embedded();
    let persona = |key: &str| personas::named(key, &all).unwrap().persona.clone();
    begun
        .tell(ScenarioNews::Begins {
            title: "Two consumers".to_owned(),
            steps: 2,
            words: String::new(),
            consumers: ["ada", "gus"].map(|key| persona(key).consumer).to_vec(),
        })
        .await;
    for (number, key) in [(0, "ada"), (1, "omar"), (2, "gus")] {
        let phone = PhoneId(number);
        let persona = Box::new(persona(key));
        screen.update(Update::Phone { phone, persona }).await;
    }
    screen.until("Gus").await;
    // To the phone of Gus and back.
    screen.press("ctrl+pageup");
    screen.until_gone("Is the blue one in stock").await;
    screen.press("ctrl+pagedown");
    screen.until("Is the blue one in stock").await;
    let told = std::iter::from_fn(|| screen.commands.try_recv().ok());
    let mut looked: Vec<(u32, bool)> = told.filter_map(|one| look(&one)).collect();
    assert_eq!(looked, [(1, false)]);
    begun.tell(ScenarioNews::Over(Vec::new())).await;
    while looked.len() < 3 {
        looked.extend(look(&screen.any_command().await));
    }
    assert_eq!(looked, [(1, false), (0, true), (2, false)]);
}

/// Which phone the engine is told of that somebody looks at, or does not.
fn look(command: &Command) -> Option<(u32, bool)> {
    match command {
        Command::Act {
            phone,
            act: Act::Looked(looks),
        } => Some((phone.0, *looks)),
        _ => None,
    }
}

#[tokio::test]
async fn without_those_who_play_there_is_no_scenario() {
    let screen = Screen::showing_conversation(80, 24).await;
    screen.write("/scenario a.talk");
    screen.press("enter");
    screen.until("no scenario can be played here").await;
    screen.press("ctrl+a");
    screen.write("/scenario a.talk b.talk");
    screen.press("enter");
    screen.until("it takes the file of a scenario").await;
}
