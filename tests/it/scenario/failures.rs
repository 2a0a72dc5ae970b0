//! Each kind of failure: what it is called, and which line it is told at.

use crate::scenario::run;

#[tokio::test]
async fn late_is_what_has_not_come_by_its_deadline() {
    let ended = run(
        "me: Where is my order?\nagent within 200ms: arrives in March\n",
        &[],
    )
    .await;
    let (kind, line, message) = ended.failure();
    assert_eq!((kind, line), ("late", 2));
    assert!(
        message.contains("\"arrives in March\" within 200 ms"),
        "{message}"
    );
    let failure = &ended.scene()["outcome"]["failure"];
    assert_eq!(failure["deadline_line"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_deadline_of_the_head_is_named() {
    let ended = run(
        "within 200ms\n\nme: Where is my order?\nagent: arrives in March\n",
        &[],
    )
    .await;
    assert_eq!(ended.failure().0, "late");
    assert_eq!(ended.scene()["outcome"]["failure"]["deadline_line"], 1);
}

#[tokio::test]
async fn with_extras_fail_another_message_is_a_mismatch() {
    let ended = run(
        "extras fail\n\nme: Where is my order?\nagent: order number\n",
        &[],
    )
    .await;
    let (kind, line, message) = ended.failure();
    assert_eq!((kind, line), ("mismatch", 4));
    assert!(message.contains("this is Riley"), "{message}");
}

#[tokio::test]
async fn what_nobody_waited_for_is_left_over() {
    let ended = run(
        "extras fail\n\nme: Where is my order?\nsystem: welcome\nno message from manager for 8s\n",
        &[],
    )
    .await;
    let (kind, line, message) = ended.failure();
    assert_eq!((kind, line), ("left-over", 5), "{message}");
    assert!(message.contains("Riley"), "{message}");
}

#[tokio::test]
async fn nothing_comes_in_a_conversation_that_is_closed() {
    let ended = run("me: Hello\nme ends\nagent within 60s: order number\n", &[]).await;
    let (kind, line, message) = ended.failure();
    assert_eq!((kind, line), ("impossible", 3));
    assert!(message.contains("was closed"), "{message}");
    // Nobody waited a minute for it.
    assert!(ended.scene()["duration_ms"].as_u64().unwrap() < 30_000);
}

#[tokio::test]
async fn no_agent_speaks_while_a_survey_runs() {
    let ended = run(
        "me: Thank you, bye\nagent closes\nexpect survey open\nagent within 60s: order\n",
        &[],
    )
    .await;
    assert_eq!(ended.failure().0, "impossible");
}

#[tokio::test]
async fn one_sighting_is_enough_for_what_must_not_come() {
    let ended = run("me: Hello\nno typing for 20s\n", &[]).await;
    let (kind, line, message) = ended.failure();
    assert_eq!((kind, line), ("forbidden", 2), "{message}");
    let ended = run("me: Hello\nno message from manager for 300ms\n", &[]).await;
    ended.passed();
}

#[tokio::test]
async fn what_must_never_come_ends_the_scene_whatever_is_waited_for() {
    let ended = run(
        "never /how can i help/i\n\nme: Hello\nagent within 60s: zebra\n",
        &[],
    )
    .await;
    let (kind, line, _) = ended.failure();
    assert_eq!((kind, line), ("forbidden", 1));
}

#[tokio::test]
async fn a_fact_that_does_not_hold_is_an_assert() {
    let ended = run(
        "me: Hello\nsystem: welcome\nexpect 0 messages from system\n",
        &[],
    )
    .await;
    let (kind, line, message) = ended.failure();
    assert_eq!((kind, line), ("assert", 3));
    assert!(message.contains("1 messages from system"), "{message}");
}

#[tokio::test]
async fn what_comes_while_the_scene_ends_is_told_as_late() {
    // The echo is there a moment later; no person is as fast as this asks for.
    let ended = run("me: Hello\nagent joins within 1ms\n", &[]).await;
    let (kind, line, _) = ended.failure();
    assert_eq!((kind, line), ("late", 2));
}

#[tokio::test]
async fn a_message_that_does_not_go_out_fails_unless_that_is_wanted() {
    let faulty = "sandbox fault add send --status 400\nme: And now?\n";
    let ended = run(&format!("me: Hello\nagent: help\n{faulty}"), &[]).await;
    assert_eq!(ended.failure().1, 4, "{}", ended.stdout);
    let wanted = format!("me: Hello\nagent: help\n{faulty}expect last failed\n");
    run(&wanted, &[]).await.passed();
}

#[tokio::test]
async fn a_message_that_the_cloud_never_takes_is_late_at_the_deadline_of_its_line() {
    let down = "me: Hello\nagent: help\nsandbox fault add send --status 503\n";
    // The phone tries again after 5, 10 and 15 seconds.
    for (head, said, within, tries, deadline) in [
        ("", "me: And now?", 10_000, "2 times", None),
        ("within 40s\n", "me: And now?", 40_000, "4 times", Some(1)),
        (
            "within 40s\n",
            "me within 6s: And now?",
            6000,
            "2 times",
            None,
        ),
    ] {
        let ended = run(&format!("{head}{down}{said}\nme: more\n"), &[]).await;
        let (kind, line, message) = ended.failure();
        let said_at = 4 + head.lines().count() as u64;
        assert_eq!((kind, line), ("late", said_at), "{message}");
        for words in [
            &format!("did not go out within {} s", within / 1000),
            &format!("ms.PublishEvent text was tried {tries}, the last answer was 503"),
            "the phone would go on trying",
        ] {
            assert!(message.contains(words), "{words}: {message}");
        }
        let failure = &ended.scene()["outcome"]["failure"];
        assert_eq!(failure["deadline_line"].as_u64(), deadline);
        let steps = ended.scene()["steps"].as_array().unwrap();
        let at = |step: usize| steps[step]["at_ms"].as_u64().unwrap();
        let took = at(3) - at(2);
        assert!(took >= within, "{took}");
    }
}

#[tokio::test]
async fn what_becomes_of_a_message_is_judged_by_the_step_that_expects_it_to_fail() {
    let text = "me: Hello\nagent: help\nsandbox fault add send --status 503\n\
                me: And now?\nexpect last failed within 20s\n";
    let ended = run(text, &[]).await;
    let (kind, line, message) = ended.failure();
    assert_eq!((kind, line), ("late", 5), "{message}");
    assert_eq!(ended.scene()["outcome"]["failure"]["was"][0], "queued");
}

#[tokio::test]
async fn a_message_that_waits_for_its_conversation_names_the_request_that_fails() {
    let text = "sandbox fault add conversation --status 500\nme: Hello\n";
    let ended = run(text, &[]).await;
    let (kind, line, message) = ended.failure();
    assert_eq!((kind, line), ("late", 2), "{message}");
    assert!(
        message.contains("CONVERSATION was tried 2 times"),
        "{message}"
    );
}

#[tokio::test]
async fn a_message_whose_answer_is_slow_is_late_without_a_failed_request() {
    // Nobody answers, so nothing but this text and a chat state goes through SEND.
    let text = "play pat\n\nsandbox agent riley off\npat: Hello\n\
                sandbox fault add send --delay 30s\npat within 1s: And now?\n";
    let ended = run(text, &[]).await;
    let (kind, line, message) = ended.failure();
    assert_eq!((kind, line), ("late", 6), "{message}");
    let words = "did not go out within 1 s: the cloud has not answered yet";
    assert!(message.contains(words), "{message}");
}
