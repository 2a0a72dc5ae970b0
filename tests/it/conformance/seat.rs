//! An agent at work: a socket with its subscriptions, and conversations it has taken.

use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::conformance::{
    scene::{Consumer, PROPERTIES, SERVICE, SURVEYED, Scene, plain, publishing},
    socket::Socket,
    table::{Trouble, broke},
    wire::members,
};

pub(crate) const TASKS: &str = ".ams.routing.RoutingTaskNotification";
pub(crate) const CONVERSATIONS: &str = ".ams.aam.ExConversationChangeNotification";
pub(crate) const EVENTS: &str = ".ams.ms.OnlineEventDistribution";

/// The agent of this run.
pub(crate) struct Seat {
    pub(crate) socket: Socket,
    /// `{account}.{userId}`.
    pub(crate) full: String,
    pub(crate) pid: String,
}

/// A conversation the agent owns.
pub(crate) struct Owned {
    pub(crate) one: Consumer,
    pub(crate) id: String,
}

/// Sits down once, and stays.
#[derive(Default)]
pub(crate) struct Seats(OnceCell<Seat>);

impl Seats {
    /// The agent, ONLINE, with subscriptions to rings and to all open conversations.
    pub(crate) async fn take(&self, scene: &Scene) -> Result<&Seat, Trouble> {
        let taken = self.0.get_or_try_init(|| async {
            let entered = scene.agent().await?;
            let config = &entered.body["config"];
            let word = |name: &str| config[name].as_str().unwrap_or("?").to_owned();
            let full = format!("{}.{}", scene.base.account, word("userId"));
            let socket = Socket::enter(scene, &entered.bearer).await?;
            let brand = &scene.base.account;
            let online =
                json!({ "availability": "ONLINE", "channels": ["MESSAGING"], "agentUserId": full });
            socket.done(".ams.routing.SetAgentState", online).await?;
            let open = json!({ "convState": ["OPEN"] });
            socket
                .done(".ams.aam.SubscribeExConversations", open)
                .await?;
            let rings = json!({ "channelType": "MESSAGING", "agentId": full, "brandId": brand });
            socket
                .done(".ams.routing.SubscribeRoutingTasks", rings)
                .await?;
            Ok::<_, Trouble>(Seat {
                socket,
                full,
                pid: word("userPid"),
            })
        });
        taken.await
    }
}

impl Scene {
    /// The agent, and a conversation of a new consumer that the agent has taken.
    pub(crate) async fn owned(&self, name: &str) -> Result<(&Seat, Owned), Trouble> {
        let seat = self.seat().await?;
        let owned = seat.own(self, name).await?;
        Ok((seat, owned))
    }

    /// The agent, and a conversation of a new consumer that waits.
    pub(crate) async fn waiting(&self, name: &str) -> Result<(&Seat, String), Trouble> {
        let seat = self.seat().await?;
        let one = self.consumer(name).await?;
        let id = self.open(&one, PROPERTIES, "-1").await?;
        Ok((seat, id))
    }

    /// The change at the connector of what an agent has published.
    pub(crate) async fn change(&self, id: &str, published: &Value) -> Result<Value, Trouble> {
        let number = published["body"]["sequence"].as_u64();
        let number = number.ok_or_else(|| broke(published.to_string()))?;
        Ok(self.hooks()?.event(id, number).await?.change().clone())
    }
}

/// One of two words, by whether something is so.
pub(crate) fn either<'a>(is: bool, yes: &'a str, no: &'a str) -> &'a str {
    if is { yes } else { no }
}

/// Whether somebody takes part in a role.
pub(crate) fn has_part(participants: &Value, role: &str, id: &str) -> bool {
    let mut all = participants.as_array().into_iter().flatten();
    all.any(|one| one["role"] == role && one["id"] == id)
}

pub(crate) fn word(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| members(value), ToOwned::to_owned)
}

impl Seat {
    /// The ring of a conversation that waits for this agent.
    pub(crate) async fn ring(&self, conversation: &str) -> Result<Value, Trouble> {
        let ring = self.socket.change(TASKS, |change| {
            let result = &change["result"];
            result["conversationId"] == conversation
                && result["ringsDetails"][0]["ringState"] == "WAITING"
        });
        ring.await
    }

    /// Accepts or rejects a ring; answers the whole response.
    pub(crate) async fn answer(&self, ring: &Value, state: &str) -> Result<Value, Trouble> {
        let id = &ring["result"]["ringsDetails"][0]["ringId"];
        let body = json!({ "ringId": id, "ringState": state });
        self.socket.ask(".ams.routing.UpdateRingState", body).await
    }

    /// A consumer's new conversation with a first message, taken by this agent.
    pub(crate) async fn own(&self, scene: &Scene, name: &str) -> Result<Owned, Trouble> {
        self.own_with(scene, name, PROPERTIES).await
    }

    pub(crate) async fn own_with(
        &self,
        scene: &Scene,
        name: &str,
        properties: &str,
    ) -> Result<Owned, Trouble> {
        let one = scene.consumer(name).await?;
        let skill = if properties == SURVEYED {
            SERVICE
        } else {
            "-1"
        };
        let id = scene.open(&one, properties, skill).await?;
        let ask = scene.ask_as(&one, "conversation/send?v=3").await?;
        let first = publishing(&id, plain("Is the blue one in stock?")).to_string();
        let ask = ask.header("client-properties", properties).body(first);
        ask.send(&scene.http).await?.expect(200)?;
        let ring = self.ring(&id).await?;
        let answer = self.answer(&ring, "ACCEPTED").await?;
        if answer["code"] != 202 {
            return Err(broke(answer.to_string()));
        }
        self.state(&id, "taken", |details| {
            let owners = details["participantsPId"]["ASSIGNED_AGENT"].as_array();
            owners.is_some_and(|owners| owners.contains(&json!(self.pid)))
        })
        .await?;
        Ok(Owned { one, id })
    }

    /// Waits for a state of a conversation on the socket.
    pub(crate) async fn state(
        &self,
        conversation: &str,
        what: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Result<Value, Trouble> {
        let change = self.socket.change(CONVERSATIONS, |change| {
            let result = &change["result"];
            result["convId"] == conversation && is_so(&result["conversationDetails"])
        });
        let change = change.await;
        change.map_err(|trouble| broke(format!("{what}: {trouble}")))
    }

    /// Waits for an event of a dialog on the socket.
    pub(crate) async fn event(
        &self,
        dialog: &str,
        is_it: impl Fn(&Value) -> bool,
    ) -> Result<Value, Trouble> {
        let told = self
            .socket
            .told(EVENTS, |body| body["dialogId"] == dialog && is_it(body));
        Ok(told.await?["body"].take())
    }

    /// Changes a conversation; answers the whole response.
    pub(crate) async fn update(&self, conversation: &str, fields: Value) -> Result<Value, Trouble> {
        let body = json!({ "conversationId": conversation, "conversationField": fields });
        self.socket
            .ask(".ams.cm.UpdateConversationField", body)
            .await
    }

    /// Publishes; answers the whole response.
    pub(crate) async fn publish(&self, dialog: &str, event: Value) -> Result<Value, Trouble> {
        let body = json!({ "dialogId": dialog, "conversationId": dialog, "event": event });
        self.socket.ask(".ams.ms.PublishEvent", body).await
    }
}

/// Whether a response is a success, and what it says.
pub(crate) fn said(answer: &Value) -> String {
    let words = match &answer["body"] {
        Value::String(words) => words.clone(),
        other => members(other),
    };
    format!("{} {words}", answer["code"])
}
