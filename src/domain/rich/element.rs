//! The elements of structured content and their actions, as far as a device
//! needs them; see `rich-content` 3 and 4.
//!
//! What is shown is [`SafeText`]; what is published, and the metadata, stay
//! exactly as they came.

use serde_json::Value;

use crate::domain::text::SafeText;

/// The number of an element in its message, counted in the order of the document.
pub type ElementId = u16;

/// One element.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// Its number.
    pub id: ElementId,
    /// What it is.
    pub kind: Kind,
    /// How its text is to look.
    pub style: TextStyle,
    /// What a click on it does; `None` when it takes no click.
    pub click: Option<Clickable>,
    /// `tag`, which names the cards of `tabs`.
    pub tag: SafeText,
    /// `alt`, or the tooltip where there is none: what stands for it where it cannot be shown.
    pub alt: SafeText,
}

/// What an element is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `text`.
    Text(SafeText),
    /// `image`.
    Image {
        /// Where it lies, as it came.
        url: String,
        /// What stands under it.
        caption: SafeText,
    },
    /// `button`.
    Button {
        /// What stands on it.
        title: SafeText,
        /// What stands under that.
        subtitle: SafeText,
        /// `ref`: the name of the select element whose choice it sends.
        select: Option<String>,
    },
    /// `map`.
    Map(Place),
    /// `linkPreview`.
    LinkPreview {
        /// Where it leads, as it came.
        url: String,
        /// What it is called.
        title: SafeText,
    },
    /// `template`, the older form of quick replies.
    Template {
        /// What is asked.
        title: SafeText,
        /// The answers offered, as they are sent.
        answers: Vec<String>,
    },
    /// `keyValuePairList`.
    Pairs(Vec<(SafeText, SafeText)>),
    /// `vertical`, and what else only stacks its elements: the parts of a list.
    Vertical {
        /// From top to bottom.
        elements: Vec<Element>,
        /// Whether it has a frame.
        framed: bool,
    },
    /// `horizontal`.
    Horizontal {
        /// From left to right.
        elements: Vec<Element>,
        /// Whether it has a frame.
        framed: bool,
        /// Whether there is a line between its elements.
        lines: bool,
        /// The share of each; empty or fewer than there are elements when none are given.
        percentages: Vec<f64>,
    },
    /// `carousel`.
    Carousel(Vec<Element>),
    /// `carouselSelect`.
    CarouselSelect {
        /// The cards to choose from.
        elements: Vec<Element>,
        /// The name a button refers to.
        name: String,
        /// Whether more than one can be chosen.
        multiple: bool,
    },
    /// `accordionSelect`.
    AccordionSelect {
        /// What folds out.
        elements: Vec<Element>,
        /// The titles, in the same order: name and addition.
        titles: Vec<(String, SafeText)>,
        /// The name a button refers to.
        name: String,
    },
    /// `tabs`.
    Tabs(Vec<Element>),
    /// `list`.
    List(Vec<Element>),
    /// `checkbox`.
    Checkbox(SafeText),
    /// `submitButton`.
    Submit {
        /// What stands on it.
        title: SafeText,
        /// Whether it cannot be used.
        disabled: bool,
    },
    /// An element this device does not know, with what it knows inside of it.
    Unknown {
        /// Its `type`; empty when it has none.
        kind: SafeText,
        /// Its elements.
        elements: Vec<Element>,
    },
    /// Elements left out because there are too many, or too deep in one another.
    Omitted,
}

impl Element {
    /// What lies inside of it.
    pub fn elements(&self) -> &[Self] {
        match &self.kind {
            Kind::Vertical { elements, .. }
            | Kind::Horizontal { elements, .. }
            | Kind::Carousel(elements)
            | Kind::CarouselSelect { elements, .. }
            | Kind::AccordionSelect { elements, .. }
            | Kind::Tabs(elements)
            | Kind::List(elements)
            | Kind::Unknown { elements, .. } => elements,
            _ => &[],
        }
    }
}

/// A point on the globe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Latitude.
    pub la: f64,
    /// Longitude.
    pub lo: f64,
}

/// How a text is to look, as far as a terminal can.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TextStyle {
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Smaller or larger than usual.
    pub size: Size,
    /// Its colour as red, green, blue.
    pub colour: Option<[u8; 3]>,
    /// Whether it begins at the right.
    pub rtl: bool,
}

/// The size of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Size {
    /// `small`.
    Small,
    /// `medium`, or nothing said.
    #[default]
    Medium,
    /// `large`.
    Large,
}

/// What a click on an element does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clickable {
    /// Copied unchanged into what is sent; `None` when there is none.
    pub metadata: Option<Value>,
    /// What happens, in order.
    pub actions: Vec<Action>,
}

/// One action of a click.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// `publishText`: the text to send.
    Publish(String),
    /// `link`.
    Link {
        /// Where it leads on this device, as it came.
        uri: String,
        /// What it is called.
        name: SafeText,
    },
    /// `navigate`.
    Navigate {
        /// Where to.
        place: Place,
        /// What it is called.
        name: SafeText,
    },
    /// `datePicker`.
    Dates(DatePicker),
    /// `scheduleSlotList`.
    Slots(SlotList),
    /// `addToCart`: up to the app, and this one has no cart.
    AddToCart,
    /// `custom`: up to the app.
    Custom,
    /// `checked`: the text a checked box adds.
    Checked(String),
    /// `submitAsText`; false submits nothing.
    Submit(bool),
    /// An action this device does not know.
    Unknown(SafeText),
}

/// A date to pick, or two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatePicker {
    /// What stands above it.
    pub title: SafeText,
    /// Whether a first and a last day are picked.
    pub range: bool,
    /// The earliest, in seconds since the epoch.
    pub min: Option<i64>,
    /// The latest, in seconds since the epoch.
    pub max: Option<i64>,
    /// How the date is written.
    pub format: Option<String>,
}

/// Times to pick one of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlotList {
    /// What stands above them.
    pub title: SafeText,
    /// In the order they came.
    pub slots: Vec<Slot>,
}

/// One time to pick.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slot {
    /// What it is called, as it is sent; may be empty.
    pub title: String,
    /// More about it.
    pub description: SafeText,
    /// When it begins, in seconds since the epoch.
    pub start: i64,
    /// When it ends.
    pub end: Option<i64>,
}
