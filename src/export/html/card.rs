//! Structured content as a card: every element of `rich-content` 3, laid out as
//! a phone would. What is not known is named; pictures are named and linked,
//! for the page fetches nothing.

use std::io::{self, Write};

use serde_json::Value;
use url::Url;

use crate::{
    domain::{
        rich::{
            card,
            element::{Element, Kind},
            links,
        },
        text::SafeText,
    },
    export::{Redactor, html::escaped},
};

/// Writes one structured content, with its texts as the phone reads them.
pub(super) fn write(out: &mut impl Write, redactor: &Redactor, content: &Value) -> io::Result<()> {
    Card { out, redactor }.element(&card::Card::read(content).root)
}

struct Card<'a, W: Write> {
    out: &'a mut W,
    redactor: &'a Redactor,
}

impl<W: Write> Card<'_, W> {
    fn element(&mut self, element: &Element) -> io::Result<()> {
        match &element.kind {
            Kind::Text(text) => self.row("text", &self.plain(text.as_str())),
            Kind::Button {
                title, subtitle, ..
            } => self.row("button", &self.pair(title.as_str(), subtitle.as_str())),
            Kind::Submit { title, .. } => self.row("button", &self.plain(title.as_str())),
            Kind::Checkbox(text) => self.row("check", &format!("☐ {}", self.plain(text.as_str()))),
            Kind::Image { url, caption } => {
                let words = first([caption.as_str(), element.alt.as_str(), "Picture"]);
                self.row("image", &self.link(url, words))
            }
            Kind::LinkPreview { url, title } => {
                self.row("link", &self.link(url, first([title.as_str(), url, ""])))
            }
            Kind::Map(place) => self.row("map", &format!("◎ {}", links::coordinates(*place))),
            Kind::Template { title, answers } => {
                self.row("text", &self.plain(title.as_str()))?;
                answers
                    .iter()
                    .try_for_each(|answer| self.row("button", &self.plain(answer)))
            }
            Kind::Pairs(pairs) => pairs.iter().try_for_each(|(key, value)| {
                let pair = format!(
                    "<b>{}</b> {}",
                    self.plain(key.as_str()),
                    self.plain(value.as_str())
                );
                self.row("pair", &pair)
            }),
            Kind::AccordionSelect {
                elements, titles, ..
            } => {
                write!(self.out, "<div class=\"stack\">")?;
                for nth in 0..elements.len().max(titles.len()) {
                    if let Some((name, additional)) = titles.get(nth) {
                        self.row("title", &self.pair(name, additional.as_str()))?;
                    }
                    if let Some(inner) = elements.get(nth) {
                        self.element(inner)?;
                    }
                }
                write!(self.out, "</div>")
            }
            Kind::Unknown { kind, elements } if elements.is_empty() => {
                self.row("unknown", &format!("[{}]", self.plain(kind.as_str())))
            }
            Kind::Omitted => self.row("unknown", "…"),
            kind => {
                let class = match kind {
                    Kind::Horizontal { .. } => "side",
                    Kind::Carousel(_) | Kind::CarouselSelect { .. } | Kind::Tabs(_) => "cards",
                    _ => "stack",
                };
                write!(self.out, "<div class=\"{class}\">")?;
                for inner in element.elements() {
                    self.element(inner)?;
                }
                write!(self.out, "</div>")
            }
        }
    }

    fn row(&mut self, class: &str, html: &str) -> io::Result<()> {
        write!(self.out, "<p class=\"{class}\" dir=\"auto\">{html}</p>")
    }

    /// A text of an element, ready for the page.
    fn plain(&self, text: &str) -> String {
        escaped(&self.redactor.text(SafeText::clean(text).as_str()))
    }

    /// A text, with a smaller one behind it where there is one.
    fn pair(&self, text: &str, more: &str) -> String {
        match self.plain(more) {
            more if more.is_empty() => self.plain(text),
            more => format!("{} <small>{more}</small>", self.plain(text)),
        }
    }

    /// Words that lead to an address of the web; to no other kind.
    fn link(&self, address: &str, words: &str) -> String {
        let words = self.plain(words);
        let url = Url::parse(&self.redactor.text(address)).ok();
        match url.filter(|url| matches!(url.scheme(), "http" | "https")) {
            Some(url) => format!(
                "<a rel=\"noopener noreferrer nofollow\" href=\"{}\">{words}</a>",
                escaped(url.as_str())
            ),
            None => words,
        }
    }
}

/// The first text that is not empty, or the last.
fn first(texts: [&str; 3]) -> &str {
    let [.., last] = texts;
    texts
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or(last)
}
