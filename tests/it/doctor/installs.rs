//! What can be wrong with the agent's login, and what an app install says of itself.

use handset::{
    client::{self, Admin, Client, Install, Login},
    domain::{
        app_install::{self, Lease},
        exchange::Exchange,
    },
    rt::clock,
    store::{Journal, Start},
};
use serde_json::json;
use tokio::sync::mpsc;

use crate::doctor::rig::{Setup, quiet};

const PASSWORD_VARIABLE: &str = "ACME_PASSWORD";

/// A set-up with the login of an agent, who may manage app installs or not.
async fn with_login(is_admin: bool, borrow: bool) -> Setup {
    let mut settings = quiet();
    settings.webhook = Some("https://bridge.shop.test/in".parse().unwrap());
    let mut setup = Setup::with(settings).await;
    let agents = setup.sandbox.ready().agents;
    let agent = agents.iter().find(|agent| agent.is_admin == is_admin);
    let agent = agent.unwrap();
    let password = agent.password.reveal().to_owned();
    let login = format!(
        "[profiles.acme.login]\nusername = \"{}\"\n\
         password = {{ env = \"{PASSWORD_VARIABLE}\" }}\nborrow = {borrow}\n",
        agent.username
    );
    setup.more.push_str(&login);
    setup.variable(PASSWORD_VARIABLE, Some(&password));
    setup.hidden.push(password);
    setup
}

/// An administrator of the cloud.
struct Owner {
    admin: Admin,
    _exchanges: mpsc::Receiver<Exchange>,
}

impl Owner {
    fn of(setup: &Setup) -> Self {
        let ready = setup.sandbox.ready();
        let mut agents = ready.agents.into_iter();
        let morgan = agents.find(|agent| agent.is_admin).unwrap();
        let csds = ready.csds.parse().unwrap();
        let settings =
            client::Settings::new(csds, ready.account, ready.client_id, ready.client_secret);
        let (reports, exchanges) = mpsc::channel(256);
        let client = Client::new(settings, reports).unwrap();
        Self {
            admin: client.admin(Login {
                username: morgan.username,
                password: morgan.password,
            }),
            _exchanges: exchanges,
        }
    }

    /// Changes the app install.
    async fn change(&self, setup: &Setup, how: impl FnOnce(&mut Install)) {
        let client = setup.client.as_str().into();
        let mut install = self.admin.install(&client).await.unwrap();
        how(&mut install);
        self.admin.put(&client, &install).await.unwrap();
    }
}

#[tokio::test]
async fn with_a_login_the_app_install_is_looked_at() {
    let setup = with_login(true, true).await;
    let report = setup.report(&[]).await;
    assert!(report.names("bad").is_empty(), "{:#}", report.0);
    assert!(report.names("skipped").is_empty(), "{:#}", report.0);
    report.is("login", "good", "morgan is let in");
    let says = "its webhooks go to https://bridge.shop.test/…; the phone borrows them";
    report.is("app install", "good", says);

    let setup = with_login(true, false).await;
    let report = setup.report(&[]).await;
    report.is("app install", "warning", "bridge.shop.test");
    let owner = Owner::of(&setup);
    owner
        .change(&setup, |install| {
            let webhooks = &mut install.record["capabilities"]["webhooks"];
            webhooks.as_object_mut().unwrap().remove("retry");
        })
        .await;
    let report = setup.report(&[]).await;
    report.is("app install", "warning", "what cannot be delivered is lost");
    owner
        .change(&setup, |install| install.record["capabilities"] = json!({}))
        .await;
    let says = ["it has no endpoint for ContentEvent"];
    setup
        .one_fault("app install", &says, "handset app point")
        .await;
}

/// Takes the tunnel out of the profile.
fn no_tunnel(setup: &mut Setup) {
    let (_, login) = setup.more.split_once("[profiles.acme.login]").unwrap();
    setup.more = format!("[profiles.acme.login]{login}");
}

/// What the phone refuses to start with, and what it starts with.
#[tokio::test]
async fn without_a_tunnel_nothing_is_advised_that_the_phone_would_refuse() {
    let mut setup = with_login(true, true).await;
    no_tunnel(&mut setup);
    let says = ["there is no tunnel to point them at"];
    setup
        .one_fault("tunnel", &says, "choose a tunnel, or say borrow = false")
        .await;
    let mut setup = with_login(true, false).await;
    no_tunnel(&mut setup);
    let owner = Owner::of(&setup);
    owner
        .change(&setup, |install| install.record["capabilities"] = json!({}))
        .await;
    let says = ["it has no endpoint for ContentEvent"];
    setup
        .one_fault(
            "app install",
            &says,
            "choose a tunnel and set `borrow = true`",
        )
        .await;
}

