//! What Riley decides to say and do, pure: what the consumer did goes in, steps come out.

use std::{collections::HashMap, time::Duration};

use serde_json::{Value, json};

use crate::sandbox::{
    agents::{
        consumer_input::ConsumerInput,
        pictures::Picture,
        rich::Rich,
        script::{Button, Line, Rule, Script},
    },
    model::{dialog::Audience, publication::Publication, publish::Message},
    settings::Delays,
};

/// Messages of a flood at most.
const FLOOD: u32 = 5000;

/// Milliseconds it takes to find something to show.
const FINDING: u64 = 400;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AnswerStep {
    Wait(Duration),
    /// Let time pass; an agent who is spoken to meanwhile forgets the rest of the answer.
    Silence(Duration),
    Picture {
        picture: &'static Picture,
        caption: Option<String>,
    },
    Publish(Message),
    Join,
    Supervise(Message),
    Leave,
    /// Hand the conversation to the agents of a skill.
    Transfer(String),
    /// Hand the conversation to the colleague of this name.
    HandTo(String),
    /// Give the conversation back to its queue.
    Queue,
    /// Close the conversation, and begin another with the consumer after a while.
    CallLater(Duration),
    Close,
}

impl AnswerStep {
    /// Whether it says something as Riley.
    pub(crate) fn says(&self) -> bool {
        match self {
            Self::Publish(message) => message.publication.is_content(),
            Self::Picture { .. } => true,
            _ => false,
        }
    }

    /// Whether another agent may take the conversation after it.
    pub(crate) fn gives_away(&self) -> bool {
        matches!(self, Self::Transfer(_) | Self::HandTo(_) | Self::Queue)
    }
}

#[derive(Debug)]
pub(crate) struct AnswerPlanner {
    delays: Delays,
    topic: Option<String>,
    /// For rules with one line at a time: the order of the lines, and how many were said.
    turns: HashMap<String, (Vec<usize>, usize)>,
    rng: fastrand::Rng,
}

impl AnswerPlanner {
    /// A planner that goes on with this topic.
    pub(crate) fn new(delays: Delays, topic: Option<String>, rng: fastrand::Rng) -> Self {
        Self {
            delays,
            topic,
            turns: HashMap::new(),
            rng,
        }
    }

    /// The rule used last, which the next message may follow on.
    pub(crate) fn topic(&self) -> Option<&str> {
        self.topic.as_deref()
    }

    /// What to say first, briskly: these of the script's lines.
    pub(crate) fn open(&self, script: &Script, lines: &[Line]) -> Vec<AnswerStep> {
        let patient = Delays {
            longest: self.delays.greeting,
            ..self.delays
        };
        lines
            .iter()
            .flat_map(|line| steps(line, &ConsumerInput::Odd, &script.rich, &patient))
            .collect()
    }

    pub(crate) fn answer(&mut self, script: &Script, input: &ConsumerInput) -> Vec<AnswerStep> {
        let (lines, topic) = self.decide(script, input);
        self.topic = topic;
        lines
            .iter()
            .flat_map(|line| steps(line, input, &script.rich, &self.delays))
            .collect()
    }

    /// Whether this ends the answer in the making.
    pub(crate) fn is_interrupted_by(&self, script: &Script, input: &ConsumerInput) -> bool {
        let ConsumerInput::Text { text, .. } = input else {
            return false;
        };
        script
            .find_words(text, self.topic())
            .is_some_and(|rule| rule.interrupts)
    }

    /// The lines that answer this, and the topic they leave.
    fn decide(&mut self, script: &Script, input: &ConsumerInput) -> (Vec<Line>, Option<String>) {
        let (text, click) = match input {
            ConsumerInput::Text { text, click } => (text, click.as_deref()),
            ConsumerInput::Tap { .. } => return (script.tapped_silently.clone(), None),
            ConsumerInput::File { .. } => return (script.picture.clone(), None),
            ConsumerInput::Rating(Some(_)) => return (script.rated.clone(), None),
            ConsumerInput::Rating(None) => return (script.unrated.clone(), None),
            ConsumerInput::Odd => return (script.lost.clone(), None),
        };
        let clicked = click.and_then(|click| script.find_click(click, self.topic()));
        if clicked.is_none() && click.is_some_and(|click| script.rich.has_click(click)) {
            return (script.tapped.clone(), None);
        }
        match clicked.or_else(|| script.find_words(text, self.topic())) {
            Some(rule) => (self.lines(rule), Some(rule.name.clone())),
            None => (script.lost.clone(), None),
        }
    }

    /// All lines, or the one whose turn it is: shuffled once, then each in its turn.
    fn lines(&mut self, rule: &Rule) -> Vec<Line> {
        if !rule.one_at_a_time {
            return rule.say.clone();
        }
        let rng = &mut self.rng;
        let (order, said) = self.turns.entry(rule.name.clone()).or_insert_with(|| {
            let mut order: Vec<usize> = (0..rule.say.len()).collect();
            rng.shuffle(&mut order);
            (order, 0)
        });
        let index = order.get(*said % order.len().max(1));
        *said += 1;
        index
            .and_then(|index| rule.say.get(*index))
            .cloned()
            .into_iter()
            .collect()
    }
}

