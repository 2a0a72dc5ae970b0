//! What Enter does in the composer: send, carry a slash command out, complete one.

use crate::{
    domain::{conversation::event::Act, notice::Severity},
    tui::{
        app::model::{Focus, Model},
        commands::slash::{self, Draft},
        text::edit::Editor,
    },
};

impl Model {
    /// Sends the draft, or carries it out when it is a command.
    pub(crate) fn submit(&mut self) {
        if self.phone.chat.composer.field.is_empty() {
            return self.use_selected();
        }
        if self.take_completion() {
            return;
        }
        let draft = self.phone.chat.composer.field.text().to_owned();
        match slash::read(&draft) {
            Draft::Chat(text) => {
                if text.trim().is_empty() {
                    return;
                }
                let text = text.to_owned();
                let metadata = self.phone.chat.composer.metadata.take();
                self.order(Act::Submit { text, metadata });
                self.phone.chat.composer.clear();
                self.follow_phone();
            }
            Draft::Command(slash, argument) => {
                let argument = argument.to_owned();
                let thread = self.phone.thread;
                if self.carry_out(slash, &argument) {
                    // Another phone may have come into view, with a draft of its own.
                    let phones = std::iter::once(&mut self.phone).chain(&mut self.others);
                    for phone in phones.filter(|phone| phone.thread == thread) {
                        phone.chat.composer.clear();
                    }
                }
            }
            Draft::Unknown(name) => {
                let name = name.to_owned();
                self.tell(
                    Severity::Warning,
                    &format!("there is no command /{name}"),
                    "it was not sent",
                    "F1 lists the commands; // at the start sends a text that begins with /",
                );
            }
        }
    }

    /// Enter with nothing written: use what the selected bubble offers.
    pub(crate) fn use_selected(&mut self) {
        if let (Some(item), Some(button)) = (self.phone.chat.selected, self.phone.button) {
            self.use_spot(item, button);
        } else if let Some(id) = self.phone.chat.selected
            && self.phone.chat.failed() == Some(id)
        {
            self.order(Act::Retry(id));
        }
    }

    /// Puts a completion into the draft when it stands for one; true when Enter did no more.
    fn take_completion(&mut self) -> bool {
        let completions = self.phone.chat.composer.completions(&self.names());
        let draft = self.phone.chat.composer.field.text();
        let bare = matches!(slash::read(draft), Draft::Command(_, ""));
        self.phone.chat.composer.take_completion(&completions, bare)
    }

    /// Puts the chosen completion, or the first, into the draft.
    pub(crate) fn complete(&mut self) {
        let completions = self.phone.chat.composer.completions(&self.names());
        self.phone.chat.composer.complete(&completions);
    }

    /// Begins a draft in the composer for the person to finish.
    pub(crate) fn begin_draft(&mut self, draft: &str) {
        self.focus = Focus::Composer;
        self.inspector.filtering = false;
        self.phone.chat.composer.field = Editor::holding(draft);
        self.edited();
    }
}
