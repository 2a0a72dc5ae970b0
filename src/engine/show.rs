//! What the front end is told: the lines and entries of an earlier run, changes
//! of the head and the link bar, and notices.

use std::collections::BTreeSet;

use tokio::time::sleep;

use crate::{
    domain::{
        conversation::details::Details,
        exchange::EntryKind,
        ids::{ConversationId, EntryId, PhoneId},
        notice::{Notice, Severity, Topic},
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
    replaying: Option<(usize, usize)>,
}

impl Engine {
    /// Lines and entries of an earlier run.
    pub(super) async fn show_restored(&mut self) {
        let open: Vec<PhoneId> = self.open_phones().collect();
        for id in open {
            self.show_phone(id).await;
        }
        self.show_link().await;
        // Without them the workspace works all the same.
        let drafts = self.journal.workspace_drafts().await.unwrap_or_default();
        if !drafts.is_empty() {
            self.update(Update::WorkspaceDrafts(drafts)).await;
        }
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
    pub(super) async fn show_phone(&mut self, id: PhoneId) {
        let Some(phone) = self.phones.get_mut(&id) else {
            return;
        };
        phone.shown = Shown::default();
        let persona = phone.persona.clone();
        let at_hand: Vec<_> = phone.conversation.newest().cloned().collect();
        self.update(Update::Phone { phone: id, persona }).await;
        // What has not been kept yet is told when the turn ends.
        let kept = self.journal.items(id, None, SHOWN_ITEMS).await;
        let items = kept.unwrap_or(at_hand);
        if !items.is_empty() {
            self.update(Update::Lines(items)).await;
        }
        self.show(&BTreeSet::from([id])).await;
        self.show_draft(id).await;
    }

    /// What was written on a phone and not sent.
    async fn show_draft(&mut self, id: PhoneId) {
        let phone = self.phones.get(&id);
        let conversation = phone.and_then(|phone| phone.conversation.current().cloned());
        let key = conversation.as_ref().map_or("", ConversationId::as_str);
        // Without it the phone works all the same.
        if let Ok(Some(text)) = self.journal.draft(id, key).await {
            self.update(Update::Draft {
                phone: id,
                conversation,
                text,
            })
            .await;
        }
    }

    /// Tells what changed of the heads, the typing, the switches and the link bar.
    pub(super) async fn show(&mut self, touched: &BTreeSet<PhoneId>) {
        let mut updates = Vec::new();
        for &id in touched {
            if let Some(phone) = self.phones.get_mut(&id)
                && phone.state != PhoneState::Away
            {
                let head = head(&self.settings, phone);
                phone.changes(id, head, &mut updates);
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
        let notice = Notice {
            severity,
            title: title.to_owned(),
            detail: detail.to_owned(),
            hint: hint.to_owned(),
            ..Notice::default()
        };
        self.tell(notice).await;
    }

    /// The same of something that stays wrong until it works again: title, detail and hint.
    pub(super) async fn notify_about(
        &mut self,
        topic: Topic,
        severity: Severity,
        (title, detail, hint): (&str, &str, &str),
    ) {
        let notice = Notice {
            severity,
            title: title.to_owned(),
            detail: detail.to_owned(),
            hint: hint.to_owned(),
            topic: Some(topic),
            ..Notice::default()
        };
        self.tell(notice).await;
    }

    /// Tells a notice, and notes it in the log.
    pub(super) async fn tell(&mut self, notice: Notice) {
        let Notice {
            severity,
            title,
            detail,
            ..
        } = &notice;
        tracing::info!(?severity, title, detail, "notice");
        self.update(Update::Notice(notice)).await;
    }

    /// Tells the front end one thing, waiting for room. A front end that has stopped reading
    /// cannot keep the engine from ending.
    pub(super) async fn update(&mut self, update: Update) {
        if self.front_end_gone {
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
            () = patience => self.front_end_gone = true,
        }
    }
}

impl Phone {
    /// Who types now, if the front end does not know it yet.
    pub(super) fn typing_changes(&mut self, id: PhoneId, updates: &mut Vec<Update>) {
        let typing = self.conversation.typing();
        if self.shown.typing != typing {
            self.shown.typing.clone_from(&typing);
            updates.push(Update::Typing {
                phone: id,
                name: typing,
            });
        }
    }

    /// What the front end does not know yet.
    pub(super) fn changes(&mut self, id: PhoneId, head: Head, updates: &mut Vec<Update>) {
        let talk = &self.conversation;
        let switches = Switches {
            flight: talk.flight(),
            pocket: talk.pocket(),
        };
        let details = talk.details().map(Box::new);
        let replaying = talk.replaying();
        if self.shown.replaying != replaying {
            self.shown.replaying = replaying;
            updates.push(Update::Replaying {
                phone: id,
                replaying,
            });
        }
        if self.shown.head.as_ref() != Some(&head) {
            self.shown.head = Some(head.clone());
            updates.push(Update::Head { phone: id, head });
        }
        self.typing_changes(id, updates);
        if self.shown.switches != Some(switches) {
            self.shown.switches = Some(switches);
            updates.push(Update::Switches {
                phone: id,
                switches,
            });
        }
        if self.shown.details != details {
            self.shown.details.clone_from(&details);
            updates.push(Update::Details { phone: id, details });
        }
    }
}

/// The head of a phone.
pub(super) fn head(settings: &Settings, phone: &Phone) -> Head {
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