/// Typing for as long as it would take, then the thing itself.
fn steps(line: &Line, input: &ConsumerInput, rich: &Rich, delays: &Delays) -> Vec<AnswerStep> {
    let typed = |text: &str, message: Message| {
        vec![
            state("COMPOSING"),
            AnswerStep::Wait(delays.writing(text)),
            state("ACTIVE"),
            AnswerStep::Publish(message),
        ]
    };
    match line {
        Line::Text(text) => {
            let text = input.put_into(text);
            typed(&text, Publication::text(text.clone()).into())
        }
        Line::Ask { text, replies } => {
            let buttons: Vec<Value> = replies.iter().map(Button::to_wire).collect();
            let publication = Publication::Text {
                message: text.clone(),
                quick_replies: Some(
                    json!({ "type": "quickReplies", "itemsPerRow": 3, "replies": buttons }),
                ),
            };
            typed(text, publication.into())
        }
        Line::Card {
            title,
            text,
            buttons,
        } => {
            let mut elements = vec![
                json!({ "type": "text", "text": title, "tooltip": title, "style": { "bold": true } }),
                json!({ "type": "text", "text": text, "tooltip": text }),
            ];
            elements.extend(buttons.iter().map(Button::to_wire));
            let publication = Publication::Rich {
                content: json!({ "type": "vertical", "elements": elements }),
                quick_replies: None,
            };
            let message = Message {
                metadata: Some(json!([{ "type": "ExternalId", "id": "card" }]).into()),
                ..publication.into()
            };
            typed(text, message)
        }
        Line::Rich(name) => {
            let message = rich.get(name).cloned();
            message.map_or_else(Vec::new, |message| {
                shown(AnswerStep::Publish(message), delays)
            })
        }
        Line::Picture { name, caption } => {
            let sent = Picture::named(name).map(|picture| AnswerStep::Picture {
                picture,
                caption: caption.clone(),
            });
            sent.map_or_else(Vec::new, |step| shown(step, delays))
        }
        Line::Everything => rich
            .all()
            .flat_map(|(_, message)| shown(AnswerStep::Publish(message.clone()), delays))
            .collect(),
        Line::Flood(count) => {
            let count = input.number().unwrap_or(*count).clamp(1, FLOOD);
            (1..=count)
                .map(|number| {
                    AnswerStep::Publish(Publication::text(format!("flood {number}/{count}")).into())
                })
                .collect()
        }
        Line::Note(text) => vec![AnswerStep::Publish(Message {
            audience: Audience::AgentsAndManagers,
            ..Publication::text(text.clone()).into()
        })],
        Line::Type(millis) => vec![
            state("COMPOSING"),
            AnswerStep::Wait(delays.scaled(*millis)),
            state("ACTIVE"),
        ],
        Line::Hesitate(millis) => vec![
            state("COMPOSING"),
            AnswerStep::Wait(delays.scaled(millis / 2)),
            state("PAUSE"),
            AnswerStep::Wait(delays.scaled(*millis)),
        ],
        Line::Silence(millis) => vec![AnswerStep::Silence(delays.scaled(*millis))],
        Line::Join(text) => vec![
            AnswerStep::Join,
            AnswerStep::Wait(delays.writing(text)),
            AnswerStep::Supervise(Publication::text(text.clone()).into()),
        ],
        Line::Leave(text) => vec![
            AnswerStep::Wait(delays.writing(text)),
            AnswerStep::Supervise(Publication::text(text.clone()).into()),
            AnswerStep::Leave,
        ],
        Line::Transfer(skill) => vec![AnswerStep::Transfer(skill.clone())],
        Line::HandTo(name) => vec![AnswerStep::HandTo(name.clone())],
        Line::Queue => vec![AnswerStep::Queue],
        Line::CallLater(millis) => vec![AnswerStep::CallLater(delays.scaled(*millis))],
        Line::Close => vec![AnswerStep::Close],
    }
}

/// Structured content or a picture, after what it takes to find it.
fn shown(what: AnswerStep, delays: &Delays) -> Vec<AnswerStep> {
    vec![
        state("COMPOSING"),
        AnswerStep::Wait(delays.scaled(FINDING)),
        state("ACTIVE"),
        what,
    ]
}

fn state(state: &str) -> AnswerStep {
    AnswerStep::Publish(Publication::ChatState(state.to_owned()).into())
}

impl Delays {
    fn writing(&self, text: &str) -> Duration {
        let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        self.per_character
            .saturating_mul(characters)
            .min(self.longest)
    }

    /// A span of the script; nothing when writing takes no time either.
    fn scaled(&self, millis: u64) -> Duration {
        if self.longest.is_zero() {
            Duration::ZERO
        } else {
            Duration::from_millis(millis)
        }
    }
}
