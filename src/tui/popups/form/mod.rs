//! The form of a consumer: what the next conversation is opened with, field by
//! field.
//!
//! `table` says which fields there are; this file keeps what stands in them and
//! makes a persona of it; `tree` finds each in the persona's own JSON, so that
//! what the form does not know stays as it is.

mod draw;
mod kinds;
mod table;
#[cfg(test)]
mod tests;
mod tree;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use serde_json::{Value, json};

use crate::{
    domain::{
        ids::{AccountId, PhoneId},
        notice::Severity,
        persona::Persona,
    },
    tui::{
        commands::keys::{Action, Context},
        popups::{Layer, Outcome, Scene, filling},
        terminal::images::gallery::Gallery,
        text::edit::Editor,
    },
};

pub(crate) use kinds::FieldKind;
pub(crate) use table::{Field, TABLE};

/// Fields a page goes on by.
const PAGE: usize = 10;

#[derive(Debug)]
pub(crate) enum Holds {
    Text(Editor),
    /// One of some words; the first of them is none.
    Choice {
        options: Vec<String>,
        at: usize,
    },
    Check(bool),
}

impl Holds {
    /// The text it stands for.
    fn text(&self) -> String {
        match self {
            Self::Text(field) => field.text().to_owned(),
            Self::Choice { options, at } => options.get(*at).cloned().unwrap_or_default(),
            Self::Check(on) => on.to_string(),
        }
    }
}

/// What the keyboard stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormTarget {
    /// A field, by its row in the table.
    Field(usize),
    /// Whether values that do not fit are let through.
    Odd,
    Save,
    Begin,
    Tell,
}

/// The buttons under the fields with what stands on them.
pub(crate) const BUTTONS: [(FormTarget, &str); 4] = [
    (FormTarget::Odd, "odd values allowed"),
    (FormTarget::Save, "( Save )"),
    (FormTarget::Begin, "( Begin )"),
    (FormTarget::Tell, "( Tell )"),
];

/// A field that cannot be kept as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) field: usize,
    pub(crate) reason: String,
    /// Whether it stays when odd values are allowed: the persona has no place for it.
    pub(crate) strict: bool,
}

/// A form with what stands in it.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) phone: PhoneId,
    persona: Value,
    pub(crate) holds: Vec<Holds>,
    before: Vec<String>,
    pub(crate) target: FormTarget,
    pub(crate) odd: bool,
    /// Whether the request is shown where there is no room for both.
    pub(crate) showing: bool,
    /// The first row in view.
    pub(crate) top: usize,
    /// Whether somebody was told that closing drops what was changed.
    pub(crate) warned: bool,
}

impl Form {
    pub(crate) fn of(phone: PhoneId, persona: &Persona) -> Self {
        let persona = serde_json::to_value(persona).unwrap_or_default();
        let holds: Vec<Holds> = TABLE
            .iter()
            .map(|field| field.kind.holds(tree::find(&persona, field.path)))
            .collect();
        Self {
            phone,
            before: holds.iter().map(Holds::text).collect(),
            persona,
            holds,
            target: FormTarget::Field(0),
            odd: false,
            showing: false,
            top: 0,
            warned: false,
        }
    }

    pub(crate) fn is_changed(&self) -> bool {
        let now = self.holds.iter().map(Holds::text);
        now.zip(&self.before).any(|(now, before)| now != *before)
    }

    /// The text field the keyboard stands in.
    fn text(&mut self) -> Option<&mut Editor> {
        let FormTarget::Field(at) = self.target else {
            return None;
        };
        match self.holds.get_mut(at) {
            Some(Holds::Text(field)) => Some(field),
            _ => None,
        }
    }

