//! The demo stage: whatever happens to the phone, nothing is shown there that is not the brand's.

#[path = "../../../../tests/it/support/leaks.rs"]
pub(super) mod leaks;

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use serde_json::json;

use crate::{
    config::{
        brand::{self, BrandLook},
        personas,
    },
    domain::{
        content::{Content, Hosted},
        ids::PhoneId,
        line::{Delivery, Line, LineBody},
        notice::{Notice, Severity},
    },
    engine::update::{Consent, Head, Link, Phase, PictureRefusal, Update},
    ingress::status::IngressStatus,
    tui::{
        app::{
            model::Model,
            testkit::{drawn, model},
        },
        popups::Popup,
        stage::{Stage, StageFrame},
        testkit::{call, id, mine, theirs},
    },
};

const CONVERSATION: &str = "6f1c2a34-9b1d-4c55-8a7e-0123456789ab";

pub(super) const SIZES: [(u16, u16); 4] = [(80, 24), (60, 16), (200, 60), (44, 20)];

pub(super) fn press(model: &mut Model, code: KeyCode, modifiers: KeyModifiers) {
    model.on_event(Event::Key(KeyEvent::new(code, modifiers)));
}

fn write(model: &mut Model, text: &str) {
    for c in text.chars() {
        press(model, KeyCode::Char(c), KeyModifiers::NONE);
    }
}

/// The phone of an embedded persona.
pub(super) fn phone() -> Model {
    let mut model = model();
    model.on_update(Update::Phone {
        phone: PhoneId(0),
        persona: Box::new(personas::embedded().swap_remove(0).persona),
    });
    model.on_update(Update::Head {
        phone: PhoneId(0),
        head: Head {
            consumer: "Ada Quill".into(),
            brand: "account 55512300".into(),
            sandbox: true,
            production: false,
            agent: Some("Riley Doe".into()),
            conversation: Some(CONVERSATION.into()),
            phase: Phase::Open,
        },
    });
    model
}

pub(super) fn stage(look: BrandLook) -> Box<Stage> {
    let pack = brand::embedded().swap_remove(1);
    Box::new(Stage::new(pack, Some(look), StageFrame::Phone))
}

fn theirs_with(number: u32, content: Content) -> Line {
    let mut line = theirs(number, "");
    if let LineBody::Theirs { content: said, .. } = &mut line.body {
        *said = content;
    }
    line
}

fn quiet(number: u32, text: &str) -> Line {
    let body = LineBody::Quiet { text: text.into() };
    Line {
        body,
        ..theirs(number, "")
    }
}

fn notice(title: &str, detail: &str) -> Update {
    Update::Notice(Notice {
        severity: Severity::Error,
        title: title.to_owned(),
        detail: detail.to_owned(),
        hint: "see /home/ada/handset.log".to_owned(),
        ..Notice::default()
    })
}

pub(super) fn hostile_card() -> Content {
    let content = json!({"type": "vertical", "elements": [
        {"type": "text", "text": "Ask ada@mail.example.org"},
        {"type": "image", "url": "https://pictures.invalid/a.png?token=1", "caption": "A kettle"},
        {"type": "button", "title": "Put one aside", "click": {"actions": [{"type": "link", "uri": "https://shop.invalid/x?session=9"}]}},
        {"type": "map", "la": 51.5, "lo": -0.1},
    ]});
    Content::Rich {
        content,
        replies: Vec::new(),
    }
}

pub(super) fn hostile_file() -> Hosted {
    Hosted {
        caption: "/home/ada/pictures/kettle.png".into(),
        file_type: "PNG".into(),
        path: "/api/files/55512300".to_owned(),
        local: Some("/home/ada/pictures/kettle.png".to_owned()),
        preview: None,
    }
}

