//! Wires what a profile wants for its webhooks: the tunnel, its canaries, the app install that is
//! borrowed, and the status the screen is told.

use std::{env, fs, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::{
    sync::{Notify, mpsc, watch},
    time::{Instant, sleep_until},
};

use crate::{
    cli::profile::{self, Pointing},
    client::{self, Login},
    config::profile::Profile,
    domain::{
        app_install,
        inbound::Credentials,
        notice::{Notice, Severity},
        relay::Welcome,
    },
    engine::borrow::{Borrow, BorrowState, Borrower, Ended, Options},
    ingress::{
        configured::{self, RelayEnd},
        intake::Intake,
        reporter::Reporter,
        status::{IngressStatus, StatusWatch},
        tunnel::{Canaries, Claims, Keeper, Local, Prover, TunnelState},
    },
    rt::{shutdown::Shutdown, tls::Trust},
    store::Journal,
};

/// Notices that wait for the screen. When it is full a notice is in the log alone.
const NOTICES: usize = 32;

pub(crate) struct IngressContext<'a> {
    /// The app install's credentials, which canaries are signed with.
    pub(crate) credentials: &'a Credentials,
    pub(crate) trust: &'a Trust,
    pub(crate) journal: &'a Journal,
    pub(crate) local: Local,
    pub(crate) intake: &'a Intake,
    /// The client, whose connections an agent's login shares.
    pub(crate) client: &'a client::Client,
    pub(crate) canaries: Canaries,
    /// What this device opened or plays, for a relay.
    pub(crate) claims: Claims,
    pub(crate) alive: watch::Receiver<Option<Instant>>,
    /// Whether a colleague's lease does not matter.
    pub(crate) take_over: bool,
}

/// A tunnel that is kept open, and an app install that is borrowed for it.
pub(crate) struct Ingress {
    tunnel: Option<watch::Receiver<TunnelState>>,
    borrower: Option<Borrower>,
    standing: Option<watch::Receiver<Option<Welcome>>>,
    again: Arc<Notify>,
}

impl Ingress {
    /// Opens the tunnel of a profile, proves it, and borrows the app install if the profile says
    /// so. Comes back at once; how it goes on the engine learns through the watch.
    pub(crate) async fn start(
        profile: &Profile,
        context: IngressContext<'_>,
        shutdown: &Shutdown,
    ) -> anyhow::Result<(Self, StatusWatch)> {
        let pointing = Pointing::of(profile)?;
        let device = context.journal.device().await?;
        let end = RelayEnd {
            trust: context.trust.clone(),
            ticket: None,
            device: device.clone(),
            claims: context.claims,
            take: context.intake.takes_events(),
            take_canary: context.intake.takes_canaries(),
        };
        let Some((tunnel, news)) = configured::tunnel(profile, end, shutdown)? else {
            let ingress = Self {
                tunnel: None,
                borrower: None,
                standing: None,
                again: Arc::default(),
            };
            let (notices, unread) = mpsc::channel(1);
            notify_of_secret(profile, &notices);
            let watch = StatusWatch {
                notices: unread,
                ..StatusWatch::near()
            };
            return Ok((ingress, watch));
        };
        let kind = tunnel.kind();
        let (credentials, trust) = (context.credentials.clone(), context.trust);
        let prover = Prover::new(credentials, device, trust, context.canaries.clone())?;
        let keeper = Keeper::start(
            tunnel,
            context.local.clone(),
            prover,
            context.alive,
            shutdown,
        );
        let tunnel_states = keeper.states();
        let borrower = match &profile.login {
            Some(login) if pointing == Pointing::Borrowed => {
                let password = profile::secret(&login.password, "password of the login")
                    .await
                    .with_context(|| format!("cannot log in as {}", login.username))?;
                let username = login.username.clone();
                let admin = context.client.admin(Login { username, password });
                let (journal, client) = (context.journal.clone(), profile.client.clone());
                let borrow = Borrow::new(admin, journal, client, &own_name()).await?;
                let options = Options {
                    take_over: context.take_over,
                    ..Options::default()
                };
                Some(Borrower::start(borrow, tunnel_states.clone(), options))
            }
            _ => None,
        };
        let (status, state) = watch::channel(IngressStatus {
            ready: false,
            ..IngressStatus::near()
        });
        let (notices, unread) = mpsc::channel(NOTICES);
        notify_of_secret(profile, &notices);
        let again = Arc::new(Notify::new());
        let (refusals, dropped, standing) = match news {
            Some(news) => (Some(news.refusals), Some(news.dropped), Some(news.standing)),
            None => (None, None, None),
        };
        let reporter = Reporter {
            kind,
            keeper,
            install: borrower.as_ref().map(Borrower::state),
            refusals,
            dropped,
            status,
            notices,
            again: Arc::clone(&again),
            install_again: borrower.as_ref().map(Borrower::wish),
        };
        let stop = shutdown.token();
        shutdown.spawn(async move {
            stop.run_until_cancelled_owned(reporter.run()).await;
        });
        let ingress = Self {
            tunnel: Some(tunnel_states),
            borrower,
            standing,
            again: Arc::clone(&again),
        };
        let watch = StatusWatch {
            state,
            notices: unread,
            again,
            ..StatusWatch::near()
        };
        Ok((ingress, watch))
    }

