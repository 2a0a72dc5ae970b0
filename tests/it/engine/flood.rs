//! Ten consumers at once under Riley's flood: nothing is lost, doubled or
//! crossed, whatever each of them says meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use handset::{
    domain::{
        conversation::event::Act,
        ids::{ItemId, PhoneId},
        line::{Line, LineBody},
        persona::Persona,
    },
    engine::{command::Command, update::Update},
    sandbox::settings::Agent,
};
use tempfile::tempdir;

use super::rig::{Phone, cloud, text};
use crate::support::soon;

const PHONES: u32 = 10;
const MESSAGES: usize = 200;

/// The flood as it came to one phone, top to bottom.
fn flood(items: &BTreeMap<ItemId, Line>, id: PhoneId) -> Vec<String> {
    let mut lines: Vec<&Line> = items
        .values()
        .filter(|item| item.id.phone == Some(id) && matches!(item.body, LineBody::Theirs { .. }))
        .collect();
    lines.sort_by_key(|item| item.place);
    let words = lines.into_iter().map(text);
    words.filter(|text| text.starts_with("flood ")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_phones_under_a_flood_keep_every_message_once_and_in_order() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let personas = (0..PHONES).map(|number| {
        let consumer = format!("flood-{number}");
        Persona::named(&format!("Consumer {number}"), consumer.as_str().into())
    });
    let phone = Phone::start_with(&cloud, folder.path(), personas.collect()).await;
    let mut phone = phone.unwrap();
    for id in (0..PHONES).map(PhoneId) {
        let act = Act::submit(format!("flood {MESSAGES}"));
        phone.tell(Command::Act { phone: id, act }).await;
    }
    // The rig sorts at every update, which is too slow for so many.
    let mut items = BTreeMap::new();
    let last = format!("flood {MESSAGES}/{MESSAGES}");
    let mut ended = 0;
    let mut spoke = BTreeSet::new();
    while ended < PHONES {
        // However long all of it takes on a busy machine, it goes on and on.
        let update = soon("the floods to go on", phone.running.updates.recv()).await;
        let Update::Lines(new) = update.expect("an engine") else {
            continue;
        };
        for item in new {
            let id = item.id.phone.unwrap();
            if text(&item) == last && !items.contains_key(&item.id) {
                ended += 1;
            }
            let seen = items.len();
            items.insert(item.id, item);
            // Every phone says something in the middle of it.
            if seen > 1000 && spoke.insert(id) {
                let act = Act::submit(format!("still here, {id}"));
                let said = Command::Act { phone: id, act };
                phone.running.commands.send(said).await.unwrap();
            }
        }
    }
    let expected: Vec<String> = (1..=MESSAGES)
        .map(|number| format!("flood {number}/{MESSAGES}"))
        .collect();
    for id in (0..PHONES).map(PhoneId) {
        assert_eq!(flood(&items, id), expected, "phone {id}");
    }
    phone.quit().await;
}
