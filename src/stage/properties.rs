//! What holds of every show, whatever keys the presenter presses.

use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;

use crate::{
    domain::{
        content::{Content, Hosted},
        line::{Delivery, LineBody},
        time::Timestamp,
    },
    scenario::{parse::parse, script::ScriptHead},
    stage::{
        build::{Staging, timeline},
        player::{StageAct, StageKey, StagePlayer},
        timeline::{Cue, Timeline},
        typing::TypingHabit,
    },
};

const SHOW: &str = r#"
title A mug
play ada
play kim as agent
let colour = blue

note The question
ada: Hello, is there a mug 🫖 in {colour}?
kim takes within 5s
kim types 2s
ada sees kim typing
kim: "Hello {ada.first}, this is Kim."
agent: "Your number is {?ref:/[A-Z]{2}-\d{4}/}."
no message from kim for 2s
kim offers "Yes" "No"
ada taps "Yes"
expect last read within 15s
maybe system: /moment/i

note The hand-over
kim hands to skill "Sales"
agent: It is {ref}
ada sends mug.png "Like this"
ada sees
  title "Mug, blue"
  button "Add" #add-blue
end
ada taps #add-blue
pause 1s
ada closes
survey: satisfied
ada rates 4 resolved
"#;

fn staged(text: &str, seed: u64) -> Result<Timeline, String> {
    let parsed = parse("show.talk", text, &|name| Err(name.to_owned()));
    assert_eq!(parsed.faults, []);
    let none = ScriptHead::default();
    let values = [("ada.first", "Ada"), ("scene", "A mug")];
    let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let staging = Staging {
        title: "A mug".to_owned(),
        consumer: "ada".to_owned(),
        others: Vec::new(),
        values: values.into_iter().collect(),
        variables: BTreeMap::new(),
        heads: [&parsed.script.head, &none],
        seed,
        habit: TypingHabit {
            typos: 0.05,
            ..TypingHabit::default()
        },
        card: &|name| Err(format!("no card {name}")),
        file: &|name, caption| {
            Ok(Hosted {
                caption: caption.into(),
                path: name.to_owned(),
                ..Hosted::default()
            })
        },
        reply: &|key, _| Err(format!("no reply {key}")),
    };
    timeline(&parsed.script.scenes[0].steps, &staging)
}

/// What is on the screen after some acts.
#[derive(Debug, Default, PartialEq)]
struct ShownSoFar {
    draft: String,
    lines: BTreeMap<u32, (u64, LineBody)>,
    typing: Option<String>,
    agent: Option<String>,
    is_closed: bool,
}

impl ShownSoFar {
    fn take(&mut self, acts: Vec<StageAct>) {
        for act in acts {
            match act {
                StageAct::Clear => *self = Self::default(),
                StageAct::Draft(text) => self.draft = text,
                StageAct::Line(line) => {
                    let (_, sequence) = line.place.numbered().unwrap();
                    self.lines.insert(line.id.number, (sequence, line.body));
                }
                StageAct::Typing(name) => self.typing = name.map(String::from),
                StageAct::Agent(name) => self.agent = name.map(String::from),
                StageAct::Close => self.is_closed = true,
                StageAct::Card(..) | StageAct::Caption(_) => {}
            }
        }
    }

    /// What the consumer sent by the show.
    fn said(&self) -> Vec<String> {
        let scripted = self.lines.iter().filter(|(number, _)| **number < 1 << 20);
        let said = scripted.filter_map(|(_, (_, body))| match body {
            LineBody::Mine { content, .. } => Some(shown(content)),
            _ => None,
        });
        said.collect()
    }
}

fn shown(content: &Content) -> String {
    match content {
        Content::Text { text, .. } => text.as_str().to_owned(),
        Content::File(file) => format!("<{}>", file.path),
        _ => "?".to_owned(),
    }
}

const SAID: [&str; 4] = [
    "Hello, is there a mug 🫖 in blue?",
    "Yes",
    "<mug.png>",
    "Add",
];

/// Plays to the end without a key.
fn play_out(player: &mut StagePlayer, screen: &mut ShownSoFar) {
    while let Some(at) = player.wake() {
        screen.take(player.tick(at));
    }
}

