//! A relay with two testers against a cloud that posts, links that break, a state that fails, and
//! programs that are killed: every event that was answered 200 reaches its tester once and in
//! order, and nobody else.
//!
//! Relay and testers are the real ones, up to the HTTP and WebSocket between them; the connections
//! lie in memory and time is virtual. What the relay keeps lies in memory too, under the rules
//! that SQLite and NATS keep.

mod cases;
mod state;
mod world;

use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use self::{state::Luck, world::World};
use crate::support::{backend_rules::keeps_the_rules, model::Model};

/// One thing that happens. Testers and conversations are picked modulo their number.
#[derive(Debug, Clone, Copy)]
enum Happening {
    /// The cloud posts what somebody says in a conversation.
    Posts(usize),
    /// The cloud posts something of another account, about a conversation of the same id.
    PostsElsewhere(usize),
    /// The cloud posts something again that it posted before.
    PostsAgain(usize),
    /// A tester claims a conversation.
    Claims(usize, usize),
    /// A tester plays a consumer.
    Plays(usize, usize),
    /// A tester links.
    Links(usize),
    /// The connection of a tester breaks, with what is on its way.
    Cut(usize),
    /// From now on nothing gets through to the relay, or from it; neither side is told.
    Muted { tester: usize, up: bool },
    /// A tester's program is killed and started again.
    Killed(usize),
    /// A tester's journal takes its time, or commits at once.
    Slow(usize, bool),
    /// A tester's journal commits what waits.
    Commits(usize),
    /// A tester's journal cannot keep the next event.
    Full(usize),
    /// The relay is killed and started again.
    RelayKilled,
    /// The relay ends in order and is started again.
    RelayDrained,
    /// The next thing the relay writes fails.
    Fails(Luck),
    /// Every task goes on a little.
    Goes(usize),
    /// Time passes, in milliseconds.
    Waits(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::{
        Claims, Commits, Cut, Fails, Full, Goes, Killed, Links, Muted, Plays, Posts, PostsAgain,
        PostsElsewhere, RelayDrained, RelayKilled, Slow, Waits,
    };
    let tester = || 0_usize..2;
    let pick = || 0_usize..4;
    let luck = prop_oneof![Just(Luck::Misled), Just(Luck::Refused)];
    prop_oneof![
        24 => pick().prop_map(Posts),
        2 => pick().prop_map(PostsElsewhere),
        3 => pick().prop_map(PostsAgain),
        8 => (tester(), pick()).prop_map(|(tester, pick)| Claims(tester, pick)),
        4 => (tester(), pick()).prop_map(|(tester, pick)| Plays(tester, pick)),
        8 => tester().prop_map(Links),
        3 => tester().prop_map(Cut),
        2 => (tester(), any::<bool>()).prop_map(|(tester, up)| Muted { tester, up }),
        2 => tester().prop_map(Killed),
        3 => (tester(), any::<bool>()).prop_map(|(tester, on)| Slow(tester, on)),
        4 => tester().prop_map(Commits),
        2 => tester().prop_map(Full),
        1 => Just(RelayKilled),
        1 => Just(RelayDrained),
        2 => luck.prop_map(Fails),
        12 => (1_usize..30).prop_map(Goes),
        8 => (1_u64..200).prop_map(Waits),
        2 => (200_u64..20_000).prop_map(Waits),
    ]
}

/// Happens one after another, and then everything works and comes to rest.
fn play(happenings: &[Happening]) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut world = World::new().await;
        for happening in happenings {
            world.happens(*happening).await;
        }
        world.rest().await;
        world.judge();
    });
}

#[test]
fn what_a_relay_promises_holds_whatever_happens() {
    let model = Model {
        name: "relay",
        committed: cases::CASES,
        file: "tests/it/relay_model/cases.rs",
        longest: 60,
        play,
    };
    model.run(happening());
}

#[tokio::test]
async fn the_state_of_the_model_keeps_the_rules_of_a_backend() {
    let books = Arc::new(Mutex::default());
    keeps_the_rules(async || state::open(&books)).await;
}
