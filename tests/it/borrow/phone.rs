//! The phone itself, with a profile that lets it borrow, in a real terminal.

use std::{path::Path, time::Duration};

use axum::http::Method;
use handset::domain::app_install::{EventType, endpoints, latest_lease};
use serde_json::json;

use crate::{
    borrow::{
        cloud::{Cloud, ORIGINAL},
        killed::PASSWORD,
    },
    support::{free_address, pty::Terminal, soon},
};

const CTRL_Q: &str = "\x11";
const SECRET: &str = "HANDSET_TEST_SECRET";

/// A profile whose tunnel is this machine itself.
struct Phone<'a> {
    cloud: &'a Cloud,
    data: tempfile::TempDir,
    base: String,
}

impl<'a> Phone<'a> {
    fn new(cloud: &'a Cloud) -> Self {
        let bind = free_address();
        let data = tempfile::tempdir().unwrap();
        let settings = data.path().join("settings");
        std::fs::create_dir(&settings).unwrap();
        let (account, client, csds) = (cloud.account(), cloud.client(), cloud.address);
        let username = cloud.login().username;
        let profile = format!(
            "[profiles.acme]\naccount = \"{account}\"\ncsds = \"http://{csds}\"\n\
             client_id = \"{client}\"\nsecret = {{ env = \"{SECRET}\" }}\nbind = \"{bind}\"\n\n\
             [profiles.acme.tunnel]\nkind = \"url\"\nurl = \"http://{bind}\"\n\n\
             [profiles.acme.login]\nusername = \"{username}\"\n\
             password = {{ env = \"{PASSWORD}\" }}\nborrow = true\n"
        );
        std::fs::write(settings.join("config.toml"), profile).unwrap();
        Self {
            cloud,
            data,
            base: format!("http://{bind}/"),
        }
    }

    fn start(&self) -> Terminal {
        let login = self.cloud.login();
        let variables = [
            (PASSWORD, login.password.reveal()),
            (SECRET, self.cloud.ready.client_secret.reveal()),
        ];
        let data: &Path = self.data.path();
        Terminal::handset_with(120, 36, data, &["--profile", "acme"], &variables)
    }

    /// Waits until everything goes to the phone.
    async fn is_borrowed(&self) {
        let (colleague, client) = (self.cloud.colleague(), self.cloud.client());
        soon("the endpoints", async {
            loop {
                let record = colleague.install(&client).await.unwrap().record;
                let here = |(_, at): &(EventType, Option<String>)| {
                    at.as_ref().is_some_and(|at| at.starts_with(&self.base))
                };
                if endpoints(&record).iter().all(here) {
                    assert!(latest_lease(&record).is_some());
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn however_the_phone_ends_in_order_the_webhooks_are_given_back() {
    let cloud = Cloud::start().await;
    let before = cloud.record().await;
    for way in ["quit", "TERM"] {
        let phone = Phone::new(&cloud);
        let mut terminal = phone.start();
        phone.is_borrowed().await;
        if way == "quit" {
            // It borrows before it takes the terminal, which until then keeps Ctrl+Q to itself.
            terminal.wait_taken();
            terminal.press(CTRL_Q);
        } else {
            terminal.signal(way);
        }
        assert!(terminal.ended().success(), "{way}");
        assert_eq!(cloud.record().await, before, "{way}");
        let said = terminal.screen();
        assert!(said.contains("as they were before"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_phone_gives_back_at_its_next_end() {
    let cloud = Cloud::start().await;
    let before = cloud.record().await;
    let phone = Phone::new(&cloud);
    let mut terminal = phone.start();
    phone.is_borrowed().await;
    terminal.signal("KILL");
    terminal.ended();
    assert_ne!(cloud.record().await, before);
    let looks = cloud.count(&Method::GET, "installations");
    let mut terminal = phone.start();
    soon("a look", async {
        while cloud.count(&Method::GET, "installations") == looks {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    phone.is_borrowed().await;
    terminal.signal("TERM");
    assert!(terminal.ended().success());
    assert_eq!(cloud.record().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changes_while_the_phone_runs_stays() {
    let cloud = Cloud::start().await;
    let mut wanted = cloud.record().await;
    let phone = Phone::new(&cloud);
    let mut terminal = phone.start();
    phone.is_borrowed().await;
    let key = EventType::ChatState.key();
    cloud
        .change(|record| {
            record["capabilities"]["webhooks"][key] = json!({ "endpoint": ORIGINAL });
        })
        .await;
    terminal.signal("TERM");
    assert!(terminal.ended().success());
    wanted["capabilities"]["webhooks"][key] = json!({ "endpoint": ORIGINAL });
    assert_eq!(cloud.record().await, wanted);
    let said = terminal.screen();
    assert!(said.contains("left alone"), "{said}");
}
