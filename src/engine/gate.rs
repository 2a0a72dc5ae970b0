//! Openings of conversations that wait: for the user's word where real people are on the other
//! side, and for the way in, without which no answer would come.

use std::collections::BTreeMap;

use crate::{
    domain::{
        conversation::{effect::Effect, event::Event},
        ids::RequestId,
        retry::Problem,
        text::SafeText,
        wire::fault::Fault,
    },
    engine::{
        device::Lies,
        turn::{Engine, Turn},
        update::Update,
    },
};

/// What waits, by phone: each opens one conversation at a time.
#[derive(Debug, Default)]
pub(super) struct Gate(BTreeMap<u32, Held>);

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
        self.gate.0.insert(
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

    /// The user's word on opening a conversation with real people.
    pub(super) fn consent(&mut self, turn: &mut Turn, thread: u32, yes: bool) {
        let Some(held) = self.gate.0.get_mut(&thread).filter(|held| held.asked) else {
            return;
        };
        if yes {
            held.asked = false;
            return self.let_out(turn);
        }
        let request = held.request;
        self.gate.0.remove(&thread);
        let problem = Problem::Refused {
            fault: Fault {
                status: 0,
                code: None,
                title: SafeText::from("it was left unopened, as you said"),
                details: SafeText::default(),
            },
        };
        self.step(turn, thread, Event::Failed { request, problem });
    }

    /// Lets out what waited for the way in, unless its phone has something else in mind by now.
    pub(super) fn let_out(&mut self, turn: &mut Turn) {
        if !self.outside.state.borrow().ready {
            return;
        }
        let free: Vec<u32> = self
            .gate
            .0
            .iter()
            .filter(|(_, held)| !held.asked)
            .map(|(thread, _)| *thread)
            .collect();
        for thread in free {
            let Some(held) = self.gate.0.remove(&thread) else {
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
        self.gate.0.retain(|thread, _| {
            devices
                .get(thread)
                .is_some_and(|device| device.lies == Lies::Open)
        });
    }
}
