//! Searches over more conversations than a day brings.

use crate::{
    domain::{
        ids::{AccountId, ClientId, ConversationId, DialogId, ParticipantId, SkillId},
        secret::Secret,
        time::Timestamp,
    },
    sandbox::model::{
        Actor, App, Cloud,
        changes::Changes,
        conversation::{ConversationContext, Opening, Ttr, TtrKind},
        fields::Field,
        history::{HistoryPage, Search, SortKey},
        people::agent_id,
        phonebook::Phonebook,
        publication::Publication,
        record::{self, RecordRoom, WantedParts},
        trail::{Reason, TrailChange},
    },
};

const NOW: Timestamp = Timestamp(1_722_500_000_000);
/// Conversations in the large cloud.
const MANY: i64 = 10_000;

struct Rig {
    cloud: Cloud,
    changes: Changes,
}

impl Rig {
    fn new() -> Self {
        let app = App {
            client: ClientId::from("app"),
            secret: Secret::new("k4v9s0m2example7secret1"),
            scope: "msg.consumer".to_owned(),
        };
        let rng = fastrand::Rng::with_seed(3);
        Self {
            cloud: Cloud::new(AccountId::from("55512300"), app, rng),
            changes: Changes::default(),
        }
    }

    fn open(&mut self, at: Timestamp, consumer: &str, skill: &str) -> ConversationId {
        let consumer = self.cloud.sign_up(consumer, &mut self.changes);
        let kind = TtrKind::Normal;
        let opening = Opening {
            skill: SkillId::from(skill),
            ttr: Ttr {
                kind,
                seconds: kind.seconds(),
            },
            campaign: None,
            context: ConversationContext(None),
        };
        let client = ClientId::from("app");
        let opened = self
            .cloud
            .open(at, &consumer, &client, opening, &mut self.changes);
        opened.unwrap()
    }

    fn update(&mut self, at: Timestamp, agent: &ParticipantId, id: &ConversationId, to: &[Field]) {
        let actor = Actor::Agent(agent);
        let updated = self.cloud.update(at, actor, id, to, &mut self.changes);
        updated.unwrap();
    }

    fn reasons(&self, id: &ConversationId) -> Vec<Reason> {
        let steps = self.cloud.conversation(id).unwrap().trail.steps();
        let handed = steps.filter_map(|step| match &step.what {
            TrailChange::Handed(handing) => Some(handing.reason),
            TrailChange::Came(_) | TrailChange::Left(_) => None,
        });
        handed.collect()
    }
}