    /// How the tunnel stands whose address the user has to enter by hand; `None` where there is
    /// nothing to enter, or somebody who does it.
    pub(crate) fn to_be_entered(&self) -> Option<watch::Receiver<TunnelState>> {
        let by_hand = self.borrower.is_none();
        self.tunnel.clone().filter(|_| by_hand)
    }

    /// Waits until webhooks can come in; an error in words once they cannot without somebody doing
    /// something, and after so long.
    pub(crate) async fn proved(&self, patience: Duration) -> Result<(), String> {
        let mut tunnel = self.tunnel.clone();
        let mut install = self.borrower.as_ref().map(Borrower::state);
        let deadline = Instant::now() + patience;
        loop {
            let by_tunnel = match &mut tunnel {
                Some(tunnel) => standing(&tunnel.borrow_and_update())?,
                None => None,
            };
            let by_install = match &mut install {
                Some(install) => borrowed(&install.borrow_and_update())?,
                None => None,
            };
            let Some(why) = by_tunnel.or(by_install) else {
                return Ok(());
            };
            tokio::select! {
                () = changed(&mut tunnel) => {}
                () = changed(&mut install) => {}
                () = sleep_until(deadline) => {
                    return Err(format!("webhooks do not come in after {} s: {why}", patience.as_secs()));
                }
            }
        }
    }

    pub(crate) fn try_again(&self) {
        self.again.notify_one();
    }

    /// Gives back what is borrowed; `None` when nothing could be.
    pub(crate) async fn stop(self) -> Option<Ended> {
        let peers = self.standing.and_then(|standing| {
            let welcome = standing.borrow();
            welcome.as_ref().map(|welcome| welcome.peers)
        });
        Some(self.borrower?.stop(peers.unwrap_or(0)).await)
    }
}

/// Waits for a change; for ever where there is nothing to change any more.
async fn changed<T>(state: &mut Option<watch::Receiver<T>>) {
    if let Some(state) = state
        && state.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

/// Why nothing comes through the tunnel yet, `None` when it was proved; an error when it has to be
/// mended first.
fn standing(state: &TunnelState) -> Result<Option<String>, String> {
    Ok(match state {
        TunnelState::Up { .. } => None,
        TunnelState::Down {
            fault,
            retry_in: None,
        } => return Err(fault.to_string()),
        TunnelState::Opening { .. } => Some("the tunnel is being opened".to_owned()),
        TunnelState::Open { public } => Some(format!(
            "no canary came in through {}",
            app_install::origin(public.as_str())
        )),
        TunnelState::Doubtful { fault, .. } | TunnelState::Down { fault, .. } => {
            Some(fault.to_string())
        }
    })
}

/// The same of the app install that is borrowed.
fn borrowed(state: &BorrowState) -> Result<Option<String>, String> {
    match state {
        BorrowState::Pointed { .. } | BorrowState::Shared { .. } => Ok(None),
        BorrowState::Waiting => Ok(Some("the app install is not borrowed yet".to_owned())),
        BorrowState::Trouble {
            what,
            retry_in: Some(_),
        } => Ok(Some(what.clone())),
        BorrowState::Held { .. } | BorrowState::Taken { .. } | BorrowState::Trouble { .. } => {
            Err(format!("the app install: {state}"))
        }
    }
}

/// Notifies the user of a secret that was not taken as it stands.
fn notify_of_secret(profile: &Profile, notices: &mpsc::Sender<Notice>) {
    if let Some(detail) = profile.secret.remark() {
        // The channel is new, so there is room.
        let _ = notices.try_send(Notice {
            severity: Severity::Warning,
            title: "the client_secret was cut".to_owned(),
            detail,
            hint: String::new(),
            ..Notice::default()
        });
    }
}

/// Under which name colleagues learn who has borrowed an app install: the user and the machine.
pub(crate) fn own_name() -> String {
    let user = variable("USER").or_else(|| variable("LOGNAME"));
    format!(
        "{}@{}",
        user.as_deref().unwrap_or("somebody"),
        own_host().as_deref().unwrap_or("some machine")
    )
}

/// What this machine is called, if anything says so.
pub(crate) fn own_host() -> Option<String> {
    let host = fs::read_to_string("/etc/hostname").ok();
    let host = host.or_else(|| variable("HOSTNAME"));
    let host = host.map(|host| host.trim().to_owned());
    host.filter(|host| !host.is_empty())
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
