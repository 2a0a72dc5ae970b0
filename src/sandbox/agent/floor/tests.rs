//! Who rings, and who does not any more.

use super::*;
use crate::{
    domain::ids::DialogId,
    sandbox::{
        agent::seats::Availability,
        model::roster::{RILEY, SALES, SAM},
    },
};

fn seat(floor: &mut Floor, name: &str) -> (ParticipantId, mpsc::Receiver<Event>) {
    let (events, receiver) = mpsc::channel(16);
    let agent = ParticipantId::from(name);
    floor.sit(&agent, events, Takes::of(name), false, Timestamp(0));
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
    let mut floor = Floor::new(AccountId::from("1"));
    let (_, mut kim) = seat(&mut floor, "kim");
    let (_, mut lee) = seat(&mut floor, "lee");
    let start = Timestamp(0);
    floor.route(&view(None), start);
    assert_eq!(kim.try_recv(), Ok(Event::Ring(view(None))));
    assert!(lee.try_recv().is_err(), "one agent at a time");
    let end = start.after(RING);
    assert_eq!(floor.next_end(), Some(end));
    floor.end_rings(Timestamp(end.0 - 1));
    assert!(kim.try_recv().is_err());
    floor.end_rings(end);
    assert_eq!(kim.try_recv(), Ok(Event::RingEnded(view(None).id)));
    assert_eq!(lee.try_recv(), Ok(Event::Ring(view(None))));
    floor.end_rings(end.after(RING));
    assert_eq!(
        kim.try_recv(),
        Ok(Event::Ring(view(None))),
        "later the same again"
    );
}

#[test]
fn the_agent_with_the_least_to_do_is_rung_and_one_who_left_is_not() {
    let mut floor = Floor::new(AccountId::from("1"));
    let (kim, mut at_kim) = seat(&mut floor, "kim");
    let (_, mut at_lee) = seat(&mut floor, "lee");
    floor.route(&view(None), Timestamp(0));
    floor.route(&view(Some(&kim)), Timestamp(0));
    assert_eq!(at_kim.try_recv(), Ok(Event::Ring(view(None))));
    assert_eq!(at_kim.try_recv(), Ok(Event::RingEnded(view(None).id)));
    floor.route(&view(None), Timestamp(1));
    assert_eq!(at_lee.try_recv(), Ok(Event::Ring(view(None))));
    floor.stand_up(&ParticipantId::from("lee"), Timestamp(2));
    assert_eq!(at_kim.try_recv(), Ok(Event::Ring(view(None))));
    drop(at_kim);
    floor.end_rings(Timestamp(2).after(RING));
    assert!(floor.seats.desks.is_empty(), "nobody is there to hear it");
    let (_, mut late) = seat(&mut floor, "late");
    floor.ring_all(Timestamp(3));
    assert_eq!(late.try_recv(), Ok(Event::Ring(view(None))));
}

#[test]
fn a_conversation_rings_at_those_of_its_skill_and_moves_with_it() {
    let mut floor = Floor::new(AccountId::from("1"));
    let (_, mut riley) = seat(&mut floor, RILEY);
    let (_, mut sam) = seat(&mut floor, SAM);
    floor.route(&view(None), Timestamp(0));
    assert_eq!(riley.try_recv(), Ok(Event::Ring(view(None))));
    let sales = View {
        skill: SALES.id.to_owned(),
        ..view(None)
    };
    floor.route(&sales, Timestamp(1));
    assert_eq!(riley.try_recv(), Ok(Event::RingEnded(sales.id.clone())));
    assert_eq!(sam.try_recv(), Ok(Event::Ring(sales.clone())));
    floor.route(&sales, Timestamp(2));
    assert!(sam.try_recv().is_err(), "it rings there already");
    floor.end_rings(Timestamp(1).after(RING));
    assert!(riley.try_recv().is_err(), "nobody else sells");
}

