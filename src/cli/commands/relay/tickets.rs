//! `handset relay ticket`, `tickets` and `revoke`: who may link.

use std::{io::Write, time::Duration};

use anyhow::bail;
use clap::ValueEnum;

use crate::{
    cli::{commands::relay::StateArgs, inputs, output, spans},
    domain::{ids::AccountId, relay::Role, text::SafeText},
    relay::{
        backend::Issued,
        ticket::{self, Keys, LONGEST_NAME},
    },
    rt::clock,
};

/// Make a ticket for a tester's handset and print it, and nothing else.
///
/// Whoever has the ticket gets what its role allows; hand it over like a password. It works at
/// once, also while the relay runs.
#[derive(Debug, clap::Args)]
pub(super) struct Ticket {
    #[command(flatten)]
    state: StateArgs,
    /// Whom it is for; devices of one name may take each other's conversations over.
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: String,
    /// The account whose webhooks it lets through.
    #[arg(long, value_name = "ID", value_parser = inputs::words)]
    account: String,
    /// For how long, like 30d, 12h or 45m.
    #[arg(long, value_name = "SPAN", value_parser = spans::span)]
    ttl: Duration,
    /// What it allows.
    #[arg(long, value_name = "ROLE", default_value = "tester")]
    role: Allowed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Allowed {
    /// To open conversations and get what is said in them.
    Tester,
    /// To see everything of the account.
    Observer,
}

/// List the tickets there are.
#[derive(Debug, clap::Args)]
pub(super) struct Tickets {
    #[command(flatten)]
    state: StateArgs,
}

/// Revoke tickets; their links end at once.
#[derive(Debug, clap::Args)]
pub(super) struct Revoke {
    #[command(flatten)]
    state: StateArgs,
    /// The ticket of this id, as listed.
    #[arg(
        long,
        value_name = "ID",
        required_unless_present = "name",
        conflicts_with = "name"
    )]
    id: Option<String>,
    /// All tickets of this name.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

pub(super) async fn make(args: Ticket, out: &mut impl Write) -> anyhow::Result<()> {
    let backend = args.state.open_tables().await?;
    let keys = Keys::new(&backend.identity().await?)?;
    let now = clock::unix_millis() / 1000;
    let until = now.saturating_add(i64::try_from(args.ttl.as_secs()).unwrap_or(i64::MAX));
    let role = match args.role {
        Allowed::Tester => Role::Tester,
        Allowed::Observer => Role::Observer,
    };
    let issued = ticket::issue(&args.name, &AccountId::from(args.account), role, now, until);
    let signed = keys.sign(&issued)?;
    backend.keep_ticket(&issued).await?;
    backend.close().await;
    output::print(out, &format!("{}\n", signed.reveal()), "the ticket")
}

pub(super) async fn list(args: Tickets, out: &mut impl Write) -> anyhow::Result<()> {
    let backend = args.state.open_tables().await?;
    let tickets = backend.tickets().await?;
    backend.close().await;
    let now = clock::unix_millis() / 1000;
    let mut lines = vec![["ID", "NAME", "ACCOUNT", "ROLE", "UNTIL", "STATE"].map(str::to_owned)];
    lines.extend(tickets.iter().map(|ticket| line(ticket, now)));
    output::print(out, &output::table(lines), "the tickets")
}

pub(super) async fn revoke(args: Revoke, out: &mut impl Write) -> anyhow::Result<()> {
    let backend = args.state.open_tables().await?;
    let (id, name) = (args.id, args.name);
    let meant = |ticket: &Issued| {
        id.as_ref().is_some_and(|id| *id == ticket.id)
            || name.as_ref().is_some_and(|name| *name == ticket.name)
    };
    let tickets = backend.tickets().await?;
    let meant: Vec<&Issued> = tickets.iter().filter(|ticket| meant(ticket)).collect();
    if meant.is_empty() {
        let which = id.or(name.clone()).unwrap_or_default();
        bail!("there is no ticket of {which:?}; `handset relay tickets` lists what there is");
    }
    for ticket in &meant {
        let revoked = Issued {
            revoked: true,
            ..(*ticket).clone()
        };
        backend.keep_ticket(&revoked).await?;
        let line = SafeText::clean(&format!("revoked {} of {}\n", ticket.id, ticket.name));
        output::print(out, line.as_str(), "what was revoked")?;
    }
    backend.close().await;
    Ok(())
}

fn line(ticket: &Issued, now: i64) -> [String; 6] {
    let until = jiff::Timestamp::from_second(ticket.until);
    let state = if ticket.revoked {
        "revoked"
    } else if ticket.until <= now {
        "ended"
    } else {
        "valid"
    };
    let role = match ticket.role {
        Role::Tester => "tester",
        Role::Observer => "observer",
    };
    [
        ticket.id.clone(),
        ticket.name.clone(),
        ticket.account.to_string(),
        role.to_owned(),
        until.map_or_else(|_| "-".to_owned(), |until| until.to_string()),
        state.to_owned(),
    ]
}

/// A name that can stand in a list and in a log.
fn name(text: &str) -> Result<String, String> {
    let text = inputs::words(text)?;
    if text.len() > LONGEST_NAME || text.chars().any(char::is_control) {
        return Err(format!(
            "a name has at most {LONGEST_NAME} bytes and no control characters"
        ));
    }
    Ok(text)
}
