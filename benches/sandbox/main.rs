//! What the sandbox's rules cost: SEND with both tokens verified, sequences
//! given and notifications queued, beside a bare axum handler in the same
//! process and a well-known mock server. Rounds are interleaved and only the
//! ratio means anything. And what ten thousand conversations weigh.

#![allow(clippy::unwrap_used)]

mod cloud;
mod connector;
mod memory;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/mod.rs"]
mod support;
mod wiremock;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{Router, http::StatusCode, routing::post};
use tokio::{net::TcpListener, runtime::Runtime};
use url::Url;

use crate::{
    cloud::Cloud,
    support::{Score, bare, load, print, rows},
    wiremock::WireMock,
};

const ROUNDS: usize = 3;
const CONNECTIONS: usize = 16;
const MEASURED: Duration = Duration::from_millis(600);
/// For a virtual machine to compile what it runs, before the first round.
const WARM_UP: Duration = Duration::from_secs(4);
const SEND: &str = "/api/account/55512300/messaging/consumer/conversation/send";

fn main() {
    let servers = Runtime::new().unwrap();
    let heard = Arc::new(AtomicU64::new(0));
    let (plain_address, mut silent, mut telling) = servers.block_on(async {
        let endpoint = endpoint(&heard).await;
        (
            bare(SEND).await,
            Cloud::start(None).await,
            Cloud::start(Some(endpoint)).await,
        )
    });
    let mock = WireMock::start();
    let (mut plain, mut mocked) = (Score::default(), Score::default());
    if let Ok(mock) = &mock {
        load(
            mock.address,
            &silent.requests,
            WARM_UP,
            &mut Score::default(),
        );
    }
    for _ in 0..ROUNDS {
        load(plain_address, &silent.requests, MEASURED, &mut plain);
        for cloud in [&mut silent, &mut telling] {
            let address = cloud.address();
            load(address, &cloud.requests, MEASURED, &mut cloud.score);
            servers.block_on(cloud.deliver());
        }
        if let Ok(mock) = &mock {
            load(mock.address, &silent.requests, MEASURED, &mut mocked);
        }
    }
    let (silent, telling) = servers.block_on(async { (silent.stop().await, telling.stop().await) });
    let sent = telling.answered;
    let mut scores = vec![
        ("bare axum", plain),
        ("no webhook", silent),
        ("webhook", telling),
    ];
    let beside = match mock {
        Ok(mock) => {
            drop(mock);
            let times = scores[2].1.rate() / mocked.rate();
            scores.push(("WireMock", mocked));
            format!("a SEND with a webhook is {times:.1} x WireMock")
        }
        Err(why) => format!("skipped: WireMock: {why}"),
    };
    let heard = heard.load(Ordering::Relaxed);
    let last = format!(
        "{sent} sent with a webhook, {heard} notifications taken by it\n{beside}\n{}",
        memory::weigh()
    );
    print("sandbox", &rows(CONNECTIONS, scores), &last);
}

/// An endpoint that counts notifications and answers 200.
async fn endpoint(heard: &Arc<AtomicU64>) -> Url {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", socket.local_addr().unwrap());
    let heard = Arc::clone(heard);
    let count = move || async move {
        heard.fetch_add(1, Ordering::Relaxed);
        StatusCode::OK
    };
    let app = Router::new().route("/hook", post(count));
    tokio::spawn(async move { axum::serve(socket, app).await.unwrap() });
    url.parse().unwrap()
}