#[test]
fn a_suggestion_rings_at_one_agent_until_it_lapses() {
    let mut floor = Floor::new(AccountId::from("1"));
    let (kim, mut at_kim) = seat(&mut floor, "kim");
    let lee = ParticipantId::from("lee");
    let handed = View {
        suggested: Some(lee.clone()),
        ..view(None)
    };
    floor.route(&handed, Timestamp(0));
    assert!(at_kim.try_recv().is_err());
    let (_, mut at_lee) = seat(&mut floor, "lee");
    assert_eq!(at_lee.try_recv(), Ok(Event::Ring(handed.clone())));
    floor.pass_on(&handed.id, &kim, RingState::Rejected, Timestamp(1));
    assert!(
        floor.take_lapsed().is_empty(),
        "it is not Kim's to turn down"
    );
    floor.end_rings(Timestamp(0).after(RING));
    assert_eq!(floor.take_lapsed(), [(handed.id.clone(), lee)]);
    assert!(floor.take_lapsed().is_empty(), "once");
    floor.route(&view(None), Timestamp(2));
    assert_eq!(at_lee.try_recv(), Ok(Event::RingEnded(handed.id)));
    assert_eq!(at_kim.try_recv(), Ok(Event::Ring(view(None))));
}

/// An agent on a socket who takes conversations of these skills.
fn line(floor: &mut Floor, name: &str, skills: &[&str]) -> ParticipantId {
    let agent = ParticipantId::from(name);
    let skills = skills.iter().map(|skill| (*skill).to_owned()).collect();
    floor.attend(&agent, skills, Timestamp(0));
    floor.subscribe(&agent, 1, Timestamp(0));
    floor.set_availability(&agent, Availability::Online, Timestamp(0));
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
    let mut floor = Floor::new(AccountId::from("1"));
    let (events, mut riley) = mpsc::channel(16);
    let name = ParticipantId::from(RILEY);
    floor.sit(&name, events, Takes::of(RILEY), true, Timestamp(0));
    let (owned, ringing) = (numbered(1, Some(&name)), numbered(2, None));
    floor.route(&owned, Timestamp(0));
    floor.route(&ringing, Timestamp(0));
    assert_eq!(riley.try_recv(), Ok(Event::Ring(ringing.clone())));
    assert!(floor.rings_at(&name, &ringing.id));
    // Another skill relieves nobody, though its agent would take what has none.
    line(&mut floor, "sam", &[SALES.id]);
    assert!(riley.try_recv().is_err());
    let kim = line(&mut floor, "kim", &["-1"]);
    assert_eq!(riley.try_recv(), Ok(Event::Relieved(owned.id)));
    assert_eq!(riley.try_recv(), Ok(Event::RingEnded(ringing.id.clone())));
    assert!(floor.rings_at(&kim, &ringing.id) && !floor.rings_at(&name, &ringing.id));
    let later = numbered(3, None);
    floor.route(&later, Timestamp(1));
    assert!(floor.rings_at(&kim, &later.id));
    floor.leave(&kim, 1, Timestamp(2));
    floor.leave(&ParticipantId::from("sam"), 1, Timestamp(2));
    assert!(floor.rings_at(&name, &later.id), "nobody else is there");
}

#[test]
fn ten_thousand_wait_ring_and_are_taken_and_nothing_is_left() {
    const MANY: i64 = 10_000;
    let mut floor = Floor::new(AccountId::from("1"));
    for number in 0..MANY {
        floor.route(&numbered(number, None), Timestamp(number));
    }
    assert_eq!(floor.next_end(), None);
    let kim = line(&mut floor, "kim", &["-1"]);
    let calls = floor.take_calls();
    let rings: BTreeSet<_> = calls.iter().map(|call| call.task.ring.clone()).collect();
    assert_eq!(rings.len(), 10_000, "each ring has an id of its own");
    assert!(
        calls.is_sorted_by_key(|call| call.task.due),
        "the first due rings first"
    );
    // All of it expires once and rings again, then it is taken.
    floor.end_rings(Timestamp(0).after(RING));
    for number in 0..MANY {
        floor.route(&numbered(number, Some(&kim)), Timestamp(MANY));
    }
    assert!(floor.waiting.is_empty() && floor.ends.is_empty());
    assert!(floor.lines.first(|_| true).is_none());
    for number in 0..MANY {
        let mut over = numbered(number, Some(&kim));
        over.main_open = false;
        floor.route(&over, Timestamp(MANY));
    }
    assert!(floor.seats.owned_by(&kim).is_empty());
    assert_eq!(floor.seats.room(&kim), usize::MAX);
}
