//! The loop: commands and events in, effects performed, updates out.

use std::{collections::VecDeque, time::Duration};

use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    client::ums::{self, Ask, House, Me},
    domain::{
        ids::{ParticipantId, TimerId},
        notice::Notice,
        text::SafeText,
        time::Timestamp,
        workspace::{Workspace, command::Command, effect::Effect, event::Event, view::Colleague},
    },
    engine::{
        agent_session::{
            Settings, notices,
            update::{Link, State, Update},
        },
        timers::Timers,
    },
    rt::{clock, world_clock::WorldClock},
};

/// How long going home may take: the farewell to the workspace, and again the logout.
const FAREWELL: Duration = Duration::from_secs(3);

/// The workspace and everything that acts on it.
pub(super) struct AgentSession {
    workspace: Workspace,
    account: String,
    asks: mpsc::Sender<Ask>,
    events: mpsc::Receiver<ums::Event>,
    cloud: JoinHandle<()>,
    hang_up: CancellationToken,
    /// What the workspace asked and the connection has no room for yet. The workspace asks little by
    /// itself, and this agent is slower still: it needs no bound of its own.
    waiting: VecDeque<Ask>,
    timers: Timers<TimerId>,
    updates: mpsc::Sender<Update>,
    stop: CancellationToken,
    me: Option<Me>,
    link: Link,
    shown_link: Option<Link>,
    /// The front end does not read any more.
    unheard: bool,
    /// When the farewell has taken long enough.
    leaving: Option<Instant>,
    has_left: bool,
}

