//! Reads XML 1.0 as far as reports use it, and refuses what is not well formed.

use std::collections::BTreeMap;

/// An element.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) children: Vec<Element>,
    /// The text right in it.
    pub(crate) text: String,
}

impl Element {
    /// The element and all below it.
    pub(crate) fn all(&self) -> Vec<&Element> {
        let below = self.children.iter().flat_map(Element::all);
        std::iter::once(self).chain(below).collect()
    }

    /// Those of this name.
    pub(crate) fn named(&self, name: &str) -> Vec<&Element> {
        let mut all = self.all();
        all.retain(|element| element.name == name);
        all
    }
}

/// The root of a document, or what is wrong with it.
pub(crate) fn read(document: &str) -> Result<Element, String> {
    let is_char = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if let Some(c) = document.chars().find(|c| !is_char(*c)) {
        return Err(format!("XML has no {c:?}"));
    }
    let mut rest = document;
    if let Some(after) = rest.strip_prefix("<?xml ") {
        rest = after
            .split_once("?>")
            .ok_or("the declaration has no end")?
            .1;
    }
    let mut open = vec![Element::default()];
    while let Some((text, after)) = rest.split_once('<') {
        add_text(&mut open, text)?;
        let (tag, after) = after.split_once('>').ok_or("a tag has no end")?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let closed = open.pop().ok_or("closes what is not open")?;
            if closed.name != name {
                return Err(format!("</{name}> closes <{}>", closed.name));
            }
            open.last_mut().ok_or("no root")?.children.push(closed);
            continue;
        }
        let element = element(tag.trim_end_matches('/'))?;
        if tag.ends_with('/') {
            open.last_mut().ok_or("no root")?.children.push(element);
        } else {
            open.push(element);
        }
    }
    add_text(&mut open, rest)?;
    let (mut all, still_open) = (open.remove(0), open);
    match (all.children.pop(), all.children.len(), still_open.len()) {
        (Some(root), 0, 0) if all.text.trim().is_empty() => Ok(root),
        _ => Err("a document is one element".to_owned()),
    }
}

fn add_text(open: &mut [Element], text: &str) -> Result<(), String> {
    if text.contains("]]>") {
        return Err("a text holds ]]>".to_owned());
    }
    let text = decoded(text)?;
    open.last_mut()
        .ok_or("text after the root")?
        .text
        .push_str(&text);
    Ok(())
}

fn element(tag: &str) -> Result<Element, String> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))
    };
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let mut element = Element {
        name: name.to_owned(),
        ..Element::default()
    };
    while !rest.trim().is_empty() {
        let (key, after) = rest
            .trim_start()
            .split_once("=\"")
            .ok_or("an attribute without a value")?;
        let (value, after) = after.split_once('"').ok_or("a value without an end")?;
        let value = decoded(value)?;
        if !is_name(key) || element.attributes.insert(key.to_owned(), value).is_some() {
            return Err(format!("the attribute {key:?} is no name, or there twice"));
        }
        rest = after;
    }
    if is_name(name) {
        Ok(element)
    } else {
        Err(format!("{name:?} is no name"))
    }
}

fn decoded(text: &str) -> Result<String, String> {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, after) = part.split_once(';').ok_or("an & alone")?;
        plain.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#39" => '\'',
            other => return Err(format!("&{other}; is unknown")),
        });
        plain.push_str(after);
    }
    Ok(plain)
}

#[test]
fn what_is_not_well_formed_is_refused() {
    assert_eq!(read("<a b=\"&lt;\">x<c/>&amp;</a>").unwrap().text, "x&");
    for bad in [
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a b=c/>",
        "<a b=\"1\" b=\"2\"/>",
        "<a>\u{1b}</a>",
        "<a>&x;</a>",
        "<a>& </a>",
        "<a>\u{fffe}</a>",
        "<a>]]></a>",
        "x<a/>",
        "",
    ] {
        assert!(read(bad).is_err(), "{bad:?}");
    }
}
