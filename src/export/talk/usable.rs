//! What can be used in a message of others: buttons, quick replies, boxes to check, and what each
//! of them sends.

use serde_json::Value;

use crate::domain::{
    content::Content,
    rich::{
        card::Card,
        element::{Action, Element, Kind},
        press::{named, publishes},
    },
};

/// Between two texts that are sent as one.
const COMMA: &str = ", ";

/// Something that can be used.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Usable {
    /// What stands on it; may be empty.
    pub(super) title: String,
    /// Its external id, where that is one word.
    pub(super) id: Option<String>,
    pub(super) metadata: Option<Value>,
    pub(super) sends: Sends,
    /// In which card of a carousel it is, from 1.
    pub(super) card: Option<usize>,
    /// Whether it is a quick reply.
    pub(super) is_reply: bool,
    /// Whether it looks like a button.
    pub(super) is_button: bool,
}

/// What something that can be used sends.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sends {
    Texts(Vec<String>),
    /// What is picked: a date, a time.
    Picked,
    /// What is chosen in the select element of this name, among these.
    Chosen(String, Vec<String>),
    /// What is checked in the list around it: titles and texts of the boxes.
    Checked(Vec<(String, String)>),
}

/// All that can be used in a message, in the order of the document, quick replies last.
pub(super) fn usables(content: &Content) -> Vec<Usable> {
    let mut all = Vec::new();
    if let Content::Rich { content, .. } = content {
        let card = Card::read(content);
        walk(&card.root, &card.root, None, &mut all);
    }
    for reply in content.replies() {
        let button = reply.button();
        let title = reply.title().as_str().to_owned();
        let mut usable = of_element(&button, &button, title, None);
        usable.is_reply = true;
        all.push(usable);
    }
    all
}

fn walk(element: &Element, root: &Element, card: Option<usize>, all: &mut Vec<Usable>) {
    match &element.kind {
        Kind::Template { answers, .. } => {
            all.extend(answers.iter().map(|answer| Usable {
                sends: Sends::Texts(vec![answer.clone()]),
                is_button: true,
                ..of_element(element, root, answer.clone(), card)
            }));
        }
        Kind::Button { title, .. } | Kind::Submit { title, .. } => {
            all.push(of_element(element, root, title.as_str().to_owned(), card));
        }
        Kind::Text(text) | Kind::Image { caption: text, .. } if element.click.is_some() => {
            let title = if text.is_empty() { &element.alt } else { text };
            all.push(of_element(element, root, title.as_str().to_owned(), card));
        }
        _ if element.click.is_some() && !matches!(element.kind, Kind::Checkbox(_)) => {
            all.push(of_element(
                element,
                root,
                element.alt.as_str().to_owned(),
                card,
            ));
        }
        _ => {}
    }
    let is_carousel = matches!(
        element.kind,
        Kind::Carousel(_) | Kind::CarouselSelect { .. }
    );
    for (at, inner) in element.elements().iter().enumerate() {
        let card = if is_carousel { Some(at + 1) } else { card };
        walk(inner, root, card, all);
    }
}

fn of_element(element: &Element, root: &Element, title: String, card: Option<usize>) -> Usable {
    let metadata = element
        .click
        .as_ref()
        .and_then(|click| click.metadata.clone());
    Usable {
        id: metadata.as_ref().and_then(external_id),
        sends: sends(element, root),
        is_button: matches!(element.kind, Kind::Button { .. } | Kind::Submit { .. }),
        is_reply: false,
        metadata,
        title,
        card,
    }
}

/// The external id, where it can stand behind a `#`.
fn external_id(metadata: &Value) -> Option<String> {
    let all = metadata.as_array()?.iter();
    let mut own = all.filter(|one| one["type"] == "ExternalId");
    let id = own.find_map(|one| one["id"].as_str())?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (!id.is_empty() && id.chars().all(is_word)).then(|| id.to_owned())
}

