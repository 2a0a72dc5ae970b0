//! What journalling before the answer costs: requests per second and latency of
//! the listener, verified and journalled, beside a bare axum handler in the same
//! process. Rounds are interleaved and only the ratio means anything.

#![allow(clippy::unwrap_used)]

use std::{
    io::{self, Write},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use axum::{Router, http::StatusCode, routing::post};
use handset::{
    domain::{
        inbound::Credentials,
        secret::Secret,
        signature::{Algorithm, sign},
    },
    engine::intake::Intake,
    listener::{self, Settings},
    rt::shutdown::Shutdown,
    store::{Journal, Start},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

const ROUNDS: usize = 4;
const WARM_UP: Duration = Duration::from_millis(200);
const MEASURED: Duration = Duration::from_secs(1);
const PATH: &str = "/hook/0123456789abcdef0123456789abcdef";
const SECRET: &str = "k4v9s0m2example7secret1";
const ACCOUNT: &str = "55512300";
const CLIENT: &str = "7c1b2f0e-3a55-4d0c-9a87-0f6d1c2b7e41";

/// What one kind of server reached with so many connections.
#[derive(Default)]
struct Score {
    rates: Vec<f64>,
    micros: Vec<u64>,
}

fn main() {
    let servers = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let shutdown = Shutdown::new();
    let delivered = Arc::new(AtomicU64::new(0));
    let plain_address = servers.block_on(bare());
    let (journalled, journal) = servers.block_on(async {
        let file = folder.path().join("journal.db");
        let (journal, mut feed) = Journal::open(&file, Start::Newest).await.unwrap();
        let credentials = Credentials {
            account: ACCOUNT.into(),
            client: CLIENT.into(),
            secret: Secret::new(SECRET),
        };
        let intake = Intake::new(credentials, journal.clone());
        let take = move |request| {
            let intake = intake.clone();
            async move { intake.take(request).await }
        };
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let settings = Settings {
            path: Some(PATH.to_owned()),
            ..Settings::default()
        };
        listener::serve(socket, settings, take, &shutdown).unwrap();
        // The engine's part: takes everything, quickly.
        let count = Arc::clone(&delivered);
        tokio::spawn(async move {
            while feed.recv().await.unwrap().is_some() {
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        (address, journal)
    });

    let request: Arc<[u8]> = request().into();
    let mut table = vec![
        "| connections | server     |   req/s | of bare | p50 µs | p99 µs |".to_owned(),
        "|--:|---|--:|--:|--:|--:|".to_owned(),
    ];
    let mut answered = 0;
    for connections in [1, 16] {
        let (mut plain, mut kept) = (Score::default(), Score::default());
        for _ in 0..ROUNDS {
            load(plain_address, connections, &request, &mut plain);
            answered += load(journalled, connections, &request, &mut kept);
        }
        let base = median(&mut plain.rates);
        for (name, mut score) in [("bare axum", plain), ("journalled", kept)] {
            let rate = median(&mut score.rates);
            score.micros.sort_unstable();
            let at = |percent: usize| score.micros[(score.micros.len() - 1) * percent / 100];
            table.push(format!(
                "| {connections:>11} | {name:10} | {rate:>7.0} | {:>7.2} | {:>6} | {:>6} |",
                rate / base,
                at(50),
                at(99),
            ));
        }
    }
    servers.block_on(async {
        shutdown.stop(Duration::from_secs(5)).await;
        journal.close().await;
    });
    let delivered = delivered.load(Ordering::Relaxed);
    let out = &mut io::stdout().lock();
    writeln!(
        out,
        "\n{}\n{answered} answered 200, {delivered} handed on",
        table.join("\n")
    )
    .unwrap();
}

/// An axum handler that reads nothing and answers 200.
async fn bare() -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let app = Router::new().route(PATH, post(|| async { StatusCode::OK }));
    tokio::spawn(async move { axum::serve(socket, app).await.unwrap() });
    address
}

/// A signed ContentEvent of about 700 bytes.
fn request() -> Vec<u8> {
    let body = r#"{"kind":"notification","body":{"changes":[{"sequence":3,"originatorId":"b7d1f0a2-5c3e-5f48-9a6d-3e2c1b0f9d87","originatorMetadata":{"id":"b7d1f0a2-5c3e-5f48-9a6d-3e2c1b0f9d87","role":"ASSIGNED_AGENT"},"serverTimestamp":1722500061200,"event":{"type":"ContentEvent","message":"Yes, two left. One is in the window, the other one is in the store room upstairs, and a third has been ordered for another customer who has not come to fetch it for three weeks now. Shall I put one aside for you until tomorrow evening?","contentType":"text/plain"},"conversationId":"4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310","dialogId":"4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310","messageAudience":"ALL"}]},"type":"ms.MessagingEventNotification"}"#;
    let signature = sign(Algorithm::Sha1, &Secret::new(SECRET), body.as_bytes());
    format!(
        "POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=utf-8\r\n\
         x-liveperson-account-id: {ACCOUNT}\r\nx-liveperson-client-id: {CLIENT}\r\n\
         x-liveperson-signature: {signature}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// One round from a thread of its own; gives the number of answers, warm-up included.
fn load(address: SocketAddr, connections: usize, request: &Arc<[u8]>, score: &mut Score) -> usize {
    let request = Arc::clone(request);
    let round = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let begin = Instant::now() + WARM_UP;
            let mut lanes = JoinSet::new();
            for _ in 0..connections {
                lanes.spawn(lane(address, Arc::clone(&request), begin));
            }
            lanes.join_all().await
        })
    });
    let lanes = round.join().unwrap();
    let measured: usize = lanes.iter().map(|(_, micros)| micros.len()).sum();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    score.rates.push(measured as f64 / MEASURED.as_secs_f64());
    let answered = lanes.iter().map(|(answered, _)| answered).sum();
    score
        .micros
        .extend(lanes.into_iter().flat_map(|(_, micros)| micros));
    answered
}

/// One keep-alive connection: asks, waits for the answer, asks again.
async fn lane(address: SocketAddr, request: Arc<[u8]>, begin: Instant) -> (usize, Vec<u64>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut answered, mut micros) = (0, Vec::new());
    let mut read = Vec::with_capacity(1024);
    let end = begin + MEASURED;
    loop {
        let asked = Instant::now();
        if asked >= end {
            return (answered, micros);
        }
        stream.write_all(&request).await.unwrap();
        read.clear();
        while !read.ends_with(b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "cut off");
        }
        assert!(read.starts_with(b"HTTP/1.1 200 "));
        answered += 1;
        if asked >= begin {
            micros.push(u64::try_from(asked.elapsed().as_micros()).unwrap());
        }
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    f64::midpoint(values[middle], values[values.len() - 1 - middle])
}
