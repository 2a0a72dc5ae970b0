//! Several phones at once: tabs, what waits on each, and that nothing of
//! one shows on another.

use handset::{
    config::personas,
    domain::{
        conversation::event::Act,
        ids::{ItemId, PhoneId},
        line::{Line, Place},
        persona::Persona,
    },
    engine::{
        command::Command,
        update::{Head, Phase, Switches, Update},
    },
};

use crate::support::{
    scene::{self, act},
    screen::Screen,
};

macro_rules! assert_screen {
    ($name:expr, $screen:expr) => {{
        let name = $name;
        let shown = $screen.kept(&name).await;
        insta::with_settings!(
            { snapshot_path => "../../snapshots", prepend_module_to_snapshot => false,
              omit_expression => true },
            { insta::assert_snapshot!(name, shown) }
        )
    }};
}

fn persona(key: &str) -> Persona {
    let all = personas::embedded();
    personas::named(key, &all).unwrap().persona.clone()
}

fn phone(phone: u32, key: &str) -> Update {
    let persona = Box::new(persona(key));
    Update::Phone {
        phone: PhoneId(phone),
        persona,
    }
}

fn head(phone: u32, consumer: &str) -> Update {
    let head = Head {
        consumer: consumer.into(),
        ..scene::head()
    };
    Update::Head {
        phone: PhoneId(phone),
        head,
    }
}

/// The same line on another phone.
fn on(phone: u32, item: Line) -> Line {
    let number = item.id.number;
    let id = ItemId {
        phone: Some(PhoneId(phone)),
        number,
    };
    let place = Place::new(id, item.place.position);
    Line { id, place, ..item }
}

fn on_phone(phone: u32, act: Act) -> Command {
    Command::Act {
        phone: PhoneId(phone),
        act,
    }
}

/// Ada in view, Gus and Omar beside her.
async fn several(columns: u16, rows: u16) -> Screen {
    let screen = Screen::showing_conversation(columns, rows).await;
    for (id, key, name) in [(1, "gus", "Gus Hartley"), (2, "omar", "عمر حداد")] {
        screen.update(phone(id, key)).await;
        screen.update(head(id, name)).await;
    }
    screen.update(phone(0, "ada")).await;
    screen.until("Gus").await;
    screen
}

#[tokio::test]
async fn tabs_tell_what_waits_on_each_phone() {
    for (columns, rows) in [(140, 40), (80, 24), (60, 16)] {
        let screen = several(columns, rows).await;
        let items = vec![
            on(1, scene::theirs(1, 0, "Where is my order?")),
            on(1, scene::theirs(2, 1, "Hello?")),
        ];
        screen.update(Update::Lines(items)).await;
        screen.until("Gus (2)").await;
        // The same line again is no news.
        let again = on(1, scene::theirs(2, 1, "Hello??"));
        screen.update(Update::Lines(vec![again])).await;
        let typing = Update::Typing {
            phone: PhoneId(1),
            name: Some("Riley".into()),
        };
        screen.update(typing).await;
        let switches = Switches {
            flight: true,
            pocket: true,
        };
        screen
            .update(Update::Switches {
                phone: PhoneId(2),
                switches,
            })
            .await;
        let closed = Head {
            phase: Phase::Closed,
            ..scene::head()
        };
        screen
            .update(Update::Head {
                phone: PhoneId(2),
                head: closed,
            })
            .await;
        screen.until("✈ ▾ ×").await;
        screen.until("Gus (2) ●").await;
        match columns {
            140 => assert_screen!("phones_140x40", screen),
            80 => assert_screen!("phones_80x24", screen),
            _ => assert_screen!("phones_60x16", screen),
        }
    }
}

#[tokio::test]
async fn switching_is_one_key_and_each_phone_keeps_its_own() {
    let mut screen = several(140, 40).await;
    while screen.commands.try_recv().is_ok() {}
    screen.write("for Riley");
    screen.until("> for Riley").await;
    screen
        .update(Update::Lines(vec![on(1, scene::theirs(1, 0, "Hello Gus"))]))
        .await;
    screen.until("Gus (1)").await;
    screen.press("ctrl+pagedown");
    screen.until("Hello Gus").await;
    screen.until_gone("(1)").await;
    assert!(!screen.text().contains("for Riley"), "{}", screen.text());
    assert!(
        !screen.text().contains("Is the blue one in stock"),
        "{}",
        screen.text()
    );
    screen.write("for the agent of Gus");
    screen.press("enter");
    // The one is looked away from, the other at; the text goes to the other alone.
    let mut told = Vec::new();
    loop {
        match screen.any_command().await {
            Command::Act {
                act: Act::Typed { .. } | Act::Shown(_),
                ..
            } => {}
            command => {
                let last = matches!(
                    command,
                    Command::Act {
                        act: Act::Submit { .. },
                        ..
                    }
                );
                told.push(command);
                if last {
                    break;
                }
            }
        }
    }
    let expected = [
        on_phone(0, Act::Looked(false)),
        on_phone(1, Act::Looked(true)),
        on_phone(1, Act::submit("for the agent of Gus")),
    ];
    assert_eq!(told, expected);
    // Back again the draft stands where it stood; what came meanwhile was counted.
    screen.press("alt+p");
    screen.until("> for Riley").await;
    screen.until("Is the blue one in stock").await;
    assert!(!screen.text().contains("Hello Gus"));
    // Round and round, and by click.
    screen.press("ctrl+pageup");
    screen.until("عمر حداد").await;
    screen.click_on("Gus").await;
    screen.until("Hello Gus").await;
}