#[tokio::test]
async fn a_password_that_is_wrong() {
    let mut setup = with_login(true, true).await;
    setup.variable(PASSWORD_VARIABLE, Some("n0t-the-password-at-all"));
    setup.hidden.push("n0t-the-password-at-all".to_owned());
    let says = ["username and password of morgan are not accepted"];
    let remedy = "the password in env ACME_PASSWORD";
    let report = setup.one_fault("login", &says, remedy).await;
    report.is("app install", "skipped", "nobody is logged in");
    report.is("tokens", "good", "AppJWT");
    setup.variable(PASSWORD_VARIABLE, None);
    let says = ["ACME_PASSWORD is not set"];
    setup
        .one_fault("login", &says, "put the secret into it")
        .await;
}

#[tokio::test]
async fn a_login_that_may_not_manage_app_installs() {
    let setup = with_login(false, true).await;
    let says = ["may not manage app installs"];
    setup
        .one_fault("login", &says, "the login of an administrator")
        .await;
}

#[tokio::test]
async fn an_app_install_that_is_disabled_or_not_there() {
    let mut setup = with_login(true, true).await;
    Owner::of(&setup)
        .change(&setup, |install| install.record["enabled"] = json!(false))
        .await;
    let says = ["it is disabled"];
    let report = setup
        .one_fault("app install", &says, "handset app enable")
        .await;
    report.is("tokens", "skipped", "the app install");
    setup.client = "7c1b2f0e-0000-4d0c-9a87-0f6d1c2b7e41".to_owned();
    let says = ["there is no app install 7c1b2f0e-0000"];
    setup
        .one_fault("app install", &says, "handset app list")
        .await;
}

#[tokio::test]
async fn an_app_install_with_another_scope() {
    let setup = with_login(true, true).await;
    Owner::of(&setup)
        .change(&setup, |install| {
            install.record["scope"] = json!("msg.agent");
        })
        .await;
    let says = ["its scope is \"msg.agent\"", "msg.consumer is needed"];
    setup
        .one_fault("app install", &says, "have its scope changed")
        .await;
}

#[tokio::test]
async fn webhooks_that_a_colleague_has_borrowed() {
    let setup = with_login(true, true).await;
    let now = clock::unix_millis() / 1000;
    let lease = Lease::new("bos-device", "bo@desk", now + 3600);
    let url = "https://bos-tunnel.test/hook-of-bo";
    Owner::of(&setup)
        .change(&setup, |install| {
            install.record = app_install::pointed(&install.record, url, &lease).unwrap();
        })
        .await;
    let says = ["its webhooks are borrowed by bo@desk until 20"];
    let report = setup.one_fault("app install", &says, "--take-over").await;
    assert!(!report.0.to_string().contains("hook-of-bo"));
}

#[tokio::test]
async fn webhooks_that_a_phone_has_borrowed_here() {
    let setup = with_login(true, true).await;
    let file = setup.path("data/account-55512300/journal.db");
    let (journal, _feed) = Journal::open(&file, Start::Newest).await.unwrap();
    let device = journal.device().await.unwrap();
    let lease = Lease::new(&device, "ada@desk", clock::unix_millis() / 1000 + 3600);
    let url = "https://our-tunnel.test/hook-of-ours";
    Owner::of(&setup)
        .change(&setup, |install| {
            install.record = app_install::pointed(&install.record, url, &lease).unwrap();
        })
        .await;
    // As while a phone runs.
    let report = setup.report(&[]).await;
    report.is("data", "warning", "another handset is running");
    report.is("app install", "good", "borrowed by this device until 20");
    assert!(!report.0.to_string().contains("hook-of-ours"));
    journal.close().await;
}

#[tokio::test]
async fn webhooks_that_a_killed_handset_has_left() {
    let setup = with_login(true, true).await;
    let file = setup.path("data/account-55512300/journal.db");
    let (journal, _feed) = Journal::open(&file, Start::Newest).await.unwrap();
    let note = json!({ "saved": {}, "ours": { "device": "d", "urls": [] }, "revision": "1" });
    let key = format!("borrow/{}", setup.client);
    journal.put(&key, &note.to_string()).await.unwrap();
    journal.close().await;
    let report = setup.report(&[]).await;
    assert!(report.names("bad").is_empty(), "{:#}", report.0);
    report.is("app install", "warning", "a handset that was killed");
    let remedy = report.check("app install")["do"].as_str().unwrap();
    assert!(remedy.contains("handset app restore"), "{remedy}");
}
