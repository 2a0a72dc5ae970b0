//! From JSON to elements. Nothing is refused: a missing member is empty, an
//! unknown element is said to be one, and what is too deep or too much is left
//! out with a word about it.

use serde_json::Value;

use crate::domain::{
    rich::{
        element::{
            Action, Clickable, DatePicker, Element, ElementId, Kind, Place, Size, Slot, SlotList,
            TextStyle,
        },
        markup,
    },
    text::SafeText,
};

/// Elements read of one message; the largest list of the schema may have more, no phone shows them.
const MOST: ElementId = 4096;

/// Layouts read in one another.
const DEEPEST: usize = 24;

/// Actions read of one click; the schema has four.
const MOST_ACTIONS: usize = 16;

/// Slots, answers and pairs read of one element; the schema has at most 256.
const MOST_ROWS: usize = 1024;

/// Reads the element at the root of a message.
pub(super) fn root(value: &Value) -> Element {
    Reader { next: 0 }.element(value, 0)
}

/// Reads a button whatever its `type` says; that of a quick reply may be missing.
pub(super) fn button(value: &Value) -> Element {
    element_of(value, 0, button_kind(value))
}

struct Reader {
    next: ElementId,
}

impl Reader {
    fn element(&mut self, value: &Value, depth: usize) -> Element {
        let id = self.next;
        if depth > DEEPEST {
            return omitted(id);
        }
        self.next = id.saturating_add(1);
        let kind = self.kind(value, depth);
        element_of(value, id, kind)
    }

    fn elements(&mut self, value: &Value, depth: usize) -> Vec<Element> {
        let values = value.get("elements").and_then(Value::as_array);
        let mut elements = Vec::new();
        for value in values.into_iter().flatten() {
            if self.next >= MOST {
                elements.push(omitted(self.next));
                break;
            }
            elements.push(self.element(value, depth + 1));
        }
        elements
    }

    fn kind(&mut self, value: &Value, depth: usize) -> Kind {
        let kind = value.get("type").and_then(Value::as_str).unwrap_or("");
        let framed = matches!(
            value.get("border").and_then(Value::as_str),
            Some("border" | "dropShadow")
        );
        match kind {
            "text" => Kind::Text(marked_up(value, "text")),
            "image" => Kind::Image {
                url: said(value, "url"),
                caption: marked_up(value, "caption"),
            },
            "button" => button_kind(value),
            "map" => Kind::Map(place(value)),
            "linkPreview" => Kind::LinkPreview {
                url: said(value, "url"),
                title: shown(value, "title"),
            },
            "template" => Kind::Template {
                title: shown(value, "title"),
                answers: rows(value, "resp")
                    .filter_map(|answer| answer.as_str().map(str::to_owned))
                    .collect(),
            },
            "keyValuePairList" => Kind::Pairs(
                rows(value, "elements")
                    .map(|pair| (shown(pair, "key"), shown(pair, "value")))
                    .collect(),
            ),
            "vertical" | "sectionList" | "section" | "checklist" | "buttonList" => Kind::Vertical {
                elements: self.elements(value, depth),
                framed,
            },
            "horizontal" => Kind::Horizontal {
                elements: self.elements(value, depth),
                framed,
                lines: value.get("borderLine") != Some(&Value::Bool(false)),
                percentages: rows(value, "percentages")
                    .filter_map(Value::as_f64)
                    .collect(),
            },
            "carousel" => Kind::Carousel(self.elements(value, depth)),
            "carouselSelect" => Kind::CarouselSelect {
                elements: self.elements(value, depth),
                name: select_name(value),
                multiple: value.pointer("/selectMode/type") == Some(&Value::from("multiple")),
            },
            "accordionSelect" => Kind::AccordionSelect {
                titles: rows(value, "titles")
                    .map(|title| (said(title, "name"), shown(title, "additional")))
                    .collect(),
                elements: self.elements(value, depth),
                name: select_name(value),
            },
            "tabs" => Kind::Tabs(self.elements(value, depth)),
            "list" => Kind::List(self.elements(value, depth)),
            "checkbox" => Kind::Checkbox(marked_up(value, "text")),
            "submitButton" => Kind::Submit {
                title: shown(value, "title"),
                disabled: value.get("disabled") == Some(&Value::Bool(true)),
            },
            unknown => Kind::Unknown {
                kind: SafeText::clean(unknown),
                elements: self.elements(value, depth),
            },
        }
    }
}

fn element_of(value: &Value, id: ElementId, kind: Kind) -> Element {
    Element {
        id,
        kind,
        style: style(value),
        click: value.get("click").and_then(clickable),
        tag: shown(value, "tag"),
        alt: Some(shown(value, "alt"))
            .filter(|alt| !alt.is_empty())
            .unwrap_or_else(|| shown(value, "tooltip")),
    }
}

fn button_kind(value: &Value) -> Kind {
    Kind::Button {
        title: marked_up(value, "title"),
        subtitle: marked_up(value, "subtitle"),
        select: value
            .pointer("/ref/name")
            .and_then(Value::as_str)
            .map(str::to_owned),
    }
}

