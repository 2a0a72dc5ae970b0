//! The cloud as a value: the same calls give the same answers and the same notices.

use serde_json::{Value, json};

use crate::{
    domain::{
        ids::{AccountId, ClientId, ConversationId, DialogId, ParticipantId, SkillId},
        role::Role,
        secret::Secret,
        time::Timestamp,
    },
    sandbox::model::{
        Actor, App, Cloud,
        changes::{Changes, NoticeContent},
        conversation::{ConversationContext, Opening, Ttr, TtrKind},
        dialog::Audience,
        fields::Field,
        people::{ConsumerProfile, agent_id},
        publication::Publication,
        publish::Message,
        refusal::Refusal,
        roster,
    },
};

const NOW: Timestamp = Timestamp(1_722_500_000_000);

struct Rig {
    cloud: Cloud,
    changes: Changes,
    ada: ParticipantId,
}

impl Rig {
    fn new(seed: u64) -> Self {
        let app = App {
            client: ClientId::from("app"),
            secret: Secret::new("k4v9s0m2example7secret1"),
            scope: "msg.consumer".to_owned(),
        };
        let mut cloud = Cloud::new(
            AccountId::from("55512300"),
            app,
            fastrand::Rng::with_seed(seed),
        );
        let mut changes = Changes::default();
        let ada = cloud.sign_up("ada", &mut changes);
        Self {
            cloud,
            changes,
            ada,
        }
    }

    fn open(&mut self) -> (ConversationId, DialogId) {
        let opening = Opening {
            skill: SkillId::from("-1"),
            ttr: Ttr {
                kind: TtrKind::Normal,
                seconds: 1200,
            },
            campaign: None,
            context: ConversationContext(None),
        };
        let client = ClientId::from("app");
        let id = self
            .cloud
            .open(NOW, &self.ada, &client, opening, &mut self.changes)
            .unwrap();
        let dialog = DialogId::from(id.as_str());
        (id, dialog)
    }

    fn say(&mut self, dialog: &DialogId, text: &str) -> Result<u64, Refusal> {
        let ada = self.ada.clone();
        let message = Publication::text(text).into();
        self.cloud.publish(
            NOW,
            Actor::Consumer(&ada),
            dialog,
            message,
            &mut self.changes,
        )
    }

    /// What was told since the last look, as it goes over the wire.
    fn told(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.changes)
            .notices
            .iter()
            .map(|notice| serde_json::from_slice(&notice.body).unwrap())
            .collect()
    }
}

fn mark(notification: &Value) -> i64 {
    notification["body"]["changes"][0]["result"]["conversationDetails"]["metaDataLastUpdateTs"]
        .as_i64()
        .unwrap()
}

#[test]
fn a_seed_gives_the_same_ids_and_another_gives_others() {
    let (one, again, other) = (Rig::new(1).open(), Rig::new(1).open(), Rig::new(2).open());
    assert_eq!(one, again);
    assert_ne!(one, other);
    let mut rig = Rig::new(1);
    rig.open();
    let chance = rig.cloud.chance();
    let second = rig.open();
    let mut later = Rig::new(chance);
    assert_eq!(later.open(), second, "it goes on from where it stood");
}

#[test]
fn the_mark_of_a_conversation_rises_even_when_the_clock_does_not() {
    let mut rig = Rig::new(1);
    let (id, _) = rig.open();
    let agent = agent_id(rig.cloud.account(), "Kim");
    rig.cloud
        .assign(NOW, &agent, &id, &mut rig.changes)
        .unwrap();
    let actor = Actor::Agent(&agent);
    let earlier = Timestamp(NOW.0 - 5000);
    rig.cloud
        .update(earlier, actor, &id, &[Field::Close], &mut rig.changes)
        .unwrap();
    let marks: Vec<i64> = rig.told().iter().map(mark).collect();
    assert_eq!(marks, [NOW.0, NOW.0 + 1, NOW.0 + 2]);
}

#[test]
fn notices_name_the_agents_and_the_leaver() {
    let mut rig = Rig::new(1);
    let (id, dialog) = rig.open();
    let agent = agent_id(rig.cloud.account(), "Kim");
    let manager = agent_id(rig.cloud.account(), "Morgan");
    rig.cloud
        .assign(NOW, &agent, &id, &mut rig.changes)
        .unwrap();
    let actor = Actor::Agent(&manager);
    for field in [Field::Join(Role::Manager), Field::Leave] {
        rig.cloud
            .update(NOW, actor, &id, &[field], &mut rig.changes)
            .unwrap();
    }
    rig.say(&dialog, "hello").unwrap();
    let agents: Vec<usize> = rig
        .changes
        .notices
        .iter()
        .map(|notice| notice.agents.len())
        .collect();
    assert_eq!(agents, [0, 1, 2, 2, 1]);
    assert!(
        matches!(&rig.changes.notices[4].content, NoticeContent::Event { event, .. } if event.sequence == 0)
    );
}

#[test]
fn joining_twice_is_told_once() {
    let mut rig = Rig::new(1);
    let (id, _) = rig.open();
    let manager = agent_id(rig.cloud.account(), "Morgan");
    rig.told();
    for _ in 0..2 {
        let actor = Actor::Agent(&manager);
        let fields = [Field::Join(Role::Manager)];
        rig.cloud
            .update(NOW, actor, &id, &fields, &mut rig.changes)
            .unwrap();
    }
    assert_eq!(rig.told().len(), 1);
}

