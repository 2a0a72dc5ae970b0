//! The tunnel by ssh, against a real sshd.

use handset::{
    config::profile::{SshSettings, TunnelSettings},
    ingress::tunnel::TunnelState,
};

use crate::{
    needs::needs,
    support::free_address,
    tunnels::{house::House, sshd::Sshd},
};

fn settings(sshd: &Sshd, listen: &str, known: &str, key: &str) -> SshSettings {
    SshSettings {
        host: "127.0.0.1".to_owned(),
        port: Some(sshd.address.port()),
        listen: listen.to_owned(),
        public: "http://127.0.0.1:{port}".to_owned(),
        program: None,
        options: sshd.options(known, key),
    }
}

/// A client for this machine.
fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    client.build().unwrap()
}

#[tokio::test]
async fn webhooks_come_through_and_another_port_is_told_when_sshd_was_gone() {
    needs!("sshd", "ssh", "ssh-keygen");
    let mut sshd = Sshd::start("");
    let house = House::new().await;
    let mut kept = house.keep(TunnelSettings::Ssh(settings(
        &sshd,
        "127.0.0.1:0",
        "known",
        "user",
    )));
    let public = kept.up().await;
    assert!(public.ends_with(&house.local.path), "{public}");
    assert!(
        !public.contains(&house.local.address.to_string()),
        "{public}"
    );
    house.hear_through(&public, &client()).await;

    sshd.kill();
    let (fault, retry) = kept.down().await;
    assert!(
        fault.contains("ssh to 127.0.0.1 ended") && retry.is_some(),
        "{fault}"
    );
    // It keeps trying, and says so.
    let (again, _) = kept
        .until(
            "another try",
            |state| matches!(state, TunnelState::Opening { attempt } if *attempt >= 2),
        )
        .await;
    assert_eq!(again.public(), None);
    let (refused, _) = kept
        .until(
            "a refusal",
            |state| matches!(state, TunnelState::Down { fault, .. } if fault.what.contains("refused")),
        )
        .await;
    assert!(matches!(
        refused,
        TunnelState::Down {
            retry_in: Some(_),
            ..
        }
    ));
    sshd.restart();
    kept.keeper.nudge();
    let second = kept.up().await;
    assert_ne!(public, second, "the port was chosen anew");
    house.hear_through(&second, &client()).await;
    house.close().await;
}

#[tokio::test]
async fn a_fixed_port_is_told_when_it_is_forwarded_and_taken_over_when_ssh_was_gone() {
    needs!("sshd", "ssh", "ssh-keygen");
    let mut sshd = Sshd::start("");
    let house = House::new().await;
    let listen = free_address();
    let taken = std::net::TcpListener::bind(listen).unwrap();
    let settings = settings(&sshd, &listen.to_string(), "known", "user");
    // Taken by somebody else first.
    let mut kept = house.keep(TunnelSettings::Ssh(settings));
    let (fault, retry) = kept.down().await;
    assert!(fault.contains("remote port forwarding failed"), "{fault}");
    assert!(fault.contains("taken there") && retry.is_some(), "{fault}");
    drop(taken);
    let public = kept.up().await;
    assert_eq!(public, format!("http://{listen}{}", house.local.path));
    house.hear_through(&public, &client()).await;
    sshd.kill();
    kept.down().await;
    sshd.restart();
    assert_eq!(kept.up().await, public);
    house.close().await;
}

#[tokio::test]
async fn what_only_a_person_can_mend_is_told_with_what_to_do_and_waits() {
    needs!("sshd", "ssh", "ssh-keygen");
    let sshd = Sshd::start("");
    let house = House::new().await;
    for (known, key, told, hint) in [
        (
            "nobody",
            "user",
            "Host key verification failed",
            "compare its key",
        ),
        (
            "changed",
            "user",
            "IDENTIFICATION HAS CHANGED",
            "ssh-keygen -R",
        ),
        ("known", "other", "Permission denied", "BatchMode=yes"),
    ] {
        let mut kept = house.keep(TunnelSettings::Ssh(settings(&sshd, "0", known, key)));
        let (fault, retry) = kept.down().await;
        assert!(fault.contains(told) && fault.contains(hint), "{fault}");
        assert!(
            !fault.contains('\n') && !fault.contains("debug1"),
            "{fault}"
        );
        assert_eq!(retry, None, "{fault}");
    }
    house.close().await;
}

#[tokio::test]
async fn an_sshd_that_forwards_nothing_and_a_host_that_is_not_there_are_told_apart() {
    needs!("sshd", "ssh", "ssh-keygen");
    let sshd = Sshd::start("AllowTcpForwarding no");
    let house = House::new().await;
    let mut kept = house.keep(TunnelSettings::Ssh(settings(&sshd, "0", "known", "user")));
    let (fault, retry) = kept.down().await;
    assert!(
        fault.contains("AllowTcpForwarding") && retry.is_some(),
        "{fault}"
    );
    let nowhere = SshSettings {
        host: "nowhere.invalid".to_owned(),
        ..settings(&sshd, "0", "known", "user")
    };
    let mut kept = house.keep(TunnelSettings::Ssh(nowhere));
    let (fault, retry) = kept.down().await;
    assert!(
        fault.contains("Could not resolve hostname") && retry.is_some(),
        "{fault}"
    );
    house.close().await;
}
