//! Who rings, and who does not any more.

use super::*;
use crate::{
    domain::ids::DialogId,
    sandbox::cloud::roster::{RILEY, SALES, SAM},
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
