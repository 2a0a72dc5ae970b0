//! Several phones at once: each is a device of its own, and nothing of one
//! gets to another.

use std::collections::BTreeSet;

use handset::{
    domain::{
        conversation::event::Act,
        exchange::{Entry, EntryKind},
        ids::PhoneId,
        line::{Line, LineBody},
        persona::Persona,
        relay::Claim,
        wire::outbound::EndField,
    },
    engine::{
        command::Command,
        update::{Phase, Update},
    },
    sandbox::settings::Agent,
};
use tempfile::tempdir;

use super::{
    GREETING, accepted,
    rig::{Phone, cloud, text},
};

fn persona(name: &str) -> Persona {
    Persona::named(name, format!("phone-{name}").as_str().into())
}

fn on(id: u32, act: Act) -> Command {
    let phone = PhoneId(id);
    Command::Act { phone, act }
}

/// Whether a call for this was made.
fn called(update: &Update, purpose: &str) -> bool {
    let is_it = |entry: &Entry| match &entry.kind {
        EntryKind::Call(call) => call.purpose.contains(purpose),
        EntryKind::Hook(_) => false,
    };
    matches!(update, Update::Wire(entries) if entries.iter().any(is_it))
}

fn is_theirs(item: &Line) -> bool {
    matches!(item.body, LineBody::Theirs { .. })
}

/// What a phone shows, in order.
fn shown(phone: &Phone, id: u32) -> Vec<String> {
    let of = phone
        .items
        .iter()
        .filter(|item| item.id.phone == Some(PhoneId(id)));
    of.map(text).collect()
}

