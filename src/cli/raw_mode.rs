//! The terminal in raw mode: it gives keys one by one and shows none.

use std::io;

use crossterm::terminal;

/// Raw mode, until this is dropped.
pub(crate) struct RawMode;

impl RawMode {
    pub(crate) fn enter() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // There is nobody to tell but the user, who sees it.
        let _ = terminal::disable_raw_mode();
    }
}