fn sends(element: &Element, root: &Element) -> Sends {
    if let Kind::Button {
        select: Some(name), ..
    } = &element.kind
    {
        return Sends::Chosen(name.clone(), choices(root, name));
    }
    let actions = || element.click.iter().flat_map(|click| &click.actions);
    if matches!(element.kind, Kind::Submit { .. })
        || actions().any(|it| *it == Action::Submit(true))
    {
        let mut boxes = Vec::new();
        checkboxes(list_around(element, root), &mut boxes);
        return Sends::Checked(boxes);
    }
    if actions().any(|action| matches!(action, Action::Dates(_) | Action::Slots(_))) {
        return Sends::Picked;
    }
    let texts = actions().filter_map(|action| match action {
        Action::Publish(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    });
    Sends::Texts(texts.collect())
}

/// What can be chosen in a select element, by what stands for it.
fn choices(element: &Element, wanted: &str) -> Vec<String> {
    match &element.kind {
        Kind::CarouselSelect { name, elements, .. } if name == wanted => {
            let names = elements.iter().zip(1..);
            let names = names.map(|(card, nth)| named(card).unwrap_or_else(|| nth.to_string()));
            names.collect()
        }
        Kind::AccordionSelect { name, titles, .. } if name == wanted => {
            titles.iter().map(|(title, _)| title.clone()).collect()
        }
        _ => {
            let inner = element.elements().iter();
            inner.flat_map(|inner| choices(inner, wanted)).collect()
        }
    }
}

/// The list a button is in; the whole message when it is in none.
fn list_around<'a>(button: &Element, root: &'a Element) -> &'a Element {
    fn holds(element: &Element, button: &Element) -> bool {
        element.id == button.id || element.elements().iter().any(|inner| holds(inner, button))
    }
    let mut around = root;
    let mut at = root;
    while let Some(inner) = at.elements().iter().find(|inner| holds(inner, button)) {
        if matches!(inner.kind, Kind::List(_)) && !matches!(around.kind, Kind::List(_)) {
            around = inner;
        }
        at = inner;
    }
    around
}

fn checkboxes(element: &Element, boxes: &mut Vec<(String, String)>) {
    if let (Kind::Checkbox(title), Some(text)) = (&element.kind, publishes(element)) {
        boxes.push((title.as_str().to_owned(), text.to_owned()));
    }
    element
        .elements()
        .iter()
        .for_each(|inner| checkboxes(inner, boxes));
}

/// Which of these texts, in their order, make up a text that has commas between them.
pub(super) fn parts<'a>(whole: &str, texts: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut rest = Some(whole);
    let mut parts = Vec::new();
    for text in texts {
        let after = rest.and_then(|rest| rest.strip_prefix(text));
        let after = after.filter(|after| after.is_empty() || after.starts_with(COMMA));
        if let Some(after) = after.filter(|_| !text.is_empty()) {
            parts.push(text);
            rest = after.strip_prefix(COMMA);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_can_be_used_is_found_with_what_it_sends() {
        let button = |title: &str, id: &str| {
            json!({"type": "button", "title": title, "click": {
                "metadata": [{"type": "ExternalId", "id": id}],
                "actions": [{"type": "publishText", "text": format!("{title} it")}],
            }})
        };
        let content = Content::Rich {
            content: json!({"type": "carousel", "elements": [
                {"type": "vertical", "elements": [{"type": "text", "text": "Blue"}, button("Add", "blue-add")]},
                {"type": "vertical", "elements": [{"type": "text", "text": "Red"}, button("Add", "red add")]},
            ]}),
            replies: vec![crate::domain::content::QuickReply::publishing(
                "None",
                &["None"],
                None,
            )],
        };
        let found = usables(&content);
        let told: Vec<_> = found
            .iter()
            .map(|it| (it.title.as_str(), it.id.as_deref(), it.card, it.is_reply))
            .collect();
        assert_eq!(
            told,
            [
                ("Add", Some("blue-add"), Some(1), false),
                ("Add", None, Some(2), false),
                ("None", None, None, true),
            ]
        );
        assert_eq!(found[0].sends, Sends::Texts(vec!["Add it".to_owned()]));
    }

    #[test]
    fn a_text_with_commas_is_taken_apart_by_what_there_is() {
        let boxes = ["Ice", "Mint", "Lemon, cut thin"];
        assert_eq!(
            parts("Ice, Lemon, cut thin", boxes),
            ["Ice", "Lemon, cut thin"]
        );
        assert_eq!(parts("Mint", boxes), ["Mint"]);
        assert!(parts("Sugar", boxes).is_empty());
    }
}
