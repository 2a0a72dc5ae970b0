//! The bytes of a terminal as events: keys, pastes, the mouse, and whether the terminal has the
//! attention.
//!
//! A terminal also answers what other programs asked it before, as late as it likes: its colours,
//! its name, what it can do. Those answers are sequences of control too, and all of them end
//! here. That is why crossterm does not read for us: it takes the text of such an answer for
//! typed text, or waits for an end that never comes and swallows keys meanwhile.
//!
//! Bytes may be cut anywhere. What is not whole waits for its rest, and [`Decoder::wait`] says for
//! how long.

mod keys;

use std::{str, time::Duration};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// How long a lone Esc waits for what would make it a sequence.
const ESC_WAIT: Duration = Duration::from_millis(25);
/// How long the first two bytes of a sequence wait for the third: they may be a key with Alt.
const START_WAIT: Duration = Duration::from_millis(100);
/// How long a sequence that has begun waits for its rest. It is dropped then.
const REST_WAIT: Duration = Duration::from_secs(3);

/// Bytes of one sequence that are kept; none that means something here is as long.
const LONGEST: usize = 256;
/// Bytes of one paste that are kept.
const LONGEST_PASTE: usize = 4 * 1024 * 1024;
/// What ends a paste.
const PASTE_END: &[u8] = b"\x1b[201~";

/// What the bytes at hand are part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Part {
    /// Nothing has begun.
    #[default]
    Ground,
    /// A character of several bytes.
    Character,
    Escape,
    /// `ESC O`, which begins some keys.
    Shift3,
    Control,
    /// A string of control: OSC, DCS, APC, PM or SOS. Its text is not kept.
    String,
    /// An Esc came in a string, and with a backslash it ends that.
    StringEscape,
    /// The three bytes of a click in the oldest notation.
    Click,
    Paste,
}

/// Reads the bytes of a terminal.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    part: Part,
    /// The bytes of what is not whole yet.
    held: Vec<u8>,
    /// Whether what comes is pressed together with Alt.
    alt: bool,
    /// What was given up as a key, although it may have begun an answer: its two or three bytes.
    torn: Option<Torn>,
}

/// The beginning of an answer whose rest did not come in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Torn {
    Escape,
    /// An Esc and what says which kind of sequence it is.
    Start(u8),
}

impl Decoder {
    /// Takes what one read of the terminal gave.
    pub(crate) fn feed(&mut self, bytes: &[u8], events: &mut Vec<Event>) {
        if let Some(torn) = self.torn.take()
            && self.part == Part::Ground
        {
            self.resume(torn, bytes);
        }
        // A key with Alt comes whole. What comes later is the next key, unless it begins what an
        // Esc alone never is the end of.
        if self.part == Part::Escape && bytes.first().is_some_and(|byte| !begins_sequence(*byte)) {
            events.push(key(KeyCode::Esc, false));
            self.end();
        }
        for byte in bytes {
            self.take(*byte, events);
        }
    }

    /// How long what is not whole waits for its rest; `None` when nothing waits, or waits for good.
    pub(crate) fn wait(&self) -> Option<Duration> {
        match self.part {
            Part::Ground => self.torn.map(|_| REST_WAIT),
            Part::Escape => Some(ESC_WAIT),
            Part::Shift3 => Some(START_WAIT),
            Part::Control | Part::String if self.held.len() == 2 => Some(START_WAIT),
            _ => Some(REST_WAIT),
        }
    }

    /// Gives up waiting: what may have been a key is one, the rest of a sequence will not come.
    pub(crate) fn give_up(&mut self, events: &mut Vec<Event>) {
        let held = std::mem::take(&mut self.held);
        let alt = std::mem::take(&mut self.alt);
        self.torn = None;
        match std::mem::take(&mut self.part) {
            Part::Escape => {
                events.push(key(KeyCode::Esc, alt));
                self.torn = Some(Torn::Escape);
            }
            Part::Shift3 | Part::Control | Part::String if held.len() == 2 => {
                events.push(key(KeyCode::Char(char::from(held[1])), true));
                self.torn = Some(Torn::Start(held[1]));
            }
            Part::Paste => events.push(pasted(&held)),
            _ => {}
        }
    }

    /// Goes on with an answer that was given up too early, when a read begins like the rest of
    /// one. A person types one character a read.
    fn resume(&mut self, torn: Torn, bytes: &[u8]) {
        let (start, rest) = match (torn, bytes) {
            (Torn::Escape, [start, rest @ ..]) => (*start, rest),
            (Torn::Start(start), rest) => (start, rest),
            (Torn::Escape, []) => return,
        };
        if !is_rest_of_answer(start, rest) {
            return;
        }
        self.held = vec![0x1b];
        self.part = Part::Escape;
        if let Torn::Start(start) = torn {
            self.take(start, &mut Vec::new());
        }
    }

