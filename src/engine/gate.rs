//! Openings of conversations that wait: for the user's word where real people are on the other
//! side, and for the way in, without which no answer would come.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    domain::{
        conversation::{effect::Effect, event::PhoneEvent},
        ids::{PhoneId, RequestId},
        notice::Severity,
        retry::Problem,
        text::SafeText,
    },
    engine::{
        command::Endpoint,
        phone::PhoneState,
        raw,
        turn::{Engine, Turn},
        update::{Consent, Update},
    },
};

/// Requests of the tester's own that wait for the user's word on one phone; more are not sent.
const MOST_BY_HAND: usize = 8;

/// What waits, by the number under which the user is asked.
#[derive(Debug, Default)]
pub(super) struct Gate {
    waiting: BTreeMap<u64, Waiting>,
    last: u64,
}

/// Something that waits on a phone.
#[derive(Debug)]
struct Waiting {
    phone: PhoneId,
    what: Opening,
}

/// What would open a conversation.
#[derive(Debug)]
enum Opening {
    /// The phone itself: each opens one conversation at a time.
    Phone {
        request: RequestId,
        attempt: u32,
        /// Whether the user is still to say yes.
        asked: bool,
    },
    /// A request of the tester's own, which waits for the user's word alone.
    ByHand(Endpoint, String),
}

impl Waiting {
    fn is_by_phone(&self, of: PhoneId) -> bool {
        self.phone == of && matches!(self.what, Opening::Phone { .. })
    }
}

impl Gate {
    fn add(&mut self, phone: PhoneId, what: Opening) -> u64 {
        self.last += 1;
        self.waiting.insert(self.last, Waiting { phone, what });
        self.last
    }
}

impl Engine {
    /// Holds an opening back that may not go out yet; gives back whatever may.
    pub(super) async fn defer_opening(&mut self, phone: PhoneId, effect: Effect) -> Option<Effect> {
        let Effect::Open { request, attempt } = effect else {
            return Some(effect);
        };
        // A further try at the same conversation was agreed to with the first.
        let asked = self.settings.production && attempt == 1;
        if !asked && self.ingress.state.borrow().ready {
            return Some(effect);
        }
        self.gate
            .waiting
            .retain(|_, other| !other.is_by_phone(phone));
        let opening = Opening::Phone {
            request,
            attempt,
            asked,
        };
        let id = self.gate.add(phone, opening);
        if asked {
            self.ask_consent(id, phone, None).await;
        }
        None
    }

    async fn ask_consent(&mut self, id: u64, phone: PhoneId, by_hand: Option<Endpoint>) {
        let consent = Consent { id, phone, by_hand };
        self.update(Update::Consent(consent)).await;
    }

    /// Sends a request of the tester's own, after the user's word if it opens a conversation with
    /// real people.
    pub(super) async fn raw(&mut self, phone: PhoneId, endpoint: Endpoint, body: String) {
        if self.settings.production && opens(endpoint, &body) {
            let by_hand = |waiting: &&Waiting| {
                waiting.phone == phone && matches!(waiting.what, Opening::ByHand(..))
            };
            if self.gate.waiting.values().filter(by_hand).count() >= MOST_BY_HAND {
                let why = "answer what was asked about the requests before it first";
                return self.update(Update::Notice(raw::held(why))).await;
            }
            let id = self.gate.add(phone, Opening::ByHand(endpoint, body));
            return self.ask_consent(id, phone, Some(endpoint)).await;
        }
        if let Some(found) = self.phones.get(&phone) {
            self.performer.raw(phone, found, (endpoint, body));
        }
    }

    /// Has the way in tried again.
    pub(super) async fn try_way_in(&mut self) {
        if self.ingress.state.borrow().tunnel.is_some() {
            self.ingress.again.notify_one();
        } else {
            let hint = "the cloud reaches the listener without one";
            self.notify(Severity::Info, "there is no tunnel to try again", "", hint)
                .await;
        }
    }

    /// The user's word on what was asked under a number, and on nothing else.
    pub(super) fn consent(&mut self, turn: &mut Turn, id: u64, yes: bool) {
        let Some(waiting) = self.gate.waiting.get_mut(&id) else {
            return;
        };
        let phone = waiting.phone;
        match &mut waiting.what {
            Opening::Phone { asked: false, .. } => {}
            Opening::Phone { asked, .. } if yes => {
                *asked = false;
                self.release_openings(turn);
            }
            Opening::Phone { request, .. } => {
                let request = *request;
                self.gate.waiting.remove(&id);
                let problem = Problem::Declined;
                self.step(turn, phone, PhoneEvent::Failed { request, problem });
            }
            Opening::ByHand(..) => {
                let waiting = self.gate.waiting.remove(&id).map(|waiting| waiting.what);
                if let (true, Some(Opening::ByHand(endpoint, body)), Some(found)) =
                    (yes, waiting, self.phones.get(&phone))
                {
                    self.performer.raw(phone, found, (endpoint, body));
                }
            }
        }
    }

    /// Lets out what waited for the way in, unless its phone has something else in mind by now.
    pub(super) fn release_openings(&mut self, turn: &mut Turn) {
        if !self.ingress.state.borrow().ready {
            return;
        }
        let mut free = Vec::new();
        self.gate.waiting.retain(|_, waiting| match waiting.what {
            Opening::Phone {
                request,
                attempt,
                asked: false,
            } => {
                free.push((waiting.phone, request, attempt));
                false
            }
            _ => true,
        });
        for (phone, request, attempt) in free {
            let Some(found) = self.phones.get(&phone) else {
                continue;
            };
            let talk = &found.conversation;
            if talk.opening() != Some(request) {
                continue;
            }
            if talk.flight() {
                let reason = SafeText::from("flight mode is on");
                let problem = Problem::Unreachable { reason };
                self.step(turn, phone, PhoneEvent::Failed { request, problem });
            } else {
                turn.released
                    .push((phone, Effect::Open { request, attempt }));
            }
        }
    }

    /// Forgets what waits for phones that were closed: their conversations begin anew with them.
    pub(super) fn forget_openings_of_closed(&mut self) {
        let phones = &self.phones;
        let is_open = |id: &PhoneId| {
            let phone = phones.get(id);
            phone.is_some_and(|phone| phone.state == PhoneState::Open)
        };
        let waiting = &mut self.gate.waiting;
        waiting.retain(|_, waiting| is_open(&waiting.phone));
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
