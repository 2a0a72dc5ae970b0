//! What must have come of everything once a healthy cloud has been given time.

use std::collections::BTreeMap;

use handset::domain::{
    ids::DialogId,
    line::{Delivery, LineBody},
    wire::outbound::AcceptStatus,
};

use super::{
    cloud::What,
    world::{World, words},
};

/// Conversations the phone keeps an ear on.
const ROOMS: usize = 16;

/// Judges a world at rest.
pub(super) fn judge(world: &World) {
    if world.cloud.talks.len() > ROOMS {
        // Of more conversations than the phone keeps an ear on, the oldest go.
        return;
    }
    everything_queued_has_left(world);
    let untold = &world.by_hand;
    assert!(
        untold.is_empty(),
        "neither told nor said not to be: {untold:?}"
    );
    nothing_is_said_twice(world);
    texts_keep_their_order(world);
    the_phone_shows_what_the_cloud_has(world);
    what_others_wrote_is_shown_once(world);
    what_is_shown_is_accepted_once(world);
}

fn everything_queued_has_left(world: &World) {
    let saved = world.saved();
    assert_eq!(saved["jobs"], serde_json::json!([]), "a lane is stuck");
    assert!(saved["leaving"].is_null(), "a lane is stuck: {saved}");
    assert!(
        saved["acknowledging"].is_null(),
        "receipts are stuck: {saved}"
    );
    for item in world.journal.values() {
        if let LineBody::Mine { delivery, .. } = &item.body {
            let undecided = matches!(delivery, Delivery::Queued | Delivery::Leaving);
            assert!(!undecided, "undecided: {item:?}");
        }
    }
}

/// How often the cloud took each text.
fn taken(world: &World) -> BTreeMap<&str, usize> {
    let mut taken = BTreeMap::new();
    for entry in &world.cloud.log {
        if let What::Mine(text) = &entry.what {
            *taken.entry(text.as_str()).or_default() += 1;
        }
    }
    taken
}

fn nothing_is_said_twice(world: &World) {
    for (text, times) in taken(world) {
        let fate = &world.fates[text];
        let allowed = fate.submitted + fate.retried + fate.misled;
        assert!(times <= allowed, "{text} was said {times} times: {fate:?}");
    }
}

fn texts_keep_their_order(world: &World) {
    let mut last: BTreeMap<&DialogId, usize> = BTreeMap::new();
    for entry in &world.cloud.log {
        let What::Mine(text) = &entry.what else {
            continue;
        };
        let fate = &world.fates[text];
        if fate.failed || fate.submitted != 1 || fate.misled > 0 {
            continue;
        }
        let before = last.insert(&entry.dialog, fate.order);
        assert!(before < Some(fate.order), "{text} overtook another");
    }
}

/// Each text is on the phone as often as it was written and as often as its echo came, and no
/// bubble claims a number the cloud did not give to these words.
fn the_phone_shows_what_the_cloud_has(world: &World) {
    for (text, fate) in &world.fates {
        let lines: Vec<_> = world
            .journal
            .values()
            .filter_map(|item| match &item.body {
                LineBody::Mine {
                    content, delivery, ..
                } if words(content) == *text => Some(delivery.sequence()),
                _ => None,
            })
            .collect();
        let of_text = |what: &What| matches!(what, What::Mine(said) if said == text);
        let log = world.cloud.log.iter().filter(|one| of_text(&one.what));
        let echoes = log
            .clone()
            .filter(|one| world.echoed.contains(&(one.dialog.clone(), one.sequence)))
            .count();
        let numbered = lines.iter().flatten().count();
        assert!(lines.len() >= fate.submitted, "{text} is not shown");
        assert!(numbered >= echoes, "{text} came back and is not shown");
        assert!(numbered <= log.clone().count(), "{text} is shown too often");
        for number in lines.iter().flatten() {
            let has = log.clone().any(|one| one.sequence == *number);
            assert!(has, "{text} has a number that is not its own: {number}");
        }
    }
}

fn what_others_wrote_is_shown_once(world: &World) {
    for ((conversation, _, _), text) in &world.heard {
        let shown = |body: &LineBody| matches!(body, LineBody::Theirs { content, .. } if words(content) == *text);
        let times = world
            .journal
            .values()
            .filter(|item| shown(&item.body))
            .count();
        assert!(times <= 1, "{text} is shown {times} times");
        if world.announced.contains(conversation) {
            assert_eq!(times, 1, "{text} of {conversation} is not shown");
        }
    }
}

fn what_is_shown_is_accepted_once(world: &World) {
    for item in world.journal.values() {
        let LineBody::Theirs {
            dialog, sequence, ..
        } = &item.body
        else {
            continue;
        };
        let at = (dialog.clone(), *sequence);
        let asked = world.accepts.get(&at).copied().unwrap_or_default();
        assert!(asked >= 1, "{at:?} was never accepted");
        if !world.disturbed.contains(&at) {
            let arrived = world.cloud.log.iter().filter(|entry| {
                entry.dialog == *dialog
                    && matches!(&entry.what, What::Receipt(AcceptStatus::Accept, list)
                        if list.contains(sequence))
            });
            assert_eq!(arrived.count(), 1, "{at:?} was not accepted once");
        }
    }
}
