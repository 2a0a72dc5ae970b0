//! What the benches of servers share: a load generator on raw sockets, a bare
//! axum handler to compare with, and the table they print.

use std::{
    io::{self, Write},
    net::SocketAddr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use axum::{Router, http::StatusCode, routing::post};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

const WARM_UP: Duration = Duration::from_millis(200);

/// What one kind of server reached in all its rounds.
#[derive(Default)]
pub(crate) struct Score {
    rates: Vec<f64>,
    micros: Vec<u64>,
    /// Answers in all, warm-up included.
    pub(crate) answered: usize,
}

impl Score {
    /// The median of its rounds, in answers per second.
    pub(crate) fn rate(&self) -> f64 {
        median(&mut self.rates.clone())
    }
}

/// An axum handler that reads nothing and answers 200.
pub(crate) async fn bare(path: &str) -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let app = Router::new().route(path, post(|| async { StatusCode::OK }));
    tokio::spawn(async move { axum::serve(socket, app).await.unwrap() });
    address
}

/// One round from a thread of its own: a keep-alive connection for each request, which is
/// sent again and again.
pub(crate) fn load(
    address: SocketAddr,
    requests: &[Arc<[u8]>],
    measured: Duration,
    score: &mut Score,
) {
    let requests = requests.to_vec();
    let round = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let begin = Instant::now() + WARM_UP;
            let mut lanes = JoinSet::new();
            for request in requests {
                lanes.spawn(lane(address, request, begin, begin + measured));
            }
            lanes.join_all().await
        })
    });
    let lanes = round.join().unwrap();
    let counted: usize = lanes.iter().map(|(_, micros)| micros.len()).sum();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    score.rates.push(counted as f64 / measured.as_secs_f64());
    for (answered, micros) in lanes {
        score.answered += answered;
        score.micros.extend(micros);
    }
}

/// One connection: asks, waits for the whole answer, asks again.
async fn lane(
    address: SocketAddr,
    request: Arc<[u8]>,
    begin: Instant,
    end: Instant,
) -> (usize, Vec<u64>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut answered, mut micros) = (0, Vec::new());
    let mut read = Vec::with_capacity(1024);
    loop {
        let asked = Instant::now();
        if asked >= end {
            return (answered, micros);
        }
        stream.write_all(&request).await.unwrap();
        read.clear();
        while length(&read).is_none_or(|length| read.len() < length) {
            assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "cut off");
        }
        assert!(
            read.starts_with(b"HTTP/1.1 200 "),
            "{}",
            String::from_utf8_lossy(&read)
        );
        answered += 1;
        if asked >= begin {
            micros.push(u64::try_from(asked.elapsed().as_micros()).unwrap());
        }
    }
}

/// How long an answer is, once its head is here; every server tells the length of the body.
fn length(read: &[u8]) -> Option<usize> {
    const LENGTH: &[u8] = b"content-length: ";
    let head = read.windows(4).position(|part| part == b"\r\n\r\n")? + 4;
    let at = read[..head]
        .windows(LENGTH.len())
        .position(|part| part.eq_ignore_ascii_case(LENGTH));
    let digits = read[at.expect("a length is told") + LENGTH.len()..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    Some(head + digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0')))
}

/// Prints the name of a bench, its table and a last line.
pub(crate) fn print(name: &str, table: &[String], last: &str) {
    let out = &mut io::stdout().lock();
    writeln!(out, "bench: {name}").unwrap();
    writeln!(
        out,
        "| connections | server     |   req/s | of bare | p50 µs | p99 µs |\n|--:|---|--:|--:|--:|--:|"
    )
    .unwrap();
    writeln!(out, "{}\n{last}", table.join("\n")).unwrap();
}

/// Rows of the table; the first server is what the others are compared with.
pub(crate) fn rows(connections: usize, scores: Vec<(&str, Score)>) -> Vec<String> {
    let mut base = None;
    scores
        .into_iter()
        .map(|(name, mut score)| {
            let rate = score.rate();
            let of_bare = rate / *base.get_or_insert(rate);
            score.micros.sort_unstable();
            let at = |percent: usize| score.micros[(score.micros.len() - 1) * percent / 100];
            let (p50, p99) = (at(50), at(99));
            format!(
                "| {connections:>11} | {name:10} | {rate:>7.0} | {of_bare:>7.2} | {p50:>6} | {p99:>6} |"
            )
        })
        .collect()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    f64::midpoint(values[middle], values[values.len() - 1 - middle])
}
