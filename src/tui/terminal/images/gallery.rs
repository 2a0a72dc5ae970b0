//! The pictures that were made, and those that are to be made.
//!
//! The layout of a bubble asks for its picture by `Gallery::picture`, that of a card by
//! `Gallery::card_picture`. It is there, or it is ordered and the bubble is laid out again once it
//! was made. `Studio` makes them, away from the frame.

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::task::JoinSet;

use crate::{
    domain::{content::Hosted, ids::ItemId},
    media::pixels::{Opened, Source},
    tui::{
        terminal::images::{
            Art,
            addresses::{AddressState, Addresses},
            cells::Picture,
            encode,
            plates::Plates,
        },
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
/// Why a picture is not drawn although it is here.
const BROKEN: &str = "it is broken, or has too many pixels";
/// Pictures made at the same time: each may take much memory for a moment.
const AT_ONCE: usize = 2;

/// What a picture is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum PictureOwner {
    Line(ItemId),
    /// A file on the point of being sent.
    Unsent,
}

/// A picture of a bubble or of an unsent file in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    owner: PictureOwner,
    /// Of where it comes from, which changes when the file was fetched.
    sources: u64,
    columns: u16,
    rows: u16,
}

/// A picture to make.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    key: Key,
    /// The address it came from, when a card names it.
    address: Option<String>,
    sources: Vec<Source>,
    depth: Depth,
    /// Where it is hung when the terminal is to draw it.
    plates: Option<Plates>,
}

/// A picture that was made, or could not be.
#[derive(Debug)]
pub(crate) struct Made {
    key: Key,
    address: Option<String>,
    picture: Option<Picture>,
}

/// How it stands with a picture that a card names, or that is about to be sent.
#[derive(Debug)]
pub(crate) enum CardPicture {
    /// None is drawn here.
    Absent,
    /// It is being fetched or made.
    Coming,
    Drawn(Arc<Picture>),
    /// It is not fetched before the user decides on its host.
    Undecided(String),
    /// It cannot be had, or not be drawn.
    Failed(String),
}

/// The pictures of all phones.
#[derive(Debug)]
pub(crate) struct Gallery {
    art: Art,
    depth: Depth,
    shelf: RefCell<Shelf>,
    /// The addresses that cards name; `None` when nothing is fetched from there.
    addresses: Option<RefCell<Addresses>>,
    files: HashMap<ItemId, PathBuf>,
}

/// What asking for a picture changes.
#[derive(Debug, Default)]
struct Shelf {
    kept: HashMap<Key, Shelved>,
    /// The keys of all kept, oldest first.
    age: VecDeque<Key>,
    orders: VecDeque<Order>,
}

/// How far a picture on the shelf has come.
#[derive(Debug)]
enum Shelved {
    Ordered,
    Made(Arc<Picture>),
    Broken,
}

impl Gallery {
    pub(crate) fn new(art: Art, depth: Depth) -> Self {
        // Without colours, or with few, there is nothing to draw with.
        let art = match (depth, art) {
            (Depth::None, _) | (Depth::Eight | Depth::Sixteen, Art::Blocks) => Art::Off,
            (_, art) => art,
        };
        Self {
            art,
            depth,
            shelf: RefCell::default(),
            addresses: None,
            files: HashMap::new(),
        }
    }

    /// The same with pictures that cards name, when somebody fetches those and they are drawn.
    pub(crate) fn with_addresses(self, fetches: bool) -> Self {
        let is_wanted = fetches && self.draws();
        Self {
            addresses: is_wanted.then(RefCell::default),
            ..self
        }
    }

    /// Where pictures hang that the terminal draws itself, if it draws some.
    pub(crate) fn plates(&self) -> Option<&Plates> {
        match &self.art {
            Art::Plates(plates) => Some(plates),
            Art::Off | Art::Blocks => None,
        }
    }

    /// The addresses that cards name; `None` when nothing is fetched from there.
    pub(crate) fn addresses(&mut self) -> Option<&mut Addresses> {
        self.addresses.as_mut().map(RefCell::get_mut)
    }

