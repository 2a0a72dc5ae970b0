//! A phone without a screen: the real engine with its journal and listener,
//! and the sandbox as its cloud, all in this process.

use std::{path::Path, time::Duration};

use handset::{
    client,
    domain::{
        content::Content,
        conversation::event::Act,
        ids::{AccountId, ClientId, ItemId},
        inbound::Credentials,
        line::{Delivery, Line, LineBody},
        notice::Notice,
        persona::Persona,
        secret::Secret,
    },
    engine::{self, Parts, Running, command::Command, update::Update},
    ingress::{intake::Intake, listener, status::StatusWatch, tunnel::Claims},
    rt::{shutdown::Shutdown, world_clock::WorldClock},
    sandbox::{
        self, Sandbox,
        settings::{Agent, Delays, Retry},
    },
    store::{Journal, Start},
};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_util::sync::CancellationToken;

use crate::support::{
    hooks::{ACCOUNT, CLIENT, SECRET},
    scene::act,
    soon,
};

/// Where the listener serves.
pub(super) const PATH: &str = "/hook/0123456789abcdef0123456789abcdef";

/// Who holds the phone when nobody else is named.
pub(super) fn ada() -> Persona {
    Persona::named("Ada Quill", "handset-ada".into())
}

/// A cloud that wastes no time.
pub(super) async fn cloud(agent: Agent) -> Sandbox {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = sandbox::settings::Settings {
        account: Some(AccountId::from(ACCOUNT)),
        client_id: Some(ClientId::from(CLIENT)),
        client_secret: Some(Secret::new(SECRET)),
        seed: Some(7),
        agent,
        delays: Delays::none(),
        retry: Retry {
            first_gap: Duration::from_millis(40),
            longest_gap: Duration::from_millis(80),
            ..Retry::default()
        },
        ..sandbox::settings::Settings::default()
    };
    sandbox::start(socket, settings).await.unwrap()
}

/// A running phone.
pub(super) struct Phone {
    pub(super) running: Running,
    pub(super) claims: Claims,
    pub(super) journal: Journal,
    pub(super) stop: CancellationToken,
    pub(super) hook: std::net::SocketAddr,
    shutdown: Shutdown,
    /// The lines as the front end has been told them.
    pub(super) items: Vec<Line>,
    pub(super) notices: Vec<Notice>,
}

impl Phone {
    /// Starts a phone on a cloud, with its journal in a folder.
    pub(super) async fn start(cloud: &Sandbox, folder: &Path) -> Self {
        Self::try_start(cloud, folder).await.unwrap()
    }

    /// The same, where the engine may refuse.
    pub(super) async fn try_start(cloud: &Sandbox, folder: &Path) -> Result<Self, engine::Error> {
        Self::start_with(cloud, folder, Vec::new()).await
    }

    /// The same with the phones of these consumers open.
    pub(super) async fn start_with(
        cloud: &Sandbox,
        folder: &Path,
        personas: Vec<Persona>,
    ) -> Result<Self, engine::Error> {
        let near = StatusWatch::near();
        Self::start_behind(cloud, folder, personas, (near, false)).await
    }

    /// The same with somebody who fetches the pictures of cards.
    pub(super) async fn start_fetching(
        cloud: &Sandbox,
        folder: &Path,
        pictures: client::PictureFetcher,
    ) -> Result<Self, engine::Error> {
        let near = (StatusWatch::near(), false);
        Self::start_wholly(cloud, folder, Vec::new(), near, Some(pictures)).await
    }

    /// The same behind a way in of its own, in production or not.
    pub(super) async fn start_behind(
        cloud: &Sandbox,
        folder: &Path,
        personas: Vec<Persona>,
        (ingress, production): (StatusWatch, bool),
    ) -> Result<Self, engine::Error> {
        Self::start_wholly(cloud, folder, personas, (ingress, production), None).await
    }

