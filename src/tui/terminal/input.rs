//! What the terminal reports, in the interface's own terms.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::layout::Position;

use crate::tui::commands::keys::{Chord, Key};

/// One thing the person did, or the terminal said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// A key with what was held.
    Key(Chord),
    /// Text that was pasted, whole.
    Paste(String),
    /// The terminal has the attention, or lost it.
    Looked(bool),
    /// Another size.
    Resize,
    /// The left mouse button went down.
    Click(Position),
    Wheel {
        up: bool,
        at: Position,
    },
}

/// Translates an event; `None` for what means nothing here.
pub(crate) fn translate(event: Event) -> Option<Input> {
    match event {
        Event::Key(key) => chord(key).map(Input::Key),
        Event::Paste(text) => Some(Input::Paste(text)),
        Event::FocusGained => Some(Input::Looked(true)),
        Event::FocusLost => Some(Input::Looked(false)),
        Event::Resize(..) => Some(Input::Resize),
        Event::Mouse(mouse) => pointer(mouse),
    }
}

fn pointer(mouse: MouseEvent) -> Option<Input> {
    let at = Position::new(mouse.column, mouse.row);
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Input::Click(at)),
        MouseEventKind::ScrollUp => Some(Input::Wheel { up: true, at }),
        MouseEventKind::ScrollDown => Some(Input::Wheel { up: false, at }),
        _ => None,
    }
}

fn chord(event: KeyEvent) -> Option<Chord> {
    // Some terminals report releases too; a repeat counts as a press.
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let held = |modifier| event.modifiers.contains(modifier);
    let (ctrl, alt) = (held(KeyModifiers::CONTROL), held(KeyModifiers::ALT));
    let mut shift = held(KeyModifiers::SHIFT);
    let key = match event.code {
        KeyCode::Char(c) => {
            shift = false;
            if ctrl || alt {
                Key::Char(c.to_ascii_lowercase())
            } else if held(KeyModifiers::SHIFT) && c.is_ascii_lowercase() {
                // The keyboard protocol of kitty may report the key and not the character.
                Key::Char(c.to_ascii_uppercase())
            } else {
                Key::Char(c)
            }
        }
        KeyCode::BackTab => {
            shift = true;
            Key::Tab
        }
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Insert => Key::Insert,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::F(number) => Key::F(number),
        _ => return None,
    };
    Some(Chord {
        key,
        ctrl,
        alt,
        shift,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Option<String> {
        chord(KeyEvent::new(code, modifiers)).map(|chord| chord.to_string())
    }

    #[test]
    fn chords_come_out_the_same_however_a_terminal_reports_them() {
        let control = KeyModifiers::CONTROL;
        let both = KeyModifiers::CONTROL | KeyModifiers::SHIFT;
        assert_eq!(pressed(KeyCode::Char('p'), control).unwrap(), "Ctrl+P");
        assert_eq!(pressed(KeyCode::Char('P'), both).unwrap(), "Ctrl+P");
        let back = pressed(KeyCode::BackTab, KeyModifiers::SHIFT).unwrap();
        assert_eq!(back, "Shift+Tab");
        let tab = pressed(KeyCode::Tab, KeyModifiers::SHIFT).unwrap();
        assert_eq!(tab, "Shift+Tab");
    }

    #[test]
    fn releases_are_dropped_and_repeats_kept() {
        let mut event = KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE);
        event.kind = KeyEventKind::Repeat;
        assert!(chord(event).is_some());
        event.kind = KeyEventKind::Release;
        assert!(chord(event).is_none());
    }
}