#[test]
fn a_show_is_what_the_scenario_says_and_the_seed_decides_the_rest() {
    let show = staged(SHOW, 7).unwrap();
    assert_eq!(show, staged(SHOW, 7).unwrap());
    assert_ne!(show, staged(SHOW, 8).unwrap());
    let chapters: Vec<&str> = show.chapters.iter().map(|one| one.title.as_str()).collect();
    assert_eq!(chapters, ["The question", "The hand-over"]);
    let mut player = StagePlayer::new(show, 1.0, Timestamp(0));
    let mut screen = ShownSoFar::default();
    play_out(&mut player, &mut screen);
    assert!(player.is_over());
    assert_eq!(screen.said(), SAID);
    let read = |(_, body): &(u64, LineBody)| !matches!(body, LineBody::Mine { delivery, .. } if !matches!(delivery, Delivery::Read { .. }));
    assert!(screen.lines.values().all(read));
    assert!(screen.is_closed && screen.draft.is_empty() && screen.typing.is_none());
    let others: Vec<String> = screen
        .lines
        .values()
        .filter_map(|(_, body)| match body {
            LineBody::Theirs {
                name,
                content,
                answerable,
                ..
            } => {
                assert!(!answerable, "{content:?}");
                Some(format!("{name}: {}", shown(content)))
            }
            LineBody::Quiet { text } => Some(text.to_string()),
            LineBody::Mine { .. } => None,
        })
        .collect();
    let number = others[2].rsplit(' ').next().unwrap().trim_end_matches('.');
    assert_eq!(number.len(), 7, "{others:?}");
    assert_eq!(
        others,
        [
            "Kim joined the conversation".to_owned(),
            "Kim: Hello Ada, this is Kim.".to_owned(),
            format!("Kim: Your number is {number}."),
            "Kim: Yes / No".to_owned(),
            "Kim passed you on to skill Sales".to_owned(),
            "Sam joined the conversation".to_owned(),
            format!("Sam: It is {number}"),
            "Sam: ?".to_owned(),
            "You closed the conversation".to_owned(),
            "Survey: satisfied".to_owned(),
            "You rated 4 of 5, settled".to_owned(),
        ]
    );
}

#[test]
fn what_cannot_be_shown_is_told_with_its_line() {
    let none = staged("play ada\nada looks away\n", 1).unwrap_err();
    assert!(none.contains("nothing in the scene"), "{none}");
    let card = "play ada\nplay kim as agent\nada: Hi\nkim shows card \"x.json\"\n";
    assert_eq!(staged(card, 1).unwrap_err(), "line 4: no card x.json");
}

#[test]
fn what_is_picked_of_a_card_that_is_only_outlined_is_said() {
    let text = "play ada\nada: Hi\nada sees\n  button \"Pick a day\"\nend\n\
                ada picks \"2030-12-24\" in \"Pick a day\"\n";
    let mut player = StagePlayer::new(staged(text, 1).unwrap(), 1.0, Timestamp(0));
    let mut screen = ShownSoFar::default();
    play_out(&mut player, &mut screen);
    assert_eq!(screen.said(), ["Hi", "2030-12-24"]);
}

#[test]
fn the_speed_and_a_pause_change_when_and_not_what() {
    let end = |speed: f64, pause: bool| {
        let mut player = StagePlayer::new(staged(SHOW, 3).unwrap(), speed, Timestamp(0));
        let mut screen = ShownSoFar::default();
        let mut last = Timestamp(0);
        if pause {
            screen.take(player.key(StageKey::Pause, Timestamp(500)));
            assert_eq!(player.wake(), None);
            screen.take(player.key(StageKey::Pause, Timestamp(60_500)));
        }
        while let Some(at) = player.wake() {
            last = at;
            screen.take(player.tick(at));
        }
        (last.0, screen)
    };
    let (usual, screen) = end(1.0, false);
    let (fast, same) = end(2.0, false);
    assert_eq!(screen, same);
    assert!((fast * 2 - usual).abs() < 400, "{fast} {usual}");
    let (paused, same) = end(1.0, true);
    assert_eq!((paused - usual, screen), (60_000, same));
}

/// A presenter's key, or time that passes.
#[derive(Debug, Clone)]
enum PressedKey {
    Key(StageKey),
    Time(u64),
}

fn ghost_press() -> impl Strategy<Value = PressedKey> {
    prop_oneof![
        8 => Just(PressedKey::Key(StageKey::Write)),
        2 => Just(PressedKey::Key(StageKey::TakeBack)),
        1 => Just(PressedKey::Key(StageKey::Enter)),
        6 => (0..400u64).prop_map(PressedKey::Time),
        1 => (0..9000u64).prop_map(PressedKey::Time),
    ]
}

fn any_press() -> impl Strategy<Value = PressedKey> {
    use StageKey::{
        Chapter, FinishLine, Ghost, GiveBack, NextStep, Pause, Restart, Say, StepBack, TakeKeyboard,
    };
    prop_oneof![
        10 => ghost_press(),
        6 => prop_oneof![
            Just(Pause), Just(FinishLine), Just(NextStep), Just(StepBack), Just(Restart),
            Just(Ghost), Just(TakeKeyboard), Just(GiveBack), (0..4usize).prop_map(Chapter),
            Just(Say("by hand".to_owned())),
        ].prop_map(PressedKey::Key),
    ]
}