fn omitted(id: ElementId) -> Element {
    Element {
        id,
        kind: Kind::Omitted,
        style: TextStyle::default(),
        click: None,
        tag: SafeText::default(),
        alt: SafeText::default(),
    }
}

fn said(value: &Value, key: &str) -> String {
    let text = value.get(key).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// A text that the vendor's renderer takes for HTML.
fn marked_up(value: &Value, key: &str) -> SafeText {
    match value.get(key) {
        Some(Value::String(text)) => SafeText::clean(&markup::plain(text)),
        _ => shown(value, key),
    }
}

/// A text for the screen. Numbers and switches are shown too where a text was meant.
fn shown(value: &Value, key: &str) -> SafeText {
    match value.get(key) {
        Some(Value::String(text)) => SafeText::clean(text),
        Some(plain @ (Value::Number(_) | Value::Bool(_))) => SafeText::clean(&plain.to_string()),
        _ => SafeText::default(),
    }
}

fn rows<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    let rows = value.get(key).and_then(Value::as_array);
    rows.into_iter().flatten().take(MOST_ROWS)
}

fn select_name(value: &Value) -> String {
    let name = value.pointer("/selectMode/name").and_then(Value::as_str);
    name.unwrap_or_default().to_owned()
}

/// A number, also where it was written as a text.
fn number(value: &Value, key: &str) -> Option<f64> {
    let value = value.get(key)?;
    let number = value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok())?;
    number.is_finite().then_some(number)
}

fn seconds(value: &Value, key: &str) -> Option<i64> {
    let whole = value.get(key).and_then(Value::as_i64);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what no integer holds is no time either, and is stopped at the end of time"
    )]
    whole.or_else(|| number(value, key).map(|seconds| seconds as i64))
}

fn place(value: &Value) -> Place {
    Place {
        la: number(value, "la").unwrap_or(0.0),
        lo: number(value, "lo").unwrap_or(0.0),
    }
}

fn style(value: &Value) -> TextStyle {
    let style = value.get("style").unwrap_or(&Value::Null);
    let on = |key: &str| style.get(key) == Some(&Value::Bool(true));
    TextStyle {
        bold: on("bold"),
        italic: on("italic"),
        size: match style.get("size").and_then(Value::as_str) {
            Some("small") => Size::Small,
            Some("large") => Size::Large,
            _ => Size::Medium,
        },
        colour: style.get("color").and_then(Value::as_str).and_then(colour),
        rtl: value.get("rtl") == Some(&Value::Bool(true)),
    }
}

/// `#rgb` and `#rrggbb`. The names of colours are left to what has style sheets.
fn colour(text: &str) -> Option<[u8; 3]> {
    let digits = text.trim().strip_prefix('#')?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    let [_, r, g, b] = number.to_be_bytes();
    match digits.len() {
        6 => Some([r, g, b]),
        3 => {
            let twice = |digit: u8| (digit & 0xf) * 0x11;
            Some([twice(g), twice(b >> 4), twice(b)])
        }
        _ => None,
    }
}

fn clickable(click: &Value) -> Option<Clickable> {
    let metadata = click.get("metadata").filter(|metadata| match metadata {
        Value::Null => false,
        Value::Array(values) => !values.is_empty(),
        _ => true,
    });
    let actions: Vec<Action> = rows(click, "actions")
        .take(MOST_ACTIONS)
        .map(action)
        .collect();
    let clickable = Clickable {
        metadata: metadata.cloned(),
        actions,
    };
    (clickable != Clickable::default()).then_some(clickable)
}

fn action(value: &Value) -> Action {
    match value.get("type").and_then(Value::as_str).unwrap_or("") {
        "publishText" => Action::Publish(said(value, "text")),
        "link" => Action::Link {
            // A terminal opens links in a browser; those of other platforms are of no use to it.
            uri: value
                .pointer("/web/uri")
                .and_then(Value::as_str)
                .map_or_else(|| said(value, "uri"), str::to_owned),
            name: shown(value, "name"),
        },
        "navigate" => Action::Navigate {
            place: place(value),
            name: shown(value, "name"),
        },
        "datePicker" => Action::Dates(DatePicker {
            title: shown(value, "title"),
            range: value.get("class") == Some(&Value::from("range")),
            min: seconds(value, "minDate"),
            max: seconds(value, "maxDate"),
            format: value
                .get("dateFormat")
                .and_then(Value::as_str)
                .map(str::to_owned),
        }),
        "scheduleSlotList" => Action::Slots(SlotList {
            title: shown(value, "title"),
            slots: rows(value, "slots").filter_map(slot).collect(),
        }),
        "addToCart" => Action::AddToCart,
        "custom" => Action::Custom,
        "checked" => Action::Checked(said(value, "publishText")),
        "submitAsText" => Action::Submit(value.get("submit") != Some(&Value::Bool(false))),
        unknown => Action::Unknown(SafeText::clean(unknown)),
    }
}

fn slot(value: &Value) -> Option<Slot> {
    Some(Slot {
        title: said(value, "title"),
        description: shown(value, "description"),
        start: seconds(value, "start")?,
        end: seconds(value, "end"),
    })
}
