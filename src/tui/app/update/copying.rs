//! What is copied to the clipboard, and what came of it.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    domain::notice::Severity,
    tui::{
        app::model::{Copying, Model},
        commands::keys::Action,
        inspector::copy,
        terminal::clipboard::Copied,
    },
};

/// Bytes of a copied text that is shown in the notice of it.
const SHORT: usize = 100;

impl Model {
    pub(crate) fn copy_entry(&mut self, action: Action) {
        let entry = self
            .inspector
            .wire
            .selected()
            .and_then(|id| self.inspector.wire.get(id));
        let Some(entry) = entry else {
            return self.tell(Severity::Info, "there is no entry to copy", "", "");
        };
        let (what, text) = match action {
            Action::CopyCurl => (
                "the entry as a curl command",
                copy::curl(entry).into_bytes(),
            ),
            Action::CopyJson => ("the entry as JSON", copy::as_json(entry).into_bytes()),
            Action::CopyBody => ("the body", copy::sent(entry).to_owned()),
            _ => ("the answer's body", copy::answered(entry).to_owned()),
        };
        self.copy_bytes(what, text);
    }

    pub(crate) fn copy_value(&mut self) {
        if let Some(row) = self.inspector.state.chosen() {
            let what = match row.key.as_str() {
                "" => "the value".to_owned(),
                key => key.trim_start_matches(['+', '-', ' ']).to_owned(),
            };
            let text = row.whole.clone();
            self.put_on_clipboard(&what, text);
        }
    }

    /// Has the loop copy a text.
    pub(crate) fn put_on_clipboard(&mut self, what: &str, text: String) {
        self.copy_bytes(what, text.into_bytes());
    }

    /// The same for what may be no text. What a terminal or a shell takes for keys when it is
    /// pasted is copied as base64.
    fn copy_bytes(&mut self, what: &str, bytes: Vec<u8>) {
        let is_key = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        let (text, what) = match String::from_utf8(bytes) {
            Ok(text) if !text.contains(is_key) => (text, what.to_owned()),
            Ok(text) => (STANDARD.encode(text), format!("{what} as base64")),
            Err(no_text) => (
                STANDARD.encode(no_text.as_bytes()),
                format!("{what} as base64"),
            ),
        };
        if text.is_empty() {
            let title = format!("{what} is empty, so nothing was copied");
            return self.tell(Severity::Info, &title, "", "");
        }
        self.errands.copy = Some(Copying { what, text });
    }

    /// Tells what came of copying.
    pub fn copied(&mut self, copying: &Copying, outcome: std::io::Result<Copied>) {
        let (what, bytes) = (&copying.what, copying.text.len());
        match outcome {
            Ok(Copied::Clipboard) => {
                let by = format!("{bytes} bytes, to the terminal's clipboard by OSC 52");
                // What is short enough is shown, so that one sees what one has.
                let text = &copying.text;
                let short = bytes <= SHORT && !text.contains('\n');
                let detail = if short { text.clone() } else { by };
                self.tell(Severity::Info, &format!("copied {what}"), &detail, "");
            }
            Ok(Copied::File(file)) => {
                let title = format!("wrote {what} to a file");
                let detail = format!("{bytes} bytes are too many for a terminal's clipboard");
                let file = file.display().to_string();
                self.tell(Severity::Info, &title, &detail, &file);
            }
            Err(fault) => {
                let title = format!("cannot copy {what}");
                let detail = fault.to_string();
                self.tell(Severity::Warning, &title, &detail, "is the disk full?");
            }
        }
    }
}
