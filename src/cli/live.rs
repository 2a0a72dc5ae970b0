//! The way in as a profile wants it: tunnel, canaries, the borrowed app install, and what the
//! link bar is told of them.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::{
    sync::{Notify, mpsc, watch},
    time::Instant,
};

use crate::{
    cli::{
        profile::{self, Pointing},
        ways,
    },
    client::{self, Login},
    config::profile::Profile,
    domain::{
        app_install,
        inbound::Credentials,
        notice::{Notice, Severity},
        relay::Welcome,
        text::SafeText,
    },
    engine::borrow::{Borrow, BorrowState, Borrower, Ended, Options},
    ingress::{
        intake::Intake,
        status::{Health, Indicator, IngressStatus, StatusWatch},
        tunnel::{Canaries, Claims, Keeper, Local, Prover, State},
    },
    rt::{shutdown::Shutdown, tls::Trust},
    store::Journal,
};

/// Notices that wait for the screen. When it is full a notice is in the log alone.
const NOTICES: usize = 32;

/// How the user has the way in tried again that is given up.
const TRY_AGAIN: &str = "/tunnel tries it again";

/// What the way in is made of besides the profile.
pub struct Parts<'a> {
    /// The app install's credentials, which canaries are signed with.
    pub credentials: &'a Credentials,
    /// Whom to trust.
    pub trust: &'a Trust,
    /// The phone's journal.
    pub journal: &'a Journal,
    /// Where the listener is.
    pub local: Local,
    /// What takes webhooks.
    pub intake: &'a Intake,
    /// The client, whose connections an agent's login shares.
    pub client: &'a client::Client,
    /// Where canaries land.
    pub canaries: Canaries,
    /// When the last valid webhook came in.
    pub alive: watch::Receiver<Option<Instant>>,
    /// Whether a colleague's lease does not matter.
    pub take_over: bool,
}

/// A way in that is looked after.
pub struct Live {
    tunnel: Option<watch::Receiver<State>>,
    borrower: Option<Borrower>,
    standing: Option<watch::Receiver<Option<Welcome>>>,
    again: Arc<Notify>,
}

impl Live {
    /// Opens the tunnel of a profile, proves it, and borrows the app install if the profile says
    /// so. Comes back at once; how it goes on is told through the watch, which is the engine's.
    pub async fn start(
        profile: &Profile,
        parts: Parts<'_>,
        claims: Claims,
        shutdown: &Shutdown,
    ) -> anyhow::Result<(Self, StatusWatch)> {
        let pointing = Pointing::of(profile)?;
        let device = parts.journal.device().await?;
        let opened = ways::tunnel(profile, &parts, claims, &device, shutdown)?;
        let Some((tunnel, news)) = opened else {
            let live = Self {
                tunnel: None,
                borrower: None,
                standing: None,
                again: Arc::default(),
            };
            let (tell, notices) = mpsc::channel(1);
            tell_of_secret(profile, &tell);
            let watch = StatusWatch {
                notices,
                ..StatusWatch::near()
            };
            return Ok((live, watch));
        };
        let kind = tunnel.kind();
        let (credentials, trust) = (parts.credentials.clone(), parts.trust);
        let prover = Prover::new(credentials, device, trust, parts.canaries.clone())?;
        let keeper = Keeper::start(tunnel, parts.local.clone(), prover, parts.alive, shutdown);
        let states = keeper.states();
        let borrower = match &profile.login {
            Some(login) if pointing == Pointing::Borrowed => {
                let password = profile::secret(&login.password, "password of the login")
                    .await
                    .with_context(|| format!("cannot log in as {}", login.username))?;
                let username = login.username.clone();
                let admin = parts.client.admin(Login { username, password });
                let (journal, client) = (parts.journal.clone(), profile.client.clone());
                let borrow = Borrow::new(admin, journal, client, &ways::own_name()).await?;
                let options = Options {
                    take_over: parts.take_over,
                    ..Options::default()
                };
                Some(Borrower::start(borrow, states.clone(), options))
            }
            _ => None,
        };
        let (ingress, state) = watch::channel(IngressStatus {
            ready: false,
            ..IngressStatus::near()
        });
        let (tell, notices) = mpsc::channel(NOTICES);
        tell_of_secret(profile, &tell);
        let again = Arc::new(Notify::new());
        let (refusals, dropped, standing) = match news {
            Some(news) => (Some(news.refusals), Some(news.dropped), Some(news.standing)),
            None => (None, None, None),
        };
        let looking = Looking {
            kind,
            tunnel: states.clone(),
            install: borrower.as_ref().map(Borrower::state),
            refusals,
            dropped,
            ingress,
            notices: tell,
            again: Arc::clone(&again),
            keeper,
            wish: borrower.as_ref().map(Borrower::wish),
        };
        let stop = shutdown.token();
        shutdown.spawn(async move {
            stop.run_until_cancelled_owned(looking.run()).await;
        });
        let live = Self {
            tunnel: Some(states),
            borrower,
            standing,
            again: Arc::clone(&again),
        };
        let watch = StatusWatch {
            state,
            notices,
            again,
            ..StatusWatch::near()
        };
        Ok((live, watch))
    }

