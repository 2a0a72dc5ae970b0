//! Tunnels by cloudflared and ngrok, with programs that speak as those do.

use std::fs;

use handset::{
    config::profile::TunnelSettings,
    ingress::tunnel::{Pace, TunnelState},
};
use tokio::time::Duration;

use crate::{
    support::{self, free_address},
    tunnels::{
        fakes::Fakes,
        house::{House, Watched, credentials},
    },
};

fn keep(house: &House, fakes: &Fakes, settings: TunnelSettings) -> Watched {
    let prover = house.prover_with(&credentials(), &fakes.trust());
    house.keep_with(Pace::default(), settings, prover)
}

/// A client that trusts the fakes' edge.
fn client(fakes: &Fakes) -> reqwest::Client {
    let pem = fs::read(fakes.path("ca.pem")).unwrap();
    let ca = reqwest::Certificate::from_pem(&pem).unwrap();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([ca]);
    client.build().unwrap()
}

fn cloudflared(fakes: &Fakes, manner: &str) -> TunnelSettings {
    TunnelSettings::Cloudflared {
        program: Some(fakes.program("cloudflared", manner)),
        name: None,
        public: None,
    }
}

fn ngrok(fakes: &Fakes, manner: &str) -> TunnelSettings {
    TunnelSettings::Ngrok {
        program: Some(fakes.program("ngrok", manner)),
        domain: None,
    }
}

#[tokio::test]
async fn a_quick_tunnel_carries_webhooks_and_gets_another_address_when_its_program_dies() {
    let (house, fakes) = (House::new().await, Fakes::new());
    let mut kept = keep(&house, &fakes, cloudflared(&fakes, "plain"));
    let first = kept.up().await;
    assert!(first.starts_with("https://localhost:"), "{first}");
    house.hear_through(&first, &client(&fakes)).await;
    let arguments = fakes.arguments();
    assert!(
        arguments.starts_with("tunnel --no-autoupdate "),
        "{arguments}"
    );
    let path = house.local.path.trim_start_matches('/');
    assert!(!arguments.contains(path), "{arguments}");

    support::signal(fakes.process(), "KILL");
    let (fault, retry) = kept.down().await;
    assert!(fault.contains("ended") && retry.is_some(), "{fault}");
    let second = kept.up().await;
    assert_ne!(first, second);
    house.hear_through(&second, &client(&fakes)).await;
    let process = fakes.process();
    house.close().await;
    super::leash::gone(process).await;
}

#[tokio::test]
async fn without_an_answer_of_the_metrics_server_the_address_is_read_from_the_box() {
    let (house, fakes) = (House::new().await, Fakes::new());
    let mut kept = keep(&house, &fakes, cloudflared(&fakes, "box"));
    let (state, _) = kept
        .until("an address", |state| state.public().is_some())
        .await;
    let host = "https://two-blue-cats.trycloudflare.com";
    let public = format!("{host}{}", house.local.path);
    assert_eq!(state.public().unwrap().as_str(), public);
    house.close().await;
}

#[tokio::test]
async fn a_program_that_says_nothing_of_its_connection_is_asked() {
    let (house, fakes) = (House::new().await, Fakes::new());
    let mut kept = keep(&house, &fakes, cloudflared(&fakes, "silent"));
    kept.up().await;
    house.close().await;
}

#[tokio::test]
async fn a_named_tunnel_keeps_its_address() {
    let (house, fakes) = (House::new().await, Fakes::new());
    let port = free_address().port();
    fs::write(fakes.path("port"), port.to_string()).unwrap();
    let address = format!("https://localhost:{port}");
    let settings = TunnelSettings::Cloudflared {
        program: Some(fakes.program("cloudflared", "plain")),
        name: Some("ada".to_owned()),
        public: Some(address.parse().unwrap()),
    };
    let mut kept = keep(&house, &fakes, settings);
    let public = kept.up().await;
    assert_eq!(public, format!("{address}{}", house.local.path));
    assert!(fakes.arguments().ends_with(" ada"), "{}", fakes.arguments());
    house.hear_through(&public, &client(&fakes)).await;
    support::signal(fakes.process(), "TERM");
    kept.down().await;
    assert_eq!(kept.up().await, public);
    house.close().await;
}

