//! A made-up agent's session: what it tells the workspace, and what it is told.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use handset::{
    config::library::Library,
    domain::{
        availability::Availability,
        content::Content,
        ids::{ConversationId, ItemId},
        line::{Delivery, Hops, Line, LineBody},
        role::{Author, Role},
        time::Timestamp,
        workspace::{
            command::Command,
            effect::Shown,
            view::{Colleague, Consumer, ConversationState, Ring},
        },
    },
    engine::agent_session::update::{Link, State, Update},
    tui::agent::{SessionChannels, WorkspaceSettings},
};
use serde_json::{Value, json};
use tokio::{sync::mpsc, time::timeout};

use crate::support::scene;

/// Longest wait for anything a test waits for.
const LIMIT: Duration = crate::support::LIMIT;

/// The other end of a session somebody logged in to.
pub(crate) struct AgentSession {
    pub(crate) user: String,
    pub(crate) updates: mpsc::Sender<Update>,
    pub(crate) commands: mpsc::Receiver<Command>,
}

/// WorkspaceSettings for these users, and where their other ends come from.
pub(crate) fn workspace(
    users: &[&str],
    alone: bool,
) -> (WorkspaceSettings, mpsc::UnboundedReceiver<AgentSession>) {
    let (taken, ends) = mpsc::unbounded_channel();
    let taken = Arc::new(Mutex::new(taken));
    let settings = WorkspaceSettings {
        users: users.iter().map(|&user| user.to_owned()).collect(),
        hint: String::new(),
        alone,
        log_in: Arc::new(move |user| {
            let taken = Arc::clone(&taken);
            Box::pin(async move {
                if user == "nobody" {
                    return Err("the cloud does not know nobody".to_owned());
                }
                let (tell, updates) = mpsc::channel(1024);
                let (commands, told) = mpsc::channel(64);
                let end = AgentSession {
                    user,
                    updates: tell,
                    commands: told,
                };
                taken.lock().unwrap().send(end).unwrap();
                Ok(SessionChannels { commands, updates })
            })
        }),
        library: Library::embedded(),
    };
    (settings, ends)
}

impl AgentSession {
    /// The session somebody logs in to next, which is up and online.
    pub(crate) async fn taken(ends: &mut mpsc::UnboundedReceiver<Self>) -> Self {
        let next = timeout(LIMIT, ends.recv())
            .await
            .expect("a session in time");
        let session = next.unwrap();
        session.tell(up(&session.user, Availability::Online)).await;
        session.tell(house()).await;
        session
    }

    pub(crate) async fn tell(&self, update: Update) {
        self.updates.send(update).await.unwrap();
    }

    /// The next command, whatever it is.
    pub(crate) async fn any_command(&mut self) -> Command {
        let next = timeout(LIMIT, self.commands.recv()).await;
        next.expect("a command in time")
            .expect("a running workspace")
    }

    /// The next command but those that only tell what is looked at or typed.
    pub(crate) async fn command(&mut self) -> Command {
        loop {
            match self.any_command().await {
                Command::Look(_) | Command::Writing { .. } => {}
                command => return command,
            }
        }
    }
}

pub(crate) fn up(user: &str, availability: Availability) -> Update {
    Update::Link(Link {
        me: user.into(),
        account: "55512300".into(),
        state: State::Up,
        availability,
    })
}

pub(crate) fn house() -> Update {
    let agent = |id: &str, name: &str, is_online| Colleague {
        id: id.into(),
        name: name.into(),
        is_online,
    };
    Update::House {
        skills: vec![("1".into(), "Service".into()), ("2".into(), "Sales".into())],
        agents: vec![
            agent("pid-sam", "Sam", Some(true)),
            agent("pid-morgan", "Morgan", None),
        ],
    }
}

/// A ring that ends so many seconds after noon and five.
pub(crate) fn ring(id: &str, consumer: &str, rest: i64) -> Ring {
    Ring {
        id: format!("ring-{id}"),
        conversation: id.into(),
        consumer: consumer.into(),
        skill: "Service".into(),
        since: scene::at(290),
        until: scene::at(300 + rest),
        is_transfer: false,
        preview: "Is the blue one in stock? 在庫 👍🏽".into(),
    }
}

