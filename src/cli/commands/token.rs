//! `handset token`: the tokens that a copied curl command needs.

use std::{io::Write, path::PathBuf, time::Duration};

use anyhow::{Context as _, anyhow};
use clap::ValueEnum;
use tokio::sync::mpsc;
use url::Url;

use crate::{
    cli::{beside, inputs, output, own::OwnFiles, profile},
    client::{self, Client},
    config::paths,
    domain::{
        ids::ExtConsumerId, inbound::Credentials, retry::Problem, secret::Secret, time::Timestamp,
    },
    rt::{clock, tls::Trust},
};

/// How long one token is tried for.
const PATIENCE: Duration = Duration::from_secs(2);
/// Exchanges that wait to be dropped. When it is full a request waits.
const EXCHANGES: usize = 16;

/// Get the tokens that a copied curl command needs, as APP_JWT and CONSUMER_JWS.
///
/// Without more they are of the sandbox that runs in another terminal; with a profile, or with
/// --csds, --account, --client-id and --secret-env, of that cloud. Nothing of a token is shown
/// unless --reveal is given. In a shell: eval "$(handset token --export --reveal)".
#[derive(Debug, clap::Args)]
pub(crate) struct TokenArgs {
    /// The consumer of the ConsumerJWS, as `handset personas` lists them, or a persona file
    /// [default: ada].
    #[arg(long, value_name = "NAME|FILE", value_parser = inputs::words)]
    persona: Option<String>,

    /// The same by its ext_consumer_id.
    #[arg(long, value_name = "ID", value_parser = inputs::words, conflicts_with = "persona")]
    consumer: Option<String>,

    /// Which of the two; both when it is not given.
    #[arg(long, value_name = "KIND", value_enum)]
    kind: Option<TokenKind>,

    /// Print the tokens themselves.
    #[arg(long)]
    reveal: bool,

    /// Print lines that set the variables of a shell.
    #[arg(long, requires = "reveal")]
    export: bool,

    /// The sandbox that runs, whatever profile is the default.
    #[arg(long, conflicts_with_all = ["profile", "csds", "account", "client-id", "secret-env", "ca"])]
    sandbox: bool,

    /// The data folder of the sandbox that runs [default: $HANDSET_DATA_DIR, else the user's data
    /// folder].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    #[command(flatten)]
    cloud: profile::CloudFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TokenKind {
    /// The token of the app install; it expires.
    AppJwt,
    /// The token of a consumer; it does not expire.
    ConsumerJws,
}

/// A token by the variable that copied commands name.
struct NamedToken {
    variable: &'static str,
    token: Secret,
    until: Option<Timestamp>,
}

pub(crate) async fn run(args: TokenArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let (csds, credentials, trust) = cloud(&args).await?;
    let at = csds.to_string();
    let settings = client::Settings {
        trust,
        patience: PATIENCE,
        ..client::Settings::new(
            csds,
            credentials.account,
            credentials.client,
            credentials.secret,
        )
    };
    let (reports, mut exchanges) = mpsc::channel(EXCHANGES);
    let client = Client::new(settings, reports)?;
    // It ends with the client.
    tokio::spawn(async move { while exchanges.recv().await.is_some() {} });
    let wants = |kind| args.kind.is_none_or(|wanted| wanted == kind);
    let failed = |what: &str, problem: Problem| {
        anyhow!("cannot get the {what} at {at}: {problem}; `handset doctor` tells what is wrong")
    };
    let mut tokens = Vec::new();
    if wants(TokenKind::AppJwt) {
        let got = client.app_jwt().await;
        let (token, until) = got.map_err(|problem| failed("AppJWT", problem))?;
        tokens.push(NamedToken {
            variable: "APP_JWT",
            token,
            until: Some(until),
        });
    }
    if wants(TokenKind::ConsumerJws) {
        let got = client.consumer_jws(&consumer(&args)?).await;
        tokens.push(NamedToken {
            variable: "CONSUMER_JWS",
            token: got.map_err(|problem| failed("ConsumerJWS", problem))?,
            until: None,
        });
    }
    let text: String = tokens.iter().map(|token| line(token, &args)).collect();
    output::print(out, &text, "the tokens")
}

/// The cloud that is meant, with the app install there.
async fn cloud(args: &TokenArgs) -> anyhow::Result<(Url, Credentials, Trust)> {
    if !args.sandbox {
        let flags = args.cloud.layer.clone();
        let resolved = profile::resolve(args.cloud.profile.as_deref(), flags)?;
        if resolved.is_cloud {
            let profile = resolved.profile()?;
            let credentials = profile::credentials(&profile).await?;
            let trust = profile::trust(profile.ca.as_deref())?;
            return Ok((profile.csds, credentials, trust));
        }
    }
    let data = paths::data_dir(args.data_dir.clone())?;
    let (csds, credentials) = beside::app_install(&data)?;
    Ok((csds, credentials, Trust::default()))
}

/// Whose ConsumerJWS is meant.
fn consumer(args: &TokenArgs) -> anyhow::Result<ExtConsumerId> {
    if let Some(consumer) = &args.consumer {
        return Ok(ExtConsumerId::from(consumer.as_str()));
    }
    let own = OwnFiles::read();
    let known = match &args.persona {
        Some(name) => own
            .persona(name)
            .map_err(|reason| anyhow!("--persona: {reason}"))?,
        None => own
            .personas
            .into_iter()
            .next()
            .context("there is no persona")?,
    };
    Ok(known.persona.consumer)
}

/// A token as the flags ask for it.
fn line(one: &NamedToken, args: &TokenArgs) -> String {
    let NamedToken {
        variable,
        token,
        until,
    } = one;
    let text = token.reveal();
    if args.export {
        return format!("export {variable}='{}'\n", text.replace('\'', "'\\''"));
    }
    if args.reveal {
        // One alone is for `$(…)`.
        return match args.kind {
            Some(_) => format!("{text}\n"),
            None => format!("{variable} {text}\n"),
        };
    }
    let lasts = match until {
        Some(until) => {
            let left = until.since(Timestamp(clock::unix_millis()));
            format!("valid for {} min", left.as_secs().div_ceil(60))
        }
        None => "does not expire".to_owned(),
    };
    format!(
        "{variable}  {} characters, {lasts}; --reveal prints it\n",
        text.len()
    )
}
