//! Which panes the screen shows, kept over restarts in the folder of the phone's files.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::{Value, json};

use crate::{
    rt::files,
    tui::app::focus::{KeepPanes, Panes},
};

/// The file, in the folder of the phone's files.
const FILE: &str = "screen.json";

/// What was kept; what cannot be read counts as nothing, for nothing is lost with it.
pub(super) fn read(folder: &Path) -> Panes {
    let kept = fs::read(folder.join(FILE)).unwrap_or_default();
    let kept: Value = serde_json::from_slice(&kept).unwrap_or_default();
    let word = kept.get("panes").and_then(Value::as_str);
    let mut all = Panes::ALL.into_iter();
    all.find(|panes| Some(panes.as_str()) == word)
        .unwrap_or_default()
}

/// Keeps what is shown in the file, which a kill leaves whole: as it was, or as it is to be.
pub(super) fn keeper(folder: PathBuf) -> KeepPanes {
    Arc::new(move |panes| keep(&folder, panes))
}

fn keep(folder: &Path, panes: Panes) -> io::Result<()> {
    let (file, next) = (folder.join(FILE), folder.join("screen.json.new"));
    let text = format!("{}\n", json!({ "panes": panes.as_str() }));
    let kept = write(&next, &text).and_then(|()| fs::rename(&next, &file));
    kept.map_err(|cause| {
        let shown = file.display();
        io::Error::new(cause.kind(), format!("cannot write {shown}: {cause}"))
    })
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    let mut file = files::private(file)?;
    file.set_len(0)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_what_is_broken_counts_as_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()), Panes::Both);
        let keep = keeper(folder.path().to_owned());
        for panes in [Panes::Inspector, Panes::Phone, Panes::Both] {
            keep(panes).unwrap();
            assert_eq!(read(folder.path()), panes);
        }
        for broken in ["", "{", "{\"panes\":7}", "{\"panes\":\"none\"}"] {
            fs::write(folder.path().join(FILE), broken).unwrap();
            assert_eq!(read(folder.path()), Panes::Both);
        }
        let gone = keeper(folder.path().join("gone"))(Panes::Both);
        assert!(gone.unwrap_err().to_string().contains("screen.json"));
    }
}
