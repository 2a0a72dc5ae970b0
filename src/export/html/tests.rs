//! That no text, wherever it stands, changes more than the words of the page.

use proptest::prelude::*;
use serde_json::json;

use crate::{
    domain::{
        content::{Content, Hosted, QuickReply},
        ids::{ItemId, PhoneId},
        line::{Delivery, Hops, Line, LineBody},
        role::{Author, Role},
        text::SafeText,
        time::Timestamp,
    },
    export::{Redactor, Talk, html, markdown, transcript},
};

/// Every place where a foreign text can stand, with this text in it.
fn lines(text: &str) -> Vec<Line> {
    let safe = SafeText::clean(text);
    let reply = QuickReply::publishing(text, &[text], Some(json!(text)));
    let card = json!({ "type": "vertical", "elements": [
        { "type": "text", "text": text },
        { "type": "button", "title": text, "subtitle": text },
        { "type": "image", "url": text.trim_start_matches('a'), "caption": text },
        { "type": "linkPreview", "url": format!("https://shop.test/{text}"), "title": text },
        { "type": "template", "title": text, "resp": [text] },
        { "type": "keyValuePairList", "elements": [{ "key": text, "value": text }] },
        { "type": "accordionSelect", "titles": [{ "name": text }], "elements": [
            { "type": "checkbox", "text": text }] },
        { "type": format!("x{text}") },
    ] });
    let theirs = |role, content| LineBody::Theirs {
        author: Author {
            id: text.into(),
            role,
        },
        name: safe.clone(),
        content,
        dialog: text.into(),
        sequence: 1,
        answerable: true,
    };
    let file = |preview: String| {
        Content::File(Hosted {
            caption: safe.clone(),
            file_type: safe.clone(),
            path: text.to_owned(),
            preview: Some(preview),
            local: Some(text.to_owned()),
        })
    };
    let bodies = vec![
        LineBody::Quiet { text: safe.clone() },
        LineBody::Mine {
            content: Content::text(safe.clone()),
            delivery: Delivery::Failed {
                reason: safe.clone(),
                uncertain: true,
            },
            hops: Hops::default(),
        },
        theirs(
            Role::Other(text.to_owned()),
            Content::Text {
                text: safe.clone(),
                replies: vec![reply],
            },
        ),
        theirs(
            Role::Controller,
            Content::Rich {
                content: card,
                replies: Vec::new(),
            },
        ),
        theirs(Role::Agent, file(format!("data:image/png;base64,{text}!"))),
        theirs(
            Role::Agent,
            file(format!("data:image/svg+xml;base64,{text}")),
        ),
        theirs(
            Role::Manager,
            Content::Form {
                title: safe.clone(),
            },
        ),
    ];
    let item = |(number, body)| {
        let id = ItemId {
            phone: Some(PhoneId(0)),
            number,
        };
        Line::new(id, Timestamp(1_795_176_000_000), (0, 0), body)
    };
    (0..).zip(bodies).map(item).collect()
}

fn talk(text: &str) -> Talk {
    Talk {
        consumer: SafeText::clean(text),
        brand: "Acme".into(),
        account: crate::export::SANDBOX.into(),
        conversation: text.into(),
        began: Timestamp(1_795_176_000_000),
        exported: Timestamp(1_795_176_060_000),
        zone: jiff::tz::TimeZone::UTC,
        redactor: Redactor::default(),
    }
}

type Lines = Vec<Result<Line, std::io::Error>>;

fn page(text: &str) -> String {
    let lines: Lines = lines(text).into_iter().map(Ok).collect();
    let mut page = Vec::new();
    html::write(&mut page, &talk(text), lines).unwrap();
    String::from_utf8(page).unwrap()
}

/// The tags with their attributes, whose values are left out where they may be foreign.
fn skeleton(page: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = page.split_once("</style>").unwrap().1;
    while let Some((_, from)) = rest.split_once('<') {
        // In what we write no tag has a bare `>` in an attribute: it is escaped there.
        let (tag, after) = from.split_once('>').unwrap();
        rest = after;
        let names: Vec<&str> = tag.split('"').step_by(2).collect();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        // An address that cannot be read as one is no link.
        if !tag.starts_with("a ") && tag != "/a" {
            tags.push(names.concat());
        }
    }
    tags
}

#[test]
fn a_page_says_what_was_said() {
    let page = page("Is the <b>blue</b> one & \"red\" in stock?");
    let said = "Is the &lt;b&gt;blue&lt;/b&gt; one &amp; &quot;red&quot; in stock?";
    // The texts of a card that may hold HTML, and what stands on a quick reply.
    let read = "Is the blue one &amp; &quot;red&quot; in stock?";
    let counts = [said, read].map(|text| page.matches(text).count());
    assert_eq!(counts, [25, 6], "{page}");
    assert!(page.contains("may have failed: Is the"));
    assert!(page.contains("12:00:00") && page.contains("Friday, 20 November 2026"));
    assert!(!page.contains("<img") && !page.contains("<script"));
    assert!(page.contains("href=\"https://shop.test/Is%20the"));
}

