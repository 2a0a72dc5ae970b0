//! Who rings, and who does not any more.

use super::*;
use crate::{
    domain::ids::DialogId,
    sandbox::{
        model::roster::{RILEY, SALES, SAM, Takes},
        routing::sessions::Availability,
    },
};

fn come(state: &mut RoutingState, place: RingPlace, takes: Takes) -> ParticipantId {
    state.open_session(&place, takes, Timestamp(0));
    state.subscribe(&place, 1, Timestamp(0));
    state.set_availability(&place, Availability::Online, Timestamp(0));
    place.agent
}

/// A person who takes what the name says.
fn person(state: &mut RoutingState, name: &str) -> ParticipantId {
    let place = RingPlace::person(&ParticipantId::from(name));
    come(state, place, Takes::of(name))
}

/// At whom rings began and ended since the last time.
fn rings(state: &mut RoutingState) -> Vec<(String, bool)> {
    let changes = state.take_task_changes().into_iter();
    let told = changes.filter(|one| one.gone || one.task.state == RingState::Waiting);
    told.map(|one| (one.place.agent.to_string(), !one.gone))
        .collect()
}

fn begun(name: &str) -> (String, bool) {
    (name.to_owned(), true)
}

fn ended(name: &str) -> (String, bool) {
    (name.to_owned(), false)
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
    person(&mut state, "kim");
    person(&mut state, "lee");
    let start = Timestamp(0);
    state.route(&view(None), start);
    assert_eq!(rings(&mut state), [begun("kim")], "one agent at a time");
    let end = start.after(RING);
    assert_eq!(state.next_end(), Some(end));
    state.expire_rings(Timestamp(end.0 - 1));
    assert_eq!(rings(&mut state), []);
    state.expire_rings(end);
    assert_eq!(rings(&mut state), [ended("kim"), begun("lee")]);
    state.expire_rings(end.after(RING));
    let again = [ended("lee"), begun("kim")];
    assert_eq!(rings(&mut state), again, "later the same again");
}

#[test]
fn the_agent_with_the_least_to_do_is_rung_and_one_who_left_is_not() {
    let mut state = RoutingState::new(AccountId::from("1"));
    let kim = person(&mut state, "kim");
    let lee = person(&mut state, "lee");
    state.route(&view(None), Timestamp(0));
    state.route(&view(Some(&kim)), Timestamp(0));
    assert_eq!(rings(&mut state), [begun("kim"), ended("kim")]);
    state.route(&view(None), Timestamp(1));
    assert_eq!(rings(&mut state), [begun("lee")]);
    state.close_session(&RingPlace::person(&lee), 1, Timestamp(2));
    assert_eq!(rings(&mut state), [ended("lee"), begun("kim")]);
    state.close_session(&RingPlace::person(&kim), 1, Timestamp(2));
    assert!(state.agents.here.is_empty(), "nobody is there");
    assert_eq!(rings(&mut state), [ended("kim")]);
    person(&mut state, "late");
    assert_eq!(rings(&mut state), [begun("late")]);
}

#[test]
fn a_conversation_rings_at_those_of_its_skill_and_moves_with_it() {
    let mut state = RoutingState::new(AccountId::from("1"));
    person(&mut state, RILEY);
    person(&mut state, SAM);
    state.route(&view(None), Timestamp(0));
    assert_eq!(rings(&mut state), [begun(RILEY)]);
    let sales = View {
        skill: SALES.id.to_owned(),
        ..view(None)
    };
    state.route(&sales, Timestamp(1));
    assert_eq!(rings(&mut state), [ended(RILEY), begun(SAM)]);
    state.route(&sales, Timestamp(2));
    assert_eq!(rings(&mut state), [], "it rings there already");
    state.expire_rings(Timestamp(1).after(RING));
    let again = [ended(SAM), begun(SAM)];
    assert_eq!(rings(&mut state), again, "nobody else sells");
}