#[tokio::test]
async fn a_command_leaves_the_draft_of_the_phone_it_leads_to() {
    let screen = several(140, 40).await;
    screen.press("alt+n");
    screen.until("Gus Hartley").await;
    screen.write("half a sentence");
    screen.until("> half a sentence").await;
    screen.press("alt+p");
    screen.until("Ada Quill").await;
    screen.write("/persona gus");
    screen.press("enter");
    screen.until("Gus Hartley").await;
    screen.until("> half a sentence").await;
    screen.press("alt+p");
    screen.until("Ada Quill").await;
    screen.until("Write a message").await;
}

#[tokio::test]
async fn selection_switches_and_notes_stay_with_their_phone() {
    let mut screen = several(140, 40).await;
    for _ in 0..3 {
        screen.press("ctrl+up");
    }
    screen.until("▌").await;
    screen.press("alt+n");
    screen.until_gone("▌").await;
    screen.press("f3");
    let mut flown = screen.command().await;
    while !matches!(
        flown,
        Command::Act {
            act: Act::Flight(_),
            ..
        }
    ) {
        flown = screen.command().await;
    }
    assert_eq!(flown, on_phone(1, Act::Flight(true)));
    let switches = Switches {
        flight: true,
        pocket: false,
    };
    screen
        .update(Update::Switches {
            phone: PhoneId(1),
            switches,
        })
        .await;
    screen.until("✈ flight").await;
    screen.press("alt+p");
    screen.until_gone("✈ flight").await;
    screen.until("▌").await;
}

#[tokio::test]
async fn what_the_journal_gives_back_is_no_news() {
    let screen = Screen::showing_conversation(80, 24).await;
    screen.update(phone(1, "gus")).await;
    let old = on(1, scene::theirs(1, 0, "of yesterday"));
    screen.update(Update::Lines(vec![old])).await;
    screen.update(head(1, "Gus Hartley")).await;
    screen.until("Gus").await;
    assert!(!screen.text().contains("(1)"), "{}", screen.text());
}

#[tokio::test]
async fn a_phone_is_handed_over_and_closed() {
    let mut screen = Screen::start(80, 24);
    screen.press("ctrl+t");
    screen.until("Hand a phone to").await;
    screen.until("  open ").await;
    assert_screen!("personas_80x24", screen);
    // Of Gus it merely says that he has no patience.
    screen.write("pat");
    screen.until("▸ 📟").await;
    screen.press("ctrl+a");
    screen.write("lena");
    screen.until("▸ 🥨").await;
    screen.press("enter");
    let lena = Box::new(persona("lena"));
    assert_eq!(screen.command().await, Command::Open(lena));
    // The list names the same consumers as the tabs.
    screen.until_gone("Hand a phone to").await;
    screen.update(phone(7, "lena")).await;
    screen.update(head(7, "Lena Schröder")).await;
    // The phone that was asked for comes into view; others that come do not.
    screen.until("Lena Schröder").await;
    screen.update(phone(8, "pat")).await;
    screen.until("Pat").await;
    assert!(screen.text().contains("Lena Schröder"));
    screen.write("draft");
    screen.press("alt+w");
    screen.until("what is written was not sent").await;
    screen.press("ctrl+a");
    screen.press("delete");
    screen.press("alt+w");
    loop {
        if screen.command().await == Command::Close(PhoneId(7)) {
            break;
        }
    }
    screen.update(Update::Closed(PhoneId(7))).await;
    screen.until_gone("Lena").await;
    screen.write("/persona noor");
    screen.press("enter");
    loop {
        if screen.command().await == Command::Open(Box::new(persona("noor"))) {
            break;
        }
    }
    // Somebody whose phone lies there comes into view without a question.
    screen.write("/persona ada");
    screen.press("enter");
    screen.write("still here");
    screen.press("enter");
    loop {
        if screen.command().await == act(Act::submit("still here")) {
            break;
        }
    }
}

#[tokio::test]
async fn the_last_phone_stays() {
    let screen = Screen::start(80, 24);
    screen.write("/done");
    screen.press("enter");
    screen.until("the last phone stays").await;
    screen.press("alt+n");
    screen.until("one phone is open").await;
}

#[tokio::test]
async fn more_phones_than_fit_scroll_around_the_one_in_view() {
    let screen = Screen::start(60, 16);
    for (phone, key) in (1..).zip(["gus", "lena", "omar", "pat", "noor"]) {
        let mut long = persona(key);
        long.name = format!("{}-and-more {key}", long.first_name());
        let persona = Box::new(long);
        let update = Update::Phone {
            phone: PhoneId(phone),
            persona,
        };
        screen.update(update).await;
        screen.update(head(phone, key)).await;
    }
    screen.until("›").await;
    assert!(!screen.text().contains("Noor"), "{}", screen.text());
    let noor = on(5, scene::theirs(1, 0, "unseen"));
    screen.update(Update::Lines(vec![noor])).await;
    screen.press("alt+p");
    screen.until("‹").await;
    screen.until("Noor").await;
    assert!(!screen.text().contains("Gus"), "{}", screen.text());
    screen.click_on("‹").await;
    screen.until("pat").await;
}
