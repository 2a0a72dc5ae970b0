//! What the two conversation panes do alike, the phone's and the agent's: writing, sending,
//! completing, selecting, scrolling.

use ratatui::layout::Position;

use crate::{
    domain::{
        conversation::event::Act,
        ids::ItemId,
        line::{Line, LineBody},
        notice::Severity,
        similar::did_you_mean,
    },
    tui::{
        app::{
            keyboard::{ChatPane, Page},
            model::Model,
            update::act::Step,
        },
        chat::{
            bubble::{Aside, BubbleTarget, Manner},
            conversation::{Beside, Conversation},
            phone::Phone,
            transcript::{Measure, StageWords, Transcript, face::Hit},
        },
        commands::{
            keys::Action,
            slash::{self, Completion, Does, Draft, agent},
        },
    },
};

impl Model {
    /// The conversation in a pane.
    pub(crate) fn chat(&self, pane: ChatPane) -> Option<&Conversation> {
        match pane {
            ChatPane::Phone => Some(&self.phone.chat),
            ChatPane::Agent => self.workspace.session().map(|session| &session.page().chat),
        }
    }

    /// The same to be changed.
    pub(crate) fn chat_mut(&mut self, pane: ChatPane) -> Option<&mut Conversation> {
        match pane {
            ChatPane::Phone => Some(&mut self.phone.chat),
            ChatPane::Agent => {
                let session = self.workspace.session_mut();
                session.map(|session| &mut session.page_mut().chat)
            }
        }
    }

