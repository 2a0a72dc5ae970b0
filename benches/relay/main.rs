//! What a relay costs: 2 000 idle links, then 1 000 webhooks a second on a fixed schedule, each
//! posted over HTTP, durable in SQLite, handed to the tester it is for and acknowledged.
//!
//! Beside it, in the same run, a bare axum WebSocket echo with as many links and the same payload
//! at the same rate: what the machine takes for carrying the bytes alone. Each server is a process
//! of its own; times are from when a message was due, so that whoever falls behind shows it.

//!
//! Then what a sender feels at a relay and at a listener while 10 000 connections are half open.

#![allow(clippy::unwrap_used)]

mod clients;
mod flood;
#[path = "../support/program.rs"]
mod program;
mod server;

use std::{
    io::{self, Write},
    time::Duration,
};

use crate::{
    clients::{Crowd, percentiles},
    server::Server,
};

/// Links of each server.
const LINKS: usize = 2_000;
/// Links that have a conversation, and get messages.
const BUSY: usize = 100;
/// Messages a second.
const RATE: usize = 1_000;
/// For how long messages come.
const SECONDS: usize = 8;
/// For how long nothing comes.
const IDLE: Duration = Duration::from_secs(4);
/// Set for the process that is the echo.
const ECHO: &str = "HANDSET_BENCH_ECHO";

/// Set for the process that is a listener.
const LISTENER: &str = "HANDSET_BENCH_LISTENER";
/// Measures the flood alone.
const FLOOD: &str = "HANDSET_BENCH_FLOOD";

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if std::env::var_os(LISTENER).is_some() {
        runtime.block_on(flood::listener());
        return;
    }
    if std::env::var_os(ECHO).is_some() {
        runtime.block_on(server::echo());
        return;
    }
    let out = &mut io::stdout().lock();
    if std::env::var_os(FLOOD).is_none() {
        links(out, &runtime);
    }
    writeln!(
        out,
        "bench: half-open connections\n\
         | server    | half open | from         | opened | requests | answered | p50 ms | p99 ms | max ms |\n\
         |---|--:|---|--:|--:|--:|--:|--:|--:|"
    )
    .unwrap();
    for shared in [false, true] {
        for row in runtime.block_on(flooded(shared)) {
            writeln!(out, "{row}").unwrap();
        }
    }
}

/// The rows of relay and listener under a flood.
async fn flooded(shared: bool) -> [String; 2] {
    let relay = Server::relay().await;
    let alive = b"GET /healthz HTTP/1.1\r\nHost: relay.test\r\n\r\n";
    let of_relay = flood::measure("relay", relay.address, alive, shared).await;
    drop(relay);
    let listener = Server::listener().await;
    let post = b"POST /hook HTTP/1.1\r\nHost: listener.test\r\nContent-Length: 2\r\n\r\nhi";
    let of_listener = flood::measure("listener", listener.address, post, shared).await;
    [of_relay, of_listener]
}

/// What links cost.
fn links(out: &mut impl Write, runtime: &tokio::runtime::Runtime) {
    writeln!(
        out,
        "bench: relay ({LINKS} links, {RATE} messages/s for {SECONDS} s)"
    )
    .unwrap();
    writeln!(
        out,
        "| server    | links | RSS before MB | RSS linked MB | kB/link | idle CPU % | busy CPU % | RSS busy MB | p50 ms | p99 ms | max ms |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    .unwrap();
    let mut medians = Vec::new();
    for kind in ["bare echo", "relay"] {
        let (row, p50, p99) = runtime.block_on(measure(kind));
        writeln!(out, "{row}").unwrap();
        medians.push((p50, p99));
    }
    let [(echo50, echo99), (relay50, relay99)] = medians[..] else {
        unreachable!("two servers")
    };
    writeln!(
        out,
        "relay of bare echo: p50 {:.1}, p99 {:.1}",
        relay50 / echo50,
        relay99 / echo99
    )
    .unwrap();
}

/// One server's row, and its percentiles in milliseconds.
async fn measure(kind: &str) -> (String, f64, f64) {
    let server = match kind {
        "relay" => Server::relay().await,
        _ => Server::bare().await,
    };
    let before = server.memory();
    let crowd = Crowd::link(&server, LINKS, BUSY).await;
    let linked = server.memory();
    let idle = server.busy_for(tokio::time::sleep(IDLE)).await;
    let mut latencies = Vec::new();
    let loaded = async { latencies = crowd.load(&server, RATE, SECONDS).await };
    let busy = server.busy_for(loaded).await;
    let after = server.memory();
    assert_eq!(latencies.len(), RATE * SECONDS, "every message came, once");
    let (p50, p99, max) = percentiles(&mut latencies);
    let megabytes = |kilobytes: f64| kilobytes / 1024.0;
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let each = (linked - before) / LINKS as f64;
    let row = format!(
        "| {kind:9} | {LINKS:>5} | {:>13.1} | {:>13.1} | {each:>7.1} | {idle:>10.1} | {busy:>10.1} | {:>11.1} | {p50:>6.2} | {p99:>6.2} | {max:>6.1} |",
        megabytes(before),
        megabytes(linked),
        megabytes(after),
    );
    (row, p50, p99)
}
