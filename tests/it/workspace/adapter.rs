//! The connection against a cloud that the test plays: what goes right, and every way in which
//! it can go wrong.

use std::time::Duration;

use handset::{
    client::ums::{self, Ask, Event, Running},
    domain::{
        ids::RequestId,
        retry::Problem,
        wire::ums::{frame::Notification, request::Request},
    },
};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio_util::sync::CancellationToken;

use super::fake::{FULL, Fake, PASSWORD, PID};
use crate::support::soon;

/// A client and its stop.
struct Client {
    running: Running,
    stop: CancellationToken,
}

impl Client {
    fn of(settings: ums::Settings) -> Self {
        let stop = CancellationToken::new();
        let running = ums::start(settings, stop.clone()).unwrap();
        Self { running, stop }
    }

    async fn event(&mut self) -> Event {
        let event = soon("an event", self.running.events.recv()).await.unwrap();
        let shown = format!("{event:?}");
        assert!(
            !shown.contains(PASSWORD) && !shown.contains("bearer-"),
            "{shown}"
        );
        event
    }

    /// The next event that is no news of connecting or of the house.
    async fn news(&mut self) -> Event {
        loop {
            match self.event().await {
                Event::Connecting | Event::House(_) => {}
                event => return event,
            }
        }
    }

    async fn opened(&mut self) {
        match self.news().await {
            Event::Open(me) => assert_eq!((me.full.as_str(), me.pid.as_str()), (FULL, PID)),
            other => panic!("{other:?}"),
        }
    }

    /// Why the connection was lost, and whether it is tried again.
    async fn lost(&mut self) -> (String, bool) {
        match self.news().await {
            Event::Lost { fault, again } => (fault.what, again.is_some()),
            other => panic!("{other:?}"),
        }
    }

    async fn ask(&self, number: u64) {
        let ask = Ask {
            request: RequestId(number),
            what: Request::Clock,
        };
        self.running.asks.send(ask).await.unwrap();
    }

    async fn answer(&mut self) -> (u64, Result<serde_json::Value, Problem>) {
        match self.news().await {
            Event::Answered { request, answer } => {
                (request.0, answer.map(|answer| answer.body().clone()))
            }
            other => panic!("{other:?}"),
        }
    }

    async fn end(self) {
        self.stop.cancel();
        drop(self.running.events);
        soon("the end", self.running.task).await.unwrap();
    }
}

#[tokio::test]
async fn it_logs_in_asks_is_told_and_logs_out() {
    let fake = Fake::start().await;
    let mut client = Client::of(fake.settings());
    let mut peer = fake.accept().await;
    assert_eq!(
        peer.path,
        "/ws_api/account/55512300/messaging/brand/bearer-1?v=2.1"
    );
    client.opened().await;
    client.ask(7).await;
    client.ask(8).await;
    let (first, second) = (peer.request().await, peer.request().await);
    assert_eq!(
        (&first["kind"], &first["type"]),
        (&json!("req"), &json!(".GetClock"))
    );
    assert_ne!(first["id"], second["id"]);
    // Answers find their requests in any order; a notification keeps its place among them.
    peer.answer(&second, 200, json!({ "currentTime": 8 })).await;
    peer.tell(".ams.something.New", json!({})).await;
    peer.answer(&first, 400, json!("Agent does not exist in conversation"))
        .await;
    assert_eq!(client.answer().await, (8, Ok(json!({ "currentTime": 8 }))));
    let Event::Told(Notification::Unknown(kind)) = client.news().await else {
        panic!("no notification");
    };
    assert_eq!(kind, ".ams.something.New");
    let (number, refusal) = client.answer().await;
    assert_eq!(number, 7);
    assert_eq!(
        refusal.unwrap_err().to_string(),
        "the cloud refused it: 400 Agent does not exist in conversation"
    );
    let stop = client.stop.clone();
    stop.cancel();
    assert_eq!(peer.closed().await, Some(1000));
    client.end().await;
    let seen = fake.seen();
    assert_eq!((seen.logins, seen.logouts), (1, 1));
}