fn press(player: &mut StagePlayer, screen: &mut ShownSoFar, at: &mut Timestamp, press: PressedKey) {
    match press {
        PressedKey::Time(millis) => *at = at.after(Duration::from_millis(millis)),
        PressedKey::Key(key) => return screen.take(player.key(key, *at)),
    }
    screen.take(player.tick(*at));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Keys that are pressed at random write exactly the lines of the scenario.
    #[test]
    fn ghost_typing_sends_exactly_what_is_written(seed in 0..50u64, keys in prop::collection::vec(ghost_press(), 0..300)) {
        let show = staged(SHOW, seed).unwrap();
        let mut player = StagePlayer::new(show, 1.0, Timestamp(0));
        let (mut screen, mut at) = (ShownSoFar::default(), Timestamp(0));
        screen.take(player.key(StageKey::Ghost, at));
        for key in keys {
            press(&mut player, &mut screen, &mut at, key);
            let said = screen.said();
            prop_assert_eq!(&said[..], &SAID[..said.len()]);
            prop_assert!(screen.draft.is_empty() || SAID[said.len()].starts_with(&screen.draft));
        }
        let mut rounds = 0;
        while !player.is_over() {
            press(&mut player, &mut screen, &mut at, PressedKey::Time(8000));
            press(&mut player, &mut screen, &mut at, PressedKey::Key(StageKey::Enter));
            rounds += 1;
            prop_assert!(rounds < 200);
        }
        prop_assert_eq!(screen.said(), SAID);
    }

    /// Whatever is pressed, the show comes to its end with all that the scenario says.
    #[test]
    fn nothing_is_lost_whatever_is_pressed(seed in 0..50u64, keys in prop::collection::vec(any_press(), 0..80)) {
        let show = staged(SHOW, seed).unwrap();
        let mut straight = ShownSoFar::default();
        play_out(&mut StagePlayer::new(show.clone(), 1.0, Timestamp(0)), &mut straight);
        let mut player = StagePlayer::new(show, 1.0, Timestamp(0));
        let (mut screen, mut at) = (ShownSoFar::default(), Timestamp(0));
        let mut by_hand = 0;
        for key in keys {
            if matches!(key, PressedKey::Key(StageKey::Say(_))) {
                by_hand += 1;
            }
            press(&mut player, &mut screen, &mut at, key);
        }
        if player.is_by_hand() {
            let before = player.progress(at);
            screen.take(player.key(StageKey::GiveBack, at));
            prop_assert_eq!(before.step, player.progress(at).step);
        }
        if player.is_ghost() {
            screen.take(player.key(StageKey::Ghost, at));
        }
        if player.progress(at).is_paused {
            screen.take(player.key(StageKey::Pause, at));
        }
        play_out(&mut player, &mut screen);
        prop_assert!(player.is_over());
        prop_assert_eq!(screen.said(), SAID);
        let own = screen.lines.keys().filter(|number| **number >= 1 << 20).count();
        prop_assert!(own <= by_hand);
        // Lines by hand stand between the others; without them all is as if nothing was pressed.
        let bodies = |screen: &ShownSoFar| -> Vec<String> {
            let scripted = screen.lines.iter().filter(|(number, _)| **number < 1 << 20);
            scripted.map(|(_, (_, body))| without_sequence(body)).collect()
        };
        prop_assert_eq!(bodies(&screen), bodies(&straight));
        prop_assert_eq!((screen.draft, screen.is_closed, screen.agent), (straight.draft, straight.is_closed, straight.agent));
    }
}

fn without_sequence(body: &LineBody) -> String {
    match body {
        LineBody::Mine {
            content, delivery, ..
        } => {
            let is_read = matches!(delivery, Delivery::Read { .. });
            format!("{is_read} {content:?}")
        }
        LineBody::Theirs {
            name,
            content,
            answerable,
            ..
        } => {
            format!("{name} {answerable} {content:?}")
        }
        LineBody::Quiet { text } => text.to_string(),
    }
}

#[test]
fn a_jump_shows_what_was_played_so_far_and_no_more() {
    let show = staged(SHOW, 5).unwrap();
    let second = show.chapters[1].step;
    let first = show.steps[second].first;
    let before = show.cues.iter().take(first);
    let lines = before.filter(|timed| {
        matches!(
            timed.cue,
            Cue::Say { .. } | Cue::Show { .. } | Cue::Quiet { .. }
        )
    });
    let lines = lines.count();
    let mut player = StagePlayer::new(show, 1.0, Timestamp(0));
    let mut screen = ShownSoFar::default();
    screen.take(player.key(StageKey::Chapter(2), Timestamp(100)));
    assert_eq!(screen.lines.len(), lines);
    assert_eq!(
        player.progress(Timestamp(100)).next[0],
        "kim hands to skill \"Sales\""
    );
    screen.take(player.key(StageKey::StepBack, Timestamp(200)));
    assert!(screen.lines.len() < lines);
    screen.take(player.key(StageKey::Restart, Timestamp(300)));
    assert_eq!(screen, ShownSoFar::default());
}
