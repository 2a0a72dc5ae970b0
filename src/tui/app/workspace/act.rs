//! What each action does in the agent workspace.

use crate::{
    domain::{
        content::Content,
        ids::ItemId,
        item::{Body, Item},
        json,
        notice::Severity,
    },
    engine::agent_session::command::Command,
    tui::{
        agent::{Chair, pick::Pick, talk::Talk},
        app::{
            model::{Focus, Model},
            update::act::Step,
        },
        chat::conversation::Beside,
        commands::keys::Action,
        inspector::Tab,
        popups::{
            Popup, content,
            facts::Facts,
            palette::{Palette, PickerKind},
        },
    },
};

/// Rows one key of the wheel's kind moves where there is no page yet.
const FEW: usize = 10;

impl Model {
    /// Puts the chosen way to go on into the draft.
    pub(crate) fn complete_in_workspace(&mut self) {
        let completions = self.workspace_completions();
        if let Some(chair) = self.workspace.chair_mut() {
            chair.page_mut().chat.composer.complete(&completions);
        }
    }

    /// Moves in the conversation in view.
    pub(crate) fn go_in_talk(&mut self, up: bool, step: Step) {
        match (step, up) {
            (Step::Row, _) => {}
            (Step::Page, up) => {
                let page = self
                    .workspace
                    .talk()
                    .map_or(FEW, |talk| talk.chat.transcript.page());
                self.scroll_talk(up, page);
            }
            (Step::End, true) => {
                if let Some(talk) = self.workspace.chair_mut().and_then(Chair::talk_mut) {
                    talk.chat.transcript.lead_to_first(&talk.chat.lines);
                }
            }
            (Step::End, false) => self.follow_talk(),
        }
    }

    /// Shows what is known of the consumer.
    pub(crate) fn show_facts(&mut self) {
        if self.workspace.talk().is_some() {
            self.toggle(Popup::Facts(Facts::default()));
        } else {
            self.tell_no_talk();
        }
    }

    /// Shows the workspace; sits the first down where nobody sits.
    pub(crate) fn go_to_workspace(&mut self) {
        if !self.close_popups() {
            return;
        }
        self.show_tab(Tab::Agent);
        if self.workspace.is_taken() || self.workspace.sitting.is_some() {
            return;
        }
        if let Some(user) = self.workspace.users.first().cloned() {
            self.sit_down(user);
        } else {
            let hint = self.workspace.hint.clone();
            let title = "no agent can log in";
            self.tell(Severity::Info, title, &hint, "");
        }
    }

    /// Sits somebody down, or goes to where they sit.
    pub(crate) fn sit_down(&mut self, user: String) {
        self.show_tab(Tab::Agent);
        let mut chairs = self.workspace.chairs.iter();
        if let Some(at) = chairs.position(|chair| chair.user == user) {
            return self.bring_chair(at);
        }
        if let Some(sitting) = &self.workspace.sitting {
            let title = format!("{sitting} is sitting down just now");
            return self.tell(Severity::Info, &title, "", "");
        }
        self.workspace.sitting = Some(user.clone());
        self.workspace.errand = Some(user);
    }

    /// Asks the chair in view to get up; it tells when it has.
    pub(crate) fn leave_chair(&mut self) {
        if self.workspace.is_taken() {
            self.workspace.order(Command::Quit);
        } else {
            self.tell(Severity::Info, "no agent is logged in", "", "");
        }
    }

    /// Everybody gets up; handset ends. Where there is no phone, nothing else has to end.
    pub(crate) fn leave_workspace(&mut self) {
        let chairs = self.workspace.chairs.iter().map(|chair| chair.number);
        let numbers: Vec<usize> = chairs.collect();
        for number in numbers {
            self.workspace.commands.push((number, Command::Quit));
        }
    }

    pub(crate) fn open_in_workspace(&mut self, kind: PickerKind) {
        let missing = match kind {
            PickerKind::Chairs => self.workspace.users.is_empty(),
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
        ) && !self.workspace.talk().is_some_and(Talk::takes_text)
        {
            return self.tell_no_talk();
        }
        if kind == PickerKind::Takers
            && self
                .workspace
                .chair()
                .is_none_or(|chair| chair.takers().is_empty())
        {
            let title = "nobody is known it could be handed to";
            let detail = "this login may not see the account's skills and agents";
            return self.tell(Severity::Info, title, detail, "");
        }
        self.toggle(Popup::Palette(Palette::new(kind)));
    }

