//! Finding something by its name: a command, a consumer, a reply, whatever a picker offers.

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use crate::{
    domain::{persona::Persona, text::SafeText},
    engine::command::Format,
    tui::{
        agent::{
            self,
            pick::{self, Pick},
        },
        commands::{
            export,
            keys::{Action, Context, TABLE},
            slash,
        },
        popups::{Layer, Outcome, Scene, inside, list, stepped},
        text::{edit::Editor, fuzzy},
    },
};

/// What a palette offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PickerKind {
    Commands,
    /// The consumers a phone can be opened for.
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
    /// Who can sit down in the agent workspace.
    Chairs,
}

impl PickerKind {
    /// Whether what is picked is shown beside the list.
    fn has_preview(self) -> bool {
        matches!(self, Self::Replies | Self::Cards)
    }
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
    /// Write the conversation at hand out.
    Export(Format),
    /// Something picked at the agent workspace.
    Pick(Pick),
}

/// A row of the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) label: String,
    pub(crate) keys: String,
    pub(crate) choice: Choice,
}

/// The palette.
#[derive(Debug)]
pub(crate) struct Palette {
    pub(crate) kind: PickerKind,
    field: Editor,
    chosen: usize,
}

impl Palette {
    /// A palette with nothing typed yet.
    pub(crate) fn new(kind: PickerKind) -> Self {
        Self {
            kind,
            field: Editor::default(),
            chosen: 0,
        }
    }

    /// The entries that fit what was typed, the best first.
    fn entries(&self, scene: &Scene<'_>) -> Vec<Entry> {
        let entries = match self.kind {
            PickerKind::Commands => commands(scene),
            PickerKind::Personas => personas(scene),
            PickerKind::Exports => exports(""),
            PickerKind::Replies => of_workspace(scene.workspace.canned_replies()),
            PickerKind::Cards => of_workspace(scene.workspace.cards()),
            PickerKind::Takers => of_workspace(scene.workspace.takers()),
            PickerKind::Availabilities => of_workspace(scene.workspace.availabilities()),
            PickerKind::Chairs => of_workspace(scene.workspace.sitters()),
        };
        let typed = self.field.text();
        // A consumer of that name comes before those whose description has the word.
        let score = |entry: &Entry| {
            let name = match &entry.choice {
                Choice::Hand(persona) => fuzzy::score(typed, &persona.name),
                _ => None,
            };
            let rest = fuzzy::score(typed, &entry.label).map(|score| (false, score));
            name.map(|score| (true, score)).or(rest)
        };
        let mut fitting: Vec<((bool, i32), Entry)> = entries
            .into_iter()
            .filter_map(|entry| Some((score(&entry)?, entry)))
            .collect();
        if !typed.trim().is_empty() {
            // The sort keeps the order of the table among equals.
            fitting.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        }
        fitting.into_iter().map(|(_, entry)| entry).collect()
    }

    fn choose(&self, scene: &Scene<'_>) -> Outcome {
        let mut entries = self.entries(scene).into_iter();
        let chosen = entries.nth(self.chosen);
        chosen.map_or(Outcome::Closes, |entry| Outcome::Chosen(entry.choice))
    }
}

impl Layer for Palette {
    fn title(&self) -> String {
        let title = match self.kind {
            PickerKind::Commands => " Commands ",
            PickerKind::Personas => " Hand a phone to ",
            PickerKind::Exports => " Export as ",
            PickerKind::Replies => " A reply that was written before ",
            PickerKind::Cards => " Send a card ",
            PickerKind::Takers => " Hand the conversation to ",
            PickerKind::Availabilities => " Whether conversations ring ",
            PickerKind::Chairs => " Log in as ",
        };
        title.to_owned()
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Browse, Context::Edit, Context::Everywhere]
    }

    fn size(&self, _scene: &Scene<'_>) -> (u16, u16) {
        match self.kind {
            PickerKind::Commands => (64, 18),
            PickerKind::Personas => (84, 18),
            // Frame, field and rule, and a row for each.
            PickerKind::Exports => (56, 10),
            PickerKind::Replies | PickerKind::Cards => (120, 30),
            PickerKind::Takers => (56, 16),
            PickerKind::Availabilities => (56, 7),
            PickerKind::Chairs => (40, 10),
        }
    }

    fn fills(&self) -> bool {
        self.kind.has_preview()
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        let (styles, inner) = (&scene.ui.styles, inside(area));
        list::draw_field(&self.field, inner, styles, frame);
        let (list, beside) = split(inner, self.kind);
        let mut entries = self.entries(scene);
        let rows: Vec<_> = entries
            .iter_mut()
            .map(|entry| {
                let (label, keys) = (&mut entry.label, &mut entry.keys);
                (std::mem::take(label), std::mem::take(keys))
            })
            .collect();
        list::draw(&rows, self.chosen, list, styles, frame);
        if let (Some(entry), Some(beside)) = (entries.get(self.chosen), beside)
            && let Choice::Pick(pick) = &entry.choice
        {
            agent::draw::preview(scene.ui, scene.workspace, pick, beside, frame);
        }
    }

    fn act(&mut self, action: Action, scene: &Scene<'_>, _area: Rect) -> Outcome {
        match action {
            Action::Choose => self.choose(scene),
            _ => Outcome::Passed,
        }
    }

    fn rows(&mut self, up: bool, rows: usize, scene: &Scene<'_>, _area: Rect) {
        let last = self.entries(scene).len().saturating_sub(1);
        self.chosen = stepped(self.chosen, up, rows, last);
    }

    fn click(&mut self, at: Position, scene: &Scene<'_>, area: Rect) -> Outcome {
        let (list, _) = split(inside(area), self.kind);
        let count = self.entries(scene).len();
        match list::entry_at(self.chosen, list, at).filter(|row| *row < count) {
            Some(row) => {
                self.chosen = row;
                self.choose(scene)
            }
            None => Outcome::Stays,
        }
    }

    fn field(&mut self) -> Option<(&mut Editor, Option<usize>)> {
        Some((&mut self.field, None))
    }

    fn edited(&mut self) {
        self.chosen = 0;
    }
}

