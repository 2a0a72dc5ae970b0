//! Sending files: by path, from the picker, by a paste that turned out to be
//! a picture. What takes time is a [`Job`].

use std::path::PathBuf;

use crate::{
    domain::{
        conversation::event::{Act, Attachment},
        ids::PhoneId,
        notice::Severity,
    },
    engine::command::Command,
    media::attach::Objection,
    tui::{
        app::model::Model,
        chat::attach::{self, AttachRequest, Done, Entry, Is, Job, PeekedPath},
        commands::slash::arguments,
        popups::{Popup, file::File, files::Files},
        text::edit::Editor,
    },
};

impl Model {
    /// `/image` and its like: a path and a caption.
    pub(crate) fn attach_path(&mut self, argument: &str, anyway: bool) -> Result<(), String> {
        let (path, caption) = arguments::path(argument)?;
        let Some(phone) = self.phone.id() else {
            self.tell_read_only();
            return Ok(());
        };
        self.jobs.push(Job::Prepare(AttachRequest {
            phone,
            path,
            caption,
            anyway,
            pasted: None,
        }));
        Ok(())
    }

    /// `/attach`: a folder, or a file in it.
    pub(crate) fn pick_in(&mut self, argument: &str) -> Result<(), String> {
        let folder = if argument.is_empty() {
            None
        } else {
            // It takes no caption: what follows a blank is the path still.
            let (path, rest) = arguments::path(argument)?;
            Some(if rest.is_empty() {
                path
            } else {
                PathBuf::from(argument.trim())
            })
        };
        self.open_picker(folder);
        Ok(())
    }

    /// Opens the picker in a folder, or where it was last.
    pub(crate) fn open_picker(&mut self, folder: Option<PathBuf>) {
        let Some(phone) = self.phone.id() else {
            return self.tell_read_only();
        };
        let picker = Files::new(phone);
        self.toggle(Popup::Files(Box::new(picker)));
        self.jobs.push(Job::List {
            folder: folder.or_else(|| self.folder.clone()),
        });
    }

    /// Looks whether a pasted text is a picture.
    pub(crate) fn judge(&mut self, pasted: &str) {
        if self.is_composing()
            && !attach::paths_in(pasted).is_empty()
            && let Some(phone) = self.phone.id()
        {
            self.jobs.push(Job::Judge {
                phone,
                pasted: pasted.to_owned(),
            });
        }
    }

    /// Takes in what came of a job; `None` when it was not done.
    pub(crate) fn on_done(&mut self, done: Option<Done>) {
        let Some(done) = done else {
            if let Some(picker) = self.picker() {
                picker.peek_failed();
            }
            self.tell(
                Severity::Warning,
                "that was not done",
                "files take long to answer, or one could not be read",
                "try again in a moment",
            );
            return;
        };
        match done {
            Done::Listed { folder, entries } => self.listed(folder, entries),
            Done::Judged {
                phone,
                pasted,
                pictures,
            } => {
                // A user who went on elsewhere meanwhile is not asked.
                let here = self.is_composing() && self.phone.id() == Some(phone);
                if here
                    && self
                        .phone
                        .chat
                        .composer
                        .field
                        .text()
                        .contains(pasted.trim())
                {
                    // The first one is asked about first, and takes the text with it.
                    let first = |at: usize| (at == 0).then(|| pasted.clone());
                    for (at, (path, facts)) in pictures.into_iter().enumerate().rev() {
                        let sending = File::new(phone, path, facts, first(at));
                        self.popups.push(Popup::File(Box::new(sending)));
                    }
                }
            }
            Done::Looked { phone, path, is } => self.looked_at(phone, path, is),
            Done::Peeked(peeked) => self.peeked(peeked),
            Done::Prepared { request, outcome } => self.prepared(&request, outcome),
        }
    }

    /// Goes where a path leads that was written into the picker.
    fn looked_at(&mut self, phone: PhoneId, path: PathBuf, is: Is) {
        let Some(Popup::Files(picker)) = self.popups.last_mut() else {
            return;
        };
        match is {
            Is::Folder => {
                picker.field = Editor::default();
                picker.chosen = 0;
                self.jobs.push(Job::List { folder: Some(path) });
            }
            Is::File(facts) => {
                self.popups.pop();
                let file = File::new(phone, path, facts, None);
                self.popups.push(Popup::File(Box::new(file)));
            }
            Is::Nothing(reason) => {
                self.tell(Severity::Warning, "it cannot be sent", &reason, "");
            }
        }
    }

