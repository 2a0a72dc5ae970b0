//! Whatever was said is what a reader of Markdown shows, and addresses lead where they led.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::*;

mod said;

/// What a reader shows of a quotation, and where its links lead.
fn rendered(markdown: &str) -> (String, Vec<String>) {
    let (mut text, mut links) = (String::new(), Vec::new());
    let (mut quotes, mut paragraphs) = (0, 0);
    // Everything but what changes letters of any text.
    let mut options = Options::all();
    options.remove(Options::ENABLE_SUPERSCRIPT);
    options.remove(Options::ENABLE_SMART_PUNCTUATION);
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Start(Tag::BlockQuote(None)) => quotes += 1,
            Event::Start(Tag::Paragraph) => paragraphs += 1,
            Event::Start(Tag::Link { dest_url, .. }) => links.push(dest_url.into_string()),
            Event::End(TagEnd::BlockQuote(None) | TagEnd::Paragraph | TagEnd::Link) => {}
            Event::Text(part) => text.push_str(&part),
            Event::HardBreak => text.push('\n'),
            other => panic!("{other:?} in {markdown:?}"),
        }
    }
    assert!(quotes == 1 && paragraphs <= 1, "{markdown:?}");
    (text, links)
}

#[track_caller]
fn quoted(said: &str) -> (String, Vec<String>) {
    let mut written = Vec::new();
    quote(&mut written, said).unwrap();
    let written = String::from_utf8(written).unwrap();
    let (text, links) = rendered(&written);
    assert_eq!(text, said, "{written}");
    (written, links)
}

#[test]
fn what_was_said_is_written_as_it_was_where_nothing_speaks_against_it() {
    for said in said::PLAIN {
        assert_eq!(quoted(said).0, format!("> {said}\n"));
    }
}

#[test]
fn marks_of_markdown_are_shown_as_they_were_said() {
    for said in said::MARKS {
        assert!(quoted(said).1.is_empty(), "{said}");
    }
}

#[test]
fn addresses_lead_where_they_led() {
    for (said, address) in said::ADDRESSES {
        assert_eq!(quoted(said).1, [*address], "{said}");
    }
}

proptest! {
    #[test]
    fn any_text_is_shown_as_it_was_said(text in said::said()) {
        let text = SafeText::clean(&text);
        if !text.is_empty() {
            quoted(text.as_str());
        }
    }

    #[test]
    fn any_text_within_a_row_is_shown_as_it_was_said(text in said::said()) {
        let text = SafeText::clean(&text);
        prop_assume!(!text.is_empty());
        let row = inline(text.as_str());
        for (before, after) in [("**", "** · 12:00"), ("12:00 · *", "*"), ("# ", ""), ("- a: ", "")] {
            let row = if before == "# " { heading(row.clone()) } else { row.clone() };
            let written = format!("{before}{row}{after}\n");
            let mut options = Options::all();
            options.remove(Options::ENABLE_SUPERSCRIPT);
            options.remove(Options::ENABLE_SMART_PUNCTUATION);
            let shown: String = Parser::new_ext(&written, options)
                .filter_map(|event| match event {
                    Event::Text(part) => Some(part.into_string()),
                    _ => None,
                })
                .collect();
            prop_assert!(shown.contains(text.as_str()), "{:?} in {:?} of {:?}", text, shown, written);
        }
    }
}
