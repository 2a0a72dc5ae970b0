//! The survey after a conversation: when it comes, and the bot that asks.
//!
//! See `webhooks` 5.2, `agent-side` 10 and `edge-cases` 3. The bot is part of the
//! cloud: what it says follows in the same call on what it was told.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    domain::{
        ids::{ConversationId, DialogId, ParticipantId},
        role::Role,
        time::Timestamp,
    },
    sandbox::{
        json::Metadata,
        model::{
            Cloud,
            changes::Changes,
            conversation::{Conversation, Csat},
            dialog::{Closer, Dialog, DialogClosing, DialogKind, Event, Participant},
            people::agent_id,
            publication::Publication,
            publish::Message,
            questions::{
                GOODBYE, QUESTIONS, Question, RATING, REPEATS, RESOLVED, SKIP, SORRY, WELCOME,
            },
            roster,
            rules::Bot,
        },
    },
};

/// How far a survey is, and what was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    question: usize,
    /// How often it was answered with what is no answer.
    tries: u8,
    /// The answer that was clicked; its text is to follow.
    clicked: Option<String>,
    rate: Option<u8>,
    resolved: Option<bool>,
}

/// What the bot makes of something the consumer did.
enum Verdict {
    Wait,
    Skip,
    Next,
    Invalid(Question),
}

impl Progress {
    fn question(&self) -> Option<Question> {
        QUESTIONS.get(self.question).copied()
    }

    /// Takes in an event of the consumer's.
    fn hear(&mut self, event: &Event) -> Verdict {
        let text = |name: &str| event.event.get(name).and_then(Value::as_str);
        let Some(question) = self.question() else {
            return Verdict::Wait;
        };
        let answer = question.answer(event.metadata.as_ref().map(Metadata::value).as_ref());
        if text("type") == Some("AcceptStatusEvent") {
            if text("status") == Some("ACTION") && answer.is_some() {
                self.clicked = answer.map(ToOwned::to_owned);
            }
            return Verdict::Wait;
        }
        if text("message").is_some_and(|words| words.trim().eq_ignore_ascii_case(SKIP)) {
            return Verdict::Skip;
        }
        // A click is told before its text: both are needed, and about the same answer.
        let clicked = self.clicked.take();
        let valid = answer.filter(|answer| clicked.as_deref() == Some(answer));
        if question.is_choice() && valid.is_none() {
            self.tries = self.tries.saturating_add(1);
            return Verdict::Invalid(question);
        }
        self.note(question, valid.unwrap_or_default());
        Verdict::Next
    }

    fn note(&mut self, question: Question, answer: &str) {
        let last = answer.rsplit('-').next().unwrap_or_default();
        if question == RATING {
            self.rate = last.parse().ok();
        } else if question == RESOLVED {
            self.resolved = Some(last == "yes");
        }
    }

    fn go_on(&mut self) {
        self.question += 1;
        self.tries = 0;
    }

    /// The rating it comes to; `None` when nothing was answered.
    fn csat(&self) -> Option<Csat> {
        let status = match (self.rate, self.resolved) {
            (None, None) => return None,
            (Some(_), Some(_)) => "FILLED",
            _ => "PARTIALLY_FILLED",
        };
        Some(Csat {
            csat_rate: self.rate,
            csat_resolution_confirmation: self.resolved,
            status: Some(status.to_owned()),
            ..Csat::default()
        })
    }
}

impl Cloud {
    /// Whether a survey follows when the MAIN dialog of this one is closed on its own.
    pub(super) fn is_surveyed(&self, conversation: &Conversation) -> bool {
        let survey = self.rules.surveys.get(&conversation.skill);
        let closing = conversation.main().closing.as_ref();
        let caused = closing.is_some_and(|closing| closing.cause.is_some());
        survey.is_some_and(|survey| survey.enabled)
            && conversation.skill.as_str() != roster::UNASSIGNED
            && (caused || !self.rules.survey_needs_cause)
            && self
                .consumers
                .get(&conversation.consumer)
                .is_some_and(|consumer| consumer.declares("MULTI_DIALOG"))
    }

    /// A survey dialog for a conversation whose MAIN dialog was just closed.
    pub(super) fn survey_of(&mut self, now: Timestamp, conversation: &Conversation) -> Dialog {
        let id = URL_SAFE_NO_PAD.encode(self.rng.u128(..).to_be_bytes());
        let survey = self.rules.surveys.get(&conversation.skill);
        let survey = survey.cloned().unwrap_or_default();
        let mut participants = vec![Participant::consumer(conversation.consumer.clone())];
        if survey.bot == Bot::BuiltIn {
            participants.push(self.bot());
        }
        if let Some(former) = conversation.assigned() {
            participants.push(Participant::agent(former.clone(), Role::Reader));
        }
        Dialog {
            kind: DialogKind::PostSurvey,
            survey: (survey.bot == Bot::BuiltIn).then(Progress::default),
            app: survey.app_install_id,
            participants,
            ..Dialog::new(DialogId::from(id), now)
        }
    }

    /// Has the bot say its first words; one that comes by socket is waited for.
    pub(super) fn begin_survey(
        &mut self,
        now: Timestamp,
        id: &ConversationId,
        changes: &mut Changes,
    ) {
        self.surveying.insert(id.clone());
        changes.timers = true;
        if self
            .survey_mut(id)
            .is_none_or(|dialog| dialog.survey.is_none())
        {
            return;
        }
        let welcome = Message {
            metadata: Some(Value::Null.into()),
            ..Publication::text(WELCOME).into()
        };
        self.bot_types(now, id, true, changes);
        self.bot_says(now, id, welcome, changes);
        self.ask(now, id, changes);
    }

