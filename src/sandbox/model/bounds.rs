//! How much an account holds: of conversations that are over only the latest.
//!
//! Open conversations are never dropped. Events of a dialog, files and visitors' sessions have
//! bounds of their own, beside what they bound; app installs and consumers are few or small.

use crate::{
    domain::ids::ConversationId,
    sandbox::model::{Cloud, changes::Changes},
};

/// Conversations held at most before the oldest of those that are over go.
const HELD: usize = 50_000;
/// Which part of them goes at once, so that it is not looked for with every opening.
const PART: usize = 16;

impl Cloud {
    /// Forgets the oldest conversations that are over, if there are too many.
    pub(super) fn make_room(&mut self, changes: &mut Changes) {
        if self.conversations.len() >= HELD {
            self.drop_closed(HELD / PART, changes);
        }
    }

    /// Forgets so many at most, those that were over first.
    fn drop_closed(&mut self, most: usize, changes: &mut Changes) {
        let closed = self.conversations.values();
        let closed = closed.filter_map(|one| Some((one.ended?, one.id.clone())));
        let mut closed: Vec<(_, ConversationId)> = closed.collect();
        closed.sort_unstable();
        for (_, id) in closed.into_iter().take(most) {
            if let Some(gone) = self.forget(&id) {
                let dialogs = gone.dialogs.into_iter().map(|dialog| dialog.id);
                changes.gone.push((id, dialogs.collect()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            ids::{AccountId, ClientId, SkillId},
            secret::Secret,
            time::Timestamp,
        },
        sandbox::model::{
            App,
            conversation::{ConversationContext, Opening, Ttr, TtrKind},
        },
    };

    #[test]
    fn the_oldest_that_are_over_go_and_open_ones_stay() {
        let client = ClientId::from("app");
        let app = App {
            client: client.clone(),
            secret: Secret::new("made-up"),
            scope: "msg.consumer".to_owned(),
        };
        let mut cloud = Cloud::new(AccountId::from("1"), app, fastrand::Rng::with_seed(1));
        let mut changes = Changes::default();
        let ada = cloud.sign_up("ada", &mut changes);
        let mut ids = Vec::new();
        for number in 0..6 {
            let opening = Opening {
                skill: SkillId::from("-1"),
                ttr: Ttr {
                    kind: TtrKind::Normal,
                    seconds: 1200,
                },
                campaign: None,
                context: ConversationContext(None),
            };
            let now = Timestamp(1000 + number);
            ids.push(
                cloud
                    .open(now, &ada, &client, opening, &mut changes)
                    .unwrap(),
            );
        }
        // The third is over before the first; the others are open.
        for (place, at) in [(2, 2000), (0, 3000)] {
            cloud.end_for_good(Timestamp(at), Some(&ids[place]), &mut changes);
        }
        let mut changes = Changes::default();
        cloud.drop_closed(1, &mut changes);
        assert_eq!(changes.gone[0].0, ids[2]);
        cloud.drop_closed(100, &mut changes);
        let gone: Vec<_> = changes.gone.iter().map(|(id, _)| id).collect();
        assert_eq!(gone, [&ids[2], &ids[0]]);
        assert_eq!((cloud.count().conversations, cloud.count().open), (4, 4));
    }
}
