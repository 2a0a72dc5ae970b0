//! Structured content as a device reads it and answers it, by stories: a
//! content, its lines where there is only text, and what each press comes to
//! (`rich-content` 3, 4, 7 and 8).

use std::{collections::BTreeMap, fs, path::Path};

use handset::domain::rich::{
    card::{Card, CardState, Face, Part},
    element::{DatePicker, Element, Kind},
    links, plain,
    press::{Choice, Press, Wanted},
};
use jiff::{civil::date, tz::TimeZone};
use proptest::prelude::*;
use serde_json::{Value, json};

fn stories() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rich");
    let mut stories: Vec<(String, Value)> = fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let story = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            (name, story)
        })
        .collect();
    stories.sort_by(|one, two| one.0.cmp(&two.0));
    stories
}

/// What an element is called in a story: by what stands on it, or by its select.
fn name(element: &Element) -> Vec<String> {
    match &element.kind {
        Kind::Text(text) | Kind::Checkbox(text) => vec![text.as_str().to_owned()],
        Kind::Button { title, .. } | Kind::Submit { title, .. } | Kind::Template { title, .. } => {
            vec![title.as_str().to_owned()]
        }
        Kind::LinkPreview { url, title } => vec![title.as_str().to_owned(), url.clone()],
        Kind::Image { url, caption } => vec![caption.as_str().to_owned(), url.clone()],
        Kind::Map(place) => vec![links::coordinates(*place)],
        Kind::CarouselSelect { name, .. } | Kind::AccordionSelect { name, .. } => {
            vec![format!("select {name}")]
        }
        Kind::Tabs(_) => vec!["tabs".to_owned()],
        _ => Vec::new(),
    }
}

fn all<'a>(element: &'a Element, found: &mut Vec<&'a Element>) {
    found.push(element);
    for inner in element.elements() {
        all(inner, found);
    }
}

fn part(card: &Card, step: &Value) -> Part {
    let wanted = step["press"].as_str().unwrap().to_owned();
    let mut elements = Vec::new();
    all(&card.root, &mut elements);
    let element = elements
        .iter()
        .find(|element| name(element).contains(&wanted));
    let element = element.unwrap_or_else(|| panic!("no {wanted:?}"));
    let nth = step["nth"].as_u64().map(|nth| u16::try_from(nth).unwrap());
    Part {
        element: element.id,
        face: nth.map_or(Face::Whole, Face::Nth),
    }
}

fn chosen(step: &Value) -> BTreeMap<usize, Choice> {
    let chosen = step["chosen"].as_object();
    let day = |value: &Value| value.as_str().unwrap().parse().unwrap();
    chosen
        .into_iter()
        .flatten()
        .map(|(action, choice)| {
            let choice = match choice {
                Value::Array(days) => Choice::Days(day(&days[0]), day(&days[1])),
                Value::Number(nth) => Choice::Slot(usize::try_from(nth.as_u64().unwrap()).unwrap()),
                one => Choice::Day(day(one)),
            };
            (action.parse().unwrap(), choice)
        })
        .collect()
}

/// What a press came to, in the words of the stories.
fn told(press: Press) -> Value {
    match press {
        Press::Turned => json!({"turned": true}),
        Press::Wants(_, Wanted::Dates(_)) => json!({"wants": "dates"}),
        Press::Wants(_, Wanted::Slot(_)) => json!({"wants": "slot"}),
        Press::Refused(reason) => json!({ "refused": reason }),
        Press::Send(click, targets) => {
            let mut told = json!({});
            let sends = serde_json::to_value(click).unwrap();
            if sends != json!({}) {
                told["sends"] = sends;
            }
            if !targets.is_empty() {
                let leads = targets.into_iter().map(|target| target.uri);
                told["leads"] = leads.collect();
            }
            told
        }
    }
}

#[test]
fn each_story_comes_to_its_end() {
    for (name, story) in stories() {
        let content = &story["content"];
        let lines: Vec<Value> = plain::lines(content)
            .iter()
            .map(|line| line.as_str().into())
            .collect();
        assert_eq!(Value::from(lines), story["lines"], "{name}");
        let card = Card::read(content);
        let mut state = CardState::default();
        for step in story["steps"].as_array().unwrap() {
            let part = part(&card, step);
            let press = card.press(part, &mut state, &chosen(step), &TimeZone::UTC);
            let sent = matches!(press, Press::Send(..));
            let mut told = told(press);
            let mut expected = step.clone();
            for key in ["press", "nth", "chosen"] {
                expected.as_object_mut().unwrap().remove(key);
            }
            if let (Some(told), Some(part)) = (
                told["refused"].as_str().map(str::to_owned),
                expected["refused"].as_str().map(str::to_owned),
            ) {
                assert!(told.contains(&part), "{name}: {step} was refused: {told}");
                continue;
            }
            // Indexing a missing member made it null.
            for value in [&mut told, &mut expected] {
                value
                    .as_object_mut()
                    .unwrap()
                    .retain(|_, value| !value.is_null());
            }
            assert_eq!(told, expected, "{name}: {step}");
            assert!(!sent || state.is_used(part), "{name}: {step} was used");
        }
    }
}

