//! What a socket costs.

use serde_json::json;

use crate::{
    sandbox::{
        login::Agent,
        rig::{ACCOUNT, Process},
        ums::client::Socket,
    },
    support::resident,
};

/// Sockets that are open at the same time.
const SOCKETS: usize = 200;
/// What one may cost, in KiB, with all that is around it.
const EACH: usize = 40;

#[tokio::test]
async fn a_socket_is_small() {
    let process = Process::start(&["--account", ACCOUNT, "--agent", "none"]).await;
    let pid = process.child.id().unwrap();
    let connector = process.connector().await;
    let agents = process.ready["agents"].as_array().unwrap();
    let kim = agents.iter().find(|one| one["username"] == "kim").unwrap();
    let agent = Agent::enter(&connector, "kim", kim["password"].as_str().unwrap()).await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        // What is there once, whoever comes.
        let mut socket = Socket::of(&connector, &agent).await;
        socket.ask(".GetClock", json!({})).await;
        sockets.push(socket);
    }
    let before = resident(pid);
    for _ in 0..SOCKETS {
        let mut socket = Socket::of(&connector, &agent).await;
        socket.ask(".GetClock", json!({})).await;
        sockets.push(socket);
    }
    let each = resident(pid).saturating_sub(before) / SOCKETS;
    assert!(each < EACH, "a socket costs {each} KiB");
}