    fn take(&mut self, byte: u8, events: &mut Vec<Event>) {
        match self.part {
            Part::Ground => self.begin(byte, events),
            Part::Character => self.character(byte, events),
            Part::Escape => self.escape(byte, events),
            Part::Shift3 => {
                events.extend(keys::shift3(byte));
                self.end();
            }
            Part::Control => self.control(byte, events),
            Part::String => self.string(byte, events),
            Part::StringEscape => {
                self.end();
                if byte != b'\\' {
                    // The string was broken off by what begins here.
                    self.hold(Part::Escape, 0x1b);
                    self.escape(byte, events);
                }
            }
            Part::Click => {
                self.held.push(byte);
                if self.held.len() == 6 {
                    events.extend(keys::click(&self.held[3..]));
                    self.end();
                }
            }
            Part::Paste => self.paste(byte, events),
        }
    }

    fn end(&mut self) {
        self.part = Part::Ground;
        self.held.clear();
        self.alt = false;
    }

    fn hold(&mut self, part: Part, byte: u8) {
        self.part = part;
        self.held.push(byte);
    }

    fn begin(&mut self, byte: u8, events: &mut Vec<Event>) {
        let alt = self.alt;
        match byte {
            0x1b => self.hold(Part::Escape, byte),
            0x80.. => self.hold(Part::Character, byte),
            _ => {
                events.push(keys::ascii(byte, alt));
                self.end();
            }
        }
    }

    fn character(&mut self, byte: u8, events: &mut Vec<Event>) {
        self.held.push(byte);
        match str::from_utf8(&self.held) {
            Ok(text) => {
                events.extend(text.chars().map(|c| keys::character(c, self.alt)));
                self.end();
            }
            Err(fault) if fault.error_len().is_none() => {}
            // No character begins like this; its last byte may begin another one.
            Err(_) => {
                self.end();
                if !(0x80..0xc0).contains(&byte) {
                    self.begin(byte, events);
                }
            }
        }
    }

    fn escape(&mut self, byte: u8, events: &mut Vec<Event>) {
        match byte {
            b'[' => self.hold(Part::Control, byte),
            b'O' => self.hold(Part::Shift3, byte),
            b']' | b'P' | b'_' | b'^' | b'X' => self.hold(Part::String, byte),
            0x1b => events.push(key(KeyCode::Esc, false)),
            _ => {
                self.end();
                self.alt = true;
                self.begin(byte, events);
            }
        }
    }

    fn control(&mut self, byte: u8, events: &mut Vec<Event>) {
        match byte {
            // Control characters are no part of a sequence: it was broken off.
            0..0x20 | 0x7f.. => {
                self.end();
                self.begin(byte, events);
            }
            0x40..=0x7e => {
                self.held.push(byte);
                match self.held.as_slice() {
                    b"\x1b[M" => self.part = Part::Click,
                    b"\x1b[[" => {}
                    b"\x1b[200~" => {
                        self.end();
                        self.part = Part::Paste;
                    }
                    sequence => {
                        events.extend(keys::control(sequence));
                        self.end();
                    }
                }
            }
            _ if self.held.len() < LONGEST => self.held.push(byte),
            // Too long for anything that means something: only its end counts.
            _ => {}
        }
    }

    fn string(&mut self, byte: u8, events: &mut Vec<Event>) {
        match byte {
            0x07 => self.end(),
            0x1b => self.part = Part::StringEscape,
            0..0x20 => {
                // No answer holds these: it was broken off, and this is a key.
                self.end();
                self.begin(byte, events);
            }
            // One byte more tells that its text has begun.
            _ if self.held.len() == 2 => self.held.push(byte),
            _ => {}
        }
    }

    fn paste(&mut self, byte: u8, events: &mut Vec<Event>) {
        self.held.push(byte);
        if byte == b'~' && self.held.ends_with(PASTE_END) {
            self.held.truncate(self.held.len() - PASTE_END.len());
            events.push(pasted(&self.held));
            self.end();
        } else if self.held.len() == LONGEST_PASTE + PASTE_END.len() {
            // The end is still looked for among the last bytes.
            self.held.remove(LONGEST_PASTE);
        }
    }
}

/// Whether this byte behind an Esc begins a sequence.
fn begins_sequence(byte: u8) -> bool {
    matches!(byte, b'[' | b'O' | b']' | b'P' | b'_' | b'^' | b'X')
}

/// Whether these bytes of one read go on with an answer that began with `ESC` and `start`.
fn is_rest_of_answer(start: u8, rest: &[u8]) -> bool {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match start {
        b']' => digits > 0 && matches!(rest.get(digits), Some(b';' | 0x1b | 0x07)),
        b'P' => matches!(rest, [b'>' | b'!', _, ..] | [b'0' | b'1', b'$' | b'+', ..]),
        b'_' => matches!(rest, [b'G', _, ..]),
        b'^' | b'X' => rest.contains(&0x1b) || rest.contains(&0x07),
        b'[' => {
            let end = rest.iter().position(|byte| (0x40..=0x7e).contains(byte));
            matches!(
                (rest, end),
                ([b'?' | b'>' | b'=' | b'0'..=b'9', ..], Some(_))
            )
        }
        _ => false,
    }
}

fn key(code: KeyCode, alt: bool) -> Event {
    let modifiers = if alt {
        KeyModifiers::ALT
    } else {
        KeyModifiers::NONE
    };
    Event::Key(KeyEvent::new(code, modifiers))
}

fn pasted(bytes: &[u8]) -> Event {
    Event::Paste(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests;