fn has(phone: &Phone, id: u32, words: &str) -> bool {
    shown(phone, id).iter().any(|line| line.contains(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_one_phone_gets_to_another() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let personas = ["Ada", "Bo", "Cy"].map(persona);
    let phone = Phone::start_with(&cloud, folder.path(), personas.into()).await;
    let mut phone = phone.unwrap();
    phone
        .wait("three greetings", |phone| {
            (0..3).all(|id| has(phone, id, GREETING))
        })
        .await;
    for id in 0..3 {
        let words = format!("one from {id}");
        phone.tell(on(id, Act::submit(words))).await;
    }
    phone
        .wait("three that arrived", |phone| {
            (0..3).all(|id| phone.is(&format!("one from {id}"), accepted))
        })
        .await;
    for id in 0..3 {
        let own = format!("one from {id}");
        let others: Vec<String> = shown(&phone, id)
            .into_iter()
            .filter(|line| line.contains("one from") && *line != own)
            .collect();
        assert_eq!(others, Vec::<String>::new());
    }
    let entries = phone.journal.entries(None, 1000).await.unwrap();
    let mut conversations = BTreeSet::new();
    for entry in entries {
        let conversation = match &entry.kind {
            EntryKind::Call(call) => call.conversation.clone(),
            EntryKind::Hook(hook) => hook.conversation.clone(),
        };
        if let Some(conversation) = conversation {
            let id = entry.phone.expect("a conversation has a phone");
            conversations.insert((id, conversation));
        }
    }
    assert_eq!(
        conversations.len(),
        3,
        "one conversation each: {conversations:?}"
    );
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_phone_shows_and_sends_nothing_until_it_is_opened() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let personas = vec![persona("Ada"), persona("Bo")];
    let phone = Phone::start_with(&cloud, folder.path(), personas).await;
    let mut phone = phone.unwrap();
    phone
        .wait("two greetings", |phone| {
            (0..2).all(|id| has(phone, id, GREETING))
        })
        .await;
    phone.tell(on(1, Act::submit("tell me a joke"))).await;
    phone
        .wait("the joke was accepted", |phone| {
            phone.is("tell me a joke", accepted)
        })
        .await;
    phone.tell(Command::Close(PhoneId(1))).await;
    phone
        .until("Bo closed", |update| *update == Update::Closed(PhoneId(1)))
        .await;
    phone.tell(on(1, Act::submit("from the drawer"))).await;
    phone.kill().await;

    // The open phones are found as they were left, and the closed ones too.
    let phone = Phone::start_with(&cloud, folder.path(), Vec::new()).await;
    let mut phone = phone.unwrap();
    phone.wait("Ada", |phone| has(phone, 0, GREETING)).await;
    assert!(
        phone
            .items
            .iter()
            .all(|item| item.id.phone == Some(PhoneId(0)))
    );
    phone.tell(Command::Open(Box::new(persona("Bo")))).await;
    phone
        .wait("Riley's answer, which came meanwhile", |phone| {
            let of_bo = phone
                .items
                .iter()
                .filter(|item| item.id.phone == Some(PhoneId(1)));
            of_bo.filter(|item| is_theirs(item)).count() >= 2
        })
        .await;
    assert!(!has(&phone, 1, "from the drawer"));
    phone.tell(on(1, Act::submit("back again"))).await;
    phone
        .wait("Bo is heard again", |phone| {
            phone.is("back again", accepted)
        })
        .await;
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_configured_lasts_until_the_consumer_is_described_otherwise() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::None).await);
    let held = |update: &Update| match update {
        Update::Phone { persona, .. } => Some(persona.opening.skill.clone()),
        _ => None,
    };
    let skill = |wanted: &str| {
        let wanted = Some(wanted.into());
        move |update: &Update| held(update) == Some(wanted.clone())
    };
    let phone = Phone::start_with(&cloud, folder.path(), vec![persona("Ada")]).await;
    let mut phone = phone.unwrap();
    let mut configured = persona("Ada");
    configured.opening.skill = Some("3300120015".into());
    phone.tell(Command::Configure(Box::new(configured))).await;
    phone.until("the new skill", skill("3300120015")).await;
    phone.quit().await;
    let phone = Phone::start_with(&cloud, folder.path(), vec![persona("Ada")]).await;
    let mut phone = phone.unwrap();
    phone.until("the skill again", skill("3300120015")).await;
    phone.quit().await;
    let mut otherwise = persona("Ada");
    otherwise.opening.skill = Some("77".into());
    let phone = Phone::start_with(&cloud, folder.path(), vec![otherwise]).await;
    let mut phone = phone.unwrap();
    phone.until("the other skill", skill("77")).await;
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_on_a_phone_in_the_drawer_goes_out_when_it_is_taken_out() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let personas = vec![persona("Ada"), persona("Bo")];
    let phone = Phone::start_with(&cloud, folder.path(), personas).await;
    let mut phone = phone.unwrap();
    phone
        .wait("two greetings", |phone| {
            (0..2).all(|id| has(phone, id, GREETING))
        })
        .await;
    phone.tell(on(1, Act::Flight(true))).await;
    phone.tell(on(1, Act::submit("said in flight"))).await;
    phone
        .wait("the bubble", |phone| has(phone, 1, "said in flight"))
        .await;
    phone.tell(Command::Close(PhoneId(1))).await;
    phone
        .until("Bo closed", |update| *update == Update::Closed(PhoneId(1)))
        .await;
    phone.quit().await;

    let phone = Phone::start_with(&cloud, folder.path(), Vec::new()).await;
    let mut phone = phone.unwrap();
    phone.tell(Command::Open(Box::new(persona("Bo")))).await;
    phone
        .wait("the bubble again", |phone| has(phone, 1, "said in flight"))
        .await;
    // It never left, so nobody may doubt whether it arrived.
    phone
        .wait("what waited has arrived", |phone| {
            phone.is("said in flight", accepted)
        })
        .await;
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn habits_hold_from_the_moment_they_are_configured() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let mut quiet = persona("Ada");
    quiet.habits.tells_typing = false;
    quiet.habits.reads = false;
    let phone = Phone::start_with(&cloud, folder.path(), vec![quiet.clone()]).await;
    let mut phone = phone.unwrap();
    phone
        .wait("the greeting", |phone| has(phone, 0, GREETING))
        .await;
    phone
        .tell(Command::Configure(Box::new(persona("Ada"))))
        .await;
    let in_hand =
        |update: &Update| matches!(update, Update::Switches { switches, .. } if !switches.pocket);
    phone.until("the phone in the hand", in_hand).await;
    phone.tell(on(0, Act::Typed { standing: true })).await;
    phone
        .until("COMPOSING", |update| called(update, "COMPOSING"))
        .await;
    phone.quit().await;

    // Who is described otherwise has other habits at once, on a phone of before too.
    quiet.about = "in another mood".to_owned();
    let phone = Phone::start_with(&cloud, folder.path(), vec![quiet]).await;
    let mut phone = phone.unwrap();
    let in_pocket =
        |update: &Update| matches!(update, Update::Switches { switches, .. } if switches.pocket);
    phone.until("the phone in the pocket", in_pocket).await;
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consumers_and_open_conversations_are_claimed_also_after_a_start() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let personas = ["Ada", "Bo"].map(persona);
    let phone = Phone::start_with(&cloud, folder.path(), personas.into()).await;
    let mut phone = phone.unwrap();
    phone
        .wait("two greetings", |phone| {
            has(phone, 0, GREETING) && has(phone, 1, GREETING)
        })
        .await;
    let all: BTreeSet<Claim> = phone.claims.all().into_iter().collect();
    let conversations = |claims: &BTreeSet<Claim>| {
        let is_one = |claim: &&Claim| matches!(claim, Claim::Conversation(_));
        claims.iter().filter(is_one).count()
    };
    assert_eq!((all.len(), conversations(&all)), (4, 2), "{all:?}");
    // One is closed before the next start, and what is said about the other is still wanted.
    phone.tell(on(1, Act::End(EndField::State))).await;
    phone
        .until("the end", |update| {
            matches!(update, Update::Head { phone: PhoneId(1), head } if head.phase == Phase::Closed)
        })
        .await;
    phone.quit().await;
    let phone = Phone::start_with(&cloud, folder.path(), Vec::new()).await;
    let mut phone = phone.unwrap();
    phone
        .wait("the greetings", |phone| has(phone, 0, GREETING))
        .await;
    let again: BTreeSet<Claim> = phone.claims.all().into_iter().collect();
    assert!(again.is_subset(&all), "{again:?} {all:?}");
    assert_eq!((again.len(), conversations(&again)), (3, 1), "{again:?}");
    phone.quit().await;
}
