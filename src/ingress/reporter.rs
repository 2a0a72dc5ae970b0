//! What is told of the tunnel and of the app install that leads to it: the status the engine goes
//! by, and a notice where the user should read one.

use std::{sync::Arc, time::Duration};

use tokio::sync::{Notify, mpsc, watch};

use crate::{
    domain::{
        app_install,
        notice::{Notice, Severity, Topic},
        text::SafeText,
    },
    ingress::{
        relay::Refusal,
        status::{Health, Indicator, IngressStatus},
        tunnel::{Keeper, Outage, TunnelState},
    },
};

/// How the user has a tunnel tried again that was given up.
pub const TRY_AGAIN: &str = "/tunnel tries it again";

/// How the app install stands whose webhooks should come in through the tunnel.
pub trait InstallState: Clone + PartialEq + Send + Sync + 'static {
    /// Whether all its webhooks come here, as far as anybody knows.
    fn is_ready(&self) -> bool;

    /// How the link bar shows it.
    fn indicator(&self) -> Indicator;

    /// What the user should read once it stands so.
    fn notice(&self) -> Option<Notice>;
}

/// Watches tunnel and app install, and tells what changes.
pub struct Reporter<I> {
    /// What settings call the tunnel.
    pub kind: &'static str,
    /// Keeps the tunnel open.
    pub keeper: Keeper,
    /// How the app install stands; `None` where nobody looks after it.
    pub install: Option<watch::Receiver<I>>,
    /// What a relay has refused.
    pub refusals: Option<mpsc::Receiver<Refusal>>,
    /// How many events a relay has dropped.
    pub dropped: Option<mpsc::Receiver<u64>>,
    /// Learns the status.
    pub status: watch::Sender<IngressStatus>,
    /// Learns what the user should read. When it is full a notice is in the log alone.
    pub notices: mpsc::Sender<Notice>,
    /// Notified when the user wants the tunnel tried again.
    pub again: Arc<Notify>,
    /// Notified then to try the app install again.
    pub install_again: Option<Arc<Notify>>,
}

impl<I: InstallState> Reporter<I> {
    /// Tells every change until the tunnel's keeper ends.
    pub async fn run(mut self) {
        let mut tunnel = self.keeper.states();
        let mut was: Option<TunnelState> = None;
        let mut is_down_told = false;
        let mut had: Option<I> = None;
        loop {
            let state = tunnel.borrow_and_update().clone();
            let install = self
                .install
                .as_mut()
                .map(|install| install.borrow_and_update().clone());
            if was.as_ref() != Some(&state) {
                if let Some(notice) = tunnel_notice(self.kind, was.as_ref(), &state, is_down_told) {
                    self.notify(notice);
                }
                is_down_told = match state {
                    TunnelState::Up { .. } => false,
                    TunnelState::Down { .. } => true,
                    _ => is_down_told,
                };
                was = Some(state.clone());
            }
            if had != install {
                if let Some(notice) = install.as_ref().and_then(InstallState::notice) {
                    self.notify(notice);
                }
                had.clone_from(&install);
            }
            let ready = matches!(state, TunnelState::Up { .. })
                && install.as_ref().is_none_or(InstallState::is_ready);
            let now = IngressStatus {
                tunnel: Some(indicator(self.kind, &state)),
                install: install.as_ref().map(InstallState::indicator),
                ready,
            };
            self.status.send_if_modified(|status| {
                let changed = *status != now;
                *status = now;
                changed
            });
            tokio::select! {
                changed = tunnel.changed() => if changed.is_err() { return },
                () = next(&mut self.install) => {}
                () = self.again.notified() => {
                    self.keeper.nudge();
                    if let Some(again) = &self.install_again {
                        again.notify_one();
                    }
                }
                Some(events) = came(&mut self.dropped) => self.notify(dropped_notice(events)),
                Some(refusal) = came(&mut self.refusals) => self.notify(Notice {
                    severity: Severity::Warning,
                    title: "the relay does not give this device what it asked for".to_owned(),
                    detail: SafeText::clean(&refusal.reason).to_string(),
                    hint: String::new(),
                    ..Notice::default()
                }),
            }
        }
    }

    fn notify(&self, notice: Notice) {
        tracing::info!(title = notice.title, detail = notice.detail, "ingress");
        // Full: the indicator shows the same.
        let _ = self.notices.try_send(notice);
    }
}

