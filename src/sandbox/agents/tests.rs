//! Riley's lines and decisions.

use std::{collections::BTreeSet, time::Duration};

use crate::sandbox::{
    agents::{
        consumer_input::ConsumerInput,
        planner::{AnswerPlanner, AnswerStep},
        script::{Button, Line, Script},
    },
    model::publication::Publication,
    settings::Delays,
};

fn input(text: &str) -> ConsumerInput {
    ConsumerInput::Text {
        text: text.to_owned(),
        click: None,
    }
}

fn buttons(line: &Line) -> &[Button] {
    match line {
        Line::Ask { replies, .. } => replies,
        Line::Card { buttons, .. } => buttons,
        _ => &[],
    }
}

fn texts(steps: &[AnswerStep]) -> Vec<String> {
    steps
        .iter()
        .filter_map(|step| match step {
            AnswerStep::Publish(message) => match &message.publication {
                Publication::Text { message, .. } => Some(message.clone()),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

#[test]
fn every_example_calls_for_its_rule() {
    let script = Script::load().unwrap();
    let mut wrong = Vec::new();
    for rule in &script.rules {
        assert!(!rule.examples.is_empty(), "{}: no example", rule.name);
        for example in &rule.examples {
            let found = script.find_words(example, rule.after.as_deref());
            let found = found.map(|found| found.name.as_str());
            if found != Some(rule.name.as_str()) {
                wrong.push(format!(
                    "{example:?} calls for {found:?}, not {:?}",
                    rule.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_help_promises_nothing_that_is_not_understood() {
    let script = Script::load().unwrap();
    let help = script.find_words("help", None).unwrap();
    let [Line::Ask { text, replies }] = help.say.as_slice() else {
        panic!("{:?}", help.say);
    };
    assert!(replies.len() <= 24);
    let offers = text.lines().filter_map(|line| line.split_once(": "));
    let mut named = BTreeSet::new();
    for offer in offers.flat_map(|(_, offers)| offers.split([',', ';'])) {
        let rule = script.find_words(offer, None);
        let rule = rule.unwrap_or_else(|| panic!("{offer:?} calls for nothing"));
        named.insert(rule.name.as_str());
    }
    let small_talk = [
        "hello",
        "thanks",
        "help",
        "stock",
        "colour chosen",
        "card chosen",
    ];
    for rule in script.rules.iter().filter(|rule| rule.after.is_none()) {
        let is_said = named.contains(rule.name.as_str());
        let is_small_talk = small_talk.contains(&rule.name.as_str());
        assert!(
            is_said != is_small_talk,
            "{} in the help: {is_said}",
            rule.name
        );
    }
}

#[test]
fn every_piece_of_structured_content_can_be_asked_for() {
    let script = Script::load().unwrap();
    let lines: Vec<_> = script.rules.iter().flat_map(|rule| &rule.say).collect();
    for (name, _) in script.rich.all() {
        assert!(lines.contains(&&Line::Rich(name.to_owned())), "{name}");
    }
    for line in lines {
        if let Line::Rich(name) = line {
            assert!(script.rich.get(name).is_some(), "no rich/{name}.json");
        }
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/rich");
    assert_eq!(
        std::fs::read_dir(folder).unwrap().count(),
        script.rich.all().count()
    );
}

#[test]
fn a_click_is_named_and_a_button_of_the_script_calls_for_its_rule() {
    let script = Script::load().unwrap();
    let mut planner = AnswerPlanner::new(Delays::none(), None, fastrand::Rng::with_seed(1));
    let mut answer = |input: &ConsumerInput| texts(&planner.answer(&script, input)).concat();
    let click = |text: &str, id: &str| ConsumerInput::Text {
        text: text.to_owned(),
        click: Some(id.to_owned()),
    };
    let said = answer(&click("Put me down for an order", "carousel-blue-add"));
    assert!(
        said.contains("carousel-blue-add") && said.contains("for an order"),
        "{said}"
    );
    assert!(answer(&click("Was auch immer", "order")).contains("order number"));
    assert!(answer(&click("Thanks", "never-heard-of")).contains("welcome"));
    let tap = ConsumerInput::Tap {
        click: Some("cart-add".to_owned()),
    };
    assert!(answer(&tap).contains("cart-add"));
    let file = ConsumerInput::File {
        kind: "PNG".to_owned(),
        path: String::new(),
        bytes: Some(48_000),
    };
    assert!(answer(&file).contains("PNG, 48 kB"));
    assert!(answer(&ConsumerInput::Rating(Some(5))).contains("5 stars"));
    let skipped = answer(&ConsumerInput::Rating(None));
    assert!(
        skipped.contains("No rating") && !skipped.contains("star"),
        "{skipped}"
    );
    assert!(answer(&ConsumerInput::Odd).contains("did not get that"));
}

#[test]
fn a_flood_has_as_many_messages_as_asked_for_within_bounds() {
    let script = Script::load().unwrap();
    let mut planner = AnswerPlanner::new(Delays::default(), None, fastrand::Rng::with_seed(1));
    for (asked, count) in [
        ("a flood", 500),
        ("flood 3", 3),
        ("flood 0", 1),
        ("flood 999999999999", 5000),
    ] {
        let said = texts(&planner.answer(&script, &input(asked)));
        assert_eq!(said.len(), count, "{asked}");
        assert_eq!(said.last(), Some(&format!("flood {count}/{count}")));
    }
}

#[test]
fn the_script_fits_together() {
    let script = Script::load().unwrap();
    let names: BTreeSet<_> = script.rules.iter().map(|rule| &rule.name).collect();
    assert_eq!(names.len(), script.rules.len(), "every name is there once");
    for rule in &script.rules {
        assert!(
            rule.after
                .as_ref()
                .is_none_or(|after| names.contains(after))
        );
        assert!(!rule.say.is_empty(), "{} says nothing", rule.name);
        for button in rule.say.iter().flat_map(buttons) {
            // What a button writes is answered, with the click and without.
            let plain = script.find_words(&button.text, None);
            let clicked = script.find_click(&button.id, None).map(|rule| &rule.name);
            assert!(clicked.is_some(), "{} is a dead button", button.id);
            assert_eq!(plain.map(|rule| &rule.name), clicked, "{}", button.id);
            assert!(button.title.chars().count() <= 25);
        }
    }
}

#[test]
fn words_are_found_whole_in_any_case_and_only_whole() {
    let script = Script::load().unwrap();
    let name = |text: &str| script.find_words(text, None).map(|rule| rule.name.as_str());
    assert_eq!(name("HELP!!"), Some("help"));
    assert_eq!(name("that’s all"), Some("goodbye"));
    assert_eq!(name("which"), None, "no hi in which");
    assert_eq!(name("12345"), None, "a number answers a question only");
    assert_eq!(name(""), None);
}

#[test]
fn an_answer_is_typed_for_as_long_as_it_takes_and_no_longer_than_bearable() {
    let script = Script::load().unwrap();
    let delays = Delays::default();
    let mut planner = AnswerPlanner::new(delays, None, fastrand::Rng::with_seed(1));
    let longest = |steps: &[AnswerStep]| {
        steps
            .iter()
            .filter_map(|step| match step {
                AnswerStep::Wait(span) => Some(*span),
                _ => None,
            })
            .max()
            .unwrap()
    };
    assert!(longest(&planner.open(&script, &script.greeting)) <= Duration::from_millis(500));
    let long = planner.answer(&script, &input("long text"));
    assert_eq!(longest(&long), Duration::from_millis(2500));
    let short = planner.answer(&script, &input("thanks"));
    assert_eq!(longest(&short), delays.per_character * 16);
    let [
        AnswerStep::Publish(first),
        AnswerStep::Wait(_),
        AnswerStep::Publish(second),
        AnswerStep::Publish(third),
    ] = short.as_slice()
    else {
        panic!("{short:?}");
    };
    assert_eq!(
        first.publication,
        Publication::ChatState("COMPOSING".to_owned())
    );
    assert_eq!(
        second.publication,
        Publication::ChatState("ACTIVE".to_owned())
    );
    assert_eq!(third.publication, Publication::text("You are welcome!"));
}

#[test]
fn a_number_is_understood_after_the_question_for_it() {
    let script = Script::load().unwrap();
    let mut planner = AnswerPlanner::new(Delays::none(), None, fastrand::Rng::with_seed(1));
    let answer = |planner: &mut AnswerPlanner, text: &str| {
        texts(&planner.answer(&script, &input(text))).concat()
    };
    assert!(answer(&mut planner, "40417").contains("did not get that"));
    assert!(answer(&mut planner, "my order").contains("order number"));
    assert!(answer(&mut planner, "40417").contains("Found it"));
    assert!(answer(&mut planner, "40417").contains("did not get that"));
    assert!(answer(&mut planner, "my order").contains("order number"));
    assert!(
        answer(&mut planner, "thanks").contains("welcome"),
        "a change of topic is no loss"
    );
}

#[test]
fn jokes_go_round_in_an_order_of_the_seed() {
    let script = Script::load().unwrap();
    let tell = |seed: u64| {
        let mut planner = AnswerPlanner::new(Delays::none(), None, fastrand::Rng::with_seed(seed));
        (0..8)
            .flat_map(|_| texts(&planner.answer(&script, &input("a joke"))))
            .collect::<Vec<_>>()
    };
    let jokes = tell(3);
    assert_eq!(jokes.len(), 8);
    assert_eq!(jokes[..4], jokes[4..]);
    assert_eq!(jokes.iter().collect::<BTreeSet<_>>().len(), 4);
    assert_eq!(jokes, tell(3));
    assert!((4..20).any(|seed| tell(seed) != jokes));
}
