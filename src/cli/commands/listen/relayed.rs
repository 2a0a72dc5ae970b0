//! `handset listen --relay`: what comes through a relay, each event listed once.
//!
//! Two things are remembered in the journal: how far the relay's events are kept, with each of
//! them, and how far they are listed, after each line that is out.

use std::{io::Write, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context as _, anyhow, bail};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    cli::{
        commands::listen::{
            ENDING,
            backlog::Backlog,
            finish,
            report::{LineStyle, troubles},
        },
        output::LineStream,
        signals::Signals,
    },
    config::profile::Source,
    domain::{ids::EntryId, inbound::Credentials, relay::Role, text::SafeText},
    ingress::{
        intake::Intake,
        relay::{News, Relay, RelaySettings},
        reporter::dropped_notice,
        tunnel::{Claims, OpenTunnel, Outage},
    },
    rt::{backoff::Backoff, tls::Trust},
    store::{self, Feed, Journal, Save, Start},
};

/// The most that is waited after the first failure; it doubles from there.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// A link that held so long was a good one: after it the pauses are short again.
const SOUND: Duration = Duration::from_secs(10);
/// Pause before a mark that could not be kept is tried again.
const AGAIN: Duration = Duration::from_millis(500);

pub(super) struct RelayedContext {
    pub(super) address: Url,
    pub(super) ticket: Source,
    pub(super) trust: Trust,
    pub(super) credentials: Credentials,
    /// What is to be said of how the secret was read.
    pub(super) remark: Option<String>,
    pub(super) file: PathBuf,
    pub(super) style: LineStyle,
}

/// Lists until it is told to stop, nobody reads its output any more, or the relay will not have it.
pub(super) async fn run(
    wanted: RelayedContext,
    mut signals: Signals,
    out: impl Write + Send + 'static,
    err: impl Write + Send + 'static,
) -> anyhow::Result<()> {
    let ticket = wanted.ticket.read().await.context(
        "there is no ticket for the relay; `handset relay ticket` makes one, and --ticket-env or \
         the profile says where it is",
    )?;
    let (journal, feed) = Journal::open(&wanted.file, Start::Listed).await?;
    let intake = Intake::new(wanted.credentials, journal.clone());
    let backlog = Backlog::new();
    let settings = RelaySettings {
        address: wanted.address,
        trust: wanted.trust,
        ticket: Arc::new(move || Box::pin(std::future::ready(Ok(ticket.clone())))),
        device: journal.device().await?,
        claims: Claims::default(),
        take: intake.takes_events_with_room(backlog.room()),
        take_canary: intake.takes_canaries(),
    };
    let (relay, news) = Relay::new(settings)?;

    let (out, err) = (LineStream::start(out)?, LineStream::start(err)?);
    for remark in [wanted.remark, wanted.ticket.remark()]
        .into_iter()
        .flatten()
    {
        err.remark(format!("handset: {remark}"));
    }
    let (public, is_linked) = watch::channel(None);
    let keeper = LinkKeeper {
        relay,
        news,
        err: &err,
        public,
        backoff: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE),
    };
    let stop = CancellationToken::new();
    let mut list = Box::pin(list(
        Listing {
            out: &out,
            style: wanted.style,
            journal: journal.clone(),
            backlog,
            stop: stop.clone(),
        },
        feed,
        is_linked,
    ));
    let mut is_over = false;
    let outcome = tokio::select! {
        biased;
        () = signals.stop() => Ok(()),
        () = out.closed() => Ok(()),
        listed = &mut list => {
            is_over = true;
            listed
        }
        fault = keeper.keep() => Err(anyhow!(fault)),
        () = troubles(&err, journal.trouble(), "until then nothing is taken from the relay") => Ok(()),
    };
    // The link is gone with its keeper; what it has brought is listed, if somebody reads it.
    stop.cancel();
    let deadline = Instant::now() + ENDING;
    if !is_over {
        tokio::select! {
            // A second signal ends it at once.
            () = signals.stop() => return outcome,
            // Late: a line that was not marked as listed comes again.
            _ = timeout(ENDING, &mut list) => {}
        }
    }
    drop(list);
    tokio::select! {
        () = signals.stop() => {}
        () = finish(journal, out, err, deadline) => {}
    }
    outcome
}

