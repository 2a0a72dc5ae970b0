//! From a step that waits to what is waited for: who is meant, in whose log, with which values.

use std::time::Duration;

use serde_json::Value;

use crate::{
    domain::{ids::SkillId, rich::find::WantedElement},
    runner::{
        absence::Unwanted,
        condition::{Condition, Speaker},
        deed::DeedOfOthers,
        fact::WantedFact,
        log::Moment,
        play::{Halt, Performance},
        sight::{WantedPart, WantedPartKind, WantedSight},
        waiting::{Anchor, Armed},
        wire::{WantedComparison, WantedWire},
    },
    scenario::{
        matching::Wanted,
        script::{
            CardPart, CardPartKind, Comparison, Deed, Element, Fact, Handover, Payload, ScriptStep,
            Sight, StepKind, Template, UnwantedEvent,
        },
    },
};

/// A wait that failed, to see whether what it waited for comes after all.
#[derive(Debug)]
pub(crate) struct Missed {
    pub(super) armed: Armed,
    pub(super) anchor: Anchor,
    pub(super) until: Moment,
}

impl Performance<'_> {
    /// What a step waits for.
    pub(super) fn arm(&self, step: &ScriptStep) -> Result<Armed, Halt> {
        let mut whose = self.focus.clone();
        let condition = match &step.kind {
            StepKind::Line { who, text, .. } => {
                let who = Speaker::named(&self.fill(who, step)?);
                Condition::Message(who, self.wanted(text, step)?)
            }
            StepKind::Deed { who, deed, .. } => {
                let who = Speaker::named(&self.fill(who, step)?);
                Condition::Deed(who, self.deed_of_others(deed, step)?)
            }
            StepKind::Sees { who, sight, .. } => {
                let name = self.fill(who, step)?;
                let log = self.log_of(&name);
                whose = log.ok_or_else(|| {
                    self.wrong(
                        step,
                        &format!("{name} is not played, so {name} has no screen here"),
                    )
                })?;
                Condition::Sight(self.sight(sight, step)?)
            }
            StepKind::Expect { fact, .. } => Condition::Fact(self.fact(fact, step)?),
            _ => return Err(self.wrong(step, "this is nothing that can be waited for")),
        };
        Ok(Armed {
            whose,
            condition,
            within: self.deadline(step).0,
            is_optional: step.is_optional,
        })
    }

    /// How long a step may take, and the line of the head that says so where the step does not.
    pub(super) fn deadline(&self, step: &ScriptStep) -> (Duration, Option<usize>) {
        match step.within() {
            Some(own) => (own, None),
            None => (self.within.0, self.within.1.map(|place| place.line)),
        }
    }

    fn wanted(&self, text: &Payload, step: &ScriptStep) -> Result<Wanted, Halt> {
        let wanted = text.wanted(&self.values);
        wanted.map_err(|why| self.wrong(step, &why.to_string()))
    }

    fn fill_all(&self, templates: &[Template], step: &ScriptStep) -> Result<Vec<String>, Halt> {
        let filled = self.values.fill_all(templates);
        filled.map_err(|why| self.wrong(step, &why))
    }

    pub(super) fn element(
        &self,
        element: &Element,
        step: &ScriptStep,
    ) -> Result<WantedElement, Halt> {
        Ok(match element {
            Element::Title(title) => WantedElement::Title(self.fill(title, step)?),
            Element::Id(id) => WantedElement::Id(self.fill(id, step)?),
        })
    }

    /// A skill by its name or its id.
    pub(super) fn skill(&self, named: &str) -> Option<SkillId> {
        let mut known = self.skills.iter();
        let known = known.find(|(name, _)| name.eq_ignore_ascii_case(named));
        let is_id = !named.is_empty() && named.bytes().all(|byte| byte.is_ascii_digit());
        known
            .map(|(_, id)| id.clone())
            .or_else(|| is_id.then(|| SkillId::from(named)))
    }

    fn deed_of_others(&self, deed: &Deed, step: &ScriptStep) -> Result<DeedOfOthers, Halt> {
        Ok(match deed {
            Deed::Closes { .. } | Deed::Ends(_) => DeedOfOthers::Closes,
            Deed::Takes | Deed::Joins => DeedOfOthers::Joins,
            Deed::Leaves => DeedOfOthers::Leaves,
            Deed::Types(_) => DeedOfOthers::Types,
            Deed::Offers(titles) => DeedOfOthers::Offers(self.fill_all(titles, step)?),
            Deed::ShowsCard(_) => DeedOfOthers::ShowsCard,
            Deed::Sends { .. } => DeedOfOthers::SendsFile,
            Deed::Rates { stars, is_resolved } => DeedOfOthers::Rates(*stars, *is_resolved),
            Deed::HandsTo(Handover::Queue) => DeedOfOthers::HandsToQueue,
            Deed::HandsTo(Handover::Agent(name)) => {
                DeedOfOthers::HandsToAgent(self.fill(name, step)?)
            }
            Deed::HandsTo(Handover::Skill(name)) => {
                let name = self.fill(name, step)?;
                let id = self.skill(&name);
                DeedOfOthers::HandsToSkill(name, id)
            }
            _ => {
                return Err(self.wrong(
                    step,
                    "nobody plays who does this, and it cannot be seen from here; say in the head \
                     who is played",
                ));
            }
        })
    }

    fn sight(&self, sight: &Sight, step: &ScriptStep) -> Result<WantedSight, Halt> {
        Ok(match sight {
            Sight::Typing(who) => WantedSight::Typing(Speaker::named(&self.fill(who, step)?)),
            Sight::Click(element) => WantedSight::Click(self.element(element, step)?),
            Sight::Offer(titles) => WantedSight::Offer(self.fill_all(titles, step)?),
            Sight::File(None) => WantedSight::File(None),
            Sight::File(Some(text)) => WantedSight::File(Some(self.wanted(text, step)?)),
            Sight::Card(parts) => {
                let parts = parts.iter().map(|part| self.card_part(part, step));
                WantedSight::Card(parts.collect::<Result<_, _>>()?)
            }
        })
    }

    fn card_part(&self, part: &CardPart, step: &ScriptStep) -> Result<WantedPart, Halt> {
        let (kind, words) = match &part.kind {
            CardPartKind::Text(text) => {
                let wanted = self.wanted(text, step)?;
                let words = format!("text {}", wanted.shown());
                (WantedPartKind::Text(wanted), words)
            }
            CardPartKind::Title(text) => {
                let wanted = self.wanted(text, step)?;
                let words = format!("title {}", wanted.shown());
                (WantedPartKind::Title(wanted), words)
            }
            CardPartKind::Button { title, id } => {
                let title = self.fill(title, step)?;
                let id = match id {
                    Some(id) => Some(self.fill(id, step)?),
                    None => None,
                };
                let mut words = format!("button {title:?}");
                if let Some(id) = &id {
                    words = format!("{words} #{id}");
                }
                (WantedPartKind::Button(title, id), words)
            }
            CardPartKind::Image => (WantedPartKind::Image, "image".to_owned()),
            CardPartKind::Cards(count) => (WantedPartKind::Cards(*count), format!("{count} cards")),
        };
        let words = match part.card {
            Some(number) => format!("{words} (line {}, card {number})", part.place.line),
            None => format!("{words} (line {})", part.place.line),
        };
        Ok(WantedPart {
            card: part.card,
            kind,
            words,
        })
    }

    fn fact(&self, fact: &Fact, step: &ScriptStep) -> Result<WantedFact, Halt> {
        Ok(match fact {
            Fact::Agent(name) => WantedFact::Agent(self.fill(name, step)?),
            Fact::Skill(name) => {
                let name = self.fill(name, step)?;
                let id = self.skill(&name);
                WantedFact::Skill(name, id)
            }
            Fact::Conversation(stage) => WantedFact::Conversation(*stage),
            Fact::Survey(open) => WantedFact::Survey(*open),
            Fact::Csat { stars, is_resolved } => WantedFact::Csat(*stars, *is_resolved),
            Fact::Last(reached) => WantedFact::Last(*reached),
            Fact::Hop {
                hop,
                is_under,
                span,
            } => WantedFact::Hop {
                hop: *hop,
                is_under: *is_under,
                span: *span,
            },
            Fact::Messages { count, who } => {
                WantedFact::Messages(*count, Speaker::named(&self.fill(who, step)?))
            }
            Fact::Call { purpose, status } => WantedFact::Wire(WantedWire::Call {
                purpose: self.fill(purpose, step)?,
                status: *status,
            }),
            Fact::Hook { hook, signature } => WantedFact::Wire(WantedWire::Hook {
                kind: self.fill(hook, step)?,
                signature: *signature,
            }),
            Fact::Json {
                pointer,
                comparison,
                within,
                name,
            } => WantedFact::Wire(WantedWire::Json {
                pointer: self.fill(pointer, step)?,
                comparison: self.comparison(comparison, step)?,
                within: *within,
                name: self.fill(name, step)?,
            }),
        })
    }

    fn comparison(
        &self,
        comparison: &Comparison,
        step: &ScriptStep,
    ) -> Result<WantedComparison, Halt> {
        let number = |value: &Value| {
            let number = value.as_f64();
            number.ok_or_else(|| self.wrong(step, &format!("{value} is no number to compare with")))
        };
        Ok(match comparison {
            Comparison::Equal(value) => WantedComparison::Equal(value.clone()),
            Comparison::Unequal(value) => WantedComparison::Unequal(value.clone()),
            Comparison::Less(value) => WantedComparison::Less(number(value)?),
            Comparison::AtMost(value) => WantedComparison::AtMost(number(value)?),
            Comparison::More(value) => WantedComparison::More(number(value)?),
            Comparison::AtLeast(value) => WantedComparison::AtLeast(number(value)?),
            Comparison::Matches(text) => WantedComparison::Matches(self.wanted(text, step)?),
            Comparison::Exists => WantedComparison::Exists,
            Comparison::Absent => WantedComparison::Absent,
        })
    }

    /// What must not come.
    pub(super) fn unwanted(
        &self,
        event: &UnwantedEvent,
        step: &ScriptStep,
    ) -> Result<Unwanted, Halt> {
        Ok(match event {
            UnwantedEvent::Message { from, text } => {
                let from = match from {
                    Some(from) => Speaker::named(&self.fill(from, step)?),
                    None => Speaker::Anyone,
                };
                let text = match text {
                    Some(text) => Some(self.wanted(text, step)?),
                    None => None,
                };
                Unwanted::Message(from, text)
            }
            UnwantedEvent::Typing => Unwanted::Typing,
            UnwantedEvent::Read => Unwanted::Read,
            UnwantedEvent::Transfer => Unwanted::Transfer,
            UnwantedEvent::Hook(kind) => Unwanted::Hook(self.fill(kind, step)?),
        })
    }
}

impl Condition {
    /// As reports tell it.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Message(who, text) => {
                format!("a message from {} with {}", who.word(), text.shown())
            }
            Self::Sight(sight) => sight.words(),
            Self::Deed(who, deed) => format!("{} {}", who.word(), deed.words()),
            Self::Fact(fact) => fact.words(),
        }
    }
}

/// A span as people write it.
pub(super) fn span_words(span: Duration) -> String {
    let millis = span.as_millis();
    match millis {
        0..1000 => format!("{millis} ms"),
        _ if millis.is_multiple_of(60_000) => format!("{} min", millis / 60_000),
        _ if millis.is_multiple_of(1000) => format!("{} s", millis / 1000),
        _ => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
    }
}
