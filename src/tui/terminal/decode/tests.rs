//! Bytes as terminals send them, cut anywhere.

use proptest::{prelude::*, sample::Index};

use super::*;

fn decoded(reads: &[&[u8]]) -> Vec<Event> {
    let (mut decoder, mut events) = (Decoder::default(), Vec::new());
    for read in reads {
        decoder.feed(read, &mut events);
    }
    decoder.give_up(&mut events);
    events
}

fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(code, modifiers))
}

/// Keys with the bytes that terminals send for them.
fn keys() -> Vec<(&'static str, Event)> {
    use KeyCode::{BackTab, Backspace, Char, Delete, Down, End, Enter, F, Home, PageUp, Tab, Up};
    let (none, alt) = (KeyModifiers::NONE, KeyModifiers::ALT);
    let (shift, control) = (KeyModifiers::SHIFT, KeyModifiers::CONTROL);
    vec![
        ("a", pressed(Char('a'), none)),
        ("Q", pressed(Char('Q'), shift)),
        (";", pressed(Char(';'), none)),
        ("é", pressed(Char('é'), none)),
        ("日", pressed(Char('日'), none)),
        ("👍", pressed(Char('👍'), none)),
        ("\r", pressed(Enter, none)),
        ("\t", pressed(Tab, none)),
        ("\x7f", pressed(Backspace, none)),
        ("\x0b", pressed(Char('k'), control)),
        ("\x07", pressed(Char('g'), control)),
        ("\x1b\r", pressed(Enter, alt)),
        ("\x1bc", pressed(Char('c'), alt)),
        ("\x1bé", pressed(Char('é'), alt)),
        ("\x1b[A", pressed(Up, none)),
        ("\x1bOA", pressed(Up, none)),
        ("\x1b[1;5B", pressed(Down, control)),
        ("\x1bOP", pressed(F(1), none)),
        ("\x1b[[B", pressed(F(2), none)),
        ("\x1b[19~", pressed(F(8), none)),
        ("\x1b[3;5~", pressed(Delete, control)),
        ("\x1b[5~", pressed(PageUp, none)),
        ("\x1b[H", pressed(Home, none)),
        ("\x1b[4~", pressed(End, none)),
        ("\x1b[Z", pressed(BackTab, shift)),
        ("\x1b[27u", pressed(KeyCode::Esc, none)),
        ("\x1b[13;2u", pressed(Enter, shift)),
        ("\x1b[106;5u", pressed(Char('j'), control)),
        ("\x1b[97:65;2u", pressed(Char('A'), none)),
        ("\x1b[I", Event::FocusGained),
        ("\x1b[O", Event::FocusLost),
        (
            "\x1b[200~two\rrows \x1b[A\x1b[201~",
            Event::Paste("two\rrows \x1b[A".to_owned()),
        ),
    ]
}

/// What terminals answer to what they are asked.
const ANSWERS: [&str; 30] = [
    "\x1b]11;rgb:1e1e/2020/3030\x07",
    "\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
    "\x1b]4;7;rgba:cccc/cccc/cccc/ffff\x1b\\",
    "\x1b]52;c;cXVpdA==\x07",
    "\x1b]lwindow title\x1b\\",
    "\x1b]1337;ReportCellSize=17.0;8.0\x1b\\",
    "\x1bP>|XTerm(380)\x1b\\",
    "\x1bP1+r544e=787465726d\x1b\\",
    "\x1bP0$r\x1b\\",
    "\x1bP!|00000000\x1b\\",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b_Gi=1;ENOENT:no such file\x1b\\",
    "\x1b^private\x1b\\",
    "\x1bXa string, with é\x1b\\",
    "\x1b[?62;1;4;22c",
    "\x1b[?1;2c",
    "\x1b[>0;276;0c",
    "\x1b[=0;0;0c",
    "\x1b[0n",
    "\x1b[?997;1n",
    "\x1b[24;80R",
    "\x1b[?24;80;1R",
    "\x1b[?2026;2$y",
    "\x1b[4;2$y",
    "\x1b[?1;0;256S",
    "\x1b[4;600;800t",
    "\x1b[1t",
    "\x1b[?1u",
    "\x1b[>1;10;0c",
    "\x1b[3;5;5;120;120;1;0x",
];

#[test]
fn every_key_comes_out_as_itself() {
    for (bytes, event) in keys() {
        assert_eq!(decoded(&[bytes.as_bytes()]), [event], "{bytes:?}");
    }
}

#[test]
fn no_answer_is_a_key() {
    for answer in ANSWERS {
        assert_eq!(decoded(&[answer.as_bytes()]), [], "{answer:?}");
    }
}

#[test]
fn a_click_is_one_in_every_notation() {
    let down = MouseEventKind::Down(crossterm::event::MouseButton::Left);
    for bytes in ["\x1b[<0;5;3M", "\x1b[M \x25\x23", "\x1b[32;5;3M"] {
        let events = decoded(&[bytes.as_bytes()]);
        let [Event::Mouse(mouse)] = events.as_slice() else {
            panic!("{bytes:?}: {events:?}");
        };
        assert_eq!((mouse.kind, mouse.column, mouse.row), (down, 4, 2));
    }
}

use crossterm::event::MouseEventKind;

