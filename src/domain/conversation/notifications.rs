//! What webhooks say: messages, receipts, typing, and the state of the
//! conversation. They may be lost, doubled and out of order (`webhooks` 6).

use std::ops::Bound;

use crate::domain::{
    content::Content,
    conversation::{Conversation, delivery::Echo, effect::Effect, saved::At},
    ids::{ConversationId, Sequence},
    line::{Delivery, Hops, LineBody},
    role::{Author, Role},
    time::Timestamp,
    wire::{
        inbound::{self, Change},
        outbound::{AcceptStatus, ChatState},
    },
};

/// Messages kept of conversations not known to be ours; the oldest go first.
const ORPHANS: usize = 64;
/// Runs of numbers remembered of a dialog. Of what lies before them the lines themselves tell
/// whether it was received, and how far it has come.
const RUNS: usize = 128;

impl Conversation {
    pub(super) fn apply(&mut self, now: Timestamp, change: Change, effects: &mut Vec<Effect>) {
        match change {
            Change::Message(message) => self.apply_message(now, *message, effects),
            Change::Conversation(conversation) => {
                self.apply_conversation(now, &conversation, effects);
            }
        }
    }

    pub(super) fn apply_message(
        &mut self,
        now: Timestamp,
        message: inbound::Message,
        effects: &mut Vec<Effect>,
    ) {
        let Some(conversation) = self.conversation_of_message(&message) else {
            if message.event == inbound::Event::Unreadable {
                // It says of no conversation that it is not this one.
                self.show_unreadable(now, self.latest_spot(), effects);
            }
            return;
        };
        if self.conversation_mut(&conversation).is_none() {
            return self.keep_orphan(conversation, message);
        }
        let at = At {
            conversation,
            dialog: message.dialog,
        };
        let mine = match message.author.role {
            Role::Consumer => true,
            // Without a role that is known the id has to tell.
            Role::Other(_) => self.saved.me.as_ref() == Some(&message.author.id),
            _ => false,
        };
        // Typing takes no number, whatever stands there (`send-api` 1.3).
        let numbered = match message.event {
            inbound::Event::ChatState(_) => None,
            _ => message.sequence,
        };
        let first_time = match (self.dialog_mut(&at), numbered) {
            (Some(dialog), Some(sequence)) => {
                dialog.top = dialog.top.max(sequence);
                let first_time = dialog.received.insert(sequence);
                dialog.received.keep_newest(RUNS);
                first_time
            }
            _ => true,
        };
        match message.event {
            inbound::Event::Content { content, text } => {
                let Some(sequence) = message.sequence else {
                    if message.for_consumer {
                        self.show_unnumbered(now, &message.author, mine, &content, effects);
                    }
                    return;
                };
                if first_time && message.for_consumer {
                    let when = message.at.unwrap_or(now);
                    if mine {
                        self.apply_echo(now, when, &at, sequence, content, text);
                    } else {
                        self.is_alive(&at.conversation);
                        self.apply_other(when, &at, sequence, content, message.author);
                    }
                }
                effects.push(Effect::Concerns(self.items_at(&at, &[sequence])));
            }
            inbound::Event::Accept { status, sequences } => {
                if mine {
                    self.mark_came_back(&at, status, &sequences);
                } else if first_time {
                    self.apply_receipt(now, &at, &message.author, status, &sequences);
                }
                effects.push(Effect::Concerns(self.items_at(&at, &sequences)));
            }
            inbound::Event::ChatState(state) if !mine => {
                let here = self.open_conversation();
                if here.is_none_or(|it| it.id != at.conversation) {
                    // The phone shows who types where it talks, and nobody types where it is over.
                    return;
                }
                if state == ChatState::Composing {
                    self.typing = Some(message.author.id);
                } else if self.typing.as_ref() == Some(&message.author.id) {
                    self.typing = None;
                }
            }
            inbound::Event::Unreadable if first_time && message.for_consumer => {
                let ordinal = self.dialog(&at).map_or(0, |dialog| dialog.ordinal);
                let spot = numbered.map(|sequence| (ordinal, sequence));
                if spot.is_some_and(|spot| self.numbered.contains_key(&spot)) {
                    // It is on the phone already.
                    return;
                }
                let spot = spot.unwrap_or_else(|| self.latest_spot());
                self.show_unreadable(message.at.unwrap_or(now), spot, effects);
                // It is here, so it is accepted; nobody can read it, so it is never marked as read.
                if let Some(sequence) = numbered.filter(|_| !mine) {
                    self.owe(&at, AcceptStatus::Accept, &[sequence]);
                }
            }
            inbound::Event::ChatState(_)
            | inbound::Event::Unknown(_)
            | inbound::Event::Unreadable => {}
        }
    }

    /// Keeps a message of a conversation that may turn out to be ours, unless it tells who types.
    fn keep_orphan(&mut self, conversation: ConversationId, message: inbound::Message) {
        if matches!(message.event, inbound::Event::ChatState(_)) {
            return;
        }
        if self.saved.orphans.len() == ORPHANS {
            self.saved.orphans.pop_front();
        }
        self.saved.orphans.push_back(inbound::Message {
            conversation: Some(conversation),
            ..message
        });
    }

