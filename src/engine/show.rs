//! What the front end is told: the lines and entries of an earlier run, changes
//! of the head and the link bar, and notices.

use std::collections::BTreeSet;

use tokio::time::sleep;

use crate::{
    domain::{
        conversation::details::Details,
        exchange::EntryKind,
        ids::EntryId,
        notice::{Notice, Severity},
        text::SafeText,
    },
    engine::{
        RESTORED_ENTRIES, SHOWN_ITEMS, Settings,
        phone::{Phone, PhoneState},
        turn::{Engine, FAREWELL},
        update::{Head, Phase, Switches, Update},
    },
};

/// What the front end was last told of a phone.
#[derive(Default)]
pub(super) struct Shown {
    head: Option<Head>,
    typing: Option<SafeText>,
    switches: Option<Switches>,
    details: Option<Box<Details>>,
}

impl Engine {
    /// Lines and entries of an earlier run.
    pub(super) async fn show_restored(&mut self) {
        let open: Vec<u32> = self.open_threads().collect();
        for thread in open {
            self.show_phone(thread).await;
        }
        self.show_link().await;
        // Older entries are a convenience: without them the phone works all the same.
        let Ok(mut entries) = self.journal.entries(None, RESTORED_ENTRIES).await else {
            return;
        };
        // What has not been applied yet comes again by the feed.
        entries.retain(|entry| match entry.kind {
            EntryKind::Hook(_) => entry.id <= self.cursor,
            EntryKind::Call(_) => true,
        });
        entries.reverse();
        let ids: Vec<EntryId> = entries.iter().map(|entry| entry.id).collect();
        if !entries.is_empty() {
            self.update(Update::Wire(entries)).await;
        }
        for entry in ids {
            let items = self.journal.linked(entry).await.unwrap_or_default();
            if !items.is_empty() {
                self.update(Update::Linked { entry, items }).await;
            }
        }
    }

    /// A phone as it state there, with its lines.
    pub(super) async fn show_phone(&mut self, thread: u32) {
        let Some(phone) = self.phones.get_mut(&thread) else {
            return;
        };
        phone.shown = Shown::default();
        let persona = phone.persona.clone();
        let at_hand: Vec<_> = phone.conversation.newest().cloned().collect();
        self.update(Update::Phone { thread, persona }).await;
        // What has not been kept yet is told when the turn ends.
        let kept = self.journal.items(thread..=thread, None, SHOWN_ITEMS).await;
        let items = kept.unwrap_or(at_hand);
        if !items.is_empty() {
            self.update(Update::Items(items)).await;
        }
        self.show(&BTreeSet::from([thread])).await;
    }

    /// Tells what changed of the heads, the typing, the switches and the link bar.
    pub(super) async fn show(&mut self, touched: &BTreeSet<u32>) {
        let mut updates = Vec::new();
        for &thread in touched {
            if let Some(phone) = self.phones.get_mut(&thread)
                && phone.state != PhoneState::Away
            {
                let head = head(&self.settings, phone);
                phone.changes(thread, head, &mut updates);
            }
        }
        for update in updates {
            self.update(update).await;
        }
        self.show_link().await;
    }

    async fn show_link(&mut self) {
        if self.shown_link.as_ref() != Some(&self.link) {
            self.shown_link = Some(self.link.clone());
            self.update(Update::Link(self.link.clone())).await;
        }
    }

    pub(super) async fn notify(
        &mut self,
        severity: Severity,
        title: &str,
        detail: &str,
        hint: &str,
    ) {
        tracing::info!(?severity, title, detail, "notice");
        self.update(Update::Notice(Notice {
            severity,
            title: title.to_owned(),
            detail: detail.to_owned(),
            hint: hint.to_owned(),
        }))
        .await;
    }

    /// Tells the front end one thing, waiting for room. A front end that has stopped reading
    /// cannot keep the engine from ending.
    pub(super) async fn update(&mut self, update: Update) {
        if self.unheard {
            // It takes what finds room.
            let _ = self.updates.try_send(update);
            return;
        }
        let stop = self.stop.clone();
        let patience = async {
            stop.cancelled().await;
            sleep(FAREWELL).await;
        };
        tokio::select! {
            biased;
            // Without a front end there is nobody to tell; the journal has it all.
            _ = self.updates.send(update) => {}
            () = patience => self.unheard = true,
        }
    }
}

impl Phone {
    /// What the front end does not know yet.
    fn changes(&mut self, thread: u32, head: Head, updates: &mut Vec<Update>) {
        let talk = &self.conversation;
        let typing = talk.typing();
        let switches = Switches {
            flight: talk.flight(),
            pocket: talk.pocket(),
        };
        let details = talk.details().map(Box::new);
        if self.shown.head.as_ref() != Some(&head) {
            self.shown.head = Some(head.clone());
            updates.push(Update::Head { thread, head });
        }
        if self.shown.typing != typing {
            self.shown.typing.clone_from(&typing);
            updates.push(Update::Typing {
                thread,
                name: typing,
            });
        }
        if self.shown.switches != Some(switches) {
            self.shown.switches = Some(switches);
            updates.push(Update::Switches { thread, switches });
        }
        if self.shown.details != details {
            self.shown.details.clone_from(&details);
            updates.push(Update::Details { thread, details });
        }
    }
}

fn head(settings: &Settings, phone: &Phone) -> Head {
    let talk = &phone.conversation;
    Head {
        consumer: SafeText::clean(&phone.persona.name),
        brand: settings.brand.clone(),
        sandbox: settings.sandbox,
        production: settings.production,
        agent: talk.agent(),
        conversation: talk.current().cloned(),
        phase: if talk.is_open() {
            Phase::Open
        } else if talk.is_closed() {
            Phase::Closed
        } else {
            Phase::Opening
        },
    }
}
