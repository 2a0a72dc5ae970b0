//! What the screen looks like, at every size it can have.

use std::sync::Arc;

use handset::{
    domain::{
        conversation::event::Act,
        ids::PhoneId,
        notice::{Notice, Severity},
    },
    engine::update::{Switches, Update},
    tui::{
        app::settings::Settings,
        terminal::images::Art,
        theme::{palette, styles::Depth},
    },
};
use ratatui::style::Color;

use crate::support::{
    scene::{self, act},
    screen::{Screen, settings},
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

#[tokio::test]
async fn phone_and_wire_side_by_side() {
    let screen = Screen::showing_conversation(140, 40).await;
    assert_screen!("split_140x40", screen);
    // From the failed bubble, the queued one and the offer up to the one that was read.
    for _ in 0..8 {
        screen.press("ctrl+up");
    }
    screen.until("▌").await;
    screen.until("echoed +35").await;
    assert_screen!("bubble_selected_140x40", screen);
    screen.press("tab");
    screen.press("enter");
    screen.until("← list").await;
    assert_screen!("entry_140x40", screen);
}

#[tokio::test]
async fn one_pane_at_a_time_below_110_columns() {
    let screen = Screen::showing_conversation(80, 24).await;
    assert_screen!("phone_80x24", screen);
    screen.press("tab");
    screen.until("Wire").await;
    assert_screen!("wire_80x24", screen);
}

#[tokio::test]
async fn the_smallest_screen_that_can_be_used() {
    let screen = Screen::showing_conversation(60, 16).await;
    assert_screen!("phone_60x16", screen);
    screen.press("tab");
    screen.until("Wire").await;
    assert_screen!("wire_60x16", screen);
    screen.press("f1");
    screen.until("Help").await;
    assert_screen!("help_60x16", screen);
    screen.press("esc");
    screen.press("ctrl+p");
    screen.write("theme l");
    screen.until("▸ Theme: light").await;
    assert_screen!("palette_60x16", screen);
}

#[tokio::test]
async fn notices_switches_and_completions_lie_over_the_phone() {
    let screen = Screen::showing_conversation(80, 24).await;
    let flight = Switches {
        flight: true,
        pocket: true,
    };
    screen
        .update(Update::Switches {
            phone: PhoneId(0),
            switches: flight,
        })
        .await;
    for (severity, title) in [
        (Severity::Info, "a note 日本語"),
        (Severity::Error, "the token was refused"),
    ] {
        let notice = Notice {
            severity,
            title: title.to_owned(),
            detail: "the cloud answered 401 to AppJWT".to_owned(),
            hint: "check client_id and secret".to_owned(),
            ..Notice::default()
        };
        screen.update(Update::Notice(notice)).await;
    }
    screen.write("/");
    screen.until("/persona NAME").await;
    screen.until("the token was refused").await;
    assert_screen!("overlays_80x24", screen);
}

#[tokio::test]
async fn a_screen_too_small_asks_for_room_and_none_is_too_small_to_survive() {
    let mut screen = Screen::showing_conversation(60, 16).await;
    for (columns, rows) in [
        (59, 16),
        (60, 15),
        (20, 3),
        (1, 1),
        (0, 0),
        (3, 100),
        (200, 1),
    ] {
        screen.resize(columns, rows);
        screen.until_gone("Riley").await;
    }
    screen.resize(59, 16);
    screen.until("handset needs 60×16, this is 59×16").await;
    screen.resize(160, 50);
    screen.until("Riley · typing…").await;
    // Nothing was read while nothing could be.
    let mut shown = Vec::new();
    while let Ok(command) = screen.commands.try_recv() {
        shown.push(command);
    }
    let empty = act(Act::Shown(Vec::new()));
    assert!(shown.contains(&empty), "{shown:?}");
}

#[tokio::test]
async fn every_theme_can_be_had_at_run_time_and_no_colour_means_none() {
    let screen = Screen::showing_conversation(140, 40).await;
    for theme in palette::embedded() {
        screen.write(&format!("/theme {}", theme.name));
        screen.press("enter");
        screen.until(&format!("theme {} ", theme.name)).await;
        assert!(screen.colours().contains(&theme.palette.background));
        screen.press("esc");
    }
    let plain = Settings {
        depth: Depth::None,
        art: Art::Blocks,
        ..settings()
    };
    let screen = Screen::start_with(140, 40, plain, 64);
    for update in scene::conversation() {
        screen.update(update).await;
    }
    screen.press("ctrl+up");
    screen.press("f1");
    screen.until("Help").await;
    screen.press("f1");
    screen.press("f2");
    screen
        .until("no colour is shown while NO_COLOR is set")
        .await;
    let mut colours = screen.colours().into_iter();
    assert!(colours.all(|colour| colour == Color::Reset));
}

#[tokio::test]
async fn no_notice_covers_what_has_the_keyboard() {
    let mut screen = Screen::showing_conversation(60, 16).await;
    screen
        .update(Update::Notice(Notice {
            severity: Severity::Error,
            title: "in the way".to_owned(),
            detail: "of what is written below it".to_owned(),
            hint: "and of what comes of it".to_owned(),
            ..Notice::default()
        }))
        .await;
    screen.until("in the way").await;
    screen.press("ctrl+p");
    // Enter on the bare list does no harm.
    screen.until("▸ Help: all keys and commands").await;
    screen.write("flight");
    screen.until("> flight").await;
    screen.until("▸ Phone: flight mode").await;
    screen.press("enter");
    assert_eq!(screen.command().await, act(Act::Flight(true)));
    screen.until("in the way").await;
}

#[tokio::test]
async fn hostile_text_stays_text() {
    let screen = Screen::start(140, 40);
    let nasty = "x\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{202e}gnol\u{2066}\u{0}\r\u{8}y";
    let mut head = scene::head();
    head.consumer = nasty.into();
    head.agent = Some(nasty.into());
    screen
        .update(Update::Head {
            phone: PhoneId(0),
            head,
        })
        .await;
    screen
        .update(Update::Lines(vec![
            scene::theirs(1, 0, nasty),
            scene::offer(2, 1, nasty, &[nasty]),
        ]))
        .await;
    let mut call = scene::call(1, 0, nasty, nasty, nasty);
    if let handset::domain::exchange::EntryKind::Call(call) = &mut call.kind {
        call.headers = vec![(nasty.to_owned(), nasty.to_owned())];
        call.method = nasty.to_owned();
    }
    screen.update(Update::Wire(vec![call])).await;
    let notice = Notice {
        severity: Severity::Error,
        title: nasty.to_owned(),
        detail: nasty.to_owned(),
        hint: nasty.to_owned(),
        ..Notice::default()
    };
    screen.update(Update::Notice(notice)).await;
    screen.paste(nasty);
    screen.until("F8 earlier").await;
    screen.until("> x").await;
    let text = screen.text();
    let bad = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(*c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert_eq!(text.chars().find(bad), None, "{text}");
    // A body on the wire that is no JSON shows every character that came.
    screen.press("esc");
    screen.press("tab");
    screen.press("enter");
    screen.press("down");
    screen.press("enter");
    screen.until("▾ request").await;
    let text = screen.text();
    assert_eq!(text.chars().find(bad), None, "{text}");
    let body = "x␛[2J␛]0;title␇<U+009B>31m<U+202E>gnol<U+2066>␀␍␈y";
    assert!(text.contains(body), "{text}");
    let rest = text.replace(body, "");
    assert!(!rest.contains("[2J") && !rest.contains("31m"), "{text}");
}

#[tokio::test]
async fn the_terminals_mouse_is_switched_at_run_time() {
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let switch = Settings {
        capture_mouse: Arc::new(move |on| {
            let _ = told.send(on);
            Ok(())
        }),
        ..settings()
    };
    let screen = Screen::start_with(80, 24, switch, 64);
    screen.press("f6");
    assert_eq!(heard.recv().await, Some(false));
    screen.press("f6");
    assert_eq!(heard.recv().await, Some(true));
}

#[tokio::test]
async fn the_cursor_stands_behind_what_is_written_however_wide_it_is() {
    let screen = Screen::start(60, 16);
    screen.paste("日本 👍🏽👨‍👩‍👧❤️x");
    screen.until("❤️ x").await;
    // Margin and prompt take three columns; 2 + 2 + 1 + 2 + 2 + 2 + 1 cells were written.
    assert_eq!(screen.cursor(), (3 + 12, 14));
    for _ in 0..3 {
        screen.press("left");
    }
    screen.press("home");
    screen.write("y");
    screen.until("> y").await;
    assert_eq!(screen.cursor(), (4, 14));
}
