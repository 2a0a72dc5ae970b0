//! Steps: who does what, and what is waited for.

use std::time::Duration;

use crate::scenario::{
    check::{
        Checker,
        cast::{Cast, Who},
        values::{Used, ValueScope},
        written,
    },
    fault::FaultKind,
    forms::deeds::DoneBy,
    script::{
        CardPartKind, Comparison, Deed, Element, Fact, Handover, Payload, ScriptStep, Sight,
        SourcePlace, StepKind, Template, UnwantedEvent,
    },
    syntax::span,
};

/// A rest past this is better written as a wait.
const LONG_PAUSE: Duration = Duration::from_secs(2);

/// What steps are checked against.
pub(super) struct Steps<'a> {
    pub cast: &'a Cast,
    pub scope: &'a mut ValueScope,
    pub used: &'a mut Used,
}

impl Checker<'_> {
    pub(super) fn steps(&mut self, steps: &[ScriptStep], with: &mut Steps<'_>) {
        for step in steps {
            self.step(step, with);
        }
    }

    fn step(&mut self, step: &ScriptStep, with: &mut Steps<'_>) {
        let place = step.place;
        match &step.kind {
            StepKind::Line { who, timing, text } => {
                let who_it_is = self.who(who, place, with.cast);
                self.text(text, place, with);
                match who_it_is {
                    Some(who) if who.is_played() => {
                        self.said(text, place);
                        self.only_waited(step, "is said");
                    }
                    Some(Who::OtherAgent | Who::Machine) if timing.after.is_some() => {
                        let words = "`after` is the delay of a text that is said, and this one is waited for";
                        let fault = self.tell(FaultKind::NoEffect, place, "after", words);
                        fault.set_help("to say until when it must come, write `within`");
                    }
                    _ => {}
                }
                if !who_it_is.is_some_and(Who::is_played) {
                    self.pattern(text, place);
                }
            }
            StepKind::Deed { who, deed, .. } => {
                if let Some(it_is) = self.who(who, place, with.cast) {
                    self.role(deed, it_is, who, place);
                    if it_is.is_played() {
                        self.only_waited(step, "is done");
                    }
                    self.whispered(deed, it_is, place);
                }
                self.deed(deed, place, with);
            }
            StepKind::Sees { who, sight, .. } => {
                let it_is = self.who(who, place, with.cast);
                self.sees(it_is, sight, who, place);
                self.sight(sight, place, with);
            }
            StepKind::Expect { fact, .. } => self.fact(fact, place, with),
            StepKind::No { event, .. } => self.event(event, place, with),
            StepKind::AnyOrder(steps) => self.steps(steps, with),
            StepKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.condition(condition);
                self.step(condition, with);
                self.steps(then, with);
                self.steps(otherwise, with);
            }
            StepKind::Use {
                with: values,
                steps,
            } => {
                for (name, value) in values {
                    self.value_of(value, place, with);
                    with.scope.add(name);
                }
                self.steps(steps, with);
            }
            StepKind::Sandbox(words) => self.values_of(words, place, with),
            StepKind::Let { name, value } => {
                self.value_of(value, place, with);
                with.scope.add(name);
            }
            StepKind::Pause(span) if *span > LONG_PAUSE => {
                let words = format!(
                    "nothing happens for {}, whatever comes meanwhile",
                    span::shown(*span)
                );
                let fault = self.tell(FaultKind::LongPause, place, "", words);
                fault.set_help("wait for something: a line, `sees` or `expect` goes on as soon as it comes; `pass` moves the sandbox's clock");
            }
            StepKind::Pause(_) | StepKind::Pass(_) => {}
            StepKind::Note(text) => self.value_of(text, place, with),
        }
    }

    fn value_of(&mut self, template: &Template, place: SourcePlace, with: &mut Steps<'_>) {
        self.template(template, place, with.cast, with.scope, with.used);
    }

    fn values_of(&mut self, templates: &[Template], place: SourcePlace, with: &mut Steps<'_>) {
        for template in templates {
            self.value_of(template, place, with);
        }
    }

    fn text(&mut self, payload: &Payload, place: SourcePlace, with: &mut Steps<'_>) {
        self.payload_values(payload, place, with.cast, with.scope, with.used);
    }

    /// What `maybe` and `if` are about must be waited for.
    fn only_waited(&mut self, step: &ScriptStep, what: &str) {
        let word = step.source.split_whitespace().next().unwrap_or_default();
        if matches!(word, "maybe" | "if") {
            let words = format!(
                "`{word}` stands before something that {what}, since handset plays this person"
            );
            let fault = self.tell(FaultKind::Misplaced, step.place, word, words);
            fault.set_help(format!(
                "`{word}` is about what others do: write a line of somebody who is not played, `sees` or `expect`"
            ));
        }
    }

    fn condition(&mut self, condition: &ScriptStep) {
        let has_within = match &condition.kind {
            StepKind::Line { timing, .. } => timing.within.is_some(),
            StepKind::Deed { within, .. }
            | StepKind::Sees { within, .. }
            | StepKind::Expect { within, .. } => within.is_some(),
            _ => true,
        };
        if !has_within {
            let words = "this `if` does not say how long it waits";
            let fault = self.tell(FaultKind::NoDeadline, condition.place, "if", words);
            fault.set_help("write `within` and a span: `if agent within 3s: order number`, `if agent closes within 3s`");
        }
    }

    fn role(&mut self, deed: &Deed, who: Who, name: &Template, place: SourcePlace) {
        let can = match who {
            Who::Consumer => DoneBy::of(deed) != DoneBy::Agent,
            Who::PlayedAgent | Who::OtherAgent => DoneBy::of(deed) != DoneBy::Consumer,
            Who::Machine => false,
            Who::Anyone => true,
        };
        if can {
            return;
        }
        let name = written(name);
        let (is, can) = match who {
            Who::Consumer => ("a consumer", "only an agent does this"),
            Who::Machine => ("nobody who does anything", "wait for its lines only"),
            _ => ("an agent", "only a consumer does this"),
        };
        let words = format!("`{name}` is {is}: {can}");
        let fault = self.tell(FaultKind::WrongRole, place, &name, words);
        fault.set_help(match (who, deed) {
            (Who::Consumer, _) => format!("an agent is played with `play {name} as agent`"),
            (_, Deed::GoesOnline(false)) => "an agent who takes nothing `goes away`".to_owned(),
            (_, Deed::Ends(_)) => "an agent `closes`".to_owned(),
            _ => String::new(),
        });
    }

    fn whispered(&mut self, deed: &Deed, who: Who, place: SourcePlace) {
        if let Deed::Whispers(text) = deed {
            if who.is_played() {
                self.said(text, place);
            } else {
                self.pattern(text, place);
            }
        }
    }

    fn sees(&mut self, it_is: Option<Who>, sight: &Sight, who: &Template, place: SourcePlace) {
        let name = written(who);
        let words = match (it_is, sight) {
            (Some(Who::OtherAgent | Who::Machine), _) => {
                format!("nobody plays `{name}`, and only a played person has a screen")
            }
            (Some(Who::Consumer), Sight::Click(_)) => {
                format!("`{name}` is a consumer: an agent sees what a consumer clicks")
            }
            _ => return,
        };
        self.tell(FaultKind::WrongRole, place, &name, words);
    }

    fn element(&mut self, element: &Element, place: SourcePlace, with: &mut Steps<'_>) {
        let (Element::Title(text) | Element::Id(text)) = element;
        self.value_of(text, place, with);
    }

    fn deed(&mut self, deed: &Deed, place: SourcePlace, with: &mut Steps<'_>) {
        match deed {
            Deed::Sends { file, caption } => {
                self.value_of(file, place, with);
                self.values_of(caption.as_slice(), place, with);
            }
            Deed::Taps(element) => self.element(element, place, with),
            Deed::Picks { value, within } => {
                self.value_of(value, place, with);
                self.element(within, place, with);
            }
            Deed::SendsRaw { body: text, .. } | Deed::Replies(text) | Deed::ShowsCard(text) => {
                self.value_of(text, place, with);
            }
            Deed::Whispers(text) => self.text(text, place, with),
            Deed::Offers(titles) => self.values_of(titles, place, with),
            Deed::HandsTo(Handover::Skill(to) | Handover::Agent(to)) => {
                self.value_of(to, place, with);
            }
            Deed::HandsTo(Handover::Queue)
            | Deed::Opens
            | Deed::Types(_)
            | Deed::Looks(_)
            | Deed::Pockets(_)
            | Deed::GoesOnline(_)
            | Deed::Marks(_)
            | Deed::Tells(_)
            | Deed::Rates { .. }
            | Deed::Asks { .. }
            | Deed::Closes { .. }
            | Deed::Ends(_)
            | Deed::Leaves
            | Deed::Takes
            | Deed::Declines
            | Deed::Joins
            | Deed::GoesTo(_) => {}
        }
    }

    fn sight(&mut self, sight: &Sight, place: SourcePlace, with: &mut Steps<'_>) {
        match sight {
            Sight::Typing(who) => {
                self.who(who, place, with.cast);
            }
            Sight::Click(element) => self.element(element, place, with),
            Sight::Offer(titles) => self.values_of(titles, place, with),
            Sight::File(text) => {
                if let Some(text) = text {
                    self.waited(text, place, with);
                }
            }
            Sight::Card(parts) => {
                for part in parts {
                    match &part.kind {
                        CardPartKind::Text(text) | CardPartKind::Title(text) => {
                            self.waited(text, part.place, with);
                        }
                        CardPartKind::Button { title, id } => {
                            self.value_of(title, part.place, with);
                            self.values_of(id.as_slice(), part.place, with);
                        }
                        CardPartKind::Image | CardPartKind::Cards(_) => {}
                    }
                }
            }
        }
    }

    fn waited(&mut self, text: &Payload, place: SourcePlace, with: &mut Steps<'_>) {
        self.text(text, place, with);
        self.pattern(text, place);
    }

    fn fact(&mut self, fact: &Fact, place: SourcePlace, with: &mut Steps<'_>) {
        match fact {
            Fact::Agent(text)
            | Fact::Skill(text)
            | Fact::Call { purpose: text, .. }
            | Fact::Hook { hook: text, .. } => {
                self.value_of(text, place, with);
            }
            Fact::Messages { who, .. } => {
                self.who(who, place, with.cast);
            }
            Fact::Json {
                pointer,
                comparison,
                name,
                ..
            } => {
                self.value_of(pointer, place, with);
                self.value_of(name, place, with);
                if let Comparison::Matches(text) = comparison {
                    self.waited(text, place, with);
                }
            }
            Fact::Conversation(_)
            | Fact::Survey(_)
            | Fact::Csat { .. }
            | Fact::Last(_)
            | Fact::Hop { .. } => {}
        }
    }

    fn event(&mut self, event: &UnwantedEvent, place: SourcePlace, with: &mut Steps<'_>) {
        match event {
            UnwantedEvent::Message { from, text } => {
                if let Some(from) = from {
                    self.who(from, place, with.cast);
                }
                if let Some(text) = text {
                    self.waited(text, place, with);
                }
            }
            UnwantedEvent::Hook(hook) => self.value_of(hook, place, with),
            UnwantedEvent::Typing | UnwantedEvent::Read | UnwantedEvent::Transfer => {}
        }
    }
}
