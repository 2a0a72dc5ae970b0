//! The agent's side against a cloud in miniature: whatever consumer, colleagues and agent do, the
//! connection breaks at any moment and the program is killed, nothing said is lost or doubled,
//! everything stands in its order, and the consumer is told what is so, once.

mod cases;
mod world;

use proptest::prelude::*;

use self::world::World;
use crate::support::model::Model;

/// One thing that happens. Conversations are picked modulo their number.
#[derive(Debug, Clone, Copy)]
enum Happening {
    /// The consumer writes.
    ConsumerWrites(usize),
    /// The consumer's phone acknowledges everything of the agent's, or the consumer reads it.
    ConsumerHas { read: bool, pick: usize },
    /// Another agent writes.
    ColleagueWrites(usize),
    /// The cloud assigns the conversation to the agent, or takes it from them.
    Assigned(usize, bool),
    /// The agent writes, to everybody or to agents alone.
    Says { private: bool, pick: usize },
    /// Something stands in the composer, or nothing any more.
    Types(usize, bool),
    /// The agent looks at a conversation.
    Looks(usize),
    /// The agent looks at none.
    LooksAway,
    /// The agent sends again everything that failed.
    Retries,
    /// The cloud takes the next request.
    Takes,
    /// The cloud refuses the next request, if it publishes something.
    Refuses,
    /// The next frame arrives.
    Arrives,
    /// The next frame arrives, and arrives again.
    ArrivesTwice,
    /// Two frames change places on the way.
    Swapped,
    /// The cloud forgets to tell the next event, though the connection lives.
    Untold,
    /// The connection breaks; the cloud still takes so many of the requests under way.
    Breaks(usize),
    /// There is a connection again.
    Connects,
    /// The program is killed; the cloud still takes so many of the requests under way.
    Killed(usize),
    /// A timer runs out.
    Wakes(usize),
    /// Time passes, in milliseconds.
    Waits(i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::{
        Arrives, ArrivesTwice, Assigned, Breaks, ColleagueWrites, Connects, ConsumerHas,
        ConsumerWrites, Killed, Looks, LooksAway, Refuses, Retries, Says, Swapped, Takes, Types,
        Untold, Waits, Wakes,
    };
    let pick = || 0_usize..4;
    let rarely = || prop::bool::weighted(0.25);
    prop_oneof![
        12 => pick().prop_map(ConsumerWrites),
        3 => (any::<bool>(), pick()).prop_map(|(read, pick)| ConsumerHas { read, pick }),
        3 => pick().prop_map(ColleagueWrites),
        4 => (pick(), any::<bool>()).prop_map(|(pick, on)| Assigned(pick, on)),
        12 => (rarely(), pick()).prop_map(|(private, pick)| Says { private, pick }),
        5 => (pick(), any::<bool>()).prop_map(|(pick, any)| Types(pick, any)),
        4 => pick().prop_map(Looks),
        1 => Just(LooksAway),
        3 => Just(Retries),
        28 => Just(Takes),
        2 => Just(Refuses),
        28 => Just(Arrives),
        3 => Just(ArrivesTwice),
        3 => Just(Swapped),
        3 => Just(Untold),
        3 => pick().prop_map(Breaks),
        6 => Just(Connects),
        1 => pick().prop_map(Killed),
        3 => pick().prop_map(Wakes),
        2 => (0_i64..5_000).prop_map(Waits),
    ]
}

/// Happens one after another, and then everything works and comes to rest.
fn play(happenings: &[Happening]) {
    let mut world = World::new();
    for happening in happenings {
        world.happens(*happening);
    }
    world.rest();
    world.judge();
}

#[test]
fn what_the_agents_side_promises_holds_whatever_happens() {
    let model = Model {
        name: "agent",
        committed: cases::CASES,
        file: "tests/it/workspace/model/cases.rs",
        longest: 120,
        play,
    };
    model.run(happening());
}

#[test]
fn of_a_long_conversation_the_last_lines_are_kept() {
    let mut world = World::new();
    for _ in 0..3000 {
        world.happens(Happening::ConsumerWrites(0));
    }
    world.rest();
    assert_eq!(world.sequences(0), (2000..3000).collect::<Vec<_>>());
    // Receipts go out for those that are kept, and the agent's side goes on.
    world.happens(Happening::ConsumerWrites(0));
    world.rest();
    let last = world.sequences(0).last().copied();
    assert!(last > Some(3000), "{last:?}");
}
