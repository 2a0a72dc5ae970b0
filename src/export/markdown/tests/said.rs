//! Texts that somebody may have said, for every reader of Markdown that has to show them.

use proptest::prelude::*;

/// Written as they are, for nothing in them means anything.
pub(crate) const PLAIN: &[&str] = &[
    "handset 0.1.0",
    "1.50 and 2) too",
    "3.14",
    "snake_case_name, -5 degrees, AT&T & Co",
    "it's \"fine\": 10 < 11 > 9 = yes - no + maybe",
    "a https:/ b",
    "R#3! (x) {y}",
];

/// Marks of Markdown, which mean nothing in what was said.
pub(crate) const MARKS: &[&str] = &[
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
];

/// Texts with one address each, and the address.
pub(crate) const ADDRESSES: &[(&str, &str)] = &[
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
];

/// Any text, with pieces that mean something to readers of Markdown.
pub(crate) fn said() -> impl Strategy<Value = String> {
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