/// A conversation that was taken.
pub(crate) fn state(id: &str, consumer: &str) -> ConversationState {
    let fact = |name: &str, value: &str| (name.into(), value.into());
    ConversationState {
        id: id.into(),
        consumer: Consumer {
            id: "9b1f6c0d".into(),
            name: consumer.into(),
            facts: vec![
                fact("customer id", "C-40417"),
                fact("tier", "gold"),
                fact("e-mail", "ada@quill.test"),
                fact("city", "東京"),
            ],
            features: vec!["RICH_CONTENT".into(), "QUICK_REPLIES".into()],
            sdes: vec![json!({"type": "ctmrinfo", "info": {"customerId": "C-40417"}})],
        },
        skill: ("1".into(), "Service".into()),
        role: Some(Role::AssignedAgent),
        participants: vec![
            ("Kim".into(), Role::AssignedAgent),
            ("Riley".into(), Role::Reader),
        ],
        is_open: true,
        is_surveyed: false,
        started: scene::at(0),
        owed_by: Some(scene::at(300 + 1200)),
        unread: 0,
        csat: None,
        closed_by: "".into(),
    }
}

pub(crate) fn line(number: u32, seconds: i64, body: LineBody) -> Line {
    let id = ItemId {
        phone: None,
        number,
    };
    Line::new(id, scene::at(seconds), (0, u64::from(number)), body)
}

/// Something the agent said.
pub(crate) fn mine(content: Content, delivery: Delivery) -> LineBody {
    LineBody::Mine {
        content,
        delivery,
        hops: Hops::default(),
    }
}

/// Something another said.
pub(crate) fn theirs(role: Role, name: &str, content: Content) -> LineBody {
    LineBody::Theirs {
        author: Author {
            id: "9b1f6c0d".into(),
            role,
        },
        name: name.into(),
        content,
        dialog: "c1".into(),
        sequence: 0,
        answerable: false,
    }
}

pub(crate) fn text(text: &str) -> Content {
    Content::text(text.into())
}

/// The same for agents only.
pub(crate) fn note(mut line: Line) -> Line {
    line.private = true;
    line
}

/// The card `offer` of the library as a message.
pub(crate) fn offer() -> Content {
    let library = Library::embedded();
    let card = library.cards.iter().find(|card| card.key == "offer");
    Content::Rich {
        content: card.unwrap().content.clone().unwrap(),
        replies: Vec::new(),
    }
}

pub(crate) fn lines(conversation: &str, lines: Vec<Line>) -> Update {
    Update::Shown(Shown::Lines {
        conversation: ConversationId::from(conversation),
        lines,
    })
}

pub(crate) fn metadata(id: &str) -> Value {
    json!([{"type": "ExternalId", "id": id}])
}

/// A conversation with something of everything in it.
pub(crate) fn everything(id: &str) -> Update {
    let read = |sequence| Delivery::Read { sequence };
    let quiet = |text: &str| LineBody::Quiet { text: text.into() };
    let ada = |said: &str| theirs(Role::Consumer, "Ada Quill", text(said));
    let about_red = theirs(
        Role::AssignedAgent,
        "Riley",
        text("She asked for the red one last week"),
    );
    let be_kind = text("She is a gold customer, be kind");
    let mut click = line(
        5,
        50,
        quiet("↗ Ada used the card #4 · ExternalId offer-reserve"),
    );
    let mut answer = line(6, 51, ada("Please reserve one for me"));
    for line in [&mut click, &mut answer] {
        line.metadata = Some(metadata("offer-reserve"));
    }
    lines(
        id,
        vec![
            line(1, 10, ada("Is the blue one in stock? 在庫 👍🏽")),
            line(2, 20, quiet("Kim took the conversation")),
            line(3, 25, mine(text("Yes, two left. 🎉"), read(3))),
            line(4, 40, mine(offer(), read(4))),
            click,
            answer,
            note(line(7, 60, mine(be_kind, Delivery::Sent { sequence: 7 }))),
            note(line(8, 65, about_red)),
            line(9, 70, mine(text("Reserved until Saturday."), read(9))),
        ],
    )
}

/// A moment on the made-up day.
pub(crate) fn moment(seconds: i64) -> Timestamp {
    scene::at(seconds)
}
