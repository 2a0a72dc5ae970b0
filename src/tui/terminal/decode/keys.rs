//! Which key or click a whole sequence is; `None` where it is neither, as the answers of a
//! terminal are not.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

/// A byte below 0x80, other than Esc.
pub(super) fn ascii(byte: u8, alt: bool) -> Event {
    let plain = |code| (code, KeyModifiers::NONE);
    let control = |c: u8| (KeyCode::Char(char::from(c)), KeyModifiers::CONTROL);
    let (code, modifiers) = match byte {
        b'\r' => plain(KeyCode::Enter),
        b'\t' => plain(KeyCode::Tab),
        0x7f => plain(KeyCode::Backspace),
        0 => control(b' '),
        1..=0x1a => control(byte - 1 + b'a'),
        0x1c..=0x1f => control(byte - 0x1c + b'4'),
        _ => return character(char::from(byte), alt),
    };
    press(code, modifiers | held_alt(alt))
}

pub(super) fn character(c: char, alt: bool) -> Event {
    let shift = if c.is_uppercase() {
        KeyModifiers::SHIFT
    } else {
        KeyModifiers::NONE
    };
    press(KeyCode::Char(c), shift | held_alt(alt))
}

/// `ESC O` and this byte.
pub(super) fn shift3(byte: u8) -> Option<Event> {
    let code = match byte {
        // The digits and Enter of a keypad in application mode.
        b'M' => Some(KeyCode::Enter),
        b'p'..=b'y' => Some(KeyCode::Char(char::from(byte - b'p' + b'0'))),
        _ => letter(byte),
    };
    code.map(|code| press(code, KeyModifiers::NONE))
}

/// A whole sequence that begins with `ESC [`.
pub(super) fn control(sequence: &[u8]) -> Option<Event> {
    let text = std::str::from_utf8(sequence.strip_prefix(b"\x1b[")?).ok()?;
    let end = text.chars().next_back()?;
    let parameters = text.strip_suffix(end)?;
    if let Some(click) = parameters.strip_prefix('<') {
        return sgr_click(click, end == 'm').filter(|_| matches!(end, 'M' | 'm'));
    }
    // The console of Linux has keys of its own.
    if parameters == "[" {
        return matches!(end, 'A'..='E')
            .then(|| press(KeyCode::F(end as u8 - b'A' + 1), KeyModifiers::NONE));
    }
    match (parameters, end) {
        ("", 'I') => return Some(Event::FocusGained),
        ("", 'O') => return Some(Event::FocusLost),
        ("", 'Z') => return Some(press(KeyCode::BackTab, KeyModifiers::SHIFT)),
        _ => {}
    }
    let mut parameters = parameters.split(';');
    let first = parameters.next()?;
    let held = parameters.next().unwrap_or_default();
    match end {
        'u' => unicode(first, held),
        '~' => with(numbered(first.parse().ok()?)?, held),
        'M' => old_click(first, held, parameters.next()?),
        // The position of the cursor looks like F3 with something held.
        'R' => None,
        // Some terminals leave the 1 out, and some the semicolon.
        _ if first.is_empty() || first == "1" => with(letter(end as u8)?, held),
        _ if held.is_empty() && first.len() == 1 => with(letter(end as u8)?, first),
        _ => None,
    }
}

/// The three bytes of a click in the oldest notation.
pub(super) fn click(bytes: &[u8]) -> Option<Event> {
    let [button, column, row] = *bytes else {
        return None;
    };
    let cell = |byte: u8| byte.checked_sub(33).map(u16::from);
    mouse(button.checked_sub(32)?, cell(column)?, cell(row)?, false)
}

fn press(code: KeyCode, modifiers: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(code, modifiers))
}

fn held_alt(alt: bool) -> KeyModifiers {
    if alt {
        KeyModifiers::ALT
    } else {
        KeyModifiers::NONE
    }
}

fn letter(end: u8) -> Option<KeyCode> {
    Some(match end {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(end - b'P' + 1),
        _ => return None,
    })
}

fn numbered(number: u8) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number - 10),
        17..=21 => KeyCode::F(number - 11),
        23..=26 => KeyCode::F(number - 12),
        28..=29 => KeyCode::F(number - 15),
        31..=34 => KeyCode::F(number - 17),
        _ => return None,
    })
}

