//! Pastes of a terminal that puts no brackets around them: they come like typed text, only far
//! faster than anybody types. In such a burst an Enter begins a row and sends nothing.
//!
//! Nobody types rows within the same few milliseconds. An Enter that comes by itself sends as
//! always, however fast the text before it and behind it came.

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// Reads this far apart belong to one burst.
const GAP: Duration = Duration::from_millis(5);
/// The same once a burst is known to be a paste, which a slow terminal hands over in pieces.
const PASTE_GAP: Duration = Duration::from_millis(30);
/// Characters before an Enter in the same read from which it waits whether more follows.
const FAST: usize = 3;
/// Characters of a burst with one Enter inside from which it is a paste.
const MANY: usize = 16;

/// Tells pastes from keys.
#[derive(Debug, Default)]
pub(crate) struct Bursts {
    /// When the burst went on last; `None` between bursts.
    last: Option<Instant>,
    is_paste: bool,
    /// An Enter that waits whether it ends a row of a paste, and what came behind it.
    held: Vec<Event>,
}

impl Bursts {
    /// Passes on the events of one read, made at `at`.
    pub(crate) fn pass(&mut self, events: Vec<Event>, at: Instant, passed: &mut Vec<Event>) {
        // An Enter by itself is soon somebody's own.
        let is_enter = matches!(events.as_slice(), [one] if ends_row(one));
        let gap = if self.is_paste && !is_enter {
            PASTE_GAP
        } else {
            GAP
        };
        if self.last.is_some_and(|last| at > last + gap) {
            self.end(passed);
        }
        let mut run = Vec::new();
        for event in events {
            if text_of(&event).is_some() {
                run.push(event);
            } else {
                self.pass_run(std::mem::take(&mut run), passed);
                self.end(passed);
                passed.push(event);
            }
        }
        if !run.is_empty() {
            self.pass_run(run, passed);
            self.last = Some(at);
        }
    }

    /// When what waits goes on its way.
    pub(crate) fn due(&self) -> Option<Instant> {
        let last = self.last.filter(|_| !self.held.is_empty());
        last.map(|last| last + GAP)
    }

    /// Ends the burst: what waits are keys.
    pub(crate) fn end(&mut self, passed: &mut Vec<Event>) {
        passed.append(&mut self.held);
        *self = Self::default();
    }

    /// Passes on text that came in one read.
    fn pass_run(&mut self, mut run: Vec<Event>, passed: &mut Vec<Event>) {
        if !self.is_paste && self.held.is_empty() {
            // An Enter that comes first is a key, also when the next words come right behind it.
            let first = run.iter().take_while(|event| ends_row(event)).count();
            if !is_paste(run.iter().skip(first)) {
                passed.extend(run.drain(..first));
            }
        }
        if run.is_empty() {
            return;
        }
        self.held.append(&mut run);
        self.is_paste |= is_paste(self.held.iter());
        if self.is_paste {
            let all = self.held.drain(..);
            passed.push(Event::Paste(
                all.filter_map(|event| text_of(&event)).collect(),
            ));
            return;
        }
        let mut characters = 0;
        let waits_from = self.held.iter().position(|event| {
            let ends = ends_row(event);
            characters += usize::from(!ends);
            ends && characters >= FAST
        });
        let waiting = self.held.split_off(waits_from.unwrap_or(self.held.len()));
        passed.append(&mut self.held);
        self.held = waiting;
    }
}

/// Whether text that came at once has rows as a paste has them. A Tab behind an Enter may as well
/// be a key; what follows it decides.
fn is_paste<'a>(events: impl Iterator<Item = &'a Event>) -> bool {
    let (mut characters, mut rows, mut behind_end) = (0, 0, false);
    for event in events.filter(|event| text_of(event) != Some('\t')) {
        if ends_row(event) {
            behind_end = true;
        } else {
            characters += 1;
            rows += usize::from(behind_end);
            behind_end = false;
        }
    }
    rows >= 2 || (rows == 1 && characters >= MANY)
}

fn ends_row(event: &Event) -> bool {
    text_of(event) == Some('\n')
}

