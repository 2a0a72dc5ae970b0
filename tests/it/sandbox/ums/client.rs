//! An agent's client of the test's own: frames are text, nothing is shared with the sandbox.

use std::{collections::VecDeque, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use handset::sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};

use crate::sandbox::{
    login::Agent,
    rig::{ACCOUNT, Connector},
};

/// How long anything may take.
pub(super) const PATIENCE: Duration = crate::support::LIMIT;

/// An open socket.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) stream: WebSocketStream<TcpStream>,
    /// Notifications that came while something else was waited for.
    pub(super) inbox: VecDeque<Value>,
    /// Whose it is, by full id.
    pub(super) full: String,
    /// The same by PID.
    pub(super) pid: String,
    asked: u64,
}

/// Opens a socket with these words behind the host, or answers the status it was refused with.
pub(super) async fn open(
    connector: &Connector,
    path: &str,
) -> Result<WebSocketStream<TcpStream>, u16> {
    let stream = TcpStream::connect(connector.address()).await.unwrap();
    let url = format!("ws://{}{path}", connector.address());
    let request = url.into_client_request().unwrap();
    match client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

/// The path of a socket.
pub(super) fn path(bearer: &str) -> String {
    format!("/ws_api/account/{ACCOUNT}/messaging/brand/{bearer}?v=2.1")
}

/// Logs a user of the sandbox in.
pub(super) async fn log_in(sandbox: &Sandbox, connector: &Connector, name: &str) -> Agent {
    let ready = sandbox.ready();
    let user = ready.agents.iter().find(|user| user.username == name);
    let password = user.unwrap().password.reveal();
    Agent::enter(connector, name, password).await
}

impl Socket {
    /// Logs in and opens a socket.
    pub(super) async fn enter(sandbox: &Sandbox, connector: &Connector, name: &str) -> Self {
        let agent = log_in(sandbox, connector, name).await;
        Self::of(connector, &agent).await
    }

    /// Opens a socket of somebody who is logged in.
    pub(super) async fn of(connector: &Connector, agent: &Agent) -> Self {
        let config = &agent.body["config"];
        let text = |name: &str| config[name].as_str().unwrap();
        Self {
            stream: open(connector, &path(&agent.bearer)).await.unwrap(),
            inbox: VecDeque::new(),
            full: format!("{ACCOUNT}.{}", text("userId")),
            pid: text("userPid").to_owned(),
            asked: 0,
        }
    }

    /// Sends a frame as it is.
    pub(super) async fn send(&mut self, frame: impl Into<String>) {
        let frame = Message::text(frame.into());
        timeout(PATIENCE, self.stream.send(frame))
            .await
            .expect("the frame is taken")
            .unwrap();
    }

    /// The next frame in JSON.
    pub(super) async fn frame(&mut self) -> Value {
        loop {
            let next = timeout(PATIENCE, self.stream.next()).await;
            match next.expect("a frame comes").expect("the socket stays open") {
                Ok(Message::Text(text)) => return serde_json::from_str(&text).unwrap(),
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Sends a request, and answers the whole response.
    pub(super) async fn ask(&mut self, kind: &str, body: Value) -> Value {
        self.ask_with(kind, body, json!({})).await
    }

    /// The same with more members of the envelope.
    pub(super) async fn ask_with(&mut self, kind: &str, body: Value, more: Value) -> Value {
        self.asked += 1;
        let id = format!("0b7e2c1a-6f3d-4a58-9a0e-{:012}", self.asked);
        let mut request = json!({ "kind": "req", "id": id, "type": kind, "body": body });
        for (name, value) in more.as_object().unwrap() {
            request[name] = value.clone();
        }
        self.send(request.to_string()).await;
        loop {
            let frame = self.frame().await;
            if frame["kind"] == "resp" && frame["reqId"] == id {
                return frame;
            }
            assert_eq!(frame["kind"], "notification", "{frame}");
            self.inbox.push_back(frame);
        }
    }

    /// The next notification of a type that fits, of those that came and those that will.
    pub(super) async fn notified(&mut self, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let mut seen = 0;
        loop {
            while seen < self.inbox.len() {
                let one = &self.inbox[seen];
                if one["type"] == kind && fits(&one["body"]) {
                    return self.inbox.remove(seen).unwrap()["body"].take();
                }
                seen += 1;
            }
            let frame = self.frame().await;
            assert_eq!(frame["kind"], "notification", "{frame}");
            self.inbox.push_back(frame);
        }
    }

    /// The next change of a conversation.
    pub(super) async fn change(&mut self, conversation: &str, kind: &str) -> Value {
        let body = self
            .notified(".ams.aam.ExConversationChangeNotification", |body| {
                let change = &body["changes"][0];
                change["type"] == kind && change["result"]["convId"] == conversation
            })
            .await;
        body["changes"][0]["result"].clone()
    }

    /// The next state of a ring for a conversation, with the task it belongs to.
    pub(super) async fn ring(&mut self, conversation: &str, state: &str) -> Value {
        let body = self
            .notified(".ams.routing.RoutingTaskNotification", |body| {
                let change = &body["changes"][0];
                change["type"] == "UPSERT"
                    && change["result"]["conversationId"] == conversation
                    && change["result"]["ringsDetails"][0]["ringState"] == state
            })
            .await;
        body["changes"][0]["result"].clone()
    }

    /// The next distribution that fits.
    pub(super) async fn distributed(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        self.notified(".ams.ms.OnlineEventDistribution", fits).await
    }

    /// The distribution of a text.
    pub(super) async fn said(&mut self, text: &str) -> Value {
        self.distributed(|body| body["event"]["message"] == text)
            .await
    }

    /// Everything that was told and not looked at, up to now.
    pub(super) async fn rest(&mut self) -> Vec<Value> {
        // Whatever was on its way comes before the answer.
        self.ask(".GetClock", json!({})).await;
        self.inbox.drain(..).collect()
    }

    /// Wants conversations: routing tasks and own conversations are subscribed to.
    pub(super) async fn go_online(&mut self) {
        let all = json!({ "convState": ["OPEN"] });
        let answer = self.ask(".ams.aam.SubscribeExConversations", all).await;
        assert_eq!(answer["code"], 200, "{answer}");
        let full = self.full.clone();
        let body = json!({ "channelType": "MESSAGING", "agentId": full, "brandId": ACCOUNT });
        let answer = self.ask(".ams.routing.SubscribeRoutingTasks", body).await;
        assert_eq!(answer["code"], 200, "{answer}");
        self.set_state("ONLINE").await;
    }

    /// Says how available the agent is.
    pub(super) async fn set_state(&mut self, availability: &str) {
        let body = json!({ "availability": availability, "channels": ["MESSAGING"], "agentUserId": self.full });
        let answer = self.ask(".ams.routing.SetAgentState", body).await;
        assert_eq!(answer["code"], 202, "{answer}");
    }

    /// Takes or rejects a ring.
    pub(super) async fn answer_ring(&mut self, ring: &Value, state: &str) -> Value {
        let body = json!({ "ringId": ring["ringsDetails"][0]["ringId"], "ringState": state });
        self.ask(".ams.routing.UpdateRingState", body).await
    }

    /// Waits for a ring and takes it.
    pub(super) async fn take(&mut self, conversation: &str) {
        let ring = self.ring(conversation, "WAITING").await;
        let answer = self.answer_ring(&ring, "ACCEPTED").await;
        assert_eq!(answer["code"], 202, "{answer}");
    }

    /// Publishes an event, and answers the response.
    pub(super) async fn publish(&mut self, dialog: &str, event: Value) -> Value {
        let body = json!({ "dialogId": dialog, "event": event });
        self.ask(".ams.ms.PublishEvent", body).await
    }

    /// Publishes text.
    pub(super) async fn say(&mut self, dialog: &str, text: &str) -> Value {
        let event = json!({ "type": "ContentEvent", "contentType": "text/plain", "message": text });
        self.publish(dialog, event).await
    }

    /// Changes a conversation.
    pub(super) async fn update(&mut self, conversation: &str, fields: Value) -> Value {
        let body = json!({ "conversationId": conversation, "conversationField": fields });
        self.ask(".ams.cm.UpdateConversationField", body).await
    }

    /// How the socket was closed; `None` without a word.
    pub(super) async fn closed(&mut self) -> Option<u16> {
        loop {
            match timeout(PATIENCE, self.stream.next())
                .await
                .expect("it is closed")
            {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }
}
