//! A relay that a test plays: the frames of one link at a time, over a real socket.

use std::{net::SocketAddr, sync::Arc};

use futures_util::{SinkExt, StreamExt};
use handset::{
    domain::{
        inbound::Request,
        relay::{Down, PROTOCOL, Role, Scope, Up, Welcome},
        time::Timestamp,
    },
    rt::tls,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request as Handshake, Response},
        http::{HeaderValue, StatusCode},
    },
};

use crate::support::{
    hooks::{self, ACCOUNT, CLIENT, SECRET},
    soon,
};

pub(super) const TICKET: &str = "ticket.of.ada-9f3";
/// What the cloud posts to.
pub(super) const PUBLIC: &str = "https://relay.example/hook/unguessable";

pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

pub(super) struct FakeRelay {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    pub(super) welcome: Welcome,
}

/// An own authority with a certificate for this machine.
pub(super) struct Authority {
    pub(super) pem: String,
    /// The certificate for this machine and its key, in PEM.
    pub(super) cert: String,
    pub(super) key: String,
    server: Arc<rustls::ServerConfig>,
}

impl Authority {
    pub(super) fn new() -> Self {
        let ca_key = rcgen::KeyPair::generate().unwrap();
        let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let ca_cert = ca.self_signed(&ca_key).unwrap();
        let issuer = rcgen::Issuer::new(ca, ca_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let params = rcgen::CertificateParams::new(names).unwrap();
        let cert = params.signed_by(&key, &issuer).unwrap();
        let key_pem = key.serialize_pem();
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
        Self {
            pem: ca_cert.pem(),
            cert: cert.pem(),
            key: key_pem,
            server: tls::server(vec![cert.der().clone()], key.into()).unwrap(),
        }
    }
}

impl FakeRelay {
    pub(super) async fn start() -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            tls: None,
            welcome: Welcome {
                relay: "relay-1".to_owned(),
                public: PUBLIC.to_owned(),
                name: "ada".to_owned(),
                account: ACCOUNT.into(),
                role: Role::Tester,
                until: 4_000_000_000,
                silence: 12_000,
                peers: 0,
            },
        }
    }

    pub(super) async fn over_tls(authority: &Authority) -> Self {
        let mut relay = Self::start().await;
        relay.tls = Some(TlsAcceptor::from(Arc::clone(&authority.server)));
        relay
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    pub(super) fn link(&self) -> String {
        let scheme = if self.tls.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{}/link", self.address())
    }

    async fn wire(&self) -> Option<Box<dyn Wire>> {
        let (stream, _) = soon("a link", self.listener.accept()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Some(match &self.tls {
            None => Box::new(stream),
            Some(tls) => Box::new(tls.accept(stream).await.ok()?),
        })
    }

    /// Takes a connection, looks at the ticket and says welcome; gives the hello too.
    pub(super) async fn accept(&self) -> (Peer, Up) {
        let wire = self.wire().await.expect("no TLS");
        let mut peer = Peer(accept_hdr_async(wire, Doorman).await.unwrap());
        let hello = peer.heard().await;
        peer.say(Down::Welcome(self.welcome.clone())).await;
        (peer, hello)
    }

    /// The same for a device that may be killed at any moment.
    pub(super) async fn accept_whenever(&self) -> Option<Peer> {
        let (stream, _) = self.listener.accept().await.unwrap();
        let wire: Box<dyn Wire> = Box::new(stream);
        let mut peer = Peer(accept_hdr_async(wire, Doorman).await.ok()?);
        peer.0.next().await?.ok()?;
        let welcome = Down::Welcome(self.welcome.clone());
        let welcome = Message::Binary(welcome.encode());
        peer.0.send(welcome).await.ok()?;
        Some(peer)
    }

    /// Takes a connection that ends before there is a link.
    pub(super) async fn turn_away(&self, status: u16, body: &str) {
        if let Some(wire) = self.wire().await {
            let no = No(status, body.to_owned());
            assert!(accept_hdr_async(wire, no).await.is_err());
        }
    }
}

struct Doorman;

impl tokio_tungstenite::tungstenite::handshake::server::Callback for Doorman {
    fn on_request(
        self,
        request: &Handshake,
        mut answer: Response,
    ) -> Result<Response, ErrorResponse> {
        let bearer = format!("Bearer {TICKET}");
        assert_eq!(request.headers()["authorization"], bearer.as_str());
        assert_eq!(request.headers()["sec-websocket-protocol"], PROTOCOL);
        assert_eq!(request.uri().path(), "/link");
        let protocol = HeaderValue::from_static(PROTOCOL);
        answer
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        Ok(answer)
    }
}

struct No(u16, String);

impl tokio_tungstenite::tungstenite::handshake::server::Callback for No {
    fn on_request(self, _: &Handshake, _: Response) -> Result<Response, ErrorResponse> {
        let mut no = ErrorResponse::new(Some(self.1));
        *no.status_mut() = StatusCode::from_u16(self.0).unwrap();
        Err(no)
    }
}

/// The relay's end of a link.
pub(super) struct Peer(pub(super) WebSocketStream<Box<dyn Wire>>);

impl Peer {
    pub(super) async fn say(&mut self, down: Down) {
        self.0.send(Message::Binary(down.encode())).await.unwrap();
    }

    /// What the device says next; `None` once it has ended the link.
    pub(super) async fn next(&mut self) -> Option<Up> {
        loop {
            match soon("a frame", self.0.next()).await {
                Some(Ok(Message::Binary(frame))) => return Some(Up::decode(&frame).unwrap()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return None,
            }
        }
    }

    pub(super) async fn heard(&mut self) -> Up {
        self.next().await.expect("the device ended the link")
    }
}

/// A webhook as the relay hands it on; the body is [`hooks::message`]'s.
pub(super) fn event(scope: &Scope, seq: u64, number: u64) -> Down {
    Down::Event {
        scope: scope.clone(),
        seq,
        request: request(hooks::message(number).as_bytes(), CLIENT),
    }
}

/// A signed request for an app install.
pub(super) fn request(body: &[u8], client: &str) -> Request {
    let secret = handset::domain::secret::Secret::new(SECRET);
    let algorithm = handset::domain::signature::Algorithm::Sha1;
    let signature = handset::domain::signature::sign(algorithm, &secret, body);
    let headers = [
        ("x-liveperson-account-id", ACCOUNT),
        ("x-liveperson-client-id", client),
        ("x-liveperson-signature", &signature),
    ];
    Request {
        at: Timestamp(1_722_500_061_200),
        headers: headers.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        body: body.to_vec().into(),
    }
}