/// A key with what was held, as `modifiers` or `modifiers:kind`.
fn with(code: KeyCode, held: &str) -> Option<Event> {
    let (mask, kind) = held.split_once(':').unwrap_or((held, "1"));
    let mask: u8 = if mask.is_empty() {
        1
    } else {
        mask.parse().ok()?
    };
    let mask = mask.saturating_sub(1);
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
        (16, KeyModifiers::HYPER),
        (32, KeyModifiers::META),
    ] {
        modifiers.set(modifier, mask & bit != 0);
    }
    let kind = match kind {
        "2" => KeyEventKind::Repeat,
        "3" => KeyEventKind::Release,
        _ => KeyEventKind::Press,
    };
    let code = match code {
        KeyCode::Tab if modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        code => code,
    };
    Some(Event::Key(KeyEvent::new_with_kind(code, modifiers, kind)))
}

/// A key of the keyboard protocol of kitty, with the character that Shift makes of it after a colon.
fn unicode(key: &str, held: &str) -> Option<Event> {
    let mut codes = key.split(':');
    let code: u32 = codes.next()?.parse().ok()?;
    if let Some(code) = keypad(code) {
        return with(code, held);
    }
    // Keys that only this protocol knows, as Caps Lock, are in a private area and mean nothing here.
    let c = char::from_u32(code).filter(|_| !(57_344..=63_743).contains(&code))?;
    let code = match c {
        '\x1b' => KeyCode::Esc,
        '\r' => KeyCode::Enter,
        '\t' => KeyCode::Tab,
        '\x7f' => KeyCode::Backspace,
        c => KeyCode::Char(c),
    };
    let Event::Key(mut event) = with(code, held)? else {
        return None;
    };
    let shifted = codes.next().and_then(|code| code.parse().ok());
    if let Some(c) = shifted.and_then(char::from_u32)
        && event.modifiers.contains(KeyModifiers::SHIFT)
    {
        event.code = KeyCode::Char(c);
        event.modifiers.remove(KeyModifiers::SHIFT);
    }
    Some(Event::Key(event))
}

/// The keys of the keypad in the keyboard protocol of kitty.
fn keypad(code: u32) -> Option<KeyCode> {
    const FIRST: u32 = 57_399;
    const CHARACTERS: &str = "0123456789./*-+\r=,";
    let at = usize::try_from(code.checked_sub(FIRST)?).ok()?;
    if let Some(c) = CHARACTERS.chars().nth(at) {
        return Some(if c == '\r' {
            KeyCode::Enter
        } else {
            KeyCode::Char(c)
        });
    }
    let others = [
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Insert,
        KeyCode::Delete,
    ];
    others.get(at - CHARACTERS.len()).copied()
}

fn sgr_click(parameters: &str, released: bool) -> Option<Event> {
    let mut numbers = parameters.split(';');
    let button = numbers.next()?.parse().ok()?;
    let mut cell = || numbers.next()?.parse::<u16>().ok()?.checked_sub(1);
    mouse(button, cell()?, cell()?, released)
}

/// A click as rxvt tells it.
fn old_click(button: &str, column: &str, row: &str) -> Option<Event> {
    let cell = |text: &str| text.parse::<u16>().ok()?.checked_sub(1);
    mouse(
        button.parse::<u8>().ok()?.checked_sub(32)?,
        cell(column)?,
        cell(row)?,
        false,
    )
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "its callers give on what they get"
)]
fn mouse(code: u8, column: u16, row: u16, released: bool) -> Option<Event> {
    let button = match code & 3 {
        0 => Some(MouseButton::Left),
        1 => Some(MouseButton::Middle),
        2 => Some(MouseButton::Right),
        _ => None,
    };
    let (moves, wheel) = (code & 32 != 0, code & 64 != 0);
    let kind = match (wheel, moves, button) {
        (true, _, Some(MouseButton::Left)) => MouseEventKind::ScrollUp,
        (true, _, Some(MouseButton::Middle)) => MouseEventKind::ScrollDown,
        (true, _, Some(MouseButton::Right)) => MouseEventKind::ScrollLeft,
        (true, _, None) => MouseEventKind::ScrollRight,
        (false, true, Some(button)) => MouseEventKind::Drag(button),
        (false, true, None) => MouseEventKind::Moved,
        (false, false, Some(button)) if released => MouseEventKind::Up(button),
        (false, false, Some(button)) => MouseEventKind::Down(button),
        (false, false, None) => MouseEventKind::Up(MouseButton::Left),
    };
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::SHIFT, code & 4 != 0);
    modifiers.set(KeyModifiers::ALT, code & 8 != 0);
    modifiers.set(KeyModifiers::CONTROL, code & 16 != 0);
    Some(Event::Mouse(MouseEvent {
        kind,
        column,
        row,
        modifiers,
    }))
}