    /// How the tunnel stands whose address the user has to enter by hand; `None` where there is
    /// nothing to enter, or somebody who does it.
    pub fn to_be_entered(&self) -> Option<watch::Receiver<State>> {
        let by_hand = self.borrower.is_none();
        self.tunnel.clone().filter(|_| by_hand)
    }

    /// Tries the way in again at once.
    pub fn try_again(&self) {
        self.again.notify_one();
    }

    /// Gives back what is borrowed; `None` when nothing could be.
    pub async fn stop(self) -> Option<Ended> {
        let peers = self.standing.and_then(|standing| {
            let welcome = standing.borrow();
            welcome.as_ref().map(|welcome| welcome.peers)
        });
        Some(self.borrower?.stop(peers.unwrap_or(0)).await)
    }
}

/// Looks at tunnel and app install and tells what changes.
struct Looking {
    kind: &'static str,
    tunnel: watch::Receiver<State>,
    install: Option<watch::Receiver<BorrowState>>,
    refusals: Option<mpsc::Receiver<crate::ingress::relay::Refusal>>,
    dropped: Option<mpsc::Receiver<u64>>,
    ingress: watch::Sender<IngressStatus>,
    notices: mpsc::Sender<Notice>,
    /// Told when the user wants it tried again.
    again: Arc<Notify>,
    keeper: Keeper,
    /// Whom to tell who looks after the app install.
    wish: Option<Arc<Notify>>,
}

impl Looking {
    async fn run(mut self) {
        let mut was: Option<State> = None;
        let mut is_told_down = false;
        let mut had: Option<BorrowState> = None;
        loop {
            let state = self.tunnel.borrow_and_update().clone();
            let install = self
                .install
                .as_mut()
                .map(|install| install.borrow_and_update().clone());
            if was.as_ref() != Some(&state) {
                if let Some(notice) = news_of_tunnel(self.kind, was.as_ref(), &state, is_told_down)
                {
                    self.tell(notice);
                }
                is_told_down = match state {
                    State::Up { .. } => false,
                    State::Down { .. } => true,
                    _ => is_told_down,
                };
                was = Some(state.clone());
            }
            if had != install {
                if let Some(notice) = install.as_ref().and_then(news_of_install) {
                    self.tell(notice);
                }
                had.clone_from(&install);
            }
            let ready = matches!(state, State::Up { .. })
                && install.as_ref().is_none_or(BorrowState::is_ready);
            let now = IngressStatus {
                tunnel: Some(indicator(self.kind, &state)),
                install: install.as_ref().map(BorrowState::indicator),
                ready,
            };
            self.ingress.send_if_modified(|ingress| {
                let changed = *ingress != now;
                *ingress = now;
                changed
            });
            tokio::select! {
                changed = self.tunnel.changed() => if changed.is_err() { return },
                () = next(&mut self.install) => {}
                () = self.again.notified() => {
                    self.keeper.nudge();
                    if let Some(wish) = &self.wish {
                        wish.notify_one();
                    }
                }
                Some(events) = came(&mut self.dropped) => self.tell(Notice {
                    severity: Severity::Warning,
                    title: ways::dropped(events),
                    detail: String::new(),
                    hint: ways::DROPPED_HINT.to_owned(),
                }),
                Some(refusal) = came(&mut self.refusals) => self.tell(Notice {
                    severity: Severity::Warning,
                    title: "the relay does not give this device what it asked for".to_owned(),
                    detail: SafeText::clean(&refusal.reason).to_string(),
                    hint: String::new(),
                }),
            }
        }
    }

    fn tell(&self, notice: Notice) {
        tracing::info!(title = notice.title, detail = notice.detail, "the way in");
        // Full: the indicator tells the same.
        let _ = self.notices.try_send(notice);
    }
}

/// Tells of a secret that was not taken as it stands.
fn tell_of_secret(profile: &Profile, tell: &mpsc::Sender<Notice>) {
    if let Some(detail) = profile.secret.remark() {
        // The channel is new, so there is room.
        let _ = tell.try_send(Notice {
            severity: Severity::Warning,
            title: "the client_secret was cut".to_owned(),
            detail,
            hint: String::new(),
        });
    }
}

