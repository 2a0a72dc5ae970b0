//! Peers that say too little, too much, or nonsense: the sandbox outlives them all.

use std::{net::SocketAddr, time::Duration};

use handset::{
    rt::serve::Limits,
    sandbox::{Sandbox, settings::Settings},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::sandbox::rig::{Connector, quick, run};

const PATIENCE: Duration = crate::support::LIMIT;
/// Longer than a busy machine takes over a request, and soon enough to be waited for.
const HEAD: Duration = Duration::from_secs(10);
const LOOKUP: &str = "/api/account/55512300/service/idp/baseURI.json?version=1.0";

async fn cloud(connections: usize, head_within: Duration) -> (Sandbox, Connector) {
    run(Settings {
        hosts: vec!["x".to_owned(), "sandbox".to_owned()],
        serving: Limits {
            connections,
            head_within,
            ..Settings::default().serving
        },
        ..quick()
    })
    .await
}

/// Says something and hears what comes until the connection is closed.
async fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    // The other side may cut the connection; what came before is what counts.
    let _ = timeout(PATIENCE, socket.read_to_end(&mut answer))
        .await
        .expect("the sandbox ends the connection");
    String::from_utf8_lossy(&answer).into_owned()
}

fn lookup() -> Vec<u8> {
    format!("GET {LOOKUP} HTTP/1.1\r\nHost: sandbox\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn who_does_not_finish_a_head_loses_the_connection() {
    let (_sandbox, connector) = cloud(64, Duration::from_millis(500)).await;
    for said in ["", "GET", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        exchange(connector.address(), said.as_bytes()).await;
    }
    // Neither may an idle connection stay for ever. One whose request came too late was none.
    let idle = async {
        loop {
            let answer = exchange(connector.address(), &lookup()).await;
            if !answer.is_empty() {
                return answer;
            }
        }
    };
    let answer = timeout(PATIENCE, idle).await.expect("a request in time");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn more_connections_than_there_is_room_for_are_served_in_turn() {
    let (_sandbox, connector) = cloud(3, Duration::from_mins(1)).await;
    // The tests' own client holds one; these stay open for as long as they may.
    let mut asked = Vec::new();
    for _ in 0..40 {
        let mut socket = TcpStream::connect(connector.address()).await.unwrap();
        socket.write_all(&lookup()).await.unwrap();
        asked.push(socket);
    }
    for (number, socket) in asked.iter_mut().enumerate() {
        let mut status = [0; 12];
        timeout(PATIENCE, socket.read_exact(&mut status))
            .await
            .unwrap_or_else(|_| panic!("connection {number} was never served"))
            .unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
    }
}

#[tokio::test]
async fn nonsense_is_refused_and_forgotten() {
    let (_sandbox, connector) = cloud(64, HEAD).await;
    let send = "POST /api/account/55512300/messaging/consumer/conversation/send?v=3 HTTP/1.1\r\nHost: x\r\n";
    for said in [
        b"\0\x01\x02\x16\x03\x01 garbage\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(200_000)).into_bytes(),
        format!("{send}Content-Length: -1\r\n\r\n").into_bytes(),
        format!("{send}Content-Length: 99999999999999999999999\r\n\r\n").into_bytes(),
        format!("{send}Transfer-Encoding: chunked\r\n\r\nzz\r\n").into_bytes(),
        format!("{send}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello").into_bytes(),
    ] {
        let answer = exchange(connector.address(), &said).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{answer}"
        );
    }
    // A body that breaks off half-way does nothing either.
    let mut socket = TcpStream::connect(connector.address()).await.unwrap();
    let half = format!("{send}Content-Length: 500\r\n\r\n{{\"kind\"");
    socket.write_all(half.as_bytes()).await.unwrap();
    drop(socket);
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    assert_eq!(ada.say(&id, "all is well").await, 0);
}

#[tokio::test]
async fn a_connection_serves_on_after_errors() {
    let (_sandbox, connector) = cloud(64, HEAD).await;
    let post = |path: &str, body: &str| {
        format!(
            "POST /api/account/55512300/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let large = " ".repeat(1024 * 1024 + 1);
    let requests = [
        post("messaging/consumer/conversation/send?v=2", "{}"),
        post("messaging/consumer/conversation/send?v=3", "{"),
        post("consumer?v=1.0", ""),
        post("consumer?v=1.0", &large),
        "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "PUT /api/account/55512300/consumer HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "POST /sentinel/api/account/55512300/app/token HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=b"
            .to_owned(),
        format!("GET {LOOKUP} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    ]
    .concat();
    let answer = exchange(connector.address(), requests.as_bytes()).await;
    let statuses: Vec<&str> = answer
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|one| one.split(' ').next().unwrap())
        .collect();
    assert_eq!(
        statuses,
        ["404", "401", "401", "401", "404", "405", "400", "200"]
    );
}
