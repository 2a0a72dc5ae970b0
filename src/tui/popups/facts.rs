//! What is known of the consumer at the agent workspace.

use ratatui::{Frame, layout::Rect, style::Style};

use crate::tui::{
    agent::facts::{Fact, facts},
    commands::keys::Action,
    popups::{
        Layer, Outcome, Scene,
        rows::{self, Row, heading},
    },
};

/// The facts, from this row on.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    top: usize,
}

impl Layer for Facts {
    fn title(&self) -> String {
        " Who the consumer is ".to_owned()
    }

    fn size(&self, scene: &Scene<'_>) -> (u16, u16) {
        let rows = known(scene);
        let columns = rows::columns(&rows).max(50);
        (columns, u16::try_from(rows.len() + 2).unwrap_or(u16::MAX))
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        let rows = rows::in_columns(known(scene), rows::room(area));
        rows::draw(&rows, self.top, area, frame);
    }

    fn rows(&mut self, up: bool, rows: usize, scene: &Scene<'_>, area: Rect) {
        let all = rows::in_columns(known(scene), rows::room(area)).len();
        rows::scroll(&mut self.top, up, rows, all, area);
    }

    fn act(&mut self, action: Action, _scene: &Scene<'_>, _area: Rect) -> Outcome {
        rows::act(action)
    }
}

/// What is known of the consumer in the agent workspace.
fn known(scene: &Scene<'_>) -> Vec<Row> {
    let styles = &scene.ui.styles;
    let facts = scene.workspace.talk().map(|talk| facts(scene.ui, talk));
    let row = |fact: Fact| match fact.value {
        None => heading(&fact.name, styles.accent),
        Some(value) if value.is_empty() => heading(&format!("  {}", fact.name), Style::new()),
        Some(value) => Row {
            left: (format!("  {}", fact.name), styles.key),
            right: (value, Style::new()),
        },
    };
    facts.into_iter().flatten().map(row).collect()
}
