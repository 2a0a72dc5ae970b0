//! Notices on their way through the screen: told on one row, then kept in a short list, which is
//! a popup.
//!
//! What happened once goes by itself after a while, or as soon as something is done. What is wrong
//! and stays so has a [`Topic`], and is told until that topic works again, or until somebody puts it
//! away; the list has it all the same.

use std::{collections::VecDeque, time::Duration};

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use crate::{
    domain::{
        notice::{Notice, Severity, Topic},
        text::SafeText,
        time::Timestamp,
    },
    tui::{
        commands::keys::{Action, Context},
        popups::{Layer, Outcome, Scene, inside, notice_row, stepped},
        text::{clock, width::sized, wrap::wrapped},
        theme::ui::Ui,
    },
};

/// Notices that wait to be told again; the least of the oldest make room and stay in the list.
const SHOWN: usize = 4;

/// Notices remembered.
const REMEMBERED: usize = 50;

/// How long a notice is told; a failure that lasts until it is resolved.
fn stay(notice: &Notice) -> Option<Duration> {
    match notice.severity {
        Severity::Success | Severity::Info => Some(Duration::from_secs(4)),
        Severity::Warning if notice.topic.is_none() => Some(Duration::from_secs(12)),
        Severity::Warning | Severity::Error => None,
    }
}

#[derive(Debug, Clone)]
pub(crate) struct ShownNotice {
    pub(crate) notice: Notice,
    /// How often it came while it was shown.
    pub(crate) times: u32,
    until: Option<Timestamp>,
    /// Whether it answers what the person just did.
    answers: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Notices {
    /// The newest last.
    shown: Vec<ShownNotice>,
    past: VecDeque<(Timestamp, Notice)>,
    /// How many there were, those forgotten with them.
    count: usize,
}

impl Notices {
    /// Shows a notice; the same one again only counts. Whatever is told of a topic takes the place
    /// of what was told of it before.
    pub(crate) fn show(&mut self, notice: &Notice, now: Timestamp) {
        let safe = |text: &str| SafeText::clean(text).as_str().to_owned();
        let notice = Notice {
            title: safe(&notice.title),
            detail: safe(&notice.detail),
            hint: safe(&notice.hint),
            ..notice.clone()
        };
        let until = stay(&notice).map(|stay| now.after(stay));
        if let Some(at) = self.shown.iter().position(|one| one.notice == notice) {
            let mut again = self.shown.remove(at);
            again.times += 1;
            again.until = until;
            self.shown.push(again);
            return;
        }
        if let Some(topic) = &notice.topic {
            self.resolve(topic);
        }
        if self.past.len() == REMEMBERED {
            self.past.pop_front();
        }
        self.past.push_back((now, notice.clone()));
        self.count += 1;
        self.shown.push(ShownNotice {
            notice,
            times: 1,
            until,
            answers: false,
        });
        if self.shown.len() > SHOWN {
            let least = (0..self.shown.len()).min_by_key(|at| self.shown[*at].notice.severity);
            if let Some(least) = least {
                self.shown.remove(least);
            }
        }
    }

    /// Shows what came of the last key; what came of the one before makes room for it. Once
    /// something was done, nothing is told any more that happened once.
    pub(crate) fn answer(&mut self, notice: &Notice, now: Timestamp) {
        if notice.severity == Severity::Success {
            self.shown.retain(|one| one.notice.topic.is_some());
        }
        self.shown
            .retain(|one| !one.answers || one.notice == *notice);
        self.show(notice, now);
        if let Some(one) = self.shown.iter_mut().find(|one| one.notice == *notice) {
            one.answers = true;
        }
    }

    /// Takes away what came of the last key: it holds no more.
    pub(crate) fn withdraw(&mut self) {
        self.shown.retain(|one| !one.answers);
    }

    /// Takes away what was told of a topic: it works.
    pub(crate) fn resolve(&mut self, topic: &Topic) {
        self.shown
            .retain(|one| one.notice.topic.as_ref() != Some(topic));
    }

