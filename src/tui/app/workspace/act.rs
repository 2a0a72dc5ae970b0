//! What each action does in the agent workspace.

use crate::{
    domain::{
        content::Content,
        json,
        line::{Line, LineBody},
        notice::Severity,
        workspace::command::Command,
    },
    tui::{
        agent::{AgentSession, conversation::AgentConversation, pick::Pick},
        app::{keyboard::ChatPane, model::Model},
        commands::keys::Action,
        inspector::Tab,
        popups::{
            Popup, content, facts,
            palette::{Palette, PickerKind},
        },
    },
};

impl Model {
    /// Shows what is known of the consumer.
    pub(crate) fn show_facts(&mut self) {
        if self.workspace.conversation().is_some() {
            self.toggle(Popup::Facts(facts::page()));
        } else {
            self.tell_no_conversation();
        }
    }

    /// Shows the workspace; logs the first agent in where nobody is logged in.
    pub(crate) fn go_to_workspace(&mut self) {
        if !self.close_popups() {
            return;
        }
        self.go_to_tab(Tab::Agent);
        if self.workspace.is_taken() || self.workspace.logging_in.is_some() {
            return;
        }
        if let Some(user) = self.workspace.users.first().cloned() {
            self.log_in(user);
        } else {
            let hint = self.workspace.hint.clone();
            let title = "no agent can log in";
            self.tell(Severity::Info, title, &hint, "");
        }
    }

    /// Logs an agent in, or goes to their session.
    pub(crate) fn log_in(&mut self, user: String) {
        self.go_to_tab(Tab::Agent);
        let mut sessions = self.workspace.sessions.iter();
        if let Some(at) = sessions.position(|session| session.user == user) {
            return self.bring_session(at);
        }
        if let Some(logging_in) = &self.workspace.logging_in {
            let title = format!("{logging_in} is logging in just now");
            return self.tell(Severity::Info, &title, "", "");
        }
        self.workspace.logging_in = Some(user.clone());
        self.workspace.log_in_next = Some(user);
    }

    /// Asks the session in view to log out; it tells when it has.
    pub(crate) fn log_out(&mut self) {
        if self.workspace.is_taken() {
            self.workspace.send(Command::Quit);
        } else {
            self.tell(Severity::Info, "no agent is logged in", "", "");
        }
    }

    /// Everybody logs out; handset ends. Where there is no phone, nothing else has to end.
    pub(crate) fn log_everybody_out(&mut self) {
        let sessions = self.workspace.sessions.iter().map(|session| session.number);
        let numbers: Vec<usize> = sessions.collect();
        for number in numbers {
            self.workspace.commands.push((number, Command::Quit));
        }
    }

    pub(crate) fn open_in_workspace(&mut self, kind: PickerKind) {
        let missing = match kind {
            PickerKind::Agents => self.workspace.users.is_empty(),
            PickerKind::Availabilities => !self.workspace.is_taken(),
            _ => false,
        };
        if missing {
            let hint = self.workspace.hint.clone();
            return self.tell(Severity::Info, "no agent is logged in", &hint, "");
        }
        if matches!(
            kind,
            PickerKind::Replies | PickerKind::Cards | PickerKind::Takers
        ) && !self
            .workspace
            .conversation()
            .is_some_and(AgentConversation::takes_text)
        {
            return self.tell_no_conversation();
        }
        if kind == PickerKind::Takers
            && self
                .workspace
                .session()
                .is_none_or(|session| session.takers().is_empty())
        {
            let title = "nobody is known it could be handed to";
            let detail = "this login may not see the account's skills and agents";
            return self.tell(Severity::Info, title, detail, "");
        }
        self.toggle(Popup::Palette(Palette::new(kind)));
    }

    pub(crate) fn tell_no_conversation(&mut self) {
        let title = if self.workspace.conversation().is_some() {
            "nothing more can be said in this conversation"
        } else {
            "there is no conversation in view"
        };
        let key = self.ui.shown(Action::Accept);
        self.tell(
            Severity::Info,
            title,
            "",
            &format!("{key} takes one that rings"),
        );
    }

    /// Takes a ring, or turns it down: the one of an id, else the next.
    pub(crate) fn answer_ring(&mut self, id: Option<&str>, yes: bool) {
        let Some(session) = self.workspace.session_mut() else {
            return self.tell(Severity::Info, "no agent is logged in", "", "");
        };
        let found = match id {
            Some(id) => session.rings.iter().find(|ring| ring.id == id),
            None => session.next_ring(),
        };
        let Some(ring) = found.cloned() else {
            return self.tell(Severity::Info, "nothing rings", "", "");
        };
        if yes {
            session.awaited = Some(ring.conversation);
            self.workspace.send(Command::Accept(ring.id));
        } else {
            self.workspace.send(Command::Reject(ring.id));
        }
    }

    pub(crate) fn step_conversation(&mut self, on: bool) {
        let Some(session) = self.workspace.session_mut() else {
            return;
        };
        let count = session.conversations.len();
        let here = session
            .conversations
            .iter()
            .position(|conversation| session.at.as_ref() == Some(&conversation.state.id));
        match here.filter(|_| count > 1) {
            Some(here) => {
                let next = if on { here + 1 } else { here + count - 1 } % count;
                session.at = session
                    .conversations
                    .get(next)
                    .map(|conversation| conversation.state.id.clone());
            }
            None => self.tell(Severity::Info, "there is no other conversation", "", ""),
        }
    }

