//! The quiet lines: what changed in a conversation, in the words of a phone,
//! one line for each change.

use std::time::Duration;

use serde_json::Value;

use crate::domain::{
    content::Content,
    conversation::{Conversation, cloud::CloudConversation, effect::Effect},
    ids::{Sequence, SkillId, TimerId},
    line::{LineBody, RATED, UNREADABLE},
    rich::plain,
    role::{Author, Role},
    text::SafeText,
    time::Timestamp,
    wire::{inbound, outbound::AcceptStatus},
};

/// How long nobody may take a new conversation before the phone says that it waits in a queue.
const PATIENCE: Duration = Duration::from_secs(10);

/// What quiet lines say where a conversation ends; what follows from it may stand behind.
const CLOSINGS: [&str; 4] = [
    "You closed the conversation",
    "The agent closed the conversation",
    "The conversation was closed after a long silence",
    "The conversation was closed",
];

/// Whether a quiet line of these words ends a conversation.
pub fn is_closing(words: &str) -> bool {
    CLOSINGS.iter().any(|closing| words.starts_with(closing))
}

impl Conversation {
    /// What a consumer should notice of a new state of the conversation the phone talks in.
    pub(super) fn add_quiet_lines(
        &mut self,
        now: Timestamp,
        before: &CloudConversation,
        change: &inbound::Conversation,
        effects: &mut Vec<Effect>,
    ) {
        if change.main_open {
            self.add_people_lines(now, before, change);
            self.add_asked_lines(now, before, change);
            self.add_ttr_lines(now, before, change);
            if before.updated.is_none() && assigned(&change.participants).is_none() {
                let timer = self.new_timer();
                self.queueing = Some(timer);
                effects.push(Effect::Wake {
                    timer,
                    after: PATIENCE,
                });
            }
        }
        if change.facts.csat != before.facts.csat
            && let Some(words) = change.facts.csat.as_ref().and_then(rating)
        {
            self.say(now, &words);
        }
        self.add_closing_lines(now, before, change);
    }

    /// Nobody has taken the conversation for a while.
    pub(super) fn queue_woke(&mut self, now: Timestamp, woken: TimerId) {
        if self.queueing != Some(woken) {
            return;
        }
        self.queueing = None;
        let waits = |conversation: &CloudConversation| {
            conversation.main_open && assigned(&conversation.participants).is_none()
        };
        if self.open_conversation().is_some_and(waits) {
            self.say(now, "Waiting for somebody to take the conversation");
        }
    }

    fn add_people_lines(
        &mut self,
        now: Timestamp,
        before: &CloudConversation,
        change: &inbound::Conversation,
    ) {
        let named = |this: &Self, one: &Author| this.name(&one.id, &one.role);
        let (had, has) = (
            assigned(&before.participants),
            assigned(&change.participants),
        );
        let skill = new_skill(before.facts.skill.as_ref(), change.facts.skill.as_ref());
        match (had, has) {
            (None, Some(agent)) => {
                let agent = named(self, agent);
                self.say(now, &format!("{agent} joined the conversation"));
            }
            (Some(old), None) => {
                let old = named(self, old);
                self.say(
                    now,
                    &match skill {
                        Some(skill) => format!("{old} passed you on to skill {skill}"),
                        None => {
                            format!("{old} left the conversation: you are back in the queue")
                        }
                    },
                );
            }
            (Some(old), Some(new)) if old.id != new.id => {
                let (old, new) = (named(self, old), named(self, new));
                self.say(now, &format!("{old} handed you over to {new}"));
            }
            _ => {
                if let Some(skill) = skill {
                    self.say(now, &format!("The conversation moved to skill {skill}"));
                }
            }
        }
        if let Some(typing) = &self.typing
            && !change.participants.iter().any(|one| one.id == *typing)
        {
            self.typing = None;
        }
        let managers = |list: &[Author]| -> Vec<Author> {
            let managers = list.iter().filter(|one| one.role == Role::Manager);
            managers.cloned().collect()
        };
        let (were, are) = (
            managers(&before.participants),
            managers(&change.participants),
        );
        for gone in were.iter().filter(|one| !are.contains(one)) {
            if has.is_none_or(|agent| agent.id != gone.id) {
                let name = named(self, gone);
                self.say(now, &format!("{name} left the conversation"));
            }
        }
        for come in are.iter().filter(|one| !were.contains(one)) {
            if had.is_none_or(|agent| agent.id != come.id) {
                let name = named(self, come);
                self.say(now, &format!("{name} joined the conversation"));
            }
        }
    }

    fn add_asked_lines(
        &mut self,
        now: Timestamp,
        before: &CloudConversation,
        change: &inbound::Conversation,
    ) {
        for asked in &change.suggested {
            if !before.suggested.contains(asked) {
                let name = self.name(&asked.id, &asked.role);
                self.say(now, &format!("{name} was asked to join"));
            }
        }
    }

    fn add_ttr_lines(
        &mut self,
        now: Timestamp,
        before: &CloudConversation,
        change: &inbound::Conversation,
    ) {
        let (Some(was), Some(is)) = (&before.facts.ttr, &change.facts.ttr) else {
            return;
        };
        if was == is {
            return;
        }
        let kind = is["ttrType"].as_str().unwrap_or("other").to_lowercase();
        let words = match is["value"].as_u64() {
            Some(seconds) => format!("The time to respond is now {}, {kind}", span(seconds)),
            None => format!("The time to respond is now {kind}"),
        };
        self.say(now, &words);
    }

