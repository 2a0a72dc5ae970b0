//! A session of the test's at the sandbox, with what it was shown.

use std::collections::BTreeMap;

use handset::{
    client::ums,
    domain::{
        availability::Availability,
        content::Content,
        ids::ConversationId,
        line::{Line, LineBody},
        text::SafeText,
        workspace::{
            command::Command,
            effect::Shown,
            view::{ConversationState, Ring},
        },
    },
    engine::agent_session::{
        self, Running,
        update::{State, Update},
    },
    rt::tls::Trust,
    sandbox::Sandbox,
};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::support::soon;

/// A session and everything it has shown.
pub(super) struct TestSession {
    running: Running,
    pub(super) state: Option<State>,
    pub(super) rings: Vec<Ring>,
    pub(super) conversations: BTreeMap<ConversationId, ConversationState>,
    pub(super) gone: Vec<ConversationId>,
    lines: BTreeMap<(ConversationId, u32), Line>,
    pub(super) typing: Option<bool>,
    pub(super) skills: Vec<(String, String)>,
    pub(super) agents: Vec<(String, String)>,
    pub(super) notices: Vec<String>,
    /// How often the connection was lost.
    pub(super) losses: usize,
}

impl TestSession {
    /// Takes a session as one of the sandbox's agents, and waits until it is ready.
    pub(super) async fn take(sandbox: &Sandbox, username: &str) -> Self {
        let csds = sandbox.ready().csds;
        Self::take_by(sandbox, username, &csds, Trust::default()).await
    }

    /// The same by way of another address.
    pub(super) async fn take_by(
        sandbox: &Sandbox,
        username: &str,
        csds: &str,
        trust: Trust,
    ) -> Self {
        let ready = sandbox.ready();
        let mut agents = ready.agents.iter();
        let user = agents.find(|user| user.username == username).unwrap();
        let cloud = ums::Settings {
            csds: Url::parse(csds).unwrap(),
            account: ready.account,
            username: username.to_owned(),
            password: user.password.clone(),
            trust,
            times: ums::Times::default(),
        };
        let names = sandbox.agents().iter();
        let settings = agent_session::Settings {
            cloud,
            availability: Availability::Online,
            names: names
                .map(|(id, name)| (id.clone(), SafeText::from(name.as_str())))
                .collect(),
        };
        let running = agent_session::start(settings, CancellationToken::new()).unwrap();
        let mut session = Self {
            running,
            state: None,
            rings: Vec::new(),
            conversations: BTreeMap::new(),
            gone: Vec::new(),
            lines: BTreeMap::new(),
            typing: None,
            skills: Vec::new(),
            agents: Vec::new(),
            notices: Vec::new(),
            losses: 0,
        };
        session
            .until("the session is ready", |session| {
                session.state == Some(State::Up)
            })
            .await;
        session
    }

    pub(super) async fn does(&self, command: Command) {
        self.running.commands.send(command).await.unwrap();
    }

    /// Looks at what is shown until something is.
    pub(super) async fn until(&mut self, what: &str, is: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !is(self) {
                let update = self.running.updates.recv().await;
                let update = update.expect("the session goes on");
                self.shown(update);
            }
        };
        let waited = tokio::time::timeout(crate::support::LIMIT, waiting).await;
        assert!(
            waited.is_ok(),
            "waited in vain: {what}\n{:#?}\n{:?}\n{:#?}",
            self.lines.values().collect::<Vec<_>>(),
            self.notices,
            self.conversations
        );
    }

    fn shown(&mut self, update: Update) {
        match update {
            Update::Link(link) => {
                let is_down = |state: &State| matches!(state, State::Down { .. });
                let was_down = self.state.as_ref().is_some_and(is_down);
                self.losses += usize::from(is_down(&link.state) && !was_down);
                self.state = Some(link.state);
            }
            Update::Shown(Shown::Rings(rings)) => self.rings = rings,
            Update::Shown(Shown::Conversation(conversations)) => {
                self.conversations
                    .insert(conversations.id.clone(), *conversations);
            }
            Update::Shown(Shown::Gone(id)) => {
                self.conversations.remove(&id);
                self.gone.push(id);
            }
            Update::Shown(Shown::Lines {
                conversation,
                lines,
            }) => {
                for line in lines {
                    self.lines
                        .insert((conversation.clone(), line.id.number), line);
                }
            }
            Update::Shown(Shown::Typing { typing, .. }) => self.typing = Some(typing),
            Update::House { skills, agents } => {
                let skills = skills.into_iter();
                self.skills = skills
                    .map(|(id, name)| (id.to_string(), name.to_string()))
                    .collect();
                let agents = agents.into_iter();
                self.agents = agents
                    .map(|one| (one.name.to_string(), one.id.to_string()))
                    .collect();
            }
            Update::Notice(notice) => self.notices.push(format!("{notice:?}")),
            Update::Stopped => panic!("stopped"),
        }
    }

    /// Takes the ring of a conversation.
    pub(super) async fn accept(&mut self, id: &str) {
        let room = ConversationId::from(id);
        self.until("a ring", |session| {
            session.rings.iter().any(|ring| ring.conversation == room)
        })
        .await;
        let mut rings = self.rings.iter();
        let ring = rings.find(|ring| ring.conversation == room).unwrap();
        self.does(Command::Accept(ring.id.clone())).await;
        self.until("the conversation is there", |session| {
            session.rings.is_empty()
                && session
                    .conversations
                    .get(&room)
                    .is_some_and(|conversations| conversations.role.is_some())
        })
        .await;
    }

    pub(super) fn room(&self, id: &str) -> &ConversationState {
        &self.conversations[&ConversationId::from(id)]
    }

    /// The lines of a conversation as they stand.
    pub(super) fn lines(&self, id: &str) -> Vec<&Line> {
        let lines = self.lines.iter();
        let mut lines: Vec<&Line> = lines
            .filter(|((room, _), _)| room.as_str() == id)
            .map(|(_, line)| line)
            .collect();
        lines.sort_by_key(|line| line.place);
        lines
    }

    /// What is said in it, in order.
    pub(super) fn texts(&self, id: &str) -> Vec<String> {
        let lines = self.lines(id);
        lines.iter().filter_map(|line| text(line)).collect()
    }

    /// The line with this text.
    pub(super) fn line(&self, id: &str, said: &str) -> Option<&Line> {
        let lines = self.lines(id);
        lines
            .into_iter()
            .find(|line| text(line).as_deref() == Some(said))
    }

    pub(super) fn quiet(&self, id: &str) -> Vec<String> {
        let lines = self.lines(id);
        let quiet = lines.iter().filter_map(|line| match &line.body {
            LineBody::Quiet { text } => Some(text.to_string()),
            _ => None,
        });
        quiet.collect()
    }

    /// Gets up, and sees the last update come last.
    pub(super) async fn leave(mut self) {
        self.does(Command::Quit).await;
        let last = async {
            let mut last = None;
            while let Some(update) = self.running.updates.recv().await {
                last = Some(update);
            }
            last
        };
        assert_eq!(soon("the last update", last).await, Some(Update::Stopped));
        soon("the end of the session", self.running.task)
            .await
            .unwrap();
    }
}

fn text(line: &Line) -> Option<String> {
    match line.content() {
        Some(Content::Text { text, .. }) => Some(text.to_string()),
        _ => None,
    }
}
