//! Openings of conversations that wait: for the user's word where real people are on the other
//! side, and for the way in, without which no answer would come.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    domain::{
        conversation::{effect::Effect, event::Event},
        ids::RequestId,
        retry::Problem,
        text::SafeText,
    },
    engine::{
        command::Endpoint,
        device::Lies,
        notice::Severity,
        turn::{Engine, Turn},
        update::Update,
    },
};

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// By phone: each opens one conversation at a time.
    openings: BTreeMap<u32, Held>,
    /// Requests of the tester's own that would open one, by phone: at most one each, for the
    /// user's word alone.
    own: BTreeMap<u32, (Endpoint, String)>,
}

/// An opening that waits.
#[derive(Debug)]
struct Held {
    request: RequestId,
    attempt: u32,
    /// Whether the user is still to say yes.
    asked: bool,
}

impl Engine {
    /// Holds an opening back that may not go out yet; gives back whatever may.
    pub(super) async fn hold_back(&mut self, thread: u32, effect: Effect) -> Option<Effect> {
        let Effect::Open { request, attempt } = effect else {
            return Some(effect);
        };
        // A further try at the same conversation was agreed to with the first.
        let asked = self.settings.production && attempt == 1;
        if !asked && self.outside.state.borrow().ready {
            return Some(effect);
        }
        self.gate.openings.insert(
            thread,
            Held {
                request,
                attempt,
                asked,
            },
        );
        if asked {
            self.update(Update::Consent { thread }).await;
        }
        None
    }

    /// Sends a request of the tester's own, after the user's word if it opens a conversation with
    /// real people.
    pub(super) async fn raw(&mut self, thread: u32, endpoint: Endpoint, body: String) {
        if self.settings.production && opens(endpoint, &body) {
            self.gate.own.insert(thread, (endpoint, body));
            return self.update(Update::Consent { thread }).await;
        }
        if let Some(device) = self.devices.get(&thread) {
            self.performer.raw(thread, device, (endpoint, body));
        }
    }

    /// Has the way in tried again.
    pub(super) async fn try_way_in(&mut self) {
        if self.outside.state.borrow().tunnel.is_some() {
            self.outside.again.notify_one();
        } else {
            let hint = "the cloud reaches the listener without one";
            self.tell(Severity::Info, "there is no tunnel to try again", "", hint)
                .await;
        }
    }

    /// The user's word on opening a conversation with real people.
    pub(super) fn consent(&mut self, turn: &mut Turn, thread: u32, yes: bool) {
        let own = self.gate.own.remove(&thread);
        if let (Some(request), true, Some(device)) = (own, yes, self.devices.get(&thread)) {
            self.performer.raw(thread, device, request);
        }
        let Some(held) = self
            .gate
            .openings
            .get_mut(&thread)
            .filter(|held| held.asked)
        else {
            return;
        };
        if yes {
            held.asked = false;
            return self.let_out(turn);
        }
        let request = held.request;
        self.gate.openings.remove(&thread);
        let problem = Problem::Declined;
        self.step(turn, thread, Event::Failed { request, problem });
    }

    /// Lets out what waited for the way in, unless its phone has something else in mind by now.
    pub(super) fn let_out(&mut self, turn: &mut Turn) {
        if !self.outside.state.borrow().ready {
            return;
        }
        let free: Vec<u32> = self
            .gate
            .openings
            .iter()
            .filter(|(_, held)| !held.asked)
            .map(|(thread, _)| *thread)
            .collect();
        for thread in free {
            let Some(held) = self.gate.openings.remove(&thread) else {
                continue;
            };
            let Some(device) = self.devices.get(&thread) else {
                continue;
            };
            let talk = &device.conversation;
            if talk.opening() != Some(held.request) {
                continue;
            }
            let (request, attempt) = (held.request, held.attempt);
            if talk.flight() {
                let reason = SafeText::from("flight mode is on");
                let problem = Problem::Unreachable { reason };
                self.step(turn, thread, Event::Failed { request, problem });
            } else {
                turn.released
                    .push((thread, Effect::Open { request, attempt }));
            }
        }
    }

    /// Forgets what waits for phones that were put away: their conversations begin anew with them.
    pub(super) fn forget_held(&mut self) {
        let devices = &self.devices;
        let is_open = |thread: &u32| {
            let device = devices.get(thread);
            device.is_some_and(|device| device.lies == Lies::Open)
        };
        self.gate.openings.retain(|thread, _| is_open(thread));
        self.gate.own.retain(|thread, _| is_open(thread));
    }
}

/// Whether a request of the tester's own may open a conversation: all of CONVERSATION counts, and
/// of SEND what asks for one, should the cloud take it there.
fn opens(endpoint: Endpoint, body: &str) -> bool {
    endpoint == Endpoint::Conversation
        || serde_json::from_str::<Value>(body).is_ok_and(|body| asks_for_one(&body))
}

fn asks_for_one(value: &Value) -> bool {
    match value {
        Value::String(text) => text.ends_with("ConsumerRequestConversation"),
        Value::Array(values) => values.iter().any(asks_for_one),
        Value::Object(members) => members.values().any(asks_for_one),
        _ => false,
    }
}
