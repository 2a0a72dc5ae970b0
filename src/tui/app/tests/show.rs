//! Shows on the demo stage: half an hour of one, and what takes the place of a scenario that failed.

use std::{collections::BTreeMap, time::Duration};

use crossterm::event::{KeyCode, KeyModifiers};

use super::stage::{SIZES, hostile, hostile_card, hostile_file, leaks, phone, press, stage};
use crate::{
    config::{brand::BrandLook, personas},
    domain::{
        ids::PhoneId,
        line::Line,
        notice::{Notice, Severity},
    },
    engine::update::Update,
    scenario,
    stage::{
        build::{Staging, timeline},
        typing::TypingHabit,
    },
    tui::{
        app::{model::Model, testkit::drawn, theatre::ShowSettings},
        chat::scenario::{RunningScenario, ScenarioNews, ScenarioStart},
        testkit::id,
    },
};

/// The show that comes with handset.
fn show() -> ShowSettings {
    let text = include_str!("../../../../examples/stage/blue-kettle.talk");
    let script = scenario::parse::parse("show.talk", text, &|_| Err(String::new())).script;
    let persona = personas::embedded().swap_remove(0).persona;
    let mut values = BTreeMap::new();
    values.insert("ada.first".to_owned(), persona.first_name().to_owned());
    let scene = &script.scenes[0];
    let staging = Staging {
        title: "The blue kettle".to_owned(),
        consumer: "ada".to_owned(),
        others: Vec::new(),
        values,
        variables: BTreeMap::new(),
        heads: [&script.head, &scene.head],
        seed: 7,
        habit: TypingHabit::default(),
        card: &|_| Ok(hostile_card()),
        file: &|_, _| Ok(hostile_file()),
        reply: &|_, _| Err("no reply is in it".to_owned()),
    };
    ShowSettings {
        timeline: timeline(&scene.steps, &staging).unwrap(),
        speed: 1.0,
        ghost: false,
        persona,
        brand: "account 55512300".to_owned(),
    }
}

#[test]
fn only_a_scenario_that_failed_can_go_on_as_a_show() {
    for (severity, is_offered) in [
        (Severity::Success, false),
        (Severity::Info, false),
        (Severity::Error, true),
    ] {
        let mut model = phone();
        model.go_on_stage(stage(BrandLook::Ticks));
        model.to_play.show = Some(show());
        model.scenario = Some(RunningScenario::new(&ScenarioStart {
            phone: PhoneId(0),
            file: "show.talk".to_owned(),
        }));
        model.on_scenario(ScenarioNews::Over(vec![Notice {
            severity,
            ..Notice::default()
        }]));
        let rows = drawn(&mut model, 200, 60).join("\n");
        assert_eq!(rows.contains("goes on as a show"), is_offered, "{rows}");
    }
}

/// Has half an hour pass, a frame for each thing that happens, and `happens` once in so many seconds.
fn half_an_hour(model: &mut Model, span: usize, mut happens: impl FnMut(&mut Model, u32)) -> usize {
    let (mut frames, begun) = (0, model.ui.now);
    for second in (0..1800).step_by(span) {
        let until = begun.after(Duration::from_secs(u64::from(second)));
        while let Some(next) = model.next_change().filter(|next| *next < until) {
            let later = model.ui.now.after(Duration::from_millis(1));
            model.tick(next.max(later));
            leaks::assert_none(&drawn(model, 80, 24).join("\n"));
            frames += 1;
        }
        model.tick(until);
        happens(model, second);
        // The large ones take their time.
        let size = if second % 10 == 0 {
            second as usize / 10
        } else {
            0
        };
        let (columns, rows) = SIZES[size % SIZES.len()];
        leaks::assert_none(&drawn(model, columns, rows).join("\n"));
        frames += 1;
    }
    frames
}

#[test]
fn in_half_an_hour_of_stage_no_frame_shows_anything_else() {
    let mut model = phone();
    model.go_on_stage(stage(BrandLook::Ticks));
    model.begin_plays(Some(show()), None);
    let keys = ['?', 'k', 'g', 'x', ' ', ' ', 't', 'h', 'b', 'b', '3', 'g'];
    let frames = half_an_hour(&mut model, 1, |model, second| {
        let at = second as usize / 20;
        match second % 20 {
            3 => press(
                model,
                KeyCode::Char(keys[at % keys.len()]),
                KeyModifiers::NONE,
            ),
            9 => press(model, KeyCode::Enter, KeyModifiers::NONE),
            11 => press(model, KeyCode::Esc, KeyModifiers::NONE),
            15 if second % 300 == 15 => press(model, KeyCode::Home, KeyModifiers::NONE),
            _ => {}
        }
    });
    assert!(frames > 2000, "{frames} frames of a show");

    let mut model = phone();
    model.go_on_stage(stage(BrandLook::Window));
    let all = hostile();
    let mut chance = fastrand::Rng::with_seed(7);
    let mut number = 100;
    let frames = half_an_hour(&mut model, 3, |model, second| {
        let update = match chance.choice(&all).cloned() {
            Some(Update::Lines(lines)) => {
                let anew = lines.into_iter().map(|line| {
                    number += 1;
                    Line {
                        id: id(number),
                        ..line
                    }
                });
                Update::Lines(anew.collect())
            }
            update => update.unwrap(),
        };
        model.on_update(update);
        if second % 7 == 0 {
            let code = [KeyCode::Tab, KeyCode::F(9), KeyCode::Up, KeyCode::F(5)];
            let code = *chance.choice(&code).unwrap();
            press(model, code, KeyModifiers::NONE);
        }
    });
    assert!(frames >= 600, "{frames} frames of a phone");
}
