//! What lines and commands do on the agent's side.

use crate::{
    domain::{
        ids::ConversationId,
        role::Role,
        workspace::command::{Command, Message},
    },
    plain::{
        front::{Front, Side},
        menu::Pickable,
        phone_commands::not_here,
        update::busy,
        words::{counted, row, sentence},
    },
    tui::{
        agent::{
            AgentSession,
            names::{self, Taker},
            pick::Pick,
        },
        commands::{
            keys::Action,
            slash::{Does, agent::WorkspaceCommand},
        },
    },
};

/// Lines told of the conversation one comes back to.
const CAUGHT_UP: usize = 10;

impl Front {
    /// Goes to the agent workspace; logs the first agent in where nobody is.
    pub(crate) fn go_to_workspace(&mut self) {
        let workspace = &mut self.agent.workspace;
        if workspace.users.is_empty() {
            let hint = workspace.hint.clone();
            return self.warn(&format!("no agent can log in: {hint}"));
        }
        self.side = Side::Agent;
        self.asking = None;
        if self.agent.workspace.is_taken() {
            self.tell("System: You type as the agent. /phone goes back to the phone.");
            self.agent.look();
            if let Some(talk) = self.agent.talk_mut() {
                let rows = talk.told.catch_up(CAUGHT_UP, &self.speech);
                self.rows.extend(rows);
            }
        } else {
            let user = self.agent.workspace.users.first().cloned();
            self.tell("System: You type as the agent once you are logged in. /phone goes back to the phone.");
            self.log_in(user.unwrap_or_default());
        }
    }

    fn log_in(&mut self, user: String) {
        let workspace = &mut self.agent.workspace;
        if let Some(at) = workspace.sessions.iter().position(|one| one.user == user) {
            workspace.at = at;
            let name = workspace
                .session()
                .map(AgentSession::name)
                .unwrap_or_default();
            self.tell(format!("System: You type as {name}."));
            self.agent.look();
        } else if let Some(other) = workspace.logging_in.clone() {
            self.warn(&format!("{other} is logging in just now"));
        } else {
            workspace.logging_in = Some(user.clone());
            workspace.log_in_next = Some(user);
        }
    }

    /// Takes a ring, or turns it down.
    pub(crate) fn answer_ring(&mut self, yes: bool) -> Result<(), String> {
        let session = self
            .agent
            .workspace
            .session_mut()
            .ok_or("no agent is logged in")?;
        let ring = session.next_ring().cloned().ok_or("nothing rings")?;
        let command = if yes {
            session.awaited = Some(ring.conversation);
            Command::Accept(ring.id)
        } else {
            Command::Reject(ring.id)
        };
        self.agent.workspace.send(command);
        Ok(())
    }

    /// The conversation in view, when something can be said in it.
    fn talk_that_takes(&self) -> Result<ConversationId, String> {
        match self.agent.workspace.conversation() {
            Some(one) if one.takes_text() => Ok(one.state.id.clone()),
            Some(_) => Err("nothing more can be said in this conversation".to_owned()),
            None => Err("there is no conversation in view; /take takes one that rings".to_owned()),
        }
    }

    /// Says a text to the consumer in view.
    pub(crate) fn say_as_agent(&mut self, text: &str) {
        match self.talk_that_takes() {
            Ok(conversation) => {
                let id = conversation.clone();
                self.agent.workspace.send(Command::Writing {
                    conversation: id,
                    any: true,
                });
                self.send_as_agent(Command::say(conversation, text, false));
            }
            Err(why) => self.warn(&format!("it was not sent: {why}")),
        }
    }

    fn send_as_agent(&mut self, command: Command) {
        if let Some(talk) = self.agent.talk_mut() {
            talk.submitted += 1;
        }
        self.agent.workspace.send(command);
    }

    /// Does what a command of the agents' table says; the error tells why it was not done.
    pub(crate) fn carry_out_as_agent(&mut self, does: Does, argument: &str) -> Result<(), String> {
        match does {
            Does::Act(action) => self.act_as_agent(action, argument),
            Does::Find => {
                self.find(argument);
                Ok(())
            }
            Does::Workspace(command) => self.command_as_agent(command, argument),
            does => Err(not_here(does).unwrap_or("it is for the phone").to_owned()),
        }
    }

