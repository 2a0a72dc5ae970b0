//! All that a conversation holds: what survives a crash, the lines of the
//! phone, and what lives only while the program does.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    conversation::{
        presence::Presence,
        receipts,
        reload::{self, Forgotten},
        replay::Replay,
        saved::Saved,
        sending,
        setup::Setup,
    },
    ids::{ConversationId, DialogId, ParticipantId, PhoneId, RequestId, Sequence, TimerId},
    line::{Line, LineBody},
    persona::Habits,
    role::Role,
    text::SafeText,
};

/// What one consumer's phone has of its conversations with the brand.
#[derive(Debug, Clone)]
pub struct Conversation {
    pub(super) saved: Saved,
    /// The lines at hand.
    pub(super) items: BTreeMap<u32, Line>,
    /// Which of them have a number, by dialog and sequence.
    pub(super) numbered: BTreeMap<(u32, Sequence), u32>,
    /// Those whose quick replies are still to be had.
    pub(super) answerable: BTreeSet<u32>,
    pub(super) forgotten: Forgotten,
    pub(super) changed: BTreeSet<u32>,
    pub(super) names: BTreeMap<ParticipantId, SafeText>,
    pub(super) setup: Setup,
    pub(super) sending: sending::Stage,
    pub(super) receipts: receipts::Lane,
    pub(super) presence: Presence,
    pub(super) habits: Habits,
    pub(super) typing: Option<ParticipantId>,
    /// When it comes, somebody should have taken the conversation.
    pub(super) queueing: Option<TimerId>,
    pub(super) replay: Option<Replay>,
    /// The conversation whose main dialog we closed, until the cloud tells what follows.
    pub(super) closing: Option<ConversationId>,
    /// The conversation of which nothing more is waited for.
    pub(super) given_up: Option<ConversationId>,
    pub(super) flight: bool,
    pub(super) quitting: bool,
}

impl Conversation {
    /// A phone on which nothing has happened yet; `names` says what to call whom.
    pub fn new(phone: PhoneId, names: BTreeMap<ParticipantId, SafeText>, habits: Habits) -> Self {
        let saved = Saved {
            phone,
            ..Saved::default()
        };
        Self::restored(saved, Vec::new(), names, habits)
    }

    /// A phone as it was journalled; `items` are its latest lines in any order.
    pub fn restored(
        saved: Saved,
        items: Vec<Line>,
        names: BTreeMap<ParticipantId, SafeText>,
        habits: Habits,
    ) -> Self {
        let items: BTreeMap<u32, Line> = items
            .into_iter()
            .map(|item| (item.id.number, item))
            .collect();
        let numbered = items
            .values()
            .filter_map(|item| Some((reload::spot(item)?, item.id.number)))
            .collect();
        let answerable = items
            .values()
            .filter(|item| reload::is_answerable(&item.body))
            .map(|item| item.id.number)
            .collect();
        let mut this = Self {
            saved,
            items,
            numbered,
            answerable,
            forgotten: Forgotten::default(),
            changed: BTreeSet::new(),
            names,
            setup: Setup::default(),
            sending: sending::Stage::default(),
            receipts: receipts::Lane::default(),
            presence: Presence::new(habits),
            habits,
            typing: None,
            queueing: None,
            replay: None,
            closing: None,
            given_up: None,
            flight: false,
            quitting: false,
        };
        this.forgotten = this.forgotten_before();
        this
    }

    /// Switches a phone that was left on again, as a restart of the program would: requests and
    /// timers of before are no longer awaited.
    pub(super) fn wake(&mut self) {
        let changed = std::mem::take(&mut self.changed);
        let forgotten = std::mem::take(&mut self.forgotten);
        let items = std::mem::take(&mut self.items).into_values().collect();
        let saved = std::mem::take(&mut self.saved);
        let names = std::mem::take(&mut self.names);
        *self = Self {
            forgotten,
            changed,
            ..Self::restored(saved, items, names, self.habits)
        };
    }

    /// It became known what to call these people; the lines at hand of those who had no name
    /// change with it.
    pub fn name_people(&mut self, people: &BTreeMap<ParticipantId, SafeText>) {
        for (id, name) in people {
            self.names.insert(id.clone(), name.clone());
        }
        for (number, item) in &mut self.items {
            if let LineBody::Theirs { author, name, .. } = &mut item.body
                && let Some(known) = people.get(&author.id).filter(|known| *known != name)
            {
                name.clone_from(known);
                self.changed.insert(*number);
            }
        }
    }

