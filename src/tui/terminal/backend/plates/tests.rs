//! What a terminal is told of pictures as they come, move and are covered.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use ratatui::{
    backend::{Backend as _, ClearType},
    buffer::Buffer,
    layout::Rect,
    style::Style,
};

use crate::tui::terminal::{
    backend::{Glyphs, Screen},
    images::{
        cells::Halves,
        plates::{Piece, Plates, Protocol},
    },
};

/// What stands for the picture's bytes.
const PICTURE: &str = "<the picture>";
const AREA: Rect = Rect::new(0, 0, 20, 6);

#[derive(Clone, Default)]
struct Wire(Arc<Mutex<Vec<u8>>>);

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A terminal with one picture of 3 columns and 2 rows to show.
struct Workspace {
    wire: Wire,
    screen: Screen<Wire>,
    shown: Buffer,
    id: u32,
}

impl Workspace {
    fn new(protocol: Protocol) -> Self {
        let plates = Plates::new(protocol, None, 7);
        let halves = vec![Halves::default(); 6];
        let plate = plates.hang((3, 2), halves, |_| Some(PICTURE.as_bytes().to_vec()));
        let id = plate.unwrap().id;
        let wire = Wire::default();
        Self {
            screen: Screen::new(wire.clone(), Glyphs::Whole).with_plates(plates),
            wire,
            shown: Buffer::empty(AREA),
            id,
        }
    }

    /// Draws a frame and gives what the terminal was told.
    fn draw(&mut self, draw: impl FnOnce(&mut Buffer, u32)) -> String {
        let mut next = Buffer::empty(AREA);
        draw(&mut next, self.id);
        let changes = self.shown.diff(&next);
        self.screen.draw(changes.into_iter()).unwrap();
        self.screen.flush().unwrap();
        self.shown = next;
        let told = std::mem::take(&mut *self.wire.0.lock().unwrap());
        String::from_utf8(told).unwrap()
    }

    fn clear(&mut self) {
        self.screen.clear_region(ClearType::All).unwrap();
        self.shown = Buffer::empty(AREA);
    }
}

/// The picture with its corner there, as far as it is on the screen.
fn picture(x: u16, y: u16) -> impl Fn(&mut Buffer, u32) {
    move |buffer, id| {
        for row in 0..2 {
            for column in 0..3 {
                if let Some(cell) = buffer.cell_mut((x + column, y + row)) {
                    Piece { id, row, column }.put(cell);
                }
            }
        }
    }
}

#[test]
fn kitty_is_told_the_picture_once_and_its_pieces_as_cells() {
    let mut workspace = Workspace::new(Protocol::Kitty);
    let told = workspace.draw(picture(2, 1));
    assert_eq!(told.matches(PICTURE).count(), 1);
    let (before, after) = told.split_once(PICTURE).unwrap();
    assert!(!before.contains('\u{10eeee}'));
    assert_eq!(after.matches('\u{10eeee}').count(), 6);
    let told = workspace.draw(picture(5, 3));
    assert!(!told.contains(PICTURE) && told.contains('\u{10eeee}'));
}

#[test]
fn others_are_told_the_picture_where_it_is_whole_and_only_when_it_changed() {
    for protocol in [Protocol::Iterm2, Protocol::Sixel] {
        let mut workspace = Workspace::new(protocol);
        let told = workspace.draw(picture(2, 1));
        assert!(told.contains(&format!("\x1b[2;3H{PICTURE}")), "{told:?}");
        assert!(!told.contains('\u{10eeee}'));
        // Nothing of it changed.
        let told = workspace.draw(|buffer, id| {
            picture(2, 1)(buffer, id);
            buffer.set_string(0, 5, "typing", Style::new());
        });
        assert!(!told.contains(PICTURE), "{told:?}");
        // It moved.
        let told = workspace.draw(picture(2, 2));
        assert!(told.contains(&format!("\x1b[3;3H{PICTURE}")), "{told:?}");
    }
}

#[test]
fn a_picture_that_is_covered_or_cut_off_is_left_to_its_cells() {
    let mut workspace = Workspace::new(Protocol::Iterm2);
    // Its second row lies below the screen.
    let told = workspace.draw(picture(0, 5));
    assert!(
        !told.contains(PICTURE) && !told.contains('\u{10eeee}'),
        "{told:?}"
    );
    workspace.draw(picture(2, 1));
    let cover = |buffer: &mut Buffer, id| {
        picture(2, 1)(buffer, id);
        buffer.set_string(3, 1, "!", Style::new());
    };
    let told = workspace.draw(cover);
    assert!(!told.contains(PICTURE), "{told:?}");
    // Uncovered, it is told again.
    let told = workspace.draw(picture(2, 1));
    assert!(told.contains(PICTURE), "{told:?}");
}

#[test]
fn a_picture_whose_row_is_written_anew_is_told_again() {
    let mut workspace = Workspace::new(Protocol::Iterm2);
    workspace.draw(picture(2, 1));
    // A glyph terminals do not agree about has its whole row written anew.
    let told = workspace.draw(|buffer, id| {
        picture(2, 1)(buffer, id);
        buffer.set_string(10, 1, "👍🏽", Style::new());
    });
    assert!(told.contains(PICTURE), "{told:?}");
}

#[test]
fn a_cleared_terminal_is_told_again() {
    for protocol in [Protocol::Kitty, Protocol::Iterm2, Protocol::Sixel] {
        let mut workspace = Workspace::new(protocol);
        workspace.draw(picture(2, 1));
        workspace.clear();
        let told = workspace.draw(picture(2, 1));
        assert!(told.contains(PICTURE), "{protocol:?} {told:?}");
    }
}

#[test]
fn a_picture_that_is_gone_leaves_blanks() {
    for protocol in [Protocol::Kitty, Protocol::Iterm2, Protocol::Sixel] {
        let mut workspace = Workspace::new(protocol);
        let told = workspace.draw(|buffer, _| picture(2, 1)(buffer, 0x00ff_ffff));
        assert!(
            !told.contains('\u{10eeee}') && !told.contains(PICTURE),
            "{told:?}"
        );
    }
}
