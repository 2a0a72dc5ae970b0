//! What folds alike, script by script, and where hits stand.

use super::*;

/// Whether a search for the words finds the text.
fn finds(words: &str, text: &str) -> bool {
    let words = SearchWords::of(words);
    let mut missing = words.missing();
    SearchWords::strike(&mut missing, &folded(text));
    missing.is_empty()
}

#[test]
fn words_are_found_whatever_their_case_their_accents_and_their_width() {
    for (script, words, text) in [
        ("Latin", "creme brulee", "Crème BRÛLÉE"),
        ("Latin, marks of their own", "Cafe\u{301}", "un café"),
        ("Latin with strokes", "lodz zolw", "ŁÓDŹ, żółw"),
        (
            "Latin, two letters in one",
            "file aether",
            "\u{fb01}le Æther",
        ),
        ("Vietnamese", "tieng viet", "Tiếng Việt"),
        ("German", "STRASSE", "Straße"),
        ("German, the other way", "straße", "STRASSE"),
        ("German, capital", "weiss", "WEI\u{1e9e}"),
        ("Greek", "οδοσ", "ὈΔΌΣ"),
        ("Greek, final sigma", "ΟΔΟΣ", "οδός"),
        ("Greek, in the middle of a word", "σοφοσ", "ο ΣΟΦΌς"),
        ("Cyrillic", "ЕЛКА", "ёлка"),
        ("Cyrillic, й", "мои", "МОЙ"),
        ("Turkish", "ISTANBUL", "İstanbul"),
        ("Turkish, dotless", "kapi", "KAPI kapı"),
        ("Turkish, dotless the other way", "kapı", "KAPI"),
        ("Arabic with harakat", "كتاب", "كِتَابٌ"),
        ("Arabic with tatweel", "كتاب", "كـتـاب"),
        ("Arabic, hamza", "احمد", "أحمد"),
        ("Hebrew with niqqud", "שלום", "שָׁלוֹם"),
        (
            "Japanese, half width",
            "カタカナ",
            "\u{ff76}\u{ff80}\u{ff76}\u{ff85}",
        ),
        (
            "Japanese, with a voice mark",
            "ガス",
            "\u{ff76}\u{ff9e}\u{ff7d}",
        ),
        (
            "full width",
            "order 42",
            "\u{ff2f}\u{ff52}\u{ff44}\u{ff45}\u{ff52} \u{ff14}\u{ff12}",
        ),
        (
            "Korean, jamo",
            "한글",
            "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}",
        ),
        (
            "Korean, the other way",
            "\u{1112}\u{1161}\u{11ab}",
            "한국어",
        ),
        ("an emoji", "👍", "👍\u{fe0f} gut"),
        ("what is not seen", "zusammen", "zu\u{ad}sam\u{200b}men"),
        ("in any order", "blue mug", "the mug is BLUE"),
        ("a part of a word", "8d1b", "dialog-8D1Bf0"),
    ] {
        assert!(finds(words, text), "{script}: {words:?} in {text:?}");
    }
    for (words, text) in [
        ("strase", "Straße"),
        ("blue mug", "the mug is red"),
        ("кот", "кит"),
        ("글한", "한글"),
        ("שולם", "שָׁלוֹם"),
    ] {
        assert!(!finds(words, text), "{words:?} in {text:?}");
    }
    assert!(SearchWords::of(" \u{301}\u{200b} ").is_empty());
}

#[test]
fn the_places_of_words_are_whole_characters_of_the_text_with_their_marks() {
    for (words, text, marked) in [
        ("strasse", "Die Straße.", vec!["Straße"]),
        ("s", "Straße", vec!["S", "ß"]),
        ("cafe", "un cafe\u{301}!", vec!["cafe\u{301}"]),
        ("שלום", "(שָׁלוֹם)", vec!["שָׁלוֹם"]),
        ("ab bc", "abc abc", vec!["abc", "abc"]),
        (
            "한",
            "한국 \u{1112}\u{1161}\u{11ab}",
            vec!["한", "\u{1112}\u{1161}\u{11ab}"],
        ),
        ("x", "none", vec![]),
        ("", "none", vec![]),
    ] {
        let places = SearchWords::of(words).places(text);
        let found: Vec<&str> = places
            .iter()
            .filter_map(|place| text.get(place.clone()))
            .collect();
        assert_eq!(found, marked, "{words:?} in {text:?}");
    }
}

#[test]
fn the_wire_is_searched_as_it_is_meant_not_as_json_writes_it() {
    let bodies: [(&[u8], &str); 5] = [
        (br#"{"message":"Caf\u00e9 \ud83d\udc4d"}"#, "cafe 👍"),
        (br#"{"message":"one\ntwo \"three\""}"#, "one two \"three\""),
        (b"{\"cut\":\"\\u00", "cut"),
        (b"\xff\xfe Mug", "mug"),
        (br"C:\Users\ud800x", "c:users"),
    ];
    for (body, words) in bodies {
        let mut folded = String::new();
        fold_wire(body, &mut folded);
        let words = SearchWords::of(words);
        let mut missing = words.missing();
        SearchWords::strike(&mut missing, &folded);
        assert!(missing.is_empty(), "{missing:?} in {folded:?}");
    }
}
