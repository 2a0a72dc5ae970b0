//! Jumps: in order, waited for, and missed by no task.

use std::sync::Arc;

use super::*;

/// What tests wait for at most.
const LIMIT: Duration = Duration::from_mins(2);

#[tokio::test]
async fn a_jump_goes_from_one_due_moment_to_the_next_and_waits_for_each() {
    let clock = Clock::default();
    let start = clock.now();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let minutes = |count| Duration::from_mins(count);
    // One comes back every ten minutes, the other once after 25; what both saw is in order.
    for (name, every, times) in [("often", minutes(10), 6), ("once", minutes(25), 1)] {
        let (alarm, clock, seen) = (clock.alarm(), clock.clone(), seen.clone());
        tokio::spawn(async move {
            for time in 1..=times {
                let due = start.after(every * time);
                while clock.now() < due {
                    alarm.wait(Some(due)).await;
                }
                // Others get their turn; the jump waits all the same.
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                }
                let late = clock.now().since(due);
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
    assert!(clock.now() >= start.after(minutes(61)));
}

#[tokio::test]
async fn a_ring_before_the_wait_ends_it() {
    let clock = Clock::default();
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
    let clock = Clock::default();
    let until = clock.now().after(Duration::from_mins(30));
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
    let clock = Clock::default();
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
    let clock = Clock::ahead_by(FURTHEST);
    clock.inner.set(Timestamp(i64::MAX));
    assert_eq!(clock.ahead(), FURTHEST);
}