/// Waits for a change of the app install; for ever, when nobody looks after it.
async fn next<I>(install: &mut Option<watch::Receiver<I>>) {
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
fn indicator(kind: &str, state: &TunnelState) -> Indicator {
    let at = |public: &url::Url| app_install::origin(public.as_str());
    let (health, says) = match state {
        TunnelState::Opening { attempt: 1 } => (Health::Waiting, "being opened".to_owned()),
        TunnelState::Opening { attempt } => {
            (Health::Waiting, format!("being opened, try {attempt}"))
        }
        TunnelState::Open { public } => {
            (Health::Waiting, format!("{}, not proved yet", at(public)))
        }
        TunnelState::Up { public, took, .. } => (
            Health::Proved,
            format!("{}, a canary took {} ms", at(public), took.as_millis()),
        ),
        TunnelState::Doubtful { public, fault } => {
            (Health::Broken, format!("{}: {}", at(public), fault.what))
        }
        TunnelState::Down { fault, retry_in } => (Health::Broken, down(fault, *retry_in)),
    };
    Indicator {
        health,
        name: format!("tunnel {kind}"),
        says,
    }
}

fn down(fault: &Outage, retry_in: Option<Duration>) -> String {
    match retry_in {
        Some(wait) => format!("{}; again in {} s", fault.what, wait.as_secs().max(1)),
        None => fault.to_string(),
    }
}

/// What the user should read when the tunnel changes; `is_told` says whether they were told that it
/// is down.
fn tunnel_notice(
    kind: &str,
    was: Option<&TunnelState>,
    state: &TunnelState,
    is_told: bool,
) -> Option<Notice> {
    match state {
        TunnelState::Up { public, .. }
            if !matches!(
                was,
                Some(TunnelState::Up { .. } | TunnelState::Doubtful { .. })
            ) =>
        {
            Some(Notice {
                severity: Severity::Success,
                topic: Some(Topic::Tunnel),
                title: format!("webhooks come in through {kind}"),
                detail: format!(
                    "a canary came in by {}",
                    app_install::origin(public.as_str())
                ),
                hint: String::new(),
                ..Notice::default()
            })
        }
        TunnelState::Down { fault, retry_in } => {
            // Said once, not at every try that fails.
            (!is_told || retry_in.is_none()).then(|| Notice {
                severity: match retry_in {
                    Some(_) => Severity::Warning,
                    None => Severity::Error,
                },
                topic: Some(Topic::Tunnel),
                title: "webhooks cannot come in".to_owned(),
                detail: fault.what.clone(),
                hint: match retry_in {
                    Some(_) => format!("it is tried again; {}", fault.hint),
                    None => format!("{}; then {TRY_AGAIN}", fault.hint),
                },
                ..Notice::default()
            })
        }
        _ => None,
    }
}

/// What the user should read when a relay has dropped events.
pub fn dropped_notice(events: u64) -> Notice {
    let events = match events {
        1 => "1 event for you was".to_owned(),
        events => format!("{events} events for you were"),
    };
    Notice {
        severity: Severity::Warning,
        title: format!(
            "{events} dropped by the relay: there was no room for more, or they were too old"
        ),
        detail: String::new(),
        hint: "acknowledged events are not concerned; stay linked, or ask the relay's operator \
               for a larger --retention-size or --retention"
            .to_owned(),
        ..Notice::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    #[test]
    fn that_a_tunnel_is_down_is_said_once_until_it_is_up_again() {
        let fault = Outage::passing("cannot open", "wait");
        let down = |retry_in| TunnelState::Down {
            fault: fault.clone(),
            retry_in,
        };
        let soon = down(Some(Duration::from_secs(1)));
        let up = TunnelState::Up {
            public: "https://hooks.example.test/in".parse().unwrap(),
            took: Duration::ZERO,
            at: Timestamp(0),
        };
        let told = |was: &TunnelState, now: &TunnelState, is_told| {
            tunnel_notice("url", Some(was), now, is_told).map(|notice| notice.severity)
        };
        let opening = TunnelState::Opening { attempt: 1 };
        assert_eq!(told(&up, &soon, false), Some(Severity::Warning));
        assert_eq!(told(&opening, &soon, true), None);
        assert_eq!(told(&opening, &up, true), Some(Severity::Success));
        // What does not pass by itself is said whatever was said before.
        let lasting = tunnel_notice("url", Some(&opening), &down(None), true).unwrap();
        assert_eq!(lasting.severity, Severity::Error);
        assert!(lasting.hint.contains("/tunnel"), "{lasting:?}");
    }
}
