//! HTTP/1.1 spelled out over a socket.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use crate::support::soon;

/// A connection that says exactly what it is told to.
pub(crate) struct Peer {
    stream: TcpStream,
    read: Vec<u8>,
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Peer {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = soon("connecting", TcpStream::connect(address)).await;
        Self {
            stream: stream.unwrap(),
            read: Vec::new(),
        }
    }

    /// Connects from another address of this machine.
    pub(crate) async fn connect_from(from: [u8; 4], address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        let stream = soon("connecting", socket.connect(address)).await.unwrap();
        Self {
            stream,
            read: Vec::new(),
        }
    }

    /// Writes bytes; false when the other side has gone.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> bool {
        soon("writing", self.stream.write_all(bytes)).await.is_ok()
    }

    /// The next answer, without interim ones; `None` when the connection ended instead.
    pub(crate) async fn answer(&mut self) -> Option<Answer> {
        soon("an answer", async {
            loop {
                if let Some(answer) = self.parsed() {
                    if answer.status != 100 {
                        return Some(answer);
                    }
                } else if self.stream.read_buf(&mut self.read).await.ok()? == 0 {
                    return None;
                }
            }
        })
        .await
    }

    /// Waits until the other side ends the connection; what it still says is dropped.
    pub(crate) async fn ended(&mut self) {
        soon("the end of a connection", async {
            let mut rest = [0; 4096];
            while self.stream.read(&mut rest).await.is_ok_and(|n| n > 0) {}
        })
        .await;
    }

    fn parsed(&mut self) -> Option<Answer> {
        let end = self.read.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = String::from_utf8(self.read.get(..end)?.to_vec()).unwrap();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        let body = self.read.get(end..end + length)?.to_vec();
        self.read.drain(..end + length);
        let status = head.split(' ').nth(1)?.parse().unwrap();
        Some(Answer { status, head, body })
    }
}

/// One request on a connection of its own.
pub(crate) async fn once(address: SocketAddr, request: &[u8]) -> Option<Answer> {
    let mut peer = Peer::connect(address).await;
    // An early refusal may end the connection while we write; the answer says so.
    peer.write(request).await;
    peer.answer().await
}