    /// Our own message comes back. The echo may be here before the answer of SEND, or instead
    /// of it.
    fn apply_echo(
        &mut self,
        now: Timestamp,
        when: Timestamp,
        at: &At,
        sequence: Sequence,
        content: Content,
        text: Option<String>,
    ) {
        let ordinal = self.dialog(at).map_or(0, |dialog| dialog.ordinal);
        let known = self.numbered.get(&(ordinal, sequence)).copied();
        let echo = Echo::of(&content, text);
        let item = known.or_else(|| self.claim(at, &echo)).unwrap_or_else(|| {
            // Written on another device, or doubled on the way.
            let body = LineBody::Mine {
                content,
                delivery: Delivery::Queued,
                hops: Hops::default(),
            };
            self.add(when, (ordinal, sequence), body)
        });
        self.number(item, at, sequence);
        if let Some(hops) = self.hops(item) {
            hops.echoed.get_or_insert(now);
        }
        self.changed.insert(item);
    }

    fn apply_other(
        &mut self,
        when: Timestamp,
        at: &At,
        sequence: Sequence,
        content: Content,
        author: Author,
    ) {
        if self.typing.as_ref() == Some(&author.id) {
            self.typing = None;
        }
        let ordinal = self.dialog(at).map_or(0, |dialog| dialog.ordinal);
        if self.numbered.contains_key(&(ordinal, sequence)) {
            // Of what was received long ago the numbers alone are not remembered.
            return;
        }
        let later = (
            Bound::Excluded((ordinal, sequence)),
            Bound::Included((ordinal, Sequence::MAX)),
        );
        let is_late = self.forgotten.is_beyond(ordinal, sequence)
            || self.numbered.range(later).next().is_some();
        if !is_late {
            self.retire_replies_of(&at.dialog);
        }
        let body = LineBody::Theirs {
            name: self.names.get(&author.id).cloned().unwrap_or_default(),
            author,
            answerable: !is_late && !content.replies().is_empty(),
            content,
            dialog: at.dialog.clone(),
            sequence,
        };
        let item = self.add(when, (ordinal, sequence), body);
        self.numbered.insert((ordinal, sequence), item);
        self.owe(at, AcceptStatus::Accept, &[sequence]);
        self.replay_answered(&at.conversation);
    }

    /// Numbers may be named before their messages are known; they are remembered by the dialog.
    fn apply_receipt(
        &mut self,
        now: Timestamp,
        at: &At,
        author: &Author,
        status: AcceptStatus,
        sequences: &[Sequence],
    ) {
        let Some(dialog) = self.dialog_mut(at) else {
            return;
        };
        let ordinals: Vec<u32> = dialog.ordinals().collect();
        for &sequence in sequences {
            let list = match status {
                AcceptStatus::Accept => &mut dialog.accepted,
                AcceptStatus::Read => &mut dialog.read,
                AcceptStatus::Access | AcceptStatus::Nack | AcceptStatus::Action => {
                    self.add_receipt_line(now, (&ordinals, author), status, sequences);
                    return;
                }
            };
            list.insert(sequence);
            list.keep_newest(RUNS);
        }
        for &sequence in sequences {
            let Some(number) = self.number_at(&ordinals, sequence) else {
                continue;
            };
            let Some(LineBody::Mine { delivery, hops, .. }) =
                self.items.get_mut(&number).map(|item| &mut item.body)
            else {
                continue;
            };
            match (status, &*delivery) {
                (AcceptStatus::Read, _) => {
                    hops.read.get_or_insert(now);
                    *delivery = Delivery::Read { sequence };
                }
                (_, Delivery::Sent { .. }) => {
                    hops.accepted.get_or_insert(now);
                    *delivery = Delivery::Accepted { sequence };
                }
                _ => {}
            }
            self.changed.insert(number);
        }
    }

    fn apply_conversation(
        &mut self,
        now: Timestamp,
        change: &inbound::Conversation,
        effects: &mut Vec<Effect>,
    ) {
        if self.conversation_mut(&change.id).is_none() {
            let ours = change
                .participants
                .iter()
                .any(|one| one.role == Role::Consumer && Some(&one.id) == self.saved.me.as_ref());
            if !ours || !change.open || change.deleted {
                return;
            }
            self.come_upon(now, &change.id, effects);
        }
        let before = self.conversation_mut(&change.id).cloned();
        self.begin_dialogs(change);
        let Some(conversation) = self.conversation_mut(&change.id) else {
            return;
        };
        if conversation.updated > change.updated {
            return;
        }
        conversation.updated = change.updated;
        conversation.participants.clone_from(&change.participants);
        conversation.suggested.clone_from(&change.suggested);
        conversation.facts.clone_from(&change.facts);
        conversation.main_open = change.main_open;
        conversation.open = change.open;
        conversation.refusals = 0;
        for new in &change.dialogs {
            if let Some(dialog) = conversation
                .dialogs
                .iter_mut()
                .find(|known| known.id == new.id)
            {
                dialog.survey = new.survey;
                dialog.open = new.open;
            }
        }
        if !change.main_open && self.closing.as_ref() == Some(&change.id) {
            self.closing = None;
        }
        if let Some(before) = before
            && self.current() == Some(&change.id)
        {
            self.add_quiet_lines(now, &before, change, effects);
        }
    }

    /// The main dialog comes first, whichever was listed first (`webhooks` 5).
    fn begin_dialogs(&mut self, change: &inbound::Conversation) {
        let mut dialogs: Vec<_> = change.dialogs.iter().collect();
        dialogs.sort_by_key(|dialog| dialog.survey);
        for dialog in dialogs {
            self.dialog_mut(&At {
                conversation: change.id.clone(),
                dialog: dialog.id.clone(),
            });
        }
    }
}

#[cfg(test)]
mod tests;
