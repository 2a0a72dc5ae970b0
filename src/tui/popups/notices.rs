//! Notices on their way through the screen: shown for a while or until they
//! are put away, then kept in a short list, which is a popup.

use std::{collections::VecDeque, time::Duration};

use ratatui::{Frame, layout::Rect};

use crate::{
    domain::{
        notice::{Notice, Severity},
        text::SafeText,
        time::Timestamp,
    },
    tui::{
        commands::keys::Action,
        popups::{
            Layer, Outcome, Scene,
            rows::{self, Row, heading},
            toast,
        },
        text::clock,
        theme::ui::Ui,
    },
};

/// Notices shown at once; older ones make room and stay in the list.
const SHOWN: usize = 4;

/// Notices remembered.
const REMEMBERED: usize = 50;

/// How long a notice of a severity stays; errors stay until they are put away.
fn stay(severity: Severity) -> Option<Duration> {
    match severity {
        Severity::Info => Some(Duration::from_secs(4)),
        Severity::Warning => Some(Duration::from_secs(12)),
        Severity::Error => None,
    }
}

/// A notice on screen.
#[derive(Debug, Clone)]
pub(crate) struct Toast {
    pub(crate) notice: Notice,
    /// How often it came while it was shown.
    pub(crate) times: u32,
    until: Option<Timestamp>,
    /// Whether it answers what the person just did.
    answers: bool,
}

/// All notices there are.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    shown: Vec<Toast>,
    past: VecDeque<(Timestamp, Notice)>,
}

impl Notices {
    /// Shows a notice; the same one again only counts.
    pub(crate) fn show(&mut self, notice: &Notice, now: Timestamp) {
        let safe = |text: &str| SafeText::clean(text).as_str().to_owned();
        let notice = Notice {
            severity: notice.severity,
            title: safe(&notice.title),
            detail: safe(&notice.detail),
            hint: safe(&notice.hint),
        };
        let until = stay(notice.severity).map(|stay| now.after(stay));
        if let Some(toast) = self.shown.iter_mut().find(|toast| toast.notice == notice) {
            toast.times += 1;
            toast.until = until;
            return;
        }
        if self.past.len() == REMEMBERED {
            self.past.pop_front();
        }
        self.past.push_back((now, notice.clone()));
        self.shown.push(Toast {
            notice,
            times: 1,
            until,
            answers: false,
        });
        if self.shown.len() > SHOWN {
            // The least of the oldest goes first.
            let least = (0..self.shown.len()).min_by_key(|at| self.shown[*at].notice.severity);
            if let Some(least) = least {
                self.shown.remove(least);
            }
        }
    }

    /// Shows what came of the last key; what came of the one before makes room for it.
    pub(crate) fn answer(&mut self, notice: &Notice, now: Timestamp) {
        self.shown
            .retain(|toast| !toast.answers || toast.notice == *notice);
        self.show(notice, now);
        if let Some(toast) = self.shown.iter_mut().find(|toast| toast.notice == *notice) {
            toast.answers = true;
        }
    }

    /// Takes away what came of the last key: it holds no more.
    pub(crate) fn withdraw(&mut self) {
        self.shown.retain(|toast| !toast.answers);
    }

    /// Those on screen, the gravest first, the newest first among equals.
    pub(crate) fn shown(&self) -> Vec<&Toast> {
        let mut shown: Vec<&Toast> = self.shown.iter().rev().collect();
        shown.sort_by_key(|toast| std::cmp::Reverse(toast.notice.severity));
        shown
    }

    /// Whether any is on screen.
    pub(crate) fn is_quiet(&self) -> bool {
        self.shown.is_empty()
    }

    /// Puts all away.
    pub(crate) fn dismiss(&mut self) {
        self.shown.clear();
    }

    /// Takes those away whose time is over; returns whether there were any.
    pub(crate) fn expire(&mut self, now: Timestamp) -> bool {
        let before = self.shown.len();
        self.shown
            .retain(|toast| toast.until.is_none_or(|until| until > now));
        self.shown.len() != before
    }

    /// When the next one goes away by itself.
    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        self.shown.iter().filter_map(|toast| toast.until).min()
    }

    /// Those remembered, the newest first.
    pub(crate) fn past(&self) -> impl Iterator<Item = &(Timestamp, Notice)> {
        self.past.iter().rev()
    }
}

