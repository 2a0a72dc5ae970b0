//! Whatever was said is what a reader of Markdown shows, and addresses lead where they led.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::*;

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
    for said in [
        "handset 0.1.0",
        "1.50 and 2) too",
        "3.14",
        "snake_case_name, -5 degrees, AT&T & Co",
        "it's \"fine\": 10 < 11 > 9 = yes - no + maybe",
        "a https:/ b",
        "R#3! (x) {y}",
    ] {
        assert_eq!(quoted(said).0, format!("> {said}\n"));
    }
}

#[test]
fn marks_of_markdown_are_shown_as_they_were_said() {
    for said in [
        "1. one\n2) two\n- three\n+ four\n* five\n# six\n> seven\n---\n===\n***\n:---",
        "    indented\n\n\n  three rows on  \n",
        "\n\nfirst blank, last blank\n\n",
        "   ",
        "\n",
        "a\\\nb\\",
        "**a** _b_ __c__ `d` ~~e~~ $f$ $$g$$ [h](i) ![j](k) [l]: m [^n]",
        "<b>x</b> <!-- y --> &lt; &#60; &copy; &nosuch;",
        "|a|b|\n|-|-|\n|1|2|",
        "```\ncode\n```\n~~~\n~~~",
        "- [ ] task\n[!NOTE]\nterm\n: definition",
        "www.shop.test/a_b_c ftp://shop.test/a_b ada_q@mail.test",
        "\u{3000}wide\u{a0}\nnext\u{2003}",
        "+++\ntoml = 1\n+++",
    ] {
        assert!(quoted(said).1.is_empty(), "{said}");
    }
}

#[test]
fn addresses_lead_where_they_led() {
    for (said, address) in [
        ("see https://shop.test/a_b*c.", "https://shop.test/a_b*c"),
        ("(https://shop.test/a_(b))", "https://shop.test/a_(b)"),
        ("*https://shop.test/?a=1&b=2*", "https://shop.test/?a=1&b=2"),
        (
            "https://shop.test/?a&copy;b=c!",
            "https://shop.test/?a&copy;b=c",
        ),
        ("HTTPS://Shop.test/~x`y", "HTTPS://Shop.test/~x"),
        ("<http://shop.test/a>", "http://shop.test/a"),
        ("http://shop.test/a\\_b\\", "http://shop.test/a\\_b\\"),
        ("\"http://shop.test/a\"", "http://shop.test/a"),
        (
            "https://shop.test/#a-[b]{c}|d~e~f$g$",
            "https://shop.test/#a-[b]{c}|d~e~f$g$",
        ),
        ("1. https://пример.test/ы", "https://пример.test/ы"),
        ("[x](https://shop.test/y)", "https://shop.test/y"),
        ("![x]!https://ш.test/%20", "https://ш.test/%20"),
    ] {
        assert_eq!(quoted(said).1, [address], "{said}");
    }
}

fn said() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,6}",
        "[<>&\"'/=a-z \n`*_#\\[\\]()!\\\\~|.0-9+@:;$^{}-]{0,10}",
        "(https?://|www\\.|ftp://|&#?[a-z0-9]{1,4};|[0-9]{1,10}[.)]|[a-z_]{1,4}@[a-z.]{1,6}) ?",
        "[ \n]{1,6}",
        Just("https://shop.test/a_b".to_owned()),
        Just("http://xn--e1afmkfd.test/%D0%BF?a@b=%20&copy;".to_owned()),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_shown_as_it_was_said(text in said()) {
        let text = SafeText::clean(&text);
        if !text.is_empty() {
            quoted(text.as_str());
        }
    }

    #[test]
    fn any_text_within_a_row_is_shown_as_it_was_said(text in said()) {
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
