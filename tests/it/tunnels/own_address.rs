//! An address of one's own, and what every kept way has in common: canaries and their faults.

use std::net::SocketAddr;

use axum::{Router, http::StatusCode, routing::any};
use handset::{
    config::profile::TunnelSettings,
    domain::{inbound::Credentials, secret::Secret},
    ingress::tunnel::{Pace, TunnelState},
    rt::{serve, shutdown::Shutdown},
};
use tokio::{
    net::TcpListener,
    time::{Duration, Instant},
};
use url::Url;

use crate::{
    support::{free_address, hooks, http, soon},
    tunnels::{
        house::{House, credentials},
        wire::{Mood, Wire},
    },
};

/// Quick enough for a test that is not about time.
fn brisk() -> Pace {
    Pace {
        settle_within: Duration::from_millis(600),
        doubt_within: Duration::from_millis(300),
        settle_pause: Duration::from_millis(100),
        canary_every: Duration::from_millis(200),
        ..Pace::default()
    }
}

fn at(address: SocketAddr) -> Url {
    format!("http://{address}").parse().unwrap()
}

/// A server that gives everybody the same answer.
async fn answers(status: u16, shutdown: &Shutdown) -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let status = StatusCode::from_u16(status).unwrap();
    let app = Router::new().fallback(any(move || async move { status }));
    let limits = serve::Limits {
        connections: 16,
        head_within: Duration::from_secs(30),
        write_within: Duration::from_secs(10),
    };
    serve::serve(socket, app, limits, shutdown);
    address
}

#[tokio::test]
async fn a_canary_through_the_address_makes_it_up_and_nothing_else_does() {
    let house = House::new().await;
    let mut kept = house.keep_at(
        brisk(),
        TunnelSettings::Url {
            url: at(house.local.address),
        },
    );
    let public = kept.up().await;
    assert_eq!(
        public,
        format!("http://{}{}", house.local.address, house.local.path)
    );
    // And again while nothing comes.
    let mut landed = house.landed.clone();
    soon("more canaries", landed.wait_for(|count| *count >= 4))
        .await
        .unwrap();
    house.close().await;
    let last = async { while kept.states.changed().await.is_ok() {} };
    soon("the last state", last).await;
}

#[tokio::test]
async fn while_webhooks_come_no_canaries_go() {
    const EVERY: Duration = Duration::from_secs(2);
    let house = House::new().await;
    let pace = Pace {
        canary_every: EVERY,
        ..brisk()
    };
    let mut kept = house.keep_at(
        pace,
        TunnelSettings::Url {
            url: at(house.local.address),
        },
    );
    kept.up().await;
    let before = *house.landed.borrow();
    let began = Instant::now();
    // On a busy machine a webhook may be late: then a canary may go.
    let (mut last, mut gaps, mut sequence) = (began, 0, 0);
    while began.elapsed() < EVERY * 3 {
        sequence += 1;
        let hook = hooks::signed(&house.local.path, hooks::message(sequence).as_bytes());
        let answer = http::once(house.local.address, &hook).await.unwrap();
        assert_eq!(answer.status, 200);
        gaps += last.elapsed().as_millis() / (EVERY / 2).as_millis();
        last = Instant::now();
    }
    let went = *house.landed.borrow() - before;
    assert!(u128::from(went) <= gaps, "{went} canaries went");
    house.close().await;
}

#[tokio::test]
async fn a_wire_that_stops_forwarding_is_noticed() {
    let house = House::new().await;
    let wire = Wire::to(house.local.address).await;
    let mut kept = house.keep(TunnelSettings::Url {
        url: at(wire.address),
    });
    kept.up().await;
    wire.set(Mood::Holds);
    let (doubtful, _) = kept
        .until("doubtful", |state| !matches!(state, TunnelState::Up { .. }))
        .await;
    assert!(
        matches!(doubtful, TunnelState::Doubtful { .. }),
        "{doubtful:?}"
    );
    let (fault, retry) = kept.down().await;
    assert!(fault.contains("nothing came back within 4 s"), "{fault}");
    assert!(retry.is_some());
    wire.set(Mood::Forwards);
    kept.up().await;
    house.close().await;
}

