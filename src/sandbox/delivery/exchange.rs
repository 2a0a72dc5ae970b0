//! Which app install a notification belongs to: each has a delivery of its own, with its own
//! endpoints, order and outages.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;

use crate::{
    domain::ids::{ClientId, ConversationId},
    rt::shutdown::Shutdown,
    sandbox::{
        delivery::{driver::Delivery, outgoing::Outgoing, policy::Standing},
        model::{
            App,
            notify::{EventType, Notification},
            webhooks::{DeliverySetup, Webhooks},
        },
    },
};

/// How long posts of an app install that is gone may go on.
const LAST_POSTS: Duration = Duration::from_secs(2);

/// The deliveries of all app installs of an account.
#[derive(Debug)]
pub(crate) struct Exchange {
    outgoing: Arc<Outgoing>,
    deliveries: Mutex<BTreeMap<ClientId, Arc<Delivery>>>,
    /// Deliveries that come to their end.
    ending: Shutdown,
}

impl Exchange {
    pub(crate) fn new(outgoing: Outgoing) -> Self {
        Self {
            outgoing: Arc::new(outgoing),
            deliveries: Mutex::default(),
            ending: Shutdown::new(),
        }
    }

    /// Starts with these app installs and what an earlier run left for each, oldest first.
    pub(crate) fn run(
        &self,
        setups: Vec<DeliverySetup>,
        mut left: HashMap<ClientId, Vec<Notification>>,
    ) {
        for setup in setups {
            if let DeliverySetup::Deliver(app, webhooks) = setup {
                let left = left.remove(&app.client).unwrap_or_default();
                self.begin(app, webhooks, left);
            }
        }
        let orphans = left.into_values().flatten().map(|note| note.id);
        let orphans: Vec<u64> = orphans.collect();
        if let Some(store) = self.outgoing.store().cloned()
            && !orphans.is_empty()
        {
            self.ending
                .spawn(async move { store.forget(orphans).await });
        }
    }

    /// Takes another configuration of an app install at once, or its end.
    pub(crate) fn set_up(&self, setup: DeliverySetup) {
        match setup {
            DeliverySetup::Deliver(app, webhooks) => {
                let known = self.lock().get(&app.client).cloned();
                match known {
                    Some(known) => known.configure(webhooks),
                    None => self.begin(app, webhooks, Vec::new()),
                }
            }
            DeliverySetup::End(client) => {
                let known = self.lock().remove(&client);
                if let Some(known) = known {
                    known.abandon();
                    self.ending.spawn(async move {
                        known.stop(LAST_POSTS).await;
                    });
                }
            }
        }
    }

    /// Whether an app install subscribes to this kind of event.
    pub(crate) fn wants(&self, client: &ClientId, kind: EventType) -> bool {
        let known = self.lock().get(client).cloned();
        known.is_some_and(|delivery| delivery.wants(kind))
    }

    /// Takes a notification. Must be called in the order they came into being.
    pub(crate) fn enqueue(&self, client: &ClientId, note: Notification) {
        let known = self.lock().get(client).cloned();
        match known {
            Some(delivery) => delivery.enqueue(note),
            // The app install has just gone.
            None => self.forget(note.id),
        }
    }

    /// Gives up what is held of a conversation, or of all.
    pub(crate) fn clear(&self, conversation: Option<&ConversationId>) {
        let all: Vec<_> = self.lock().values().cloned().collect();
        for delivery in all {
            delivery.clear(conversation);
        }
    }

    /// How an app install stands with its endpoints, and how many notifications are held for it.
    pub(crate) fn standing(&self, client: &ClientId) -> Option<(Standing, usize)> {
        let known = self.lock().get(client).cloned();
        known.map(|delivery| delivery.standing())
    }

    /// Ends delivery: what can be delivered now is, the rest stays where it is stored.
    pub(crate) async fn stop(&self, deadline: Duration) -> bool {
        let all: Vec<_> = self.lock().values().cloned().collect();
        let stopping = all.iter().map(|delivery| delivery.stop(deadline));
        let (stopped, ended) = tokio::join!(join_all(stopping), self.ending.stop(deadline));
        stopped.into_iter().all(|in_time| in_time) && ended
    }

    fn begin(&self, app: App, webhooks: Webhooks, left: Vec<Notification>) {
        let client = app.client.clone();
        let delivery = Arc::new(Delivery::new(app, webhooks, self.outgoing.clone()));
        self.lock().insert(client, delivery.clone());
        delivery.run(left);
    }

    fn forget(&self, id: u64) {
        if let Some(store) = self.outgoing.store().cloned() {
            self.ending
                .spawn(async move { store.forget(vec![id]).await });
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ClientId, Arc<Delivery>>> {
        self.deliveries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