#[test]
fn a_suggestion_rings_at_one_agent_until_it_lapses() {
    let mut state = RoutingState::new(AccountId::from("1"));
    let kim = person(&mut state, "kim");
    let lee = ParticipantId::from("lee");
    let handed = View {
        suggested: Some(lee.clone()),
        ..view(None)
    };
    state.route(&handed, Timestamp(0));
    assert_eq!(rings(&mut state), []);
    person(&mut state, "lee");
    assert_eq!(rings(&mut state), [begun("lee")]);
    state.pass_on(&handed.id, &kim, RingState::Rejected, Timestamp(1));
    assert!(
        state.take_lapsed().is_empty(),
        "it is not Kim's to turn down"
    );
    state.expire_rings(Timestamp(0).after(RING));
    assert_eq!(state.take_lapsed(), [(handed.id.clone(), lee)]);
    assert!(state.take_lapsed().is_empty(), "once");
    state.route(&view(None), Timestamp(2));
    assert_eq!(rings(&mut state), [ended("lee"), begun("kim")]);
}

/// A person who takes conversations of these skills.
fn skilled(state: &mut RoutingState, name: &str, skills: &[&'static str]) -> ParticipantId {
    let place = RingPlace::person(&ParticipantId::from(name));
    come(state, place, Takes::Listed(skills.to_vec()))
}

fn rings_at(state: &RoutingState, agent: &ParticipantId, id: &ConversationId) -> bool {
    let waiting = state.queue().into_iter().find(|one| one.view.id == *id);
    waiting.is_some_and(|one| one.rings_at.as_ref() == Some(agent))
}

fn numbered(number: i64, assigned: Option<&ParticipantId>) -> View {
    View {
        id: ConversationId::from(format!("c{number}")),
        due: number,
        ..view(assigned)
    }
}

#[test]
fn a_built_in_agent_gives_back_what_it_owns_and_what_rings_there() {
    let mut state = RoutingState::new(AccountId::from("1"));
    let place = RingPlace::built_in(&ParticipantId::from(RILEY));
    let name = come(&mut state, place, Takes::of(RILEY));
    let (owned, ringing) = (numbered(1, Some(&name)), numbered(2, None));
    state.route(&owned, Timestamp(0));
    state.route(&ringing, Timestamp(0));
    assert_eq!(rings(&mut state), [begun(RILEY)]);
    assert!(rings_at(&state, &name, &ringing.id));
    // Another skill relieves nobody, though its agent would take what has none.
    skilled(&mut state, "sam", &[SALES.id]);
    assert_eq!(
        (rings(&mut state), state.take_handovers()),
        (vec![], vec![])
    );
    let kim = skilled(&mut state, "kim", &["-1"]);
    let relieved = Handover {
        conversation_id: owned.id,
        cause: HandoverCause::Relieved,
    };
    assert_eq!(state.take_handovers(), [(name.clone(), relieved)]);
    assert_eq!(rings(&mut state), [ended(RILEY), begun("kim")]);
    assert!(rings_at(&state, &kim, &ringing.id) && !rings_at(&state, &name, &ringing.id));
    let later = numbered(3, None);
    state.route(&later, Timestamp(1));
    assert!(rings_at(&state, &kim, &later.id));
    let sam = ParticipantId::from("sam");
    for gone in [&kim, &sam] {
        state.close_session(&RingPlace::person(gone), 1, Timestamp(2));
    }
    assert!(rings_at(&state, &name, &later.id), "nobody else is there");
}

#[test]
fn ten_thousand_wait_ring_and_are_taken_and_nothing_is_left() {
    const MANY: i64 = 10_000;
    let mut state = RoutingState::new(AccountId::from("1"));
    for number in 0..MANY {
        state.route(&numbered(number, None), Timestamp(number));
    }
    assert_eq!(state.next_end(), None);
    let kim = skilled(&mut state, "kim", &["-1"]);
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
    assert!(state.agents.owned_by(&kim).is_empty());
    assert_eq!(state.agents.room(&kim), usize::MAX);
}