    /// The folder to choose a file from, if one is shown.
    fn picker(&mut self) -> Option<&mut Files> {
        let mut popups = self.popups.iter_mut().rev();
        popups.find_map(|popup| match popup {
            Popup::Files(picker) => Some(&mut **picker),
            _ => None,
        })
    }

    /// Has the path looked at that is being written into the picker, one look at a time.
    pub(crate) fn peek_at_written(&mut self) {
        if let Some(path) = self.picker().and_then(Files::begin_peek) {
            self.jobs.push(Job::Peek { path });
        }
    }

    fn peeked(&mut self, peeked: PeekedPath) {
        if let Some(picker) = self.picker() {
            picker.peeked(peeked);
        }
    }

    fn listed(&mut self, folder: PathBuf, entries: Result<Vec<Entry>, String>) {
        let Some(picker) = self.picker() else {
            return;
        };
        match entries {
            Ok(entries) => {
                picker.entries = Ok(entries);
                picker.folder = Some(folder.clone());
                self.folder = Some(folder);
            }
            Err(reason) if picker.folder.is_some() => {
                // The folder before stays.
                self.tell(Severity::Warning, "that folder stays closed", &reason, "");
            }
            Err(reason) => {
                // There is a folder further up to go on from.
                let above = folder.parent().map(|above| {
                    let named = !above.as_os_str().is_empty();
                    named.then(|| above.to_owned())
                });
                picker.entries = Err(reason.clone());
                if let Some(above) = above {
                    self.folder = None;
                    self.jobs.push(Job::List { folder: above });
                    self.tell(Severity::Warning, "that folder stays closed", &reason, "");
                }
            }
        }
    }

    /// Writes the command of a file that was not sent into its composer again, unless something else
    /// is written there by now.
    fn put_back(&mut self, request: &AttachRequest) {
        let Some(phone) = self.phone_of(request.phone) else {
            return;
        };
        if phone.chat.composer.field.is_empty() {
            let word = if request.anyway { "/image!" } else { "/image" };
            let path = arguments::quoted(&request.path.display().to_string());
            let command = format!("{word} {path} {}", request.caption);
            phone.chat.composer.field = Editor::holding(command.trim_end());
        }
    }

    fn prepared(
        &mut self,
        request: &AttachRequest,
        outcome: Result<(Box<Attachment>, Vec<Objection>), String>,
    ) {
        let mine = |popup: &Popup| matches!(popup, Popup::File(sending) if sending.busy && sending.what.path == request.path);
        let (mut attachment, objections) = match outcome {
            Ok(ready) => ready,
            Err(reason) => {
                // What a request takes for the caption may have been the rest of the path.
                let is_written = !self.popups.iter().any(mine);
                if is_written {
                    self.put_back(request);
                }
                let hint = if is_written && !request.caption.is_empty() {
                    "a path with blanks goes in quotes"
                } else {
                    ""
                };
                self.popups.retain(|popup| !mine(popup));
                self.tell(Severity::Warning, "the file was not sent", &reason, hint);
                return;
            }
        };
        if let Some(why) = objections.first()
            && !request.anyway
        {
            let path = request.path.display().to_string();
            let hint = format!(
                "/image! {} sends it all the same, to see what the cloud says",
                arguments::quoted(&path)
            );
            let why = why.to_string();
            self.popups.retain(|popup| !mine(popup));
            self.tell(Severity::Warning, "the file was not sent", &why, &hint);
            return;
        }
        self.popups.retain(|popup| !mine(popup));
        let id = request.phone;
        let Some(phone) = self.phone_of(id) else {
            let why = "the phone it was for is closed";
            self.tell(Severity::Warning, "the file was not sent", why, "");
            return;
        };
        attachment.metadata = phone.chat.composer.metadata.take();
        phone.chat.transcript.follow();
        if let Some(pasted) = &request.pasted {
            // The path has become the file; what else was written stays.
            let left = phone
                .chat
                .composer
                .field
                .text()
                .replacen(pasted.trim(), "", 1);
            phone.chat.composer.field = Editor::holding(left.trim());
            if let Some(standing) = phone.chat.composer.typed() {
                let act = Act::Typed { standing };
                self.commands.push(Command::Act { phone: id, act });
            }
        }
        let act = Act::Attach(attachment);
        self.commands.push(Command::Act { phone: id, act });
    }
}
