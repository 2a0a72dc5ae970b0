//! Connections that send nothing, from one address and from several.

use std::time::Duration;

use handset::relay::{Limits, backend::Retention};

use crate::{
    relay::rig::{Rig, get},
    support::http::Peer,
};

const ALIVE: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: relay.test\r\n\r\n";
const FLOOD: [u8; 4] = [127, 0, 0, 2];

async fn rig() -> Rig {
    let limits = Limits {
        connections: 16,
        head_within: Duration::from_hours(1),
        ..Limits::default()
    };
    Rig::with(limits, Retention::default()).await
}

async fn half_open(rig: &Rig, from: [u8; 4]) -> Vec<Peer> {
    let mut peers = Vec::new();
    for _ in 0..60 {
        let mut peer = Peer::connect_from(from, rig.address()).await;
        peer.write(b"POST /hook/x HTTP/1.1\r\nX-Half").await;
        peers.push(peer);
    }
    peers
}

#[tokio::test]
async fn an_address_within_its_share_keeps_its_connections_while_another_floods() {
    let rig = rig().await;
    let mut idle = Vec::new();
    for _ in 0..2 {
        let mut peer = Peer::connect(rig.address()).await;
        peer.write(ALIVE).await;
        assert_eq!(peer.answer().await.unwrap().status, 200);
        idle.push(peer);
    }
    let mut flood = half_open(&rig, FLOOD).await;
    flood[0].ended().await;
    for mut peer in idle {
        assert!(peer.write(ALIVE).await);
        assert_eq!(peer.answer().await.expect("it is open").status, 200);
    }
    assert_eq!(get(rig.address(), "/healthz").await.status, 200);
    rig.end().await;
}

#[tokio::test]
async fn whoever_shares_an_address_with_a_flood_is_served_too() {
    let rig = rig().await;
    // As behind a reverse proxy.
    let _flood = half_open(&rig, [127, 0, 0, 1]).await;
    for _ in 0..20 {
        assert_eq!(get(rig.address(), "/healthz").await.status, 200);
    }
    rig.end().await;
}
