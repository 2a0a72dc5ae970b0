//! A conversation with real people is about to be opened.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
};

use crate::{
    engine::{command::Endpoint, update::Consent},
    tui::{
        commands::keys::{Action, Context},
        popups::{
            Layer, Outcome, Scene,
            rows::{self, PageRow},
        },
        text::wrap::wrapped,
    },
};

#[derive(Debug)]
pub(crate) struct ConsentQuestion(pub(crate) Consent);

const WIDEST: u16 = 66;

impl Layer for ConsentQuestion {
    fn title(&self) -> String {
        " Production: real people are there ".to_owned()
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Consent, Context::Everywhere]
    }

    fn size(&self, scene: &Scene<'_>) -> (u16, u16) {
        let columns = WIDEST.min(scene.screen.width.saturating_sub(4));
        let room = usize::from(columns).saturating_sub(4);
        let rows = rows_of(scene, &self.0, room).len() + 2;
        (columns, u16::try_from(rows).unwrap_or(u16::MAX))
    }

    fn keys(&self, scene: &Scene<'_>, _area: Rect) -> String {
        let (yes, close) = (scene.ui.shown(Action::Agree), scene.ui.shown(Action::Back));
        format!(" {yes} open it · {close} leave it ")
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        rows::draw(&rows_of(scene, &self.0, rows::room(area)), 0, area, frame);
    }

    fn act(&mut self, action: Action, _scene: &Scene<'_>, _area: Rect) -> Outcome {
        match action {
            Action::Agree => Outcome::Agreed(self.0.id),
            _ => Outcome::Passed,
        }
    }

    fn click(&mut self, at: Position, _scene: &Scene<'_>, area: Rect) -> Outcome {
        // The button is its last row.
        if at.y + 2 >= area.bottom() {
            Outcome::Agreed(self.0.id)
        } else {
            Outcome::Stays
        }
    }
}

/// What is asked before a conversation with real people.
fn rows_of(scene: &Scene<'_>, asked: &Consent, columns: usize) -> Vec<PageRow> {
    let persona = scene.name_of(asked.phone).unwrap_or("This consumer");
    let brand = scene
        .phone
        .head
        .as_ref()
        .map_or("this account", |head| head.brand.as_str());
    let (account, yes) = (scene.account.as_str(), scene.ui.shown(Action::Agree));
    let opens = match asked.by_hand {
        None => format!("{persona} is about to open a conversation"),
        Some(Endpoint::Conversation) => {
            format!("The request by hand to CONVERSATION, as {persona}, opens a conversation")
        }
        Some(Endpoint::Send) => {
            format!("The request by hand to SEND, as {persona}, may open a conversation")
        }
    };
    let said = format!(
        "{opens} with {brand} (account {account}). An agent will be given it, and it will count."
    );
    let plain = (String::new(), Style::new());
    let row = |text: String, style| PageRow {
        left: (text, style),
        right: plain.clone(),
    };
    let mut rows = vec![row(String::new(), Style::new())];
    rows.extend(
        wrapped(&said, columns)
            .into_iter()
            .map(|text| row(text, Style::new())),
    );
    rows.push(row(String::new(), Style::new()));
    rows.push(row(format!("[ {yes}: open it ]"), scene.ui.styles.strong));
    rows
}