    fn add_closing_lines(
        &mut self,
        now: Timestamp,
        before: &CloudConversation,
        change: &inbound::Conversation,
    ) {
        let survey_runs = |dialog: &inbound::Dialog| dialog.survey && dialog.open;
        if before.main_open && !change.main_open {
            self.typing = None;
            let [consumer, agent, silence, nobody] = CLOSINGS;
            let by = match change.facts.close_reason.as_deref() {
                Some("CONSUMER") => consumer,
                Some("AGENT") => agent,
                Some("SYSTEM") => silence,
                _ => nobody,
            };
            let follows = if change.dialogs.iter().any(survey_runs) {
                "; a survey follows"
            } else {
                ""
            };
            // Where the main dialog ends; a survey may have begun already.
            let mut dialogs = before.dialogs.iter().filter(|dialog| !dialog.survey);
            let spot = dialogs.next().map(|main| (main.ordinal, main.top));
            let text = SafeText::clean(&format!("{by}{follows}"));
            let spot = spot.unwrap_or_else(|| self.latest_spot());
            self.add(now, spot, LineBody::Quiet { text });
        } else if before.open && !change.open && before.main_open == change.main_open {
            let mut surveys = change.dialogs.iter().filter(|dialog| dialog.survey);
            let by = surveys
                .next()
                .and_then(|survey| survey.closed_by.as_deref());
            self.say(
                now,
                match by {
                    Some("CONSUMER") => "You left the survey",
                    Some("SYSTEM") => "The survey ran out of time",
                    _ => "The survey is over",
                },
            );
        } else if !before.main_open && !change.main_open {
            let knew = |dialog: &inbound::Dialog| {
                let mut known = before.dialogs.iter();
                known.any(|known| known.id == dialog.id && known.survey)
            };
            if change.dialogs.iter().any(|it| survey_runs(it) && !knew(it)) {
                self.say(now, "A survey begins");
            }
        }
    }

    /// Something came of which nobody can tell what it says.
    pub(super) fn show_unreadable(
        &mut self,
        now: Timestamp,
        spot: (u32, Sequence),
        effects: &mut Vec<Effect>,
    ) {
        let text = SafeText::clean(UNREADABLE);
        let number = self.add(now, spot, LineBody::Quiet { text });
        effects.push(Effect::Concerns(vec![self.id(number)]));
    }

    /// A message without its number: it can be neither accepted nor answered, but what it says is
    /// shown.
    pub(super) fn show_unnumbered(
        &mut self,
        now: Timestamp,
        author: &Author,
        mine: bool,
        content: &Content,
        effects: &mut Vec<Effect>,
    ) {
        let name = if mine {
            SafeText::from("You")
        } else {
            self.name(&author.id, &author.role)
        };
        let said = plain::words(content);
        let text = SafeText::clean(&format!("{name}, in a message without a number: {said}"));
        let number = self.add(now, self.latest_spot(), LineBody::Quiet { text });
        effects.push(Effect::Concerns(vec![self.id(number)]));
    }

    /// An agent opened a file of ours, or did not get a message.
    pub(super) fn add_receipt_line(
        &mut self,
        now: Timestamp,
        (ordinals, author): (&[u32], &Author),
        status: AcceptStatus,
        sequences: &[Sequence],
    ) {
        let mut ours = sequences
            .iter()
            .filter_map(|sequence| self.number_at(ordinals, *sequence))
            .filter_map(|number| self.items.get(&number));
        let is_ours = ours.any(|item| matches!(item.body, LineBody::Mine { .. }));
        if !is_ours {
            return;
        }
        let name = self.name(&author.id, &author.role);
        match status {
            AcceptStatus::Access => self.say(now, &format!("{name} opened your file")),
            AcceptStatus::Nack => self.say(now, &format!("A message did not reach {name}")),
            AcceptStatus::Accept | AcceptStatus::Read | AcceptStatus::Action => {}
        }
    }
}

fn assigned(participants: &[Author]) -> Option<&Author> {
    let mut participants = participants.iter();
    participants.find(|one| one.role == Role::AssignedAgent)
}

/// The skill a conversation was moved to; its first one is no move.
fn new_skill<'a>(was: Option<&SkillId>, is: Option<&'a SkillId>) -> Option<&'a SkillId> {
    let named = |skill: &&SkillId| skill.as_str() != "-1";
    let was = was.filter(|skill| named(skill))?;
    is.filter(named).filter(|is| *is != was)
}

/// What a rating says, in words.
fn rating(csat: &Value) -> Option<String> {
    let rate = csat["csatRate"].as_u64().filter(|rate| *rate > 0);
    let settled = csat["csatResolutionConfirmation"].as_bool();
    let settled = settled.map(|settled| if settled { "settled" } else { "not settled" });
    match (rate, settled) {
        (Some(rate), Some(settled)) => Some(format!("{RATED}{rate} of 5, {settled}")),
        (Some(rate), None) => Some(format!("{RATED}{rate} of 5")),
        (None, Some(settled)) => Some(format!("You said it is {settled}")),
        (None, None) => (csat["status"] == "SKIPPED").then(|| "You skipped the rating".to_owned()),
    }
}

/// Seconds as a person says them.
fn span(seconds: u64) -> String {
    match seconds {
        0 => "0 s".to_owned(),
        _ if seconds.is_multiple_of(3600) => format!("{} h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}
