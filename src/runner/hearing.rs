//! How lines, states and wire entries become happenings of a log, the phone's and the agent's alike.

use crate::{
    domain::{
        content::Content,
        conversation::details::Details,
        exchange::{Entry, EntryKind},
        ids::SkillId,
        line::{Line, LineBody},
        rich::plain,
        role::Role,
        survey::Csat,
        text::SafeText,
        workspace::view::ConversationState,
    },
    runner::log::{HeardMessage, Moment, OwnLine, PersonLog, Situation, What},
};

impl PersonLog {
    /// Lines, new or changed.
    pub(super) fn lines(&mut self, at: Moment, lines: &[Line]) {
        for line in lines {
            self.line(at, line);
        }
    }

    fn line(&mut self, at: Moment, line: &Line) {
        let number = line.id.number;
        match &line.body {
            LineBody::Mine {
                content,
                delivery,
                hops,
            } => {
                if !self.own.contains_key(&number) {
                    let text = said(content);
                    self.add(at, None, What::Said(number, text.clone()));
                    let mut own = OwnLine::new(text, delivery.clone(), *hops, at);
                    own.is_note = line.private;
                    self.own.insert(number, own);
                }
                let own = self.own.get_mut(&number);
                let came = own.and_then(|own| own.note(at, delivery.clone(), *hops));
                if let Some(reached) = came {
                    self.add(at, None, What::Came(reached));
                }
            }
            LineBody::Theirs {
                author,
                name,
                content,
                dialog,
                ..
            } => self.hear(
                at,
                HeardMessage {
                    line: number,
                    place: line.place,
                    author: author.clone(),
                    name: name.clone(),
                    text: said(content),
                    content: content.clone(),
                    dialog: dialog.clone(),
                    metadata: line.metadata.clone(),
                },
            ),
            LineBody::Quiet { text } => {
                if self.quiet.insert(number) {
                    self.add(at, None, What::Quiet(text.clone(), line.metadata.clone()));
                }
            }
        }
    }

    /// How the phone's conversation stands.
    pub(super) fn details(&mut self, at: Moment, details: &Details) {
        let dialogs = details.dialogs.iter();
        self.dialogs
            .extend(dialogs.map(|dialog| (dialog.id.clone(), dialog.survey)));
        let assigned = details.participants.iter();
        let mut assigned = assigned.filter(|(role, ..)| *role == Role::AssignedAgent);
        let others = details.participants.iter();
        let others = others.filter(|(role, ..)| *role != Role::Consumer);
        let named = details.skill.as_ref();
        let named = named.and_then(|skill| self.skill_names.get(skill));
        let skill_name = named.cloned().unwrap_or_default();
        self.stands(
            at,
            Situation {
                conversation: details.conversation.clone(),
                is_main_open: details.main_open,
                is_open: details.open,
                is_survey_open: details.dialogs.iter().any(|one| one.survey && one.open),
                agent: assigned.next().map(|(_, name, _)| name.clone()),
                people: others
                    .map(|(role, name, _)| (role.clone(), name.clone()))
                    .collect(),
                skill: details.skill.clone(),
                skill_name,
                csat: details.csat.as_ref().and_then(csat),
                closed_by: details.close_reason.clone().unwrap_or_default(),
            },
        );
    }

    /// How a conversation on the agent's workspace stands.
    pub(super) fn workspace(&mut self, at: Moment, state: &ConversationState) {
        let mut assigned = state.participants.iter();
        let assigned = assigned.find(|(_, role)| *role == Role::AssignedAgent);
        let people = state.participants.iter();
        self.stands(
            at,
            Situation {
                conversation: state.id.clone(),
                is_main_open: state.is_open,
                is_open: state.is_open || state.is_surveyed,
                is_survey_open: state.is_surveyed,
                agent: assigned.map(|(name, _)| name.clone()),
                people: people
                    .map(|(name, role)| (role.clone(), name.clone()))
                    .collect(),
                skill: Some(state.skill.0.clone()),
                skill_name: state.skill.1.clone(),
                csat: state.csat,
                closed_by: state.closed_by.clone(),
            },
        );
    }

    fn stands(&mut self, at: Moment, situation: Situation) {
        let is_news = self
            .situation()
            .is_none_or(|(_, known)| *known != situation);
        if is_news {
            self.add(at, None, What::Stands(Box::new(situation)));
        }
    }

    /// Notes who types now; `None` when nobody does.
    pub(super) fn typing(&mut self, at: Moment, who: Option<SafeText>) {
        self.add(at, None, What::Typing(who));
    }

    /// A wire entry, new or changed.
    pub(super) fn wire(&mut self, at: Moment, entry: &Entry) {
        match &entry.kind {
            EntryKind::Call(exchange) if exchange.outcome.is_none() => {
                self.in_flight.insert(entry.id);
            }
            EntryKind::Call(exchange) => {
                self.in_flight.remove(&entry.id);
                let call = What::Call(Box::new(exchange.clone()));
                self.add(at, Some(entry.id), call);
            }
            EntryKind::Hook(hook) => {
                let hook = What::Hook(Box::new(hook.clone()));
                self.add(at, Some(entry.id), hook);
            }
        }
    }
}

impl Situation {
    /// Whether a conversation is in the queue of this skill.
    pub(super) fn has_skill(&self, wanted: &str, id: Option<&SkillId>) -> bool {
        let by_name = self.skill_name.as_str().eq_ignore_ascii_case(wanted);
        let is = |skill: &SkillId| skill.as_str() == wanted || Some(skill) == id;
        (by_name && !wanted.is_empty()) || self.skill.as_ref().is_some_and(is)
    }
}

/// What a message says, as one text.
pub(super) fn said(content: &Content) -> String {
    match content {
        Content::Text { text, .. } => text.as_str().to_owned(),
        Content::File(file) => file.caption.as_str().to_owned(),
        Content::Rich { .. } | Content::Form { .. } => plain::words(content).as_str().to_owned(),
    }
}

/// `csat` as it came; `None` while nothing is said in it.
fn csat(value: &serde_json::Value) -> Option<Csat> {
    let rate = value["csatRate"].as_u64().filter(|rate| *rate > 0);
    let rated = Csat {
        rate: rate.and_then(|rate| u8::try_from(rate).ok()),
        resolved: value["csatResolutionConfirmation"].as_bool(),
    };
    (rated.rate.is_some() || rated.resolved.is_some()).then_some(rated)
}
