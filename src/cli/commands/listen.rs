//! `handset listen`: webhooks in, one line out for each.

mod backlog;
mod relayed;
mod report;

use std::{io::Write, net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::bail;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::{
    cli::{
        commands::listen::{
            relayed::RelayedContext,
            report::{LineStyle, Remarks},
        },
        inputs,
        output::LineStream,
        profile,
        signals::Signals,
        webhooks,
    },
    config::{
        layer::Layer,
        paths,
        profile::{Profile, TunnelSettings},
        setting::Setting,
        tunnel_kind::TunnelKind,
    },
    ingress::{intake::Intake, listener::TurnedAway},
    rt::shutdown::Shutdown,
    store::{Feed, Journal, Start},
};

/// Time for requests under way, and for the last lines, once it is to end.
const ENDING: Duration = Duration::from_secs(2);

/// Receive webhooks, verify and journal them, and print each as one line.
///
/// The address printed first is the endpoint for the app install, as reached through a tunnel.
/// Requests that carry a valid signature are answered 200 once they are journalled; all others
/// are answered 401, and printed too. The journal keeps every valid request, and of the others the
/// newest 4096 or 16 MiB. The address stays the same from start to start.
#[derive(Debug, clap::Args)]
pub(crate) struct ListenArgs {
    /// The profile of config.toml [default: $HANDSET_PROFILE, else `default` in the file].
    #[arg(long, value_name = "NAME", value_parser = inputs::words)]
    profile: Option<String>,

    /// The account the app install belongs to [default: the profile's]; without --profile no
    /// profile counts then.
    #[arg(long, value_name = "ID", value_parser = inputs::words)]
    account: Option<String>,

    /// The app install's client_id [default: the profile's].
    #[arg(long, value_name = "ID", value_parser = inputs::words)]
    client_id: Option<String>,

    /// The environment variable that holds the app install's client_secret [default: where the
    /// profile says].
    #[arg(long, value_name = "VAR", value_parser = inputs::words)]
    secret_env: Option<String>,

    /// The loopback address and port to take webhooks on, whatever relay the profile has; port 0
    /// takes a free one [default: 127.0.0.1:0].
    #[arg(long, value_name = "ADDR", value_parser = inputs::address)]
    bind: Option<SocketAddr>,

    /// The `link` of a relay: list what comes through it instead of listening here [default: the
    /// profile's].
    ///
    /// What came while nobody listened is listed first; each event is listed once. The journal is
    /// one of its own, and each line has the `id` of its entry there.
    #[arg(long, value_name = "WS_URL", value_parser = inputs::link_url, conflicts_with = "bind")]
    relay: Option<Url>,

    /// The environment variable that holds the ticket for the relay [default: where the profile
    /// says].
    #[arg(long, value_name = "VAR", value_parser = inputs::words)]
    ticket_env: Option<String>,

    /// The certificate of an own authority, in PEM, to believe the relay's certificate by
    /// [default: the profile's].
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Print JSON, one object on each line.
    #[arg(long)]
    json: bool,

    /// The data folder, for the journal [default: $HANDSET_DATA_DIR, else the user's data folder].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl ListenArgs {
    /// What holds, these flags being the uppermost layer.
    fn profile(&self) -> anyhow::Result<Profile> {
        let mut layer = Layer::default();
        layer.put_flag(Setting::Account, self.account.as_ref(), "--account");
        layer.put_flag(Setting::ClientId, self.client_id.as_ref(), "--client-id");
        layer.put_flag(Setting::Secret, self.secret_env.as_ref(), "--secret-env");
        layer.put_flag(Setting::Ca, self.ca.as_ref().map(|ca| ca.display()), "--ca");
        layer.put_flag(Setting::TunnelLink, self.relay.as_ref(), "--relay");
        layer.put_flag(
            Setting::TunnelTicket,
            self.ticket_env.as_ref(),
            "--ticket-env",
        );
        layer.put_flag(Setting::Bind, self.bind, "--bind");
        let none = self.bind.map(|_| TunnelKind::None.name());
        layer.put_flag(Setting::TunnelKind, none, "--bind");
        profile::resolve(self.profile.as_deref(), layer)?.profile()
    }
}

/// Serves until it is told to stop or nobody reads its output any more.
pub(crate) async fn run(
    args: ListenArgs,
    out: impl Write + Send + 'static,
    err: impl Write + Send + 'static,
) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    let profile = args.profile()?;
    let style = if args.json {
        LineStyle::Json
    } else {
        LineStyle::Plain
    };
    let name = paths::file_name(profile.account.as_str());
    let credentials = profile::credentials(&profile).await?;
    if let TunnelSettings::Relay { link, ticket } = &profile.tunnel {
        let wanted = RelayedContext {
            address: link.clone(),
            ticket: ticket.clone(),
            trust: profile::trust(profile.ca.as_deref())?,
            credentials,
            remark: profile.secret.remark(),
            file: paths::data_dir(args.data_dir)?.join(format!("link-{name}.db")),
            style,
        };
        return relayed::run(wanted, signals, out, err).await;
    }
    for (flag, is_given) in [
        ("--ca", args.ca.is_some()),
        ("--ticket-env", args.ticket_env.is_some()),
    ] {
        if is_given {
            bail!("{flag} is for a relay, and no relay is named; name its link with --relay");
        }
    }
    let socket = inputs::bind_loopback(profile.bind).await?;
    let folder = paths::data_dir(args.data_dir)?;
    let file = folder.join(format!("listen-{name}.db"));
    let (journal, mut feed) = Journal::open(&file, Start::Newest).await?;
    let shutdown = Shutdown::new();
    let path = webhooks::path(profile.hook_path, &journal).await?;
    let intake = Intake::new(credentials, journal.clone());
    let listener = webhooks::serve(socket, path, intake, &journal, &shutdown).await?;

    let (out, err) = (LineStream::start(out)?, LineStream::start(err)?);
    let mut remarks = Remarks {
        err: &err,
        turned_away: listener.turned_away(),
        seen: TurnedAway::default(),
        trouble: journal.trouble(),
    };
    if let Some(remark) = profile.secret.remark() {
        err.remark(format!("handset: {remark}"));
    }
    let url = listener.url();
    let outcome = tokio::select! {
        biased;
        () = signals.stop() => Ok(()),
        () = out.closed() => Ok(()),
        outcome = print(&out, style, &url, &mut feed) => outcome,
        () = remarks.make() => Ok(()),
    };
    remarks.on_turned_away();
    let deadline = Instant::now() + ENDING;
    let ending = async {
        shutdown.stop(ENDING).await;
        // A reader that has stopped does not get the rest; the journal has it.
        let _ = timeout_at(deadline, print_rest(&out, style, &mut feed)).await;
        finish(journal, out, err, deadline).await;
    };
    tokio::select! {
        // A second signal ends it at once.
        () = signals.stop() => {}
        () = ending => {}
    }
    outcome
}

/// Closes the journal, and lets the last lines out as long as there is time.
async fn finish(journal: Journal, out: LineStream, err: LineStream, deadline: Instant) {
    journal.close().await;
    let left = deadline.saturating_duration_since(Instant::now());
    out.finish(left).await;
    err.finish(ENDING / 10).await;
}

/// Prints the address and then every request as it comes; ends when nobody reads it.
async fn print(
    out: &LineStream,
    style: LineStyle,
    url: &str,
    feed: &mut Feed,
) -> anyhow::Result<()> {
    if let Ok(room) = out.room().await {
        room.print(style.ready(url)?);
    }
    // Room first: a request that was taken from the feed is printed whatever happens.
    while let Ok(room) = out.room().await {
        match feed.recv().await? {
            Some((_, hook)) => room.print(style.line(&hook)?),
            None => bail!("the journal's thread has ended; start again"),
        }
    }
    Ok(())
}

/// Prints what was committed before the end.
async fn print_rest(out: &LineStream, style: LineStyle, feed: &mut Feed) -> anyhow::Result<()> {
    while let Ok(room) = out.room().await {
        match feed.recv_ready().await? {
            Some((_, hook)) => room.print(style.line(&hook)?),
            None => break,
        }
    }
    Ok(())
}
