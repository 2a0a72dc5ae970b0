//! Who rings, and who does not any more.

use super::*;
use crate::{
    domain::ids::DialogId,
    sandbox::{
        model::roster::{RILEY, SALES, SAM},
        routing::sessions::Availability,
    },
};

fn seat(state: &mut RoutingState, name: &str) -> (ParticipantId, mpsc::Receiver<AgentEvent>) {
    let (events, receiver) = mpsc::channel(16);
    let agent = ParticipantId::from(name);
    state.open_session(&agent, events, Takes::of(name), false, Timestamp(0));
    (agent, receiver)
}

fn view(assigned: Option<&ParticipantId>) -> View {
    View {
        id: ConversationId::from("c"),
        main: DialogId::from("c"),
        consumer: ParticipantId::from("ada"),
        assigned: assigned.cloned(),
        suggested: None,
        open: true,
        main_open: true,
        skill: "-1".to_owned(),
        due: -1,
        started: Timestamp(0),
    }
}

#[test]
fn a_ring_nobody_answers_goes_round() {
    let mut state = RoutingState::new(AccountId::from("1"));
    let (_, mut kim) = seat(&mut state, "kim");
    let (_, mut lee) = seat(&mut state, "lee");
    let start = Timestamp(0);
    state.route(&view(None), start);
    assert_eq!(kim.try_recv(), Ok(AgentEvent::Ring(view(None))));
    assert!(lee.try_recv().is_err(), "one agent at a time");
    let end = start.after(RING);
    assert_eq!(state.next_end(), Some(end));
    state.expire_rings(Timestamp(end.0 - 1));
    assert!(kim.try_recv().is_err());
    state.expire_rings(end);
    assert_eq!(kim.try_recv(), Ok(AgentEvent::RingEnded(view(None).id)));
    assert_eq!(lee.try_recv(), Ok(AgentEvent::Ring(view(None))));
    state.expire_rings(end.after(RING));
    assert_eq!(
        kim.try_recv(),
        Ok(AgentEvent::Ring(view(None))),
        "later the same again"
    );
}

#[test]
fn the_agent_with_the_least_to_do_is_rung_and_one_who_left_is_not() {
    let mut state = RoutingState::new(AccountId::from("1"));
    let (kim, mut at_kim) = seat(&mut state, "kim");
    let (_, mut at_lee) = seat(&mut state, "lee");
    state.route(&view(None), Timestamp(0));
    state.route(&view(Some(&kim)), Timestamp(0));
    assert_eq!(at_kim.try_recv(), Ok(AgentEvent::Ring(view(None))));
    assert_eq!(at_kim.try_recv(), Ok(AgentEvent::RingEnded(view(None).id)));
    state.route(&view(None), Timestamp(1));
    assert_eq!(at_lee.try_recv(), Ok(AgentEvent::Ring(view(None))));
    state.close_session(&ParticipantId::from("lee"), Timestamp(2));
    assert_eq!(at_kim.try_recv(), Ok(AgentEvent::Ring(view(None))));
    drop(at_kim);
    state.expire_rings(Timestamp(2).after(RING));
    assert!(
        state.sessions.local.is_empty(),
        "nobody is there to hear it"
    );
    let (_, mut late) = seat(&mut state, "late");
    state.ring_all(Timestamp(3));
    assert_eq!(late.try_recv(), Ok(AgentEvent::Ring(view(None))));
}

#[test]
fn a_conversation_rings_at_those_of_its_skill_and_moves_with_it() {
    let mut state = RoutingState::new(AccountId::from("1"));
    let (_, mut riley) = seat(&mut state, RILEY);
    let (_, mut sam) = seat(&mut state, SAM);
    state.route(&view(None), Timestamp(0));
    assert_eq!(riley.try_recv(), Ok(AgentEvent::Ring(view(None))));
    let sales = View {
        skill: SALES.id.to_owned(),
        ..view(None)
    };
    state.route(&sales, Timestamp(1));
    assert_eq!(
        riley.try_recv(),
        Ok(AgentEvent::RingEnded(sales.id.clone()))
    );
    assert_eq!(sam.try_recv(), Ok(AgentEvent::Ring(sales.clone())));
    state.route(&sales, Timestamp(2));
    assert!(sam.try_recv().is_err(), "it rings there already");
    state.expire_rings(Timestamp(1).after(RING));
    assert!(riley.try_recv().is_err(), "nobody else sells");
}

