//! The conversation against a model of its world: whatever the person, the
//! network, the cloud and the agents do, in whatever order, and wherever the
//! program is killed, what the phone promises holds.

mod cases;
mod cloud;
mod verdict;
mod world;

use handset::domain::{
    conversation::event::Act,
    line::{Delivery, LineBody},
    wire::outbound::{AcceptStatus, ChatState, EndField, Rating},
};
use proptest::prelude::*;

use self::world::{Luck, World};
use crate::support::model::Model;

/// One thing that happens. Picks are taken modulo what there is to pick from.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Submit { again: bool },
    Typed(bool),
    Looked(bool),
    Shown(bool),
    Pocket(bool),
    Flight(bool),
    Reply(usize),
    Retry(usize),
    Close,
    New,
    Quit,
    Attach,
    Tell(ChatState),
    Mark(usize, AcceptStatus),
    End,
    Rate,
    Replay(usize),
    Take(usize, bool),
    Answer(usize, Luck, bool),
    Deliver(usize, bool),
    Lose(usize),
    Wake(usize, bool),
    Wait(i64),
    AgentSays(usize, bool, bool),
    AgentReads(usize, bool),
    AgentTypes(usize, bool),
    AgentCloses(usize, bool),
    AgentOpens,
    Forget(usize),
    Crash(bool),
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::{
        AgentCloses, AgentOpens, AgentReads, AgentSays, AgentTypes, Answer, Attach, Close, Crash,
        Deliver, End, Flight, Forget, Looked, Lose, Mark, New, Pocket, Quit, Rate, Replay, Reply,
        Retry, Shown, Submit, Take, Tell, Typed, Wait, Wake,
    };
    let state = prop::sample::select(vec![
        ChatState::Active,
        ChatState::Composing,
        ChatState::Background,
        ChatState::Gone,
    ]);
    let status = prop::sample::select(vec![
        AcceptStatus::Accept,
        AcceptStatus::Read,
        AcceptStatus::Access,
    ]);
    let pick = || 0_usize..6;
    let flip = any::<bool>;
    let luck = prop_oneof![
        Just(Luck::AnswerLost),
        Just(Luck::Lost),
        Just(Luck::DownButTaken),
        Just(Luck::Down),
        Just(Luck::Busy),
        Just(Luck::Unreachable),
        Just(Luck::Refused),
    ];
    prop_oneof![
        10 => prop::bool::weighted(0.2).prop_map(|again| Submit { again }),
        3 => flip().prop_map(Typed),
        2 => flip().prop_map(Looked),
        3 => flip().prop_map(Shown),
        1 => flip().prop_map(Pocket),
        2 => flip().prop_map(Flight),
        3 => pick().prop_map(Reply),
        3 => pick().prop_map(Retry),
        1 => Just(Close),
        1 => Just(New),
        1 => Just(Quit),
        5 => Just(Attach),
        2 => state.prop_map(Tell),
        2 => (pick(), status).prop_map(|(pick, status)| Mark(pick, status)),
        1 => Just(End),
        1 => Just(Rate),
        1 => pick().prop_map(Replay),
        6 => (pick(), flip()).prop_map(|(pick, survey)| Take(pick, survey)),
        20 => (pick(), flip()).prop_map(|(pick, survey)| Answer(pick, Luck::Good, survey)),
        6 => (pick(), luck, flip()).prop_map(|(pick, luck, survey)| Answer(pick, luck, survey)),
        16 => (pick(), prop::bool::weighted(0.8)).prop_map(|(pick, once)| Deliver(pick, once)),
        2 => pick().prop_map(Lose),
        6 => (pick(), prop::bool::weighted(0.2)).prop_map(|(pick, stale)| Wake(pick, stale)),
        3 => (0_i64..20_000).prop_map(Wait),
        8 => (pick(), prop::bool::weighted(0.8), flip())
            .prop_map(|(pick, all, replies)| AgentSays(pick, all, replies)),
        3 => (pick(), flip()).prop_map(|(pick, read)| AgentReads(pick, read)),
        1 => (pick(), flip()).prop_map(|(pick, on)| AgentTypes(pick, on)),
        2 => (pick(), flip()).prop_map(|(pick, survey)| AgentCloses(pick, survey)),
        1 => Just(AgentOpens),
        1 => pick().prop_map(Forget),
        2 => flip().prop_map(Crash),
    ]
}