    fn act_as_agent(&mut self, action: Action, argument: &str) -> Result<(), String> {
        if !argument.is_empty() && action != Action::Retry {
            return Err(
                "it takes nothing after it; // at the start sends a text that begins with /"
                    .to_owned(),
            );
        }
        let in_view = |front: &Self| {
            let conversation = front.agent.workspace.open_conversation();
            conversation
                .map(|one| one.state.id.clone())
                .ok_or("no open conversation is in view".to_owned())
        };
        match action {
            Action::Accept => self.answer_ring(true)?,
            Action::Reject => self.answer_ring(false)?,
            Action::BackToQueue => {
                let id = in_view(self)?;
                self.leave(Command::BackToQueue(id));
            }
            Action::CloseWithSurvey | Action::CloseWithoutSurvey => {
                let conversation = in_view(self)?;
                let survey = action == Action::CloseWithSurvey;
                self.agent.workspace.send(Command::Close {
                    conversation,
                    survey,
                });
            }
            Action::CloseTab => {
                let one = self
                    .agent
                    .workspace
                    .conversation()
                    .ok_or("no conversation is in view")?;
                if one.state.is_open && one.takes_text() {
                    return Err(
                        "it is still open; close it, hand it over, or give it back first"
                            .to_owned(),
                    );
                }
                let id = one.state.id.clone();
                self.leave(Command::Leave(id));
            }
            Action::NextConversation => self.step_conversation(1)?,
            Action::PreviousConversation => self.step_conversation(-1)?,
            Action::Facts => self.tell_facts()?,
            Action::LogOut if !self.agent.workspace.is_taken() => {
                return Err("no agent is logged in".to_owned());
            }
            Action::LogOut => self.agent.workspace.send(Command::Quit),
            Action::Retry => {
                let line = self.failed(argument)?.number;
                let conversation = self.talk_that_takes()?;
                self.agent
                    .workspace
                    .send(Command::Retry { conversation, line });
            }
            _ => return self.act_on_either_side(action),
        }
        Ok(())
    }

    /// Something after which the conversation in view leaves the workspace.
    fn leave(&mut self, command: Command) {
        if let Some(talk) = self.agent.talk_mut() {
            talk.is_leaving = true;
        }
        self.agent.workspace.send(command);
    }

    fn command_as_agent(
        &mut self,
        command: WorkspaceCommand,
        argument: &str,
    ) -> Result<(), String> {
        match command {
            WorkspaceCommand::Available(_) if !self.agent.workspace.is_taken() => {
                return Err("no agent is logged in".to_owned());
            }
            WorkspaceCommand::Available(state) => {
                self.agent.workspace.send(Command::Availability(state));
            }
            WorkspaceCommand::LogIn => {
                let users = self.agent.workspace.users.clone();
                if argument.is_empty() {
                    let entries = users
                        .into_iter()
                        .map(|user| (user.clone(), Pickable::Agent(Pick::LogIn(user))));
                    self.menu("Who logs in?", entries.collect());
                } else if users.iter().any(|user| user == argument) {
                    self.log_in(argument.to_owned());
                } else {
                    return Err(format!(
                        "there is no agent {argument:?}; there are {}",
                        users.join(", ")
                    ));
                }
            }
            WorkspaceCommand::Begin => {
                let one = self
                    .agent
                    .workspace
                    .conversation()
                    .ok_or("no conversation is in view")?;
                let consumer = one.state.consumer.id.clone();
                self.agent.workspace.send(Command::Begin(consumer));
            }
            WorkspaceCommand::Note => {
                let conversation = self.talk_that_takes()?;
                if argument.is_empty() {
                    return Err("it takes the note, which the consumer does not see".to_owned());
                }
                self.send_as_agent(Command::say(conversation, argument, true));
            }
            WorkspaceCommand::Reply | WorkspaceCommand::Card | WorkspaceCommand::Transfer => {
                self.talk_that_takes()?;
                self.pick_as_agent(command, argument)?;
            }
        }
        Ok(())
    }

    fn pick_as_agent(&mut self, command: WorkspaceCommand, argument: &str) -> Result<(), String> {
        let workspace = &self.agent.workspace;
        let library = &workspace.library;
        let (about, entries) = match command {
            WorkspaceCommand::Reply => {
                let at = library.replies.iter().position(|one| one.key == argument);
                if let Some(at) = at {
                    self.picked(Pick::Reply(at));
                    return Ok(());
                }
                ("Which reply?", workspace.canned_replies())
            }
            WorkspaceCommand::Card => {
                let at = library.cards.iter().position(|one| one.key == argument);
                if let Some(at) = at {
                    self.picked(Pick::Card(at));
                    return Ok(());
                }
                ("Which card?", workspace.cards())
            }
            _ if !argument.is_empty() => {
                let session = workspace.session().ok_or("no agent is logged in")?;
                let pick = session.taker(argument)?;
                self.picked(pick);
                return Ok(());
            }
            _ => ("To whom?", workspace.takers()),
        };
        if !argument.is_empty() {
            return Err(format!("there is none called {argument:?}"));
        }
        let entries = entries
            .into_iter()
            .map(|(label, _, pick)| (label.replace(" · ", ", "), Pickable::Agent(pick)));
        self.menu(about, entries.collect());
        Ok(())
    }