#[tokio::test]
async fn one_lost_canary_is_no_loss_of_the_way() {
    let house = House::new().await;
    let wire = Wire::to(house.local.address).await;
    let mut kept = house.keep_at(
        brisk(),
        TunnelSettings::Url {
            url: at(wire.address),
        },
    );
    kept.up().await;
    wire.set(Mood::Holds);
    kept.until("doubtful", |state| {
        matches!(state, TunnelState::Doubtful { .. })
    })
    .await;
    wire.set(Mood::Forwards);
    let (next, _) = kept
        .until("the second canary", |state| {
            !matches!(state, TunnelState::Doubtful { .. })
        })
        .await;
    assert!(matches!(next, TunnelState::Up { .. }), "{next:?}");
    house.close().await;
}

#[tokio::test]
async fn each_fault_is_called_by_its_name() {
    let house = House::new().await;
    let prover = house.prover();
    let nobody = free_address();
    let wrong_path = format!("http://{}/elsewhere", house.local.address);
    let mut cases = vec![
        (at(nobody).to_string(), "nobody takes connections there"),
        (
            wrong_path,
            "404: the address leads elsewhere, or loses the path",
        ),
        (
            "https://nowhere.invalid".to_owned(),
            "there is no such name",
        ),
        ("http://shop.example".to_owned(), "it is not https"),
    ];
    for (status, told) in [
        (200, "somebody else answers there"),
        (502, "502: the way is there and does not reach the listener"),
        (530, "530: the way is there"),
        (403, "it was refused with 403"),
        (302, "it was sent elsewhere with 302"),
        (418, "it was answered 418"),
    ] {
        let address = answers(status, &house.shutdown).await;
        cases.push((format!("{}s3cret", at(address)), told));
    }
    for (public, told) in cases {
        let fault = prover.prove(&public.parse().unwrap()).await.unwrap_err();
        let words = fault.to_string();
        assert!(words.contains(told), "{public}: {words}");
        assert!(
            !words.contains("s3cret") && !words.contains('\n'),
            "{words}"
        );
        assert_eq!(fault.lasting, public.contains("shop.example"), "{words}");
    }
    house.close().await;
}

#[tokio::test]
async fn a_canary_signed_with_another_secret_is_refused() {
    let house = House::new().await;
    let wrong = Credentials {
        secret: Secret::new("another"),
        ..credentials()
    };
    let prover = house.prover_with(&wrong, &handset::rt::tls::Trust::default());
    let public = format!("http://{}{}", house.local.address, house.local.path);
    let fault = prover.prove(&public.parse().unwrap()).await.unwrap_err();
    assert!(fault.to_string().contains("refused with 401"), "{fault}");
    assert_eq!(*house.landed.borrow(), 0);
    house.close().await;
}

#[tokio::test]
async fn an_address_that_leads_elsewhere_is_down_until_it_does_not() {
    let house = House::new().await;
    let elsewhere = answers(200, &house.shutdown).await;
    let mut kept = house.keep_at(brisk(), TunnelSettings::Url { url: at(elsewhere) });
    let (fault, retry) = kept.down().await;
    assert!(fault.contains("somebody else answers there"), "{fault}");
    assert!(retry.is_some_and(|pause| pause <= Duration::from_secs(1)));
    house.close().await;
}

#[tokio::test]
async fn a_lasting_fault_waits_for_somebody() {
    let house = House::new().await;
    let mut kept = house.keep_at(
        brisk(),
        TunnelSettings::Url {
            url: "http://shop.example".parse().unwrap(),
        },
    );
    let (fault, retry) = kept.down().await;
    assert!(fault.contains("https://") && retry.is_none(), "{fault}");
    kept.states.mark_unchanged();
    kept.keeper.nudge();
    soon("another try", kept.states.changed()).await.unwrap();
    kept.down().await;
    house.close().await;
}
