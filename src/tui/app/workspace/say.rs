//! What Enter does in the agent workspace: say something, carry a command out, complete one.

use crate::{
    domain::{notice::Severity, text::SafeText},
    engine::agent_session::command::Command,
    tui::{
        agent::{
            Chair,
            names::{Taker, one_row},
            pick::Pick,
            talk::Talk,
        },
        app::model::Model,
        commands::slash::{
            Completion, Does, Draft, Slash,
            agent::{self as slash, Wish},
            is_command,
        },
        text::edit::Editor,
    },
};

impl Model {
    /// The ways to go on with the draft in the agent workspace; none when they were put away.
    pub(crate) fn workspace_completions(&self) -> Vec<Completion> {
        let Some(chair) = self.workspace.chair() else {
            return Vec::new();
        };
        let composer = &chair.page().chat.composer;
        if composer.put_away {
            return Vec::new();
        }
        slash::completions(composer.field.text(), |does| self.workspace_values(does))
    }

    /// The values a command of the workspace completes to, each with what it is.
    pub(crate) fn workspace_values(&self, does: Does) -> Vec<(String, Option<String>)> {
        let library = &self.workspace.library;
        let safe = |text: &str| one_row(&SafeText::clean(text));
        match does {
            Does::Theme => {
                let themes = self.themes.iter();
                themes.map(|theme| (theme.name.clone(), None)).collect()
            }
            Does::Workspace(Wish::Reply) => {
                let all = library.replies.iter();
                all.map(|reply| (reply.key.clone(), Some(safe(&reply.text))))
                    .collect()
            }
            Does::Workspace(Wish::Card) => {
                let all = library.cards.iter();
                all.map(|card| (card.key.clone(), Some(one_row(&card.about))))
                    .collect()
            }
            Does::Workspace(Wish::Transfer) => {
                let takers = self
                    .workspace
                    .chair()
                    .map(Chair::takers)
                    .unwrap_or_default();
                let all = takers.into_iter();
                all.map(|(word, about, _)| (word, Some(about))).collect()
            }
            Does::Workspace(Wish::Sit) => {
                let users = self.workspace.users.iter();
                users.map(|user| (user.clone(), None)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The field that is written into in the agent workspace; `None` where nothing can be written.
    pub(crate) fn workspace_field(&mut self) -> Option<(&mut Editor, usize)> {
        let page = self.workspace.chair_mut()?.page_mut();
        let room = page.chat.composer.room();
        Some((&mut page.chat.composer.field, room))
    }

    /// Lets follow what follows from a change in that field.
    pub(crate) fn workspace_edited(&mut self) {
        let Some(chair) = self.workspace.chair_mut() else {
            return;
        };
        let page = chair.page_mut();
        let told = page.chat.composer.typed();
        if let Some(any) = told.filter(|_| !page.is_note && page.takes_text()) {
            let conversation = page.held.id.clone();
            if !conversation.as_str().is_empty() {
                self.workspace.order(Command::Writing { conversation, any });
            }
        }
    }

    /// Sends the draft, or carries it out when it is a command.
    pub(crate) fn submit_in_workspace(&mut self) {
        let completions = self.workspace_completions();
        let Some(chair) = self.workspace.chair_mut() else {
            return;
        };
        let is_ringing = !chair.rings.is_empty();
        let has_talk = chair.talk().is_some();
        let page = chair.page_mut();
        let draft = page.chat.composer.field.text().to_owned();
        if draft.is_empty() {
            if is_ringing && !has_talk {
                self.answer_ring(None, true);
            }
            return;
        }
        let is_bare = matches!(slash::read(&draft), Draft::Command(_, ""));
        if page.chat.composer.take_completion(&completions, is_bare) {
            return;
        }
        // A completion that was taken may have made the command whole.
        let draft = page.chat.composer.field.text().to_owned();
        match slash::read(&draft) {
            Draft::Chat(text) => self.say(text),
            Draft::Command(slash, argument) => {
                let before = self.workspace.chair().and_then(|chair| chair.at.clone());
                let number = self.workspace.chair().map(|chair| chair.number);
                if self.carry_out_in_workspace(slash, argument) {
                    self.clear_draft(number, before.as_ref(), &draft);
                }
            }
            Draft::Unknown(name) => self.tell(
                Severity::Warning,
                &format!("there is no command /{name}"),
                "it was not sent",
                "F1 lists the commands; // at the start sends a text that begins with /",
            ),
        }
    }

    /// Empties the draft a command was, unless the command put another one there.
    fn clear_draft(
        &mut self,
        number: Option<usize>,
        at: Option<&crate::domain::ids::ConversationId>,
        draft: &str,
    ) {
        let mut chairs = self.workspace.chairs.iter_mut();
        let Some(chair) = chairs.find(|chair| Some(chair.number) == number) else {
            return;
        };
        let page = match at {
            Some(id) => chair.talk_of(id),
            None => Some(&mut chair.blank),
        };
        if let Some(page) = page.filter(|page| page.chat.composer.field.text() == draft) {
            page.chat.composer.clear();
        }
    }

    /// Says a text, as a message or as a note.
    fn say(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let Some(talk) = self.workspace.talk().filter(|talk| talk.takes_text()) else {
            return self.tell_no_talk();
        };
        let (conversation, private) = (talk.held.id.clone(), talk.is_note);
        self.workspace.order(Command::Say {
            conversation,
            text: text.to_owned(),
            private,
        });
        if let Some(talk) = self.workspace.chair_mut().and_then(Chair::talk_mut) {
            talk.chat.composer.clear();
            // The next thing written is for the consumer again, unless somebody says otherwise.
            talk.is_note = false;
        }
        self.follow_talk();
    }

    /// Carries a command out; false when its argument was wrong and the draft should stay.
    fn carry_out_in_workspace(&mut self, slash: &Slash, argument: &str) -> bool {
        let outcome = match slash.does {
            Does::Act(_) | Does::Workspace(Wish::Available(_) | Wish::Begin)
                if !argument.is_empty() =>
            {
                Err(
                    "it takes nothing after it; // at the start sends a text that begins with /"
                        .to_owned(),
                )
            }
            Does::Act(action) => {
                // A command to quit is no draft that could be lost.
                if let Some(chair) = self.workspace.chair_mut() {
                    chair.page_mut().chat.composer.clear();
                }
                self.act(action);
                Ok(())
            }
            Does::Theme => self.choose_theme(argument),
            Does::Workspace(wish) => self.grant(wish, argument),
            _ => Err("it is for the phone".to_owned()),
        };
        if let Err(reason) = outcome {
            let title = format!("/{} was not carried out", slash.name);
            self.tell(Severity::Warning, &title, &reason, "");
            return false;
        }
        true
    }

    fn grant(&mut self, wish: Wish, argument: &str) -> Result<(), String> {
        let open = self.workspace.talk().is_some_and(Talk::takes_text);
        let library = &self.workspace.library;
        match wish {
            Wish::Available(state) => self.workspace.order(Command::Availability(state)),
            Wish::Sit => {
                let user = argument.trim();
                if user.is_empty() {
                    self.act(crate::tui::commands::keys::Action::OtherChair);
                } else if self.workspace.users.iter().any(|known| known == user) {
                    self.sit_down(user.to_owned());
                } else {
                    let known = self.workspace.users.join(", ");
                    return Err(format!("there is no agent {user:?}; there are {known}"));
                }
            }
            Wish::Begin => {
                let talk = self
                    .workspace
                    .talk()
                    .ok_or("there is no conversation in view")?;
                let consumer = talk.held.consumer.id.clone();
                self.workspace.order(Command::Begin(consumer));
            }
            _ if !open => return Err("no conversation that takes something is in view".to_owned()),
            Wish::Note if argument.is_empty() => self.turn_note(),
            Wish::Note => {
                if let Some(talk) = self.workspace.chair_mut().and_then(Chair::talk_mut) {
                    let conversation = talk.held.id.clone();
                    self.workspace.order(Command::Say {
                        conversation,
                        text: argument.to_owned(),
                        private: true,
                    });
                    self.follow_talk();
                }
            }
            Wish::Reply if argument.is_empty() => {
                self.act(crate::tui::commands::keys::Action::CannedReply);
            }
            Wish::Reply => {
                let at = library.replies.iter().position(|one| one.key == argument);
                let at = at.ok_or_else(|| format!("there is no reply {argument:?}"))?;
                if let Some(chair) = self.workspace.chair_mut() {
                    chair.page_mut().chat.composer.clear();
                }
                self.picked(Pick::Reply(at));
            }
            Wish::Card if argument.is_empty() => self.act(crate::tui::commands::keys::Action::Card),
            Wish::Card => {
                let at = library.cards.iter().position(|one| one.key == argument);
                let at = at.ok_or_else(|| format!("there is no card {argument:?}"))?;
                self.show_card(at);
            }
            Wish::Transfer if argument.is_empty() => {
                self.act(crate::tui::commands::keys::Action::Transfer);
            }
            Wish::Transfer => {
                let taker = self.workspace.chair().map(|chair| chair.taker(argument));
                let pick = taker.ok_or("no agent is logged in")??;
                self.picked(pick);
            }
        }
        Ok(())
    }

    /// Puts a text into the draft in the agent workspace.
    pub(crate) fn insert_in_workspace(&mut self, text: &str) {
        self.show_tab(crate::tui::inspector::Tab::Agent);
        if let Some(chair) = self.workspace.chair_mut() {
            let composer = &mut chair.page_mut().chat.composer;
            // What begins like a command would be carried out instead of said.
            let text = if composer.field.is_empty() && is_command(text) {
                format!("/{text}")
            } else {
                text.to_owned()
            };
            composer.field.insert(&text);
        }
        self.workspace_edited();
    }

    /// Sends a card.
    pub(crate) fn show_card(&mut self, at: usize) {
        let Some(talk) = self.workspace.talk().filter(|talk| talk.takes_text()) else {
            return self.tell_no_talk();
        };
        let conversation = talk.held.id.clone();
        if let Some(card) = self.workspace.library.cards.get(at) {
            let command = Command::Show {
                conversation,
                content: card.content.clone(),
                replies: card.replies.clone(),
                text: card.text.clone(),
                metadata: card.metadata.clone(),
            };
            self.workspace.order(command);
            self.follow_talk();
        }
    }

    /// Hands the conversation in view over.
    pub(crate) fn hand_over(&mut self, taker: &Taker) {
        let Some(talk) = self.workspace.talk().filter(|talk| talk.held.is_open) else {
            return self.tell_no_talk();
        };
        let conversation = talk.held.id.clone();
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
        self.workspace.order(command);
    }
}
