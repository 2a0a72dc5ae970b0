//! Shuts the terminal from one moment to the next: a card is shown, and nothing else gets there
//! until it is opened again. It is thrown where keys are read and not where the screen is made, so
//! it works while the screen hangs.

use std::{
    io::{self, Write},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// What F12 sends; the loop is told by it that the switch was thrown.
const F12: &[u8] = b"\x1b[24~";
/// What Esc sends in the keyboard protocol of kitty.
const KITTY_ESC: [&[u8]; 2] = [b"\x1b[27u", b"\x1b[27;1u"];
/// Ends whatever was cut off in the middle, then a blank screen without a cursor.
const BLANK: &[u8] = b"\x18\x1b\\\x1b[?2026l\x1b[0m\x1b[?25l\x1b[2J";
/// How long a key counts as the first of two.
const TWICE: Duration = Duration::from_millis(700);

/// A key, as far as the switch cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SwitchKey {
    F12,
    Esc,
    Other,
}

/// Shuts and opens the terminal.
pub struct PanicSwitch {
    /// Whether something is on stage: elsewhere the keys mean something else.
    is_armed: AtomicBool,
    is_shut: AtomicBool,
    state: Mutex<SwitchState>,
}

struct SwitchState {
    /// The terminal, past everything that draws.
    out: Box<dyn Write + Send>,
    card: Vec<u8>,
    last: Option<(SwitchKey, Instant)>,
}

impl PanicSwitch {
    /// One for this terminal, which is open; its keys do nothing before it is armed.
    pub fn new(out: impl Write + Send + 'static) -> Arc<Self> {
        Arc::new(Self {
            is_armed: AtomicBool::new(false),
            is_shut: AtomicBool::new(false),
            state: Mutex::new(SwitchState {
                out: Box::new(out),
                card: Vec::new(),
                last: None,
            }),
        })
    }

    /// Whether nothing gets through.
    pub fn is_shut(&self) -> bool {
        self.is_shut.load(Ordering::SeqCst)
    }

    /// Whether its keys throw it.
    pub(crate) fn is_armed(&self) -> bool {
        self.is_armed.load(Ordering::SeqCst)
    }

    /// Has its keys throw it, or do what they do elsewhere.
    pub(crate) fn arm(&self, is_armed: bool) {
        self.is_armed.store(is_armed, Ordering::SeqCst);
    }

    /// Has this shown when it is thrown: the bytes that draw the card on a blank screen.
    pub fn prepare(&self, card: Vec<u8>) {
        self.state().card = card;
    }

    /// Looks at what the terminal reports before anybody else; gives what the others may see.
    pub(crate) fn look(&self, bytes: &[u8], at: Instant) -> Vec<u8> {
        let mut state = self.state();
        let was_shut = self.is_shut();
        let mut is_thrown = false;
        for key in keys(bytes) {
            let before = state.last.replace((key, at));
            let is_second = key != SwitchKey::Other
                && before.is_some_and(|(last, since)| last == key && at - since < TWICE);
            let throws = match (self.is_shut(), key) {
                (_, SwitchKey::Other) => false,
                (false, SwitchKey::F12) => true,
                (false, SwitchKey::Esc) | (true, _) => is_second,
            };
            if throws {
                state.last = None;
                is_thrown = true;
                self.throw(&mut state);
            }
        }
        match (is_thrown, was_shut) {
            (true, _) => F12.to_vec(),
            (false, true) => Vec::new(),
            (false, false) => bytes.to_vec(),
        }
    }

    fn throw(&self, state: &mut SwitchState) {
        let is_shut = !self.is_shut.fetch_xor(true, Ordering::SeqCst);
        let SwitchState { out, card, .. } = state;
        // Opened, nothing of the card is left below what the screen draws before it draws all anew.
        let shown: &[u8] = if is_shut { card } else { &[] };
        // A terminal that takes nothing shows nothing either.
        let _ = out.write_all(BLANK).and_then(|()| out.write_all(shown));
        let _ = out.flush();
    }

