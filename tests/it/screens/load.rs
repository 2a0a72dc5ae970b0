//! Floods, idleness and time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use handset::{
    domain::{
        conversation::event::Act,
        notice::{Notice, Severity},
        time::Timestamp,
    },
    engine::{command::Command, update::Update},
    tui::app::settings::Settings,
};
use tokio::time::Instant;

use crate::support::{
    LIMIT, scene,
    screen::{Screen, settings},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_updates_neither_starves_the_keyboard_nor_draws_without_end() {
    const KEYS: usize = 200;
    const BATCHES: u32 = 400;
    let mut screen = Screen::start_with(140, 40, settings(), 1024);
    let began = std::time::Instant::now();
    let updates = screen.updates.clone();
    let flood = tokio::spawn(async move {
        for batch in 0..BATCHES {
            let items =
                (0..50).map(|n| scene::theirs(batch * 50 + n, 0, &format!("flood {batch}")));
            updates.send(Update::Lines(items.collect())).await.unwrap();
            let id = u64::from(batch);
            let entry = scene::call(id, 0, "ms.PublishEvent text", "conversation/send", "{}");
            updates.send(Update::Wire(vec![entry])).await.unwrap();
        }
    });
    for _ in 0..KEYS {
        screen.write("x");
        tokio::task::yield_now().await;
    }
    let mut typed = 0;
    while typed < KEYS {
        if let Command::Act {
            act: Act::Typed { .. },
            ..
        } = screen.any_command().await
        {
            typed += 1;
        }
    }
    flood.await.unwrap();
    screen.until(&format!("flood {}", BATCHES - 1)).await;
    let most = began.elapsed().as_millis() / 16 + 3;
    let frames = screen.frames();
    assert!(
        u128::from(frames) <= most,
        "{frames} frames, {most} allowed"
    );
}

#[tokio::test(start_paused = true)]
async fn changes_within_one_frames_time_share_a_frame_and_a_late_one_is_drawn_at_once() {
    let screen = Screen::showing_conversation(140, 40).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    let (frames, began) = (screen.frames(), Instant::now());
    for n in 0..100 {
        let item = scene::theirs(100 + n, 200, &format!("change {n}."));
        screen.update(Update::Lines(vec![item])).await;
        // Paused time stands still as long as this task does not wait.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(screen.frames(), frames + 1, "the first is drawn at once");
    screen.until("change 99.").await;
    assert_eq!(screen.frames(), frames + 2);
    assert!(began.elapsed() < Duration::from_millis(20));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_keys_does_not_starve_updates() {
    let screen = Screen::start(80, 24);
    let (keys, wanted) = (screen.keys.clone(), Arc::new(AtomicBool::new(true)));
    let still_wanted = Arc::clone(&wanted);
    let flood = std::thread::spawn(move || {
        // Faster than they are taken, so that there is always another one.
        let began = std::time::Instant::now();
        while still_wanted.load(Ordering::Relaxed) {
            if began.elapsed() > LIMIT {
                return false;
            }
            for _ in 0..100 {
                let key = KeyEvent::new(KeyCode::Left, KeyModifiers::NONE);
                keys.send(Event::Key(key)).unwrap();
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    });
    screen
        .update(Update::Lines(vec![scene::theirs(1, 0, "hello")]))
        .await;
    screen.until("hello").await;
    wanted.store(false, Ordering::Relaxed);
    let came = flood.join().unwrap();
    assert!(came, "the update came only after the flood");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_drawn_while_nothing_changes() {
    let screen = Screen::showing_conversation(140, 40).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    let frames = screen.frames();
    for _ in 0..60 {
        tokio::time::advance(Duration::from_secs(1)).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(screen.frames(), frames);
}

#[tokio::test]
async fn a_burst_of_sizes_is_drawn_once_it_is_over() {
    let screen = Screen::showing_conversation(140, 40).await;
    let began = std::time::Instant::now();
    let before = screen.frames();
    for columns in (60..=140).rev() {
        screen.resize(columns, 30);
    }
    screen
        .until_that(
            |text| text.lines().count() == 30 && text.contains("Riley"),
            "the last size",
        )
        .await;
    let drawn = u128::from(screen.frames() - before);
    assert!(
        drawn <= began.elapsed().as_millis() / 16 + 2,
        "{drawn} frames"
    );
}

#[tokio::test(start_paused = true)]
async fn remarks_go_by_themselves_and_the_light_of_a_token_goes_out() {
    let began = Instant::now();
    let running = Settings {
        clock: Arc::new(move || {
            let passed = i64::try_from(began.elapsed().as_millis()).unwrap();
            Timestamp(scene::NOON + passed)
        }),
        ..settings()
    };
    let screen = Screen::start_with(140, 40, running, 64);
    let mut link = scene::link();
    link.token_until = Some(scene::at(60));
    screen.update(Update::Link(link)).await;
    let notice = |severity, title: &str| {
        Update::Notice(Notice {
            severity,
            title: title.to_owned(),
            detail: String::new(),
            hint: String::new(),
            ..Notice::default()
        })
    };
    screen.update(notice(Severity::Error, "an error")).await;
    screen.update(notice(Severity::Info, "a remark")).await;
    screen.until("a remark").await;
    screen.until("● token until 12:01").await;
    // Paused time runs on to the next timer by itself.
    screen.until_gone("a remark").await;
    assert!(began.elapsed() >= Duration::from_secs(4));
    assert!(began.elapsed() < Duration::from_secs(6));
    tokio::time::advance(Duration::from_mins(1)).await;
    screen.until("○ token expired").await;
    assert!(screen.text().contains("an error"));
}
