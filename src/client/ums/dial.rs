//! Getting a socket, and what it means when there is none.

use std::sync::Arc;

use rustls::ClientConfig;
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest, protocol::WebSocketConfig};
use url::Url;

use crate::{
    client::ums::{Outage, Times},
    domain::{ids::AccountId, secret::Secret, wire::directory},
    rt::{
        dial::{self, Peer, Socket},
        web,
    },
};

/// The longest frame taken: the answer to a query holds all that was said in a dialog.
const LONGEST: usize = 16 * 1024 * 1024;
/// What may wait to be sent; past it the socket is given up.
const UNSENT: usize = 4 * 1024 * 1024;

/// Why there is no socket.
pub(super) enum Refused {
    /// The bearer does not hold any more.
    Bearer,
    Other(Outage),
}

/// Opens the socket of an agent.
pub(super) async fn socket(
    service: &Url,
    account: &AccountId,
    bearer: &Secret,
    tls: Option<&Arc<ClientConfig>>,
    times: &Times,
) -> Result<Socket, Refused> {
    let shown = service.authority().to_owned();
    let unusable = |why: &str| {
        Refused::Other(Outage::passing(
            format!("cannot open the agent's socket at {shown}: {why}"),
            "check the network, and what the directory says of the account",
        ))
    };
    let (Some(host), Some(port)) = (service.host_str(), service.port_or_known_default()) else {
        return Err(unusable("the directory names no host for it"));
    };
    let path = ["ws_api", "account", account.as_str(), "messaging", "brand"];
    let address = directory::at(service, &path);
    let scheme = if tls.is_some() { "wss" } else { "ws" };
    // The bearer's copies in the address live as long as the handshake.
    let address = Secret::new(format!(
        "{scheme}://{}{}/{}?v=2.1",
        service.authority(),
        address.path(),
        bearer.reveal()
    ));
    let request = address.reveal().into_client_request();
    let request = request.map_err(|_| unusable("the address makes no sense"))?;
    let peer = Peer {
        // Brackets belong to the address, not to the host.
        host: host.trim_start_matches('[').trim_end_matches(']'),
        port,
        tls,
        connect: times.connect,
        shake: times.shake,
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(16 * 1024)
        .write_buffer_size(0)
        .max_write_buffer_size(UNSENT)
        .max_message_size(Some(LONGEST))
        .max_frame_size(Some(LONGEST));
    match dial::dial(&peer, request, config).await {
        Ok(socket) => Ok(socket),
        Err(dial::Error::Handshake(cause)) => match *cause {
            tungstenite::Error::Http(answer) if answer.status().as_u16() == 401 => {
                Err(Refused::Bearer)
            }
            tungstenite::Error::Http(answer) => {
                let why = format!("it answers {}", answer.status().as_u16());
                Err(unusable(&why))
            }
            cause => Err(unusable(&cause.to_string())),
        },
        Err(dial::Error::Tls(cause)) => {
            let words = cause
                .get_ref()
                .map_or_else(|| cause.to_string(), ToString::to_string);
            Err(unusable(&format!("TLS failed: {}", web::plainly(words))))
        }
        Err(cause) => Err(unusable(&cause.to_string())),
    }
}
