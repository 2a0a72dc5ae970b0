//! Without a profile: whether the sandbox in this program starts and answers.

use std::{net::Ipv4Addr, time::Duration};

use tokio::{net::TcpListener, sync::mpsc};

use crate::{
    cli::checks::finding::Finding,
    client::{self, Client, Tag},
    domain::ids::ExtConsumerId,
    sandbox::{self, Sandbox},
};

const NAME: &str = "sandbox";
const ENDING: Duration = Duration::from_secs(2);
/// Exchanges nobody looks at.
const EXCHANGES: usize = 64;

/// Starts one that keeps nothing, asks it for tokens, and ends it.
pub(super) async fn check() -> Finding {
    let remedy = "look whether something keeps programs from talking on 127.0.0.1";
    let socket = match TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await {
        Ok(socket) => socket,
        Err(cause) => {
            let says = format!("cannot open a port for it on 127.0.0.1: {cause}");
            return Finding::bad(NAME, says, remedy);
        }
    };
    let sandbox = match sandbox::start(socket, sandbox::settings::Settings::default()).await {
        Ok(sandbox) => sandbox,
        Err(error) => return Finding::of_error(NAME, &error.to_string(), remedy),
    };
    let asked = ask(&sandbox).await;
    sandbox.stop(ENDING).await;
    match asked {
        Ok(()) => Finding::good(NAME, "it starts and gives tokens"),
        Err(why) => Finding::bad(
            NAME,
            format!("it starts and gives no tokens: {why}"),
            remedy,
        ),
    }
}

async fn ask(sandbox: &Sandbox) -> Result<(), String> {
    let ready = sandbox.ready();
    let csds = ready.csds.parse();
    let csds = csds.map_err(|_| "its address makes no sense".to_owned())?;
    let settings = client::Settings::new(csds, ready.account, ready.client_id, ready.client_secret);
    let (reports, mut exchanges) = mpsc::channel(EXCHANGES);
    let client = Client::new(settings, reports).map_err(|error| error.to_string())?;
    let probe = ExtConsumerId::from("handset-doctor");
    let token = client.consumer(&probe, Tag::default());
    tokio::pin!(token);
    loop {
        tokio::select! {
            token = &mut token => return token.map(drop).map_err(|problem| problem.to_string()),
            Some(_) = exchanges.recv() => {}
        }
    }
}
