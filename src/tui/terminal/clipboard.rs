//! Copying what the person asked for: to the clipboard of the terminal they
//! sit at, or to a file where it is too long for that.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    sync::Arc,
};

use crossterm::{clipboard::CopyToClipboard, execute};

/// Bytes that terminals are known to take by OSC 52; hterm takes the fewest.
const MOST: usize = 74_994;

/// Where a copy went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copied {
    /// To the terminal's clipboard. The terminal does not say whether it took it.
    Clipboard,
    /// Into this file, in place of what was copied there before.
    File(PathBuf),
}

/// Copies a text, for [`Settings::copy`](crate::tui::app::settings::Settings::copy).
pub type Copy = Arc<dyn Fn(&str) -> io::Result<Copied> + Send + Sync>;

/// Copies to the terminal behind standard output by OSC 52; what is too long goes to `copied.txt`
/// in a folder.
pub fn of_terminal(folder: PathBuf) -> Copy {
    Arc::new(move |text| {
        if text.len() <= MOST {
            execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))?;
            return Ok(Copied::Clipboard);
        }
        // A few megabytes at most, so the keyboard does not feel the write.
        fs::create_dir_all(&folder)?;
        let file = folder.join("copied.txt");
        // What was said is for nobody else to read.
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options.open(&file)?.write_all(text.as_bytes())?;
        Ok(Copied::File(file))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_terminal_takes_goes_to_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let copy = of_terminal(folder.path().join("new"));
        let text = "x".repeat(MOST + 1);
        let Copied::File(file) = copy(&text).unwrap() else {
            panic!("too long for a terminal");
        };
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_to_string(file).unwrap(), text);
    }
}