    /// The picture at an address that a card names, at most so many cells large.
    pub(crate) fn card_picture(
        &self,
        item: ItemId,
        address: &str,
        columns: u16,
        rows: u16,
    ) -> CardPicture {
        let Some(addresses) = &self.addresses else {
            return CardPicture::Absent;
        };
        if columns == 0 || rows == 0 || !is_of_the_web(address) {
            return CardPicture::Absent;
        }
        let bytes = match addresses.borrow_mut().look(address, item) {
            AddressState::Here(bytes) => bytes,
            AddressState::Coming => return CardPicture::Coming,
            AddressState::Undecided(host) => return CardPicture::Undecided(host),
            AddressState::Unwanted(_) => return CardPicture::Absent,
            AddressState::Failed(reason) => return CardPicture::Failed(reason),
        };
        let mut hasher = DefaultHasher::new();
        address.hash(&mut hasher);
        let key = Key {
            owner: PictureOwner::Line(item),
            sources: hasher.finish(),
            columns,
            rows,
        };
        let from = || (vec![Source::Bytes(bytes.0)], Some(address.to_owned()));
        let made = self.made_or_ordered(key, from);
        made.map_or(CardPicture::Coming, CardPicture::Drawn)
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
        if !self.draws() || columns == 0 || rows == 0 {
            return None;
        }
        let sources = self.sources(item, file);
        if sources.is_empty() {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        sources.hash(&mut hasher);
        let key = Key {
            owner: PictureOwner::Line(item),
            sources: hasher.finish(),
            columns,
            rows,
        };
        self.made_or_ordered(key, || (sources, None))
    }

    /// Whether pictures are drawn at all.
    pub(crate) fn draws(&self) -> bool {
        !matches!(self.art, Art::Off)
    }

    /// The picture of a file of so many bytes that is about to be sent, at most so many cells large.
    pub(crate) fn unsent_picture(
        &self,
        file: &Path,
        bytes: u64,
        columns: u16,
        rows: u16,
    ) -> CardPicture {
        if !self.draws() || columns == 0 || rows == 0 {
            return CardPicture::Absent;
        }
        let mut hasher = DefaultHasher::new();
        (file, bytes).hash(&mut hasher);
        let key = Key {
            owner: PictureOwner::Unsent,
            sources: hasher.finish(),
            columns,
            rows,
        };
        let from = || (vec![Source::File(file.to_owned())], None);
        if let Some(picture) = self.made_or_ordered(key, from) {
            return CardPicture::Drawn(picture);
        }
        match self.shelf.borrow().kept.get(&key) {
            Some(Shelved::Broken) => CardPicture::Failed(BROKEN.to_owned()),
            _ => CardPicture::Coming,
        }
    }

    /// A picture that was made, or none and it is ordered, from its sources and its address.
    fn made_or_ordered(
        &self,
        key: Key,
        from: impl FnOnce() -> (Vec<Source>, Option<String>),
    ) -> Option<Arc<Picture>> {
        let state = &mut *self.shelf.borrow_mut();
        if let Some(known) = state.kept.get(&key) {
            return match known {
                Shelved::Made(picture) => Some(Arc::clone(picture)),
                Shelved::Ordered | Shelved::Broken => None,
            };
        }
        let (sources, address) = from();
        state.keep(key, Shelved::Ordered);
        if state.orders.len() >= ORDERS
            && let Some(dropped) = state.orders.pop_front()
        {
            // Asked for again, it is ordered again.
            state.kept.remove(&dropped.key);
        }
        state.orders.push_back(Order {
            key,
            address,
            sources,
            depth: self.depth,
            plates: match (&self.art, key.owner) {
                (Art::Plates(plates), PictureOwner::Line(_)) => Some(plates.clone()),
                // What lies over the screen is drawn in cells.
                _ => None,
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

    /// A picture was made; gives the line it belongs to, if any.
    pub(crate) fn made(&mut self, made: Made) -> Option<ItemId> {
        let is_made = made.picture.is_some();
        let shelved = made.picture.map(Arc::new);
        let shelved = shelved.map_or(Shelved::Broken, Shelved::Made);
        self.shelf.get_mut().keep(made.key, shelved);
        if !is_made && let (Some(address), Some(addresses)) = (made.address, self.addresses()) {
            addresses.is_broken(&address, BROKEN);
        }
        match made.key.owner {
            PictureOwner::Line(item) => Some(item),
            PictureOwner::Unsent => None,
        }
    }

    fn next_order(&mut self) -> Option<Order> {
        // The newest first: it is what is looked at.
        self.shelf.get_mut().orders.pop_back()
    }
}

impl Shelf {
    fn keep(&mut self, key: Key, picture: Shelved) {
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

fn is_of_the_web(address: &str) -> bool {
    let begins = |scheme: &str| {
        let head = address.as_bytes().get(..scheme.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(scheme.as_bytes()))
    };
    begins("https://") || begins("http://")
}

/// The picture within so many pixels, two of which share a cell, drawn by the terminal where it can.
pub(crate) fn picture_of(
    opened: &Opened,
    (width, height): (u32, u32),
    depth: Depth,
    plates: Option<&Plates>,
) -> Picture {
    let mut picture = Picture::of(&opened.fitted(width, height), depth);
    let size = (picture.columns(), picture.rows());
    let plate = plates.and_then(|plates| {
        plates.hang(size, picture.halves().to_vec(), |id| {
            encode::told(plates.protocol(), opened, size, plates.cell(), id)
        })
    });
    if let Some(plate) = plate {
        picture.hang(&plate);
    }
    picture
}

/// Makes a picture of the best source that is one.
fn make(order: &Order) -> Made {
    let (width, height) = (u32::from(order.key.columns), u32::from(order.key.rows) * 2);
    let picture = order.sources.iter().find_map(|source| {
        let opened = Opened::new(source).ok()?;
        let room = (width, height);
        Some(picture_of(
            &opened,
            room,
            order.depth,
            order.plates.as_ref(),
        ))
    });
    Made {
        key: order.key,
        address: order.address.clone(),
        picture,
    }
}

#[cfg(test)]
mod tests;
