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

mod found;

use found::{found, words};

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
    /// Who can log in to the agent workspace.
    Agents,
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) label: String,
    /// What it does in more words, and other words it is found by.
    pub(crate) about: String,
    synonyms: &'static str,
    pub(crate) keys: String,
    pub(crate) choice: Choice,
}

impl Entry {
    /// One that is found by its label alone.
    fn labelled(label: String, choice: Choice) -> Self {
        Self {
            label,
            about: String::new(),
            synonyms: "",
            keys: String::new(),
            choice,
        }
    }
}

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
            PickerKind::Exports => exports(),
            PickerKind::Replies => of_workspace(scene.workspace.canned_replies()),
            PickerKind::Cards => of_workspace(scene.workspace.cards()),
            PickerKind::Takers => of_workspace(scene.workspace.takers()),
            PickerKind::Availabilities => of_workspace(scene.workspace.availabilities()),
            PickerKind::Agents => of_workspace(scene.workspace.log_ins()),
        };
        let typed = self.field.text();
        if self.kind == PickerKind::Commands {
            return found(typed, entries, scene.recent);
        }
        // A consumer of that name comes before those whose description has the word.
        let score = |entry: &Entry| {
            let name = match &entry.choice {
                Choice::Hand(persona) => fuzzy::score(typed, &persona.name),
                _ => None,
            };
            let rest = fuzzy::score(typed, &entry.label).map(|score| (false, score));
            name.map(|score| (true, score)).or(rest)
        };
        fuzzy::fitting(typed, entries, score)
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
            PickerKind::Agents => " Log in as ",
        };
        title.to_owned()
    }

    fn size(&self, _scene: &Scene<'_>) -> (u16, u16) {
        match self.kind {
            // As wide as the longest row.
            PickerKind::Commands => (140, 20),
            PickerKind::Personas => (84, 18),
            // Frame, field and rule, and a row for each.
            PickerKind::Exports => (56, 11),
            PickerKind::Replies | PickerKind::Cards => (120, 30),
            PickerKind::Takers => (56, 16),
            PickerKind::Availabilities => (56, 7),
            PickerKind::Agents => (40, 10),
        }
    }

    fn fills(&self) -> bool {
        self.kind.has_preview()
    }

    fn enter_does(&self) -> &'static str {
        match self.kind {
            PickerKind::Commands => "do it",
            PickerKind::Personas => "hand it over",
            PickerKind::Exports => "export",
            PickerKind::Replies => "write it",
            PickerKind::Cards => "send",
            PickerKind::Takers => "hand over",
            PickerKind::Availabilities => "choose",
            PickerKind::Agents => "log in",
        }
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        let (styles, inner) = (&scene.ui.styles, inside(area));
        list::draw_head(&self.field, inner, styles, frame);
        let (list, beside) = split(inner, self.kind);
        let mut entries = self.entries(scene);
        let rows: Vec<_> = entries
            .iter_mut()
            .map(|entry| {
                let label = std::mem::take(&mut entry.label);
                let mut about = std::mem::take(&mut entry.about);
                if says_the_same(&about, &label) {
                    about.clear();
                }
                list::ListRow {
                    label,
                    about,
                    facts: std::mem::take(&mut entry.keys),
                }
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

    fn page(&self, area: Rect) -> usize {
        let (list, _) = split(inside(area), self.kind);
        list::page(list)
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

/// Whether all that is said of a command stands in its name already.
fn says_the_same(about: &str, label: &str) -> bool {
    const SMALL: [&str; 6] = ["a", "of", "show", "the", "this", "to"];
    let named: Vec<String> = words(label).collect();
    words(about).all(|word| SMALL.contains(&word.as_str()) || named.contains(&word))
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

fn of_workspace(entries: Vec<pick::PickEntry>) -> Vec<Entry> {
    let entry = |(label, keys, pick)| Entry {
        keys,
        ..Entry::labelled(label, Choice::Pick(pick))
    };
    entries.into_iter().map(entry).collect()
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
                keys: match (is_open(persona), own) {
                    (true, _) => "open".to_owned(),
                    (false, true) => "yours".to_owned(),
                    (false, false) => String::new(),
                },
                ..Entry::labelled(label, Choice::Hand(Box::new(persona.clone())))
            }
        })
        .collect()
}

fn commands(scene: &Scene<'_>) -> Vec<Entry> {
    let offered = |context: Context| match context {
        Context::Workspace => scene.workspace.is_taken(),
        context if context.is_inspector() => !scene.workspace.alone,
        _ => true,
    };
    let actions = TABLE
        .iter()
        .filter(|row| !row.title.is_empty() && offered(row.context))
        .filter(|row| !(scene.workspace.alone && row.action.needs_phone()))
        .map(|row| Entry {
            about: row.about.to_owned(),
            synonyms: row.synonyms,
            keys: scene.ui.shown(row.action),
            ..Entry::labelled(row.title.to_owned(), Choice::Act(row.action))
        });
    let themes = scene.themes.iter().enumerate().map(|(at, theme)| Entry {
        synonyms: "colours brand skin",
        ..Entry::labelled(format!("Theme: {}", theme.name), Choice::Theme(at))
    });
    let drafts = slash::ALL
        .iter()
        .filter(|slash| !slash.title.is_empty())
        .map(|slash| {
            let draft = Choice::Draft(format!("/{} ", slash.name));
            Entry {
                about: slash.about.to_owned(),
                synonyms: slash.synonyms,
                keys: format!("/{} {}", slash.name, slash.argument),
                ..Entry::labelled(slash.title.to_owned(), draft)
            }
        });
    let all = actions.chain(themes);
    if scene.workspace.alone {
        return all.collect();
    }
    let exports = exports().into_iter().map(|entry| Entry {
        label: format!("Export: {}", entry.label),
        synonyms: "save write transcript",
        ..entry
    });
    all.chain(exports).chain(drafts).collect()
}

/// The forms a conversation can be written out in.
fn exports() -> Vec<Entry> {
    let entry = |form: &export::Form| {
        let choice = Choice::Export(form.format);
        Entry::labelled(form.about.to_owned(), choice)
    };
    export::FORMS.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::says_the_same;

    #[test]
    fn a_command_says_nothing_twice() {
        for (about, label, same) in [
            ("one page up", "Go: one page up", true),
            (
                "show all keys and commands",
                "Help: all keys and commands",
                true,
            ),
            ("filter the wire", "Wire: filter", true),
            ("leave handset", "Handset: quit", false),
            ("begin a new conversation", "Conversation: new", false),
        ] {
            assert_eq!(says_the_same(about, label), same, "{label}");
        }
    }
}
