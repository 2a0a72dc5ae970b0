//! What is copied to the clipboard, and what came of it.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    domain::{
        content::Content,
        ids::PhoneId,
        line::{Line, LineBody},
        notice::Severity,
        rich::plain,
    },
    tui::{
        app::{errands::Copying, model::Model},
        commands::keys::Action,
        inspector::copy,
        terminal::clipboard::Copied,
    },
};

/// What a line says in plain words.
fn said(line: &Line) -> String {
    match line.content() {
        Some(Content::Text { text, .. }) => text.to_string(),
        Some(Content::File(file)) => match file.caption.as_str() {
            "" => file.file_type.to_string(),
            caption => caption.to_owned(),
        },
        Some(Content::Rich { content, .. }) => {
            let lines: Vec<String> = plain::lines(content)
                .iter()
                .map(ToString::to_string)
                .collect();
            lines.join("\n")
        }
        Some(Content::Form { title }) => title.to_string(),
        None => match &line.body {
            LineBody::Quiet { text } => text.to_string(),
            LineBody::Mine { .. } | LineBody::Theirs { .. } => String::new(),
        },
    }
}

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
        let mut needs = String::new();
        let (what, text) = match action {
            Action::CopyCurl => {
                needs = copy::needed(entry);
                let consumer = self.consumer_of(entry.phone);
                ("as curl", copy::curl(entry, consumer).into_bytes())
            }
            Action::CopyJson => ("the entry as JSON", copy::as_json(entry).into_bytes()),
            Action::CopyBody => ("the body", copy::sent(entry).to_owned()),
            _ => ("the answer's body", copy::answered(entry).to_owned()),
        };
        self.copy_bytes(what, text);
        if let (Some(copying), false) = (&mut self.errands.copy, needs.is_empty()) {
            copying.needs = needs;
        }
    }

    /// The `ext_consumer_id` of a phone's consumer.
    fn consumer_of(&self, id: Option<PhoneId>) -> Option<&str> {
        let mut phones = std::iter::once(&self.phone).chain(&self.others);
        let phone = phones.find(|phone| id.is_some() && phone.id() == id)?;
        Some(phone.persona.as_deref()?.consumer.as_str())
    }

    /// Copies what the selected message of the phone says.
    pub(crate) fn copy_text(&mut self) {
        let lines = &self.phone.chat.lines;
        let line = self.phone.chat.selected.and_then(|id| lines.get(id));
        if let Some(text) = line.map(said) {
            self.put_on_clipboard("the text of the message", text);
        } else {
            let key = self.ui.shown(Action::SelectPrevious);
            let hint = format!("click one, or use {key}");
            self.tell(Severity::Info, "no message is selected", "", &hint);
        }
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
        if self.mask().is_some_and(|mask| mask.masks(&text)) {
            let title = format!("{what} is masked, so nothing was copied");
            self.tell(Severity::Info, &title, "private mode is on", "");
            return self.tell_presenter("masked: not copied");
        }
        if text.is_empty() {
            let title = format!("{what} is empty, so nothing was copied");
            return self.tell(Severity::Info, &title, "", "");
        }
        self.errands.copy = Some(Copying {
            what,
            text,
            needs: String::new(),
        });
    }

    /// Tells what came of copying.
    pub fn copied(&mut self, copying: &Copying, outcome: std::io::Result<Copied>) {
        let (what, bytes) = (&copying.what, copying.text.len());
        match outcome {
            Ok(Copied::Clipboard) => {
                // Whether the terminal takes it, the terminal does not say.
                let by = "to the terminal's clipboard by OSC 52";
                // What is short enough is shown, so that the user sees what was copied.
                let text = &copying.text;
                let is_short = bytes <= SHORT && !text.contains('\n');
                let (detail, hint) = match copying.needs.as_str() {
                    "" if text == what => (String::new(), by),
                    "" if is_short => (text.clone(), by),
                    "" => (format!("{bytes} bytes"), by),
                    needs => (format!("set {needs} to use it"), ""),
                };
                self.tell(Severity::Success, &format!("copied {what}"), &detail, hint);
            }
            Ok(Copied::File(file)) => {
                let title = format!("wrote {what} to a file");
                let detail = format!("{bytes} bytes are too many for a terminal's clipboard");
                self.tell_of_file(&title, &detail, &file);
            }
            Err(fault) => {
                let title = format!("cannot copy {what}");
                let detail = fault.to_string();
                self.tell(Severity::Warning, &title, &detail, "is the disk full?");
            }
        }
    }
}
