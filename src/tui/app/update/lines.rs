//! The lines of the phones: what the engine tells of them, and the pages of the
//! journal that are read where somebody scrolls.

use std::collections::BTreeSet;

use crate::{
    domain::{
        line::{Delivery, Line, LineBody},
        notice::{Severity, Topic},
    },
    engine::update::Answer,
    tui::{
        app::{keyboard::ChatPane, model::Model},
        chat::lines::window::{IN_VIEW, OUT_OF_VIEW, Page},
    },
};

/// Whether the cloud has just taken a message of the consumer's.
fn is_sent(item: &Line) -> bool {
    let LineBody::Mine { delivery, .. } = &item.body else {
        return false;
    };
    matches!(
        delivery,
        Delivery::Taken | Delivery::Sent { .. } | Delivery::Accepted { .. }
    )
}

impl Model {
    /// Takes in lines, new or changed.
    pub(crate) fn put_items(&mut self, items: Vec<Line>) {
        let in_view = self.phone.id();
        let (mut begun, mut grown) = (BTreeSet::new(), BTreeSet::new());
        let mut sent = BTreeSet::new();
        for item in items {
            let Some(id) = item.id.phone else { continue };
            let Some(phone) = self.phone_of(id) else {
                continue;
            };
            if phone.chat.lines.len() == 0 {
                begun.insert(id);
            }
            if is_sent(&item) && phone.head.is_some() {
                sent.insert(id);
            }
            let theirs = matches!(item.body, LineBody::Theirs { .. });
            if phone.chat.put(&item) {
                // What the journal gives back comes before the head, and was there before.
                if Some(id) != in_view && phone.head.is_some() && theirs {
                    phone.unread += 1;
                    phone.chat.transcript.came_unseen(&item);
                }
            }
            grown.insert(id);
        }
        for id in sent {
            self.notices.resolve(&Topic::Phone(id));
        }
        for id in grown {
            if let Some(phone) = self.phone_of(id) {
                if begun.contains(&id) {
                    phone.chat.lines.began();
                }
                phone.chat.trim(if Some(id) == in_view {
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

    pub(crate) fn want_lines(&mut self, page: Page) {
        if let Some(phone) = self.phone.id()
            && let Some(question) = self.phone.chat.lines.want(page, phone)
        {
            let ask = self.ask(question);
            self.phone.chat.lines.asked_as(ask);
        }
    }

    /// Goes to the first line of the phone, which the journal may have to tell first.
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
        let mut around = None;
        match answer {
            Answer::Lines(lines) => {
                match phone.chat.lines.take(lines) {
                    Some(Page::First) => phone.chat.transcript.lead_to_first(&phone.chat.lines),
                    Some(Page::Newest) => phone.chat.transcript.follow(),
                    Some(Page::Around(place)) => {
                        around = phone.chat.lines.at(place).map(|line| line.id);
                    }
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
        if let Some(id) = around.filter(|_| is_in_view) {
            self.show_hit(ChatPane::Phone, id);
        }
        None
    }
}