    /// The one that is told now: the newest, or once that has gone the newest that still holds.
    pub(crate) fn told(&self) -> Option<&ShownNotice> {
        self.shown.last()
    }

    /// Whether none is told.
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
            .retain(|one| one.until.is_none_or(|until| until > now));
        self.shown.len() != before
    }

    /// When the next one goes away by itself.
    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        self.shown.iter().filter_map(|one| one.until).min()
    }

    /// Those remembered, the newest first.
    pub(crate) fn past(&self) -> impl Iterator<Item = &(Timestamp, Notice)> {
        self.past.iter().rev()
    }
}

/// Columns the list takes at most.
const WIDEST: u16 = 84;

/// The list of those remembered, one of them chosen.
#[derive(Debug, Default)]
pub(crate) struct NoticesPage {
    /// The chosen one, by how many came before it; the newest when nobody has chosen.
    chosen: Option<usize>,
}

/// The list, with the newest chosen.
pub(crate) fn page() -> NoticesPage {
    NoticesPage::default()
}

/// A row of the list: a text, and which notice it is of.
struct NoticeRow {
    of: usize,
    kind: RowKind,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowKind {
    Head,
    Title,
    Text,
    /// A part of the path.
    Path,
}

fn rows_of(notices: &Notices, ui: &Ui, columns: usize) -> Vec<NoticeRow> {
    let mut rows = Vec::new();
    for (of, (at, notice)) in notices.past().enumerate() {
        let word = match notice.severity {
            Severity::Success => "done",
            Severity::Info => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let (sign, _) = notice_row::sign(notice.severity, &ui.styles);
        let time = clock::seconds(*at, &ui.zone);
        let mut row = |kind, text| rows.push(NoticeRow { of, kind, text });
        row(RowKind::Head, format!("{time} {sign} {word}"));
        let path = notice.path.as_ref().map(|path| path.display().to_string());
        for (kind, text) in [
            (RowKind::Title, &notice.title),
            (RowKind::Text, &notice.detail),
            (RowKind::Text, &notice.hint),
        ] {
            let kind = if path.as_ref() == Some(text) {
                RowKind::Path
            } else {
                kind
            };
            if !text.is_empty() {
                for text in wrapped(text, columns.saturating_sub(2)) {
                    row(kind, text);
                }
            }
        }
    }
    rows
}

impl NoticesPage {
    /// The chosen one, counted from the newest. What is told meanwhile does not move the choice.
    fn at(&self, notices: &Notices) -> usize {
        let newest = notices.count.saturating_sub(1);
        let at = newest.saturating_sub(self.chosen.unwrap_or(newest));
        at.min(notices.past.len().saturating_sub(1))
    }

    fn choose(&mut self, at: usize, notices: &Notices) {
        self.chosen = Some(notices.count.saturating_sub(1 + at));
    }

    /// The first row in view, so that the chosen notice is.
    fn top(rows: &[NoticeRow], chosen: usize, height: usize) -> usize {
        let mut own = rows.iter().enumerate().filter(|(_, row)| row.of == chosen);
        let Some((first, _)) = own.next() else {
            return 0;
        };
        let last = own.next_back().map_or(first, |(last, _)| last);
        (last + 1).saturating_sub(height).min(first)
    }
}

impl Layer for NoticesPage {
    fn title(&self) -> String {
        " Notices ".to_owned()
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Browse, Context::Everywhere]
    }

    fn size(&self, scene: &Scene<'_>) -> (u16, u16) {
        let columns = WIDEST.min(scene.screen.width.saturating_sub(4));
        let room = usize::from(columns).saturating_sub(4);
        let rows = rows_of(scene.notices, scene.ui, room).len().max(1) + 2;
        (columns, sized(rows).clamp(5, 30))
    }

    fn keys(&self, scene: &Scene<'_>, _area: Rect) -> String {
        let shown = |action| scene.ui.shown(action);
        let chosen = scene.notices.past().nth(self.at(scene.notices));
        let what = match chosen {
            Some((_, notice)) if notice.path.is_some() => "copy the path",
            _ => "copy",
        };
        let (choose, copy) = (shown(Action::Choose), shown(Action::Copy));
        let (up, down) = (shown(Action::RowUp), shown(Action::RowDown));
        format!(" {choose} close · {up}{down} move · {copy} {what} ")
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        let styles = &scene.ui.styles;
        let inner = inside(area);
        let room = usize::from(inner.width).saturating_sub(2);
        let rows = rows_of(scene.notices, scene.ui, room);
        let buffer = frame.buffer_mut();
        if rows.is_empty() {
            let text = "nothing happened that needed telling";
            buffer.set_stringn(inner.x + 1, inner.y, text, room, styles.muted);
            return;
        }
        let past: Vec<&Notice> = scene.notices.past().map(|(_, notice)| notice).collect();
        let chosen = self.at(scene.notices);
        let top = Self::top(&rows, chosen, usize::from(inner.height));
        for (row, y) in rows.iter().skip(top).zip(inner.y..inner.bottom()) {
            let Some(notice) = past.get(row.of) else {
                continue;
            };
            let (indent, style) = match row.kind {
                RowKind::Head if row.of == chosen => (0, styles.chosen),
                RowKind::Head => (0, notice_row::sign(notice.severity, styles).1),
                RowKind::Title => (2, styles.strong),
                RowKind::Text | RowKind::Path => (2, styles.muted),
            };
            let x = inner.x + 1 + indent;
            let room = room.saturating_sub(usize::from(indent));
            buffer.set_stringn(x, y, &row.text, room, style);
            if row.kind == RowKind::Path
                && let Some(uri) = notice.path.as_deref().and_then(notice_row::uri)
            {
                notice_row::link_cells(&row.text, &uri, Position::new(x, y), buffer);
            }
        }
    }

    fn act(&mut self, action: Action, scene: &Scene<'_>, _area: Rect) -> Outcome {
        match action {
            // To choose is to have read it.
            Action::Choose => Outcome::Closes,
            Action::Copy => {
                let at = self.at(scene.notices);
                self.choose(at, scene.notices);
                let chosen = scene.notices.past().nth(at);
                chosen.map_or(Outcome::Stays, |(_, notice)| copied(notice))
            }
            _ => Outcome::Passed,
        }
    }

    fn rows(&mut self, up: bool, rows: usize, scene: &Scene<'_>, _area: Rect) {
        let last = scene.notices.past().count().saturating_sub(1);
        let at = stepped(self.at(scene.notices), up, rows, last);
        self.choose(at, scene.notices);
    }

    fn click(&mut self, at: Position, scene: &Scene<'_>, area: Rect) -> Outcome {
        let inner = inside(area);
        let rows = rows_of(
            scene.notices,
            scene.ui,
            usize::from(inner.width).saturating_sub(2),
        );
        let top = Self::top(&rows, self.at(scene.notices), usize::from(inner.height));
        let row = usize::from(at.y.saturating_sub(inner.y));
        if inner.contains(at)
            && let Some(row) = rows.get(top + row)
        {
            self.choose(row.of, scene.notices);
        }
        Outcome::Stays
    }
}

/// What of a notice is copied: its path, or else all it says.
fn copied(notice: &Notice) -> Outcome {
    if let Some(path) = &notice.path {
        return Outcome::Copied("the path", path.display().to_string());
    }
    let texts = [&notice.title, &notice.detail, &notice.hint].into_iter();
    let texts: Vec<&str> = texts
        .map(String::as_str)
        .filter(|text| !text.is_empty())
        .collect();
    Outcome::Copied("the notice", texts.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::PhoneId;

    fn notice(severity: Severity, title: &str) -> Notice {
        Notice {
            severity,
            title: title.to_owned(),
            ..Notice::default()
        }
    }

    fn of(topic: &Topic, severity: Severity, title: &str) -> Notice {
        Notice {
            topic: Some(topic.clone()),
            ..notice(severity, title)
        }
    }

    fn told(notices: &Notices) -> Option<&str> {
        notices.told().map(|one| one.notice.title.as_str())
    }

    #[test]
    fn remarks_go_by_themselves_and_errors_stay() {
        let mut notices = Notices::default();
        notices.show(&notice(Severity::Error, "b"), Timestamp(0));
        notices.show(&notice(Severity::Info, "a"), Timestamp(0));
        assert_eq!(told(&notices), Some("a"));
        assert_eq!(notices.next_expiry(), Some(Timestamp(4_000)));
        assert!(!notices.expire(Timestamp(3_999)));
        assert!(notices.expire(Timestamp(4_000)));
        assert_eq!(notices.next_expiry(), None);
        // What is wrong is told again.
        assert_eq!(told(&notices), Some("b"));
        assert_eq!(notices.past().count(), 2);
    }

    #[test]
    fn an_answer_makes_room_for_the_next_and_for_nothing_else() {
        let mut notices = Notices::default();
        notices.show(&notice(Severity::Info, "of the engine"), Timestamp(0));
        for title in ["theme dark", "theme light", "theme light"] {
            notices.answer(&notice(Severity::Info, title), Timestamp(0));
        }
        let shown = notices.told().unwrap();
        assert_eq!(
            (shown.notice.title.as_str(), shown.times),
            ("theme light", 2)
        );
        notices.withdraw();
        assert_eq!(told(&notices), Some("of the engine"));
        assert_eq!(notices.past().count(), 3);
    }

    #[test]
    fn a_failure_is_told_as_long_as_it_is_true() {
        let topics = [
            Topic::Journal,
            Topic::Phone(PhoneId(1)),
            Topic::Tunnel,
            Topic::Install,
            Topic::Login("kim".to_owned()),
        ];
        for topic in &topics {
            let mut notices = Notices::default();
            notices.show(&of(topic, Severity::Warning, "tried again"), Timestamp(0));
            notices.show(&of(topic, Severity::Error, "broken"), Timestamp(0));
            assert!(!notices.expire(Timestamp(1_000_000)));
            // Nothing that is done makes it untrue, nor does what else works.
            notices.answer(&notice(Severity::Success, "copied"), Timestamp(0));
            let other = topics.iter().find(|other| *other != topic).unwrap();
            notices.resolve(other);
            assert!(notices.expire(Timestamp(4_000)));
            assert_eq!(told(&notices), Some("broken"));
            notices.show(&of(topic, Severity::Success, "works"), Timestamp(5_000));
            assert_eq!(told(&notices), Some("works"));
            notices.expire(Timestamp(9_000));
            assert!(notices.is_quiet(), "{topic:?}");
        }
    }

    #[test]
    fn a_success_ends_what_happened_once() {
        let mut notices = Notices::default();
        notices.answer(&notice(Severity::Warning, "cannot copy"), Timestamp(0));
        notices.show(&notice(Severity::Error, "SEND answered 400"), Timestamp(0));
        notices.answer(&notice(Severity::Success, "copied"), Timestamp(0));
        notices.expire(Timestamp(4_000));
        assert!(notices.is_quiet());
        assert_eq!(notices.past().count(), 3);
    }

    #[test]
    fn a_flood_keeps_the_gravest_and_the_same_notice_only_counts() {
        let mut notices = Notices::default();
        notices.show(&notice(Severity::Error, "grave"), Timestamp(0));
        for _ in 0..3 {
            notices.show(&notice(Severity::Warning, "again\u{1b}[2J"), Timestamp(0));
        }
        let shown = notices.told().unwrap();
        assert_eq!((shown.notice.title.as_str(), shown.times), ("again", 3));
        for n in 0..100 {
            notices.show(&notice(Severity::Info, &n.to_string()), Timestamp(0));
        }
        assert_eq!(notices.shown.len(), SHOWN);
        assert_eq!(notices.past().count(), REMEMBERED);
        notices.expire(Timestamp(12_000));
        assert_eq!(told(&notices), Some("grave"));
    }
}