#[tokio::test]
async fn the_house_is_told_without_what_was_deleted() {
    let fake = Fake::start().await;
    let mut client = Client::of(fake.settings());
    let _peer = fake.accept().await;
    let house = loop {
        if let Event::House(house) = client.event().await {
            break house;
        }
    };
    let skills: Vec<_> = house
        .skills
        .iter()
        .map(|(id, name)| (id.as_str(), name.as_str()))
        .collect();
    assert_eq!(skills, [("3300120015", "Sales"), ("3300120016", "Service")]);
    let users: Vec<_> = house.users.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(users, ["Kim", "Sam"]);
    client.end().await;
}

#[tokio::test]
async fn a_wrong_password_is_told_once_and_not_tried_again() {
    let fake = Fake::start().await;
    fake.seen().login_status = Some(401);
    let mut client = Client::of(fake.settings());
    let (what, again) = client.lost().await;
    assert_eq!(
        what,
        "cannot log in as kim at account 55512300: 401 Login failed"
    );
    assert!(!again);
    client.ask(1).await;
    let (_, answer) = client.answer().await;
    assert!(
        matches!(answer, Err(Problem::Unreachable { .. })),
        "{answer:?}"
    );
    client.end().await;
    assert_eq!(fake.seen().logins, 1);
}

#[tokio::test]
async fn a_cloud_out_of_order_is_tried_again() {
    let fake = Fake::start().await;
    fake.seen().login_status = Some(503);
    let mut client = Client::of(fake.settings());
    assert!(client.lost().await.1);
    fake.seen().login_status = None;
    let _peer = fake.accept().await;
    loop {
        match client.news().await {
            Event::Open(_) => break,
            Event::Lost { again: Some(_), .. } => {}
            other => panic!("{other:?}"),
        }
    }
    client.end().await;
}

#[tokio::test]
async fn codes_that_end_a_session_log_in_anew_and_others_do_not() {
    let fake = Fake::start().await;
    let mut client = Client::of(fake.settings());
    let mut logins = 1;
    for (code, is_over) in [
        (4401, true),
        (1000, false),
        (4407, true),
        (1011, true),
        (1001, false),
    ] {
        let peer = fake.accept().await;
        assert!(
            peer.path.contains(&format!("/bearer-{logins}?")),
            "{}",
            peer.path
        );
        client.opened().await;
        client.ask(1).await;
        peer.close(code).await;
        // What was under way is answered before the loss is told, by the loss.
        let (_, answer) = client.answer().await;
        assert!(answer.unwrap_err().is_uncertain(), "{code}");
        let (what, again) = client.lost().await;
        assert!(what.contains(&code.to_string()) && again, "{what}");
        logins += usize::from(is_over);
    }
    let peer = fake.accept().await;
    client.opened().await;
    drop(peer);
    client.end().await;
    assert_eq!(fake.seen().logins, logins);
}

#[tokio::test]
async fn a_bearer_that_is_not_taken_is_replaced_once() {
    let fake = Fake::start().await;
    let mut client = Client::of(fake.settings());
    let peer = fake.accept().await;
    client.opened().await;
    peer.close(1000).await;
    client.lost().await;
    let mut raw = fake.raw().await;
    read_head(&mut raw).await;
    raw.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n")
        .await
        .unwrap();
    let peer = fake.accept().await;
    assert!(peer.path.contains("/bearer-2?"), "{}", peer.path);
    client.opened().await;
    client.end().await;
    assert_eq!(fake.seen().logins, 2);
}

/// Reads the head of a request.
async fn read_head(stream: &mut tokio::net::TcpStream) {
    use tokio::io::AsyncReadExt as _;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(soon("a head", stream.read_u8()).await.unwrap());
    }
}

