//! What is known of the consumer at the agent workspace.

use ratatui::style::Style;

use crate::tui::{
    agent::facts::{Fact, facts},
    popups::{
        Scene,
        rows::{self, PageRow, TellingPage, heading},
    },
    text::width::sized,
};

pub(crate) fn page() -> TellingPage {
    TellingPage {
        title: "Who the consumer is",
        size: |scene| {
            let rows = known(scene);
            let columns = rows::columns(&rows).max(50);
            (columns, sized(rows.len() + 2))
        },
        rows: |scene, columns| rows::in_columns(known(scene), columns),
        top: 0,
    }
}

fn known(scene: &Scene<'_>) -> Vec<PageRow> {
    let styles = &scene.ui.styles;
    let facts = scene
        .workspace
        .conversation()
        .map(|conversation| facts(scene.ui, conversation));
    let row = |fact: Fact| match fact.value {
        None => heading(&fact.name, styles.accent),
        Some(value) if value.is_empty() => heading(&format!("  {}", fact.name), Style::new()),
        Some(value) => PageRow {
            left: (format!("  {}", fact.name), styles.key),
            right: (value, Style::new()),
        },
    };
    facts.into_iter().flatten().map(row).collect()
}