#[test]
fn a_card_is_read_as_on_the_phone() {
    let card = json!({ "type": "vertical", "elements": [
        { "type": "text", "text": "&#x1F449; choose all<br>that <b>apply</b> &lt;now&gt;" },
        { "type": "button", "title": "Salt &amp; pepper", "subtitle": "<i>mild</i>" },
        { "type": "image", "url": "https://shop.test/a.png", "caption": "<b>Blue</b>" },
        { "type": "checkbox", "text": "&euro; 5" },
        { "type": "accordionSelect", "titles": [{ "name": "Sizes", "additional": "S to L" }],
            "elements": [{ "type": "text", "text": 7 }] },
        { "type": "map", "la": "48.1", "lo": 11.5 },
    ] });
    let mut page = Vec::new();
    html::card::write(&mut page, &Redactor::default(), &card).unwrap();
    let page = String::from_utf8(page).unwrap();
    let row = |class: &str, said: &str| format!("<p class=\"{class}\" dir=\"auto\">{said}</p>");
    let link = "<a rel=\"noopener noreferrer nofollow\" href=\"https://shop.test/a.png\">Blue</a>";
    let rows = [
        row("text", "👉 choose all\nthat apply &lt;now&gt;"),
        row("button", "Salt &amp; pepper <small>mild</small>"),
        row("image", link),
        row("check", "☐ € 5"),
        format!(
            "<div class=\"stack\">{}{}</div>",
            row("title", "Sizes <small>S to L</small>"),
            row("text", "7")
        ),
        row("map", "◎ 48.1, 11.5"),
    ];
    assert_eq!(
        page,
        format!("<div class=\"stack\">{}</div>", rows.concat())
    );
}

#[test]
fn a_preview_is_shown_when_it_is_a_picture() {
    for (preview, shown) in [
        ("data:image/png;base64,iVBORw0KGgo=", true),
        ("data:image/svg+xml;base64,PHN2Zz4=", false),
        ("data:image/png;base64,iV\" onerror=\"x", false),
        ("https://shop.test/a.png", false),
        ("data:text/html;base64,PHN2Zz4=", false),
    ] {
        let file = Hosted {
            preview: Some(preview.to_owned()),
            ..Hosted::default()
        };
        assert_eq!(html::picture(&file).is_some(), shown, "{preview}");
    }
}

/// Nothing in it moves the cursor of a terminal it is printed to.
fn is_harmless(written: &str) -> bool {
    written.chars().all(|c| c == '\n' || !c.is_control())
}

fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("<script>alert(1)</script>".to_owned()),
        Just("\"><img src=x onerror=alert(1)>".to_owned()),
        Just("' onmouseover='x".to_owned()),
        Just("-->]]></style></title>".to_owned()),
        Just("javascript:alert(1)".to_owned()),
        Just("&lt;b&gt;&#60;".to_owned()),
        Just("\n\n# h\n- a\n1. b\n> q\n```\n    code\n***\n---\n===\n|a|b|\n|-|-|\n".to_owned()),
        Just("**a** _b_ `c` [d](e) ![f](g) <h> \\ ~~i~~ http://j.test [k]: l".to_owned()),
        Just("\u{1b}]0;x\u{7}\u{202e}\0".to_owned()),
        "\\PC{0,8}",
        "[<>&\"'/=a-z \n`*_#\\[\\]()!\\\\~|.0-9+-]{0,12}",
    ];
    proptest::collection::vec(pieces, 0..5).prop_map(|pieces| {
        // What is empty is left out of a page, which is another build.
        format!("a{}", pieces.concat())
    })
}

proptest! {
    #[test]
    fn no_text_changes_the_build_of_the_page(text in hostile()) {
        let page = page(&text);
        prop_assert!(is_harmless(&page), "{:?}", page);
        prop_assert_eq!(skeleton(&page), skeleton(&self::page("plain")));
    }

    #[test]
    fn a_transcript_is_json_whatever_was_said(text in hostile()) {
        let lines: Lines = lines(&text).into_iter().map(Ok).collect();
        let mut json = Vec::new();
        transcript::write(&mut json, &talk(&text), lines).unwrap();
        prop_assert!(json.iter().all(|byte| *byte == b'\n' || *byte >= b' '));
        let read: serde_json::Value = serde_json::from_slice(&json).unwrap();
        prop_assert_eq!(read["lines"].as_array().unwrap().len(), 7);
        let said = &read["lines"][1]["body"]["content"]["text"];
        let clean = SafeText::clean(&text);
        prop_assert_eq!(said.as_str().unwrap(), clean.as_str());
    }

    #[test]
    fn no_text_changes_the_build_of_the_markdown(text in hostile()) {
        let lines: Lines = lines(&text).into_iter().map(Ok).collect();
        let mut written = Vec::new();
        markdown::write(&mut written, &talk(&text), lines).unwrap();
        let written = String::from_utf8(written).unwrap();
        prop_assert!(is_harmless(&written), "{:?}", written);
        let mut quoted = 0;
        // All that a site of tickets may read; raised and lowered letters are none of it.
        let mut options = pulldown_cmark::Options::all();
        options.remove(pulldown_cmark::Options::ENABLE_SUPERSCRIPT);
        for event in pulldown_cmark::Parser::new_ext(&written, options) {
            use pulldown_cmark::{Event, HeadingLevel, Tag};
            match event {
                Event::Start(tag) => match tag {
                    Tag::BlockQuote(_) => quoted += 1,
                    Tag::Heading { level, .. } => {
                        prop_assert!(level <= HeadingLevel::H2);
                    }
                    Tag::Paragraph | Tag::List(None) | Tag::Item | Tag::Emphasis | Tag::Strong => {}
                    Tag::Link { dest_url, .. } if dest_url.to_lowercase().starts_with("http") => {}
                    other => prop_assert!(false, "{:?} in {}", other, written),
                },
                Event::End(_) | Event::Text(_) | Event::SoftBreak | Event::HardBreak => {}
                other => prop_assert!(false, "{:?} in {}", other, written),
            }
        }
        prop_assert_eq!(quoted, 6);
    }
}