/// What the engine may tell, each with something that is no brand's.
pub(super) fn hostile() -> Vec<Update> {
    let failed = |reason: &str| Delivery::Failed {
        reason: reason.into(),
        uncertain: true,
    };
    vec![
        Update::Lines(vec![
            theirs(1, &format!("Your case is {CONVERSATION}, ask handset-ada")),
            theirs(
                2,
                "see https://va.idp.liveperson.net/x?y=1 or 127.0.0.1:4711 or localhost:80",
            ),
            theirs(
                3,
                "call +1 415 555 0132, account 55512300, participant 55512300.282467",
            ),
            theirs(4, "eyJhbGciOiJI.eyJzdWIi.c2lnbmF0 in /home/ada/x and ~/y"),
            quiet(
                5,
                "A message came that this phone cannot read; select it to see what came",
            ),
            quiet(6, "Riley passed you on to skill 4711234567"),
            Line {
                private: true,
                ..theirs(7, "an error, said in private")
            },
            mine(
                8,
                "hi",
                failed("the cloud answered 500 at https://api.invalid"),
            ),
        ]),
        Update::Lines(vec![
            theirs_with(9, hostile_card()),
            theirs_with(10, Content::File(hostile_file())),
        ]),
        Update::File {
            item: id(10),
            file: Err("the ticket was refused".to_owned()),
        },
        Update::File {
            item: id(10),
            file: Ok("/home/ada/handset/kettle.png".into()),
        },
        Update::Picture {
            address: "https://pictures.invalid/a.png?token=1".to_owned(),
            picture: Err(PictureRefusal::Undecided("pictures.invalid".to_owned())),
        },
        Update::Picture {
            address: "https://pictures.invalid/a.png?token=1".to_owned(),
            picture: Err(PictureRefusal::Failed(
                "404 from pictures.invalid".to_owned(),
            )),
        },
        notice("the listener is gone", "127.0.0.1:4711 refused it"),
        notice("the ticket was revoked", "wss://relay.invalid said 401"),
        Update::Link(Link {
            token_until: None,
            listener: Some("http://127.0.0.1:4711/hook".to_owned()),
            sandbox: Some("http://127.0.0.1:4712".to_owned()),
            last_event: None,
            turned_away: "a token that is none".to_owned(),
            refused: 3,
            ingress: IngressStatus::near(),
        }),
        Update::Wire(vec![call(1, b"{\"token\":\"eyJhbGciOi\"}", b"{}")]),
        Update::Consent(Consent {
            id: 1,
            phone: PhoneId(0),
            by_hand: None,
        }),
        Update::Typing {
            phone: PhoneId(0),
            name: Some("Riley Doe".into()),
        },
    ]
}

#[track_caller]
fn assert_clean(model: &mut Model) {
    for (columns, rows) in SIZES {
        leaks::assert_none(&drawn(model, columns, rows).join("\n"));
    }
}

#[test]
fn whatever_the_engine_tells_nothing_of_it_gets_on_stage() {
    for (_, look) in BrandLook::ALL {
        let mut model = phone();
        model.go_on_stage(stage(look));
        for update in hostile() {
            model.on_update(update);
            assert_clean(&mut model);
        }
        // Off the stage it is all there: the scanner can find it.
        model.leave_stage();
        let rows = drawn(&mut model, 200, 60).join("\n");
        assert!(leaks::leaks(&rows).len() > 5, "{rows}");
    }
}

#[test]
fn no_key_brings_anything_technical_on_stage() {
    let mut model = phone();
    for update in hostile() {
        model.on_update(update);
    }
    model.go_on_stage(stage(BrandLook::Ticks));
    let keys = (1..=12)
        .map(KeyCode::F)
        .filter(|key| *key != KeyCode::F(11));
    for key in keys.chain([
        KeyCode::Tab,
        KeyCode::F(11),
        KeyCode::Esc,
        KeyCode::Up,
        KeyCode::Enter,
    ]) {
        press(&mut model, key, KeyModifiers::NONE);
        assert_clean(&mut model);
    }
    for key in "abcdefghijklmnoprstuvwxyz,.-".chars() {
        for held in [KeyModifiers::ALT, KeyModifiers::CONTROL] {
            if (key, held) == ('c', KeyModifiers::CONTROL) {
                continue;
            }
            press(&mut model, KeyCode::Char(key), held);
            assert_clean(&mut model);
        }
    }
    for command in [
        "/wire",
        "/raw",
        "/export json",
        "/help",
        "/persona gus",
        "/image /home/ada/x",
    ] {
        write(&mut model, command);
        press(&mut model, KeyCode::Enter, KeyModifiers::NONE);
        press(&mut model, KeyCode::Char('u'), KeyModifiers::CONTROL);
        assert_clean(&mut model);
    }
    // Nobody agrees to what nobody sees.
    assert!(matches!(model.popups.as_slice(), [Popup::Consent(_)]));
    press(&mut model, KeyCode::F(11), KeyModifiers::SHIFT);
    assert!(model.stage.is_none());
    let rows = drawn(&mut model, 80, 24).join("\n");
    assert!(rows.contains("real people"), "{rows}");
}

