//! The listener against peers that do not behave, with limits short enough to see.

use std::{
    future::pending,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use handset::{
    domain::inbound::Request,
    ingress::listener::{self, Limits, Listener, ListenerSettings},
    rt::shutdown::Shutdown,
};
use tokio::{
    net::TcpListener,
    sync::{Notify, mpsc},
};

use crate::support::{
    LIMIT,
    http::{Peer, once},
    soon,
};

/// A listener whose requests come out of a channel and are answered 200.
struct Bench {
    listener: Listener,
    address: SocketAddr,
    requests: mpsc::Receiver<Request>,
}

async fn serving(limits: Limits) -> Bench {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let (sender, requests) = mpsc::channel(1_000);
    let take = move |request| {
        let sender = sender.clone();
        async move {
            sender.send(request).await.unwrap();
            200
        }
    };
    let settings = ListenerSettings {
        path: Some("/hook/secret".to_owned()),
        limits,
    };
    let shutdown = Shutdown::new();
    let listener = listener::serve(socket, settings, take, &shutdown).unwrap();
    Bench {
        listener,
        address,
        requests,
    }
}

const SMALL: &[u8] = b"POST /hook/secret HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi";

fn short(limit: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    limit(&mut limits);
    limits
}

const MOMENT: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_request_arrives_with_its_headers_and_bytes() {
    let mut bench = serving(Limits::default()).await;
    let request = b"POST /hook/secret?from=tunnel HTTP/1.1\r\nHost: h\r\nX-Shop: eu\r\nx-shop: us\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n\xff\xfe\0\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n";
    assert_eq!(once(bench.address, request).await.unwrap().status, 200);
    let request = bench.requests.recv().await.unwrap();
    assert_eq!(request.body.as_ref(), b"\xff\xfe\0}");
    assert_eq!(request.header("x-shop"), Some("eu"));
    assert!(
        request
            .headers
            .contains(&("x-shop".to_owned(), "us".to_owned()))
    );
    assert!(request.at.0 > 1_700_000_000_000);
}

#[tokio::test]
async fn a_fresh_path_cannot_be_guessed_nor_read_off_the_screen() {
    let mut paths = Vec::new();
    for _ in 0..2 {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shutdown = Shutdown::new();
        let listener = listener::serve(
            socket,
            ListenerSettings::default(),
            |_| pending(),
            &shutdown,
        )
        .unwrap();
        let secret = listener.path().strip_prefix("/hook/").unwrap().to_owned();
        assert_eq!(secret.len(), 32);
        assert!(secret.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert!(listener.url().ends_with(&secret));
        assert!(!listener.shown().contains(&secret));
        paths.push(secret);
    }
    assert_ne!(paths[0], paths[1]);
}

#[tokio::test]
async fn a_path_that_is_no_path_is_refused() {
    for path in ["hook", "", "/a b", "/a?b", "/a#b", "/ä"] {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = ListenerSettings {
            path: Some(path.to_owned()),
            ..ListenerSettings::default()
        };
        let served = listener::serve(socket, settings, |_| pending(), &Shutdown::new());
        assert!(
            matches!(served, Err(listener::ListenerError::Path)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_never_becomes_a_request_is_counted() {
    let bench = serving(Limits::default()).await;
    let long = format!(
        "POST /hook/secret HTTP/1.1\r\nX-Long: {}\r\n\r\n",
        "x".repeat(200_000)
    );
    let hello = [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3];
    for (what, status) in [
        (long.as_bytes(), 431),
        (&hello[..], 400),
        (b"\0\x01garbage\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
    ] {
        let answer = once(bench.address, what).await.unwrap();
        assert_eq!(answer.status, status);
    }
    // Neither of these is one.
    assert_eq!(once(bench.address, SMALL).await.unwrap().status, 200);
    drop(tokio::net::TcpStream::connect(bench.address).await.unwrap());
    let mut tally = bench.listener.turned_away();
    let counted = tally.wait_for(|tally| (tally.long_heads, tally.tls, tally.garbage) == (1, 1, 2));
    let counted = *soon("the count", counted).await.unwrap();
    let reasons: Vec<_> = counted.reasons().collect();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
}

#[tokio::test]
async fn other_paths_and_methods_learn_nothing() {
    let mut bench = serving(Limits::default()).await;
    for (line, status) in [
        ("POST / HTTP/1.1", 404),
        ("POST /hook HTTP/1.1", 404),
        ("POST /hook/ HTTP/1.1", 404),
        ("POST /hook/secret/ HTTP/1.1", 404),
        ("POST /hook/secres HTTP/1.1", 404),
        ("GET /hook HTTP/1.1", 404),
        ("POST /hook//secret HTTP/1.1", 404),
        ("POST /hook/{secret} HTTP/1.1", 404),
        ("POST /hook/%73ecret HTTP/1.1", 404),
        ("OPTIONS * HTTP/1.1", 404),
        ("GET /hook/secret HTTP/1.1", 405),
        ("PUT /hook/secret HTTP/1.1", 405),
        ("DELETE /hook/secret HTTP/1.1", 405),
    ] {
        let request = format!("{line}\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
        let answer = once(bench.address, request.as_bytes()).await.unwrap();
        assert_eq!(answer.status, status, "{line}");
        assert!(!answer.head.contains("secret"), "{}", answer.head);
        assert_eq!(answer.head.contains("allow: POST"), status == 405, "{line}");
        assert!(answer.body.is_empty());
    }
    assert!(bench.requests.try_recv().is_err());
    assert_eq!(bench.listener.turned_away().borrow().astray, 13);
}

#[tokio::test]
async fn a_silent_peer_is_let_go() {
    let bench = serving(short(|limits| limits.head_within = MOMENT)).await;
    let mut silent = Peer::connect(bench.address).await;
    silent.ended().await;
    let mut half = Peer::connect(bench.address).await;
    half.write(b"POST /hook/secret HTTP/1.1\r\nHost: h\r\nX-Half")
        .await;
    half.ended().await;
    let mut idle = Peer::connect(bench.address).await;
    idle.write(SMALL).await;
    assert_eq!(idle.answer().await.unwrap().status, 200);
    idle.ended().await;
}

#[tokio::test]
async fn a_trickling_peer_is_let_go() {
    let limits = short(|limits| {
        limits.head_within = MOMENT;
        limits.body_within = MOMENT;
    });
    let bench = serving(limits).await;
    let mut head = Peer::connect(bench.address).await;
    let mut body = Peer::connect(bench.address).await;
    body.write(b"POST /hook/secret HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n")
        .await;
    let trickle = |mut peer: Peer| async move {
        // One byte at a time, well inside any limit on silence.
        let mut every = tokio::time::interval(MOMENT / 10);
        while peer.write(b"x").await {
            every.tick().await;
        }
    };
    soon("trickling heads to be cut", async {
        head.write(b"POST /hook/secret HTTP/1.1\r\nX-Slow: ").await;
        trickle(head).await;
    })
    .await;
    assert_eq!(body.answer().await.unwrap().status, 408);
    soon("trickling bodies to be cut", trickle(body)).await;
    assert_eq!(bench.listener.turned_away().borrow().late, 1);
    assert_eq!(once(bench.address, SMALL).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_peer_that_takes_no_answers_is_let_go() {
    let limits = short(|limits| limits.write_within = MOMENT);
    let mut bench = serving(limits).await;
    let mut greedy = Peer::connect(bench.address).await;
    // Requests without end and not one answer read: in the end a write finds no listener.
    let many = SMALL.repeat(1_000);
    let asking = async { while greedy.write(&many).await {} };
    let taking = async { while bench.requests.recv().await.is_some() {} };
    soon("the connection to be cut", async {
        tokio::select! { () = asking => {}, () = taking => {} }
    })
    .await;
}

/// Longer than any test.
const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn connections_that_send_nothing_keep_no_request_waiting() {
    let limits = short(|limits| {
        limits.connections = 4;
        limits.head_within = HOUR;
    });
    let bench = serving(limits).await;
    let mut half_open = Vec::new();
    for _ in 0..40 {
        let mut peer = Peer::connect(bench.address).await;
        peer.write(b"POST /hook/secret HTTP/1.1\r\nX-Half").await;
        half_open.push(peer);
    }
    for _ in 0..20 {
        assert_eq!(once(bench.address, SMALL).await.unwrap().status, 200);
    }
    half_open[0].ended().await;
}

#[tokio::test]
async fn the_longest_silent_connection_ends_first_when_places_run_short() {
    let limits = short(|limits| {
        limits.connections = 4;
        limits.head_within = HOUR;
    });
    let bench = serving(limits).await;
    let mut idle = Vec::new();
    for _ in 0..4 {
        let mut peer = Peer::connect(bench.address).await;
        peer.write(SMALL).await;
        let answer = peer.answer().await.unwrap();
        assert!(!answer.head.contains("connection: close") || idle.len() == 3);
        idle.push(peer);
    }
    // The first has spoken last.
    idle[0].write(SMALL).await;
    assert_eq!(idle[0].answer().await.unwrap().status, 200);
    assert_eq!(once(bench.address, SMALL).await.unwrap().status, 200);
    idle[1].ended().await;
    for still_open in [0, 2] {
        assert!(idle[still_open].write(SMALL).await);
        let answer = idle[still_open].answer().await;
        assert_eq!(answer.expect("it is open").status, 200, "{still_open}");
    }
}

#[tokio::test]
async fn a_thousand_connections_wait_in_the_backlog_while_all_are_busy() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let settings = ListenerSettings {
        path: Some("/hook/secret".to_owned()),
        limits: short(|limits| {
            limits.connections = 1;
            limits.answer_within = HOUR;
        }),
    };
    let shutdown = Shutdown::new();
    listener::serve(socket, settings, |_| pending(), &shutdown).unwrap();
    let mut waiting = Vec::new();
    for _ in 0..600 {
        let mut peer = Peer::connect(address).await;
        peer.write(SMALL).await;
        waiting.push(peer);
    }
}

#[tokio::test]
async fn a_large_body_is_refused_and_the_connection_lives() {
    let mut bench = serving(Limits::default()).await;
    let body = vec![b'x'; 2 * 1024 * 1024];
    let mut peer = Peer::connect(bench.address).await;
    let head = format!(
        "POST /hook/secret HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    peer.write(head.as_bytes()).await;
    peer.write(&body).await;
    assert_eq!(peer.answer().await.unwrap().status, 413);
    peer.write(b"POST /hook/secret HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await;
    for piece in body.chunks(0x8000) {
        peer.write(b"8000\r\n").await;
        peer.write(piece).await;
        peer.write(b"\r\n").await;
    }
    peer.write(b"0\r\n\r\n").await;
    assert_eq!(peer.answer().await.unwrap().status, 413);
    peer.write(SMALL).await;
    assert_eq!(peer.answer().await.unwrap().status, 200);
    assert_eq!(bench.listener.turned_away().borrow().oversized, 2);
    assert_eq!(bench.requests.recv().await.unwrap().body.as_ref(), b"hi");
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_taken() {
    let mut bench = serving(Limits::default()).await;
    for (length, status) in [(1024 * 1024, 200), (1024 * 1024 + 1, 413)] {
        let mut request =
            format!("POST /hook/secret HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n")
                .into_bytes();
        request.resize(request.len() + length, b'x');
        assert_eq!(once(bench.address, &request).await.unwrap().status, status);
    }
    let request = bench.requests.recv().await.unwrap();
    assert_eq!(request.body.len(), 1024 * 1024);
}

#[tokio::test]
async fn who_asks_first_is_refused_before_sending() {
    let bench = serving(Limits::default()).await;
    let mut peer = Peer::connect(bench.address).await;
    peer.write(b"POST /hook/secret HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n").await;
    assert_eq!(peer.answer().await.unwrap().status, 413);
    peer.ended().await;
}

#[tokio::test]
async fn an_endless_body_is_cut_off() {
    let bench = serving(Limits::default()).await;
    let mut peer = Peer::connect(bench.address).await;
    peer.write(b"POST /hook/secret HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await;
    let mut chunk = b"10000\r\n".to_vec();
    chunk.resize(chunk.len() + 0x10000, b'x');
    chunk.extend_from_slice(b"\r\n");
    soon("an end", async { while peer.write(&chunk).await {} }).await;
    assert_eq!(bench.listener.turned_away().borrow().oversized, 1);
}

#[tokio::test]
async fn what_is_not_http_does_no_harm() {
    let mut bench = serving(Limits::default()).await;
    let mut noise: Vec<u8> = (0..=255).collect();
    noise.extend_from_slice(b"\r\n\r\n");
    for bytes in [
        b"POST /hook/secret HTTP/1.1\r\nContent-Length: many\r\n\r\nhi".as_slice(),
        b"POST /hook/secret HTTP/1.1\r\nContent-Length: -1\r\n\r\nhi",
        b"POST /hook/secret HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
        b"POST /hook/secret HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        &noise,
    ] {
        let answer = once(bench.address, bytes).await;
        assert!(answer.is_none_or(|answer| answer.status >= 400));
    }
    let mut long = b"POST /hook/secret HTTP/1.1\r\nX-Long: ".to_vec();
    long.resize(200_000, b'x');
    let answer = once(bench.address, &long).await;
    assert!(answer.is_none_or(|answer| answer.status == 431));
    let half = b"POST /hook/secret HTTP/1.1\r\nContent-Length: 10\r\n\r\nhi";
    let mut peer = Peer::connect(bench.address).await;
    peer.write(half).await;
    drop(peer);
    assert!(bench.requests.try_recv().is_err());
    assert_eq!(once(bench.address, SMALL).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_end() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let take = {
        let (begun, go) = (Arc::clone(&begun), Arc::clone(&go));
        move |_| {
            let (begun, go) = (Arc::clone(&begun), Arc::clone(&go));
            async move {
                begun.notify_one();
                go.notified().await;
                201
            }
        }
    };
    let shutdown = Shutdown::new();
    let settings = ListenerSettings {
        path: Some("/hook/secret".to_owned()),
        ..ListenerSettings::default()
    };
    listener::serve(socket, settings, take, &shutdown).unwrap();
    let mut idle = Peer::connect(address).await;
    let mut busy = Peer::connect(address).await;
    busy.write(SMALL).await;
    soon("the request", begun.notified()).await;
    shutdown.token().cancel();
    idle.ended().await;
    go.notify_one();
    let answer = busy.answer().await.unwrap();
    assert_eq!(answer.status, 201);
    assert!(answer.head.contains("connection: close"), "{}", answer.head);
    assert!(shutdown.stop(LIMIT).await);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn what_is_not_dealt_with_in_time_is_answered_503() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let taken = Arc::new(AtomicUsize::new(0));
    let take = {
        let taken = Arc::clone(&taken);
        move |_| {
            taken.fetch_add(1, Ordering::Relaxed);
            pending()
        }
    };
    let settings = ListenerSettings {
        path: Some("/hook/secret".to_owned()),
        limits: short(|limits| limits.answer_within = MOMENT),
    };
    let shutdown = Shutdown::new();
    let listener = listener::serve(socket, settings, take, &shutdown).unwrap();
    assert_eq!(once(address, SMALL).await.unwrap().status, 503);
    assert_eq!(taken.load(Ordering::Relaxed), 1);
    assert_eq!(listener.turned_away().borrow().unanswered, 1);
}
