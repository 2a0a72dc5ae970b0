//! What lies over the screen: help, palettes, forms, files, requests by hand.

pub(crate) mod draw;
pub(crate) mod file;
pub(crate) mod form;
pub(crate) mod help;
pub(crate) mod notices;
pub(crate) mod picker;
pub(crate) mod raw;
pub(crate) mod sheet;
pub(crate) mod toast;

use crate::{
    domain::{persona::Persona, text::SafeText},
    engine::{command::Format, update::Consent},
    tui::{
        agent::pick::{self, Pick},
        app::model::Model,
        chat::{attach::Entry, by_hand::Desk},
        commands::{
            export,
            keys::{Action, Context, TABLE},
            slash,
        },
        popups::{
            form::Form,
            picker::{Picker, Sending},
            sheet::Sheet,
        },
        text::{edit::Editor, fuzzy},
    },
};

/// One popup; the top one of the stack has the keyboard.
#[derive(Debug)]
pub(crate) enum Popup {
    /// All keys and commands, from this row on.
    Help { top: usize },
    /// The last notices, from this row on.
    Notices { top: usize },
    /// The editor of requests.
    Raw(Box<Desk>),
    /// The form of a consumer.
    Form(Box<Form>),
    /// A folder to choose a file from.
    Files(Box<Picker>),
    /// A file on the point of being sent.
    File(Box<Sending>),
    /// Something of one bubble.
    Sheet(Box<Sheet>),
    /// What is known of the consumer at the agent's desk, from this row on.
    Facts { top: usize },
    /// A conversation with real people is about to be opened.
    Consent(Consent),
    /// Find a row by its name.
    Palette {
        field: Editor,
        chosen: usize,
        among: Among,
    },
}

/// What a palette offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Among {
    Commands,
    /// Whoever a phone can be handed to.
    Personas,
    /// The forms a conversation can be written out in.
    Exports,
    /// What an agent says often.
    Replies,
    /// What an agent can show.
    Cards,
    /// To whom a conversation can be handed.
    Takers,
    /// Whether conversations ring.
    Availabilities,
    /// Who can sit down at the desk.
    Chairs,
}

impl Popup {
    /// A palette with nothing typed yet.
    pub(crate) fn palette(among: Among) -> Self {
        Self::Palette {
            field: Editor::default(),
            chosen: 0,
            among,
        }
    }

    /// Whether one writes in it more than a few letters.
    pub(crate) fn is_written_in(&self) -> bool {
        matches!(
            self,
            Self::Raw(_) | Self::Form(_) | Self::Files(_) | Self::File(_)
        )
    }

    /// The row of a list the keyboard stands on.
    pub(crate) fn chosen(&mut self) -> Option<&mut usize> {
        match self {
            Self::Palette { chosen, .. } => Some(chosen),
            Self::Files(picker) => Some(&mut picker.chosen),
            _ => None,
        }
    }

    /// The text field that has the keyboard, with the room its rows are wrapped into; `None` for
    /// a field of one row.
    pub(crate) fn field(&mut self) -> Option<(&mut Editor, Option<usize>)> {
        match self {
            Self::Palette { field, .. } => Some((field, None)),
            Self::Files(picker) => Some((&mut picker.field, None)),
            Self::File(sending) => Some((&mut sending.caption, None)),
            Self::Form(form) => form.field().map(|field| (field, None)),
            Self::Raw(desk) => {
                let room = desk.room;
                Some((&mut desk.field, Some(room)))
            }
            Self::Help { .. }
            | Self::Notices { .. }
            | Self::Facts { .. }
            | Self::Sheet(_)
            | Self::Consent(_) => None,
        }
    }

    /// Whether both are of a kind; one of a kind is enough.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Palette { among: one, .. }, Self::Palette { among: two, .. }) => one == two,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// Whether what is picked is shown beside the list.
pub(crate) fn has_preview(among: Among) -> bool {
    matches!(among, Among::Replies | Among::Cards)
}

/// What choosing a row of the palette does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    Act(Action),
    /// Begin this draft in the composer.
    Draft(String),
    Theme(usize),
    /// Hand a phone to this consumer.
    Hand(Box<Persona>),
    /// Go into this folder, or ask about this file.
    Pick(Box<Entry>),
    /// Write the conversation at hand out.
    Export(Format),
    /// Something picked at the agent's desk.
    Desk(Pick),
}

/// A row of the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) label: String,
    pub(crate) keys: String,
    pub(crate) choice: Choice,
}