    /// Does what was picked.
    pub(crate) fn picked(&mut self, pick: Pick) {
        let conversation = match self.talk_that_takes() {
            Ok(conversation) => conversation,
            Err(_) if matches!(pick, Pick::LogIn(_) | Pick::Available(_)) => "".into(),
            Err(why) => return self.warn(&why),
        };
        match pick {
            Pick::Reply(at) => {
                let text = self.agent.workspace.canned(at).unwrap_or_default();
                self.say_as_agent(&text);
            }
            Pick::Card(at) => {
                let Some(card) = self.agent.workspace.library.cards.get(at) else {
                    return;
                };
                let replies = card.replies.clone();
                let message = match card.content.clone() {
                    Some(content) => Message::Rich { content, replies },
                    None => Message::Text {
                        text: card.text.clone(),
                        replies,
                    },
                };
                let metadata = card.metadata.clone();
                self.send_as_agent(Command::Say {
                    conversation,
                    message,
                    private: false,
                    metadata,
                });
            }
            Pick::Transfer(Taker::Skill(skill)) => {
                self.leave(Command::TransferToSkill {
                    conversation,
                    skill,
                });
            }
            Pick::Transfer(Taker::Agent(agent)) => {
                self.leave(Command::TransferToAgent {
                    conversation,
                    agent,
                });
            }
            Pick::Available(state) => self.agent.workspace.send(Command::Availability(state)),
            Pick::LogIn(user) => self.log_in(user),
        }
    }

    fn step_conversation(&mut self, by: isize) -> Result<(), String> {
        let session = self
            .agent
            .workspace
            .session()
            .ok_or("no agent is logged in")?;
        let count = session.conversations.len();
        let here = session
            .conversations
            .iter()
            .position(|one| Some(&one.state.id) == session.at.as_ref());
        let at = match here {
            None => 0,
            Some(here) if by > 0 => (here + 1) % count,
            Some(here) => (here + count - 1) % count,
        };
        let next = session
            .conversations
            .get(at)
            .map(|one| one.state.id.clone());
        let next = next.filter(|next| Some(next) != session.at.as_ref());
        let next = next.ok_or("there is no other conversation")?;
        self.view_conversation(&next);
        Ok(())
    }

    fn tell_facts(&mut self) -> Result<(), String> {
        let one = self
            .agent
            .workspace
            .conversation()
            .ok_or("no conversation is in view")?;
        let consumer = &one.state.consumer;
        let mut rows = vec![format!("Consumer: {}.", row(&consumer.name))];
        let facts = consumer.facts.iter();
        rows.extend(
            facts.map(|(name, value)| format!("  {}: {}", row(name), sentence(&row(value)))),
        );
        self.rows.extend(rows);
        Ok(())
    }

    /// Tells the conversations of the agent in view.
    pub(crate) fn tell_conversations(&mut self) {
        let Some(session) = self.agent.workspace.session() else {
            return self.tell("System: No agent is logged in.");
        };
        let rows = session.conversations.iter().map(|one| {
            let state = &one.state;
            let here = if Some(&state.id) == session.at.as_ref() {
                ", in view"
            } else {
                ""
            };
            let open = if state.is_open { "open" } else { "closed" };
            let role = match &state.role {
                None => "not yours".to_owned(),
                Some(Role::AssignedAgent) => "yours".to_owned(),
                Some(role) => format!("you are {}", names::role(role)),
            };
            format!(
                "Conversation with {}, {open}, {role}{here}.",
                row(&state.consumer.name)
            )
        });
        let rows: Vec<String> = rows.collect();
        if rows.is_empty() {
            return self.tell("System: There is no conversation.");
        }
        self.rows.extend(rows);
    }

    /// Tells where the agent is.
    pub(crate) fn tell_where_as_agent(&mut self) {
        let Some(session) = self.agent.workspace.session() else {
            return self.tell("System: No agent is logged in.");
        };
        let rings = counted(session.rings.len(), "ring");
        let words = format!("You type as {}. {rings}.", session.name());
        self.tell(words);
        self.tell_conversations();
    }

    /// A session had no room for a command.
    pub(crate) fn refused_by_session(&mut self, command: &Command) {
        if !matches!(command, Command::Look(_) | Command::Writing { .. }) {
            self.notice(busy());
        }
    }
}
