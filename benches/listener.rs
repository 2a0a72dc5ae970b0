//! What journalling before the answer costs: requests per second and latency of
//! the listener, verified and journalled, beside a bare axum handler in the same
//! process. Rounds are interleaved and only the ratio means anything.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use handset::{
    domain::{
        inbound::Credentials,
        secret::Secret,
        signature::{Algorithm, sign},
    },
    ingress::{
        intake::Intake,
        listener::{self, ListenerSettings},
    },
    rt::shutdown::Shutdown,
    store::{Journal, Start},
};
use tokio::net::TcpListener;

use crate::support::{Score, bare, load, print, rows};

const ROUNDS: usize = 4;
const MEASURED: Duration = Duration::from_secs(1);
const PATH: &str = "/hook/0123456789abcdef0123456789abcdef";
const SECRET: &str = "k4v9s0m2example7secret1";
const ACCOUNT: &str = "55512300";
const CLIENT: &str = "7c1b2f0e-3a55-4d0c-9a87-0f6d1c2b7e41";

fn main() {
    let servers = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let shutdown = Shutdown::new();
    let delivered = Arc::new(AtomicU64::new(0));
    let plain_address = servers.block_on(bare(PATH));
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
        let settings = ListenerSettings {
            path: Some(PATH.to_owned()),
            ..ListenerSettings::default()
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
    let (mut table, mut answered) = (Vec::new(), 0);
    for connections in [1, 16] {
        let requests = vec![Arc::clone(&request); connections];
        let (mut plain, mut kept) = (Score::default(), Score::default());
        for _ in 0..ROUNDS {
            load(plain_address, &requests, MEASURED, &mut plain);
            load(journalled, &requests, MEASURED, &mut kept);
        }
        answered += kept.answered;
        table.extend(rows(
            connections,
            vec![("bare axum", plain), ("journalled", kept)],
        ));
    }
    servers.block_on(async {
        shutdown.stop(Duration::from_secs(5)).await;
        journal.close().await;
    });
    let delivered = delivered.load(Ordering::Relaxed);
    let last = format!("{answered} answered 200, {delivered} handed on");
    print("listener", &table, &last);
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