#[tokio::test]
async fn ngrok_carries_webhooks_with_its_address_from_the_log_or_from_its_api() {
    for manner in ["plain", "terse"] {
        let (house, fakes) = (House::new().await, Fakes::new());
        let mut kept = keep(&house, &fakes, ngrok(&fakes, manner));
        let public = kept.up().await;
        assert!(public.starts_with("https://localhost:"), "{public}");
        house.hear_through(&public, &client(&fakes)).await;
        support::signal(fakes.process(), "KILL");
        kept.down().await;
        assert_ne!(kept.up().await, public);
        house.close().await;
    }
}

#[tokio::test]
async fn an_edge_whose_certificate_is_not_trusted_is_no_way_in() {
    let (house, fakes) = (House::new().await, Fakes::new());
    let pace = Pace {
        doubt_within: Duration::from_millis(200),
        settle_pause: Duration::from_millis(100),
        ..Pace::default()
    };
    let mut kept = house.keep_with(pace, ngrok(&fakes, "plain"), house.prover());
    let (fault, _) = kept.down().await;
    assert!(fault.contains("not trusted on this machine"), "{fault}");
    assert!(!fault.contains(&house.local.path), "{fault}");
    assert_eq!(*house.landed.borrow(), 0);
    house.close().await;
}

#[tokio::test]
async fn refusals_are_told_with_what_to_do() {
    let (house, fakes) = (House::new().await, Fakes::new());
    let mut kept = keep(&house, &fakes, ngrok(&fakes, "refused"));
    let (fault, retry) = kept.down().await;
    assert!(
        fault.contains("ERR_NGROK_4018") && fault.contains("authtoken"),
        "{fault}"
    );
    assert_eq!(retry, None);

    let fakes = Fakes::new();
    let mut kept = keep(&house, &fakes, cloudflared(&fakes, "refused"));
    let (fault, retry) = kept.down().await;
    assert!(
        fault.contains("429") && fault.contains("quick tunnels"),
        "{fault}"
    );
    assert!(
        retry.is_some_and(|pause| pause <= Duration::from_secs(1)),
        "{fault}"
    );

    let fakes = Fakes::new();
    let settings = TunnelSettings::Cloudflared {
        program: Some(fakes.program("cloudflared", "refused")),
        name: Some("ada".to_owned()),
        public: Some("https://ada.example".parse().unwrap()),
    };
    let mut kept = keep(&house, &fakes, settings);
    let (fault, retry) = kept.down().await;
    assert!(fault.contains("tunnel login") && retry.is_none(), "{fault}");
    house.close().await;
}

#[tokio::test]
async fn a_missing_program_is_told_at_once() {
    let house = House::new().await;
    for (settings, name) in [
        (
            TunnelSettings::Ngrok {
                program: Some("no-such-ngrok".to_owned()),
                domain: None,
            },
            "cannot start no-such-ngrok: not found; install it (ngrok.com/download)",
        ),
        (
            TunnelSettings::Cloudflared {
                program: Some("/nowhere/cloudflared".to_owned()),
                name: None,
                public: None,
            },
            "cannot start /nowhere/cloudflared: not found; install it",
        ),
    ] {
        let mut kept = house.keep(settings);
        let (fault, retry) = kept.down().await;
        assert!(fault.starts_with(name), "{fault}");
        assert!(fault.ends_with("or choose another tunnel"), "{fault}");
        assert_eq!(retry, None);
        assert!(matches!(*kept.states.borrow(), TunnelState::Down { .. }));
    }
    house.close().await;
}
