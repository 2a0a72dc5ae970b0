//! What the dashboard shows, and what its keys ask for.

use crossterm::event::{KeyEvent, KeyModifiers};
use ratatui::backend::TestBackend;

use std::path::Path;

use super::*;
use crate::swarm::measure::{
    Latency, Measures, SwarmCount,
    progress::{FailingStep, LatencyRow, RefusedCalls, WorkerHealth, WorkerLine},
    threshold::Threshold,
    timeline::SecondLine,
};
use crate::tui::terminal::svg::svg;

fn sample() -> SwarmProgress {
    let mut measured = Measures::new(1);
    for micros in 1..=1_000 {
        measured.record(0, Latency::Lag, micros);
        measured.record(0, Latency::Open, 12_000 + micros * 30);
        measured.record(0, Latency::Sent, 10_000 + micros * 100);
        measured.record(0, Latency::Echo, 20_000 + micros * 120);
        measured.record(0, Latency::Read, 1_000_000 + micros * 8_000);
        measured.record(0, Latency::Reply, micros * 60_000);
    }
    measured.count(0, SwarmCount::Planned, 2_000);
    measured.count(0, SwarmCount::Started, 1_990);
    measured.count(0, SwarmCount::Dropped, 10);
    measured.count(0, SwarmCount::Messages, 5_213);
    let all = measured.in_all();
    let mut thresholds = Threshold::built_in();
    thresholds.push(Threshold::parse("reply.p90", "< 45s").unwrap());
    thresholds.push(Threshold::parse("sent.p99", "< 800ms").unwrap());
    thresholds.push(Threshold::parse("closed.p99", "< 1s").unwrap());
    SwarmProgress {
        name: "Monday morning".into(),
        phase: SwarmPhase::Arriving,
        stage: "2/3 hold 20/s".into(),
        elapsed: Duration::from_secs(161),
        whole: Duration::from_secs(270),
        asked_per_second: 20.0,
        made_per_second: 19.6,
        in_conversation: 1_214,
        waiting_for_agent: 37,
        latencies: LatencyRow::all(&all),
        counts: all.counts.clone(),
        refused: RefusedCalls {
            throttled: 12,
            server_faults: 3,
            timed_out: 0,
        },
        recent: (0..40)
            .map(|second| {
                let mut line = SecondLine::of(second, u64::from(second) * 30, &measured);
                for (index, summary) in line.latencies.values_mut().enumerate() {
                    let wave = (u64::from(second) * 7 + u64::try_from(index).unwrap() * 3) % 11;
                    summary.p99 = summary.p99 * (wave + 5) / 15;
                }
                line
            })
            .collect(),
        thresholds: thresholds.iter().map(|one| one.judge(&all)).collect(),
        failing: vec![FailingStep {
            place: "late-parcel.talk:3".into(),
            step: "agent: order number".into(),
            count: 11,
        }],
        workers: vec![
            WorkerLine {
                name: "w1".into(),
                health: WorkerHealth::Working,
                since: Duration::ZERO,
                in_conversation: 600,
            },
            WorkerLine {
                name: "w3".into(),
                health: WorkerHealth::Lost,
                since: Duration::from_secs(130),
                in_conversation: 412,
            },
        ],
        cpu: 0.14,
        bottleneck: vec!["lag p99 was 80ms".into()],
    }
}

fn picture(width: u16, height: u16, shows_help: bool) -> String {
    let backend = TestBackend::new(width, height);
    let mut terminal = Terminal::new(backend).unwrap();
    let styles = Styles::new(
        &crate::tui::theme::palette::embedded()[0].palette,
        Depth::None,
    );
    terminal
        .draw(|frame| draw::draw(&sample(), shows_help, &styles, frame))
        .unwrap();
    terminal.backend().to_string()
}

#[test]
fn the_dashboard_tells_what_is_measured() {
    insta::with_settings!({ snapshot_path => "../../../tests/snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("swarm_dashboard_120x24", picture(120, 24, false));
    });
}

#[test]
fn the_picture_of_the_readme_is_what_is_drawn() {
    let mut terminal = Terminal::new(TestBackend::new(120, 20)).unwrap();
    let palette = &crate::tui::theme::palette::embedded()[0].palette;
    let styles = Styles::new(palette, Depth::True);
    let mut progress = sample();
    progress.bottleneck.clear();
    terminal
        .draw(|frame| draw::draw(&progress, false, &styles, frame))
        .unwrap();
    let picture = svg(terminal.backend().buffer(), "The dashboard of a swarm");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/swarm/dashboard.svg");
    if std::env::var_os("HANDSET_WRITE_PICTURES").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &picture).unwrap();
    }
    assert!(
        std::fs::read_to_string(&file).unwrap_or_default() == picture,
        "assets/swarm/dashboard.svg is another picture than the program draws now; look at it and write it \
         with HANDSET_WRITE_PICTURES=1"
    );
}

#[test]
fn it_fits_into_any_size_with_its_help() {
    for (width, height) in [(1, 1), (20, 5), (80, 24), (200, 60)] {
        picture(width, height, true);
    }
    assert!(picture(80, 24, true).contains("no more arrivals"));
}

#[test]
fn keys_ask_for_draining_closing_and_pausing() {
    let key = |code, modifiers| Event::Key(KeyEvent::new(code, modifiers));
    let plain = |c| key(KeyCode::Char(c), KeyModifiers::NONE);
    let mut state = DashboardState::default();
    let arriving = SwarmPhase::Arriving;
    assert_eq!(state.order(&plain('c'), arriving), None);
    assert_eq!(state.order(&plain('p'), arriving), Some(SwarmOrder::Pause));
    let paused = SwarmPhase::Paused;
    assert_eq!(state.order(&plain('p'), paused), Some(SwarmOrder::Go));
    let control_c = key(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(state.order(&control_c, arriving), Some(SwarmOrder::Drain));
    assert_eq!(state.order(&plain('q'), arriving), Some(SwarmOrder::Close));
    let mut state = DashboardState::default();
    assert_eq!(state.order(&plain('Q'), arriving), Some(SwarmOrder::Close));
    assert_eq!(state.order(&plain('?'), arriving), None);
    assert!(state.shows_help);
}