#[test]
fn a_private_note_answers_nobody() {
    let mut rig = Rig::new(1);
    let (id, dialog) = rig.open();
    let agent = agent_id(rig.cloud.account(), "Kim");
    rig.cloud
        .assign(NOW, &agent, &id, &mut rig.changes)
        .unwrap();
    rig.told();
    let note = Message {
        audience: Audience::AgentsAndManagers,
        ..Publication::text("hm").into()
    };
    let actor = Actor::Agent(&agent);
    rig.cloud
        .publish(NOW, actor, &dialog, note, &mut rig.changes)
        .unwrap();
    assert!(rig.changes.notices[0].private);
    assert_eq!(rig.told().len(), 1, "the deadline stands");
    let answer = Publication::text("yes").into();
    let sequence = rig
        .cloud
        .publish(NOW, actor, &dialog, answer, &mut rig.changes);
    assert_eq!(sequence, Ok(1), "the note took a number");
    let told = rig.told();
    assert_eq!(told[1]["body"]["changes"][0]["result"]["effectiveTTR"], -1);
}

#[test]
fn what_is_stored_is_what_comes_back() {
    let mut rig = Rig::new(1);
    let (id, dialog) = rig.open();
    rig.say(&dialog, "one").unwrap();
    rig.say(&dialog, "two").unwrap();
    let stored = serde_json::to_string(rig.cloud.conversation(&id).unwrap()).unwrap();
    let consumer = serde_json::to_string(rig.cloud.consumer(&rig.ada).unwrap()).unwrap();
    let mut later = Rig::new(2);
    later.cloud.restore(
        vec![serde_json::from_str(&consumer).unwrap()],
        vec![serde_json::from_str(&stored).unwrap()],
    );
    assert_eq!(later.say(&dialog, "three"), Ok(2));
    assert_eq!(
        later.cloud.consumer(&rig.ada).unwrap(),
        rig.cloud.consumer(&rig.ada).unwrap()
    );
}

#[test]
fn an_sde_replaces_the_one_of_its_type() {
    let mut rig = Rig::new(1);
    let profile = |ctype: &str| ConsumerProfile {
        sdes: vec![
            json!({ "type": "ctmrinfo", "info": { "ctype": ctype } }),
            json!({ "type": "cart", "total": 1 }),
        ],
        ..ConsumerProfile::default()
    };
    let ada = rig.ada.clone();
    rig.cloud
        .set_profile(&ada, profile("gold"), &mut rig.changes);
    rig.cloud
        .set_profile(&ada, profile("tin"), &mut rig.changes);
    let consumer = rig.cloud.consumer(&ada).unwrap();
    assert_eq!(consumer.sdes.len(), 2);
    assert_eq!(consumer.sdes[0]["info"]["ctype"], "tin");
}

#[test]
fn the_oldest_events_are_forgotten_and_their_numbers_are_not() {
    let mut rig = Rig::new(1);
    let (id, dialog) = rig.open();
    for _ in 0..10_001 {
        rig.say(&dialog, "x").unwrap();
        rig.changes = Changes::default();
    }
    let history = rig.cloud.history(&id);
    assert_eq!((history.len(), history[0].sequence), (10_000, 1));
    assert_eq!(rig.say(&dialog, "x"), Ok(10_001));
}

#[test]
fn a_welcome_needs_its_first_send_within_ten_seconds() {
    for (millis, words) in [(10_000, 1), (10_001, 0)] {
        let mut rig = Rig::new(1);
        let (id, _) = rig.open();
        rig.cloud.expect_first_send(NOW, &id, &mut rig.changes);
        let later = Timestamp(NOW.0 + millis);
        rig.cloud.sent(later, &id, true, &mut rig.changes);
        rig.cloud.sent(NOW, &id, true, &mut rig.changes);
        assert_eq!(rig.cloud.history(&id).len(), words, "after {millis} ms");
    }
}

#[test]
fn a_survey_is_given_up_a_day_after_the_last_word() {
    let mut rig = Rig::new(1);
    let ada = rig.ada.clone();
    let able = json!({ "features": ["MULTI_DIALOG"] });
    rig.cloud
        .set_client_properties(&ada, None, able, &mut rig.changes);
    rig.cloud.rules.default_skill = Some(SkillId::from(roster::SERVICE.id));
    let (id, main) = rig.open();
    let closing = Field::CloseDialog {
        dialog: main,
        cause: None,
        by: None,
    };
    let actor = Actor::Consumer(&ada);
    rig.cloud
        .update(NOW, actor, &id, &[closing], &mut rig.changes)
        .unwrap();
    assert!(rig.changes.timers, "somebody has to wake up for it");
    let day = 24 * 3600 * 1000;
    assert_eq!(rig.cloud.next_expiry(), Some(Timestamp(NOW.0 + day)));
    rig.told();
    rig.cloud
        .expire(Timestamp(NOW.0 + day - 1), &mut rig.changes);
    assert!(rig.told().is_empty());
    rig.cloud.expire(Timestamp(NOW.0 + day), &mut rig.changes);
    assert_eq!(rig.told().len(), 1);
    assert!(!rig.cloud.conversation(&id).unwrap().is_open());
    assert_eq!(rig.cloud.next_expiry(), None);
}
