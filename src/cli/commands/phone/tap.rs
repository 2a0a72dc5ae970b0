//! What the engine tells, passed on to the screen and, while a scenario is played on a phone, to those
//! who play it too.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::mpsc;

use crate::{
    domain::{ids::PhoneId, persona::Persona},
    engine::update::{Head, Link, Switches, Update},
    runner::world::LentPhones,
};

/// Updates that wait for one of the two. When it is full the engine waits too.
const WAITING: usize = 1024;

/// Knows what holds of each phone, so that those who come later are told it first.
#[derive(Debug, Clone, Default)]
pub(super) struct UpdateTap(Arc<Mutex<TapState>>);

#[derive(Debug, Default)]
struct TapState {
    phones: BTreeMap<PhoneId, KnownPhone>,
    link: Option<Link>,
    player: Option<mpsc::Sender<Update>>,
}

/// What holds of a phone that is open.
#[derive(Debug)]
struct KnownPhone {
    persona: Box<Persona>,
    head: Option<Head>,
    switches: Switches,
    /// The number of its newest line.
    newest: Option<u32>,
}

/// A phone as it is handed to those who play a scenario on it.
pub(super) struct TappedPhone {
    pub(super) persona: Box<Persona>,
    /// What the engine tells from now on; what holds comes first.
    pub(super) updates: mpsc::Receiver<Update>,
    pub(super) lent: LentPhones,
}

impl UpdateTap {
    /// Where the screen reads.
    pub(super) fn screen() -> (mpsc::Sender<Update>, mpsc::Receiver<Update>) {
        mpsc::channel(WAITING)
    }

    /// Passes on what the engine tells until it has ended, or the screen is gone.
    pub(super) async fn pass_on(
        self,
        mut updates: mpsc::Receiver<Update>,
        screen: mpsc::Sender<Update>,
    ) {
        while let Some(update) = updates.recv().await {
            let player = self.note(&update);
            // Those who play only look into their logs at each: they are never long behind.
            if let Some(player) = player
                && player.send(update.clone()).await.is_err()
            {
                self.leave(&player);
            }
            if screen.send(update).await.is_err() {
                break;
            }
        }
    }

    /// A phone for those who play a scenario; `None` when it is not open. Whoever had one before is
    /// told nothing more.
    pub(super) fn lend(&self, phone: PhoneId) -> Option<TappedPhone> {
        let mut state = self.state();
        let persona = state.phones.get(&phone)?.persona.clone();
        let (player, updates) = mpsc::channel(WAITING);
        let known = state.phones.iter();
        let mut first: Vec<Update> = known.flat_map(|(id, known)| known.updates(*id)).collect();
        first.extend(state.link.clone().map(Update::Link));
        for update in first {
            // There is room: it is new, and there are not so many phones.
            let _ = player.try_send(update);
        }
        let newest = state.phones.iter();
        let newest = newest.filter_map(|(id, known)| Some((*id, known.newest?)));
        let lent = LentPhones {
            consumer: persona.consumer.clone(),
            newest: newest.collect(),
        };
        state.player = Some(player);
        Some(TappedPhone {
            persona,
            updates,
            lent,
        })
    }

    /// Notes what an update changes; gives who has to be told it.
    fn note(&self, update: &Update) -> Option<mpsc::Sender<Update>> {
        let mut state = self.state();
        match update {
            Update::Phone { phone, persona } => {
                let known = state.phones.entry(*phone).or_insert_with(|| KnownPhone {
                    persona: persona.clone(),
                    head: None,
                    switches: Switches::default(),
                    newest: None,
                });
                known.persona.clone_from(persona);
            }
            Update::Closed(phone) => {
                state.phones.remove(phone);
            }
            Update::Head { phone, head } => {
                if let Some(known) = state.phones.get_mut(phone) {
                    known.head = Some(head.clone());
                }
            }
            Update::Switches { phone, switches } => {
                if let Some(known) = state.phones.get_mut(phone) {
                    known.switches = *switches;
                }
            }
            Update::Lines(lines) => {
                for id in lines.iter().map(|line| line.id) {
                    let known = id.phone.and_then(|phone| state.phones.get_mut(&phone));
                    if let Some(known) = known {
                        known.newest = known.newest.max(Some(id.number));
                    }
                }
            }
            Update::Link(link) => state.link = Some(link.clone()),
            _ => {}
        }
        state.player.clone()
    }

    /// Somebody is gone who was told everything.
    fn leave(&self, player: &mpsc::Sender<Update>) {
        let mut state = self.state();
        if state
            .player
            .as_ref()
            .is_some_and(|one| one.same_channel(player))
        {
            state.player = None;
        }
    }

    fn state(&self) -> MutexGuard<'_, TapState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KnownPhone {
    /// What tells of it to those who do not know it.
    fn updates(&self, phone: PhoneId) -> Vec<Update> {
        let persona = self.persona.clone();
        let switches = self.switches;
        let mut updates = vec![
            Update::Phone { phone, persona },
            Update::Switches { phone, switches },
        ];
        let head = self.head.clone();
        updates.extend(head.map(|head| Update::Head { phone, head }));
        updates
    }
}
