//! The other end: testers that are linked, and a cloud that posts on a fixed schedule.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use handset::domain::relay::{Claim, Down, PROTOCOL, Up};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::{sleep_until, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Message, client::IntoClientRequest as _, http::HeaderValue, protocol::WebSocketConfig,
    },
};

use crate::server::{ACCOUNT, Server};

/// Handshakes at the same time.
const AT_ONCE: usize = 32;
/// Connections of the cloud.
const LANES: usize = 64;
/// Longest wait for the last message.
const LAST: Duration = Duration::from_secs(20);
/// Before the number of a message in its body.
const MARK: &str = "number ";

type Socket = WebSocketStream<TcpStream>;

/// Testers that are linked.
pub(crate) struct Crowd {
    _links: JoinSet<()>,
    /// To the busy ones: what an echo is to send.
    senders: Vec<mpsc::UnboundedSender<Bytes>>,
    arrived: mpsc::UnboundedReceiver<(usize, Instant)>,
}

impl Crowd {
    /// Links so many, the first of which have a conversation each.
    pub(crate) async fn link(server: &Server, count: usize, busy: usize) -> Self {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        let (told, arrived) = mpsc::unbounded_channel();
        let mut linking = JoinSet::new();
        let is_relay = server.hook.is_some();
        for (number, ticket) in server.tickets(count).await.into_iter().enumerate() {
            let (turns, address) = (Arc::clone(&turns), server.address);
            linking.spawn(async move {
                let _turn = turns.acquire().await;
                let mut request = format!("ws://{address}/link")
                    .into_client_request()
                    .unwrap();
                let headers = request.headers_mut();
                headers.insert("Sec-WebSocket-Protocol", HeaderValue::from_static(PROTOCOL));
                let bearer = HeaderValue::from_str(&format!("Bearer {ticket}")).unwrap();
                headers.insert("Authorization", bearer);
                let stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let config = WebSocketConfig::default()
                    .read_buffer_size(4096)
                    .write_buffer_size(0);
                let (mut socket, _) = client_async_with_config(request, stream, Some(config))
                    .await
                    .unwrap();
                if is_relay {
                    greet(&mut socket, number, number < busy).await;
                }
                (number, socket)
            });
        }
        let mut senders = vec![None; busy];
        let mut links = JoinSet::new();
        while let Some(linked) = linking.join_next().await {
            let (number, socket) = linked.unwrap();
            let (sender, to_send) = mpsc::unbounded_channel();
            if let Some(slot) = senders.get_mut(number) {
                *slot = Some(sender);
            }
            links.spawn(live(socket, to_send, told.clone()));
        }
        Self {
            _links: links,
            senders: senders.into_iter().map(Option::unwrap).collect(),
            arrived,
        }
    }

    /// Sends messages on a schedule and gives how long each took from when it was due.
    pub(crate) async fn load(
        mut self,
        server: &Server,
        rate: usize,
        seconds: usize,
    ) -> Vec<Duration> {
        let count = rate * seconds;
        let mut lanes = Lanes::open(server).await;
        let begin = Instant::now() + Duration::from_millis(100);
        let busy = self.senders.len();
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let due = move |number: usize| begin + Duration::from_secs_f64(number as f64 / rate as f64);
        let senders = std::mem::take(&mut self.senders);
        let sending = async {
            for number in 0..count {
                sleep_until(due(number).into()).await;
                let body = body(number, busy);
                match &mut lanes {
                    Some(lanes) => lanes.post(number, &body),
                    None => senders[number % busy].send(body.into()).unwrap(),
                }
            }
        };
        let mut seen = vec![None; count];
        let arriving = async {
            for _ in 0..count {
                let arrived = timeout(
                    LAST + Duration::from_secs(seconds as u64),
                    self.arrived.recv(),
                );
                let (number, at) = arrived.await.expect("all come").unwrap();
                assert!(seen[number].replace(at).is_none(), "{number} came twice");
            }
        };
        tokio::join!(sending, arriving);
        let took = |(number, at): (usize, Option<Instant>)| at.map(|at| at - due(number));
        seen.into_iter().enumerate().filter_map(took).collect()
    }
}