    async fn start_wholly(
        cloud: &Sandbox,
        folder: &Path,
        personas: Vec<Persona>,
        (ingress, production): (StatusWatch, bool),
        pictures: Option<client::PictureFetcher>,
    ) -> Result<Self, engine::Error> {
        let opened = Journal::open(&folder.join("journal.db"), Start::Cursor).await;
        let (journal, feed) = opened.unwrap();
        let ready = cloud.ready();
        let credentials = Credentials {
            account: ready.account.clone(),
            client: ready.client_id.clone(),
            secret: ready.client_secret.clone(),
        };
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hook = socket.local_addr().unwrap();
        cloud.set_webhook(&listener::url(hook, PATH).parse().unwrap());
        let intake = Intake::new(credentials.clone(), journal.clone());
        let take = move |request| {
            let intake = intake.clone();
            async move { intake.take(request).await }
        };
        let settings = listener::ListenerSettings {
            path: Some(PATH.to_owned()),
            ..listener::ListenerSettings::default()
        };
        let shutdown = Shutdown::new();
        listener::serve(socket, settings, take, &shutdown).unwrap();
        let (reports, exchanges) = mpsc::channel(256);
        let client = client::Client::new(
            client::Settings::new(
                ready.csds.parse().unwrap(),
                credentials.account.clone(),
                credentials.client,
                credentials.secret,
            ),
            reports,
        )
        .unwrap();
        let settings = engine::Settings {
            personas,
            usual: ada(),
            brand: "Acme".into(),
            sandbox: true,
            names: std::collections::BTreeMap::new(),
            listener: None,
            listener_url: None,
            sandbox_at: None,
            production,
            fresh: false,
        };
        let claims = Claims::default();
        let parts = Parts {
            client,
            pictures,
            exchanges,
            journal: journal.clone(),
            feed,
            claims: claims.clone(),
            ingress,
            clock: WorldClock::default(),
        };
        let stop = CancellationToken::new();
        let running = match engine::start(settings, parts, stop.clone()).await {
            Ok(running) => running,
            Err(refused) => {
                shutdown.stop(Duration::from_secs(5)).await;
                journal.close().await;
                return Err(refused);
            }
        };
        Ok(Self {
            running,
            claims,
            journal,
            stop,
            hook,
            shutdown,
            items: Vec::new(),
            notices: Vec::new(),
        })
    }

    pub(super) async fn tell(&self, command: Command) {
        self.running.commands.send(command).await.unwrap();
    }

    pub(super) async fn say(&self, text: &str) {
        self.tell(act(Act::submit(text.to_owned()))).await;
    }

    /// Takes the next update.
    pub(super) async fn next(&mut self) -> Option<Update> {
        let update = self.running.updates.recv().await?;
        match &update {
            Update::Lines(items) => {
                for item in items {
                    self.items.retain(|known| known.id != item.id);
                    self.items.push(item.clone());
                }
                self.items.sort_by_key(|item| item.place);
            }
            Update::Notice(notice) => self.notices.push(notice.clone()),
            _ => {}
        }
        Some(update)
    }

    /// Takes updates until one is as wanted.
    pub(super) async fn until(&mut self, what: &str, is_so: impl Fn(&Update) -> bool) {
        soon(what, async {
            while let Some(update) = self.next().await {
                if is_so(&update) {
                    return;
                }
            }
            panic!("the engine ended before: {what}");
        })
        .await;
    }

    /// Takes updates until the phone is as wanted.
    pub(super) async fn wait(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        soon(what, async {
            while !is_so(self) {
                assert!(
                    self.next().await.is_some(),
                    "the engine ended before: {what}"
                );
            }
        })
        .await;
    }

    /// Leaves in order.
    pub(super) async fn quit(mut self) -> Vec<Line> {
        self.tell(Command::Quit).await;
        self.until("the end", |update| *update == Update::Stopped)
            .await;
        soon("the engine's task", self.running.task).await.unwrap();
        self.journal.close().await;
        self.shutdown.stop(Duration::from_secs(5)).await;
        self.items
    }

    /// Ends without a goodbye, as a kill would: nothing is flushed.
    pub(super) async fn kill(self) {
        self.running.task.abort();
        let _ = self.running.task.await;
        self.shutdown.stop(Duration::from_secs(5)).await;
        self.journal.close().await;
    }

    /// What the consumer wrote, with its marks, top to bottom.
    pub(super) fn mine(&self) -> Vec<(String, bool)> {
        mine(&self.items)
    }

    /// The consumer's bubble of these words is this far.
    pub(super) fn is(&self, words: &str, far: impl Fn(&Delivery) -> bool) -> bool {
        self.items.iter().any(|item| {
            matches!(&item.body, LineBody::Mine { delivery, .. }
                if text(item) == words && far(delivery))
        })
    }

    /// The bubble of others with these words.
    pub(super) fn theirs(&self, words: &str) -> Option<ItemId> {
        let others = |item: &&Line| matches!(item.body, LineBody::Theirs { .. });
        let found = self.items.iter().filter(others);
        found
            .clone()
            .find(|item| text(item).contains(words))
            .map(|item| item.id)
    }
}

/// What the consumer wrote, and whether the cloud has it.
pub(super) fn mine(items: &[Line]) -> Vec<(String, bool)> {
    let of = |item: &Line| match &item.body {
        LineBody::Mine { delivery, .. } => Some((text(item), delivery.sequence().is_some())),
        _ => None,
    };
    items.iter().filter_map(of).collect()
}

/// The words of a line.
pub(super) fn text(item: &Line) -> String {
    match &item.body {
        LineBody::Mine {
            content: Content::Text { text, .. },
            ..
        }
        | LineBody::Theirs {
            content: Content::Text { text, .. },
            ..
        }
        | LineBody::Quiet { text } => text.to_string(),
        _ => String::new(),
    }
}
