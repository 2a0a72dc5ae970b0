//! What Enter does in the agent workspace: say something, carry a command out, complete one.

use crate::{
    domain::{
        notice::Severity,
        text::SafeText,
        workspace::command::{Command, Message},
    },
    tui::{
        agent::{
            AgentSession,
            conversation::AgentConversation,
            names::{Taker, one_row},
            pick::Pick,
        },
        app::{keyboard::ChatPane, model::Model},
        commands::slash::{Does, Slash, agent::WorkspaceCommand, is_command},
    },
};

impl Model {
    /// The values a command of the workspace completes to, each with what it is.
    pub(crate) fn workspace_values(&self, does: Does) -> Vec<(String, Option<String>)> {
        let library = &self.workspace.library;
        let safe = |text: &str| one_row(&SafeText::clean(text));
        match does {
            Does::Theme => {
                let themes = self.themes.iter();
                themes.map(|theme| (theme.name.clone(), None)).collect()
            }
            Does::Workspace(WorkspaceCommand::Reply) => {
                let all = library.replies.iter();
                all.map(|reply| (reply.key.clone(), Some(safe(&reply.text))))
                    .collect()
            }
            Does::Workspace(WorkspaceCommand::Card) => {
                let all = library.cards.iter();
                all.map(|card| (card.key.clone(), Some(one_row(&card.about))))
                    .collect()
            }
            Does::Workspace(WorkspaceCommand::Transfer) => {
                let takers = self
                    .workspace
                    .session()
                    .map(AgentSession::takers)
                    .unwrap_or_default();
                let all = takers.into_iter();
                all.map(|(word, about, _)| (word, Some(about))).collect()
            }
            Does::Workspace(WorkspaceCommand::LogIn) => {
                let users = self.workspace.users.iter();
                users.map(|user| (user.clone(), None)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Tells the agent session whether something is written, where that concerns the consumer.
    pub(crate) fn report_writing(&mut self, any: bool) {
        let conversation = self.workspace.conversation();
        if let Some(conversation) =
            conversation.filter(|conversation| !conversation.is_note && conversation.takes_text())
        {
            let conversation = conversation.state.id.clone();
            self.workspace.send(Command::Writing { conversation, any });
        }
    }

    /// Enter with nothing written: takes the conversation in view while that rings, and the oldest
    /// that rings while none is in view.
    pub(crate) fn accept_in_view(&mut self) {
        let session = self.workspace.session();
        if session.is_some_and(|session| {
            let rings_alone = !session.rings.is_empty() && session.conversation().is_none();
            rings_alone || session.ring_in_view().is_some()
        }) {
            self.answer_ring(None, true);
        }
    }

    /// Says a text, as a message or as a note.
    pub(crate) fn say_as_agent(&mut self, text: &str) {
        let Some(conversation) = self.workspace.writable_conversation() else {
            return self.tell_no_conversation();
        };
        let (conversation, private) = (conversation.state.id.clone(), conversation.is_note);
        self.workspace
            .send(Command::say(conversation, text, private));
        if let Some(conversation) = self
            .workspace
            .session_mut()
            .and_then(AgentSession::conversation_mut)
        {
            conversation.chat.composer.clear();
            // The next thing written is for the consumer again, unless somebody says otherwise.
            conversation.is_note = false;
        }
        self.drafts_changed = true;
        self.follow(ChatPane::Agent);
    }

    /// Carries a command out; false when its argument was wrong and the draft should stay.
    pub(crate) fn carry_out_in_workspace(&mut self, slash: &Slash, argument: &str) -> bool {
        let outcome = match slash.does {
            Does::Act(_)
            | Does::Workspace(WorkspaceCommand::Available(_) | WorkspaceCommand::Begin)
                if !argument.is_empty() =>
            {
                Err(
                    "it takes nothing after it; // at the start sends a text that begins with /"
                        .to_owned(),
                )
            }
            Does::Act(action) => {
                // A command to quit is no draft that could be lost.
                if let Some(session) = self.workspace.session_mut() {
                    session.page_mut().chat.composer.clear();
                }
                self.act(action);
                Ok(())
            }
            Does::Theme => self.choose_theme(argument),
            Does::Find => {
                self.find_words(ChatPane::Agent, argument);
                Ok(())
            }
            Does::Workspace(command) => self.execute(command, argument),
            _ => Err("it is for the phone".to_owned()),
        };
        if let Err(reason) = outcome {
            let title = format!("/{} was not carried out", slash.name);
            self.tell(Severity::Warning, &title, &reason, "");
            return false;
        }
        true
    }

    fn execute(&mut self, command: WorkspaceCommand, argument: &str) -> Result<(), String> {
        let open = self
            .workspace
            .conversation()
            .is_some_and(AgentConversation::takes_text);
        let library = &self.workspace.library;
        match command {
            WorkspaceCommand::Available(state) => self.workspace.send(Command::Availability(state)),
            WorkspaceCommand::LogIn => {
                let user = argument.trim();
                if user.is_empty() {
                    self.act(crate::tui::commands::keys::Action::LogInAnother);
                } else if self.workspace.users.iter().any(|known| known == user) {
                    self.log_in(user.to_owned());
                } else {
                    let known = self.workspace.users.join(", ");
                    return Err(format!("there is no agent {user:?}; there are {known}"));
                }
            }
            WorkspaceCommand::Begin => {
                let conversation = self
                    .workspace
                    .conversation()
                    .ok_or("there is no conversation in view")?;
                let consumer = conversation.state.consumer.id.clone();
                self.workspace.send(Command::Begin(consumer));
            }
            _ if !open => return Err("no conversation that takes something is in view".to_owned()),
            WorkspaceCommand::Note if argument.is_empty() => self.turn_note(),
            WorkspaceCommand::Note => {
                if let Some(conversation) = self
                    .workspace
                    .session_mut()
                    .and_then(AgentSession::conversation_mut)
                {
                    let conversation = conversation.state.id.clone();
                    let note = Command::say(conversation, argument, true);
                    self.workspace.send(note);
                    self.follow(ChatPane::Agent);
                }
            }
            WorkspaceCommand::Reply if argument.is_empty() => {
                self.act(crate::tui::commands::keys::Action::CannedReply);
            }
            WorkspaceCommand::Reply => {
                let at = library.replies.iter().position(|one| one.key == argument);
                let at = at.ok_or_else(|| format!("there is no reply {argument:?}"))?;
                if let Some(session) = self.workspace.session_mut() {
                    session.page_mut().chat.composer.clear();
                }
                self.picked(Pick::Reply(at));
            }
            WorkspaceCommand::Card if argument.is_empty() => {
                self.act(crate::tui::commands::keys::Action::Card);
            }
            WorkspaceCommand::Card => {
                let at = library.cards.iter().position(|one| one.key == argument);
                let at = at.ok_or_else(|| format!("there is no card {argument:?}"))?;
                self.show_card(at);
            }
            WorkspaceCommand::Transfer if argument.is_empty() => {
                self.act(crate::tui::commands::keys::Action::Transfer);
            }
            WorkspaceCommand::Transfer => {
                let taker = self
                    .workspace
                    .session()
                    .map(|session| session.taker(argument));
                let pick = taker.ok_or("no agent is logged in")??;
                self.picked(pick);
            }
        }
        Ok(())
    }

    /// Puts a text into the draft in the agent workspace.
    pub(crate) fn insert_in_workspace(&mut self, text: &str) {
        self.go_to_tab(crate::tui::inspector::Tab::Agent);
        if let Some(session) = self.workspace.session_mut() {
            let composer = &mut session.page_mut().chat.composer;
            // What begins like a command would be carried out instead of said.
            let text = if composer.field.is_empty() && is_command(text) {
                format!("/{text}")
            } else {
                text.to_owned()
            };
            composer.field.insert(&text);
        }
        self.draft_changed(ChatPane::Agent);
    }

    /// Sends a card.
    pub(crate) fn show_card(&mut self, at: usize) {
        let Some(conversation) = self.workspace.writable_conversation() else {
            return self.tell_no_conversation();
        };
        let conversation = conversation.state.id.clone();
        if let Some(card) = self.workspace.library.cards.get(at) {
            let replies = card.replies.clone();
            let command = Command::Say {
                conversation,
                message: match card.content.clone() {
                    Some(content) => Message::Rich { content, replies },
                    None => Message::Text {
                        text: card.text.clone(),
                        replies,
                    },
                },
                private: false,
                metadata: card.metadata.clone(),
            };
            self.workspace.send(command);
            self.follow(ChatPane::Agent);
        }
    }

    /// Hands the conversation in view over.
    pub(crate) fn hand_over(&mut self, taker: &Taker) {
        let Some(conversation) = self.workspace.open_conversation() else {
            return self.tell_no_conversation();
        };
        let conversation = conversation.state.id.clone();
        let command = match taker.clone() {
            Taker::Skill(skill) => Command::TransferToSkill {
                conversation,
                skill,
            },
            Taker::Agent(agent) => Command::TransferToAgent {
                conversation,
                agent,
            },
        };
        self.workspace.send(command);
    }
}