/// The rows of the palette on top that fit what was typed, the best first; none without one.
pub(crate) fn offers(model: &Model) -> Vec<Offer> {
    let (field, among) = match model.popups.last() {
        Some(Popup::Palette { field, among, .. }) => (field, among),
        Some(Popup::Files(picker)) => return entries(picker),
        _ => return Vec::new(),
    };
    let offers = match among {
        Among::Commands => commands(model),
        Among::Personas => personas(model),
        Among::Exports => exports(""),
        Among::Replies => of_desk(model.desk.canned_replies()),
        Among::Cards => of_desk(model.desk.cards()),
        Among::Takers => of_desk(model.desk.takers()),
        Among::Availabilities => of_desk(model.desk.availabilities()),
        Among::Chairs => of_desk(model.desk.sitters()),
    };
    let typed = field.text();
    // Whoever goes by that name comes before those of whom it merely says so.
    let score = |offer: &Offer| {
        let name = match &offer.choice {
            Choice::Hand(persona) => fuzzy::score(typed, &persona.name),
            _ => None,
        };
        let rest = fuzzy::score(typed, &offer.label).map(|score| (false, score));
        name.map(|score| (true, score)).or(rest)
    };
    let mut fitting: Vec<((bool, i32), Offer)> = offers
        .into_iter()
        .filter_map(|offer| Some((score(&offer)?, offer)))
        .collect();
    if !typed.trim().is_empty() {
        // The sort keeps the order of the table among equals.
        fitting.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    }
    fitting.into_iter().map(|(_, offer)| offer).collect()
}

fn of_desk(offers: Vec<pick::Offer>) -> Vec<Offer> {
    let offer = |(label, keys, pick)| Offer {
        label,
        keys,
        choice: Choice::Desk(pick),
    };
    offers.into_iter().map(offer).collect()
}

/// What lies in the folder of a picker.
fn entries(picker: &Picker) -> Vec<Offer> {
    let offer = |entry: &Entry| Offer {
        label: entry.label(),
        keys: entry.facts(),
        choice: Choice::Pick(Box::new(entry.clone())),
    };
    picker.fitting().into_iter().map(offer).collect()
}

/// Whoever a phone can be handed to: those there are, then those on the desk nobody else knows.
fn personas(model: &Model) -> Vec<Offer> {
    let on_desk = |persona: &Persona| {
        let mut phones = model.phones_in_order();
        phones.any(|phone| {
            let holder = phone.persona.as_deref();
            holder.is_some_and(|holder| holder.consumer == persona.consumer)
        })
    };
    let known = model.personas.iter();
    let strangers = model
        .phones_in_order()
        .filter_map(|phone| phone.persona.as_deref())
        .filter(|holder| {
            let mut known = model.personas.iter();
            !known.any(|one| one.persona.consumer == holder.consumer)
        });
    known
        .map(|one| (&one.persona, one.file.is_some()))
        .chain(strangers.map(|persona| (persona, false)))
        .map(|(persona, own)| {
            let whole = format!("{} {} · {}", persona.avatar, persona.name, persona.about);
            let label = SafeText::clean(whole.trim()).as_str().replace('\n', " ");
            Offer {
                label,
                keys: match (on_desk(persona), own) {
                    (true, _) => "on the desk".to_owned(),
                    (false, true) => "yours".to_owned(),
                    (false, false) => String::new(),
                },
                choice: Choice::Hand(Box::new(persona.clone())),
            }
        })
        .collect()
}

fn commands(model: &Model) -> Vec<Offer> {
    let offered = |context: Context| match context {
        Context::Everywhere => true,
        Context::Desk => model.desk.is_taken(),
        context => context.is_bench() && !model.desk.alone,
    };
    let actions = TABLE
        .iter()
        .filter(|row| offered(row.context))
        .filter(|row| !(model.desk.alone && row.action.needs_phone()))
        .filter(|row| {
            !matches!(
                row.action,
                Action::Reply(_)
                    | Action::Palette
                    | Action::Back
                    | Action::FilterHere
                    | Action::OpenEntry
                    | Action::LeaveEntry
            )
        })
        .map(|row| Offer {
            label: row.about.to_owned(),
            keys: model.ui.shown(row.action),
            choice: Choice::Act(row.action),
        });
    let themes = model.themes.iter().enumerate().map(|(at, theme)| Offer {
        label: format!("theme {}", theme.name),
        keys: String::new(),
        choice: Choice::Theme(at),
    });
    let drafts = slash::ALL
        .iter()
        .filter(|slash| !slash.argument.is_empty())
        .map(|slash| Offer {
            label: format!("/{} {}", slash.name, slash.argument),
            keys: String::new(),
            choice: Choice::Draft(format!("/{} ", slash.name)),
        });
    let all = actions.chain(themes);
    if model.desk.alone {
        return all.collect();
    }
    all.chain(exports("export as ")).chain(drafts).collect()
}

/// The forms a conversation can be written out in, with a word or two before each.
fn exports(before: &str) -> Vec<Offer> {
    let offer = |form: &export::Form| Offer {
        label: format!("{before}{}", form.about),
        keys: String::new(),
        choice: Choice::Export(form.format),
    };
    export::FORMS.iter().map(offer).collect()
}
