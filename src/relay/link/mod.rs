//! A link: the WebSocket of one device, from its hello to its end.
//!
//! Each link is a task of its own. It reads what is due for its device from
//! the hub's ring or from the log, and sends no more than the device
//! acknowledges ([`mod@flow_control`]); nothing in it can hold up another link.

mod bucket;
mod claiming;
mod ending;
mod flow_control;
mod session;
mod socket;

use std::{sync::Arc, time::Duration};

use axum::extract::ws::WebSocket;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::{
    ending::Ending,
    flow_control::FlowControl,
    session::Session,
    socket::{Heard, Socket},
};
use crate::{
    domain::relay::{Down, Role, Scope, Up, Welcome},
    relay::{
        backend::{Backend, Device, Error},
        hub::{Hub, Member},
        metrics::{Counted, Metrics},
        ticket::Claims,
    },
};

/// Time for the hello.
const HELLO_WITHIN: Duration = Duration::from_secs(5);
/// Longest id of a device, in bytes.
const LONGEST_ID: usize = 64;

/// What a link may take; see [`crate::relay::Limits`].
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) public: String,
    pub(crate) relay: String,
    pub(crate) silence: Duration,
    pub(crate) links_per_ticket: usize,
    pub(crate) frames_burst: u32,
    pub(crate) frames_per_second: u32,
}

/// What every link works with.
#[derive(Clone)]
pub(crate) struct Dependencies {
    pub(crate) hub: Arc<Hub>,
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) terms: Arc<Terms>,
    /// Cancelled when the relay wants to end.
    pub(crate) drain: CancellationToken,
}

/// Serves one link to its end.
pub(crate) async fn run(socket: WebSocket, ticket: Claims, dependencies: Dependencies) {
    let role = ticket.role;
    let mut socket = Socket::new(socket);
    dependencies.metrics.links(role, 1);
    let ending = serve(&mut socket, ticket, &dependencies).await;
    dependencies.metrics.links(role, -1);
    dependencies.metrics.count(Counted::Closed, ending.word());
    tracing::debug!(reason = ending.word(), "a link has ended");
    socket.end(&ending).await;
}

async fn serve(socket: &mut Socket, ticket: Claims, dependencies: &Dependencies) -> Ending {
    let hello = tokio::select! {
        biased;
        () = dependencies.drain.cancelled() => return Ending::Draining,
        hello = timeout(HELLO_WITHIN, hello(socket)) => hello,
    };
    let device = match hello {
        Ok(Ok(id)) => Device {
            name: ticket.sub.clone(),
            id,
        },
        Ok(Err(ending)) => return ending,
        Err(_) => return Ending::Mute,
    };
    let flow_control = match flow_control(&ticket, &device, dependencies).await {
        Ok(flow_control) => flow_control,
        Err(cause) => {
            tracing::warn!(%cause, "cannot link a device");
            return Ending::Stateless;
        }
    };
    let member = Member {
        device: device.clone(),
        role: ticket.role,
        ticket: ticket.jti.clone(),
    };
    let terms = &dependencies.terms;
    // From here on every event is either in the log already or noted in the inbox.
    let joined = dependencies
        .hub
        .join(&ticket.account, member, terms.links_per_ticket);
    let Ok((inbox, held, peers)) = joined else {
        return Ending::TooMany;
    };
    let mut session = Session::new(ticket, device, flow_control, inbox, dependencies.clone());
    session.start(held);
    let welcome = Down::Welcome(Welcome {
        relay: terms.relay.clone(),
        public: terms.public.clone(),
        account: session.ticket.account.clone(),
        name: session.ticket.sub.clone(),
        role: session.ticket.role,
        until: session.ticket.exp,
        silence: u64::try_from(terms.silence.as_millis()).unwrap_or(u64::MAX),
        peers,
    });
    socket.say(&welcome);
    let ending = session.run(socket).await;
    session.leave().await;
    ending
}

/// The device's id, from the first frame.
async fn hello(socket: &mut Socket) -> Result<String, Ending> {
    loop {
        match socket.hear().await? {
            Heard::Alive => {}
            Heard::Frame(Up::Hello { device, .. }) if is_id(&device) => return Ok(device),
            Heard::Frame(Up::Hello { .. }) => {
                let what = format!("a device's id is 1 to {LONGEST_ID} letters, digits, - or _");
                return Err(Ending::Nonsense(what));
            }
            Heard::Frame(_) => {
                return Err(Ending::Nonsense("a hello comes first".to_owned()));
            }
        }
    }
}

fn is_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(plain)
}

/// Under what name cursors of a device are kept: its id alone could be copied by others.
fn cursor_key(device: &Device) -> String {
    format!("{}@{}", device.id, device.name)
}

/// Where the device has come to.
async fn flow_control(
    ticket: &Claims,
    device: &Device,
    dependencies: &Dependencies,
) -> Result<FlowControl, Error> {
    let (backend, account) = (&dependencies.backend, &ticket.account);
    let known = backend.meet(account, device, ticket.role).await?;
    let mut cursors = backend.cursors(account, &cursor_key(device)).await?;
    if ticket.role == Role::Observer {
        cursors.retain(|(scope, _)| *scope == Scope::Account);
        if cursors.is_empty() {
            cursors.push((Scope::Account, known.since));
        }
    }
    Ok(FlowControl::new(cursors))
}
