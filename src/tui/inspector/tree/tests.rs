//! How a tree is laid out, folded and read.

use super::*;
use crate::{domain::exchange::EntryKind, tui::testkit::call};

fn tree(body: &[u8], columns: u16) -> EntryTree {
    let mut tree = EntryTree::default();
    tree.prepare(
        Some(&call(1, body, br#"{"body":{"sequence":39}}"#)),
        columns,
        20,
    );
    tree
}

fn row(row: InkedRow) -> String {
    let text: String = row.into_iter().map(|(_, text)| text).collect();
    text.trim_end().to_owned()
}

fn shown(tree: &EntryTree, height: u16) -> Vec<String> {
    tree.visible(height).map(|(text, _)| row(text)).collect()
}

const BODY: &str = r#"{"kind":"req","type":"ms.PublishEvent","body":{"dialogId":"4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310","event":{"type":"ContentEvent","list":[1,"2",{}],"message":"Do you have the mug in blue? It would be a present for somebody who likes blue mugs very much."}}}"#;

#[test]
fn keys_and_values_stand_in_columns_and_identifiers_are_short() {
    let tree = tree(BODY.as_bytes(), 50);
    assert_eq!(
        row(tree.title()),
        "POST send · ms.PublishEvent · 200 in 2ms"
    );
    assert_eq!(
        shown(&tree, 20),
        [
            "▾ request  POST http://localhost/api/conversation…",
            "  kind  req",
            "  type  ms.PublishEvent",
            "  ▾ body",
            "    dialogId  4f0a…f310",
            "    ▾ event",
            "      type     ContentEvent",
            "      ▾ list",
            "        0  1",
            "        1  \"2\"",
            "        2  {}",
            "      message  Do you have the mug in blue? It wo…",
            "▸ answer  200 · sequence 39 · first byte +1ms",
            "▸ headers  2",
            "▸ headers of the answer  0",
        ]
    );
}

#[test]
fn arrows_fold_and_unfold_and_enter_shows_a_value_whole() {
    let mut tree = tree(BODY.as_bytes(), 50);
    tree.step(false, 4);
    tree.toggle();
    let id = "    dialogId  4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310";
    assert_eq!(shown(&tree, 20)[4], id);
    tree.step(false, 7);
    tree.toggle();
    let rows = shown(&tree, 20);
    assert_eq!(
        rows[11..14],
        [
            "      message",
            "        Do you have the mug in blue? It would be a",
            "        present for somebody who likes blue mugs",
        ]
    );
    // From a row of the value back to it, to what holds it, and to what holds that.
    tree.step(false, 2);
    for (held, is_there) in [
        ("      message  Do you have the mug in blue? It wo…", true),
        ("    ▾ event", true),
        (
            "    ▸ event  {\"type\":\"ContentEvent\",\"list\":[1,\"2\"…",
            true,
        ),
        ("  ▾ body", true),
        (
            "  ▸ body  {\"dialogId\":\"4f0a2b7e-91c3-4d58-8e6b-2c…",
            true,
        ),
        ("▾ request  POST http://localhost/api/conversation…", true),
        ("▸ request  POST http://localhost/api/conversation…", true),
        ("▸ request  POST http://localhost/api/conversation…", false),
    ] {
        assert_eq!(tree.fold(), is_there, "{held}");
        let here = tree.visible(20).find(|(_, is_here)| *is_here).unwrap();
        assert_eq!(row(here.0), held);
    }
    tree.unfold();
    assert_eq!(shown(&tree, 20)[1], "  kind  req");
}

#[test]
fn what_was_folded_stays_so_when_the_answer_comes() {
    let mut entry = call(1, BODY.as_bytes(), b"{}");
    let mut tree = EntryTree::default();
    let EntryKind::Call(call) = &mut entry.kind else {
        unreachable!("a call was made")
    };
    let outcome = call.outcome.take();
    tree.prepare(Some(&entry), 50, 20);
    assert_eq!(
        row(tree.title()),
        "POST send · ms.PublishEvent · no answer yet"
    );
    tree.step(false, 3);
    tree.fold();
    let folded = shown(&tree, 20);
    if let EntryKind::Call(call) = &mut entry.kind {
        call.outcome = outcome;
    }
    tree.changed(entry.id);
    tree.prepare(Some(&entry), 50, 20);
    assert_eq!(shown(&tree, 20)[..4], folded[..4]);
    assert_eq!(
        row(tree.title()),
        "POST send · ms.PublishEvent · 200 in 2ms"
    );
}

#[test]
fn bytes_are_shown_as_they_came() {
    let mut tree = tree(b"{\"a\" :1}\r\n", 50);
    tree.turn_raw();
    assert_eq!(row(tree.title()), "request byte for byte · 10 bytes");
    assert_eq!(
        shown(&tree, 20),
        [
            "000000  7b 22 61 22 20 3a 31 7d  {\"a\" :1}",
            "000008  0d 0a                    ..",
        ]
    );
    tree.turn_raw();
    assert_eq!(shown(&tree, 20)[1], "  a  1");
}

#[test]
fn what_is_no_json_is_text_or_bytes_and_never_moves_the_cursor() {
    let text = tree("x\u{1b}[2J\u{9b}\r\ny\u{202e}".as_bytes(), 50);
    assert_eq!(shown(&text, 20)[1..3], ["  x␛[2J<U+009B>␍", "  y<U+202E>"]);
    let bytes = tree(b"\x89PNG\r\n\xff\0", 50);
    assert_eq!(
        shown(&bytes, 20)[1],
        "  000000  89 50 4e 47 0d 0a ff 00  .PNG...."
    );
    let none = tree(b"", 50);
    assert_eq!(shown(&none, 20)[1], "  nothing");
    let scalar = tree(b" \"a\x7f\" ", 50);
    assert_eq!(shown(&scalar, 20)[1], "  a\\u007f");
}

#[test]
fn a_body_of_a_megabyte_costs_what_is_seen_of_it() {
    let list = vec![r#"{"id":"4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310","n":1}"#; 20_000];
    let body = format!("{{\"list\":[{}],\"last\":true}}", list.join(","));
    assert!(body.len() > 1_000_000);
    let mut tree = tree(body.as_bytes(), 50);
    // The list is too long to be open at once; its digest is its beginning.
    assert_eq!(tree.len(), 6);
    assert_eq!(
        shown(&tree, 20)[1],
        "  ▸ list  [{\"id\":\"4f0a2b7e-91c3-4d58-8e6b-2c7d9a1…"
    );
    tree.step(false, 1);
    tree.toggle();
    let rows = tree.len();
    assert!((2_000..4_000).contains(&rows), "{rows}");
    tree.step(false, rows);
    tree.prepare(Some(&call(1, body.as_bytes(), b"{}")), 50, 20);
    assert!(shown(&tree, 20).contains(&"    … 19000 more".to_owned()));
    let long = format!("\"{}\"", "é".repeat(500_000));
    let mut tree = self::tree(long.as_bytes(), 50);
    tree.step(false, 1);
    tree.toggle();
    assert!(tree.len() < 2_000, "{}", tree.len());
    let deep = format!("{}{}", "[".repeat(400_000), "]".repeat(400_000));
    let mut tree = self::tree(deep.as_bytes(), 50);
    for _ in 0..200 {
        tree.step(false, 1);
        tree.toggle();
    }
    assert!(shown(&tree, 60).len() > 50);
}