    /// No panic can leave it half changed.
    fn state(&self) -> MutexGuard<'_, SwitchState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The keys in some bytes.
fn keys(mut bytes: &[u8]) -> Vec<SwitchKey> {
    let mut keys = Vec::new();
    while let Some((first, rest)) = bytes.split_first() {
        let known = [(F12, SwitchKey::F12)]
            .into_iter()
            .chain(KITTY_ESC.map(|esc| (esc, SwitchKey::Esc)))
            .find_map(|(form, key)| Some((bytes.strip_prefix(form)?, key)));
        let (after, key) = match known {
            Some(known) => known,
            None if *first == 0x1b && matches!(rest.first(), None | Some(0x1b)) => {
                (rest, SwitchKey::Esc)
            }
            // A sequence, up to its last byte.
            None if *first == 0x1b => {
                let end = rest
                    .iter()
                    .skip(1)
                    .position(|byte| (0x40..=0x7e).contains(byte));
                let end = end.map_or(rest.len(), |end| end + 2);
                (rest.get(end..).unwrap_or_default(), SwitchKey::Other)
            }
            None => (rest, SwitchKey::Other),
        };
        keys.push(key);
        bytes = after;
    }
    keys
}

/// A writer to the terminal that drops everything while the switch is thrown.
pub struct SwitchedWriter<W> {
    out: W,
    switch: Arc<PanicSwitch>,
}

impl<W: Write> SwitchedWriter<W> {
    /// Writes to `out` while the switch lets it.
    pub fn new(out: W, switch: Arc<PanicSwitch>) -> Self {
        Self { out, switch }
    }
}

impl<W: Write> Write for SwitchedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Held while it is written, so that the card comes whole and last.
        let state = self.switch.state();
        if self.switch.is_shut() {
            return Ok(bytes.len());
        }
        let written = self.out.write(bytes);
        let flushed = self.out.flush();
        drop(state);
        flushed.and(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A terminal that keeps what it is written.
    #[derive(Clone, Default)]
    struct KeptBytes(Arc<Mutex<Vec<u8>>>);

    impl Write for KeptBytes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nothing_gets_through_until_the_same_key_comes_twice() {
        let terminal = KeptBytes::default();
        let taken = || String::from_utf8(std::mem::take(&mut *terminal.0.lock().unwrap())).unwrap();
        let switch = PanicSwitch::new(terminal.clone());
        let mut screen = SwitchedWriter::new(terminal.clone(), Arc::clone(&switch));
        switch.prepare(b"CARD".to_vec());
        switch.arm(true);
        let at = Instant::now();
        let later = |millis| at + Duration::from_millis(millis);
        screen.write_all(b"before").unwrap();
        assert_eq!(switch.look(b"ab\x1b[A", at), b"ab\x1b[A");
        assert_eq!(taken(), "before");
        assert_eq!(switch.look(F12, at), F12);
        assert!(switch.is_shut() && taken().ends_with("CARD"));
        screen.write_all(b"secret").unwrap();
        assert_eq!(switch.look(b"typed", later(10)), b"");
        assert_eq!(switch.look(F12, later(20)), b"");
        assert_eq!(switch.look(b"\x1b", later(30)), b"");
        assert_eq!(switch.look(F12, later(40)), b"");
        assert_eq!(
            switch.look(F12, later(2000)),
            b"",
            "too late to be the second"
        );
        assert!(switch.is_shut() && taken().is_empty());
        assert_eq!(switch.look(F12, later(2100)), F12);
        assert!(!switch.is_shut());
        assert_eq!(taken().as_bytes(), BLANK);
        screen.write_all(b"after").unwrap();
        assert_eq!(taken(), "after");
    }

    #[test]
    fn two_escapes_shut_it_and_an_arrow_with_alt_does_not() {
        let switch = PanicSwitch::new(KeptBytes::default());
        switch.arm(true);
        let at = Instant::now();
        for harmless in [
            &b"\x1b[A\x1b[A"[..],
            b"\x1b\x1b[A\x1b\x1b[A",
            b"\x1b",
            b"x",
            b"\x1b",
            b"y",
        ] {
            assert_eq!(switch.look(harmless, at), harmless);
        }
        assert!(!switch.is_shut());
        assert_eq!(switch.look(b"\x1b\x1b", at), F12);
        assert!(switch.is_shut());
        assert_eq!(switch.look(b"\x1b[27u\x1b[27u", at), F12);
        assert!(!switch.is_shut());
    }
}
