//! The help: all keys and commands, from the live keymap.

use ratatui::{Frame, layout::Rect, style::Style};

use crate::tui::{
    commands::{
        keys::{Action, Context, TABLE},
        slash,
    },
    popups::{
        Layer, Outcome, Scene,
        rows::{self, Row, heading},
    },
    theme::ui::Ui,
};

/// The help, from this row on.
#[derive(Debug, Default)]
pub(crate) struct Help {
    top: usize,
}

impl Layer for Help {
    fn title(&self) -> String {
        " Help ".to_owned()
    }

    /// As wide as its longest rows.
    fn size(&self, scene: &Scene<'_>) -> (u16, u16) {
        (rows::columns(&help(scene.ui)), 60)
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        let rows = rows::in_columns(help(scene.ui), rows::room(area));
        rows::draw(&rows, self.top, area, frame);
    }

    fn rows(&mut self, up: bool, rows: usize, scene: &Scene<'_>, area: Rect) {
        let all = rows::in_columns(help(scene.ui), rows::room(area)).len();
        rows::scroll(&mut self.top, up, rows, all, area);
    }

    fn act(&mut self, action: Action, _scene: &Scene<'_>, _area: Rect) -> Outcome {
        rows::act(action)
    }
}

/// All keys and commands, from the live keymap.
fn help(ui: &Ui) -> Vec<Row> {
    let styles = &ui.styles;
    let plain = Style::new();
    let mut rows = Vec::new();
    for context in [
        Context::Phone,
        Context::Everywhere,
        Context::Workspace,
        Context::Inspector,
        Context::Wire,
        Context::State,
        Context::Browse,
        Context::Edit,
        Context::Form,
        Context::File,
        Context::Raw,
        Context::Consent,
    ] {
        rows.push(heading(context.heading(), styles.accent));
        for row in TABLE.iter().filter(|row| row.context == context) {
            let chords = ui.keymap.chords(row.action);
            let keys: Vec<String> = chords.iter().map(ToString::to_string).collect();
            let (keys, about) = match row.action {
                // Nine rows of the same would bury the rest.
                Action::Reply(1) => {
                    let last = ui.shown(Action::Reply(9));
                    let keys = format!("{} … {last}", keys.join(", "));
                    (keys, "use the quick reply of that number")
                }
                Action::Reply(_) => continue,
                _ => (keys.join(", "), row.about),
            };
            if !keys.is_empty() {
                rows.push(Row {
                    left: (format!("  {keys}"), styles.key),
                    right: (about.to_owned(), plain),
                });
            }
        }
        rows.push(heading("", plain));
    }
    for (name, table) in [
        ("Commands", slash::ALL),
        ("Commands in the agent workspace", slash::agent::ALL),
    ] {
        rows.push(heading(name, styles.accent));
        for slash in table {
            rows.push(Row {
                left: (format!("  /{} {}", slash.name, slash.argument), styles.key),
                right: (slash.about.to_owned(), plain),
            });
        }
    }
    rows.push(Row {
        left: ("  //text".to_owned(), styles.key),
        right: ("send a text that begins with /".to_owned(), plain),
    });
    rows.push(heading("", plain));
    rows.push(heading("Ticks", styles.accent));
    for (tick, about) in [
        ("◷", "waiting to go out, or on its way"),
        ("✓", "the cloud has it"),
        ("✓✓", "somebody on the other side has it"),
        ("✓✓ Read", "somebody on the other side has seen it"),
        ("✗", "it did not go out; the reason stands under it"),
    ] {
        rows.push(Row {
            left: (format!("  {tick}"), styles.key),
            right: (about.to_owned(), plain),
        });
    }
    rows
}