fn page(offset: usize, limit: usize) -> HistoryPage {
    HistoryPage {
        offset,
        limit,
        key: SortKey::Start,
        rising: false,
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp(NOW.0 + millis)
}

#[test]
fn ten_thousand_conversations_are_paged_through_once_each() {
    let mut rig = Rig::new();
    for number in 0..MANY {
        let consumer = format!("consumer {}", number % 100);
        // Several begin in the same moment.
        rig.open(at(number / 4), &consumer, "-1");
    }
    let (mut seen, mut offset) = (Vec::new(), 0);
    loop {
        let found = rig.cloud.search(&Search::default(), page(offset, 100));
        assert_eq!(found.count, 10_000);
        if found.page.is_empty() {
            break;
        }
        offset += found.page.len();
        seen.extend(found.page.into_iter().map(|(one, _)| (one.started, one.id)));
    }
    assert_eq!(seen.len(), 10_000);
    assert!(seen.is_sorted_by(|a, b| a > b), "the latest comes first");

    let consumer = rig.cloud.sign_up("consumer 7", &mut rig.changes);
    let search = Search {
        consumer: Some(consumer.clone()),
        begun: Some((at(1000), at(1999))),
        ..Search::default()
    };
    let found = rig.cloud.search(&search, page(0, 100));
    assert_eq!((found.count, found.page.len()), (40, 40));
    assert!(found.page.iter().all(|(one, _)| one.consumer == consumer));
}

#[test]
fn a_search_narrows_by_state_queue_and_agent() {
    let mut rig = Rig::new();
    let (kim, sam) = (
        agent_id(rig.cloud.account(), "Kim"),
        agent_id(rig.cloud.account(), "Sam"),
    );
    let first = rig.open(at(0), "ada", "-1");
    let second = rig.open(at(1), "ada", "3300120016");
    for (agent, id) in [(&kim, &first), (&sam, &second)] {
        let taken = rig.cloud.assign(at(2), agent, id, &mut rig.changes);
        taken.unwrap();
    }
    rig.update(at(3), &kim, &first, &[Field::Close]);
    let ids = |search: Search| -> Vec<ConversationId> {
        let found = rig.cloud.search(&search, page(0, 10)).page;
        found.into_iter().map(|(one, _)| one.id).collect()
    };
    let open = |open| Search {
        open: Some(vec![open]),
        ..Search::default()
    };
    assert_eq!(ids(open(true)), std::slice::from_ref(&second));
    assert_eq!(ids(open(false)), std::slice::from_ref(&first));
    let skills = Some(vec![SkillId::from("3300120016")]);
    let skilled = Search {
        skills,
        ..Search::default()
    };
    assert_eq!(ids(skilled), [second]);
    let agents = Some(vec![kim]);
    let with_kim = Search {
        agents,
        ..Search::default()
    };
    assert_eq!(ids(with_kim), [first]);
}

#[test]
fn how_a_conversation_is_handed_on_has_its_reason() {
    let mut rig = Rig::new();
    let (kim, sam) = (
        agent_id(rig.cloud.account(), "Kim"),
        agent_id(rig.cloud.account(), "Sam"),
    );
    let id = rig.open(at(0), "ada", "-1");
    let take = |rig: &mut Rig, moment: i64, agent: &ParticipantId| {
        let taken = rig.cloud.assign(at(moment), agent, &id, &mut rig.changes);
        taken.unwrap();
    };
    take(&mut rig, 1, &kim);
    rig.update(at(2), &kim, &id, &[Field::Unassign]);
    take(&mut rig, 3, &kim);
    let handing = [Field::Unassign, Field::Suggest(sam.clone())];
    rig.update(at(4), &kim, &id, &handing);
    rig.cloud.withdraw(at(5), &sam, &id, &mut rig.changes);
    take(&mut rig, 6, &kim);
    let moving = [Field::Unassign, Field::Skill(SkillId::from("3300120016"))];
    rig.update(at(7), &kim, &id, &moving);
    take(&mut rig, 8, &sam);
    rig.update(at(9), &sam, &id, &[Field::Close]);
    assert_eq!(
        rig.reasons(&id),
        [
            Reason::BackToQueue,
            Reason::Agent,
            Reason::SuggestedAgentTimeout,
            Reason::Skill
        ]
    );
    let trail = &rig.cloud.conversation(&id).unwrap().trail;
    let came = trail.steps().filter_map(|step| match &step.what {
        TrailChange::Came(stay) => Some((step.at, stay.who.id.clone())),
        TrailChange::Left(_) | TrailChange::Handed(_) => None,
    });
    let came: Vec<_> = came.collect();
    let moments = [1, 3, 6, 8].map(at);
    assert_eq!(came.iter().map(|(at, _)| *at).collect::<Vec<_>>(), moments);
    assert_eq!(came.last().unwrap().1, sam);
    assert_eq!(trail.latest(), Some(&sam));
}

#[test]
fn a_record_with_no_room_left_says_that_it_is_cut_short() {
    let mut rig = Rig::new();
    let id = rig.open(at(0), "ada", "-1");
    let ada = rig.cloud.sign_up("ada", &mut rig.changes);
    let dialog = DialogId::from(id.as_str());
    for number in 0..5 {
        let text = Publication::text(format!("number {number}")).into();
        let actor = Actor::Consumer(&ada);
        let said = rig
            .cloud
            .publish(at(1), actor, &dialog, text, &mut rig.changes);
        said.unwrap();
    }
    let phonebook = Phonebook {
        account: rig.cloud.account().clone(),
        people: Vec::new(),
    };
    let conversation = rig.cloud.conversation(&id).unwrap();
    for (room, expected, partial) in [(3, 3, true), (5, 5, false)] {
        let mut room = RecordRoom(room);
        let (record, whole) =
            record::print(conversation, None, &phonebook, &WantedParts::All, &mut room);
        assert_eq!(record["messageRecords"].as_array().unwrap().len(), expected);
        assert_eq!(record["info"]["isPartial"], partial);
        assert_eq!((whole, room.0), (!partial, 0));
    }
}

#[test]
fn a_record_of_which_the_oldest_was_forgotten_says_that_it_is_cut_short() {
    let mut rig = Rig::new();
    let id = rig.open(at(0), "ada", "-1");
    let ada = rig.cloud.sign_up("ada", &mut rig.changes);
    let dialog = DialogId::from(id.as_str());
    let phonebook = Phonebook {
        account: rig.cloud.account().clone(),
        people: Vec::new(),
    };
    let partial = |rig: &Rig, name: &str| {
        let wanted = WantedParts::Only(vec![name.to_owned()]);
        let conversation = rig.cloud.conversation(&id).unwrap();
        let mut room = RecordRoom(20_000);
        let (record, whole) = record::print(conversation, None, &phonebook, &wanted, &mut room);
        assert_eq!(record["info"]["isPartial"], !whole);
        !whole
    };
    for number in 0..=10_000 {
        if number == 10_000 {
            assert!(!partial(&rig, "messageRecords"), "all are there");
        }
        let text = Publication::text(format!("number {number}")).into();
        let actor = Actor::Consumer(&ada);
        let said = rig
            .cloud
            .publish(at(1), actor, &dialog, text, &mut rig.changes);
        said.unwrap();
    }
    assert!(partial(&rig, "messageRecords") && partial(&rig, "messageStatuses"));
    assert!(!partial(&rig, "transfers"), "the steps are all there");
    let kim = agent_id(rig.cloud.account(), "Kim");
    for _ in 0..400 {
        rig.cloud
            .assign(at(2), &kim, &id, &mut rig.changes)
            .unwrap();
        rig.update(at(3), &kim, &id, &[Field::Unassign]);
    }
    assert!(partial(&rig, "transfers") && partial(&rig, "agentParticipants"));
}
