//! A text written in the user's own editor: `$VISUAL`, else `$EDITOR`, else vi.

use std::{
    env, fs,
    io::{self, Write as _},
    path::PathBuf,
    process::Stdio,
};

use crate::config::text;

/// Why nothing came back from the editor.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EditorError {
    #[error("cannot write the draft to a temporary file: {0}")]
    Write(#[source] io::Error),
    #[error("cannot start the editor {program:?}: {cause}")]
    Start {
        program: String,
        #[source]
        cause: io::Error,
    },
    #[error("the editor {program:?} ended with {status}")]
    Failed {
        program: String,
        status: std::process::ExitStatus,
    },
    #[error("cannot read what was written: {0}")]
    Read(#[source] io::Error),
}

/// A folder of its own with the draft in it, which goes with its end.
struct DraftFile {
    folder: PathBuf,
    file: PathBuf,
}

impl DraftFile {
    fn new(draft: &str) -> io::Result<Self> {
        let name = format!("handset-{}", uuid::Uuid::new_v4().simple());
        let folder = env::temp_dir().join(name);
        let mut builder = fs::DirBuilder::new();
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
            builder.mode(0o700);
            options.mode(0o600);
        }
        builder.create(&folder)?;
        let file = folder.join("draft.txt");
        let made = Self { folder, file };
        options.open(&made.file)?.write_all(draft.as_bytes())?;
        Ok(made)
    }
}

impl Drop for DraftFile {
    fn drop(&mut self) {
        // With it goes what the editor left beside the draft.
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            let folder = self.folder.display();
            tracing::warn!(%error, %folder, "a draft written in an editor was not removed");
        }
    }
}

/// The user's editor, as the environment says: a command with its arguments.
fn program() -> String {
    let said = |name: &str| env::var(name).ok().filter(|said| !said.trim().is_empty());
    said("VISUAL")
        .or_else(|| said("EDITOR"))
        .unwrap_or_else(|| "vi".to_owned())
}

/// Lets somebody write in their editor, which has the terminal meanwhile; gives back what they
/// wrote, without the line end that editors put behind the last line.
pub(crate) async fn edit(draft: String) -> Result<String, EditorError> {
    let file = DraftFile::new(&draft).map_err(EditorError::Write)?;
    let program = program();
    let mut command = if cfg!(unix) {
        // The shell takes the command apart, as git has it do.
        let mut shell = tokio::process::Command::new("sh");
        shell.args(["-c", &format!("{program} \"$1\""), "sh"]);
        shell
    } else {
        let mut words = program.split_whitespace();
        let mut command = tokio::process::Command::new(words.next().unwrap_or("notepad"));
        command.args(words);
        command
    };
    let status = command
        .arg(&file.file)
        .stdin(Stdio::inherit())
        .stdout(Stdio::inherit())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .status()
        .await;
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(EditorError::Failed { program, status }),
        Err(cause) => return Err(EditorError::Start { program, cause }),
    }
    let written = text::read(&file.file).map_err(EditorError::Read)?;
    let end = written.strip_suffix('\n').unwrap_or(&written).len();
    Ok(written.get(..end).unwrap_or_default().to_owned())
}
