//! Getting a link: connection, TLS, WebSocket, hello and welcome, each with its time.

use std::{io, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use rustls::ClientConfig;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{
    self, Message,
    client::IntoClientRequest,
    error::ProtocolError,
    handshake::client::{Request, Response},
    http::{HeaderValue, header},
    protocol::WebSocketConfig,
};
use url::Url;

use crate::{
    domain::{
        relay::{Down, PROTOCOL, Up, Welcome, frame},
        secret::Secret,
        text::SafeText,
    },
    ingress::tunnel::Outage,
    rt::dial::{self, Peer, Socket, Wire},
};

/// Time for the address and a connection to it.
const CONNECT: Duration = Duration::from_secs(5);
/// Time for TLS, again for the WebSocket, and again for the welcome.
const SHAKE: Duration = Duration::from_secs(5);
/// What may wait to be sent; past it the link is given up. Claims and acknowledgements are small
/// and leave at a measured pace.
const UNSENT: usize = 256 * 1024;
/// Of a refusal so much is read.
const REASON: usize = 300;

/// What to do about a ticket that does not hold.
const ANOTHER: &str =
    "ask the relay's operator for another one, which `handset relay ticket` makes";

/// Where to dial, and how.
pub(super) struct Target {
    pub(super) address: Url,
    pub(super) host: String,
    pub(super) port: u16,
    /// Over TLS, judged so.
    pub(super) tls: Option<Arc<ClientConfig>>,
    /// The address for people.
    pub(super) shown: String,
}

impl Target {
    fn fault(&self, why: &str, hint: &str, lasting: bool) -> Outage {
        Outage {
            what: format!("cannot link to the relay at {}: {why}", self.shown),
            hint: hint.to_owned(),
            lasting,
        }
    }

    fn late(&self, what: &str, within: Duration) -> Outage {
        let why = format!("{what} within {} s", within.as_secs());
        self.fault(&why, "check the network, and that the relay runs", false)
    }
}

/// Dials, unless there is a connection, and shakes hands. Once there was a link to that address, a
/// wrong certificate or answer
/// is taken for a network in between that will pass.
pub(super) async fn dial(
    target: &Target,
    ticket: &Secret,
    has_linked: bool,
    wire: Option<Box<dyn Wire>>,
) -> Result<Socket, Outage> {
    let request = request(target, ticket)?;
    let peer = Peer {
        host: &target.host,
        port: target.port,
        tls: target.tls.as_ref(),
        connect: CONNECT,
        shake: SHAKE,
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(16 * 1024)
        .write_buffer_size(0)
        .max_write_buffer_size(UNSENT)
        .max_message_size(Some(frame::LONGEST))
        .max_frame_size(Some(frame::LONGEST));
    let dialled = match wire {
        Some(wire) => dial::shake(wire, request, config, SHAKE).await,
        None => dial::dial(&peer, request, config).await,
    };
    dialled.map_err(|error| match error {
        dial::Error::Connect(cause) => {
            let hint = "check the address and the network, and that the relay runs";
            target.fault(&cause.to_string(), hint, false)
        }
        dial::Error::ConnectLate(within) => target.late("it takes no connection", within),
        dial::Error::Name => {
            let why = "TLS knows no such host name";
            target.fault(why, "write it as the relay's `link` says", true)
        }
        dial::Error::Tls(cause) => untrusted(target, &cause, has_linked),
        dial::Error::TlsLate(within) => target.late("it does not speak TLS", within),
        dial::Error::Handshake(cause) => refused(target, *cause, has_linked),
        dial::Error::HandshakeLate(within) => target.late("it does not answer", within),
    })
}

/// Says who we are and waits to be welcomed.
pub(super) async fn greet(
    mut socket: Socket,
    target: &Target,
    device: String,
) -> Result<(Socket, Welcome), Outage> {
    let hello = Up::Hello {
        device,
        program: concat!("handset/", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    let broken = |cause: tungstenite::Error| {
        let hint = "check the network, and that the relay runs";
        target.fault(&cause.to_string(), hint, false)
    };
    let greeting = async {
        let sent = socket.send(Message::Binary(hello.encode())).await;
        sent.map_err(broken)?;
        loop {
            let frame = match socket.next().await {
                Some(Ok(Message::Binary(frame))) => frame,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Err(cause)) => return Err(broken(cause)),
                Some(Ok(_)) | None => {
                    let hint = "check that the relay runs";
                    return Err(target.fault("it closed the link at once", hint, false));
                }
            };
            return match Down::decode(&frame) {
                Ok(Down::Welcome(welcome)) => Ok(welcome),
                Ok(Down::Goodbye { reason, again }) => {
                    Err(turned_away(&target.shown, &reason, again))
                }
                Ok(_) => Err(misread(&target.shown, "it does not begin with a welcome")),
                Err(cause) => Err(misread(&target.shown, &cause.to_string())),
            };
        }
    };
    let welcome = timeout(SHAKE, greeting)
        .await
        .unwrap_or_else(|_| Err(target.late("it does not say welcome", SHAKE)))?;
    Ok((socket, welcome))
}

/// The relay closed the link and said why.
pub(super) fn turned_away(shown: &str, reason: &str, again: bool) -> Outage {
    Outage {
        what: format!("the relay at {shown} ended the link: {}", clean(reason)),
        hint: if again {
            "it takes links again soon".to_owned()
        } else {
            format!("if the ticket does not hold any more, {ANOTHER}")
        },
        lasting: !again,
    }
}

/// The relay says something that makes no sense here.
pub(super) fn misread(shown: &str, why: &str) -> Outage {
    Outage::passing(
        format!("the relay at {shown} cannot be understood: {}", clean(why)),
        "use the same version of handset at both ends",
    )
}

/// Foreign words on one line.
pub(super) fn clean(words: &str) -> String {
    let short: String = words.chars().take(REASON).collect();
    SafeText::clean(&short).one_line()
}

/// The request for a WebSocket. The ticket's copy in it is gone once it is sent.
fn request(target: &Target, ticket: &Secret) -> Result<Request, Outage> {
    let bad_ticket = |_| {
        let why = "the ticket is not one: it holds characters that no ticket has";
        target.fault(why, ANOTHER, true)
    };
    let bearer = Secret::new(format!("Bearer {}", ticket.reveal().trim()));
    let mut bearer = HeaderValue::from_str(bearer.reveal()).map_err(bad_ticket)?;
    bearer.set_sensitive(true);
    let mut request = target.address.as_str().into_client_request().map_err(|_| {
        let hint = "write it as the relay's `link` says";
        target.fault("the address makes no sense", hint, true)
    })?;
    let headers = request.headers_mut();
    headers.insert(header::AUTHORIZATION, bearer);
    headers.insert(
        header::SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(PROTOCOL),
    );
    Ok(request)
}

fn untrusted(target: &Target, cause: &io::Error, has_linked: bool) -> Outage {
    let tls = cause.get_ref().and_then(|inner| inner.downcast_ref());
    match tls {
        Some(rustls::Error::InvalidCertificate(wrong)) => target.fault(
            &format!("its certificate is not trusted ({wrong})"),
            "if it is of an own authority, name that one's certificate with --ca",
            !has_linked,
        ),
        Some(rustls::Error::InvalidMessage(_)) => target.fault(
            "it does not speak TLS",
            "check the port, and use ws:// for a relay on this machine that has no certificate",
            !has_linked,
        ),
        _ => target.fault(
            &format!("TLS failed: {cause}"),
            "check the network, and that the relay runs",
            false,
        ),
    }
}

fn refused(target: &Target, cause: tungstenite::Error, has_linked: bool) -> Outage {
    match cause {
        tungstenite::Error::Http(answer) => answered(target, &answer, has_linked),
        tungstenite::Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)) => target
            .fault(
                "it does not speak as this handset does",
                "use the same version of handset at both ends, and check the address",
                !has_linked,
            ),
        cause => target.fault(
            &cause.to_string(),
            "check the address and the network, and that the relay runs",
            false,
        ),
    }
}

/// The relay, or a proxy before it, answered with a status instead.
fn answered(target: &Target, answer: &Response, has_linked: bool) -> Outage {
    let status = answer.status().as_u16();
    let said = said(answer.body().as_deref().unwrap_or_default());
    let because = said.map_or_else(String::new, |said| format!(" ({said})"));
    match status {
        401 => {
            let why = format!("it does not accept the ticket{because}");
            target.fault(&why, ANOTHER, true)
        }
        429 | 500.. => {
            let why = format!("it answers {status}{because}");
            target.fault(&why, "it may take links again soon", false)
        }
        _ => target.fault(
            &format!("it answers {status}{because}"),
            "check the address: it should be the `link` that the relay has printed",
            !has_linked,
        ),
    }
}

/// The reason in an answer's body.
fn said(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let said = ["message", "reason", "error"]
        .iter()
        .find_map(|key| body.get(key)?.as_str())?;
    Some(clean(said))
}
