//! Time in a sandbox of the run's own: idle time is jumped over, and what is told of times is in
//! the sandbox's time.

use serde_json::Value;

use crate::scenario::{Ended, examples, run, run_files};

const HOUR: u64 = 3_600_000;

/// When the steps with these words ended, in milliseconds.
#[track_caller]
fn ended_at(ended: &Ended, words: &str) -> u64 {
    let mut steps = ended.scene()["steps"].as_array().unwrap().iter();
    let step = steps.find(|step| step["text"].as_str().unwrap().contains(words));
    step.unwrap()["at_ms"].as_u64().unwrap()
}

#[tokio::test]
async fn hours_of_waiting_are_jumped_over() {
    let text = "me: Hello\nagent: help\nagent: what can I do\nno message from agent for 3h\npause 2h\n\
                me: Where is my order?\nagent within 10s: order number\nexpect last read\n";
    // In real time this would take longer than any test may.
    let ended = run(text, &[]).await;
    ended.passed();
    assert_eq!(ended.report["run"]["time"], "fast");
    let hello = ended_at(&ended, "what can I do");
    let (no, pause) = (ended_at(&ended, "no message"), ended_at(&ended, "pause"));
    assert!(
        no >= hello + 3 * HOUR && no < hello + 4 * HOUR,
        "{hello} {no}"
    );
    assert!(
        pause >= no + 2 * HOUR && pause < no + 3 * HOUR,
        "{no} {pause}"
    );
    assert!(
        ended.stdout.contains("times of the sandbox"),
        "{}",
        ended.stdout
    );
}

#[tokio::test]
async fn time_that_passes_moves_the_phone_too() {
    let text = "me: Hello\nagent: help\npass 61m\nme: Where is my order?\n\
                agent within 10s: order number\n";
    for time in ["fast", "real"] {
        let ended = run(text, &["--time", time]).await;
        ended.passed();
        assert_eq!(ended.report["run"]["time"], time);
        let (before, after) = (ended_at(&ended, "agent: help"), ended_at(&ended, "pass"));
        let passed = after - before;
        assert!(
            (61 * 60_000..2 * HOUR).contains(&passed),
            "{time}: {passed}"
        );
    }
}

#[tokio::test]
async fn a_deadline_of_hours_is_told_as_late_at_once() {
    let ended = run("me: Hello\nagent: help\nagent within 2h: zebra\n", &[]).await;
    let (kind, line, message) = ended.failure();
    assert_eq!((kind, line), ("late", 3), "{message}");
    assert!(ended_at(&ended, "zebra") >= 2 * HOUR);
}

/// What is under way is waited for: an answer that is slow for a reason other than the agent's
/// pace, and the phone's own second try.
#[tokio::test]
async fn nothing_that_is_under_way_is_overtaken() {
    let text = "me: Hello\nagent: help\n\
                sandbox fault add send --delay 700ms --count 1\n\
                me: Where is my order?\nagent within 3s: order number\n\
                sandbox fault add send --status 503 --count 2\n\
                me: It is 40417\nexpect last read within 1m\nagent within 10s: arrives\n";
    let ended = run(text, &["-v"]).await;
    ended.passed();
}

#[tokio::test]
async fn what_may_come_last_is_not_waited_for() {
    let text = "me: Hello\nagent: help\nmaybe agent within 10h: zebra\n";
    let ended = run(text, &["--time", "real"]).await;
    ended.passed();
    let last = ended.scene()["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(last["outcome"], "skipped");
    // Where anything more would fail the scene, it is.
    let text = "extras fail\nme: Hello\nmaybe system: /./\nagent: help\n\
                agent: what can I do\nmaybe agent within 1h: zebra\n";
    let ended = run(text, &[]).await;
    ended.passed();
    assert!(ended_at(&ended, "zebra") >= HOUR, "{}", ended.stdout);
}

#[tokio::test]
async fn messages_that_are_counted_are_waited_for() {
    let text = "extras fail\nme: Hello\nmaybe system: /./\nexpect 2 messages from agent\n";
    run(text, &[]).await.passed();
}

/// Of a report: what depends neither on the time nor on how busy the machine is.
fn timeless(report: &Value) -> Value {
    let outcome = |scene: &Value| {
        let mut outcome = scene["outcome"].clone();
        if let Some(failure) = outcome.get_mut("failure").and_then(Value::as_object_mut) {
            failure.retain(|name, _| !["hops", "late_by_ms", "was"].contains(&name.as_str()));
        }
        outcome
    };
    // What may come and need not comes before or after the end: that is time too.
    let must = |step: &&Value| !step["text"].as_str().unwrap().starts_with("maybe");
    let steps = |scene: &Value| -> Vec<Value> {
        let steps = scene["steps"].as_array().unwrap().iter().filter(must);
        let parts = ["file", "line", "text", "kind", "depth", "outcome"];
        steps
            .map(|step| parts.iter().map(|part| step[part].clone()).collect())
            .collect()
    };
    // The messages that lines waited for.
    let heard = |scene: &Value| -> Vec<Value> {
        let steps = scene["steps"].as_array().unwrap().iter().filter(must);
        let lines = steps.filter(|step| step["kind"] == "line");
        let seen = lines.filter_map(|step| step["matched"]["seen"].as_u64());
        seen.map(|at| scene["seen"][usize::try_from(at).unwrap()]["text"].clone())
            .collect()
    };
    let files = report["files"].as_array().unwrap().iter();
    let scenes = files.flat_map(|file| {
        let scenes = file["scenes"].as_array().unwrap().iter();
        scenes.map(|scene| {
            serde_json::json!({
                "path": file["path"],
                "title": scene["title"],
                "tags": scene["tags"],
                "row": scene["row"],
                "line": scene["line"],
                "outcome": outcome(scene),
                "conversations": scene["conversations"],
                "steps": steps(scene),
                "heard": heard(scene),
            })
        })
    });
    serde_json::json!({ "totals": report["totals"], "scenes": scenes.collect::<Vec<_>>() })
}

#[tokio::test]
async fn the_examples_come_out_the_same_with_the_same_seed() {
    let folder = examples();
    let mut reports = Vec::new();
    for _ in 0..2 {
        let arguments = [folder.to_str().unwrap(), "--seed", "7", "--jobs", "2"];
        let ended = run_files(&[], &arguments).await;
        ended.passed();
        reports.push(timeless(&ended.report));
    }
    assert_eq!(reports[0], reports[1]);
    assert!(reports[0]["scenes"].as_array().unwrap().len() > 2);
}
