//! Jumps: in order, waited for, and missed by no task.

use std::sync::Arc;

use super::*;

/// What tests wait for at most.
const LIMIT: Duration = Duration::from_mins(2);

#[tokio::test]
async fn a_jump_goes_from_one_due_moment_to_the_next_and_waits_for_each() {
    let clock = WorldClock::default();
    let start = clock.now();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let minutes = |count| Duration::from_mins(count);
    // One comes back every ten minutes, the other once after 25; what both saw is in order.
    for (name, every, times) in [("often", minutes(10), 6), ("once", minutes(25), 1)] {
        let (alarm, clock, seen) = (clock.alarm(), clock.clone(), seen.clone());
        tokio::spawn(async move {
            for time in 1..=times {
                let due = start + every * time;
                while clock.now() < due {
                    alarm.wait(Some(WakeAt::Steady(due))).await;
                }
                // Others get their turn; the jump waits all the same.
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                }
                let late = clock.now().saturating_duration_since(due);
                seen.lock().unwrap().push((name, time, late));
            }
        });
    }
    tokio::task::yield_now().await;
    tokio::time::timeout(LIMIT, clock.advance(minutes(61)))
        .await
        .unwrap();
    let seen = seen.lock().unwrap().clone();
    let order: Vec<_> = seen.iter().map(|(name, time, _)| (*name, *time)).collect();
    let expected = [
        ("often", 1),
        ("often", 2),
        ("once", 1),
        ("often", 3),
        ("often", 4),
        ("often", 5),
        ("often", 6),
    ];
    assert_eq!(order, expected);
    for (name, time, late) in seen {
        assert!(
            late < Duration::from_mins(1),
            "{name} {time} saw its moment {late:?} late"
        );
    }
    assert!(clock.now() >= start + minutes(61));
}

#[tokio::test]
async fn a_ring_before_the_wait_ends_it() {
    let clock = WorldClock::default();
    let alarm = clock.alarm();
    alarm.ring();
    tokio::time::timeout(LIMIT, alarm.wait(None)).await.unwrap();
    alarm.ring();
    alarm.ring();
    tokio::time::timeout(LIMIT, alarm.wait(None)).await.unwrap();
    let again = tokio::time::timeout(Duration::from_millis(20), alarm.wait(None));
    assert!(again.await.is_err(), "two rings are one");
}

#[tokio::test]
async fn sleepers_wake_at_their_moment_and_not_before() {
    let clock = WorldClock::default();
    let until = WakeAt::Steady(clock.now() + Duration::from_mins(30));
    let sleeper = tokio::spawn({
        let clock = clock.clone();
        async move { clock.sleep_until(until).await }
    });
    clock.advance(Duration::from_mins(29)).await;
    assert!(!sleeper.is_finished());
    clock.advance(Duration::from_mins(2)).await;
    tokio::time::timeout(LIMIT, sleeper).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_jump_waits_for_what_is_held() {
    let clock = WorldClock::default();
    let hold = clock.hold();
    let jump = tokio::spawn({
        let clock = clock.clone();
        async move { clock.advance(Duration::from_mins(1)).await }
    });
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert!(!jump.is_finished());
    drop(hold);
    tokio::time::timeout(PATIENCE, jump).await.unwrap().unwrap();
}

#[test]
fn time_stops_at_its_furthest() {
    let clock = WorldClock::default();
    clock.set_ahead(FURTHEST);
    clock.inner.leap(Duration::MAX);
    assert_eq!(clock.ahead(), FURTHEST);
}

#[tokio::test]
async fn idle_time_is_skipped_up_to_what_is_due_next() {
    let (clock, hour) = (WorldClock::default(), Duration::from_hours(1));
    let alarm = Arc::new(clock.alarm());
    let due = clock.now() + Duration::from_mins(10);
    let waiting = tokio::spawn({
        let alarm = alarm.clone();
        async move { alarm.wait(Some(WakeAt::Steady(due))).await }
    });
    // Its task has not waited yet; then it does.
    alarm.begin();
    let mark = tokio::time::timeout(LIMIT, clock.quiet()).await.unwrap();
    assert!(clock.skip(mark, hour));
    assert!(clock.now() >= due && clock.now() < due + Duration::from_mins(5));
    tokio::time::timeout(LIMIT, waiting).await.unwrap().unwrap();
    // It has woken and is at work.
    assert!(!clock.skip(mark, hour));
    drop(alarm);
    let mark = clock.quiet().await;
    assert!(clock.skip(mark, hour) && clock.ahead() >= hour);
}

#[tokio::test]
async fn nothing_is_skipped_once_something_has_begun() {
    let (clock, hour) = (WorldClock::default(), Duration::from_hours(1));
    let mark = clock.quiet().await;
    let hold = clock.hold();
    assert!(!clock.skip(mark, hour), "a call is under way");
    drop(hold);
    assert!(
        !clock.skip(mark, hour),
        "it has ended since, and may have changed something"
    );
    let mark = clock.quiet().await;
    let (worker, reader) = (clock.alarm(), clock.reader_alarm());
    for alarm in [&worker, &reader] {
        alarm.begin();
        let until = tokio::time::timeout(Duration::ZERO, alarm.wait(None));
        assert!(until.await.is_err());
    }
    assert!(!clock.skip(mark, hour), "both are awake");
    assert_eq!(clock.ahead(), Duration::ZERO);
    reader.ring();
    drop(worker);
    drop(reader);
    let later = clock.quiet().await;
    assert_ne!(mark, later);
    let reader = clock.reader_alarm();
    reader.begin();
    reader.ring();
    drop(reader);
    assert_eq!(clock.quiet().await, later, "a reader begins nothing");
}
