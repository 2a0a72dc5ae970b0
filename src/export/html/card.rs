//! Structured content as a card: every element of `rich-content` 3, laid out as
//! a phone would. What is not known is named; pictures are named and linked,
//! for the page fetches nothing.

use std::io::{self, Write};

use serde_json::Value;
use url::Url;

use crate::{
    domain::text::SafeText,
    export::{Redactor, html::escaped},
};

/// Elements written of one card; no layout of the schema needs more.
const MOST_ELEMENTS: usize = 2048;
/// Layouts inside layouts; deeper ones are left out.
const DEEPEST: usize = 32;

/// Writes one structured content.
pub(super) fn write(out: &mut impl Write, redactor: &Redactor, root: &Value) -> io::Result<()> {
    let mut card = Card {
        out,
        redactor,
        left: MOST_ELEMENTS,
    };
    card.element(root, 0)
}

struct Card<'a, W: Write> {
    out: &'a mut W,
    redactor: &'a Redactor,
    left: usize,
}

impl<W: Write> Card<'_, W> {
    fn element(&mut self, element: &Value, depth: usize) -> io::Result<()> {
        if self.left == 0 || depth > DEEPEST {
            return Ok(());
        }
        self.left -= 1;
        let said = |name: &str| self.plain(element.get(name));
        match element.get("type").and_then(Value::as_str).unwrap_or("") {
            "text" => self.row("text", &said("text")),
            "button" | "submitButton" => {
                let title = match said("subtitle") {
                    subtitle if subtitle.is_empty() => said("title"),
                    subtitle => format!("{} <small>{subtitle}</small>", said("title")),
                };
                self.row("button", &title)
            }
            "checkbox" => self.row("check", &format!("☐ {}", said("text"))),
            "image" => {
                let caption = first([said("caption"), said("alt"), "Picture".to_owned()]);
                let link = self.link(element.get("url"), &caption);
                self.row("image", &link)
            }
            "linkPreview" => {
                let title = first([said("title"), said("url")]);
                let link = self.link(element.get("url"), &title);
                self.row("link", &link)
            }
            "map" => {
                let place = |name: &str| element.get(name).and_then(Value::as_f64);
                let place = match (place("la"), place("lo")) {
                    (Some(la), Some(lo)) => format!("{la}, {lo}"),
                    _ => "nowhere".to_owned(),
                };
                self.row("map", &format!("◎ {place}"))
            }
            "template" => {
                self.row("text", &said("title"))?;
                for answer in list(element, "resp") {
                    let answer = self.plain(Some(answer));
                    self.row("button", &answer)?;
                }
                Ok(())
            }
            "" if element.get("key").is_some() => {
                let pair = format!("<b>{}</b> {}", said("key"), said("value"));
                self.row("pair", &pair)
            }
            "accordionSelect" => {
                let titles: Vec<&Value> = list(element, "titles").collect();
                write!(self.out, "<div class=\"stack\">")?;
                for (index, inner) in list(element, "elements").enumerate() {
                    let title = titles.get(index).and_then(|title| title.get("name"));
                    let title = self.plain(title);
                    self.row("title", &title)?;
                    self.element(inner, depth + 1)?;
                }
                write!(self.out, "</div>")
            }
            kind => {
                let class = match kind {
                    "horizontal" => "side",
                    "carousel" | "carouselSelect" | "tabs" => "cards",
                    _ => "stack",
                };
                if element.get("elements").is_none() {
                    let kind = self.plain(Some(&Value::from(kind)));
                    return self.row("unknown", &format!("[{kind}]"));
                }
                write!(self.out, "<div class=\"{class}\">")?;
                for inner in list(element, "elements") {
                    self.element(inner, depth + 1)?;
                }
                write!(self.out, "</div>")
            }
        }
    }

    fn row(&mut self, class: &str, html: &str) -> io::Result<()> {
        write!(self.out, "<p class=\"{class}\" dir=\"auto\">{html}</p>")
    }

    /// A text of an element, ready for the page.
    fn plain(&self, text: Option<&Value>) -> String {
        let text = SafeText::clean(text.and_then(Value::as_str).unwrap_or(""));
        escaped(&self.redactor.text(text.as_str()))
    }

    /// Words that lead to an address of the web; to no other kind.
    fn link(&self, address: Option<&Value>, words: &str) -> String {
        let address = address.and_then(Value::as_str).unwrap_or("");
        let url = Url::parse(&self.redactor.text(address)).ok();
        match url.filter(|url| matches!(url.scheme(), "http" | "https")) {
            Some(url) => format!(
                "<a rel=\"noopener noreferrer nofollow\" href=\"{}\">{words}</a>",
                escaped(url.as_str())
            ),
            None => words.to_owned(),
        }
    }
}

fn list<'a>(element: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    let list = element.get(name).and_then(Value::as_array);
    list.into_iter().flatten()
}

/// The first text that is not empty.
fn first<const N: usize>(texts: [String; N]) -> String {
    texts
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}