struct LinkKeeper<'a> {
    relay: Relay,
    news: News,
    err: &'a LineStream,
    public: watch::Sender<Option<Url>>,
    backoff: Backoff,
}

impl LinkKeeper<'_> {
    /// Links again and again; ends with what will not pass by itself.
    async fn keep(mut self) -> Outage {
        loop {
            let fault = match self.relay.link().await {
                Ok(tunnel) => self.hold(tunnel).await,
                Err(fault) => fault,
            };
            if fault.lasting {
                return fault;
            }
            let pause = self.backoff.pause();
            self.err.remark(format!(
                "handset: {fault}; trying again in {:.1} s",
                pause.as_secs_f64()
            ));
            sleep(pause).await;
        }
    }

    async fn hold(&mut self, tunnel: OpenTunnel) -> Outage {
        let linked = Instant::now();
        self.greet();
        let is_new = self.public.borrow().is_none();
        if !is_new && self.public.borrow().as_ref() != Some(&tunnel.public) {
            self.err.remark(
                "handset: the relay takes webhooks at another address now; start again to see it"
                    .to_owned(),
            );
        }
        self.public.send_replace(Some(tunnel.public));
        let mut ended = tunnel.ended;
        let fault = loop {
            tokio::select! {
                fault = &mut ended => break fault,
                Some(events) = self.news.dropped.recv() => {
                    let notice = dropped_notice(events);
                    self.err.remark(format!("handset: {}; {}", notice.title, notice.hint));
                }
            }
        };
        drop(tunnel.held);
        if linked.elapsed() >= SOUND {
            self.backoff.reset();
        }
        fault
    }

    /// Says as whom one is linked.
    fn greet(&mut self) {
        let Some(welcome) = self.news.standing.borrow_and_update().clone() else {
            return;
        };
        let name = SafeText::clean(&welcome.name);
        let name = name.one_line();
        let account = SafeText::clean(welcome.account.as_str());
        self.err.remark(match welcome.role {
            Role::Observer => format!(
                "handset: linked to the relay as {name}, an observer: everything of account {account} is listed"
            ),
            Role::Tester => format!(
                "handset: linked to the relay as {name}, a tester: what belongs to this device is listed; with an observer's ticket it would be everything of account {account}"
            ),
        });
    }
}

struct Listing<'a> {
    out: &'a LineStream,
    style: LineStyle,
    journal: Journal,
    backlog: Backlog,
    stop: CancellationToken,
}

/// Prints the address once there is a link, and then every request as it comes; after the stop
/// those that are there already.
async fn list(
    listing: Listing<'_>,
    mut feed: Feed,
    mut is_linked: watch::Receiver<Option<Url>>,
) -> anyhow::Result<()> {
    let linked = is_linked.wait_for(Option::is_some);
    let public = match listing.stop.run_until_cancelled(linked).await {
        Some(Ok(public)) => public.clone(),
        // Nothing was promised, so nothing is printed.
        Some(Err(_)) | None => return Ok(()),
    };
    let Ok(room) = listing.out.room().await else {
        return Ok(());
    };
    let public = public.as_ref().map_or("", Url::as_str);
    room.print(listing.style.ready(public)?);
    loop {
        let next = match listing.stop.run_until_cancelled(feed.recv()).await {
            Some(next) => next?,
            None => match feed.recv_ready().await? {
                Some(next) => Some(next),
                None => return Ok(()),
            },
        };
        let Some((id, hook)) = next else {
            bail!("the journal's thread has ended; start again");
        };
        let line = listing.style.numbered(id, &hook)?;
        let Ok(room) = listing.out.room().await else {
            return Ok(());
        };
        if room.print_through(line).await.is_err() {
            return Ok(());
        }
        // One at a time: a kill at this moment, and at no other, has the last line come again.
        listing.mark(id).await?;
        listing.backlog.listed(hook.request.body.len());
    }
}

impl Listing<'_> {
    /// Remembers that a request is listed, however long the disk refuses.
    async fn mark(&self, id: EntryId) -> anyhow::Result<()> {
        loop {
            let save = Save {
                cursor: Some(id),
                ..Save::default()
            };
            match self.journal.save(save).await {
                Ok(()) => return Ok(()),
                Err(store::Error::Closed) => {
                    bail!("the journal's thread has ended; start again")
                }
                Err(_) => sleep(AGAIN).await,
            }
        }
    }
}