/// Where the list of a palette stands, and beside or below it what is about to be picked.
fn split(inner: Rect, kind: PickerKind) -> (Rect, Option<Rect>) {
    if !kind.has_preview() || inner.height < 10 {
        return (inner, None);
    }
    let (mut list, mut beside) = (inner, inner);
    if inner.width >= 90 {
        list.width = inner.width * 9 / 20;
        beside.x = list.right();
        beside.width = inner.width - list.width;
        beside.y += 2;
        beside.height -= 2;
    } else {
        list.height = inner.height * 2 / 5 + 1;
        beside.y = list.bottom();
        beside.height = inner.height - list.height;
    }
    (list, Some(beside))
}

fn of_workspace(offers: Vec<pick::Offer>) -> Vec<Entry> {
    let entry = |(label, keys, pick)| Entry {
        label,
        keys,
        choice: Choice::Pick(pick),
    };
    offers.into_iter().map(entry).collect()
}

/// The consumers a phone can be opened for: the personas, then those of open phones that are no
/// persona.
fn personas(scene: &Scene<'_>) -> Vec<Entry> {
    let is_open = |persona: &Persona| {
        let mut phones = scene.phones.iter();
        phones.any(|phone| {
            let holder = phone.persona.as_deref();
            holder.is_some_and(|holder| holder.consumer == persona.consumer)
        })
    };
    let known = scene.personas.iter();
    let strangers = scene
        .phones
        .iter()
        .filter_map(|phone| phone.persona.as_deref())
        .filter(|holder| {
            let mut known = scene.personas.iter();
            !known.any(|one| one.persona.consumer == holder.consumer)
        });
    known
        .map(|one| (&one.persona, one.file.is_some()))
        .chain(strangers.map(|persona| (persona, false)))
        .map(|(persona, own)| {
            let whole = format!("{} {} · {}", persona.avatar, persona.name, persona.about);
            let label = SafeText::clean(whole.trim()).one_line();
            Entry {
                label,
                keys: match (is_open(persona), own) {
                    (true, _) => "open".to_owned(),
                    (false, true) => "yours".to_owned(),
                    (false, false) => String::new(),
                },
                choice: Choice::Hand(Box::new(persona.clone())),
            }
        })
        .collect()
}

fn commands(scene: &Scene<'_>) -> Vec<Entry> {
    let offered = |context: Context| match context {
        Context::Everywhere => true,
        Context::Workspace => scene.workspace.is_taken(),
        context => context.is_inspector() && !scene.workspace.alone,
    };
    let actions = TABLE
        .iter()
        .filter(|row| offered(row.context))
        .filter(|row| !(scene.workspace.alone && row.action.needs_phone()))
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
        .map(|row| Entry {
            label: row.about.to_owned(),
            keys: scene.ui.shown(row.action),
            choice: Choice::Act(row.action),
        });
    let themes = scene.themes.iter().enumerate().map(|(at, theme)| Entry {
        label: format!("theme {}", theme.name),
        keys: String::new(),
        choice: Choice::Theme(at),
    });
    let drafts = slash::ALL
        .iter()
        .filter(|slash| !slash.argument.is_empty())
        .map(|slash| Entry {
            label: format!("/{} {}", slash.name, slash.argument),
            keys: String::new(),
            choice: Choice::Draft(format!("/{} ", slash.name)),
        });
    let all = actions.chain(themes);
    if scene.workspace.alone {
        return all.collect();
    }
    all.chain(exports("export as ")).chain(drafts).collect()
}

/// The forms a conversation can be written out in, with a word or two before each.
fn exports(before: &str) -> Vec<Entry> {
    let entry = |form: &export::Form| Entry {
        label: format!("{before}{}", form.about),
        keys: String::new(),
        choice: Choice::Export(form.format),
    };
    export::FORMS.iter().map(entry).collect()
}