#[test]
fn the_stage_tells_the_presenter_alone_why_a_key_did_nothing() {
    let mut model = phone();
    model.go_on_stage(stage(BrandLook::Ticks));
    press(&mut model, KeyCode::Tab, KeyModifiers::NONE);
    let rows = drawn(&mut model, 200, 60).join("\n");
    assert!(rows.contains("the inspector is off on stage"), "{rows}");
    model.tick(model.ui.now.after(Duration::from_secs(4)));
    let rows = drawn(&mut model, 200, 60).join("\n");
    assert!(!rows.contains("off on stage"), "{rows}");
}

#[test]
fn masked_values_are_not_copied_on_stage_and_in_private_mode() {
    for is_staged in [true, false] {
        let mut model = phone();
        model.is_private = !is_staged;
        model.on_update(Update::Lines(vec![
            theirs(1, "mail ada@mail.example.org"),
            theirs(2, "plain"),
        ]));
        if is_staged {
            model.go_on_stage(stage(BrandLook::Ticks));
        }
        drawn(&mut model, 80, 24);
        press(&mut model, KeyCode::Up, KeyModifiers::NONE);
        press(&mut model, KeyCode::Char('o'), KeyModifiers::CONTROL);
        assert_eq!(
            model.errands.copy.take().map(|copying| copying.text),
            Some("plain".to_owned())
        );
        press(&mut model, KeyCode::Up, KeyModifiers::NONE);
        press(&mut model, KeyCode::Char('o'), KeyModifiers::CONTROL);
        assert_eq!(model.errands.copy, None);
    }
}

#[test]
fn private_mode_masks_the_usual_screen_and_says_so() {
    let mut model = phone();
    for update in hostile() {
        model.on_update(update);
    }
    model.popups.clear();
    let bare = drawn(&mut model, 200, 60).join("\n");
    assert!(
        bare.contains("127.0.0.1:4711") && bare.contains("55512300"),
        "{bare}"
    );
    model.is_private = true;
    for key in ['1', '2', '3', '4'] {
        press(&mut model, KeyCode::Tab, KeyModifiers::NONE);
        press(&mut model, KeyCode::Char(key), KeyModifiers::NONE);
        let rows = drawn(&mut model, 200, 60).join("\n");
        assert!(rows.contains("◐ private"), "{rows}");
        for private in [
            "127.0.0.1",
            "55512300",
            CONVERSATION,
            "liveperson.net",
            "/home/ada",
            "ada@mail",
            "handset-ada",
            "eyJhbGci",
        ] {
            assert!(!rows.contains(private), "{private}\n{rows}");
        }
    }
}

#[test]
fn a_pack_that_changes_is_put_on_at_once_and_one_with_a_fault_is_not() {
    let mut model = phone();
    let folder = std::path::PathBuf::from("/brands/own");
    let mut pack = brand::embedded().swap_remove(1);
    pack.folder = Some(folder);
    model.on_pack(Ok(pack.clone()));
    assert_eq!(model.errands.title.take().as_deref(), Some("Acme Care"));
    pack.name = "Acme Kettles".to_owned();
    model.on_pack(Ok(pack));
    let rows = drawn(&mut model, 80, 24).join("\n");
    assert!(rows.contains("Acme Kettles"), "{rows}");
    model.on_pack(Err("brand.toml:1:8: it is wrong".to_owned()));
    let rows = drawn(&mut model, 200, 60).join("\n");
    assert!(
        rows.contains("Acme Kettles") && !rows.contains("brand.toml"),
        "{rows}"
    );
    write(&mut model, "/stage off");
    press(&mut model, KeyCode::Enter, KeyModifiers::NONE);
    assert!(model.stage.is_none());
    assert_eq!(model.errands.title.take().as_deref(), Some(""));
}