    /// What has to be journalled besides the changed lines.
    pub fn saved(&self) -> &Saved {
        &self.saved
    }

    /// The lines that changed since this was last asked, in their order of birth.
    pub fn take_changed(&mut self) -> Vec<Line> {
        let changed = std::mem::take(&mut self.changed);
        changed
            .iter()
            .filter_map(|number| self.items.get(number).cloned())
            .collect()
    }

    /// These lines could not be kept; they count as changed again.
    pub fn change_again(&mut self, items: &[Line]) {
        self.changed.extend(items.iter().map(|item| item.id.number));
    }

    /// The lines at hand, in their order of birth.
    pub fn items(&self) -> impl Iterator<Item = &Line> {
        self.items.values()
    }

    /// The cloud's name for the consumer, once it is known.
    pub fn me(&self) -> Option<&ParticipantId> {
        self.saved.me.as_ref()
    }

    /// The conversation the phone talks in, open or closed; `None` before the first.
    pub fn current(&self) -> Option<&ConversationId> {
        self.saved.conversations.last().map(|it| &it.id)
    }

    /// Whether a conversation is one of this phone, open or closed.
    pub fn knows(&self, id: &ConversationId) -> bool {
        self.saved.conversations.iter().any(|it| it.id == *id)
    }

    /// The dialogs of the phone: the number by which [`Place`](crate::domain::line::Place)
    /// orders them, the conversation, the dialog.
    pub fn dialogs(&self) -> impl Iterator<Item = (u32, &ConversationId, &DialogId)> {
        self.saved.conversations.iter().flat_map(|conversation| {
            let dialogs = conversation.dialogs.iter();
            dialogs.map(|dialog| (dialog.ordinal, &conversation.id, &dialog.id))
        })
    }

    /// Whether the phone's conversation is open.
    pub fn is_open(&self) -> bool {
        self.open_conversation().is_some()
    }

    /// Whether no conversation is open and none is on its way.
    pub fn is_closed(&self) -> bool {
        !self.is_open() && !self.setup.is_wanted()
    }

    /// Who is typing.
    pub fn typing(&self) -> Option<SafeText> {
        let who = self.typing.as_ref()?;
        Some(self.name(who, &Role::AssignedAgent))
    }

    /// The name of the agent who has the conversation.
    pub fn agent(&self) -> Option<SafeText> {
        let assigned = self
            .open_conversation()?
            .participants
            .iter()
            .find(|one| one.role == Role::AssignedAgent)?;
        Some(self.name(&assigned.id, &assigned.role))
    }

    /// Whether somebody looks at the phone.
    pub fn is_looked_at(&self) -> bool {
        self.presence.looked
    }

    /// Flight mode.
    pub fn flight(&self) -> bool {
        self.flight
    }

    /// Phone in the pocket.
    pub fn pocket(&self) -> bool {
        self.presence.pocket
    }

    /// What to call somebody.
    pub(super) fn name(&self, who: &ParticipantId, role: &Role) -> SafeText {
        self.names.get(who).cloned().unwrap_or_else(|| {
            SafeText::clean(match role {
                Role::Manager => "A supervisor",
                Role::Controller => "The system",
                _ => "The agent",
            })
        })
    }

    pub(super) fn new_request(&mut self) -> RequestId {
        self.saved.next_request += 1;
        RequestId(self.saved.next_request)
    }

    pub(super) fn new_timer(&mut self) -> TimerId {
        self.saved.next_timer += 1;
        TimerId(self.saved.next_timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::conversation::saved::At;

    #[test]
    fn the_thread_knows_its_conversations_and_dialogs() {
        let mut phone = Conversation::new(PhoneId(0), BTreeMap::new(), Habits::default());
        assert!(!phone.knows(&"c1".into()));
        phone.enter("c1".into());
        phone.enter("c2".into());
        phone.dialog_mut(&At {
            conversation: "c1".into(),
            dialog: "survey".into(),
        });
        assert!(phone.knows(&"c1".into()) && !phone.knows(&"survey".into()));
        let dialogs: Vec<_> = phone
            .dialogs()
            .map(|(ordinal, conversation, dialog)| format!("{ordinal} {conversation} {dialog}"))
            .collect();
        assert_eq!(dialogs, ["0 c1 c1", "2 c1 survey", "1 c2 c2"]);
    }
}
