//! A made-up agent's chair: what it tells the desk, and what it is told.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use handset::{
    config::library::Library,
    domain::{
        availability::Availability,
        content::Content,
        ids::ConversationId,
        role::Role,
        time::Timestamp,
        workspace::view::{Body, Colleague, Consumer, Delivery, Held, Line, Place, Ring},
    },
    engine::agent_session::{
        command::Command,
        update::{Link, State, Update},
    },
    tui::agent::{Chairs, Seat},
};
use serde_json::{Value, json};
use tokio::{sync::mpsc, time::timeout};

use crate::support::scene;

/// Longest wait for anything a test waits for.
const LIMIT: Duration = crate::support::LIMIT;

/// The other end of a chair somebody sat down in.
pub(crate) struct Chair {
    pub(crate) user: String,
    pub(crate) updates: mpsc::Sender<Update>,
    pub(crate) commands: mpsc::Receiver<Command>,
}

/// Chairs for these users, and where their other ends come from.
pub(crate) fn chairs(users: &[&str], alone: bool) -> (Chairs, mpsc::UnboundedReceiver<Chair>) {
    let (taken, ends) = mpsc::unbounded_channel();
    let taken = Arc::new(Mutex::new(taken));
    let chairs = Chairs {
        users: users.iter().map(|&user| user.to_owned()).collect(),
        hint: String::new(),
        alone,
        sit: Arc::new(move |user| {
            let taken = Arc::clone(&taken);
            Box::pin(async move {
                if user == "nobody" {
                    return Err("the cloud does not know nobody".to_owned());
                }
                let (tell, updates) = mpsc::channel(1024);
                let (commands, told) = mpsc::channel(64);
                let end = Chair {
                    user,
                    updates: tell,
                    commands: told,
                };
                taken.lock().unwrap().send(end).unwrap();
                Ok(Seat { commands, updates })
            })
        }),
        library: Library::embedded(),
    };
    (chairs, ends)
}

impl Chair {
    /// The chair somebody sits down in next, which is up and online.
    pub(crate) async fn taken(ends: &mut mpsc::UnboundedReceiver<Self>) -> Self {
        let next = timeout(LIMIT, ends.recv()).await.expect("a chair in time");
        let chair = next.unwrap();
        chair.tell(up(&chair.user, Availability::Online)).await;
        chair.tell(house()).await;
        chair
    }

    pub(crate) async fn tell(&self, update: Update) {
        self.updates.send(update).await.unwrap();
    }

    /// The next wish, whatever it is.
    pub(crate) async fn any_command(&mut self) -> Command {
        let next = timeout(LIMIT, self.commands.recv()).await;
        next.expect("a wish in time").expect("a running desk")
    }

    /// The next wish but those that only tell what is looked at or typed.
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
pub(crate) fn held(id: &str, consumer: &str) -> Held {
    let fact = |name: &str, value: &str| (name.into(), value.into());
    Held {
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

pub(crate) fn line(number: u64, seconds: i64, body: Body) -> Line {
    Line {
        number,
        place: Place {
            dialog: 0,
            sequence: number,
            number,
        },
        at: scene::at(seconds),
        body,
    }
}

pub(crate) fn said(role: Role, name: &str, mine: bool, content: Content) -> Body {
    Body::Said {
        name: name.into(),
        role,
        mine,
        content,
        private: false,
        dialog: "c1".into(),
        metadata: None,
        delivery: Delivery::Read,
    }
}

pub(crate) fn text(text: &str) -> Content {
    Content::text(text.into())
}

/// A private note.
pub(crate) fn note(name: &str, mine: bool, said: &str) -> Body {
    Body::Said {
        name: name.into(),
        role: Role::AssignedAgent,
        mine,
        content: text(said),
        private: true,
        dialog: "c1".into(),
        metadata: None,
        delivery: Delivery::Sent,
    }
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
    Update::Lines {
        conversation: ConversationId::from(conversation),
        lines,
    }
}

pub(crate) fn metadata(id: &str) -> Value {
    json!([{"type": "ExternalId", "id": id}])
}

/// A conversation with something of everything in it.
pub(crate) fn talk(id: &str) -> Update {
    let clicked = Body::Clicked {
        sequence: 4,
        metadata: Some(metadata("offer-reserve")),
    };
    let mut answer = said(
        Role::Consumer,
        "Ada Quill",
        false,
        text("Please reserve one for me"),
    );
    if let Body::Said { metadata: told, .. } = &mut answer {
        *told = Some(metadata("offer-reserve"));
    }
    let joined = Body::Quiet {
        text: "Kim took the conversation".into(),
    };
    lines(
        id,
        vec![
            line(
                1,
                10,
                said(
                    Role::Consumer,
                    "Ada Quill",
                    false,
                    text("Is the blue one in stock? 在庫 👍🏽"),
                ),
            ),
            line(2, 20, joined),
            line(
                3,
                25,
                said(Role::AssignedAgent, "Kim", true, text("Yes, two left. 🎉")),
            ),
            line(4, 40, said(Role::AssignedAgent, "Kim", true, offer())),
            line(5, 50, clicked),
            line(6, 51, answer),
            line(7, 60, note("Kim", true, "She is a gold customer, be kind")),
            line(
                8,
                65,
                note("Riley", false, "She asked for the red one last week"),
            ),
            line(
                9,
                70,
                said(
                    Role::AssignedAgent,
                    "Kim",
                    true,
                    text("Reserved until Saturday."),
                ),
            ),
        ],
    )
}

/// A moment on the made-up day.
pub(crate) fn moment(seconds: i64) -> Timestamp {
    scene::at(seconds)
}
