//! An agent's socket: text frames with one JSON object each.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _, stream::SplitSink};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use rustls_platform_verifier::Verifier;
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    sync::{Mutex as AsyncMutex, watch},
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};

use crate::conformance::{
    scene::Scene,
    table::{Trouble, broke},
};

/// How long an answer may take: what the SDK waits.
const PATIENCE: Duration = Duration::from_mins(1);

type Stream = WebSocketStream<TlsStream<TcpStream>>;

/// An open socket.
pub(crate) struct Socket {
    out: AsyncMutex<SplitSink<Stream, Message>>,
    shared: Arc<Shared>,
    reader: JoinHandle<()>,
}

struct Shared {
    /// Everything that came, in order.
    frames: Mutex<Vec<Value>>,
    /// How many came; the close code once there is one.
    count: watch::Sender<(usize, Option<u16>)>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Socket {
    /// Opens one, or answers the status it was refused with.
    pub(crate) async fn open(
        scene: &Scene,
        service: &str,
        bearer: &str,
        query: &str,
    ) -> Result<Result<Self, u16>, Trouble> {
        let account = &scene.base.account;
        let path = format!("/ws_api/account/{account}/messaging/brand/{bearer}{query}");
        let host = scene.host(service).await?;
        let host = host.strip_prefix("https://").unwrap_or(&host).to_owned();
        let stream = dial(scene, &host).await?;
        let request = format!("wss://{host}{path}").into_client_request()?;
        let shaken = timeout(PATIENCE, client_async(request, stream)).await?;
        let stream = match shaken {
            Ok((stream, _)) => stream,
            Err(tungstenite::Error::Http(answer)) => return Ok(Err(answer.status().as_u16())),
            Err(error) => return Err(error.into()),
        };
        let (out, mut frames) = stream.split();
        let shared = Arc::new(Shared {
            frames: Mutex::default(),
            count: watch::Sender::new((0, None)),
        });
        let into = shared.clone();
        let reader = tokio::spawn(async move {
            while let Some(Ok(frame)) = frames.next().await {
                match frame {
                    Message::Text(text) => {
                        let frame = serde_json::from_str(&text).unwrap_or_default();
                        into.frames.lock().unwrap().push(frame);
                        into.count.send_modify(|(count, _)| *count += 1);
                    }
                    Message::Close(close) => {
                        let code = close.map(|close| u16::from(close.code));
                        into.count
                            .send_modify(|(_, closed)| *closed = code.or(Some(1005)));
                    }
                    _ => {}
                }
            }
            into.count.send_modify(|(_, closed)| {
                closed.get_or_insert(1006);
            });
        });
        Ok(Ok(Self {
            out: AsyncMutex::new(out),
            shared,
            reader,
        }))
    }

    /// The same as an agent who is let in.
    pub(crate) async fn enter(scene: &Scene, bearer: &str) -> Result<Self, Trouble> {
        let opened = Self::open(scene, "asyncMessagingEnt", bearer, "?v=2.1").await?;
        opened.map_err(|status| broke(format!("the socket is refused with {status}")))
    }

    pub(crate) async fn send(&self, frame: &str) -> Result<(), Trouble> {
        let mut out = self.out.lock().await;
        timeout(PATIENCE, out.send(Message::text(frame))).await??;
        Ok(())
    }

    /// Sends a request, and answers the whole response.
    pub(crate) async fn ask(&self, kind: &str, body: Value) -> Result<Value, Trouble> {
        self.ask_with(kind, body, None).await
    }

    /// The same with metadata.
    pub(crate) async fn ask_with(
        &self,
        kind: &str,
        body: Value,
        metadata: Option<Value>,
    ) -> Result<Value, Trouble> {
        let id = uuid::Uuid::new_v4().to_string();
        let mut request = json!({ "kind": "req", "id": id, "type": kind, "body": body });
        if let Some(metadata) = metadata {
            request["metadata"] = metadata;
        }
        self.send(&request.to_string()).await?;
        self.frame(kind, |frame| {
            frame["kind"] == "resp" && frame["reqId"] == *id
        })
        .await
    }

    /// The same, which must succeed; answers the body.
    pub(crate) async fn done(&self, kind: &str, body: Value) -> Result<Value, Trouble> {
        let mut answer = self.ask(kind, body).await?;
        if answer["code"].as_u64().is_some_and(|code| code > 399) {
            return Err(broke(answer.to_string()));
        }
        Ok(answer["body"].take())
    }

    /// Everything that came so far.
    pub(crate) fn frames(&self) -> Vec<Value> {
        self.shared.frames.lock().unwrap().clone()
    }

    /// Waits for a frame, among those that came already too.
    pub(crate) async fn frame(
        &self,
        what: &str,
        is_it: impl Fn(&Value) -> bool,
    ) -> Result<Value, Trouble> {
        let mut count = self.shared.count.subscribe();
        let found = timeout(PATIENCE, async {
            loop {
                let closed = count.borrow_and_update().1;
                if let Some(found) = self.frames().into_iter().find(&is_it) {
                    return Ok(found);
                }
                if let Some(code) = closed {
                    return Err(broke(format!("the socket was closed with {code}: {what}")));
                }
                if count.changed().await.is_err() {
                    return Err(broke("the socket is gone"));
                }
            }
        });
        let found = found.await;
        found.map_err(|_| broke(format!("no frame came: {what}")))?
    }

    /// Waits for a notification.
    pub(crate) async fn told(
        &self,
        kind: &str,
        is_it: impl Fn(&Value) -> bool,
    ) -> Result<Value, Trouble> {
        self.frame(kind, |frame| {
            frame["kind"] == "notification" && frame["type"] == kind && is_it(&frame["body"])
        })
        .await
    }

    /// Waits for a change of a subscription.
    pub(crate) async fn change(
        &self,
        kind: &str,
        is_it: impl Fn(&Value) -> bool,
    ) -> Result<Value, Trouble> {
        let changes = |body: &Value| body["changes"].as_array().cloned().unwrap_or_default();
        let frame = self
            .told(kind, |body| changes(body).iter().any(&is_it))
            .await?;
        let found = changes(&frame["body"]).into_iter().find(&is_it);
        found.ok_or_else(|| broke("the change is gone again"))
    }

    /// The code the socket is closed with.
    pub(crate) async fn closed(&self) -> Result<u16, Trouble> {
        let mut count = self.shared.count.subscribe();
        let closed = timeout(PATIENCE, count.wait_for(|(_, closed)| closed.is_some())).await??;
        Ok(closed.1.unwrap_or(0))
    }
}

async fn dial(scene: &Scene, host: &str) -> Result<TlsStream<TcpStream>, Trouble> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => (name, port.parse()?),
        None => (host, 443),
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let stream = timeout(PATIENCE, TcpStream::connect((bare, port))).await??;
    let connector = TlsConnector::from(Arc::new(trust(scene.base.ca.as_deref())?));
    let name = ServerName::try_from(bare.to_owned())?;
    Ok(timeout(PATIENCE, connector.connect(name, stream)).await??)
}

/// The platform's roots, or this authority alone.
fn trust(ca: Option<&str>) -> Result<ClientConfig, Trouble> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?;
    let Some(pem) = ca else {
        let verifier = Verifier::new(provider)?;
        let builder = builder.dangerous();
        let builder = builder.with_custom_certificate_verifier(Arc::new(verifier));
        return Ok(builder.with_no_client_auth());
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(certificate.map_err(|_| broke("the authority is no certificate"))?)?;
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