impl World {
    fn happens(&mut self, happening: Happening) {
        let talk = |world: &Self, pick: usize| {
            let count = world.cloud.talks.len();
            (count > 0).then(|| pick % count)
        };
        match happening {
            Happening::Submit { again } => self.submit(again),
            Happening::Typed(standing) => self.act(Act::Typed { standing }),
            Happening::Looked(on) => self.act(Act::Looked(on)),
            Happening::Shown(all) => {
                let theirs = |body: &LineBody| matches!(body, LineBody::Theirs { .. });
                let shown = self
                    .journal
                    .values()
                    .filter(|item| all && theirs(&item.body));
                let shown = shown.map(|item| item.id).collect();
                self.act(Act::Shown(shown));
            }
            Happening::Pocket(on) => self.act(Act::Pocket(on)),
            Happening::Flight(on) => self.act(Act::Flight(on)),
            Happening::Reply(pick) => {
                let offers = |body: &LineBody| {
                    matches!(
                        body,
                        LineBody::Theirs {
                            answerable: true,
                            ..
                        }
                    )
                };
                if let Some(item) = self.line(pick, offers) {
                    self.act(Act::Reply { item, index: 0 });
                }
            }
            Happening::Retry(pick) => {
                let failed = |body: &LineBody| {
                    matches!(
                        body,
                        LineBody::Mine {
                            delivery: Delivery::Failed { .. },
                            ..
                        }
                    )
                };
                if let Some(item) = self.line(pick, failed) {
                    self.act(Act::Retry(item));
                }
            }
            Happening::Close => self.act(Act::Close),
            Happening::New => self.act(Act::New),
            Happening::Quit => self.act(Act::Quit),
            Happening::Attach => self.attach(),
            Happening::Tell(state) => self.tell(state),
            Happening::Mark(pick, status) => {
                let theirs = |body: &LineBody| matches!(body, LineBody::Theirs { .. });
                if let Some(item) = self.line(pick, theirs) {
                    self.mark(item, status);
                }
            }
            Happening::End => self.act(Act::End(EndField::Stage)),
            Happening::Rate => self.act(Act::Rate(Rating {
                csat: Some(5),
                resolved: None,
            })),
            Happening::Replay(pick) => {
                let mine = |body: &LineBody| matches!(body, LineBody::Mine { .. });
                if let Some(item) = self.line(pick, mine) {
                    self.act(Act::Replay(item));
                }
            }
            Happening::Take(pick, survey) => self.take(pick, survey),
            Happening::Answer(pick, luck, survey) => self.answer(pick, luck, survey),
            Happening::Deliver(pick, once) => self.deliver(pick, once),
            Happening::Lose(pick) => self.lose(pick),
            Happening::Wake(pick, stale) => self.wake(pick, stale),
            Happening::Wait(millis) => self.wait(millis),
            Happening::AgentOpens => {
                self.cloud.open();
            }
            Happening::Crash(arrives) => self.crash(arrives),
            Happening::AgentSays(pick, ..)
            | Happening::AgentReads(pick, _)
            | Happening::AgentTypes(pick, _)
            | Happening::AgentCloses(pick, _)
            | Happening::Forget(pick) => {
                let Some(at) = talk(self, pick) else { return };
                match happening {
                    Happening::AgentSays(_, all, replies) => self.agent_says(at, all, replies),
                    Happening::AgentReads(_, true) => self.cloud.reads(at, AcceptStatus::Read),
                    Happening::AgentReads(..) => self.cloud.reads(at, AcceptStatus::Accept),
                    Happening::AgentTypes(_, true) => self.cloud.types(at, ChatState::Composing),
                    Happening::AgentTypes(..) => self.cloud.types(at, ChatState::Active),
                    Happening::AgentCloses(_, survey) => self.cloud.close(at, survey),
                    _ => self.cloud.forget(at),
                }
            }
        }
    }
}

/// Happens one after another, and then everything works and comes to rest.
fn play(happenings: &[Happening]) {
    let mut world = World::new();
    for happening in happenings {
        world.happens(*happening);
    }
    world.settle();
    verdict::judge(&world);
}

#[test]
fn what_the_phone_promises_holds_whatever_happens() {
    let model = Model {
        name: "phone",
        committed: cases::CASES,
        file: "tests/it/conversation_model/cases.rs",
        longest: 90,
        play,
    };
    model.run(happening());
}
