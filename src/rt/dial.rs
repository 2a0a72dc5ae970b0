//! Opening a WebSocket: connection, TLS and handshake, each with its time.

use std::{io, sync::Arc, time::Duration};

use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{self, handshake::client::Request, protocol::WebSocketConfig},
};

/// A connection, with or without TLS.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send + Sync {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync> Wire for T {}

pub type Socket = WebSocketStream<Box<dyn Wire>>;

/// Where to, and how.
#[derive(Debug)]
pub struct Peer<'a> {
    /// The host's name or address.
    pub host: &'a str,
    pub port: u16,
    /// Over TLS, judged so.
    pub tls: Option<&'a Arc<ClientConfig>>,
    /// Time for the address and a connection to it.
    pub connect: Duration,
    /// Time for TLS, and again for the handshake.
    pub shake: Duration,
}

/// Why there is no WebSocket.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection.
    #[error("no connection: {0}")]
    Connect(#[source] io::Error),
    /// No connection in time.
    #[error("it takes no connection within {} s", .0.as_secs())]
    ConnectLate(Duration),
    /// No name that TLS knows.
    #[error("TLS knows no such host name")]
    Name,
    /// TLS failed.
    #[error("TLS failed: {0}")]
    Tls(#[source] io::Error),
    /// TLS did not come about in time.
    #[error("it does not speak TLS within {} s", .0.as_secs())]
    TlsLate(Duration),
    /// The handshake failed, or was answered with a status.
    #[error("{0}")]
    Handshake(#[source] Box<tungstenite::Error>),
    /// No answer to the handshake in time.
    #[error("it does not answer within {} s", .0.as_secs())]
    HandshakeLate(Duration),
}

/// Opens a WebSocket.
pub async fn dial(
    peer: &Peer<'_>,
    request: Request,
    config: WebSocketConfig,
) -> Result<Socket, Error> {
    shake(connect(peer).await?, request, config, peer.shake).await
}

/// Opens a TCP connection to the peer, with TLS where the peer has it, within the time-outs of both.
async fn connect(peer: &Peer<'_>) -> Result<Box<dyn Wire>, Error> {
    let connecting = TcpStream::connect((peer.host, peer.port));
    let stream = match timeout(peer.connect, connecting).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(cause)) => return Err(Error::Connect(cause)),
        Err(_) => return Err(Error::ConnectLate(peer.connect)),
    };
    // Frames are small. A socket that refuses the option works all the same.
    let _ = stream.set_nodelay(true);
    match peer.tls {
        None => Ok(Box::new(stream)),
        Some(config) => {
            let name = ServerName::try_from(peer.host.to_owned()).map_err(|_| Error::Name)?;
            let shaking = TlsConnector::from(Arc::clone(config)).connect(name, stream);
            match timeout(peer.shake, shaking).await {
                Ok(Ok(stream)) => Ok(Box::new(stream)),
                Ok(Err(cause)) => Err(Error::Tls(cause)),
                Err(_) => Err(Error::TlsLate(peer.shake)),
            }
        }
    }
}

/// Opens a WebSocket over a connection that is there.
pub async fn shake(
    wire: Box<dyn Wire>,
    request: Request,
    config: WebSocketConfig,
    within: Duration,
) -> Result<Socket, Error> {
    let shaking = client_async_with_config(request, wire, Some(config));
    match timeout(within, shaking).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(cause)) => Err(Error::Handshake(Box::new(cause))),
        Err(_) => Err(Error::HandshakeLate(within)),
    }
}
