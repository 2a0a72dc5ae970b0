//! The sandbox in the bench's own process, with a conversation for each connection.

use std::{net::SocketAddr, sync::Arc, time::Duration, time::Instant};

use handset::sandbox::{
    Sandbox,
    settings::{Agent, Settings},
    start,
};
use tokio::net::TcpListener;
use url::Url;

use crate::{CONNECTIONS, SEND, connector::Connector, support::Score};

/// For notifications to leave between two rounds.
const PATIENCE: Duration = Duration::from_secs(5);

/// A sandbox with a conversation for each connection.
pub(crate) struct Cloud {
    sandbox: Sandbox,
    /// A SEND for each.
    pub(crate) requests: Vec<Arc<[u8]>>,
    /// What it reached.
    pub(crate) score: Score,
}

impl Cloud {
    /// Starts one that tells everything to this endpoint.
    pub(crate) async fn start(webhook: Option<Url>) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = Settings {
            agent: Agent::None,
            webhook,
            ..Settings::default()
        };
        let sandbox = start(socket, settings).await.unwrap();
        let requests = requests(&sandbox).await;
        Self {
            sandbox,
            requests,
            score: Score::default(),
        }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        let csds = self.sandbox.ready().csds;
        csds.strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// Waits until every notification has left, so that the next round has the machine alone.
    pub(crate) async fn deliver(&self) {
        let limit = Instant::now() + PATIENCE;
        while self.sandbox.standing().1 > 0 && Instant::now() < limit {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends it; gives what it reached.
    pub(crate) async fn stop(self) -> Score {
        self.sandbox.stop(PATIENCE).await;
        self.score
    }
}

/// Opens a conversation for each connection; gives the SEND that says something in it.
async fn requests(sandbox: &Sandbox) -> Vec<Arc<[u8]>> {
    let ready = sandbox.ready();
    let (account, client) = (ready.account.to_string(), ready.client_id.to_string());
    let secret = ready.client_secret.reveal();
    let connector = Connector::new(&ready.csds, &account, &client, secret).await;
    let app = connector.app();
    let mut requests = Vec::new();
    for number in 0..CONNECTIONS {
        let talk = connector.open(number).await;
        let body = talk.saying();
        let request = format!(
            "POST {SEND}?v=3 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Authorization: {app}\r\nX-LP-ON-BEHALF: {}\r\nContent-Length: {}\r\n\r\n{body}",
            talk.token,
            body.len()
        );
        requests.push(request.into_bytes().into());
    }
    requests
}