    /// Runs something on the transcript in a pane with what it measures by.
    pub(crate) fn with_transcript<R>(
        &mut self,
        pane: ChatPane,
        run: impl FnOnce(&mut Transcript, &Measure<'_>) -> R,
    ) -> Option<R> {
        // Nothing is sent again out of the past.
        let retry = match self.phone.past() {
            Some(_) if pane == ChatPane::Phone => String::new(),
            _ => self.ui.shown(Action::Retry),
        };
        let zone = &self.ui.zone;
        let manner = Manner {
            compact: self.layout.compact,
            filled: self.ui.styles.bubbles.is_some(),
            look: None,
        };
        let on_stage = Manner {
            look: self.stage.as_ref().map(|stage| stage.look),
            ..manner
        };
        let plain = Aside {
            retry: &retry,
            gallery: Some(&self.gallery),
            ..Aside::default()
        };
        match pane {
            ChatPane::Phone => {
                let Phone {
                    chat,
                    cards,
                    progress,
                    files,
                    details,
                    ..
                } = &mut self.phone;
                // No file of this machine is named on stage, and nothing is said of failures.
                let plain = match self.stage {
                    Some(_) => Aside { retry: "", ..plain },
                    None => plain,
                };
                let is_off = self.stage.is_none();
                let staged = self.stage.as_ref().map(|stage| {
                    let words = StageWords {
                        words: &stage.pack.words,
                        now: self.ui.now,
                    };
                    (&stage.shown.lines, words)
                });
                let aside = |id| Aside {
                    state: cards.get(id),
                    progress: progress.get(&id).copied(),
                    file: files.get(&id).filter(|_| is_off),
                    ..plain
                };
                let outlines = details.as_deref().map(|details| &details.outlines[..]);
                let outlines = outlines.unwrap_or_default();
                Some(chat.measured(zone, on_stage, outlines, &aside, staged, run))
            }
            ChatPane::Agent => {
                let chat = &mut self.workspace.session_mut()?.page_mut().chat;
                let aside = |_| Aside {
                    for_agent: true,
                    ..plain
                };
                Some(chat.measured(zone, manner, &[], &aside, None, run))
            }
        }
    }

    /// The ways to go on with the draft in a pane.
    pub(crate) fn completions(&self, pane: ChatPane) -> Vec<Completion> {
        let is_shown = |chat: &&Conversation| !chat.composer.put_away && self.stage.is_none();
        let Some(chat) = self.chat(pane).filter(is_shown) else {
            return Vec::new();
        };
        let draft = chat.composer.field.text();
        match pane {
            ChatPane::Phone => slash::completions(draft, &self.names()),
            ChatPane::Agent => agent::completions(draft, |does| self.workspace_values(does)),
        }
    }

    /// Puts the chosen completion, or the first, into the draft.
    pub(crate) fn complete(&mut self, pane: ChatPane) {
        let completions = self.completions(pane);
        if let Some(chat) = self.chat_mut(pane) {
            chat.composer.complete(&completions);
        }
    }

    /// Sends the draft, or carries it out when it is a command.
    pub(crate) fn submit(&mut self, pane: ChatPane) {
        let read = match pane {
            ChatPane::Phone => slash::read,
            ChatPane::Agent => agent::read,
        };
        let completions = self.completions(pane);
        let Some(chat) = self.chat_mut(pane) else {
            return;
        };
        if chat.composer.field.is_empty() {
            return match pane {
                ChatPane::Phone => self.use_selected(),
                ChatPane::Agent if self.turn_selected_fold(pane) => {}
                ChatPane::Agent => self.accept_in_view(),
            };
        }
        let is_bare = matches!(read(chat.composer.field.text()), Draft::Command(_, ""));
        if chat.composer.take_completion(&completions, is_bare) {
            return;
        }
        // A completion that was taken may have made the command whole.
        let draft = chat.composer.field.text().to_owned();
        match read(&draft) {
            Draft::Chat(text) if text.trim().is_empty() => {}
            Draft::Unknown(_) if self.stage.is_some() => {
                self.tell_presenter("commands are off on stage");
            }
            Draft::Command(slash, _) if self.stage.is_some() && slash.does != Does::Stage => {
                self.tell_presenter("commands are off on stage, but for /stage off");
            }
            Draft::Chat(text) => match pane {
                ChatPane::Phone => self.say_on_phone(text),
                ChatPane::Agent => self.say_as_agent(text),
            },
            Draft::Command(slash, argument) => {
                let written_in = self.page(pane);
                let is_done = match pane {
                    ChatPane::Phone => self.carry_out(slash, argument),
                    ChatPane::Agent => self.carry_out_in_workspace(slash, argument),
                };
                if is_done {
                    self.clear_draft(&written_in, &draft);
                }
            }
            Draft::Unknown(name) => {
                let table = match pane {
                    ChatPane::Phone => slash::ALL,
                    ChatPane::Agent => agent::ALL,
                };
                let meant = did_you_mean(name, table.iter().map(|slash| slash.name));
                let key = self.ui.shown(Action::Help);
                self.tell(
                    Severity::Warning,
                    &format!("there is no command /{name}{}", meant.replace('`', "")),
                    "it was not sent",
                    &format!(
                        "{key} lists the commands; // at the start sends a text that begins with /"
                    ),
                );
            }
        }
    }

    fn say_on_phone(&mut self, text: &str) {
        let text = text.to_owned();
        let metadata = self.phone.chat.composer.metadata.take();
        self.send(Act::Submit { text, metadata });
        self.phone.chat.composer.clear();
        self.drafts_changed = true;
        self.follow(ChatPane::Phone);
    }

    /// Where the draft of a pane is written.
    pub(crate) fn page(&self, pane: ChatPane) -> Page {
        match pane {
            ChatPane::Phone => Page::Phone(self.phone.id()),
            ChatPane::Agent => {
                let session = self.workspace.session();
                let at = session.and_then(|session| session.at.clone());
                Page::Agent(session.map(|session| session.number), at)
            }
        }
    }

    /// The conversation a draft was written in, wherever it is now.
    pub(crate) fn chat_on(&mut self, page: &Page) -> Option<&mut Conversation> {
        match page {
            Page::Phone(id) => {
                let mut phones = std::iter::once(&mut self.phone).chain(&mut self.others);
                let phone = phones.find(|phone| phone.id() == *id);
                phone.map(|phone| &mut phone.chat)
            }
            Page::Agent(number, at) => {
                let mut sessions = self.workspace.sessions.iter_mut();
                let session = sessions.find(|session| Some(session.number) == *number);
                let conversation = session.and_then(|session| match at {
                    Some(id) => session.conversation_of(id),
                    None => Some(&mut session.blank),
                });
                conversation.map(|conversation| &mut conversation.chat)
            }
        }
    }

    /// Empties the draft a command was, unless the command put another one there. Another phone or
    /// conversation may have come into view meanwhile, with a draft of its own.
    fn clear_draft(&mut self, written_in: &Page, draft: &str) {
        let chat = self.chat_on(written_in);
        if let Some(chat) = chat.filter(|chat| chat.composer.field.text() == draft) {
            chat.composer.clear();
        }
        self.drafts_changed = true;
    }

    /// Lets follow what follows from a change of the draft in a pane.
    pub(crate) fn draft_changed(&mut self, pane: ChatPane) {
        self.drafts_changed = true;
        let typed = self.chat_mut(pane).map(|chat| chat.composer.typed());
        match (pane, typed.flatten()) {
            (ChatPane::Phone, typed) => {
                self.take_over();
                self.phone.button = None;
                // What is written is seen.
                self.peeks = false;
                if let Some(standing) = typed {
                    self.send(Act::Typed { standing });
                }
            }
            (ChatPane::Agent, Some(any)) => self.report_writing(any),
            (ChatPane::Agent, None) => {}
        }
    }

    /// Selects a bubble, or none; of the phone also, in the wire, the first entry it belongs to.
    pub(crate) fn select(&mut self, pane: ChatPane, id: Option<ItemId>) {
        if let Some(chat) = self.chat_mut(pane) {
            chat.selected = id;
        }
        if pane == ChatPane::Phone {
            self.phone.button = None;
            let entry = id.and_then(|id| self.inspector.wire.entries_of(id).next());
            self.inspector.wire.select(entry);
            if self.inspector.wire.only_of().is_some() {
                self.inspector.wire.only(id);
            }
        }
        if let Some(id) = id {
            self.with_transcript(pane, |transcript, measure| transcript.show(id, measure));
        }
    }

    /// Shows the end of a long text, or folds it away again.
    pub(crate) fn turn_fold(&mut self, pane: ChatPane, item: ItemId) {
        if let Some(chat) = self.chat_mut(pane) {
            chat.transcript.turn_fold(item);
        }
    }

    /// The same for the selected bubble; false when it has no such end.
    pub(crate) fn turn_selected_fold(&mut self, pane: ChatPane) -> bool {
        let Some(id) = self.chat(pane).and_then(|chat| chat.selected) else {
            return false;
        };
        let spots = self.with_transcript(pane, |transcript, measure| transcript.spots(id, measure));
        let has_fold = spots.is_some_and(|spots| spots.contains(&BubbleTarget::Fold));
        if has_fold {
            self.turn_fold(pane, id);
        }
        has_fold
    }

    /// Selects the next bubble above or below the selected one.
    pub(crate) fn step_selection(&mut self, pane: ChatPane, up: bool) {
        let Some(chat) = self.chat_mut(pane) else {
            return;
        };
        chat.lines.try_again();
        // Quiet lines of the phone itself have nothing to show; those of something that came do.
        let wire = &self.inspector.wire;
        let is_bare = |item: &Line| {
            pane == ChatPane::Phone
                && matches!(item.body, LineBody::Quiet { .. })
                && wire.entries_of(item.id).next().is_none()
        };
        match self.chat(pane).map(|chat| chat.beside(up, is_bare)) {
            Some(Beside::Line(id)) => self.select(pane, Some(id)),
            Some(Beside::BelowAll) => self.follow(pane),
            Some(Beside::Nowhere) | None => {}
        }
    }

    /// Selects nothing and shows the newest line.
    pub(crate) fn follow(&mut self, pane: ChatPane) {
        self.select(pane, None);
        if let Some(chat) = self.chat_mut(pane) {
            chat.transcript.follow();
        }
    }

    /// Moves the window on the lines in a pane.
    pub(crate) fn scroll(&mut self, pane: ChatPane, up: bool, rows: usize) {
        if let Some(chat) = self.chat_mut(pane) {
            chat.lines.try_again();
        }
        self.with_transcript(pane, |transcript, measure| {
            transcript.scroll(up, rows, measure);
        });
    }

    /// Moves the same by a page, or all the way.
    pub(crate) fn go_in_chat(&mut self, pane: ChatPane, up: bool, step: Step) {
        let Some(chat) = self.chat_mut(pane) else {
            return;
        };
        match (step, up) {
            (Step::Row, _) => {}
            (Step::Page, up) => {
                let rows = chat.transcript.page();
                self.scroll(pane, up, rows);
            }
            (Step::End, true) if pane == ChatPane::Phone => self.lead_to_first(),
            (Step::End, true) => chat.transcript.lead_to_first(&chat.lines),
            (Step::End, false) => {
                chat.lines.try_again();
                self.follow(pane);
            }
        }
    }

    /// A click on the lines in a pane.
    pub(crate) fn click_transcript(&mut self, pane: ChatPane, at: Position) {
        let Some(chat) = self.chat(pane) else {
            return;
        };
        match chat.transcript.hit(at) {
            Some(Hit::Target(item, BubbleTarget::Fold)) => self.turn_fold(pane, item),
            Some(Hit::Target(item, spot)) if pane == ChatPane::Phone => {
                // The keyboard goes on from where the mouse was.
                if chat.selected == Some(item) {
                    self.phone.button = Some(spot);
                }
                self.use_spot(item, spot);
            }
            Some(Hit::Line(id) | Hit::Target(id, _)) => {
                // A second click takes the selection away again.
                let other = chat.selected != Some(id);
                self.select(pane, other.then_some(id));
            }
            Some(Hit::Newer) => self.follow(pane),
            None => {}
        }
    }
}
