//! The form of a consumer: filled in by keys and by mouse, kept, refused.

use handset::{
    config::personas,
    domain::{conversation::event::Act, ids::PhoneId, persona::Persona, wire::opening::Ttr},
    engine::{command::Command, update::Update},
};

use crate::support::{scene::act, screen::Screen};

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

async fn form(columns: u16, rows: u16) -> Screen {
    let screen = Screen::start(columns, rows);
    let all = personas::embedded();
    let persona = Box::new(all[0].persona.clone());
    screen
        .update(Update::Phone {
            phone: PhoneId(0),
            persona,
        })
        .await;
    screen.until("starting").await;
    screen.write("/form");
    screen.press("enter");
    screen.until("customerId").await;
    screen
}

/// The next persona that is to be kept.
async fn kept(screen: &mut Screen) -> Persona {
    loop {
        if let Command::Configure(persona) = screen.command().await {
            return *persona;
        }
    }
}

#[tokio::test]
async fn the_form_fits_every_screen() {
    let screen = form(140, 40).await;
    screen.until("CONVERSATION").await;
    assert_screen!("form_140x40", screen);
    let screen = form(80, 24).await;
    assert_screen!("form_80x24", screen);
    screen.press("f9");
    screen.until("userprofile.SetUserProfile").await;
    screen.press("f9");
    screen.until("( Save )").await;
    let screen = form(60, 16).await;
    assert_screen!("form_60x16", screen);
}

#[tokio::test]
async fn fields_are_filled_in_and_kept() {
    let mut screen = form(80, 24).await;
    for _ in 0..4 {
        screen.press("tab");
    }
    screen.press("ctrl+a");
    screen.write("platinum");
    screen.until("platinum").await;
    // Words are chosen by arrows and by click, boxes are checked by the bar.
    screen.press("ctrl+s");
    let persona = kept(&mut screen).await;
    let info = persona.opening.profile.ctmrinfo.unwrap();
    assert_eq!(info["ctype"], "platinum");
    assert_eq!(info["customerId"], "C-1001");
    screen.until("kept for the next conversation").await;
    screen.until_gone("customerId").await;
}

#[tokio::test]
async fn words_and_boxes_turn_by_key_and_by_click() {
    let mut screen = form(140, 60).await;
    // Down to the last field and up again to those of the device.
    for _ in 0..12 {
        screen.press("pagedown");
    }
    screen.until("( Begin )").await;
    screen.press("shift+tab");
    screen.press("shift+tab");
    screen.press("shift+tab");
    screen.press("shift+tab");
    screen.until("▸ reads").await;
    screen.write(" ");
    screen.click_on("ttrDefName").await;
    screen.until("‹ URGENT ›").await;
    screen.press("right");
    screen.press("right");
    screen.until("‹ NORMAL ›").await;
    screen.press("ctrl+b");
    let persona = kept(&mut screen).await;
    assert!(!persona.habits.reads);
    assert_eq!(persona.opening.ttr, Some(Ttr::Normal));
    assert_eq!(screen.command().await, act(Act::New));
}

#[tokio::test]
async fn what_does_not_fit_is_refused_until_it_is_allowed() {
    let mut screen = form(80, 24).await;
    for _ in 0..6 {
        screen.press("down");
    }
    screen.write("much");
    screen.until("✗ it takes a number").await;
    screen.press("tab");
    screen.press("ctrl+s");
    screen.until("it was not kept").await;
    screen.click_on("odd values allowed").await;
    screen.until("[x] odd values allowed").await;
    screen.press("ctrl+s");
    let persona = kept(&mut screen).await;
    assert_eq!(persona.opening.profile.ctmrinfo.unwrap()["balance"], "much");
}

#[tokio::test]
async fn closing_warns_of_what_was_changed() {
    let mut screen = form(80, 24).await;
    screen.press("esc");
    screen.until_gone("customerId").await;
    screen.press("f10");
    screen.until("customerId").await;
    screen.write("x");
    screen.press("esc");
    screen.until("what was changed is not kept").await;
    screen.press("esc");
    screen.until_gone("customerId").await;
    screen.press("f3");
    assert_eq!(screen.command().await, act(Act::Flight(true)));
}

#[tokio::test]
async fn the_agents_can_be_told_at_once() {
    let mut screen = form(80, 24).await;
    screen.click_on("( Tell )").await;
    let profile = kept(&mut screen).await.opening.profile;
    assert_eq!(screen.command().await, act(Act::SetProfile(profile)));
}
