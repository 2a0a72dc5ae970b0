//! What the screen is to do, from what happens in the timeline.

use std::time::Duration;

use crate::{
    domain::{
        content::Content,
        ids::{DialogId, ItemId, ParticipantId},
        line::{Delivery, Hops, Line, LineBody},
        rich::card::CardState,
        role::Author,
        text::SafeText,
        time::Timestamp,
    },
    stage::{
        player::StagePlayer,
        timeline::{Cue, Tick},
        typing::{Stroke, StrokeKey},
    },
};

/// Something that the screen is to do.
#[derive(Debug, Clone, PartialEq)]
pub enum StageAct {
    /// Show an empty phone: the show begins, or is played up to some place at once.
    Clear,
    /// Have exactly this in the composer.
    Draft(String),
    /// Show a line, new or changed.
    Line(Box<Line>),
    /// Say who is typing; nobody any more.
    Typing(Option<SafeText>),
    /// Say who has the conversation; nobody any more.
    Agent(Option<SafeText>),
    /// Show that the conversation is closed.
    Close,
    /// Show what was done with the card of a bubble.
    Card(ItemId, CardState),
    /// Show a caption; a chapter begins.
    Caption(SafeText),
}

impl StagePlayer {
    /// Plays what comes next, or the next key of it.
    pub(super) fn play_next(&mut self, at: Timestamp, acts: &mut Vec<StageAct>) {
        let Some(timed) = self.timeline.cues.get(self.next) else {
            return;
        };
        if let Cue::Write { strokes, .. } = &timed.cue {
            let stroke = strokes.get(self.stroke).cloned();
            if let Some(stroke) = &stroke {
                self.strike(stroke, acts);
            }
            self.stroke += 1;
            let is_written = stroke.is_none() || self.stroke >= self.strokes();
            if is_written {
                self.next += 1;
                self.stroke = 0;
            }
        } else {
            let cue = timed.cue.clone();
            self.perform(&cue, at, acts);
            self.next += 1;
        }
        self.wait = self.next_gap();
    }

    fn strike(&mut self, stroke: &Stroke, acts: &mut Vec<StageAct>) {
        match &stroke.key {
            StrokeKey::Write(grapheme) => self.draft.push(grapheme.clone()),
            StrokeKey::TakeBack => drop(self.draft.pop()),
        }
        acts.push(StageAct::Draft(self.draft.concat()));
    }

    /// How many keys the line that comes next has.
    fn strokes(&self) -> usize {
        match self.timeline.cues.get(self.next).map(|timed| &timed.cue) {
            Some(Cue::Write { strokes, .. }) => strokes.len(),
            _ => 0,
        }
    }

    /// Does what a cue says; of one that is written, only what is written then.
    pub(super) fn perform(&mut self, cue: &Cue, at: Timestamp, acts: &mut Vec<StageAct>) {
        match cue {
            Cue::Write { graphemes, .. } => {
                self.draft.clone_from(graphemes);
                acts.push(StageAct::Draft(self.draft.concat()));
            }
            Cue::Say { bubble, content } => {
                if !self.draft.is_empty() {
                    self.draft.clear();
                    acts.push(StageAct::Draft(String::new()));
                }
                self.nothing_to_answer(acts);
                self.say(*bubble, content.clone(), at, acts);
            }
            Cue::Delivered { bubble, tick } => self.deliver(*bubble, *tick, acts),
            Cue::Show {
                bubble,
                name,
                role,
                content,
            } => {
                let sequence = self.placed + 1;
                let body = LineBody::Theirs {
                    author: Author {
                        id: ParticipantId::from(name.as_str()),
                        role: role.clone(),
                    },
                    name: name.clone(),
                    content: content.clone(),
                    dialog: DialogId::from("stage"),
                    sequence,
                    answerable: !content.replies().is_empty(),
                };
                self.nothing_to_answer(acts);
                self.put(*bubble, body, at, acts);
            }
            Cue::Quiet { bubble, text } => {
                let text = text.clone();
                self.put(*bubble, LineBody::Quiet { text }, at, acts);
            }
            Cue::Typing(name) => acts.push(StageAct::Typing(name.clone())),
            Cue::Agent(name) => acts.push(StageAct::Agent(name.clone())),
            Cue::Close => acts.push(StageAct::Close),
            Cue::Card { bubble, state } => {
                acts.push(StageAct::Card(Self::id(*bubble), state.clone()));
            }
            Cue::Note(text) => acts.push(StageAct::Caption(text.clone())),
            Cue::Rest => {}
        }
    }

    fn say(&mut self, number: u32, content: Content, at: Timestamp, acts: &mut Vec<StageAct>) {
        let body = LineBody::Mine {
            content,
            delivery: Delivery::Leaving,
            hops: Hops::default(),
        };
        self.put(number, body, at, acts);
    }

    fn put(&mut self, number: u32, body: LineBody, at: Timestamp, acts: &mut Vec<StageAct>) {
        self.placed += 1;
        let line = Line::new(Self::id(number), at, (0, self.placed), body);
        self.lines.insert(number, line.clone());
        acts.push(StageAct::Line(Box::new(line)));
    }

    fn deliver(&mut self, number: u32, tick: Tick, acts: &mut Vec<StageAct>) {
        let Some(line) = self.lines.get_mut(&number) else {
            return;
        };
        let sequence = line.place.numbered().map_or(0, |(_, sequence)| sequence);
        if let LineBody::Mine { delivery, .. } = &mut line.body {
            *delivery = match tick {
                Tick::Sent => Delivery::Sent { sequence },
                Tick::Accepted => Delivery::Accepted { sequence },
                Tick::Read => Delivery::Read { sequence },
            };
            acts.push(StageAct::Line(Box::new(line.clone())));
        }
    }

    /// The quick replies of the messages so far are gone.
    fn nothing_to_answer(&mut self, acts: &mut Vec<StageAct>) {
        for line in self.lines.values_mut() {
            if let LineBody::Theirs { answerable, .. } = &mut line.body
                && std::mem::take(answerable)
            {
                acts.push(StageAct::Line(Box::new(line.clone())));
            }
        }
    }

    /// Sends what the presenter wrote; it comes as far as every message.
    pub(super) fn say_by_hand(&mut self, text: &str, now: Timestamp, acts: &mut Vec<StageAct>) {
        let number = self.by_hand;
        self.by_hand += 1;
        self.nothing_to_answer(acts);
        self.say(number, Content::text(SafeText::clean(text)), now, acts);
        let spans = [(Tick::Sent, 100), (Tick::Accepted, 400), (Tick::Read, 1300)];
        self.to_come.extend(spans.map(|(tick, millis)| {
            let at = now.after(Duration::from_millis(millis));
            (at, number, tick)
        }));
    }
}