/// Says hello and, if asked to, claims a conversation.
async fn greet(socket: &mut Socket, number: usize, claims: bool) {
    let (device, program) = (format!("d{number}"), "bench".to_owned());
    say(socket, &Up::Hello { device, program }).await;
    if claims {
        let claim = Claim::Conversation(format!("c{number}").as_str().into());
        say(socket, &Up::Claim { claim }).await;
    }
    loop {
        let Message::Binary(frame) = socket.next().await.unwrap().unwrap() else {
            continue;
        };
        match Down::decode(&frame).unwrap() {
            Down::Welcome(_) if !claims => return,
            Down::Claimed { .. } => return,
            Down::Welcome(_) | Down::Peers { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn say(socket: &mut Socket, up: &Up) {
    socket.send(Message::Binary(up.encode())).await.unwrap();
}

/// One link: acknowledges events, sends what it is told to, answers pings.
async fn live(
    mut socket: Socket,
    mut to_send: mpsc::UnboundedReceiver<Bytes>,
    told: mpsc::UnboundedSender<(usize, Instant)>,
) {
    let mut sends = true;
    loop {
        tokio::select! {
            body = to_send.recv(), if sends => match body {
                Some(body) => socket.send(Message::Binary(body)).await.unwrap(),
                None => sends = false,
            },
            message = socket.next() => {
                // The server's end is the end of the bench.
                let Some(Ok(message)) = message else { return };
                let Message::Binary(frame) = message else { continue };
                let at = Instant::now();
                let body = match Down::decode(&frame) {
                    Ok(Down::Event { scope, seq, request }) => {
                        if socket.send(Message::Binary(Up::Ack { scope, seq }.encode())).await.is_err() {
                            return;
                        }
                        request.body
                    }
                    Ok(_) => continue,
                    Err(_) => frame,
                };
                let _ = told.send((number(&body), at));
            }
        }
    }
}

/// The cloud's connections.
struct Lanes {
    queues: Vec<mpsc::UnboundedSender<Vec<u8>>>,
    hook: String,
    _posting: JoinSet<()>,
}

impl Lanes {
    async fn open(server: &Server) -> Option<Self> {
        let hook = server.hook.clone()?;
        let (mut lanes, mut posting) = (Vec::new(), JoinSet::new());
        for _ in 0..LANES {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let (lane, mut requests) = mpsc::unbounded_channel::<Vec<u8>>();
            lanes.push(lane);
            posting.spawn(async move {
                let mut read = Vec::new();
                while let Some(request) = requests.recv().await {
                    stream.write_all(&request).await.unwrap();
                    read.clear();
                    while !read.ends_with(b"\r\n\r\n") {
                        assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "cut off");
                    }
                    let head = String::from_utf8_lossy(&read);
                    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
                }
            });
        }
        Some(Self {
            queues: lanes,
            hook,
            _posting: posting,
        })
    }

    fn post(&mut self, number: usize, body: &str) {
        let hook = &self.hook;
        let length = body.len();
        let request = format!(
            "POST {hook} HTTP/1.1\r\nHost: relay.test\r\nContent-Type: application/json\r\n\
             x-liveperson-account-id: {ACCOUNT}\r\nx-liveperson-client-id: 7c1b2f0e-3a55-4d0c-9a87-0f6d1c2b7e41\r\n\
             x-liveperson-signature: sha1=wwH/68fBYQQlJGbbqtatUSnxUmE=\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.queues[number % LANES]
            .send(request.into_bytes())
            .unwrap();
    }
}

/// A message of about 700 bytes for one of the busy links.
fn body(number: usize, busy: usize) -> String {
    let conversation = number % busy;
    let words = "Shall I put one aside for you until tomorrow evening? ".repeat(5);
    format!(
        r#"{{"kind":"notification","body":{{"changes":[{{"sequence":{number},"originatorId":"b7d1f0a2-5c3e-5f48-9a6d-3e2c1b0f9d87","originatorMetadata":{{"id":"b7d1f0a2-5c3e-5f48-9a6d-3e2c1b0f9d87","role":"ASSIGNED_AGENT"}},"serverTimestamp":1722500061200,"event":{{"type":"ContentEvent","message":"{words}{MARK}{number} ","contentType":"text/plain"}},"conversationId":"c{conversation}","dialogId":"c{conversation}","messageAudience":"ALL"}}]}},"type":"ms.MessagingEventNotification"}}"#
    )
}

/// Which message a body is.
fn number(body: &[u8]) -> usize {
    let text = std::str::from_utf8(body).unwrap();
    let (_, rest) = text.split_once(MARK).unwrap();
    let (digits, _) = rest.split_once(' ').unwrap();
    digits.parse().unwrap()
}

/// Median, 99 % and the longest, in milliseconds.
pub(crate) fn percentiles(latencies: &mut [Duration]) -> (f64, f64, f64) {
    latencies.sort_unstable();
    let at = |percent: usize| {
        let at = (latencies.len() - 1) * percent / 100;
        latencies[at].as_secs_f64() * 1000.0
    };
    (at(50), at(99), at(100))
}
