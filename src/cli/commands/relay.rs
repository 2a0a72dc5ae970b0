//! `handset relay`: the public end of a team's webhooks, and its tickets.

mod tickets;

use std::{io::Write, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde_json::json;
use url::Url;

use crate::{
    cli::{self, inputs, logging, nats::secret, output, signals::Signals, spans},
    domain::secret::Secret,
    export::json_line::json_line,
    relay::{
        self, Limits,
        backend::{Backend, Changes, Retention},
        nats, sqlite,
    },
    rt::{serve::Speech, tls},
};

const DEADLINE: Duration = Duration::from_secs(10);

/// Take a team's webhooks at one public address and hand each to the tester it is for.
///
/// When it is ready it prints one line of JSON: `public` is the endpoint for the app install and
/// `link` is where handsets link, with a ticket. What comes in is kept, in --state for one relay
/// or in NATS JetStream for several behind one address, before the cloud gets its 200, and waits
/// there for testers who are away. /healthz, /readyz and /metrics tell how it is.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct RelayArgs {
    #[command(subcommand)]
    command: Option<RelayCommand>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
enum RelayCommand {
    Ticket(tickets::Ticket),
    Tickets(tickets::Tickets),
    Revoke(tickets::Revoke),
}

/// Where a relay keeps what it keeps.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct StateArgs {
    /// The folder of a relay's state.
    #[arg(long = "state", value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The NATS server with JetStream that several relays share; other users of this machine can
    /// read what is written here, so a password is better off below.
    #[arg(long, value_name = "URL", value_parser = secret)]
    nats: Option<Secret>,
    /// The environment variable that holds the URL, like nats://user:password@host:4222.
    #[arg(long, value_name = "VAR", value_parser = inputs::words)]
    nats_env: Option<String>,
    /// The file that has the URL on its first line, readable by its owner alone.
    #[arg(long, value_name = "FILE")]
    nats_file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Serve {
    /// The address and port to serve on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443", value_parser = inputs::address)]
    listen: SocketAddr,
    /// A certificate chain in PEM, to serve TLS with.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// The relay's address as the cloud and the testers see it [default: that of --listen].
    #[arg(long, value_name = "BASE", value_parser = inputs::url)]
    public_url: Option<Url>,
    #[command(flatten)]
    state: StateArgs,
    /// How long an event is kept, like 72h, 3d or 90m.
    #[arg(long, value_name = "SPAN", default_value = "72h", value_parser = spans::span)]
    retention: Duration,
    /// How much is kept of each account, like 1GiB or 200MB. Past it the oldest event of the tester
    /// goes who has most, and what nobody claims goes first; NATS drops the oldest of all.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = spans::size)]
    retention_size: u64,
}

pub(crate) async fn run(args: RelayArgs, out: &mut impl Write) -> anyhow::Result<()> {
    match args.command {
        Some(RelayCommand::Ticket(ticket)) => tickets::make(ticket, out).await,
        Some(RelayCommand::Tickets(list)) => tickets::list(list, out).await,
        Some(RelayCommand::Revoke(revoke)) => tickets::revoke(revoke, out).await,
        None => Box::pin(serve(args.serve, out)).await,
    }
}

async fn serve(args: Serve, out: &mut impl Write) -> anyhow::Result<()> {
    // Before anything is announced: the program that reads the line may stop us at once.
    let mut signals = Signals::new()?;
    logging::to_stderr(logging::filter()?);
    let speech = match (&args.tls_cert, &args.tls_key) {
        (Some(cert), Some(key)) => Speech::Tls(tls::server_from_files(cert, key)?),
        _ => Speech::Plain,
    };
    check_address(&args, &speech)?;
    let listener = inputs::bind(args.listen, "--listen").await?;
    let retention = Retention {
        time: args.retention,
        bytes: args.retention_size,
    };
    let (backend, changes) = args.state.open(retention).await?;
    let limits = Limits::default();
    let relay = relay::serve(listener, speech, args.public_url, backend, changes, limits).await?;
    let line = json!({
        "ready": true,
        "public": relay.public(),
        "link": relay.link().as_str(),
    });
    output::print(out, &format!("{}\n", json_line(&line)?), "the ready line")?;
    signals.stop().await;
    tokio::select! {
        in_time = relay.drain(DEADLINE) => {
            if !in_time {
                tracing::warn!("the relay did not end in time");
            }
        }
        // Asked twice: leave at once. What was answered 200 is kept at any moment.
        () = signals.stop() => {}
    }
    Ok(())
}

/// Whether what is asked for lets tickets and webhooks pass through foreign networks in the clear,
/// or gives nobody an address to come to.
fn check_address(args: &Serve, speech: &Speech) -> anyhow::Result<()> {
    let address = args.listen;
    let in_front = args.public_url.as_ref().map(Url::scheme) == Some("https");
    if matches!(speech, Speech::Plain) && !address.ip().is_loopback() && !in_front {
        bail!(
            "cannot serve {address} without TLS: tickets and webhooks would pass in the clear; \
             add --tls-cert and --tls-key, or say with --public-url https://… that TLS is done \
             in front of the relay"
        );
    }
    if address.ip().is_unspecified() && args.public_url.is_none() {
        bail!(
            "{address} is no address others can come to; say with --public-url at which address \
             the relay is reached"
        );
    }
    Ok(())
}

impl StateArgs {
    /// For the relay that serves it.
    async fn open(&self, retention: Retention) -> anyhow::Result<(Arc<dyn Backend>, Changes)> {
        if let Some(folder) = &self.folder {
            return Ok(sqlite::open(folder, retention).await?);
        }
        let url = cli::nats::url(
            self.nats.as_ref(),
            self.nats_env.as_deref(),
            self.nats_file.as_deref(),
        );
        let url = url.await?;
        let url = url.context("name a folder with --state, or a NATS with --nats")?;
        Ok(nats::open(url.reveal(), retention).await?)
    }

    /// For its tables alone.
    async fn open_tables(&self) -> anyhow::Result<Arc<dyn Backend>> {
        if let Some(folder) = &self.folder {
            return Ok(sqlite::open_tables(folder).await?);
        }
        let (backend, mut changes) = self.open(Retention::default()).await?;
        // Read to their end, which is the backend's: an unread change holds it up.
        tokio::spawn(async move { while changes.recv().await.is_some() {} });
        Ok(backend)
    }
}
