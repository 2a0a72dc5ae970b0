//! Run with: cargo test

mod handset;

use std::{sync::mpsc::Receiver, time::Duration};

use connector::{Cloud, Connector};
use serde_json::Value;

use crate::handset::Sandbox;

/// The next message of an agent.
fn agent_says(changes: &Receiver<Value>) -> String {
    loop {
        let change = changes.recv_timeout(Duration::from_secs(20)).expect("an agent says something");
        let is_text = change["event"]["type"] == "ContentEvent";
        if is_text && change["originatorMetadata"]["role"] != "CONSUMER" {
            return change["event"]["message"].as_str().unwrap().to_owned();
        }
    }
}

fn connector(sandbox: &Sandbox) -> Connector {
    Connector::new(Cloud {
        csds: sandbox.text("csds"),
        account: sandbox.text("account"),
        client_id: sandbox.text("client_id"),
        client_secret: sandbox.text("client_secret"),
    })
}

#[test]
fn an_agent_answers() {
    let sandbox = Sandbox::start(&["--seed", "7"]);
    let connector = connector(&sandbox);
    let (url, changes) = connector.listen().unwrap();
    sandbox.ctl(&["webhook", &url]);
    let ada = connector.consumer("ada").unwrap();
    let conversation = ada.open().unwrap();
    assert!(agent_says(&changes).contains("Riley"));
    ada.say(&conversation, "help").unwrap();
    assert!(!agent_says(&changes).is_empty());
    assert_eq!(sandbox.ctl(&["conversations", &conversation])["open"], true);
}

#[test]
fn what_the_cloud_cannot_do_just_now_is_tried_again() {
    let sandbox = Sandbox::start(&["--seed", "7", "--agent", "none"]);
    let connector = connector(&sandbox);
    let gus = connector.consumer("gus").unwrap();
    let conversation = gus.open().unwrap();
    sandbox.ctl(&["fault", "add", "send", "--status", "503", "--count", "1"]);
    gus.say(&conversation, "said at the second try").unwrap();
    assert_eq!(sandbox.ctl(&["fault", "list"])["faults"][0]["fired"], 1);
}