    /// Turns to writing a note, or to writing a message again.
    pub(crate) fn turn_note(&mut self) {
        let Some(conversation) = self
            .workspace
            .session_mut()
            .and_then(AgentSession::conversation_mut)
        else {
            return self.tell_no_conversation();
        };
        if !conversation.takes_text() {
            return self.tell_no_conversation();
        }
        conversation.is_note = !conversation.is_note;
        self.drafts_changed = true;
        // A note is nobody's business, so nobody is told that it is written.
        let any = !conversation.is_note && conversation.chat.composer.typed().unwrap_or(false);
        let conversation = conversation.state.id.clone();
        self.workspace.send(Command::Writing { conversation, any });
    }

    /// Gives the conversation in view back to its queue.
    pub(crate) fn give_back(&mut self) {
        let Some(conversation) = self.workspace.open_conversation() else {
            return self.tell_no_conversation();
        };
        // What came of it is told once the cloud has said so.
        let id = conversation.state.id.clone();
        self.workspace.send(Command::BackToQueue(id));
    }

    pub(crate) fn close_as_agent(&mut self, survey: bool) {
        let Some(conversation) = self.workspace.open_conversation() else {
            return self.tell_no_conversation();
        };
        let conversation = conversation.state.id.clone();
        self.workspace.send(Command::Close {
            conversation,
            survey,
        });
    }

    /// Closes the tab of a conversation that is over.
    pub(crate) fn close_tab(&mut self) {
        let Some(conversation) = self.workspace.conversation() else {
            return self.tell_no_conversation();
        };
        if conversation.state.is_open && conversation.takes_text() {
            let title = "this conversation is still open";
            let hint = "close it, hand it over, or give it back first";
            return self.tell(Severity::Info, title, "", hint);
        }
        let id = conversation.state.id.clone();
        self.workspace.send(Command::Leave(id));
    }

    pub(crate) fn retry_in_workspace(&mut self) {
        let failed = self.workspace.conversation().and_then(|conversation| {
            let line = conversation.chat.failed()?;
            Some((conversation.state.id.clone(), line.number))
        });
        match failed {
            Some(_) if self.put_back_too_long(ChatPane::Agent) => {}
            Some((conversation, line)) => {
                self.workspace.send(Command::Retry { conversation, line });
            }
            None => self.tell(Severity::Info, "no message failed", "", ""),
        }
    }

    /// Shows the selected line as JSON; with none selected, what the consumer's SDEs are.
    pub(crate) fn show_line(&mut self) {
        let value = self.workspace.conversation().and_then(|conversation| {
            if let Some(id) = conversation.chat.selected {
                return conversation.value_of(id);
            }
            let sdes = &conversation.state.consumer.sdes;
            (!sdes.is_empty()).then(|| sdes.clone().into())
        });
        let Some(value) = value else {
            return self.tell(Severity::Info, "there is no content to show", "", "");
        };
        let content = content::Content::new(value);
        self.popups.push(Popup::Content(Box::new(content)));
    }

    pub(crate) fn copy_line(&mut self) {
        let text = |item: &Line| match &item.body {
            LineBody::Mine { content, .. } | LineBody::Theirs { content, .. } => match content {
                Content::Text { text, .. } => Some(text.as_str().to_owned()),
                _ => None,
            },
            LineBody::Quiet { text } => Some(text.as_str().to_owned()),
        };
        let found = self.workspace.conversation().and_then(|conversation| {
            let id = conversation.chat.selected?;
            let whole = || {
                conversation
                    .value_of(id)
                    .map(|value| json::pretty(&value.to_string()))
            };
            conversation
                .chat
                .lines
                .get(id)
                .and_then(text)
                .or_else(whole)
        });
        if let Some(text) = found {
            self.put_on_clipboard("what was said", text);
        } else {
            let key = self.ui.shown(Action::SelectPrevious);
            let hint = format!("click a line, or use {key}");
            self.tell(Severity::Info, "nothing is selected to copy", "", &hint);
        }
    }

    /// Puts away the topmost thing of the workspace.
    pub(crate) fn back_in_workspace(&mut self) {
        let is_completing = !self.completions(ChatPane::Agent).is_empty();
        let Some(session) = self.workspace.session_mut() else {
            return;
        };
        let page = session.page_mut();
        if is_completing {
            page.chat.composer.hide_completions();
        } else if page.chat.selected.is_some() {
            page.chat.selected = None;
        } else if page.is_note {
            self.turn_note();
        } else if !self.workspace.alone {
            self.go_to_composer();
        }
    }

    /// Does what somebody picked.
    pub(crate) fn picked(&mut self, pick: Pick) {
        match pick {
            Pick::Reply(at) => {
                if let Some(text) = self.workspace.canned(at) {
                    self.insert_in_workspace(&text);
                }
            }
            Pick::Card(at) => self.show_card(at),
            Pick::Transfer(taker) => self.hand_over(&taker),
            Pick::Available(state) => {
                self.workspace.send(Command::Availability(state));
            }
            Pick::LogIn(user) => self.log_in(user),
        }
    }
}
