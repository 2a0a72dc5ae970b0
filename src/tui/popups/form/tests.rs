//! The form gives back what it was given, and what was written into it.

use serde_json::json;

use super::*;
use crate::config::personas;

fn form_of(key: &str) -> (Form, Persona) {
    let all = personas::embedded();
    let persona = personas::named(key, &all).unwrap().persona.clone();
    (Form::of(PhoneId(0), &persona), persona)
}

fn write(form: &mut Form, label: &str, text: &str) {
    let at = TABLE.iter().position(|field| field.label == label).unwrap();
    match &mut form.holds[at] {
        Holds::Text(field) => *field = Editor::holding(text),
        Holds::Choice { options, at } => {
            *at = options.iter().position(|option| option == text).unwrap();
        }
        Holds::Check(on) => *on = text == "true",
    }
}

#[test]
fn an_untouched_form_is_the_persona() {
    for known in personas::embedded() {
        let form = Form::of(PhoneId(0), &known.persona);
        assert!(!form.is_changed());
        assert_eq!(form.complaints(), []);
        assert_eq!(form.persona().unwrap(), known.persona, "{}", known.key);
    }
}

#[test]
fn every_field_has_a_place_of_its_own() {
    for (at, field) in TABLE.iter().enumerate() {
        let shared = matches!(field.kind, FieldKind::Member(_));
        let twice = TABLE[at + 1..].iter().any(|other| other.path == field.path);
        assert!(!twice || shared, "{}", field.path);
        // Whatever it is given arrives in the request or in the persona.
        let (mut form, before) = form_of("pat");
        let text = match field.kind {
            FieldKind::Number => "7",
            FieldKind::Millis => "700",
            FieldKind::Date => "2020-02-29",
            FieldKind::Skill => "12",
            FieldKind::Language => "fr-FR",
            FieldKind::OneOf(words) => words[0],
            FieldKind::Flag if field.path == "habits/tells_typing" => "true",
            FieldKind::Flag => "false",
            FieldKind::Member(_) => "true",
            _ => "x",
        };
        match &mut form.holds[at] {
            Holds::Text(editor) => *editor = Editor::holding(text),
            Holds::Choice { at, .. } => *at = 1,
            Holds::Check(on) => *on = text == "true",
        }
        assert_ne!(form.persona().unwrap(), before, "{}", field.path);
    }
}

#[test]
fn values_have_the_types_of_the_wire() {
    let (mut form, _) = form_of("pat");
    for (label, text) in [
        ("balance", "12.5"),
        ("companySize", "40"),
        ("registrationDate", "2021-03-04"),
        ("age", "31"),
        ("born", "1995-07-19"),
        ("skillId", "-1"),
        ("ttrDefName", "URGENT"),
        ("RICH_CONTENT", "true"),
    ] {
        write(&mut form, label, text);
    }
    assert_eq!(form.complaints(), []);
    let persona = form.persona().unwrap();
    let info = persona.opening.profile.ctmrinfo.unwrap();
    assert_eq!(info["balance"], json!(12.5));
    assert_eq!(info["companySize"], json!(40));
    let date = json!({ "day": 4, "month": 3, "year": 2021 });
    assert_eq!(info["registrationDate"], date);
    let personal = persona.opening.profile.personal.unwrap();
    let born = json!({ "age": 31, "day": 19, "month": 7, "year": 1995 });
    assert_eq!(personal["age"], born);
    assert_eq!(persona.opening.skill.unwrap().as_str(), "-1");
    assert_eq!(persona.properties.features.len(), 1);
}

#[test]
fn what_is_emptied_is_left_out() {
    let (mut form, _) = form_of("gus");
    for label in ["age", "born", "balance", "ttrDefName", "lang"] {
        write(&mut form, label, "");
    }
    let persona = form.persona().unwrap();
    let personal = persona.opening.profile.personal.unwrap();
    assert!(!personal.contains_key("age"));
    assert!(
        !persona
            .opening
            .profile
            .ctmrinfo
            .unwrap()
            .contains_key("balance")
    );
    assert_eq!(persona.opening.ttr, None);
    assert_eq!(persona.opening.context, None);
    assert_eq!(personal["contacts"].as_array().unwrap().len(), 2);
}

#[test]
fn what_does_not_fit_is_told_and_can_be_sent_all_the_same() {
    let (mut form, _) = form_of("ada");
    write(&mut form, "balance", "much");
    write(&mut form, "registrationDate", "2021-02-31");
    write(&mut form, "campaignId", "21");
    let reasons: Vec<String> = form
        .complaints()
        .into_iter()
        .map(|one| one.reason)
        .collect();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert!(reasons[0].contains("a number, as"), "{reasons:?}");
    assert!(reasons[1].contains("a day that exists"), "{reasons:?}");
    assert!(reasons[2].contains("go together"), "{reasons:?}");
    assert!(form.obstacle().is_some());
    form.odd = true;
    assert_eq!(form.obstacle(), None);
    let persona = form.persona().unwrap();
    let info = persona.opening.profile.ctmrinfo.unwrap();
    assert_eq!(info["balance"], json!("much"));
    let date = json!({ "day": 31, "month": 2, "year": 2021 });
    assert_eq!(info["registrationDate"], date);
    assert_eq!(persona.opening.campaign.unwrap().engagement, "");
    // A name the phone itself needs is no odd value.
    write(&mut form, "name", "");
    assert!(form.obstacle().unwrap().strict);
}
