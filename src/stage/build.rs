//! From a scene to its timeline. What only judges (`expect`, `no`, `never`, `sandbox`, `pass`, what
//! others than the consumer see) is passed over; a lone `expect agent NAME` tells who joins.

mod people;
mod values;

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};

use self::values::StageValues;
use crate::{
    domain::{
        content::{Content, Hosted, QuickReply},
        line::RATED,
        rich::{card::CardState, find},
        text::{SafeText, capital},
    },
    scenario::script::{
        CardPart, CardPartKind, Deed, Element, Fact, Handover, Payload, ScriptHead, ScriptStep,
        Sight, StepKind, Template,
    },
    stage::{
        timeline::{Chapter, Cue, Tick, TimedCue, Timeline, TimelineStep},
        typing::{TypingHabit, graphemes, strokes},
    },
};

/// What a timeline is made with besides its steps.
#[derive(Clone)]
pub struct Staging<'a> {
    /// The title of the scene.
    pub title: String,
    /// The name in the cast of the consumer whose phone is shown.
    pub consumer: String,
    /// The names of the other consumers that are played, whose phones are not shown.
    pub others: Vec<String>,
    /// What is known at the start: cells of the data row, `me.first`, `scene`.
    pub values: BTreeMap<String, String>,
    /// The environment variables that `{env:NAME}` may name.
    pub variables: BTreeMap<String, String>,
    /// The head of the file and that of the scene.
    pub heads: [&'a ScriptHead; 2],
    /// Decides all chance: the same seed gives the same timeline.
    pub seed: u64,
    /// How the consumer types.
    pub habit: TypingHabit,
    /// The card in a file beside the scenario.
    pub card: &'a dyn Fn(&str) -> Result<Content, String>,
    /// The file of this name beside the scenario, with a caption that may be empty.
    pub file: &'a dyn Fn(&str, &str) -> Result<Hosted, String>,
    /// The canned reply of this key, as an agent of this name says it to the consumer.
    pub reply: &'a dyn Fn(&str, &str) -> Result<String, String>,
}

/// A bubble that is there so far.
struct BubbleSoFar {
    content: Option<Content>,
    /// Where it is shown, of a message of others.
    cue: Option<usize>,
    state: CardState,
}

struct TimelineBuilder<'a> {
    staging: &'a Staging<'a>,
    chance: fastrand::Rng,
    values: StageValues,
    timeline: Timeline,
    bubbles: Vec<BubbleSoFar>,
    /// Who has the conversation.
    agent: Option<String>,
    /// How many agents without a name have had it.
    hand_overs: usize,
    is_typing: bool,
    is_closed: bool,
    /// How many letters of others came since the consumer wrote.
    to_read: usize,
}

/// The timeline of some steps.
///
/// # Errors
///
/// What cannot be shown, with the line of the scenario, in words.
pub fn timeline(steps: &[ScriptStep], staging: &Staging<'_>) -> Result<Timeline, String> {
    let mut builder = TimelineBuilder {
        staging,
        chance: fastrand::Rng::with_seed(staging.seed),
        values: StageValues::of(staging)?,
        timeline: Timeline {
            title: staging.title.clone(),
            ..Timeline::default()
        },
        bubbles: Vec::new(),
        agent: None,
        hand_overs: 0,
        is_typing: false,
        is_closed: false,
        to_read: 0,
    };
    builder.steps(steps)?;
    if builder.is_closed {
        builder.push(600, Cue::Close);
    }
    if builder.timeline.steps.is_empty() {
        return Err("nothing in the scene can be seen on the consumer's phone".to_owned());
    }
    Ok(builder.timeline)
}

