//! The pictures that were made, and those that are to be made.
//!
//! The layout of a bubble asks for its picture by `Gallery::picture`. It
//! is there, or it is ordered and the bubble is laid out again once it was
//! made. `Studio` makes them, away from the frame.

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::PathBuf,
    sync::Arc,
};

use tokio::task::JoinSet;

use crate::{
    domain::{content::Hosted, ids::ItemId},
    media::pixels::{Opened, Source},
    tui::{
        terminal::images::{Art, cells::Picture, encode, plates::Plates},
        theme::styles::Depth,
    },
};

/// Pictures kept; past that the oldest is forgotten, and made again when it is looked at.
const KEPT: usize = 256;
/// Files whose place on this machine is remembered; past that all are forgotten.
const FILES: usize = 1024;
/// Pictures waiting to be made; past that the oldest order is dropped, for it has been scrolled
/// away by then.
const ORDERS: usize = 64;
/// Pictures made at the same time: each may take much memory for a moment.
const AT_ONCE: usize = 2;

/// A picture of a bubble in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    item: ItemId,
    /// Of where it comes from, which changes when the file was fetched.
    sources: u64,
    columns: u16,
    rows: u16,
}

/// A picture to make.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    key: Key,
    /// The best first.
    sources: Vec<Source>,
    depth: Depth,
    /// Where it is hung when the terminal is to draw it.
    plates: Option<Plates>,
}

/// A picture that was made, or could not be.
#[derive(Debug)]
pub(crate) struct Made {
    key: Key,
    picture: Option<Picture>,
}

/// The pictures of all phones.
#[derive(Debug)]
pub(crate) struct Gallery {
    art: Art,
    depth: Depth,
    shelf: RefCell<Shelf>,
    files: HashMap<ItemId, PathBuf>,
}

/// What asking for a picture changes.
#[derive(Debug, Default)]
struct Shelf {
    /// `None` while it is being made, or when it cannot be.
    kept: HashMap<Key, Option<Arc<Picture>>>,
    /// The keys of all kept, oldest first.
    age: VecDeque<Key>,
    orders: VecDeque<Order>,
}

impl Gallery {
    pub(crate) fn new(art: Art, depth: Depth) -> Self {
        // Without colours there is nothing to draw with.
        let art = if depth == Depth::None { Art::Off } else { art };
        Self {
            art,
            depth,
            shelf: RefCell::default(),
            files: HashMap::new(),
        }
    }

    /// The picture of a bubble's file, at most so many cells large; `None` when there is none,
    /// or none yet. In that case the line counts as changed once it was made.
    pub(crate) fn picture(
        &self,
        item: ItemId,
        file: &Hosted,
        columns: u16,
        rows: u16,
    ) -> Option<Arc<Picture>> {
        if matches!(self.art, Art::Off) || columns == 0 || rows == 0 {
            return None;
        }
        let sources = self.sources(item, file);
        if sources.is_empty() {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        sources.hash(&mut hasher);
        let key = Key {
            item,
            sources: hasher.finish(),
            columns,
            rows,
        };
        let state = &mut *self.shelf.borrow_mut();
        if let Some(known) = state.kept.get(&key) {
            return known.clone();
        }
        state.keep(key, None);
        if state.orders.len() >= ORDERS
            && let Some(dropped) = state.orders.pop_front()
        {
            // Asked for again, it is ordered again.
            state.kept.remove(&dropped.key);
        }
        state.orders.push_back(Order {
            key,
            sources,
            depth: self.depth,
            plates: match &self.art {
                Art::Plates(plates) => Some(plates.clone()),
                Art::Off | Art::Blocks => None,
            },
        });
        None
    }

    /// The file itself where it is on this machine, and the preview that came with it.
    fn sources(&self, item: ItemId, file: &Hosted) -> Vec<Source> {
        let fetched = self.files.get(&item).cloned();
        let local = file.local.as_deref().map(PathBuf::from);
        let preview = file.preview.clone().map(Source::Uri);
        let files = fetched.into_iter().chain(local).map(Source::File);
        files.chain(preview).collect()
    }

    /// A bubble's file is on this machine now.
    pub(crate) fn fetched(&mut self, item: ItemId, file: PathBuf) {
        if self.files.len() >= FILES {
            self.files.clear();
        }
        self.files.insert(item, file);
    }

    /// A picture was made; gives the line it belongs to.
    pub(crate) fn made(&mut self, made: Made) -> ItemId {
        let item = made.key.item;
        let state = self.shelf.get_mut();
        if let Some(picture) = made.picture {
            state.keep(made.key, Some(Arc::new(picture)));
        }
        item
    }

    fn next_order(&mut self) -> Option<Order> {
        // The newest first: it is what is looked at.
        self.shelf.get_mut().orders.pop_back()
    }
}

impl Shelf {
    fn keep(&mut self, key: Key, picture: Option<Arc<Picture>>) {
        if self.kept.insert(key, picture).is_none() {
            self.age.push_back(key);
        }
        while self.age.len() > KEPT
            && let Some(oldest) = self.age.pop_front()
        {
            self.kept.remove(&oldest);
        }
    }
}

/// Makes pictures, few at a time, on threads that may block.
#[derive(Debug, Default)]
pub(crate) struct Studio {
    under_way: JoinSet<Made>,
}

impl Studio {
    /// Begins what there is to make and room for.
    pub(crate) fn begin(&mut self, gallery: &mut Gallery) {
        while self.under_way.len() < AT_ONCE
            && let Some(order) = gallery.next_order()
        {
            self.under_way.spawn_blocking(move || make(&order));
        }
    }

    /// Whether something is being made.
    pub(crate) fn is_busy(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// The next picture that was made; `None` when nothing is being made or making it broke off.
    pub(crate) async fn made(&mut self) -> Option<Made> {
        self.under_way.join_next().await?.ok()
    }
}

/// Makes a picture of the best source that is one.
fn make(order: &Order) -> Made {
    let (width, height) = (u32::from(order.key.columns), u32::from(order.key.rows) * 2);
    let picture = order.sources.iter().find_map(|source| {
        let opened = Opened::new(source).ok()?;
        let mut picture = Picture::of(&opened.fitted(width, height), order.depth);
        if let Some(plates) = &order.plates {
            let size = (picture.columns(), picture.rows());
            let halves = picture.halves().to_vec();
            let plate = plates.hang(size, halves, |id| {
                encode::told(plates.protocol(), &opened, size, plates.cell(), id)
            });
            if let Some(plate) = plate {
                picture.hang(&plate);
            }
        }
        Some(picture)
    });
    Made {
        key: order.key,
        picture,
    }
}

#[cfg(test)]
mod tests;
