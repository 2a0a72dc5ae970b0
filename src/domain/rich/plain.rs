//! Structured content where there is only text; see `rich-content` 8.

use serde_json::Value;

use crate::domain::{
    content::Content,
    rich::{
        card::Card,
        element::{Action, Element, Kind},
        links,
    },
    text::SafeText,
};

/// Lines kept of one structured content; no layout of the schema needs more.
const MOST_LINES: usize = 512;

/// What a message says, as one line.
pub fn words(content: &Content) -> SafeText {
    let said = match content {
        Content::Text { text, .. } => text.as_str().to_owned(),
        Content::Rich { content, .. } => {
            let lines = lines(content);
            let lines: Vec<&str> = lines.iter().map(SafeText::as_str).collect();
            lines.join(" / ")
        }
        Content::File(file) => format!("{} {}", file.file_type, file.caption),
        Content::Form { title } => title.as_str().to_owned(),
    };
    SafeText::clean(&said.replace(char::is_control, " "))
}

/// Texts in order, images and links by their address, buttons by their titles.
pub fn lines(content: &Value) -> Vec<SafeText> {
    let card = Card::read(content);
    let mut lines = Vec::new();
    walk(&card.root, &mut lines);
    lines.truncate(MOST_LINES);
    lines
        .iter()
        .map(|line| SafeText::clean(line.trim_end()))
        .collect()
}

fn walk(element: &Element, lines: &mut Vec<String>) {
    match &element.kind {
        Kind::Text(text) => lines.push(text.as_str().to_owned()),
        Kind::Image { url, caption } => {
            let name = if caption.is_empty() {
                &element.alt
            } else {
                caption
            };
            lines.push(joined(&["[image]", name.as_str(), url]));
        }
        Kind::Button {
            title, subtitle, ..
        } => {
            let leads = leads(element);
            let mut words = vec!["(", title.as_str(), ")", subtitle.as_str()];
            words.extend(leads.iter().map(String::as_str));
            lines.push(joined(&words));
        }
        Kind::Submit { title, .. } => lines.push(format!("( {title} )")),
        Kind::Checkbox(text) => lines.push(format!("[ ] {text}")),
        Kind::Map(place) => lines.push(format!("[map] {}", links::coordinates(*place))),
        Kind::LinkPreview { url, title } => lines.push(joined(&[title.as_str(), url])),
        Kind::Template { title, answers } => {
            lines.push(title.as_str().to_owned());
            lines.extend(answers.iter().map(|answer| format!("( {answer} )")));
        }
        Kind::Pairs(pairs) => {
            lines.extend(pairs.iter().map(|(key, value)| format!("{key}: {value}")));
        }
        Kind::Unknown { kind, elements } if elements.is_empty() => {
            lines.push(format!("[{kind}]"));
        }
        Kind::Omitted => lines.push("…".to_owned()),
        Kind::AccordionSelect {
            elements, titles, ..
        } => {
            for nth in 0..elements.len().max(titles.len()) {
                if let Some((name, additional)) = titles.get(nth) {
                    lines.push(joined(&["▸", name, additional.as_str()]));
                }
                if let Some(element) = elements.get(nth) {
                    walk(element, lines);
                }
            }
        }
        _ => element
            .elements()
            .iter()
            .for_each(|inner| walk(inner, lines)),
    }
}

/// Where the links and maps of a button lead.
fn leads(element: &Element) -> Vec<String> {
    let actions = element.click.iter().flat_map(|click| &click.actions);
    actions
        .filter_map(|action| match action {
            Action::Link { uri, .. } => Some(uri.clone()),
            Action::Navigate { place, .. } => Some(links::coordinates(*place)),
            _ => None,
        })
        .collect()
}

fn joined(words: &[&str]) -> String {
    let said: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !word.is_empty())
        .collect();
    said.join(" ")
}