impl TimelineBuilder<'_> {
    fn steps(&mut self, steps: &[ScriptStep]) -> Result<(), String> {
        for step in steps {
            match &step.kind {
                StepKind::AnyOrder(steps) => self.steps(steps)?,
                StepKind::If {
                    condition, then, ..
                } => {
                    self.steps(std::slice::from_ref(condition))?;
                    self.steps(then)?;
                }
                StepKind::Use { with, steps } => {
                    for (name, value) in with {
                        self.set_value(name, value, step)?;
                    }
                    self.steps(steps)?;
                }
                StepKind::Let { name, value } => self.set_value(name, value, step)?,
                // What may come and need not is not shown.
                _ if step.is_optional => {}
                _ => {
                    let first = self.timeline.cues.len();
                    self.step(step).map_err(|why| told(step, &why))?;
                    if self.timeline.cues.len() > first {
                        self.timeline.steps.push(TimelineStep {
                            line: step.place.line,
                            text: step.source.clone(),
                            first,
                        });
                    }
                }
            }
        }
        Ok(())
    }

    fn set_value(&mut self, name: &str, value: &Template, at: &ScriptStep) -> Result<(), String> {
        let value = self.values.fill(value).map_err(|why| told(at, &why))?;
        self.values.set(name, value);
        Ok(())
    }

    fn step(&mut self, step: &ScriptStep) -> Result<(), String> {
        match &step.kind {
            StepKind::Line { who, timing, text } => {
                let who = self.values.fill(who)?;
                if who == self.staging.consumer {
                    let text = self.text_of(text)?;
                    self.write(&text, timing.after);
                } else if !self.staging.others.contains(&who) {
                    let text = self.text_of(text)?;
                    self.say_as(&who, Content::text(SafeText::clean(&text)));
                }
            }
            StepKind::Deed { who, deed, .. } => {
                let who = self.values.fill(who)?;
                if who == self.staging.consumer {
                    self.deed(deed)?;
                } else if !self.staging.others.contains(&who) {
                    self.deed_of_agent(&who, deed)?;
                }
            }
            StepKind::Sees { who, sight, .. }
                if self.values.fill(who)? == self.staging.consumer =>
            {
                self.sight(sight)?;
            }
            StepKind::Expect {
                fact: Fact::Agent(name),
                ..
            } => {
                let name = self.values.fill(name)?;
                self.join(&name);
            }
            StepKind::Pause(span) => self.rest(*span),
            StepKind::Note(text) => {
                let title = SafeText::clean(&self.values.fill(text)?);
                self.timeline.chapters.push(Chapter {
                    title: title.one_line(),
                    step: self.timeline.steps.len(),
                });
                self.push(0, Cue::Note(title));
            }
            _ => {}
        }
        Ok(())
    }

    /// What the consumer does.
    fn deed(&mut self, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Types(span) => self.rest(*span),
            Deed::Sends { file, caption } => {
                let file = self.values.fill(file)?;
                let caption = caption.as_ref().map(|one| self.values.fill(one));
                let file = (self.staging.file)(&file, &caption.transpose()?.unwrap_or_default())?;
                let gap = self.time_to_read();
                self.send(gap, true, Content::File(file));
            }
            Deed::Taps(element) => {
                let wanted = self.wanted(element)?;
                self.tap(&wanted);
            }
            Deed::Picks { value, within } => {
                let (value, wanted) = (self.values.fill(value)?, self.wanted(within)?);
                self.pick(&value, &wanted);
            }
            Deed::Rates { stars, is_resolved } => {
                let settled =
                    is_resolved.map_or("", |is| if is { ", settled" } else { ", not settled" });
                let gap = self.time_to_read();
                self.quiet(gap, true, &format!("{RATED}{stars} of 5{settled}"));
            }
            Deed::Closes { .. } | Deed::Ends(_) => {
                let gap = self.time_to_read();
                self.quiet(gap, true, "You closed the conversation");
                self.is_closed = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn deed_of_agent(&mut self, who: &str, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Types(span) => {
                self.typing(who);
                self.rest(*span);
            }
            Deed::Replies(key) => {
                let (name, _) = self.person(who);
                let text = (self.staging.reply)(&self.values.fill(key)?, &name)?;
                self.say_as(who, Content::text(SafeText::clean(&text)));
            }
            Deed::ShowsCard(file) => {
                let card = (self.staging.card)(&self.values.fill(file)?)?;
                self.say_as(who, card);
            }
            Deed::Offers(titles) => {
                let titles = self.values.fill_all(titles)?;
                let text = SafeText::clean(&titles.join(" / "));
                let replies = replies(&titles);
                self.say_as(who, Content::Text { text, replies });
            }
            Deed::Takes | Deed::Joins => {
                let (name, _) = self.person(who);
                self.join(&name);
            }
            Deed::HandsTo(to) => self.hand_over(who, to)?,
            Deed::Leaves => {
                let (name, _) = self.person(who);
                self.quiet(700, false, &format!("{name} left the conversation"));
                self.set_agent(None);
            }
            Deed::Closes { .. } => {
                self.quiet(900, false, "The agent closed the conversation");
                self.is_closed = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn hand_over(&mut self, who: &str, to: &Handover) -> Result<(), String> {
        let (old, _) = self.person(who);
        self.hand_overs += 1;
        let (words, new) = match to {
            Handover::Skill(skill) => {
                let skill = self.values.fill(skill)?;
                (format!("{old} passed you on to skill {skill}"), None)
            }
            Handover::Agent(agent) => {
                let agent = self.values.fill(agent)?;
                let agent = capital(&agent);
                (format!("{old} handed you over to {agent}"), Some(agent))
            }
            Handover::Queue => {
                let words = format!("{old} left the conversation: you are back in the queue");
                (words, None)
            }
        };
        self.quiet(900, false, &words);
        self.set_agent(new);
        Ok(())
    }

    /// What the consumer sees and no deed before has shown.
    fn sight(&mut self, sight: &Sight) -> Result<(), String> {
        match sight {
            Sight::Typing(who) => {
                let who = self.values.fill(who)?;
                if !self.is_typing {
                    self.typing(&who);
                }
            }
            Sight::Offer(titles) => {
                let titles = self.values.fill_all(titles)?;
                self.offer(&titles);
            }
            Sight::File(caption) => {
                let is_there = self.is_last(|content| matches!(content, Content::File(_)));
                if !is_there {
                    let caption = caption.as_ref().map(|caption| self.text_of(caption));
                    let caption = caption.transpose()?.unwrap_or_default();
                    let file = (self.staging.file)(&caption, &caption).unwrap_or(Hosted {
                        caption: SafeText::clean(&caption),
                        ..Hosted::default()
                    });
                    self.say_as("agent", Content::File(file));
                }
            }
            Sight::Card(parts) => {
                let is_there = self.is_last(|content| matches!(content, Content::Rich { .. }));
                if !is_there {
                    let content = self.card_of(parts)?;
                    let replies = Vec::new();
                    self.say_as("agent", Content::Rich { content, replies });
                }
            }
            Sight::Click(_) => {}
        }
        Ok(())
    }

    /// Quick replies below the last message, which has none yet; of a step that asks for those of the
    /// message it has, nothing comes.
    fn offer(&mut self, titles: &[String]) {
        let last = self.bubbles.iter_mut().rev().find(|one| one.cue.is_some());
        let Some(bubble) = last else {
            let (text, replies) = (SafeText::clean(&titles.join(" / ")), replies(titles));
            return self.say_as("agent", Content::Text { text, replies });
        };
        let Some(content) = &mut bubble.content else {
            return;
        };
        match content {
            Content::Text { replies: known, .. } | Content::Rich { replies: known, .. }
                if known.is_empty() =>
            {
                *known = replies(titles);
            }
            _ => return,
        }
        let shown = bubble.cue.and_then(|at| self.timeline.cues.get_mut(at));
        if let Some(TimedCue {
            cue: Cue::Show { content: shown, .. },
            ..
        }) = shown
        {
            shown.clone_from(content);
        }
    }

    /// Whether the last message of others is like this.
    fn is_last(&self, fits: impl Fn(&Content) -> bool) -> bool {
        let mut theirs = self.bubbles.iter().rev().filter(|one| one.cue.is_some());
        let content = theirs.next().and_then(|one| one.content.as_ref());
        content.is_some_and(fits)
    }

    /// A card that has what the scenario looks for.
    fn card_of(&mut self, parts: &[CardPart]) -> Result<Value, String> {
        let mut elements = Vec::new();
        for part in parts {
            elements.push(match &part.kind {
                CardPartKind::Title(text) => {
                    let text = self.text_of(text)?;
                    json!({"type": "text", "text": text, "style": {"bold": true}})
                }
                CardPartKind::Text(text) => json!({"type": "text", "text": self.text_of(text)?}),
                CardPartKind::Button { title, id } => {
                    let title = self.values.fill(title)?;
                    let id = id.as_ref().map(|id| self.values.fill(id)).transpose()?;
                    json!({"type": "button", "title": title, "click": {
                        "metadata": [{"type": "ExternalId", "id": id}],
                        "actions": [{"type": "publishText", "text": title}]}})
                }
                CardPartKind::Image | CardPartKind::Cards(_) => continue,
            });
        }
        Ok(json!({"type": "vertical", "elements": elements}))
    }

    fn wanted(&self, element: &Element) -> Result<find::WantedElement, String> {
        Ok(match element {
            Element::Title(title) => find::WantedElement::Title(self.values.fill(title)?),
            Element::Id(id) => find::WantedElement::Id(self.values.fill(id)?),
        })
    }

    fn text_of(&mut self, text: &Payload) -> Result<String, String> {
        self.values.text(text, &mut self.chance)
    }

    /// The consumer writes and sends a line.
    fn write(&mut self, text: &str, after: Option<Duration>) {
        self.nobody_types();
        let gap = self.time_to_read();
        let strokes = strokes(text, self.staging.habit, &mut self.chance);
        self.timeline.cues.push(TimedCue {
            gap: after.unwrap_or(Duration::from_millis(gap)),
            is_own: true,
            cue: Cue::Write {
                graphemes: graphemes(text),
                strokes,
            },
        });
        let before_enter = self.chance.u64(400..=1200);
        self.send(before_enter, true, Content::text(SafeText::clean(text)));
    }

    /// The consumer sends something, and it is sent, taken and read.
    fn send(&mut self, gap: u64, is_own: bool, content: Content) {
        self.nobody_types();
        let bubble = self.bubble(Some(content.clone()), None);
        self.cue(gap, is_own, Cue::Say { bubble, content });
        for (tick, span) in [
            (Tick::Sent, 60..=180),
            (Tick::Accepted, 150..=450),
            (Tick::Read, 500..=1200),
        ] {
            let gap = self.chance.u64(span);
            self.push(gap, Cue::Delivered { bubble, tick });
        }
    }

    fn quiet(&mut self, gap: u64, is_own: bool, words: &str) {
        self.nobody_types();
        let bubble = self.bubble(None, None);
        let text = SafeText::clean(words);
        self.cue(gap, is_own, Cue::Quiet { bubble, text });
    }

    fn rest(&mut self, span: Duration) {
        self.timeline.cues.push(TimedCue {
            gap: span,
            is_own: false,
            cue: Cue::Rest,
        });
    }

    fn push(&mut self, gap: u64, cue: Cue) {
        self.cue(gap, false, cue);
    }

    fn cue(&mut self, gap: u64, is_own: bool, cue: Cue) {
        self.timeline.cues.push(TimedCue {
            gap: Duration::from_millis(gap),
            is_own,
            cue,
        });
    }

    fn bubble(&mut self, content: Option<Content>, cue: Option<usize>) -> u32 {
        let number = u32::try_from(self.bubbles.len()).unwrap_or(u32::MAX);
        self.bubbles.push(BubbleSoFar {
            content,
            cue,
            state: CardState::default(),
        });
        number
    }

    /// How long the consumer reads what came, in milliseconds.
    fn time_to_read(&mut self) -> u64 {
        let letters = std::mem::take(&mut self.to_read) as u64;
        let read = (600 + 25 * letters).min(2500);
        self.chance.u64(read * 8 / 10..=read * 12 / 10)
    }
}

fn replies(titles: &[String]) -> Vec<QuickReply> {
    let titles = titles.iter();
    titles
        .map(|title| QuickReply::publishing(title, &[title], None))
        .collect()
}

fn told(step: &ScriptStep, why: &str) -> String {
    format!("line {}: {why}", step.place.line)
}
