//! Files that are sent from the phone: by their path, or picked in a folder.

use std::path::PathBuf;

use crate::{
    domain::conversation::event::Act,
    engine::command::Command,
    plain::{
        front::Front,
        menu::Pickable,
        words::{self, row},
    },
    tui::{
        chat::attach::{AttachRequest, Done, Entry, Is, Job},
        commands::slash::arguments,
    },
};

impl Front {
    /// Has a file made ready to be sent: its path, and a caption.
    pub(crate) fn attach(&mut self, argument: &str, anyway: bool) -> Result<(), String> {
        let (path, caption) = arguments::path(argument)?;
        let phone = self.at.ok_or("there is no phone yet")?;
        self.jobs.push(Job::Prepare(AttachRequest {
            phone,
            path,
            caption,
            anyway,
            pasted: None,
        }));
        Ok(())
    }

    /// Sends a file that was picked, or looks into a folder.
    pub(crate) fn pick_file(&mut self, path: PathBuf) {
        if path.is_dir() {
            self.jobs.push(Job::List { folder: Some(path) });
            return;
        }
        let quoted = arguments::quoted(&path.display().to_string());
        if let Err(why) = self.attach(&quoted, false) {
            self.warn(&why);
        }
    }

    /// Takes in what came of a job.
    pub(crate) fn on_done(&mut self, done: Option<Done>) {
        match done {
            Some(Done::Listed { folder, entries }) => match entries {
                Ok(entries) => {
                    let about = format!("Files in {}", folder.display());
                    let entries = entries.iter().filter_map(file_entry).collect();
                    self.menu(&about, entries);
                }
                Err(why) => self.warn(&why),
            },
            Some(Done::Prepared { request, outcome }) => match outcome {
                Err(why) => self.warn(&format!("the file was not sent: {why}")),
                Ok((mut attachment, objections)) => {
                    if let (Some(why), false) = (objections.first(), request.anyway) {
                        let path = arguments::quoted(&request.path.display().to_string());
                        return self.warn(&format!(
                            "the file was not sent: {why}; /image! {path} sends it all the same"
                        ));
                    }
                    let Some(phone) = self.phones.get_mut(&request.phone) else {
                        return self.warn("the file was not sent: its phone is closed");
                    };
                    phone.submitted += 1;
                    attachment.metadata = phone.metadata.take();
                    self.command(Command::Act {
                        phone: request.phone,
                        act: Act::Attach(attachment),
                    });
                }
            },
            Some(Done::Judged { .. } | Done::Looked { .. } | Done::Peeked(_)) => {}
            None => self.warn("that was not done: a file could not be read; try again in a moment"),
        }
    }
}

fn file_entry(entry: &Entry) -> Option<(String, Pickable)> {
    let about = match &entry.is {
        Is::Folder => "folder".to_owned(),
        Is::File(facts) => words::size(facts.bytes),
        Is::Nothing(_) => return None,
    };
    let label = format!("{}, {about}", row(&entry.name.as_str().into()));
    Some((label, Pickable::File(entry.path.clone())))
}