/// Waits for a change of the app install; for ever, when nobody looks after it.
async fn next(install: &mut Option<watch::Receiver<BorrowState>>) {
    if let Some(install) = install
        && install.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

/// What comes out of a channel, where there is one.
async fn came<T>(channel: &mut Option<mpsc::Receiver<T>>) -> Option<T> {
    match channel {
        Some(channel) => channel.recv().await,
        None => std::future::pending().await,
    }
}

/// The tunnel as the link bar shows it.
fn indicator(kind: &str, state: &State) -> Indicator {
    let at = |public: &url::Url| app_install::origin(public.as_str());
    let (health, says) = match state {
        State::Opening { attempt: 1 } => (Health::Waiting, "being opened".to_owned()),
        State::Opening { attempt } => (Health::Waiting, format!("being opened, try {attempt}")),
        State::Open { public } => (Health::Waiting, format!("{}, not proved yet", at(public))),
        State::Up { public, took, .. } => (
            Health::Proved,
            format!("{}, a canary took {} ms", at(public), took.as_millis()),
        ),
        State::Doubtful { public, fault } => {
            (Health::Broken, format!("{}: {}", at(public), fault.what))
        }
        State::Down { fault, retry_in } => (Health::Broken, down(fault, *retry_in)),
    };
    Indicator {
        health,
        name: format!("tunnel {kind}"),
        says,
    }
}

fn down(fault: &crate::ingress::tunnel::Fault, retry_in: Option<Duration>) -> String {
    match retry_in {
        Some(wait) => format!("{}; again in {} s", fault.what, wait.as_secs().max(1)),
        None => fault.to_string(),
    }
}

/// What is worth a notice when the tunnel changes; `is_told` whether it was said that it is down.
fn news_of_tunnel(kind: &str, was: Option<&State>, state: &State, is_told: bool) -> Option<Notice> {
    match state {
        State::Up { public, .. }
            if !matches!(was, Some(State::Up { .. } | State::Doubtful { .. })) =>
        {
            Some(Notice {
                severity: Severity::Info,
                title: format!("webhooks come in through {kind}"),
                detail: format!(
                    "a canary came in by {}",
                    app_install::origin(public.as_str())
                ),
                hint: String::new(),
            })
        }
        State::Down { fault, retry_in } => {
            // Said once, not at every try that fails.
            (!is_told || retry_in.is_none()).then(|| Notice {
                severity: match retry_in {
                    Some(_) => Severity::Warning,
                    None => Severity::Error,
                },
                title: "webhooks cannot come in".to_owned(),
                detail: fault.what.clone(),
                hint: match retry_in {
                    Some(_) => format!("it is tried again; {}", fault.hint),
                    None => format!("{}; then {TRY_AGAIN}", fault.hint),
                },
            })
        }
        _ => None,
    }
}

/// What is worth a notice when the app install changes.
fn news_of_install(state: &BorrowState) -> Option<Notice> {
    let severity = match state {
        BorrowState::Waiting | BorrowState::Pointed { .. } | BorrowState::Shared { .. } => {
            return None;
        }
        BorrowState::Held { .. } | BorrowState::Taken { .. } => Severity::Warning,
        BorrowState::Trouble { .. } => Severity::Error,
    };
    let is_given_up = matches!(state, BorrowState::Trouble { retry_in: None, .. });
    Some(Notice {
        severity,
        title: "the app install".to_owned(),
        detail: state.to_string(),
        hint: if is_given_up {
            format!("when that is mended, {TRY_AGAIN}")
        } else {
            String::new()
        },
    })
}

#[cfg(test)]
mod tests {
    use crate::{cli::live::*, domain::time::Timestamp, ingress::tunnel::Fault};

    #[test]
    fn that_the_way_is_down_is_said_once_until_it_is_up_again() {
        let fault = Fault {
            what: "cannot open".to_owned(),
            hint: "wait".to_owned(),
            lasting: false,
        };
        let down = |retry_in| State::Down {
            fault: fault.clone(),
            retry_in,
        };
        let soon = down(Some(Duration::from_secs(1)));
        let up = State::Up {
            public: "https://hooks.example.test/in".parse().unwrap(),
            took: Duration::ZERO,
            at: Timestamp(0),
        };
        let told = |was: &State, now: &State, is_told| {
            news_of_tunnel("url", Some(was), now, is_told).map(|notice| notice.severity)
        };
        let opening = State::Opening { attempt: 1 };
        assert_eq!(told(&up, &soon, false), Some(Severity::Warning));
        assert_eq!(told(&opening, &soon, true), None);
        assert_eq!(told(&opening, &up, true), Some(Severity::Info));
        // What does not pass by itself is said whatever was said before.
        let lasting = news_of_tunnel("url", Some(&opening), &down(None), true).unwrap();
        assert_eq!(lasting.severity, Severity::Error);
        assert!(lasting.hint.contains("/tunnel"), "{lasting:?}");
    }
}
