//! A relay in this process, and devices that say exactly what they are told to.

use std::{future::Future, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use handset::{
    domain::{
        relay::{Claim, Down, PROTOCOL, Role, Scope, Up, Welcome},
        secret::Secret,
    },
    relay::{
        Limits, Relay,
        backend::{Backend, Issued, Retention},
        serve, sqlite,
        ticket::{Keys, issue},
    },
    rt::{clock, serve::Speech},
};
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Error as SocketError, Message,
        client::IntoClientRequest as _,
        http::{HeaderValue, Response},
    },
};

use crate::support::{
    LIMIT,
    hooks::ACCOUNT,
    http::{Answer, once},
    soon,
};

/// Long enough for something that must not come to have come.
pub(crate) const QUIET: Duration = Duration::from_millis(300);

/// A relay with its state in a folder of its own.
pub(crate) struct Rig {
    pub(crate) relay: Relay,
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) folder: TempDir,
    pub(crate) keys: Keys,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::with(Limits::default(), Retention::default()).await
    }

    pub(crate) async fn with(limits: Limits, retention: Retention) -> Self {
        Self::on(tempfile::tempdir().unwrap(), limits, retention).await
    }

    /// A relay on a state that may be there already.
    pub(crate) async fn on(folder: TempDir, limits: Limits, retention: Retention) -> Self {
        // A program that another test starts at this moment has the lock of an earlier one too,
        // until it is another program.
        let (backend, changes) = soon("a state that nobody serves", async {
            loop {
                match sqlite::open(folder.path(), retention).await {
                    Ok(opened) => return opened,
                    Err(cause) if cause.to_string().contains("another relay") => {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    Err(cause) => panic!("{cause}"),
                }
            }
        })
        .await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let kept = Arc::clone(&backend);
        let relay = serve(listener, Speech::Plain, None, backend, changes, limits);
        let relay = relay.await.unwrap();
        let keys = Keys::new(&kept.identity().await.unwrap()).unwrap();
        Self {
            relay,
            backend: kept,
            folder,
            keys,
        }
    }

    /// Ends in order and gives the folder for another start.
    pub(crate) async fn end(self) -> TempDir {
        assert!(self.relay.drain(LIMIT).await, "it ends in time");
        self.folder
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.relay.address()
    }

    /// The path to post to.
    pub(crate) fn path(&self) -> String {
        let public = url::Url::parse(self.relay.public()).unwrap();
        public.path().to_owned()
    }

    pub(crate) async fn issue(&self, name: &str, account: &str, role: Role) -> (Issued, Secret) {
        let now = clock::unix_millis() / 1000;
        let issued = issue(name, &account.into(), role, now, now + 3600);
        self.backend.keep_ticket(&issued).await.unwrap();
        let signed = self.keys.sign(&issued).unwrap();
        (issued, signed)
    }

    /// A tester of the usual account, linked.
    pub(crate) async fn tester(&self, name: &str, device: &str) -> Device {
        let (_, ticket) = self.issue(name, ACCOUNT, Role::Tester).await;
        Device::link(self.address(), &ticket, device).await
    }

    /// An observer of the usual account, linked.
    pub(crate) async fn observer(&self, name: &str, device: &str) -> Device {
        let (_, ticket) = self.issue(name, ACCOUNT, Role::Observer).await;
        Device::link(self.address(), &ticket, device).await
    }

    /// Posts a webhook of the usual account.
    pub(crate) async fn post(&self, body: &str) -> u16 {
        post(self.address(), &self.path(), ACCOUNT, body)
            .await
            .status
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        get(self.address(), path).await
    }

    /// The value of a line of the metrics, by its name and labels; 0 where there is none yet.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let page = String::from_utf8(self.get("/metrics").await.body).unwrap();
        let prefix = format!("handset_relay_{name} ");
        let line = page.lines().find_map(|line| line.strip_prefix(&prefix));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Waits until a line of the metrics has a value.
    pub(crate) async fn until_metric(&self, name: &str, value: f64) {
        soon(&format!("{name} {value}"), async {
            while (self.metric(name).await - value).abs() > 0.5 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }
}

pub(crate) async fn get(address: SocketAddr, path: &str) -> Answer {
    let request = format!("GET {path} HTTP/1.1\r\nHost: relay.test\r\nConnection: close\r\n\r\n");
    once(address, request.as_bytes()).await.unwrap()
}

/// Posts a webhook.
pub(crate) async fn post(address: SocketAddr, path: &str, account: &str, body: &str) -> Answer {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: relay.test\r\nContent-Type: application/json\r\n\
         x-liveperson-account-id: {account}\r\nX-LivePerson-Signature: sha1=AbC=\r\n\
         X-Own: a  b\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    once(address, request.as_bytes()).await.unwrap()
}

/// What a consumer says in a conversation.
pub(crate) fn said(conversation: &str, consumer: &str, sequence: u64) -> String {
    format!(
        r#"{{"kind":"notification","body":{{"changes":[{{"sequence":{sequence},"originatorId":"{consumer}","originatorMetadata":{{"id":"{consumer}","role":"CONSUMER"}},"event":{{"type":"ContentEvent","message":"hi","contentType":"text/plain"}},"conversationId":"{conversation}","dialogId":"{conversation}"}}]}},"type":"ms.MessagingEventNotification"}}"#
    )
}

/// What the agent says in a conversation.
pub(crate) fn answered(conversation: &str, sequence: u64) -> String {
    said(conversation, "riley", sequence).replace("CONSUMER", "ASSIGNED_AGENT")
}

pub(crate) fn conversation(id: &str) -> Claim {
    Claim::Conversation(id.into())
}

pub(crate) fn consumer(id: &str) -> Claim {
    Claim::Consumer(id.into())
}

pub(crate) fn scope(conversation: &str) -> Scope {
    Scope::Conversation(conversation.into())
}

/// An event as a device got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Got {
    pub(crate) scope: Scope,
    pub(crate) seq: u64,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// A linked device.
pub(crate) struct Device {
    pub(crate) socket: WebSocketStream<TcpStream>,
    pub(crate) welcome: Option<Welcome>,
    /// What came before what was waited for.
    aside: std::collections::VecDeque<Down>,
}

impl Device {
    /// Links and hears the welcome.
    pub(crate) async fn link(address: SocketAddr, ticket: &Secret, id: &str) -> Self {
        let mut device = Self::open(address, ticket.reveal()).await.unwrap();
        device.hello(id).await;
        device
    }

    /// Opens a link without a word.
    pub(crate) async fn open(
        address: SocketAddr,
        ticket: &str,
    ) -> Result<Self, Box<Response<Option<Vec<u8>>>>> {
        let stream = TcpStream::connect(address).await.unwrap();
        let mut request = format!("ws://{address}/link")
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", HeaderValue::from_static(PROTOCOL));
        let bearer = HeaderValue::from_str(&format!("Bearer {ticket}")).unwrap();
        headers.insert("Authorization", bearer);
        match soon("the handshake", client_async(request, stream)).await {
            Ok((socket, _)) => Ok(Self {
                socket,
                welcome: None,
                aside: std::collections::VecDeque::new(),
            }),
            Err(SocketError::Http(answer)) => Err(answer),
            Err(fault) => panic!("{fault}"),
        }
    }

    pub(crate) async fn hello(&mut self, id: &str) {
        let (device, program) = (id.to_owned(), "test".to_owned());
        self.say(&Up::Hello { device, program }).await;
        let welcome = self.wait("the welcome", |down| match down {
            Down::Welcome(welcome) => Some(welcome.clone()),
            _ => None,
        });
        self.welcome = Some(welcome.await);
    }

    pub(crate) async fn say(&mut self, up: &Up) {
        self.raw(Message::Binary(up.encode())).await;
    }

    /// Sends anything; the other side may have gone.
    pub(crate) async fn raw(&mut self, message: Message) {
        let _ = soon("sending", self.socket.send(message)).await;
    }

    /// Takes what comes, and answers pings, until something else is done.
    pub(crate) async fn listen_while(&mut self, other: impl Future<Output = ()>) {
        let mut other = std::pin::pin!(other);
        loop {
            tokio::select! {
                () = &mut other => return,
                down = self.frame() => self.aside.push_back(down.expect("the link has ended")),
            }
        }
    }

    async fn frame(&mut self) -> Option<Down> {
        loop {
            match self.socket.next().await?.ok()? {
                Message::Binary(bytes) => return Some(Down::decode(&bytes).unwrap()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// Waits for a frame; others that come before stay for later.
    pub(crate) async fn wait<T>(&mut self, what: &str, wanted: impl Fn(&Down) -> Option<T>) -> T {
        for at in 0..self.aside.len() {
            if let Some(found) = wanted(&self.aside[at]) {
                self.aside.remove(at);
                return found;
            }
        }
        soon(what, async {
            loop {
                let down = self
                    .frame()
                    .await
                    .unwrap_or_else(|| panic!("ended before {what}"));
                match wanted(&down) {
                    Some(found) => return found,
                    None => self.aside.push_back(down),
                }
            }
        })
        .await
    }

    /// The next event, acknowledged or not.
    pub(crate) async fn event(&mut self) -> Got {
        self.wait("an event", |down| match down {
            Down::Event {
                scope,
                seq,
                request,
            } => Some(Got {
                scope: scope.clone(),
                seq: *seq,
                headers: request.headers.clone(),
                body: String::from_utf8(request.body.to_vec()).unwrap(),
            }),
            _ => None,
        })
        .await
    }

    /// The bodies of so many events, each acknowledged.
    pub(crate) async fn take(&mut self, count: usize) -> Vec<String> {
        let mut bodies = Vec::new();
        for _ in 0..count {
            let got = self.event().await;
            self.ack(&got).await;
            bodies.push(got.body);
        }
        bodies
    }

    pub(crate) async fn ack(&mut self, got: &Got) {
        let (scope, seq) = (got.scope.clone(), got.seq);
        self.say(&Up::Ack { scope, seq }).await;
    }

    /// Claims and hears what came of it: `None` when the claim is kept.
    pub(crate) async fn claim(&mut self, claim: Claim) -> Option<String> {
        self.say(&Up::Claim {
            claim: claim.clone(),
        })
        .await;
        self.wait("an answer to a claim", |down| match down {
            Down::Claimed { claim: kept } if *kept == claim => Some(None),
            Down::Refused {
                claim: refused,
                reason,
            } if *refused == claim => Some(Some(reason.clone())),
            _ => None,
        })
        .await
    }

    /// Waits for the goodbye: its reason and whether to come again.
    pub(crate) async fn goodbye(&mut self) -> (String, bool) {
        self.wait("a goodbye", |down| match down {
            Down::Goodbye { reason, again } => Some((reason.clone(), *again)),
            _ => None,
        })
        .await
    }

    /// The code with which the relay closes.
    pub(crate) async fn closed(&mut self) -> u16 {
        soon("the close", async {
            while let Some(Ok(message)) = self.socket.next().await {
                if let Message::Close(Some(frame)) = message {
                    return u16::from(frame.code);
                }
            }
            panic!("no close frame")
        })
        .await
    }

    /// No event comes for a while.
    pub(crate) async fn is_left_alone(&mut self) {
        let is_event = |down: &Down| matches!(down, Down::Event { .. } | Down::Canary { .. });
        assert!(!self.aside.iter().any(is_event), "{:?}", self.aside);
        let event = async {
            loop {
                match self.frame().await {
                    Some(down) if is_event(&down) => return down,
                    Some(down) => self.aside.push_back(down),
                    None => panic!("the link has ended"),
                }
            }
        };
        if let Ok(down) = timeout(QUIET, event).await {
            panic!("{down:?}");
        }
    }
}

/// The state of a relay in a folder, without one that serves it.
pub(crate) async fn books(folder: &Path) -> Arc<dyn Backend> {
    sqlite::open_tables(folder).await.unwrap()
}
