//! What a played agent says and does: the commands of a person at the agent workspace.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    domain::{
        availability::Availability,
        ids::{ConversationId, SkillId},
        role::Role,
        workspace::command::{Command, Message},
    },
    report::outcome::FailureKind,
    runner::{
        agent_state::AgentState,
        arming::span_words,
        condition::is_called,
        hub::HubState,
        play::{DEED, Halt, Performance, Player},
    },
    scenario::script::{Deed, Handover, ScriptStep, Template},
};

impl Performance<'_> {
    async fn send_agent(
        &self,
        step: &ScriptStep,
        name: &str,
        command: Command,
    ) -> Result<(), Halt> {
        let Some(Player::Agent { commands }) = self.players.get(name) else {
            return Err(self.wrong(step, &format!("{name} is not played as an agent")));
        };
        let sent = tokio::time::timeout(DEED, commands.send(command)).await;
        match sent {
            Ok(Ok(())) => Ok(()),
            _ => Err(self.wrong(step, &format!("{name} is logged out"))),
        }
    }

    /// The conversation an agent works in.
    fn conversation_of(&self, step: &ScriptStep, name: &str) -> Result<ConversationId, Halt> {
        let known = self.hub.known();
        let agent = known.agents.get(name);
        let conversation = agent.and_then(|agent| agent.conversation.clone());
        drop(known);
        conversation.ok_or_else(|| {
            let why = format!(
                "{name} has no conversation; {name} takes one first, or joins: `{name} takes`"
            );
            self.wrong(step, &why)
        })
    }

    pub(super) async fn agent_says(
        &mut self,
        step: &ScriptStep,
        name: &str,
        text: &str,
        private: bool,
    ) -> Result<(), Halt> {
        let message = Message::Text {
            text: text.to_owned(),
            replies: None,
        };
        self.agent_sends(step, name, (message, None), private).await
    }

    /// Sends a message of an agent's, and waits until the cloud has it.
    async fn agent_sends(
        &mut self,
        step: &ScriptStep,
        name: &str,
        (message, metadata): (Message, Option<Value>),
        private: bool,
    ) -> Result<(), Halt> {
        let conversation = self.conversation_of(step, name)?;
        self.begin_deed();
        let after = self.newest_own(name);
        if !private {
            let writing = Command::Writing {
                conversation: conversation.clone(),
                any: true,
            };
            self.send_agent(step, name, writing).await?;
        }
        let say = Command::Say {
            conversation: conversation.clone(),
            message,
            private,
            metadata,
        };
        self.send_agent(step, name, say).await?;
        if !private {
            let any = false;
            let written = Command::Writing { conversation, any };
            self.send_agent(step, name, written).await?;
        }
        self.sent(step, name, after, false).await
    }

    pub(super) async fn agent_does(
        &mut self,
        step: &ScriptStep,
        name: &str,
        deed: &Deed,
    ) -> Result<(), Halt> {
        self.begin_deed();
        match deed {
            Deed::Takes => self.take(step, name).await,
            Deed::Declines => {
                let (ring, _) = self.ring(step, name).await?;
                self.send_agent(step, name, Command::Reject(ring.clone()))
                    .await?;
                let gone = move |agent: &AgentState| agent.rings.iter().all(|one| one.id != ring);
                self.agent_shows(step, name, "the ring did not end", gone)
                    .await
            }
            Deed::Types(span) => {
                let conversation = self.conversation_of(step, name)?;
                let any = true;
                let writing = Command::Writing { conversation, any };
                self.send_agent(step, name, writing).await?;
                let until = self.hub.now() + *span;
                self.until(until, |_, _| None::<()>).await?;
                self.end_deed();
                Ok(())
            }
            Deed::Whispers(text) => {
                let said = text.said(&self.values);
                let text = said.map_err(|why| self.wrong(step, &why.to_string()))?;
                self.agent_says(step, name, &text, true).await
            }
            Deed::Replies(key) => {
                let key = self.fill(key, step)?;
                let (consumer, me) = self.names_for(name);
                let text = self.library.reply(&key, &consumer, &me);
                let text = text.map_err(|why| self.wrong(step, &why))?;
                self.agent_says(step, name, &text, false).await
            }
            Deed::ShowsCard(file) => {
                let path = self.path_beside(file, step)?;
                let library = std::sync::Arc::clone(&self.library);
                let read = tokio::task::spawn_blocking(move || library.card(&path));
                let card = read
                    .await
                    .unwrap_or_else(|_| Err("reading it broke off".to_owned()));
                let card = card.map_err(|why| self.wrong(step, &why))?;
                self.agent_sends(step, name, card, false).await
            }
            Deed::Offers(titles) => {
                let titles = self.values.fill_all(titles);
                let titles = titles.map_err(|why| self.wrong(step, &why))?;
                self.agent_sends(step, name, (offer(&titles), None), false)
                    .await
            }
            Deed::HandsTo(to) => self.hand_on(step, name, to).await,
            Deed::Joins => {
                let conversation = self.consumers_conversation(step)?;
                self.choose(name, &conversation);
                self.send_agent(step, name, Command::Join(conversation.clone()))
                    .await?;
                self.send_agent(step, name, Command::Look(Some(conversation)))
                    .await?;
                let is_in =
                    |agent: &AgentState| agent.current().is_some_and(|one| one.role.is_some());
                self.agent_shows(step, name, "nobody joined", is_in).await
            }
            Deed::Leaves => {
                let conversation = self.conversation_of(step, name)?;
                self.send_agent(step, name, Command::Leave(conversation))
                    .await?;
                let is_out =
                    |agent: &AgentState| agent.current().is_none_or(|one| one.role.is_none());
                self.agent_shows(step, name, "nobody left", is_out).await
            }
            Deed::Closes { with_survey } => {
                let conversation = self.conversation_of(step, name)?;
                let survey = *with_survey;
                let close = Command::Close {
                    conversation,
                    survey,
                };
                self.send_agent(step, name, close).await?;
                let is_closed = |agent: &AgentState| agent.current().is_none_or(|one| !one.is_open);
                let what = "the conversation was not closed";
                self.agent_shows(step, name, what, is_closed).await
            }
            Deed::GoesTo(availability) => self.go_to(step, name, *availability).await,
            Deed::GoesOnline(true) => self.go_to(step, name, Availability::Online).await,
            _ => Err(self.wrong(step, "this is no deed of an agent")),
        }
    }

    async fn go_to(
        &mut self,
        step: &ScriptStep,
        name: &str,
        availability: Availability,
    ) -> Result<(), Halt> {
        let command = Command::Availability(availability);
        self.send_agent(step, name, command).await?;
        let is_so = |agent: &AgentState| agent.availability == availability;
        self.agent_shows(step, name, "the agent's state did not change", is_so)
            .await
    }

    /// Waits until something rings; gives the ring's id and the conversation.
    async fn ring(
        &mut self,
        step: &ScriptStep,
        name: &str,
    ) -> Result<(String, ConversationId), Halt> {
        let (within, _) = self.deadline(step);
        let until = self.anchor.at + within;
        let rung = self.until(until, |known, _| {
            let ring = known.agents.get(name)?.rings.first()?;
            Some((ring.id.clone(), ring.conversation.clone()))
        });
        rung.await?.ok_or_else(|| {
            let within = span_words(within);
            let line = step.place.line;
            let mut halt = self.undone(step, "nothing rings", DEED);
            if let Halt::Failed(failure) = &mut halt {
                failure.kind = FailureKind::Late;
                failure.message =
                    format!("late: nothing rings for {name} within {within} (line {line})");
            }
            halt
        })
    }

    async fn take(&mut self, step: &ScriptStep, name: &str) -> Result<(), Halt> {
        let (ring, conversation) = self.ring(step, name).await?;
        self.choose(name, &conversation);
        self.send_agent(step, name, Command::Accept(ring)).await?;
        self.send_agent(step, name, Command::Look(Some(conversation)))
            .await?;
        let has = |agent: &AgentState| {
            let role = agent.current().and_then(|one| one.role.clone());
            role == Some(Role::AssignedAgent)
        };
        self.agent_shows(
            step,
            name,
            "the conversation did not come to the agent",
            has,
        )
        .await
    }

    /// From now on the agent works in this conversation.
    fn choose(&self, name: &str, conversation: &ConversationId) {
        let now = self.hub.now();
        let mut known = self.hub.known();
        let HubState { agents, logs, .. } = &mut *known;
        if let Some(agent) = agents.get_mut(name) {
            agent.conversation = Some(conversation.clone());
            if let (Some(state), Some(log)) = (agent.current(), logs.get_mut(name)) {
                log.workspace(now, state);
            }
        }
    }

    async fn hand_on(&mut self, step: &ScriptStep, name: &str, to: &Handover) -> Result<(), Halt> {
        let conversation = self.conversation_of(step, name)?;
        let command = match to {
            Handover::Skill(skill) => Command::TransferToSkill {
                conversation,
                skill: self.skill_for(step, name, skill)?,
            },
            Handover::Agent(agent) => {
                let wanted = self.fill(agent, step)?;
                let known = self.hub.known();
                let colleagues = known.agents.get(name).map(|agent| &agent.colleagues);
                let mut all = colleagues.into_iter().flatten();
                let found = all.find(|one| is_called(&wanted, one.name.as_str()));
                let agent = found.map(|one| one.id.clone());
                drop(known);
                let why = format!("{name} knows no agent {wanted:?} to hand it to");
                Command::TransferToAgent {
                    conversation,
                    agent: agent.ok_or_else(|| self.wrong(step, &why))?,
                }
            }
            Handover::Queue => Command::BackToQueue(conversation),
        };
        self.send_agent(step, name, command).await?;
        let has_left = |agent: &AgentState| {
            let role = agent.current().and_then(|one| one.role.clone());
            role != Some(Role::AssignedAgent)
        };
        self.agent_shows(step, name, "the conversation was not handed on", has_left)
            .await
    }

    fn skill_for(&self, step: &ScriptStep, name: &str, skill: &Template) -> Result<SkillId, Halt> {
        let wanted = self.fill(skill, step)?;
        let known = self.hub.known();
        let skills = known.agents.get(name).map(|agent| &agent.skills);
        let mut all = skills.into_iter().flatten();
        let is_meant = |one: &&(SkillId, crate::domain::text::SafeText)| {
            one.1.as_str().eq_ignore_ascii_case(&wanted)
        };
        let found = all.find(is_meant).map(|(id, _)| id.clone());
        drop(known);
        let found = found.or_else(|| self.skill(&wanted));
        found.ok_or_else(|| self.wrong(step, &format!("{name} knows no skill {wanted:?}")))
    }

    /// The conversation of the consumer who acted last.
    fn consumers_conversation(&self, step: &ScriptStep) -> Result<ConversationId, Halt> {
        let known = self.hub.known();
        let log = known.logs.get(&self.focus);
        let situation = log.and_then(|log| log.situation());
        let id = situation.map(|(_, one)| one.conversation.clone());
        drop(known);
        id.ok_or_else(|| self.wrong(step, "there is no conversation yet that could be joined"))
    }

    /// The first names of the consumer and of the agent.
    fn names_for(&self, name: &str) -> (String, String) {
        let known = self.hub.known();
        let agent = known.agents.get(name);
        let consumer = agent.and_then(AgentState::current);
        let first = |name: &str| name.split_whitespace().next().unwrap_or(name).to_owned();
        let consumer = consumer.map(|one| first(one.consumer.name.as_str()));
        let mut letters = name.chars();
        let me = letters.next().map(char::to_uppercase);
        let me = me.into_iter().flatten().chain(letters).collect();
        (consumer.unwrap_or_default(), me)
    }

    /// Waits until a workspace shows what a deed sets off.
    async fn agent_shows(
        &mut self,
        step: &ScriptStep,
        name: &str,
        what: &str,
        is_so: impl Fn(&AgentState) -> bool,
    ) -> Result<(), Halt> {
        let until = self.hub.now() + DEED;
        let shown = self.until(until, |known, _| {
            let agent = known.agents.get(name)?;
            is_so(agent).then_some(())
        });
        shown.await?.ok_or_else(|| self.undone(step, what, DEED))?;
        self.end_deed();
        Ok(())
    }
}

/// A question with quick replies that say their titles.
fn offer(titles: &[String]) -> Message {
    let replies = titles.iter().map(|title| {
        json!({
            "type": "button",
            "title": title,
            "click": { "actions": [{ "type": "publishText", "text": title }] },
        })
    });
    Message::Text {
        text: titles.join(" / "),
        replies: Some(json!({
            "type": "quickReplies",
            "itemsPerRow": 8,
            "replies": replies.collect::<Vec<_>>(),
        })),
    }
}

/// How long an agent's login may take.
pub(super) const LOGIN: Duration = Duration::from_secs(30);
