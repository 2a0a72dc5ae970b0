//! Recording: what happens on a phone from a moment on becomes a scenario. The journal has it all;
//! what is kept here is the moment and the file.

use std::path::{self, Path, PathBuf};

use crate::{
    domain::notice::{Notice, Severity},
    engine::{
        command::{Format, Question},
        update::Answer,
    },
    tui::{
        app::model::{Leaving, Model},
        chat::{attach::at_home, phone::Recording},
        commands::slash::arguments::quoted,
        inspector::For,
    },
};

impl Model {
    /// Begins to record the phone in view; without a file it ends that.
    pub(crate) fn record(&mut self, file: Option<PathBuf>) -> Result<(), String> {
        let Some(file) = file else {
            return match self.end_recording() {
                0 => Err("nothing is recorded; name a file to begin".to_owned()),
                _ => Ok(()),
            };
        };
        if self.phone.id().is_none() {
            self.tell_read_only();
            return Ok(());
        }
        if let Some(recording) = &self.phone.recording {
            let file = recording.file.display();
            return Err(format!(
                "it records to {file} already; /record off ends that"
            ));
        }
        let file = at_home(&file);
        let file = path::absolute(&file).unwrap_or(file);
        let mut recording = Recording {
            file,
            since: self.ui.now,
            conversations: Vec::new(),
        };
        let head = self.phone.head.as_ref();
        recording.goes_on_in(head.and_then(|head| head.conversation.as_ref()));
        let detail = recording.file.display().to_string();
        self.phone.recording = Some(recording);
        self.tell(
            Severity::Info,
            "what follows is recorded as a scenario",
            &detail,
            "/record off writes it, and so does leaving handset",
        );
        Ok(())
    }

    /// Ends the recording of the phone in view; gives how many files are written.
    pub(crate) fn end_recording(&mut self) -> usize {
        let Some(recording) = self.phone.recording.take() else {
            return 0;
        };
        if recording.conversations.is_empty() {
            let detail = "no conversation was open";
            self.tell(Severity::Info, "nothing was recorded", detail, "");
        }
        let count = recording.conversations.len();
        for (conversation, number) in recording.conversations.into_iter().zip(1..) {
            let ask = self.ask(Question::Export {
                conversation,
                format: Format::Talk,
                file: Some(numbered(&recording.file, number)),
                since: Some(recording.since),
            });
            self.inspector.wait(ask, For::Recording);
        }
        count
    }

    /// Ends all recordings; gives how many files are written.
    pub(crate) fn end_recordings(&mut self) -> usize {
        let mut files = self.end_recording();
        for at in 0..self.others.len() {
            // Each in its turn in the place of the phone in view.
            std::mem::swap(&mut self.phone, &mut self.others[at]);
            files += self.end_recording();
            std::mem::swap(&mut self.phone, &mut self.others[at]);
        }
        files
    }

    /// A scenario was written, or was not.
    pub(crate) fn recorded(&mut self, answer: Answer) {
        match answer {
            Answer::Exported(file) => {
                let head = self.phone.head.as_ref();
                let is_sandbox = head.is_some_and(|head| head.sandbox);
                let path = file.display().to_string();
                // Nobody else's agents say what they said once more.
                let hint = format!("handset run {} tries it", quoted(&path));
                let notice = Notice {
                    severity: Severity::Success,
                    title: "the scenario was written".to_owned(),
                    detail: path,
                    hint: if is_sandbox { hint } else { String::new() },
                    path: Some(file),
                    ..Notice::default()
                };
                self.notices.answer(&notice, self.ui.now);
            }
            Answer::Failed(why) => {
                let title = "the scenario was not written";
                let hint = "handset export --format talk writes the whole conversation";
                self.tell(Severity::Warning, title, &why, hint);
            }
            _ => {}
        }
        if let Leaving::Recording(files) = self.leaving {
            self.leaving = match files.saturating_sub(1) {
                0 => self.leave(),
                files => Leaving::Recording(files),
            };
        }
    }
}

/// The file of the first conversation of a recording, or of a later one.
fn numbered(file: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return file.to_owned();
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{stem}-{number}.{extension}"))
}
