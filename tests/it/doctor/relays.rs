//! The way in through a real relay, and what can be wrong with the ticket for it.

use std::sync::Arc;

use handset::{
    domain::relay::Role,
    relay::{
        Limits, Relay,
        backend::{Backend, Retention},
        serve, sqlite,
        ticket::{Keys, issue},
    },
    rt::{clock, serve::Speech},
};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{
    doctor::rig::Setup,
    support::{LIMIT, hooks::ACCOUNT},
};

const TICKET_VARIABLE: &str = "ACME_TICKET";
const DAY: i64 = 24 * 60 * 60;

/// A relay over TLS, with a certificate of the sandbox's authority.
struct Team {
    relay: Relay,
    backend: Arc<dyn Backend>,
    _folder: TempDir,
}

impl Team {
    async fn start(setup: &mut Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let opened = sqlite::open(folder.path(), Retention::default()).await;
        let (backend, changes) = opened.unwrap();
        let issued = setup.sandbox.issue().unwrap().unwrap();
        let speech = Speech::Tls(issued.server().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let kept = Arc::clone(&backend);
        let relay = serve(listener, speech, None, backend, changes, Limits::default());
        let relay = relay.await.unwrap();
        setup.tunnel(&format!(
            "kind = \"relay\"\nlink = \"{}\"\nticket = {{ env = \"{TICKET_VARIABLE}\" }}",
            relay.link()
        ));
        Self {
            relay,
            backend: kept,
            _folder: folder,
        }
    }

    /// Gives the set-up a ticket.
    async fn ticket(&self, setup: &mut Setup, account: &str, role: Role, seconds: i64) {
        let now = clock::unix_millis() / 1000;
        let issued = issue("ada", &account.into(), role, now - DAY, now + seconds);
        self.backend.keep_ticket(&issued).await.unwrap();
        let keys = Keys::new(&self.backend.identity().await.unwrap()).unwrap();
        let ticket = keys.sign(&issued).unwrap().reveal().to_owned();
        setup.variable(TICKET_VARIABLE, Some(&ticket));
        setup.hidden.push(ticket);
    }
}

#[tokio::test]
async fn a_relay_is_linked_to_and_says_whose_the_ticket_is() {
    let mut setup = Setup::new().await;
    let team = Team::start(&mut setup).await;
    team.ticket(&mut setup, ACCOUNT, Role::Tester, 30 * DAY + 60)
        .await;
    let report = setup.report(&[]).await;
    assert!(report.names("bad").is_empty(), "{:#}", report.0);
    report.is(
        "tunnel",
        "good",
        "a canary came in through relay at https://",
    );
    report.is(
        "tunnel",
        "good",
        "the ticket of ada (tester) holds for 30 days",
    );
    team.ticket(&mut setup, ACCOUNT, Role::Tester, 2 * DAY)
        .await;
    let report = setup.report(&[]).await;
    report.is("tunnel", "warning", "holds for");
    team.ticket(&mut setup, "55512301", Role::Tester, 30 * DAY)
        .await;
    let says = ["the ticket is for the account 55512301"];
    setup
        .one_fault("tunnel", &says, "handset relay ticket")
        .await;
    assert!(team.relay.drain(LIMIT).await);
}

#[tokio::test]
async fn a_ticket_that_has_expired() {
    let mut setup = Setup::new().await;
    let team = Team::start(&mut setup).await;
    team.ticket(&mut setup, ACCOUNT, Role::Tester, -60).await;
    let says = ["does not accept the ticket", "the ticket has ended"];
    let report = setup
        .one_fault("tunnel", &says, "handset relay ticket")
        .await;
    report.is("listener", "good", "ms");
    setup.variable(TICKET_VARIABLE, None);
    setup
        .one_fault("tunnel", &["ACME_TICKET is not set"], "")
        .await;
    team.ticket(&mut setup, ACCOUNT, Role::Tester, DAY).await;
    assert!(team.relay.drain(LIMIT).await);
    let says = ["refused"];
    setup
        .one_fault("tunnel", &says, "that the relay runs")
        .await;
}