impl AgentSession {
    pub(super) fn new(
        settings: Settings,
        updates: mpsc::Sender<Update>,
        stop: CancellationToken,
    ) -> Result<Self, ums::Error> {
        let hang_up = CancellationToken::new();
        let account = settings.cloud.account.to_string();
        let me = SafeText::clean(&settings.cloud.username);
        let running = ums::start(settings.cloud, hang_up.clone())?;
        Ok(Self {
            workspace: Workspace::new(settings.availability, settings.names),
            link: Link {
                me,
                account: SafeText::clean(&account),
                state: State::Connecting,
                availability: settings.availability,
            },
            account,
            asks: running.asks,
            events: running.events,
            cloud: running.task,
            hang_up,
            waiting: VecDeque::new(),
            timers: Timers::new(WorldClock::default()),
            updates,
            stop,
            me: None,
            shown_link: None,
            unheard: false,
            leaving: None,
            has_left: false,
        })
    }

    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        self.show_link().await;
        let asks = self.asks.clone();
        while !self.has_left {
            let due = self.timers.next();
            tokio::select! {
                // What can flood stands last.
                biased;
                () = until(self.leaving) => break,
                () = self.stop.cancelled(), if self.leaving.is_none() => self.quit().await,
                permit = asks.reserve(), if !self.waiting.is_empty() => {
                    match (permit, self.waiting.pop_front()) {
                        (Ok(permit), Some(ask)) => permit.send(ask),
                        // The connection is gone for good: something broke.
                        _ => break,
                    }
                }
                () = until(due) => {
                    while let Some(timer) = self.timers.pop_due() {
                        self.step(Event::Woke(timer)).await;
                    }
                }
                command = commands.recv(), if self.leaving.is_none() => match command {
                    Some(Command::Quit) | None => self.quit().await,
                    Some(command) => self.step(Event::Command(command)).await,
                },
                event = self.events.recv() => match event {
                    Some(event) => self.happened(event).await,
                    None => break,
                },
            }
            if self.unheard && self.leaving.is_none() {
                self.quit().await;
            }
        }
        self.go_home().await;
    }

    /// Begins to leave; what is asked for that is answered, or not, in a short time.
    async fn quit(&mut self) {
        self.leaving = Some(Instant::now() + FAREWELL);
        self.step(Event::Command(Command::Quit)).await;
    }

    /// Hangs up, which logs out, and says that this was all.
    async fn go_home(mut self) {
        self.hang_up.cancel();
        let ending = async {
            // What still comes is of no use; nobody may wait to tell it.
            while self.events.recv().await.is_some() {}
            self.cloud.await
        };
        match timeout(FAREWELL * 2, ending).await {
            Ok(Ok(())) => {}
            Ok(Err(cause)) => tracing::error!(%cause, "the agent's connection broke off"),
            Err(_) => tracing::warn!("the agent's logout took too long"),
        }
        // Gone: then nobody has to know.
        let _ = timeout(FAREWELL, self.updates.send(Update::Stopped)).await;
    }

    async fn happened(&mut self, event: ums::Event) {
        match event {
            ums::Event::Connecting => {}
            ums::Event::Open(me) => {
                self.me = Some(me.clone());
                let Me { full, pid } = me;
                self.step(Event::Up { full, pid }).await;
            }
            ums::Event::Lost { fault, again } => {
                self.step(Event::Down).await;
                let now = now();
                self.link.state = State::Down {
                    why: fault.what.clone(),
                    again: again.map(|again| now.after(again)),
                };
                self.show_link().await;
                if again.is_none() {
                    self.notice(notices::of_fault(&fault, self.link.me.as_str()))
                        .await;
                }
            }
            ums::Event::Answered { request, answer } => {
                self.step(Event::Answered { request, answer }).await;
            }
            ums::Event::Told(shown) => self.step(Event::Told(shown)).await,
            ums::Event::House(house) => self.house(house).await,
        }
    }

    /// Who works in the account, and its skills.
    async fn house(&mut self, house: House) {
        let mut people = Vec::new();
        let mut agents = Vec::new();
        for worker in house.users {
            let full = ParticipantId::from(format!("{}.{}", self.account, worker.user));
            let pid = worker.pid.unwrap_or_else(|| full.clone());
            let is_me = self
                .me
                .as_ref()
                .is_some_and(|me| me.full == full || me.pid == pid);
            people.push((full, worker.name.clone()));
            people.push((pid.clone(), worker.name.clone()));
            if !is_me && worker.takes {
                agents.push(Colleague {
                    id: pid,
                    name: worker.name,
                    is_online: None,
                });
            }
        }
        let skills = house.skills;
        self.step(Event::Named {
            people,
            skills: skills.clone(),
        })
        .await;
        self.notify(Update::House { skills, agents }).await;
    }

    /// One step of the workspace, and what it asks for.
    async fn step(&mut self, event: Event) {
        for effect in self.workspace.step(event, now()) {
            match effect {
                Effect::Ask { request, what } => self.waiting.push_back(Ask { request, what }),
                Effect::Wake { timer, after } => self.timers.set(timer, after),
                Effect::Show(shown) => self.notify(Update::Shown(shown)).await,
                Effect::Availability(availability) => {
                    self.link.availability = availability;
                    self.show_link().await;
                }
                Effect::Tell { tried, problem } => {
                    self.notice(notices::of_problem(tried, &problem)).await;
                }
                Effect::Remark(words) => self.notice(notices::remark(words)).await,
                Effect::Settled => {
                    self.link.state = State::Up;
                    self.show_link().await;
                }
                Effect::Left => self.has_left = true,
            }
        }
    }

    async fn show_link(&mut self) {
        if self.shown_link.as_ref() != Some(&self.link) {
            self.shown_link = Some(self.link.clone());
            self.notify(Update::Link(self.link.clone())).await;
        }
    }

    async fn notice(&mut self, notice: Notice) {
        tracing::info!(
            title = notice.title,
            detail = notice.detail,
            "agent session"
        );
        self.notify(Update::Notice(notice)).await;
    }

    /// Waits for room; when it is time to stop, not for ever.
    async fn notify(&mut self, update: Update) {
        if self.unheard {
            return;
        }
        let stop = self.stop.clone();
        let enough = async {
            stop.cancelled().await;
            sleep(FAREWELL).await;
        };
        tokio::select! {
            biased;
            sent = self.updates.send(update) => self.unheard = sent.is_err(),
            () = enough => self.unheard = true,
        }
    }
}

fn now() -> Timestamp {
    Timestamp(clock::unix_millis())
}

/// Ends at the time given; never, when there is none.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
