//! ACCEPT and READ for what others wrote: owed when a message arrives and when
//! it is seen, sent one request at a time, everything owed by then in one list.

use std::{collections::BTreeSet, time::Duration};

use crate::domain::{
    conversation::{
        Conversation,
        cloud::CloudConversation,
        effect::Effect,
        saved::{Acknowledging, At, Owed},
    },
    ids::{ItemId, RequestId, Sequence, TimerId},
    line::LineBody,
    ranges::Ranges,
    retry::{self, Problem},
    wire::outbound::{AcceptStatus, Outbound},
};

/// Most receipts in one request.
const LONGEST_LIST: usize = 500;
/// An uncertain receipt is repeated at most this often: doubling one does no harm.
const UNCERTAIN_TRIES: u32 = 3;
/// The wait before it is.
const UNCERTAIN_WAIT: Duration = Duration::from_secs(1);

/// The request under way, the wait after a failed one, and what is on screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lane {
    stage: Stage,
    attempt: u32,
    /// The bubbles of others on screen, by number.
    shown: BTreeSet<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Idle,
    Asking {
        request: RequestId,
    },
    Waiting {
        timer: TimerId,
    },
}

impl Lane {
    fn is_asking(&self, answered: RequestId) -> bool {
        matches!(self.stage, Stage::Asking { request } if request == answered)
    }

    /// The bubbles of others on screen, by number.
    pub(super) fn shown(&self) -> impl Iterator<Item = u32> {
        self.shown.iter().copied()
    }

    pub(super) fn woke(&mut self, woken: TimerId) {
        if matches!(self.stage, Stage::Waiting { timer } if timer == woken) {
            self.stage = Stage::Idle;
        }
    }
}

impl Conversation {
    /// Whether the request was a receipt; it has arrived.
    pub(super) fn receipt_arrived(&mut self, request: RequestId) -> bool {
        let ours = self.receipts.is_asking(request);
        if ours {
            self.receipts.stage = Stage::Idle;
            self.receipts.attempt = 0;
            self.saved.acknowledging = None;
        }
        ours
    }

    /// After a crash: a receipt that may not have arrived is owed again.
    pub(super) fn recover_receipts(&mut self) {
        if let Some(lost) = self.saved.acknowledging.take() {
            self.owe(&lost.at, lost.status, &lost.sequences);
        }
    }

    pub(super) fn owe(&mut self, at: &At, status: AcceptStatus, sequences: &[Sequence]) {
        let known = self.saved.owed.iter().position(|owed| owed.at == *at);
        let index = known.unwrap_or_else(|| {
            self.saved.owed.push(Owed {
                at: at.clone(),
                accept: Ranges::default(),
                read: Ranges::default(),
            });
            self.saved.owed.len() - 1
        });
        let owed = &mut self.saved.owed[index];
        let list = match status {
            AcceptStatus::Read => &mut owed.read,
            _ => &mut owed.accept,
        };
        list.extend(sequences.iter().copied());
    }

    /// A receipt the person gives by hand is not owed any more.
    pub(super) fn resolve_receipt(&mut self, at: &At, status: AcceptStatus, sequence: Sequence) {
        if status == AcceptStatus::Read
            && let Some(dialog) = self.dialog_mut(at)
        {
            dialog.note_read(sequence);
        }
        for owed in self.saved.owed.iter_mut().filter(|owed| owed.at == *at) {
            match status {
                AcceptStatus::Accept => owed.accept.remove(sequence),
                AcceptStatus::Read => owed.read.remove(sequence),
                _ => false,
            };
        }
    }

    /// The bubbles of others that are on screen now.
    pub(super) fn shown(&mut self, items: &[ItemId]) {
        self.receipts.shown = items
            .iter()
            .filter(|item| item.phone == Some(self.saved.phone))
            .map(|item| item.number)
            .collect();
        self.owe_reads();
    }

