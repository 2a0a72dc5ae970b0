//! The terminal is lent to the shell or to an editor, and comes back.

use crate::{
    domain::{conversation::event::Act, notice::Severity},
    engine::update::Phase,
    tui::{
        app::{
            errands::Farewell,
            keyboard::{ChatPane, Keyboard},
            model::Model,
        },
        terminal::editor::EditorError,
        text::edit::{Editor, LONGEST},
    },
};

impl Model {
    /// Asks for handset to be stopped until the shell lets it go on.
    pub(crate) fn suspend(&mut self) {
        if !self.lends {
            return self.tell(Severity::Info, "there is no shell to go back to", "", "");
        }
        if !self.never_suspend.is_empty() {
            let (title, why) = ("handset does not stop here", self.never_suspend.clone());
            return self.tell(Severity::Warning, title, &why, "");
        }
        let head = self.phone.head.as_ref();
        let is_open = head.is_some_and(|head| head.phase == Phase::Open);
        let tells = self.looked && is_open && !self.phone.switches.flight;
        self.look_away();
        self.errands.suspend = Some(if tells {
            Farewell::Told
        } else {
            Farewell::Needless
        });
    }

    /// Nobody looks at the screen; the cloud is told, as when the window loses the attention.
    fn look_away(&mut self) {
        self.looked = false;
        self.send(Act::Looked(false));
        self.report_look();
    }

    /// The screen is seen again.
    pub(crate) fn look_again(&mut self) {
        self.looked = true;
        self.send(Act::Looked(true));
        self.errands.redraw = true;
    }

    /// Asks for the draft to be written in the user's editor.
    pub(crate) fn open_editor(&mut self, at: Keyboard) {
        let pane = at.chat_pane().unwrap_or(if self.workspace.alone {
            ChatPane::Agent
        } else {
            ChatPane::Phone
        });
        if !self.lends {
            return self.tell(Severity::Info, "there is no terminal for an editor", "", "");
        }
        if pane == ChatPane::Phone && self.phone.past().is_some() {
            return self.tell_read_only();
        }
        let written = self.page(pane);
        let Some(chat) = self.chat_on(&written) else {
            return self.tell(Severity::Info, "nothing can be written here", "", "");
        };
        self.errands.edit = Some(chat.composer.field.text().to_owned());
        self.edited = Some(written);
    }

    /// What was written in the editor comes into the draft it was taken from.
    pub(crate) fn written(&mut self, written: Result<String, EditorError>) {
        self.errands.redraw = true;
        let Some(page) = self.edited.take() else {
            return;
        };
        let text = match written {
            Ok(text) => text,
            Err(error) => {
                let (title, why) = ("the draft is as it was", error.to_string());
                let hint = "VISUAL or EDITOR names the editor";
                return self.tell(Severity::Warning, title, &why, hint);
            }
        };
        let mut field = Editor::default();
        if !field.insert(&text) {
            let (title, most) = ("the draft is as it was", LONGEST / 1024);
            let why = format!("what was written is longer than {most} KiB");
            return self.tell(Severity::Warning, title, &why, "");
        }
        if let Some(chat) = self.chat_on(&page) {
            chat.composer.field = field;
        } else {
            // Its phone or conversation has gone meanwhile; what was written is not lost for that.
            self.write(&text);
        }
        for pane in [ChatPane::Phone, ChatPane::Agent] {
            if self.page(pane) == page {
                self.draft_changed(pane);
            }
        }
    }
}