#[test]
fn a_suggestion_rings_at_one_agent_until_it_lapses() {
    let mut state = RoutingState::new(AccountId::from("1"));
    let (kim, mut at_kim) = seat(&mut state, "kim");
    let lee = ParticipantId::from("lee");
    let handed = View {
        suggested: Some(lee.clone()),
        ..view(None)
    };
    state.route(&handed, Timestamp(0));
    assert!(at_kim.try_recv().is_err());
    let (_, mut at_lee) = seat(&mut state, "lee");
    assert_eq!(at_lee.try_recv(), Ok(AgentEvent::Ring(handed.clone())));
    state.pass_on(&handed.id, &kim, RingState::Rejected, Timestamp(1));
    assert!(
        state.take_lapsed().is_empty(),
        "it is not Kim's to turn down"
    );
    state.expire_rings(Timestamp(0).after(RING));
    assert_eq!(state.take_lapsed(), [(handed.id.clone(), lee)]);
    assert!(state.take_lapsed().is_empty(), "once");
    state.route(&view(None), Timestamp(2));
    assert_eq!(at_lee.try_recv(), Ok(AgentEvent::RingEnded(handed.id)));
    assert_eq!(at_kim.try_recv(), Ok(AgentEvent::Ring(view(None))));
}

/// An agent on a socket who takes conversations of these skills.
fn line(state: &mut RoutingState, name: &str, skills: &[&str]) -> ParticipantId {
    let agent = ParticipantId::from(name);
    let skills = skills.iter().map(|skill| (*skill).to_owned()).collect();
    state.open_socket(&agent, skills, Timestamp(0));
    state.subscribe(&agent, 1, Timestamp(0));
    state.set_availability(&agent, Availability::Online, Timestamp(0));
    agent
}

fn numbered(number: i64, assigned: Option<&ParticipantId>) -> View {
    View {
        id: ConversationId::from(format!("c{number}")),
        due: number,
        ..view(assigned)
    }
}

#[test]
fn whoever_stands_by_gives_back_what_it_owns_and_what_rings_there() {
    let mut state = RoutingState::new(AccountId::from("1"));
    let (events, mut riley) = mpsc::channel(16);
    let name = ParticipantId::from(RILEY);
    state.open_session(&name, events, Takes::of(RILEY), true, Timestamp(0));
    let (owned, ringing) = (numbered(1, Some(&name)), numbered(2, None));
    state.route(&owned, Timestamp(0));
    state.route(&ringing, Timestamp(0));
    assert_eq!(riley.try_recv(), Ok(AgentEvent::Ring(ringing.clone())));
    assert!(state.rings_at(&name, &ringing.id));
    // Another skill relieves nobody, though its agent would take what has none.
    line(&mut state, "sam", &[SALES.id]);
    assert!(riley.try_recv().is_err());
    let kim = line(&mut state, "kim", &["-1"]);
    assert_eq!(riley.try_recv(), Ok(AgentEvent::Relieved(owned.id)));
    assert_eq!(
        riley.try_recv(),
        Ok(AgentEvent::RingEnded(ringing.id.clone()))
    );
    assert!(state.rings_at(&kim, &ringing.id) && !state.rings_at(&name, &ringing.id));
    let later = numbered(3, None);
    state.route(&later, Timestamp(1));
    assert!(state.rings_at(&kim, &later.id));
    state.close_socket(&kim, 1, Timestamp(2));
    state.close_socket(&ParticipantId::from("sam"), 1, Timestamp(2));
    assert!(state.rings_at(&name, &later.id), "nobody else is there");
}

#[test]
fn ten_thousand_wait_ring_and_are_taken_and_nothing_is_left() {
    const MANY: i64 = 10_000;
    let mut state = RoutingState::new(AccountId::from("1"));
    for number in 0..MANY {
        state.route(&numbered(number, None), Timestamp(number));
    }
    assert_eq!(state.next_end(), None);
    let kim = line(&mut state, "kim", &["-1"]);
    let task_changes = state.take_task_changes();
    let rings: BTreeSet<_> = task_changes
        .iter()
        .map(|call| call.task.ring.clone())
        .collect();
    assert_eq!(rings.len(), 10_000, "each ring has an id of its own");
    assert!(
        task_changes.is_sorted_by_key(|call| call.task.due),
        "the first due rings first"
    );
    // All of it expires once and rings again, then it is taken.
    state.expire_rings(Timestamp(0).after(RING));
    for number in 0..MANY {
        state.route(&numbered(number, Some(&kim)), Timestamp(MANY));
    }
    assert!(state.waiting.is_empty() && state.ends.is_empty());
    assert!(state.queues.first(|_| true).is_none());
    for number in 0..MANY {
        let mut over = numbered(number, Some(&kim));
        over.main_open = false;
        state.route(&over, Timestamp(MANY));
    }
    assert!(state.sessions.owned_by(&kim).is_empty());
    assert_eq!(state.sessions.room(&kim), usize::MAX);
}
