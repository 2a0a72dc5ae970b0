//! The help: all keys and commands, from the live keymap. It begins with what holds where it was
//! opened, and shows what fits the words one types.

use ratatui::{Frame, layout::Rect, style::Style};

use crate::tui::{
    commands::{
        keys::{Action, Chord, Context},
        slash::{self, Slash},
    },
    popups::{
        Layer, Outcome, Scene, inside, list,
        rows::{self, PageRow, heading},
        stepped,
    },
    text::edit::Editor,
    theme::ui::Ui,
};

/// The rows above those of the help: the field, and the line under it.
const HEAD: u16 = 2;

/// What the ticks beside a message say.
const TICKS: [(&str, &str); 5] = [
    ("◷", "waiting to go out, or on its way"),
    ("✓", "the cloud has it"),
    ("✓✓", "somebody on the other side has it"),
    ("✓✓ Read", "somebody on the other side has seen it"),
    ("✗", "it did not go out; the reason stands under it"),
];

#[derive(Debug)]
pub(crate) struct Help {
    /// The contexts that held where it was opened.
    at: &'static [Context],
    /// What the rows are found by.
    field: Editor,
    /// The first row in view.
    top: usize,
}

/// Rows under one heading, each as what one presses or writes, and what it does.
struct Section {
    title: &'static str,
    rows: Vec<(String, String)>,
}

impl Help {
    /// The help as it begins where these contexts hold.
    pub(crate) fn at(contexts: &'static [Context]) -> Self {
        Self {
            at: contexts,
            field: Editor::default(),
            top: 0,
        }
    }

    /// All sections: those of where it was opened first, the nearest before the others. How a text
    /// field is edited goes behind them.
    fn sections(&self, ui: &Ui) -> Vec<Section> {
        let is_common = |context: &Context| matches!(context, Context::Edit | Context::Browse);
        let mut contexts: Vec<Context> = self.at.to_vec();
        contexts.sort_by_key(is_common);
        contexts.extend(
            Context::ALL
                .iter()
                .filter(|context| !self.at.contains(context)),
        );
        let mut sections: Vec<Section> = contexts
            .into_iter()
            .map(|context| Section {
                title: context.heading(),
                rows: keys(ui, context),
            })
            .collect();
        let mut commands = [
            ("Commands", slash::ALL),
            ("Commands in the agent workspace", slash::agent::ALL),
        ];
        if self.at.contains(&Context::Workspace) {
            commands.reverse();
        }
        for (title, table) in commands {
            let rows = table.iter().map(command).collect();
            sections.push(Section { title, rows });
        }
        if let Some(last) = sections.last_mut() {
            let about = "send a text that begins with /";
            last.rows.push(("//text".to_owned(), about.to_owned()));
        }
        sections.push(Section {
            title: "Ticks",
            rows: TICKS
                .map(|(tick, about)| (tick.to_owned(), about.to_owned()))
                .into(),
        });
        sections
    }

    /// The rows that fit what was typed, under their headings.
    fn page(&self, ui: &Ui) -> Vec<PageRow> {
        let styles = &ui.styles;
        let typed = self.field.text().to_lowercase();
        let words: Vec<&str> = typed.split_whitespace().collect();
        let mut page = Vec::new();
        for section in self.sections(ui) {
            let title = section.title.to_lowercase();
            let fits = |(key, about): &(String, String)| {
                let (key, about) = (key.to_lowercase(), about.to_lowercase());
                let mut words = words.iter();
                words.all(|word| key.contains(word) || about.contains(word) || title.contains(word))
            };
            let rows: Vec<_> = section.rows.into_iter().filter(fits).collect();
            if rows.is_empty() {
                continue;
            }
            if !page.is_empty() {
                page.push(heading("", Style::new()));
            }
            page.push(heading(section.title, styles.accent));
            page.extend(rows.into_iter().map(|(key, about)| PageRow {
                left: (format!("  {key}"), styles.key),
                right: (about, Style::new()),
            }));
        }
        if page.is_empty() {
            page.push(heading("no key and no command is told so", styles.muted));
        }
        page
    }
}

/// What the keys of a context do; what has none there is left out.
fn keys(ui: &Ui, context: Context) -> Vec<(String, String)> {
    let shown = |chords: &[Chord]| {
        let keys: Vec<String> = chords.iter().map(ToString::to_string).collect();
        keys.join(", ")
    };
    let rows = ui.keymap.rows();
    let rows = rows.filter(|(there, _, chords)| *there == context && !chords.is_empty());
    rows.filter_map(|(_, row, chords)| match row.action {
        // Nine rows of the same would bury the rest.
        Action::Reply(1) => {
            let last = ui.shown(Action::Reply(9));
            let about = "use the quick reply of that number".to_owned();
            Some((format!("{} … {last}", shown(chords)), about))
        }
        Action::Reply(_) => None,
        _ => Some((shown(chords), row.about.to_owned())),
    })
    .collect()
}

fn command(slash: &Slash) -> (String, String) {
    let name = format!("/{} {}", slash.name, slash.argument);
    (name.trim_end().to_owned(), slash.about.to_owned())
}

/// Where the rows stand, with the frame around them.
fn below(area: Rect) -> Rect {
    Rect {
        y: area.y + HEAD,
        height: area.height.saturating_sub(HEAD),
        ..area
    }
}

impl Layer for Help {
    fn title(&self) -> String {
        " Help: type to find ".to_owned()
    }

    fn size(&self, scene: &Scene<'_>) -> (u16, u16) {
        // As wide as without words, so that it does not move under them.
        let all = Self::at(self.at).page(scene.ui);
        (rows::columns(&all), 60)
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        let styles = &scene.ui.styles;
        list::draw_head(&self.field, inside(area), styles, frame);
        let page = rows::in_columns(self.page(scene.ui), rows::room(area));
        rows::draw(&page, self.top, below(area), frame);
    }

    /// To choose is to have read it.
    fn act(&mut self, action: Action, _scene: &Scene<'_>, _area: Rect) -> Outcome {
        match action {
            Action::Choose => Outcome::Closes,
            _ => Outcome::Passed,
        }
    }

    fn page(&self, area: Rect) -> usize {
        list::page(inside(area))
    }

    fn rows(&mut self, up: bool, rows: usize, scene: &Scene<'_>, area: Rect) {
        let all = rows::in_columns(self.page(scene.ui), rows::room(area)).len();
        let last = all.saturating_sub(usize::from(inside(below(area)).height));
        self.top = stepped(self.top, up, rows, last);
    }

    fn field(&mut self) -> Option<(&mut Editor, Option<usize>)> {
        Some((&mut self.field, None))
    }

    fn edited(&mut self) {
        self.top = 0;
    }
}