#[test]
fn every_element_of_the_schema_has_a_story() {
    let all: String = stories()
        .iter()
        .map(|(_, story)| story["content"].to_string())
        .collect();
    for kind in [
        "text",
        "image",
        "button",
        "map",
        "linkPreview",
        "template",
        "keyValuePairList",
        "vertical",
        "horizontal",
        "carousel",
        "carouselSelect",
        "accordionSelect",
        "tabs",
        "list",
        "sectionList",
        "section",
        "checklist",
        "checkbox",
        "buttonList",
        "submitButton",
        "publishText",
        "link",
        "navigate",
        "datePicker",
        "scheduleSlotList",
        "addToCart",
        "custom",
        "checked",
        "submitAsText",
    ] {
        assert!(all.contains(&format!("\"type\":\"{kind}\"")), "{kind}");
    }
}

#[test]
fn a_picker_keeps_to_its_limits_in_the_persons_own_days() {
    let picker = DatePicker {
        // 1 January 2030, 23:00 in London, which is the 2nd in Berlin.
        min: Some(1_893_538_800),
        max: Some(1_893_700_000),
        ..DatePicker::default()
    };
    let berlin = TimeZone::fixed(jiff::tz::offset(1));
    assert!(picker.allows(date(2030, 1, 1), &TimeZone::UTC));
    assert!(!picker.allows(date(2030, 1, 1), &berlin));
    assert!(picker.allows(date(2030, 1, 3), &TimeZone::UTC));
    assert!(!picker.allows(date(2030, 1, 4), &TimeZone::UTC));
    let senseless = DatePicker {
        min: Some(i64::MAX),
        max: Some(0),
        ..DatePicker::default()
    };
    assert!(!senseless.allows(date(2030, 1, 1), &TimeZone::UTC));
    let crossed = DatePicker {
        min: Some(1_893_538_800),
        max: Some(0),
        ..DatePicker::default()
    };
    assert!(crossed.allows(date(2030, 1, 1), &TimeZone::UTC));
}

#[test]
fn only_harmless_addresses_are_opened_and_none_can_leave_its_place() {
    for (uri, openable) in [
        ("https://shop.test/", Some("https://shop.test/")),
        (" mailto:a@shop.test", Some("mailto:a@shop.test")),
        ("tel:+44 20 1", Some("tel:+44%2020%201")),
        (
            "https://shop.test/\u{1b}\\\u{7}\n\u{9c}",
            Some("https://shop.test/%1B\\%07%0A%C2%9C"),
        ),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("ssh://host", None),
        ("https:", None),
        ("shop.test", None),
        ("", None),
    ] {
        assert_eq!(links::openable(uri).as_deref(), openable, "{uri:?}");
    }
    assert_eq!(
        links::openable(&format!("https://{}", "a".repeat(4000))),
        None
    );
}

#[test]
fn hostile_depth_and_number_are_bounded() {
    let mut deep = json!({"type": "text", "text": "heart"});
    for _ in 0..100 {
        deep = json!({"type": "vertical", "elements": [deep]});
    }
    assert_eq!(plain::lines(&deep).len(), 1);
    assert_eq!(plain::lines(&deep)[0].as_str(), "…");
    let many: Vec<Value> = (0..10_000).map(|_| json!({"type": "button"})).collect();
    let card = Card::read(&json!({"type": "vertical", "elements": many}));
    assert!(card.root.elements().len() <= 4096);
}

/// JSON that looks like structured content here and there.
fn contents() -> impl Strategy<Value = Value> {
    let kinds = prop::sample::select(vec![
        "text",
        "image",
        "button",
        "map",
        "linkPreview",
        "template",
        "keyValuePairList",
        "vertical",
        "horizontal",
        "carousel",
        "carouselSelect",
        "accordionSelect",
        "tabs",
        "list",
        "checkbox",
        "submitButton",
        "hologram",
        "",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            json!({"actions": [{"type": "publishText", "text": "x"}], "metadata": [{"type": "ExternalId"}]}),
            json!({"actions": [{"type": "datePicker", "class": "range", "minDate": i64::MIN, "maxDate": 1e300}]}),
            json!({"actions": [{"type": "scheduleSlotList", "slots": [{"start": i64::MAX}]}]}),
            json!({"actions": [{"type": "submitAsText"}, {"type": "link", "uri": "https://a"}]}),
            json!({"name": "n", "type": "multiple"}),
            json!([30, -70, "x", 1e308]),
        ]),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        let keys = prop::sample::select(vec![
            "text",
            "title",
            "url",
            "la",
            "click",
            "ref",
            "selectMode",
            "percentages",
            "titles",
            "resp",
            "rtl",
            "style",
            "border",
            "tag",
            "key",
            "caption",
            "elements",
        ]);
        let members = prop::collection::vec((keys, inner.clone()), 0..4);
        let elements = prop::collection::vec(inner.clone(), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            (kinds.clone(), members, elements).prop_map(|(kind, members, elements)| {
                let mut element = json!({"type": kind, "elements": elements});
                for (key, value) in members {
                    element[key] = value;
                }
                element
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_is_read_and_every_part_can_be_pressed(content in contents()) {
        let card = Card::read(&content);
        let lines = plain::lines(&content);
        for line in &lines {
            prop_assert!(!line.as_str().chars().any(|c| c.is_control() && c != '\n'));
        }
        let mut elements = Vec::new();
        all(&card.root, &mut elements);
        let mut state = CardState::default();
        let chosen = [
            (0, Choice::Days(date(-9999, 1, 1), date(9999, 12, 31))),
            (1, Choice::Slot(0)),
        ];
        for element in elements {
            for face in [Face::Whole, Face::Nth(0), Face::Nth(u16::MAX), Face::Back, Face::On] {
                let part = Part { element: element.id, face };
                card.press(part, &mut state, &BTreeMap::new(), &TimeZone::UTC);
                card.press(part, &mut state, &chosen.into(), &TimeZone::UTC);
            }
        }
    }
}