    /// Lets the bot take in what the consumer did in its dialog.
    pub(super) fn survey_heard(
        &mut self,
        now: Timestamp,
        id: &ConversationId,
        event: &Event,
        changes: &mut Changes,
    ) {
        let Some(progress) = self
            .survey_mut(id)
            .and_then(|dialog| dialog.survey.as_mut())
        else {
            return;
        };
        let verdict = progress.hear(event);
        let again = progress.tries <= REPEATS;
        if matches!(verdict, Verdict::Next) || !again {
            progress.go_on();
        }
        if matches!(verdict, Verdict::Wait) {
            return;
        }
        let about = |status: &str| Publication::Accept {
            status: status.to_owned(),
            sequences: vec![event.sequence],
        };
        self.bot_says(now, id, about("READ").into(), changes);
        if let Verdict::Invalid(question) = &verdict {
            let enrich = Message {
                metadata: Some(question.invalid().into()),
                ..about("ENRICH").into()
            };
            self.bot_says(now, id, enrich, changes);
        }
        self.bot_types(now, id, true, changes);
        match verdict {
            Verdict::Wait => {}
            Verdict::Next => self.ask(now, id, changes),
            Verdict::Invalid(_) => {
                if again {
                    self.bot_says(now, id, Publication::text(SORRY).into(), changes);
                }
                self.ask(now, id, changes);
            }
            Verdict::Skip => self.end_survey(now, id, Some(GOODBYE), "Skipped", changes),
        }
    }

    /// The next moment at which a survey is given up.
    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        let ends = self.surveying.iter().filter_map(|id| self.survey_end(id));
        ends.min()
    }

    /// Gives up the surveys whose consumers have gone.
    pub(crate) fn expire(&mut self, now: Timestamp, changes: &mut Changes) {
        let over: Vec<ConversationId> = self
            .surveying
            .iter()
            .filter(|id| self.survey_end(id).is_none_or(|end| end <= now))
            .cloned()
            .collect();
        for id in over {
            self.end_survey(now, &id, None, "Timeout", changes);
            self.surveying.remove(&id);
        }
    }

    fn survey_end(&self, id: &ConversationId) -> Option<Timestamp> {
        let survey = self.conversations.get(id)?.open_survey()?;
        Some(survey.latest.after(self.rules.abandoned_after))
    }

    /// Asks the open question, or ends the survey when there is none left.
    fn ask(&mut self, now: Timestamp, id: &ConversationId, changes: &mut Changes) {
        let progress = self
            .survey_mut(id)
            .and_then(|dialog| dialog.survey.as_ref());
        match progress.and_then(Progress::question) {
            Some(question) => {
                self.bot_says(now, id, question.to_message(), changes);
                self.bot_types(now, id, false, changes);
            }
            None => self.end_survey(now, id, Some(GOODBYE), "Completed", changes),
        }
    }

    fn end_survey(
        &mut self,
        now: Timestamp,
        id: &ConversationId,
        words: Option<&str>,
        cause: &str,
        changes: &mut Changes,
    ) {
        if let Some(words) = words {
            self.bot_says(now, id, Publication::text(words).into(), changes);
            self.bot_types(now, id, false, changes);
        }
        let Some(dialog) = self.survey_mut(id) else {
            return;
        };
        dialog.updated = now;
        dialog.closing = Some(DialogClosing {
            at: now,
            by: Closer::Agent,
            cause: Some(cause.to_owned()),
        });
        let csat = dialog.survey.as_ref().and_then(Progress::csat);
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        conversation.csat = csat.or(conversation.csat.take());
        conversation.ended = Some(now);
        conversation.touch(now);
        changes.notify_conversation(&self.account, conversation);
        self.surveying.remove(id);
    }

    fn bot_says(
        &mut self,
        now: Timestamp,
        id: &ConversationId,
        message: Message,
        changes: &mut Changes,
    ) {
        let bot = self.bot();
        let Some(dialog) = self.survey_mut(id) else {
            return;
        };
        let place = dialog.id.clone();
        let wire = message.publication.to_wire();
        let event = dialog.record(now, bot, message.audience, wire, message.metadata);
        if let Some(conversation) = self.conversations.get(id) {
            changes.notify_event(conversation, &place, &event);
        }
    }

    /// Has the bot begin or stop typing.
    fn bot_types(&self, now: Timestamp, id: &ConversationId, begins: bool, changes: &mut Changes) {
        let state = if begins { "COMPOSING" } else { "ACTIVE" };
        let conversation = self.conversations.get(id);
        let dialog = conversation.and_then(Conversation::open_survey);
        if let (Some(conversation), Some(dialog)) = (conversation, dialog) {
            changes.notify_chat_state(now, conversation, &dialog.id, self.bot(), None, state);
        }
    }

    fn survey_mut(&mut self, id: &ConversationId) -> Option<&mut Dialog> {
        let conversation = self.conversations.get_mut(id)?;
        let mut dialogs = conversation.dialogs.iter_mut();
        dialogs.find(|dialog| dialog.kind == DialogKind::PostSurvey && dialog.is_open())
    }

    fn bot(&self) -> Participant {
        let id: ParticipantId = agent_id(&self.account, roster::SURVEY_BOT);
        Participant::agent(id, Role::Agent)
    }
}
