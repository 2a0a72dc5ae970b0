//! The lines and the wire of a conversation one by one, read in pages.

use std::vec;

use crate::{
    domain::{exchange::Entry, ids::ConversationId, line::Line},
    engine::exporting::Error,
    store::{self, Reader},
};

/// Lines or entries read at a time.
const PAGE: usize = 256;

/// Things read in pages, each page beginning after the last thing of the one before.
struct Pages<T, K, Read, Key> {
    read: Read,
    key: Key,
    page: vec::IntoIter<T>,
    last: Option<K>,
    ended: bool,
}

impl<T, K, Read, Key> Iterator for Pages<T, K, Read, Key>
where
    K: Copy,
    Read: FnMut(Option<K>) -> Result<Vec<T>, store::Error>,
    Key: Fn(&T) -> K,
{
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.len() == 0 && !self.ended {
            match (self.read)(self.last) {
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
        let one = self.page.next()?;
        self.last = Some((self.key)(&one));
        Some(Ok(one))
    }
}

fn pages<T, K: Copy>(
    read: impl FnMut(Option<K>) -> Result<Vec<T>, store::Error>,
    key: impl Fn(&T) -> K,
) -> impl Iterator<Item = Result<T, Error>> {
    Pages {
        read,
        key,
        page: Vec::new().into_iter(),
        last: None,
        ended: false,
    }
}

/// The lines of a conversation, oldest first.
pub(super) fn lines<'a>(
    reader: &'a Reader,
    conversation: &'a ConversationId,
) -> impl Iterator<Item = Result<Line, Error>> + 'a {
    pages(
        |last| reader.lines(conversation, last, PAGE),
        |item: &Line| item.place,
    )
}

/// The wire of a conversation, oldest first.
pub(super) fn wire<'a>(
    reader: &'a Reader,
    conversation: &'a ConversationId,
) -> impl Iterator<Item = Result<Entry, Error>> + 'a {
    pages(
        |last| reader.wire(conversation, last, PAGE),
        |entry: &Entry| entry.id,
    )
}
