//! The lines and the wire of a conversation one by one, read in pages.

use std::vec;

use crate::{
    domain::{
        exchange::Entry,
        ids::{ConversationId, EntryId},
        item::{Item, Place},
    },
    engine::exporting::Error,
    store::Reader,
};

/// Lines or entries read at a time.
const PAGE: usize = 256;

/// The lines of a conversation, oldest first.
pub(super) struct Lines<'a> {
    reader: &'a Reader,
    conversation: &'a ConversationId,
    page: vec::IntoIter<Item>,
    last: Option<Place>,
    ended: bool,
}

impl<'a> Lines<'a> {
    pub(super) fn of(reader: &'a Reader, conversation: &'a ConversationId) -> Self {
        Self {
            reader,
            conversation,
            page: Vec::new().into_iter(),
            last: None,
            ended: false,
        }
    }
}

impl Iterator for Lines<'_> {
    type Item = Result<Item, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.len() == 0 && !self.ended {
            match self.reader.lines(self.conversation, self.last, PAGE) {
                Ok(page) => {
                    self.ended = page.is_empty();
                    self.page = page.into_iter();
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error.into()));
                }
            }
        }
        let item = self.page.next()?;
        self.last = Some(item.place);
        Some(Ok(item))
    }
}

/// The wire of a conversation, oldest first.
pub(super) struct Wire<'a> {
    reader: &'a Reader,
    conversation: &'a ConversationId,
    page: vec::IntoIter<Entry>,
    last: Option<EntryId>,
    ended: bool,
}

impl<'a> Wire<'a> {
    pub(super) fn of(reader: &'a Reader, conversation: &'a ConversationId) -> Self {
        Self {
            reader,
            conversation,
            page: Vec::new().into_iter(),
            last: None,
            ended: false,
        }
    }
}

impl Iterator for Wire<'_> {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.len() == 0 && !self.ended {
            match self.reader.wire(self.conversation, self.last, PAGE) {
                Ok(page) => {
                    self.ended = page.is_empty();
                    self.page = page.into_iter();
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error.into()));
                }
            }
        }
        let entry = self.page.next()?;
        self.last = Some(entry.id);
        Some(Ok(entry))
    }
}
