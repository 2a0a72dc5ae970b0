//! The demo stage: the phone as a brand's, in place of everything else on the screen.
//!
//! [`Stage`] is the dress: the brand pack, the look, the frame, what lies over the phone. [`shown`]
//! holds what may be shown, and is a list: what is not on it does not get to [`draw`]. Who puts the
//! phone on stage, and what is played there, is not known here.

pub mod check;
pub(crate) mod draw;
mod face;
mod head;
pub(crate) mod layout;
mod letters;
pub(crate) mod shown;

use crate::{
    config::brand::{BrandLook, BrandPack},
    domain::time::Timestamp,
    tui::{
        stage::{face::Faces, shown::ShownOnStage},
        terminal::images::plates::Plates,
        theme::{
            dress::Dress,
            palette::{self, Palette},
            styles::Depth,
        },
    },
};

/// What is drawn around the phone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StageFrame {
    /// The edge of a phone, and its status row.
    #[default]
    Phone,
    /// Nothing: the conversation fills the screen.
    None,
}

/// A sign at the edge of the stage that tells the presenter how the line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageDot {
    /// All is well.
    Good,
    /// Something waits, or is slow.
    Waiting,
    /// The line is gone; nothing of that is said on stage.
    Gone,
}

/// A key that was pressed, with what it does, as a plate at the edge of the stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPlate {
    /// The key and the name of its action.
    pub text: String,
    /// When it is taken away.
    pub until: Timestamp,
}

/// Plates at the edge of the stage at once.
const PLATES: usize = 3;

/// What is shown in place of the phone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cover {
    /// Nothing: the phone is seen.
    #[default]
    None,
    /// The brand's card.
    Splash,
    /// Black.
    Black,
}

/// How the phone is dressed on stage.
#[derive(Debug, Clone)]
pub struct Stage {
    pub(crate) pack: BrandPack,
    pub(crate) look: BrandLook,
    pub(crate) frame: StageFrame,
    /// What is shown in place of the phone.
    pub(crate) cover: Cover,
    /// How the line is, for the presenter; nothing where it is not told.
    pub(crate) dot: Option<StageDot>,
    /// The last keys, the newest last.
    pub(crate) plates: Vec<KeyPlate>,
    /// Words for the presenter's eyes at the edge of the stage: what a key did not do.
    pub(crate) aside: Option<KeyPlate>,
    /// What is told below the phone, as the title of a chapter.
    pub(crate) caption: String,
    /// The time in the phone's status row.
    pub(crate) clock: String,
    /// Its styles; made anew once the terminal's colours are known.
    pub(crate) dress: Dress,
    /// What may be shown.
    pub(crate) shown: ShownOnStage,
    /// Its pictures, made for their places.
    pub(crate) faces: Faces,
}

impl Stage {
    /// The stage of a pack, in its own look unless another is asked for.
    pub fn new(pack: BrandPack, look: Option<BrandLook>, frame: StageFrame) -> Self {
        let theme = palette::embedded().swap_remove(0);
        let look = look.unwrap_or(pack.look);
        let dress = Dress::new(&pack.colours, look, &theme.palette, Depth::True);
        Self {
            faces: Faces::default(),
            look,
            pack,
            frame,
            cover: Cover::None,
            dot: None,
            plates: Vec::new(),
            aside: None,
            caption: String::new(),
            clock: "9:41".to_owned(),
            dress,
            shown: ShownOnStage::default(),
        }
    }

    /// Makes its styles and pictures for a terminal of so many colours, which may draw pictures itself;
    /// what the pack does not name is as the theme has it.
    pub(crate) fn dress_for(&mut self, theme: &Palette, depth: Depth, plates: Option<&Plates>) {
        self.dress = Dress::new(&self.pack.colours, self.look, theme, depth);
        self.faces = Faces::of(&self.pack, depth, plates);
        self.shown.forget();
    }

    /// Puts the same on in another pack.
    pub fn change_pack(&mut self, pack: BrandPack) {
        if self.look == self.pack.look {
            self.look = pack.look;
        }
        self.pack = pack;
    }

    /// Shows a key with what it does.
    pub fn show_plate(&mut self, plate: KeyPlate) {
        self.plates.push(plate);
        if self.plates.len() > PLATES {
            self.plates.remove(0);
        }
    }

    /// Takes away what has been shown long enough; whether there was something.
    pub(crate) fn expire(&mut self, now: Timestamp) -> bool {
        let before = (self.plates.len(), self.aside.is_some());
        self.plates.retain(|plate| plate.until > now);
        self.aside = self.aside.take().filter(|aside| aside.until > now);
        before != (self.plates.len(), self.aside.is_some())
    }

    /// When the next of it is to be taken away.
    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        self.plates
            .iter()
            .chain(&self.aside)
            .map(|plate| plate.until)
            .min()
    }
}