/// The character that an event writes; a row end for Enter.
fn text_of(event: &Event) -> Option<char> {
    let Event::Key(KeyEvent {
        code,
        modifiers,
        kind: KeyEventKind::Press,
        ..
    }) = event
    else {
        return None;
    };
    match code {
        KeyCode::Char('j') if *modifiers == KeyModifiers::CONTROL => Some('\n'),
        _ if !KeyModifiers::SHIFT.contains(*modifiers) => None,
        KeyCode::Char(c) => Some(*c),
        KeyCode::Enter if modifiers.is_empty() => Some('\n'),
        KeyCode::Tab => Some('\t'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(text: &str) -> Vec<Event> {
        let key = |c| match c {
            '\r' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            c => KeyCode::Char(c),
        };
        let event = |c| Event::Key(KeyEvent::new(key(c), KeyModifiers::NONE));
        text.chars().map(event).collect()
    }

    /// What comes of reads, each so many milliseconds after the one before.
    fn passed(reads: &[(u64, &str)]) -> Vec<Event> {
        let (mut bursts, mut passed) = (Bursts::default(), Vec::new());
        let mut at = Instant::now();
        for (pause, text) in reads {
            at += Duration::from_millis(*pause);
            if bursts.due().is_some_and(|due| due <= at) {
                bursts.end(&mut passed);
            }
            bursts.pass(typed(text), at, &mut passed);
        }
        bursts.end(&mut passed);
        passed
    }

    fn paste(text: &str) -> Event {
        Event::Paste(text.to_owned())
    }

    #[test]
    fn rows_that_come_at_once_are_one_paste() {
        assert_eq!(passed(&[(0, "a\rb\rc")]), [paste("a\nb\nc")]);
        let rows = "first row\rsecond row\rthird row\r";
        assert_eq!(passed(&[(0, rows)]), [paste(&rows.replace('\r', "\n"))]);
    }

    #[test]
    fn rows_that_come_in_pieces_send_nothing() {
        for cut in 1..29 {
            let (one, two) = "first row\rsecond row\rthird row".split_at(cut);
            let passed = passed(&[(0, one), (1, two)]);
            let enter = Event::Key(KeyCode::Enter.into());
            assert!(!passed.contains(&enter), "{cut}: {passed:?}");
        }
    }

    #[test]
    fn what_is_typed_sends() {
        let all = |reads: &[&str]| typed(&reads.concat());
        // At once with what is typed next, one key after another, and two short ones at once.
        for reads in [
            &["hello there, this is a whole sentence\r"][..],
            &["\rnext"],
            &["o", "k", "\r", "t", "h", "e", "n"],
            &["ok\ryes\r"],
        ] {
            let timed: Vec<(u64, &str)> = reads.iter().map(|read| (8, *read)).collect();
            assert_eq!(passed(&timed), all(reads), "{reads:?}");
        }
        // Keys one right after another, as a program presses them.
        let reads = ["a whole sentence", "\r", "and the next one", "\r\t"];
        let timed: Vec<(u64, &str)> = reads.iter().map(|read| (1, *read)).collect();
        assert_eq!(passed(&timed), all(&reads));
        assert_eq!(
            passed(&[(1, "a sentence"), (1, "\rand another one")]),
            all(&["a sentence\rand another one"])
        );
        // One message and another, each at once.
        let reads = ["hello there, this is a sentence\r", "and another one\r"];
        assert_eq!(passed(&[(0, reads[0]), (10, reads[1])]), all(&reads));
    }

    proptest! {
        /// Whatever comes how fast, no character is lost and none comes out of its turn.
        #[test]
        fn nothing_is_lost(reads in proptest::collection::vec((0_u64..40, "[a-z\r]{1,12}"), 0..12)) {
            let given: String = reads.iter().map(|(_, text)| text.replace('\r', "\n")).collect();
            let reads: Vec<(u64, &str)> = reads.iter().map(|(pause, text)| (*pause, text.as_str())).collect();
            let got: String = passed(&reads).into_iter().map(|event| match event {
                Event::Paste(text) => text,
                event => text_of(&event).map(String::from).unwrap_or_default(),
            }).collect();
            prop_assert_eq!(got, given);
        }
    }
}
