//! The lines of the phones: what the engine tells of them, and the pages of the
//! journal that are read where somebody scrolls.

use std::collections::BTreeSet;

use crate::{
    domain::{
        item::{Body, Item},
        notice::Severity,
    },
    engine::update::Answer,
    tui::{
        app::model::Model,
        chat::lines::window::{IN_VIEW, OUT_OF_VIEW, Page},
    },
};

impl Model {
    /// Takes in lines, new or changed.
    pub(crate) fn put_items(&mut self, items: Vec<Item>) {
        let in_view = self.phone.thread;
        let (mut begun, mut grown) = (BTreeSet::new(), BTreeSet::new());
        for item in items {
            let thread = item.id.thread;
            let Some(phone) = self.phone_of(thread) else {
                continue;
            };
            if phone.chat.lines.len() == 0 {
                begun.insert(thread);
            }
            let theirs = matches!(item.body, Body::Theirs { .. });
            if phone.chat.put(&item) {
                // What the journal gives back comes before the head, and was there before.
                if thread != in_view && phone.head.is_some() && theirs {
                    phone.unread += 1;
                }
            }
            grown.insert(thread);
        }
        for thread in grown {
            if let Some(phone) = self.phone_of(thread) {
                if begun.contains(&thread) {
                    phone.chat.lines.began();
                }
                phone.chat.trim(if thread == in_view {
                    IN_VIEW
                } else {
                    OUT_OF_VIEW
                });
            }
        }
    }

    /// Asks for the page of lines that what is on screen comes near to.
    pub(crate) fn page_lines(&mut self) {
        if let Some(page) = self.phone.chat.transcript.nears(&self.phone.chat.lines) {
            self.want_lines(page);
        }
    }

    fn want_lines(&mut self, page: Page) {
        let thread = self.phone.thread;
        if let Some(question) = self.phone.chat.lines.want(page, thread) {
            let ask = self.ask(question);
            self.phone.chat.lines.asked_as(ask);
        }
    }

    /// Goes to the first line of the thread, which the journal may have to tell first.
    pub(crate) fn lead_to_first(&mut self) {
        self.phone.chat.lines.try_again();
        if self.phone.chat.lines.has_older() {
            self.want_lines(Page::First);
        } else {
            self.phone
                .chat
                .transcript
                .lead_to_first(&self.phone.chat.lines);
        }
    }

    /// Takes a page of lines in; gives the answer back when it is none.
    pub(crate) fn on_lines(&mut self, ask: u64, answer: Answer) -> Option<Answer> {
        let is_in_view = self.phone.chat.lines.awaits(ask);
        let mut phones = std::iter::once(&mut self.phone).chain(&mut self.others);
        let Some(phone) = phones.find(|phone| phone.chat.lines.awaits(ask)) else {
            return Some(answer);
        };
        match answer {
            Answer::Lines(lines) => {
                match phone.chat.lines.take(lines) {
                    Some(Page::First) => phone.chat.transcript.lead_to_first(&phone.chat.lines),
                    Some(Page::Newest) => phone.chat.transcript.follow(),
                    Some(Page::Older | Page::Newer) | None => {}
                }
                phone
                    .chat
                    .trim(if is_in_view { IN_VIEW } else { OUT_OF_VIEW });
            }
            answer => {
                phone.chat.lines.give_up();
                if let Answer::Failed(why) = answer {
                    let title = "the journal did not give the lines asked for";
                    self.tell(Severity::Warning, title, &why, "scroll to ask again");
                }
            }
        }
        None
    }
}