    /// Moves on by so many fields and buttons, not past either end.
    pub(crate) fn step(&mut self, on: bool, by: usize) {
        let targets = TABLE.len() + BUTTONS.len();
        let here = match self.target {
            FormTarget::Field(at) => at,
            target => {
                let button = BUTTONS.iter().position(|(one, _)| *one == target);
                TABLE.len() + button.unwrap_or(0)
            }
        };
        let there = if on {
            here.saturating_add(by).min(targets - 1)
        } else {
            here.saturating_sub(by)
        };
        self.target = there
            .checked_sub(TABLE.len())
            .and_then(|button| BUTTONS.get(button))
            .map_or(FormTarget::Field(there), |(target, _)| *target);
    }

    /// Turns a check box over, or takes the next word or the one before.
    pub(crate) fn turn(&mut self, on: bool) {
        self.warned = false;
        match self.target {
            FormTarget::Odd => self.odd = !self.odd,
            FormTarget::Field(at) => match self.holds.get_mut(at) {
                Some(Holds::Check(checked)) => *checked = !*checked,
                Some(Holds::Choice { options, at }) => {
                    let count = options.len().max(1);
                    let step = if on { 1 } else { count - 1 };
                    *at = (*at + step) % count;
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// What is wrong with the fields that were changed, in their order.
    pub(crate) fn complaints(&self) -> Vec<Complaint> {
        let mut complaints: Vec<Complaint> = self
            .changed()
            .filter_map(|(at, field, text)| {
                let reason = field.kind.value(&text).err()?;
                Some(Complaint {
                    field: at,
                    reason,
                    strict: field.kind.is_strict(),
                })
            })
            .collect();
        // Half a campaign routes nowhere.
        let holds = |path: &str| {
            let at = TABLE.iter().position(|field| field.path == path)?;
            let text = self.holds.get(at)?.text();
            Some((at, text.is_empty()))
        };
        if let (Some((campaign, no_campaign)), Some((engagement, no_engagement))) =
            (holds(table::CAMPAIGN), holds(table::ENGAGEMENT))
            && no_campaign != no_engagement
        {
            complaints.push(Complaint {
                field: if no_campaign { campaign } else { engagement },
                reason: "campaignId and engagementId go together".to_owned(),
                strict: false,
            });
        }
        complaints.sort_by_key(|complaint| complaint.field);
        complaints
    }

    /// What keeps the form from being kept, if anything does.
    pub(crate) fn obstacle(&self) -> Option<Complaint> {
        let mut complaints = self.complaints().into_iter();
        complaints.find(|complaint| complaint.strict || !self.odd)
    }

    /// The fields that were changed, with what stands in them.
    fn changed(&self) -> impl Iterator<Item = (usize, &'static Field, String)> {
        let now = self.holds.iter().map(Holds::text).zip(&self.before);
        TABLE
            .iter()
            .zip(now)
            .enumerate()
            .filter(|(_, (_, (now, before)))| now != *before)
            .map(|(at, (field, (now, _)))| (at, field, now))
    }

    /// The persona the form describes; odd values go in as they are written.
    pub(crate) fn persona(&self) -> Result<Persona, String> {
        let mut tree = self.persona.clone();
        for (_, field, text) in self.changed() {
            if let FieldKind::Member(name) = field.kind {
                tree::set_member(&mut tree, field.path, name, text == "true");
                continue;
            }
            let value = field.kind.value(&text);
            let value = value.unwrap_or_else(|_| Some(field.kind.odd(&text)));
            tree::set(&mut tree, field.path, value);
        }
        let campaign = "opening/campaign";
        if tree::find(&tree, campaign).is_some_and(Value::is_object) {
            for path in [table::CAMPAIGN, table::ENGAGEMENT] {
                if tree::find(&tree, path).is_none() {
                    tree::set(&mut tree, path, Some(json!("")));
                }
            }
        }
        tree::prune(&mut tree);
        let both = [table::CAMPAIGN, table::ENGAGEMENT]
            .map(|path| tree::find(&tree, path).and_then(Value::as_str) == Some(""));
        if both == [true, true] {
            tree::set(&mut tree, campaign, None);
        }
        serde_json::from_value(tree).map_err(|fault| fault.to_string())
    }

    /// What goes over the wire when a conversation is opened so: the header, then the batch.
    pub(crate) fn request(&self, account: &AccountId) -> Result<(String, Value), String> {
        let persona = self.persona()?;
        let header = persona.properties.header();
        Ok((header, persona.opening.envelope(account)))
    }
}

/// Columns and rows of the form, with its frame.
const SIZE: (u16, u16) = (130, 60);

impl Form {
    fn press(&mut self, target: FormTarget) -> Outcome {
        if target == FormTarget::Odd {
            self.odd = !self.odd;
            return Outcome::Stays;
        }
        let (reason, hint) = match self.obstacle() {
            Some(complaint) => {
                self.target = FormTarget::Field(complaint.field);
                let hint = if complaint.strict {
                    ""
                } else {
                    "allow odd values to send it all the same"
                };
                (complaint.reason, hint)
            }
            None => match self.persona() {
                Ok(persona) => {
                    return Outcome::Kept {
                        phone: self.phone,
                        persona: Box::new(persona),
                        target,
                    };
                }
                Err(reason) => (reason, ""),
            },
        };
        let title = "it was not kept".to_owned();
        Outcome::Told(Severity::Warning, title, reason, hint.to_owned())
    }
}

impl Layer for Form {
    fn title(&self) -> String {
        " Who the consumer is, and how conversations are opened ".to_owned()
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Form, Context::Edit, Context::Everywhere]
    }

    fn size(&self, _scene: &Scene<'_>) -> (u16, u16) {
        SIZE
    }

    fn fills(&self) -> bool {
        true
    }

    fn is_written_in(&self) -> bool {
        true
    }

    fn keys(&self, scene: &Scene<'_>, area: Rect) -> String {
        draw::keys(scene, usize::from(area.width).saturating_sub(2))
    }

    fn prepare(&mut self, screen: Rect, _gallery: &Gallery) {
        if let Some(fields) = draw::parts(filling(SIZE, screen), self.showing).fields {
            draw::prepare(self, fields.height);
        }
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        draw::draw(scene, self, area, frame);
    }

    fn act(&mut self, action: Action, _scene: &Scene<'_>, _area: Rect) -> Outcome {
        match action {
            Action::NextField => self.step(true, 1),
            Action::PreviousField => self.step(false, 1),
            Action::ShowRequest => self.showing = !self.showing,
            Action::Press => match self.target {
                FormTarget::Field(_) => self.step(true, 1),
                target => return self.press(target),
            },
            Action::Save => return self.press(FormTarget::Save),
            Action::SaveAndBegin => return self.press(FormTarget::Begin),
            Action::Left | Action::Right if self.text().is_none() => {
                self.turn(action == Action::Right);
            }
            _ => return Outcome::Passed,
        }
        Outcome::Stays
    }

    /// Fields are gone through by a few at a time: sections of them are rarely longer.
    fn page(&self, _area: Rect) -> usize {
        PAGE
    }

    fn rows(&mut self, up: bool, rows: usize, _scene: &Scene<'_>, _area: Rect) {
        self.step(!up, rows);
    }

    fn click(&mut self, at: Position, _scene: &Scene<'_>, area: Rect) -> Outcome {
        let Some(target) = draw::target_at(self, area, at) else {
            return Outcome::Stays;
        };
        self.target = target;
        match target {
            FormTarget::Field(_) if self.text().is_some() => {}
            FormTarget::Field(_) => self.turn(true),
            target => return self.press(target),
        }
        Outcome::Stays
    }

    fn field(&mut self) -> Option<(&mut Editor, Option<usize>)> {
        self.text().map(|field| (field, None))
    }

    /// A user who goes on writing is asked again before it is dropped.
    fn edited(&mut self) {
        self.warned = false;
    }

    /// A blank turns what is no text.
    fn typed(&mut self, text: &str) {
        if text == " " {
            self.turn(true);
        }
    }
}
