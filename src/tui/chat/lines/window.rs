//! Which lines of a phone are held, and how that changes.
//!
//! What is held is a window without holes: at its newer end lines come in as
//! they happen, at its older end the journal goes on. Whoever scrolls near an
//! end is given a page more, and the end far from there is let go of. A line
//! that changes while it is not held is read anew with its page.

use std::collections::BTreeMap;

use crate::{
    domain::{
        ids::{ItemId, PhoneId},
        line::{Line, Place},
    },
    engine::command::Question,
    tui::chat::lines::Lines,
};

/// Lines held of the phone in view; past a tenth more, the far end is let go of.
pub(crate) const IN_VIEW: usize = 5000;
/// Lines held of every other phone.
pub(crate) const OUT_OF_VIEW: usize = 1000;
/// Lines asked of the journal at once.
pub(crate) const PAGE: usize = 500;
/// Lines from an end within which the page beyond is asked for.
const NEAR: usize = 50;
/// A phone that begins with fewer lines has no others: the engine tells more when there are.
const ENGINE_TELLS: usize = 1000;
/// Changes noted while a page is awaited; past that the page counts as not reaching the newest.
const MEANWHILE: usize = 2000;

/// A part of the lines that is not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// What comes before all that is held.
    Older,
    /// What comes after all that is held.
    Newer,
    /// The first there are, in place of what is held.
    First,
    /// The newest there are, in place of what is held.
    Newest,
    /// This place and what comes before it, in place of what is held.
    Around(Place),
}

/// Where the window stands among the lines.
#[derive(Debug, Default)]
pub(crate) struct Window {
    /// There are older lines than those held.
    older: bool,
    /// There are newer lines than those held.
    newer: bool,
    /// The highest number a line had.
    highest: Option<u32>,
    asking: Asking,
}

/// What is asked of the journal.
#[derive(Debug, Default)]
enum Asking {
    #[default]
    Nothing,
    /// It did not answer; it is asked again when somebody scrolls.
    Resting,
    Awaiting(Awaited),
}

#[derive(Debug)]
struct Awaited {
    page: Page,
    /// The number the question was asked with.
    ask: Option<u64>,
    /// What changed since, which the answer may not know.
    meanwhile: BTreeMap<ItemId, Line>,
    /// More changed than is noted.
    overflown: bool,
}

impl Lines {
    /// Takes in a line as the engine tells it; returns whether there was none of its name.
    pub(crate) fn hear(&mut self, item: Line) -> bool {
        let number = item.id.number;
        let is_held = self.places.contains_key(&item.id);
        let is_whole = !self.window.older && !self.window.newer;
        let highest = self.window.highest;
        let is_new = !is_held && (is_whole || highest.is_none_or(|highest| number > highest));
        self.window.highest = highest.max(Some(number));
        self.note_meanwhile(&item);
        if self.is_outside(item.place) {
            self.let_go(item.id);
            self.mark(&item);
        } else {
            self.put(item);
        }
        is_new
    }

    /// The first lines of a phone were told: whether there are older ones in the journal.
    pub(crate) fn began(&mut self) {
        let all = self
            .window
            .highest
            .map_or(0, |highest| highest as usize + 1);
        self.window.older = self.len() >= ENGINE_TELLS && self.len() < all;
    }

    fn is_outside(&self, place: Place) -> bool {
        let before = self.window.older && self.first().is_some_and(|first| place < first);
        before || (self.window.newer && self.last().is_some_and(|last| place > last))
    }

    fn note_meanwhile(&mut self, item: &Line) {
        let (first, last) = (self.first(), self.last());
        let Asking::Awaiting(awaited) = &mut self.window.asking else {
            return;
        };
        let concerns = match awaited.page {
            Page::Older => first.is_some_and(|first| item.place < first),
            Page::Newer => last.is_some_and(|last| item.place > last),
            Page::First | Page::Newest | Page::Around(_) => true,
        };
        if !concerns {
            return;
        }
        if awaited.meanwhile.len() == MEANWHILE {
            awaited.meanwhile.clear();
            awaited.overflown = true;
        }
        awaited.meanwhile.insert(item.id, item.clone());
    }

