//! Who says and does things in a show besides the consumer, and what the consumer taps.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::{
    domain::{
        content::{Content, QuickReply},
        rich::{
            card::{Face, Part},
            find::{self, Usable, WantedElement},
            press::{Choice, Press, Wanted},
        },
        role::Role,
        text::{SafeText, capital},
    },
    stage::{build::TimelineBuilder, timeline::Cue},
};

/// What agents are called whom nobody names, in the order they have the conversation.
const AGENTS: [&str; 3] = ["Riley", "Sam", "Alex"];

impl TimelineBuilder<'_> {
    /// What somebody is called, and as what they take part.
    pub(super) fn person(&self, who: &str) -> (String, Role) {
        let unnamed = || {
            let usual = AGENTS.get(self.hand_overs).or(AGENTS.last());
            let usual = usual.copied().unwrap_or_default();
            self.agent.clone().unwrap_or_else(|| usual.to_owned())
        };
        match who {
            "agent" | "anyone" => (unnamed(), Role::AssignedAgent),
            "bot" => ("Bot".to_owned(), Role::AssignedAgent),
            "manager" => ("A supervisor".to_owned(), Role::Manager),
            "system" => ("The system".to_owned(), Role::Controller),
            "survey" => ("Survey".to_owned(), Role::Agent),
            name => (capital(name), Role::AssignedAgent),
        }
    }

    /// Somebody else says something, after some time of typing.
    pub(super) fn say_as(&mut self, who: &str, content: Content) {
        let (name, role) = self.person(who);
        let letters = match &content {
            Content::Text { text, .. } => text.as_str().chars().count(),
            _ => 14,
        };
        let is_person = matches!(role, Role::AssignedAgent | Role::Manager);
        if role == Role::AssignedAgent && self.agent.is_none() {
            self.join(&name);
        }
        let gap = if is_person {
            let was_typing = self.is_typing;
            self.typing(who);
            let typed = (letters as u64 * 1000 / 7).clamp(800, 6000);
            if was_typing { 300 } else { typed }
        } else {
            self.nobody_types();
            self.chance.u64(600..=1100)
        };
        let cue = self.timeline.cues.len() + usize::from(self.is_typing);
        if std::mem::take(&mut self.is_typing) {
            self.push(gap, Cue::Typing(None));
        }
        let bubble = self.bubble(Some(content.clone()), Some(cue));
        let gap = if is_person { 0 } else { gap };
        let name = SafeText::clean(&name);
        let shown = Cue::Show {
            bubble,
            name,
            role,
            content,
        };
        self.push(gap, shown);
        self.to_read += letters;
    }

    /// Somebody begins to type.
    pub(super) fn typing(&mut self, who: &str) {
        let (name, _) = self.person(who);
        if !std::mem::replace(&mut self.is_typing, true) {
            let gap = self.chance.u64(400..=1300);
            self.push(gap, Cue::Typing(Some(SafeText::clean(&name))));
        }
    }

    pub(super) fn nobody_types(&mut self) {
        if std::mem::take(&mut self.is_typing) {
            self.push(200, Cue::Typing(None));
        }
    }

    /// Somebody takes the conversation, unless they have it.
    pub(super) fn join(&mut self, name: &str) {
        if self.agent.as_deref() == Some(name) {
            return;
        }
        let gap = self.chance.u64(700..=1500);
        self.quiet(gap, false, &format!("{name} joined the conversation"));
        self.set_agent(Some(name.to_owned()));
    }

    pub(super) fn set_agent(&mut self, name: Option<String>) {
        if let Some(name) = &name {
            let first = name.split_whitespace().next().unwrap_or(name);
            self.values.set("agent.first", first.to_owned());
            self.values.set("agent.name", name.clone());
        }
        self.push(0, Cue::Agent(name.as_deref().map(SafeText::clean)));
        self.agent = name;
    }

    /// The consumer uses a quick reply or an element of a card: that of the newest message that has
    /// it.
    pub(super) fn tap(&mut self, wanted: &WantedElement) {
        self.press(wanted, None);
    }

    /// The consumer picks a value.
    pub(super) fn pick(&mut self, value: &str, wanted: &WantedElement) {
        self.press(wanted, Some(value));
    }

    fn press(&mut self, wanted: &WantedElement, value: Option<&str>) {
        let gap = self.time_to_read();
        let mut newest = self.bubbles.iter_mut().enumerate().rev();
        let found = newest.find_map(|(at, bubble)| {
            let usable = find::usable(bubble.content.as_ref()?, wanted)?;
            Some((at, bubble, usable))
        });
        let words = match (value, wanted) {
            (Some(value), _) => value.to_owned(),
            (None, WantedElement::Title(words) | WantedElement::Id(words)) => words.clone(),
        };
        let Some((at, bubble, usable)) = found else {
            return self.send_all(gap, vec![words]);
        };
        let (card, part) = match usable {
            Usable::Reply(index) => {
                let replies = bubble.content.as_ref().map_or(&[][..], Content::replies);
                let click = replies.get(index).and_then(QuickReply::click);
                let texts = click.map_or_else(|| vec![words], |click| click.texts);
                return self.send_all(gap, texts);
            }
            Usable::Part(card, part) => (card, part),
        };
        let choice = value.and_then(|value| {
            let element = card.element(part.element)?;
            find::choice_of(element, value)
        });
        let part = choice.map_or(part, |nth| Part {
            element: part.element,
            face: Face::Nth(nth),
        });
        let mut press = card.press(part, &mut bubble.state, &BTreeMap::new(), &TimeZone::UTC);
        let asks = matches!(press, Press::Wants(..));
        if let (Press::Wants(number, asked), Some(value)) = (&press, value) {
            let choice = match asked {
                Wanted::Dates(picker) => find::days(value, picker.range),
                Wanted::Slot(slots) => find::slot(value, slots).map(Choice::Slot),
            };
            let chosen = choice.map(|choice| (*number, choice)).into_iter().collect();
            press = card.press(part, &mut bubble.state, &chosen, &TimeZone::UTC);
        }
        // What is picked of a card that the scenario only outlines is said as it is written.
        let is_outlined = value.is_some() && choice.is_none() && !asks;
        let state = bubble.state.clone();
        let bubble = u32::try_from(at).unwrap_or(u32::MAX);
        self.nobody_types();
        self.cue(gap, true, Cue::Card { bubble, state });
        match press {
            _ if is_outlined => self.send(250, false, Content::text(SafeText::clean(&words))),
            Press::Send(click, _) => click.texts.iter().for_each(|text| {
                let content = Content::text(SafeText::clean(text));
                self.send(250, false, content);
            }),
            Press::Wants(..) => {
                self.send(250, false, Content::text(SafeText::clean(&words)));
            }
            Press::Turned | Press::Refused(_) => {}
        }
    }

    fn send_all(&mut self, gap: u64, texts: Vec<String>) {
        let (mut gap, mut is_own) = (gap, true);
        for text in texts {
            self.send(gap, is_own, Content::text(SafeText::clean(&text)));
            (gap, is_own) = (250, false);
        }
    }
}
