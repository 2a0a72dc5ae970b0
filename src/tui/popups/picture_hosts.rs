//! The hosts that pictures of cards lie at: whether they may be asked.

use std::collections::{BTreeMap, BTreeSet};

use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
};

use crate::{
    domain::text::SafeText,
    tui::{
        commands::keys::{Action, Context},
        popups::{
            Layer, Outcome, Scene, inside,
            rows::{self, PageRow},
            stepped,
        },
        text::{width::elided, wrap::wrapped},
        theme::lines::{choose, even},
    },
};

const WIDEST: u16 = 66;
/// What is asked, whatever the host.
const QUESTION: &str = "Fetch pictures from these hosts? A host sees your address, and nothing \
                        else of you.";

/// The hosts, and what was decided on each.
#[derive(Debug)]
pub(crate) struct PictureHosts {
    hosts: Vec<(String, Option<bool>)>,
    chosen: usize,
}

impl PictureHosts {
    /// Those that wait for a word before the others; `None` when there are none at all.
    pub(crate) fn of(waiting: BTreeSet<String>, decided: &BTreeMap<String, bool>) -> Option<Self> {
        let waiting = waiting.into_iter().map(|host| (host, None));
        let decided = decided.iter().map(|(host, yes)| (host.clone(), Some(*yes)));
        let hosts: Vec<_> = waiting.chain(decided).collect();
        (!hosts.is_empty()).then_some(Self { hosts, chosen: 0 })
    }

    fn decide(&mut self, is_wanted: bool) -> Outcome {
        let Some((host, word)) = self.hosts.get_mut(self.chosen) else {
            return Outcome::Stays;
        };
        *word = Some(is_wanted);
        let host = host.clone();
        // On to the next that waits.
        let waits = |(_, word): &(String, Option<bool>)| word.is_none();
        if let Some(next) = self.hosts.iter().position(waits) {
            self.chosen = next;
        }
        Outcome::Decided { host, is_wanted }
    }

    /// The first host in view.
    fn top(&self, rows: usize) -> usize {
        (self.chosen + 1).saturating_sub(rows)
    }

    /// Where the hosts stand, under the question.
    fn list(area: Rect) -> Rect {
        let question = wrapped(QUESTION, rows::room(area)).len() + 2;
        let question = u16::try_from(question).unwrap_or(u16::MAX);
        let inner = inside(area);
        Rect {
            y: inner.y.saturating_add(question).min(inner.bottom()),
            height: inner.height.saturating_sub(question),
            ..inner
        }
    }
}

impl Layer for PictureHosts {
    fn title(&self) -> String {
        " Pictures of cards ".to_owned()
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::PictureHosts, Context::Browse, Context::Everywhere]
    }

    fn size(&self, scene: &Scene<'_>) -> (u16, u16) {
        let columns = WIDEST.min(scene.screen.width.saturating_sub(4));
        let question = wrapped(QUESTION, usize::from(columns).saturating_sub(4)).len();
        let rows = u16::try_from(question + self.hosts.len() + 5);
        (columns, rows.unwrap_or(u16::MAX))
    }

    fn keys(&self, scene: &Scene<'_>, _area: Rect) -> String {
        let shown = |action| scene.ui.shown(action);
        let (yes, no) = (shown(Action::FetchFromHost), shown(Action::NeverFromHost));
        let close = shown(Action::Back);
        format!(" {yes} fetch them · {no} never · {close} close ")
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        let styles = &scene.ui.styles;
        let question = wrapped(QUESTION, rows::room(area)).into_iter();
        let blank = || rows::heading("", Style::new());
        let question = question.map(|text| rows::heading(&text, Style::new()));
        let question: Vec<PageRow> = std::iter::once(blank()).chain(question).collect();
        rows::draw(&question, 0, area, frame);
        let list = Self::list(area);
        let top = self.top(usize::from(list.height));
        let buffer = frame.buffer_mut();
        let shown = self.hosts.iter().enumerate().skip(top);
        for ((at, (host, word)), y) in shown.zip(list.y..list.bottom()) {
            if at == self.chosen {
                choose(Rect::new(list.x, y, list.width, 1), styles, buffer);
            }
            let (word, style) = match word {
                None => ("?    ", styles.accent),
                Some(true) => ("yes  ", styles.good),
                Some(false) => ("never", styles.muted),
            };
            let room = usize::from(list.width.saturating_sub(3));
            buffer.set_stringn(list.x + 2, y, word, room, style);
            let room = room.saturating_sub(7);
            let host = SafeText::clean(host).one_line();
            buffer.set_stringn(list.x + 9, y, elided(&host, room), room, Style::new());
            if at == self.chosen {
                even(Rect::new(list.x, y, list.width, 1), styles, buffer);
            }
        }
    }

    fn act(&mut self, action: Action, _scene: &Scene<'_>, _area: Rect) -> Outcome {
        match action {
            Action::FetchFromHost | Action::Choose => self.decide(true),
            Action::NeverFromHost => self.decide(false),
            _ => Outcome::Passed,
        }
    }

    fn rows(&mut self, up: bool, rows: usize, _scene: &Scene<'_>, _area: Rect) {
        self.chosen = stepped(self.chosen, up, rows, self.hosts.len().saturating_sub(1));
    }

    /// A click on the chosen host says yes, or never where that was a yes.
    fn click(&mut self, at: Position, _scene: &Scene<'_>, area: Rect) -> Outcome {
        let list = Self::list(area);
        if !list.contains(at) {
            return Outcome::Stays;
        }
        let clicked = self.top(usize::from(list.height)) + usize::from(at.y - list.y);
        if clicked >= self.hosts.len() {
            return Outcome::Stays;
        }
        if clicked != self.chosen {
            self.chosen = clicked;
            return Outcome::Stays;
        }
        let is_yes = self
            .hosts
            .get(clicked)
            .is_some_and(|(_, word)| *word == Some(true));
        self.decide(!is_yes)
    }
}