/// The list of those remembered, from this row on.
#[derive(Debug, Default)]
pub(crate) struct List {
    top: usize,
}

/// Columns the list takes at most.
const WIDEST: u16 = 84;

impl Layer for List {
    fn title(&self) -> String {
        " Notices ".to_owned()
    }

    /// So many rows as there are, with the frame.
    fn size(&self, scene: &Scene<'_>) -> (u16, u16) {
        let columns = WIDEST.min(scene.screen.width.saturating_sub(4));
        let room = usize::from(columns).saturating_sub(4);
        let rows = rows_of(scene.notices, scene.ui, room).len() + 2;
        let rows = u16::try_from(rows).unwrap_or(u16::MAX);
        (columns, rows.clamp(5, 30))
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        let rows = rows_of(scene.notices, scene.ui, rows::room(area));
        rows::draw(&rows, self.top, area, frame);
    }

    fn rows(&mut self, up: bool, rows: usize, scene: &Scene<'_>, area: Rect) {
        let all = rows_of(scene.notices, scene.ui, rows::room(area)).len();
        rows::scroll(&mut self.top, up, rows, all, area);
    }

    fn act(&mut self, action: Action, _scene: &Scene<'_>, _area: Rect) -> Outcome {
        rows::act(action)
    }
}

/// The notices as rows of so many columns.
fn rows_of(notices: &Notices, ui: &Ui, columns: usize) -> Vec<Row> {
    let styles = &ui.styles;
    let mut rows = Vec::new();
    for (at, notice) in notices.past() {
        let (word, style) = toast::severity(notice, styles);
        let time = clock::seconds(*at, &ui.zone);
        rows.push(heading(&format!("{time} {word}"), style));
        for (title, text) in toast::rows(notice, columns.saturating_sub(2)) {
            let style = if title { styles.strong } else { styles.muted };
            rows.push(heading(&format!("  {text}"), style));
        }
    }
    if rows.is_empty() {
        rows.push(heading(
            "nothing happened that needed telling",
            styles.muted,
        ));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(severity: Severity, title: &str) -> Notice {
        Notice {
            severity,
            title: title.to_owned(),
            detail: String::new(),
            hint: String::new(),
        }
    }

    #[test]
    fn remarks_go_by_themselves_and_errors_stay() {
        let mut notices = Notices::default();
        notices.show(&notice(Severity::Info, "a"), Timestamp(0));
        notices.show(&notice(Severity::Error, "b"), Timestamp(0));
        assert_eq!(notices.next_expiry(), Some(Timestamp(4_000)));
        assert!(!notices.expire(Timestamp(3_999)));
        assert!(notices.expire(Timestamp(4_000)));
        assert_eq!(notices.next_expiry(), None);
        assert_eq!(notices.shown().len(), 1);
        assert_eq!(notices.past().count(), 2);
    }

    #[test]
    fn an_answer_makes_room_for_the_next_and_for_nothing_else() {
        let mut notices = Notices::default();
        notices.show(&notice(Severity::Info, "of the engine"), Timestamp(0));
        for title in ["theme dark", "theme light", "theme light"] {
            notices.answer(&notice(Severity::Info, title), Timestamp(0));
        }
        let titles = |notices: &Notices| {
            let shown = notices.shown().into_iter();
            shown
                .map(|toast| (toast.notice.title.clone(), toast.times))
                .collect::<Vec<_>>()
        };
        let both = [
            ("theme light".to_owned(), 2),
            ("of the engine".to_owned(), 1),
        ];
        assert_eq!(titles(&notices), both);
        assert_eq!(notices.past().count(), 3);
    }

    #[test]
    fn a_flood_keeps_the_gravest_and_the_same_notice_only_counts() {
        let mut notices = Notices::default();
        notices.show(&notice(Severity::Error, "grave"), Timestamp(0));
        for _ in 0..3 {
            notices.show(&notice(Severity::Warning, "again\u{1b}[2J"), Timestamp(0));
        }
        for n in 0..100 {
            notices.show(&notice(Severity::Info, &n.to_string()), Timestamp(0));
        }
        let shown = notices.shown();
        assert_eq!(shown.len(), SHOWN);
        assert_eq!(shown[0].notice.title, "grave");
        assert_eq!(
            (shown[1].notice.title.as_str(), shown[1].times),
            ("again", 3)
        );
        assert_eq!(notices.past().count(), REMEMBERED);
    }
}