#[test]
fn a_lone_escape_is_a_key_and_so_is_what_only_looks_like_a_beginning() {
    let alt = |c| pressed(KeyCode::Char(c), KeyModifiers::ALT);
    let esc = pressed(KeyCode::Esc, KeyModifiers::NONE);
    assert_eq!(decoded(&[b"\x1b"]), std::slice::from_ref(&esc));
    assert_eq!(decoded(&[b"\x1b\x1b"]), [esc.clone(), esc.clone()]);
    for start in ['[', ']', 'P', '_', 'O', 'X'] {
        let bytes = format!("\x1b{start}");
        assert_eq!(decoded(&[bytes.as_bytes()]), [alt(start)]);
    }
    // Another key, however soon after it, is not one with Alt.
    let key = |c| pressed(KeyCode::Char(c), KeyModifiers::NONE);
    assert_eq!(decoded(&[b"\x1b", b"q"]), [esc.clone(), key('q')]);
    assert_eq!(decoded(&[b"\x1bq"]), [alt('q')]);
    // Then what is typed is typed.
    let (mut decoder, mut events) = (Decoder::default(), Vec::new());
    decoder.feed(b"\x1b", &mut events);
    decoder.give_up(&mut events);
    for typed in ["]", "1", "1", ";"] {
        decoder.feed(typed.as_bytes(), &mut events);
    }
    assert_eq!(events.len(), 5, "{events:?}");
}

#[test]
fn a_sequence_that_never_ends_takes_no_keys_with_it() {
    for torn in [
        "\x1b]11;rgb:1e1e",
        "\x1b[?2026;2",
        "\x1bP>|XTe",
        "\x1b_Gi=31;O\x1b",
    ] {
        let (mut decoder, mut events) = (Decoder::default(), Vec::new());
        decoder.feed(torn.as_bytes(), &mut events);
        assert_eq!(decoder.wait(), Some(REST_WAIT), "{torn:?}");
        decoder.give_up(&mut events);
        decoder.feed(b"x", &mut events);
        assert_eq!(events, [pressed(KeyCode::Char('x'), KeyModifiers::NONE)]);
    }
    // Enter is no part of any answer, and an arrow begins anew.
    let events = decoded(&[b"\x1b]11;rgb\r\x1b[A"]);
    assert_eq!(events.len(), 2, "{events:?}");
}

#[test]
fn the_rest_of_an_answer_is_known_after_any_pause() {
    for answer in ANSWERS
        .iter()
        .filter(|answer| !answer.starts_with("\x1b]l"))
    {
        let bytes = answer.as_bytes();
        for cut in 1..bytes.len() {
            let (mut decoder, mut events) = (Decoder::default(), Vec::new());
            let (first, rest) = bytes.split_at(cut);
            decoder.feed(first, &mut events);
            // A pause of a second is too long for what may be a key, and short for the rest.
            if decoder
                .wait()
                .is_some_and(|wait| wait < Duration::from_secs(1))
            {
                decoder.give_up(&mut events);
            }
            decoder.feed(rest, &mut events);
            let writes = events.iter().any(|event| {
                matches!(event, Event::Key(key) if key.modifiers.is_empty()
                    && matches!(key.code, KeyCode::Char(_)))
            });
            assert!(!writes, "{answer:?} cut at {cut}: {events:?}");
            assert_eq!(decoder.part, Part::Ground, "{answer:?} cut at {cut}");
        }
    }
}

#[test]
fn a_paste_is_bounded_and_its_end_is_found_all_the_same() {
    let long = "x".repeat(LONGEST_PASTE + 10);
    let events = decoded(&[format!("\x1b[200~{long}\x1b[201~y").as_bytes()]);
    let [Event::Paste(text), Event::Key(_)] = events.as_slice() else {
        panic!("{} events", events.len());
    };
    assert_eq!(text.len(), LONGEST_PASTE);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// Any keys with any answers between them, cut anywhere, are exactly the keys.
    #[test]
    fn answers_leave_no_trace(
        picks in proptest::collection::vec((any::<bool>(), any::<Index>()), 0..24),
        cuts in proptest::collection::vec(any::<Index>(), 0..12),
    ) {
        let keys = keys();
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        for (is_key, pick) in picks {
            if is_key {
                let (sent, event) = pick.get(&keys);
                bytes.extend_from_slice(sent.as_bytes());
                expected.push(event.clone());
            } else {
                bytes.extend_from_slice(pick.get(&ANSWERS).as_bytes());
            }
        }
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        // Terminals write a key with Alt at once: that tells it from Esc and another key.
        let is_alt_key = |cut: usize| {
            let behind = bytes.get(cut).is_some_and(|byte| !begins_sequence(*byte) && *byte != b'\\');
            cut > 0 && bytes[cut - 1] == 0x1b && behind
        };
        cuts.retain(|cut| !is_alt_key(*cut));
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let reads: Vec<&[u8]> = cuts.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect();
        prop_assert_eq!(decoded(&reads), expected);
    }

    /// No bytes make it panic, and after a pause it is ready for keys.
    #[test]
    fn anything_is_survived(reads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..12)) {
        let (mut decoder, mut events) = (Decoder::default(), Vec::new());
        for read in &reads {
            decoder.feed(read, &mut events);
        }
        decoder.give_up(&mut events);
        decoder.give_up(&mut events);
        events.clear();
        decoder.feed(b"x", &mut events);
        prop_assert_eq!(events, [pressed(KeyCode::Char('x'), KeyModifiers::NONE)]);
    }
}