    pub(crate) fn tell_no_talk(&mut self) {
        let title = if self.workspace.talk().is_some() {
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

    /// Takes a ring, or turns it down: the one of an id, else the oldest.
    pub(crate) fn answer_ring(&mut self, id: Option<&str>, yes: bool) {
        let Some(chair) = self.workspace.chair_mut() else {
            return self.tell(Severity::Info, "no agent is logged in", "", "");
        };
        let found = match id {
            Some(id) => chair.rings.iter().find(|ring| ring.id == id),
            None => chair.rings.first(),
        };
        let Some(ring) = found.cloned() else {
            return self.tell(Severity::Info, "nothing rings", "", "");
        };
        if yes {
            chair.awaited = Some(ring.conversation);
            self.workspace.order(Command::Accept(ring.id));
        } else {
            self.workspace.order(Command::Reject(ring.id));
        }
    }

    pub(crate) fn step_talk(&mut self, on: bool) {
        let Some(chair) = self.workspace.chair_mut() else {
            return;
        };
        let count = chair.talks.len();
        let here = chair
            .talks
            .iter()
            .position(|talk| chair.at.as_ref() == Some(&talk.held.id));
        match here.filter(|_| count > 1) {
            Some(here) => {
                let next = if on { here + 1 } else { here + count - 1 } % count;
                chair.at = chair.talks.get(next).map(|talk| talk.held.id.clone());
            }
            None => self.tell(Severity::Info, "there is no other conversation", "", ""),
        }
    }

    /// Turns to writing a note, or to writing a message again.
    pub(crate) fn turn_note(&mut self) {
        let Some(talk) = self.workspace.chair_mut().and_then(Chair::talk_mut) else {
            return self.tell_no_talk();
        };
        if !talk.takes_text() {
            return self.tell_no_talk();
        }
        talk.is_note = !talk.is_note;
        // A note is nobody's business, so nobody is told that it is written.
        let any = !talk.is_note && talk.chat.composer.typed().unwrap_or(false);
        let conversation = talk.held.id.clone();
        self.workspace.order(Command::Writing { conversation, any });
    }

    /// Gives the conversation in view back to its queue.
    pub(crate) fn give_back(&mut self) {
        let Some(talk) = self.workspace.talk().filter(|talk| talk.held.is_open) else {
            return self.tell_no_talk();
        };
        // What came of it is told once the cloud has said so.
        let id = talk.held.id.clone();
        self.workspace.order(Command::BackToQueue(id));
    }

    pub(crate) fn close_talk(&mut self, survey: bool) {
        let Some(talk) = self.workspace.talk().filter(|talk| talk.held.is_open) else {
            return self.tell_no_talk();
        };
        let conversation = talk.held.id.clone();
        self.workspace.order(Command::Close {
            conversation,
            survey,
        });
    }

    /// Closes the tab of a conversation that is over.
    pub(crate) fn done(&mut self) {
        let Some(talk) = self.workspace.talk() else {
            return self.tell_no_talk();
        };
        if talk.held.is_open && talk.takes_text() {
            let title = "this conversation is still open";
            let hint = "close it, hand it over, or give it back first";
            return self.tell(Severity::Info, title, "", hint);
        }
        let id = talk.held.id.clone();
        self.workspace.order(Command::Leave(id));
    }

    /// Selects the bubble above or below the selected one.
    pub(crate) fn step_line(&mut self, up: bool) {
        let Some(talk) = self.workspace.talk() else {
            return;
        };
        match talk.chat.beside(up, |_| false) {
            Beside::Line(id) => self.select_line(Some(id)),
            Beside::BelowAll => self.follow_talk(),
            Beside::Nowhere => {}
        }
    }

    /// Selects a bubble, or none.
    pub(crate) fn select_line(&mut self, id: Option<ItemId>) {
        if let Some(talk) = self.workspace.chair_mut().and_then(Chair::talk_mut) {
            talk.chat.selected = id;
        }
        if let Some(id) = id {
            self.with_talk(|transcript, measure| transcript.show(id, measure));
        }
    }

    pub(crate) fn follow_talk(&mut self) {
        if let Some(talk) = self.workspace.chair_mut().and_then(Chair::talk_mut) {
            talk.chat.follow();
        }
    }

    pub(crate) fn scroll_talk(&mut self, up: bool, rows: usize) {
        self.with_talk(|transcript, measure| transcript.scroll(up, rows, measure));
    }

    pub(crate) fn retry_in_workspace(&mut self) {
        let failed = self.workspace.talk().and_then(|talk| {
            let line = talk.failed()?;
            Some((talk.held.id.clone(), line))
        });
        match failed {
            Some((conversation, line)) => {
                self.workspace.order(Command::Retry { conversation, line });
            }
            None => self.tell(Severity::Info, "no message failed", "", ""),
        }
    }

    /// Shows the selected line as JSON; with none selected, what the consumer's SDEs are.
    pub(crate) fn show_line(&mut self) {
        let value = self.workspace.talk().and_then(|talk| {
            if let Some(id) = talk.chat.selected {
                return talk.value_of(id);
            }
            let sdes = &talk.held.consumer.sdes;
            (!sdes.is_empty()).then(|| sdes.clone().into())
        });
        let Some(value) = value else {
            return self.tell(Severity::Info, "there is no content to show", "", "");
        };
        let content = content::Content::new(value);
        self.popups.push(Popup::Content(Box::new(content)));
    }

    pub(crate) fn copy_line(&mut self) {
        let text = |item: &Item| match &item.body {
            Body::Mine { content, .. } | Body::Theirs { content, .. } => match content {
                Content::Text { text, .. } => Some(text.as_str().to_owned()),
                _ => None,
            },
            Body::Quiet { text } => Some(text.as_str().to_owned()),
        };
        let found = self.workspace.talk().and_then(|talk| {
            let id = talk.chat.selected?;
            let whole = || {
                talk.value_of(id)
                    .map(|value| json::pretty(&value.to_string()))
            };
            talk.chat.lines.get(id).and_then(text).or_else(whole)
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
        let is_completing = !self.workspace_completions().is_empty();
        let Some(chair) = self.workspace.chair_mut() else {
            return;
        };
        let page = chair.page_mut();
        if is_completing {
            page.chat.composer.hide_completions();
        } else if page.chat.selected.is_some() {
            page.chat.selected = None;
        } else if page.is_note {
            self.turn_note();
        } else if !self.workspace.alone {
            self.focus = Focus::Composer;
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
                self.workspace.order(Command::Availability(state));
            }
            Pick::Sit(user) => self.sit_down(user),
        }
    }
}