    /// Lets go of what is farthest from where one reads, past so many lines; `None` reads the
    /// newest.
    pub(crate) fn trim(&mut self, most: usize, reads: Option<Place>) {
        let mut surplus = self.len().saturating_sub(most);
        if surplus <= most / 10 {
            return;
        }
        let mut above = match reads {
            Some(place) => self.by_place.range(..place).count(),
            None => self.len(),
        };
        let mut below = self.len() - above;
        while surplus > 0 {
            let end = if above >= below {
                above -= 1;
                self.window.older = true;
                self.by_place.first_key_value()
            } else {
                below -= 1;
                self.window.newer = true;
                self.by_place.last_key_value()
            };
            let Some(id) = end.map(|(_, item)| item.id) else {
                return;
            };
            self.let_go(id);
            surplus -= 1;
        }
    }

    /// Whether the journal has older lines.
    pub(crate) fn has_older(&self) -> bool {
        self.window.older
    }

    /// Whether there are newer lines than those held.
    pub(crate) fn has_newer(&self) -> bool {
        self.window.newer
    }

    /// The page that should be there when these are the first and the last line on screen.
    pub(crate) fn nears(&self, first: Place, last: Place) -> Option<Page> {
        if self.window.older && self.by_place.range(..first).nth_back(NEAR).is_none() {
            return Some(Page::Older);
        }
        let near_newest = || self.by_place.range(last..).nth(NEAR + 1).is_none();
        (self.window.newer && near_newest()).then_some(Page::Newer)
    }

    /// What to ask the journal for a page; `None` while one is awaited that will do.
    pub(crate) fn want(&mut self, page: Page, phone: PhoneId) -> Option<Question> {
        let leads_away = matches!(page, Page::First | Page::Newest | Page::Around(_));
        match &self.window.asking {
            Asking::Nothing => {}
            Asking::Awaiting(awaited) if leads_away && awaited.page != page => {}
            Asking::Awaiting(_) | Asking::Resting => return None,
        }
        self.window.asking = Asking::Awaiting(Awaited {
            page,
            ask: None,
            meanwhile: BTreeMap::new(),
            overflown: false,
        });
        let limit = PAGE;
        Some(match page {
            Page::Older | Page::Newest => Question::Lines {
                phone,
                before: self.first().filter(|_| page == Page::Older),
                limit,
            },
            Page::Around(place) => Question::Lines {
                phone,
                before: Some(Place {
                    number: place.number.saturating_add(1),
                    ..place
                }),
                limit,
            },
            Page::Newer | Page::First => Question::LinesAfter {
                phone,
                after: self.last().filter(|_| page == Page::Newer),
                limit,
            },
        })
    }

    /// Notes the number the last question was asked with.
    pub(crate) fn asked_as(&mut self, ask: u64) {
        if let Asking::Awaiting(awaited) = &mut self.window.asking {
            awaited.ask = Some(ask);
        }
    }

    /// Whether the answer of this number is awaited.
    pub(crate) fn awaits(&self, ask: u64) -> bool {
        matches!(&self.window.asking, Asking::Awaiting(awaited) if awaited.ask == Some(ask))
    }

    /// Gives up what was asked for, until somebody scrolls.
    pub(crate) fn give_up(&mut self) {
        self.window.asking = Asking::Resting;
    }

    /// Somebody scrolls: the journal may be asked again.
    pub(crate) fn try_again(&mut self) {
        if let Asking::Resting = self.window.asking {
            self.window.asking = Asking::Nothing;
        }
    }

    /// Takes in the page the journal answered with; gives which one it was.
    pub(crate) fn take(&mut self, lines: Vec<Line>) -> Option<Page> {
        let asking = std::mem::take(&mut self.window.asking);
        let Asking::Awaiting(awaited) = asking else {
            return None;
        };
        let (page, missed) = (awaited.page, awaited.overflown);
        let is_last = lines.len() < PAGE;
        match page {
            Page::Older => self.window.older = !is_last,
            Page::Newer => self.window.newer = !is_last || missed,
            Page::First | Page::Newest | Page::Around(_) => {
                let newest = page == Page::Newest;
                self.by_place.clear();
                self.places.clear();
                self.answerable.clear();
                let is_around = matches!(page, Page::Around(_));
                self.window.older = (newest || is_around) && !is_last;
                self.window.newer = missed || is_around || (!newest && !is_last);
            }
        }
        for line in lines {
            self.window.highest = self.window.highest.max(Some(line.id.number));
            if !self.places.contains_key(&line.id) {
                self.put(line);
            }
        }
        for item in awaited.meanwhile.into_values() {
            self.hear(item);
        }
        Some(page)
    }
}