#[tokio::test]
async fn a_refresh_that_fails_logs_in_anew_and_one_that_works_goes_unnoticed() {
    let fake = Fake::start().await;
    let mut settings = fake.settings();
    settings.times.refresh = Duration::from_millis(50);
    let mut client = Client::of(settings);
    let _first = fake.accept().await;
    client.opened().await;
    soon("two refreshes", async {
        while fake.seen().refreshes < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(fake.seen().logins, 1);
    fake.seen().refresh_status = Some(401);
    let (what, again) = client.lost().await;
    assert!(what.contains("did not refresh") && again, "{what}");
    fake.seen().refresh_status = None;
    let peer = fake.accept().await;
    assert!(peer.path.contains("/bearer-2?"), "{}", peer.path);
    client.opened().await;
    client.end().await;
}

#[tokio::test]
async fn faults_of_the_socket_are_told_and_met_with_another_one() {
    let fake = Fake::start().await;
    let mut settings = fake.settings();
    // So long that no busy machine runs out of them by itself.
    settings.times.shake = Duration::from_secs(5);
    settings.times.answer = Duration::from_secs(5);
    settings.times.silence = Duration::from_secs(8);
    let mut client = Client::of(settings);

    // No handshake at all.
    let silent = fake.raw().await;
    let (what, _) = client.lost().await;
    assert!(what.contains("it does not answer within"), "{what}");
    drop(silent);

    // Another answer than a handshake.
    let mut raw = fake.raw().await;
    read_head(&mut raw).await;
    raw.write_all(b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n")
        .await
        .unwrap();
    let (what, _) = client.lost().await;
    assert!(what.contains("it answers 503"), "{what}");

    // Cut in the middle of a frame, of which 1000 bytes were announced.
    let mut raw = fake.accept().await.into_raw();
    client.opened().await;
    raw.write_all(&[0x81, 126, 0x03, 0xe8, b'{', b'"'])
        .await
        .unwrap();
    drop(raw);
    client.lost().await;

    // Larger than anything a cloud should say.
    let mut raw = fake.accept().await.into_raw();
    client.opened().await;
    let mut head = vec![0x81, 127];
    head.extend((64_u64 * 1024 * 1024).to_be_bytes());
    raw.write_all(&head).await.unwrap();
    let (what, _) = client.lost().await;
    assert!(
        what.to_lowercase().contains("long") || what.contains("size"),
        "{what}"
    );

    // Garbage is passed over.
    let mut peer = fake.accept().await;
    client.opened().await;
    for garbage in [
        "",
        "{",
        "null",
        "[]",
        "7",
        "{\"kind\":\"resp\"}",
        "{\"reqId\":7}",
    ] {
        peer.say(garbage).await;
    }
    peer.tell(".ams.ms.OnlineEventDistribution", json!(7)).await;
    client.ask(3).await;
    let request = peer.request().await;
    peer.answer(&request, 200, json!({})).await;
    let answered = loop {
        match client.news().await {
            Event::Told(_) => {}
            Event::Answered { request, .. } => break request.0,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(answered, 3);

    // No answer in time, while the socket lives.
    client.ask(4).await;
    peer.request().await;
    let (number, answer) = {
        let answering = client.answer();
        tokio::pin!(answering);
        tokio::select! {
            answered = &mut answering => answered,
            // Reading answers its pings.
            request = peer.request() => panic!("{request}"),
        }
    };
    assert_eq!(number, 4);
    assert!(answer.unwrap_err().to_string().contains("no answer within"));

    // Silence: nobody answers the pings.
    let (what, _) = client.lost().await;
    assert!(what.contains("nothing came for"), "{what}");
    client.end().await;
}

#[tokio::test]
async fn an_address_that_would_show_the_password_is_refused() {
    let fake = Fake::start().await;
    for (address, why) in [
        ("http://cloud.example.test", "this machine alone"),
        ("ftp://127.0.0.1", "neither https nor http"),
        ("mailto:kim@127.0.0.1", "names no host"),
    ] {
        let mut settings = fake.settings();
        settings.csds = url::Url::parse(address).unwrap();
        let refused = ums::start(settings, CancellationToken::new()).unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
}
