//! What the front end is told: the lines and entries of an earlier run, changes
//! of the head and the link bar, and notices.

use tokio::time::sleep;

use crate::{
    domain::{exchange::EntryKind, ids::EntryId, text::SafeText},
    engine::{
        RESTORED_ENTRIES, THREAD,
        notice::{Notice, Severity},
        turn::{Engine, FAREWELL},
        update::{Head, Link, Phase, Switches, Update},
    },
};

/// What the front end was last told.
#[derive(Default)]
pub(super) struct Shown {
    head: Option<Head>,
    typing: Option<SafeText>,
    switches: Option<Switches>,
    link: Option<Link>,
}

impl Engine {
    /// Lines and entries of an earlier run.
    pub(super) async fn show_restored(&mut self) {
        self.update(Update::Phone {
            thread: THREAD,
            persona: Box::new(self.settings.persona.clone()),
        })
        .await;
        let items: Vec<_> = self.conversation.items().cloned().collect();
        if !items.is_empty() {
            self.update(Update::Items(items)).await;
        }
        self.show().await;
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

    /// Tells what changed of the head, the typing, the switches and the link bar.
    pub(super) async fn show(&mut self) {
        let talk = &self.conversation;
        let head = Head {
            consumer: SafeText::clean(&self.settings.persona.name),
            brand: self.settings.brand.clone(),
            sandbox: self.settings.sandbox,
            agent: talk.agent(),
            conversation: talk.current().cloned(),
            phase: if talk.is_open() {
                Phase::Open
            } else if talk.is_closed() {
                Phase::Closed
            } else {
                Phase::Opening
            },
        };
        let typing = talk.typing();
        let switches = Switches {
            flight: talk.flight(),
            pocket: talk.pocket(),
        };
        if self.shown.head.as_ref() != Some(&head) {
            self.shown.head = Some(head.clone());
            self.update(Update::Head {
                thread: THREAD,
                head,
            })
            .await;
        }
        if self.shown.typing != typing {
            self.shown.typing.clone_from(&typing);
            self.update(Update::Typing {
                thread: THREAD,
                name: typing,
            })
            .await;
        }
        if self.shown.switches != Some(switches) {
            self.shown.switches = Some(switches);
            self.update(Update::Switches {
                thread: THREAD,
                switches,
            })
            .await;
        }
        if self.shown.link.as_ref() != Some(&self.link) {
            self.shown.link = Some(self.link.clone());
            self.update(Update::Link(self.link.clone())).await;
        }
    }

    pub(super) async fn tell(&mut self, severity: Severity, title: &str, detail: &str, hint: &str) {
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