    /// What is on screen, looked at and not read yet is read now.
    pub(super) fn owe_reads(&mut self) {
        if !self.presence.can_read() {
            return;
        }
        let shown: Vec<u32> = self.receipts.shown.iter().copied().collect();
        for number in shown {
            let Some(item) = self.items.get(&number) else {
                continue;
            };
            let LineBody::Theirs {
                dialog, sequence, ..
            } = &item.body
            else {
                continue;
            };
            let (dialog, sequence) = (dialog.clone(), *sequence);
            let of_dialog = |conversation: &&CloudConversation| {
                conversation.dialogs.iter().any(|known| known.id == dialog)
            };
            let Some(conversation) = self.saved.conversations.iter().find(of_dialog) else {
                continue;
            };
            let at = At {
                conversation: conversation.id.clone(),
                dialog,
            };
            let fresh = self
                .dialog_mut(&at)
                .is_some_and(|known| known.note_read(sequence));
            if fresh {
                self.owe(&at, AcceptStatus::Read, &[sequence]);
            }
        }
    }

    pub(super) fn receipt_failed(
        &mut self,
        failed: RequestId,
        problem: &Problem,
        effects: &mut Vec<Effect>,
    ) -> bool {
        if !self.receipts.is_asking(failed) {
            return false;
        }
        self.receipts.stage = Stage::Idle;
        self.receipts.attempt += 1;
        let attempt = self.receipts.attempt;
        let uncertain = problem.is_uncertain() && attempt < UNCERTAIN_TRIES;
        let wait = retry::after(problem, attempt).or_else(|| uncertain.then_some(UNCERTAIN_WAIT));
        if let Some(after) = wait {
            self.recover_receipts();
            let timer = self.new_timer();
            self.receipts.stage = Stage::Waiting { timer };
            effects.push(Effect::Wake { timer, after });
        } else {
            self.receipts.attempt = 0;
            self.saved.acknowledging = None;
            effects.push(Effect::Tell {
                tried: "sending a receipt",
                problem: problem.clone(),
                again: None,
            });
        }
        true
    }

    /// ACCEPT goes before READ.
    pub(super) fn advance_receipts(&mut self, effects: &mut Vec<Effect>) {
        if self.receipts.stage != Stage::Idle {
            return;
        }
        self.saved
            .owed
            .retain(|owed| !owed.accept.is_empty() || !owed.read.is_empty());
        let Some(owed) = self.saved.owed.first_mut() else {
            return;
        };
        let (status, list) = if owed.accept.is_empty() {
            (AcceptStatus::Read, &mut owed.read)
        } else {
            (AcceptStatus::Accept, &mut owed.accept)
        };
        let sequences = list.take_first(LONGEST_LIST);
        let at = owed.at.clone();
        let request = self.new_request();
        let items = self.items_at(&at, &sequences);
        self.receipts.stage = Stage::Asking { request };
        self.saved.acknowledging = Some(Acknowledging {
            at: at.clone(),
            status,
            sequences: sequences.clone(),
        });
        effects.push(Effect::Send {
            request,
            attempt: self.receipts.attempt + 1,
            outbound: Outbound::Accept {
                conversation: at.conversation,
                dialog: at.dialog,
                status,
                sequences,
                metadata: None,
            },
            items,
        });
    }

    /// The lines with these numbers in a dialog.
    pub(super) fn items_at(&self, at: &At, sequences: &[Sequence]) -> Vec<ItemId> {
        let Some(dialog) = self.dialog(at) else {
            return Vec::new();
        };
        let ordinals: Vec<u32> = dialog.ordinals().collect();
        sequences
            .iter()
            .filter_map(|sequence| self.number_at(&ordinals, *sequence))
            .map(|number| self.id(number))
            .collect()
    }

    /// The line with a sequence at one of these places of a dialog.
    pub(super) fn number_at(&self, ordinals: &[u32], sequence: Sequence) -> Option<u32> {
        let at = |ordinal: &u32| self.numbered.get(&(*ordinal, sequence)).copied();
        ordinals.iter().find_map(at)
    }
}
