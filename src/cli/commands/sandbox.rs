//! `handset sandbox`: the emulated cloud as a program of its own.
//!
//! Prints one line of JSON when it is ready, then serves until it is told to stop.

pub(crate) mod ctl;

use std::{
    fs,
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, anyhow};
use clap::ValueEnum;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use url::Url;

use crate::{
    cli::{
        answerer::Answerer,
        beside::{self, Note},
        files, inputs, logging, output, profile,
        signals::Signals,
    },
    config::{layer::Layer, paths, setting::Setting},
    domain::ids::{AccountId, SkillId},
    export::json_line::json_line,
    sandbox::{
        self, Ready, Sandbox,
        model::{
            people::agent_id,
            roster,
            rules::{Bot, Rules},
            webhooks::is_safe,
        },
        settings::Settings,
        tls::{Tls, authority},
    },
};

const DEADLINE: Duration = Duration::from_secs(8);

/// Run an emulated cloud that a connector can talk to.
///
/// It serves domain lookup, tokens, CONVERSATION and SEND on one address, posts signed webhooks,
/// and has an agent answer. When it is ready it prints one line of JSON with the address,
/// account, client_id and client_secret, control_token for its own API, and the agents who can log in;
/// morgan may manage the app install. With --tls the same port answers HTTPS too, with a
/// certificate of the sandbox's own authority.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct SandboxArgs {
    #[command(subcommand)]
    command: Option<SandboxCommand>,
    #[command(flatten)]
    serving: Serving,
}

#[derive(Debug, clap::Subcommand)]
enum SandboxCommand {
    Ctl(Box<ctl::CtlArgs>),
}

/// How a sandbox is started.
#[derive(Debug, clap::Args)]
struct Serving {
    /// The address and port to serve on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", value_parser = inputs::address)]
    listen: SocketAddr,
    /// The account to emulate [default: that of the state file, or 55512300].
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
    /// Who answers new conversations: riley, none (they wait), or a script of your own in the
    /// format of assets/riley.toml.
    #[arg(long, value_name = "WHO|FILE", default_value = "riley", value_parser = inputs::words)]
    agent: String,
    /// The brand's name in what is said by itself, in the agent's lines and on cards
    /// [default: $HANDSET_BRAND, else that of the profile that is the default, else Acme].
    #[arg(long, value_name = "NAME", value_parser = inputs::words)]
    brand: Option<String>,
    /// Where to post signed webhooks; http on loopback only.
    #[arg(long, value_name = "URL", value_parser = endpoint)]
    webhook: Option<Url>,
    /// Whether a survey follows on a closed conversation that has a skill, for a connector that
    /// declares MULTI_DIALOG.
    #[arg(long, value_name = "SWITCH", default_value = "on")]
    survey: Asker,
    /// The skill of conversations that ask for none, by name or id; without it they have none.
    #[arg(long, value_name = "SKILL", value_parser = skill)]
    default_skill: Option<SkillId>,
    /// What is said by itself at the beginning, to a connector that declares AUTO_MESSAGES; empty
    /// says nothing [default: a welcome to the brand].
    #[arg(long, value_name = "TEXT")]
    welcome: Option<String>,
    /// Make ids and secret the same every time; a state file keeps those it has.
    #[arg(long, value_name = "N", value_parser = inputs::number, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// The state file: keep the account in it, and go on from it at the next start.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// The world that `ctl export` wrote, or the state file of a sandbox that has ended: begin with
    /// what is in it, at every start alike; the file is only read.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["state", "seed"])]
    world: Option<PathBuf>,
    /// Speak HTTPS too, on the same port.
    #[arg(long, requires = "ca_out")]
    tls: bool,
    /// Where to write the authority's certificate, for clients to trust; with --state it stays the same.
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca_out: Option<PathBuf>,
    /// A name clients reach it by, besides localhost and its addresses, like that of a container;
    /// may be repeated. Requests for other names are refused.
    #[arg(long, value_name = "NAME", value_parser = host)]
    host: Vec<String>,
    /// A name or address the certificate is good for too, as it is for each --host; clients may
    /// reach the sandbox by it. May be repeated.
    #[arg(long, value_name = "NAME", requires = "tls", value_parser = host)]
    tls_name: Vec<String>,
    /// Write a certificate for another server on this machine, and its key, into this folder.
    #[arg(long, value_name = "DIR", requires = "tls")]
    issue: Option<PathBuf>,
    /// End when standard input ends too, and so with the test that started it and holds the other end.
    #[arg(long)]
    with_stdin: bool,
    /// Trust https webhooks with certificates of this authority too.
    #[arg(long, value_name = "FILE")]
    webhook_ca: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Asker {
    /// It does; the built-in bot asks.
    On,
    /// It does not.
    Off,
    /// It does, and a bot on an agent's socket is waited for; the ready line tells its `survey_app`.
    External,
}

/// Serves until it is told to stop, or tells one that does what to do.
pub(crate) async fn run(args: SandboxArgs, out: &mut impl Write) -> anyhow::Result<()> {
    match args.command {
        Some(SandboxCommand::Ctl(args)) => ctl::run(*args, out).await,
        None => serve(args.serving, out).await,
    }
}

async fn serve(args: Serving, out: &mut impl Write) -> anyhow::Result<()> {
    // Before anything is announced: the program that reads the line may stop us at once.
    let mut signals = Signals::new()?;
    logging::to_stderr(logging::filter()?);
    let listener = inputs::bind(args.listen, "--listen").await?;
    let external = args.survey == Asker::External;
    let with_stdin = args.with_stdin;
    let (ca_out, issue) = (args.ca_out.clone(), args.issue.clone());
    let sandbox = sandbox::start(listener, settings(args)?).await?;
    let ready = sandbox.ready();
    let ca_out = write_ca(ca_out, &ready)?;
    if let Some(folder) = issue {
        write_issued(&folder, &sandbox)?;
    }
    let mut line = ready_line(&ready, ca_out.as_deref())?;
    if external {
        line["survey_app"] = json!(agent_id(&ready.account, roster::SURVEY_APP));
    }
    let note = leave_note(&ready);
    output::print(out, &format!("{}\n", json_line(&line)?), "the ready line")?;
    tokio::select! {
        () = signals.stop() => {}
        () = end_of_stdin(), if with_stdin => {}
    }
    drop(note);
    tokio::select! {
        in_time = sandbox.stop(DEADLINE) => {
            if !in_time {
                tracing::warn!("the sandbox did not stop in time");
            }
        }
        // Asked twice: leave at once. The state file is whole at any moment.
        () = signals.stop() => {}
    }
    Ok(())
}

/// Waits until nobody holds the other end of standard input.
async fn end_of_stdin() {
    let (ended, end) = oneshot::channel();
    // A blocking task would hold up the end of the program until the next line.
    std::thread::spawn(move || {
        // Whatever is written there means nothing; one that cannot be read has ended too.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        let _ = ended.send(());
    });
    // The thread has not ended before it has sent.
    let _ = end.await;
}

/// The note `handset sandbox ctl` finds this sandbox by. Without it only that is missed, so that it
/// cannot be left is said in the log alone.
fn leave_note(ready: &Ready) -> Option<Note> {
    let left = paths::data_dir(None).map_err(anyhow::Error::from);
    let left = left.and_then(|data| Note::alone(&data, ready));
    left.inspect_err(|error| tracing::warn!("{error:#}")).ok()
}

/// The line that says where everything is.
fn ready_line(ready: &Ready, ca: Option<&Path>) -> anyhow::Result<Value> {
    let mut line = json!({ "ready": true, "csds": ready.csds });
    if let (Some(https), Some(ca)) = (&ready.https, ca) {
        line["https"] = json!(https);
        let ca = ca
            .to_str()
            .context("the path given with --ca-out is not text")?;
        line["ca"] = json!(ca);
    }
    line["account"] = json!(ready.account);
    line["client_id"] = json!(ready.client_id);
    line["client_secret"] = json!(ready.client_secret.reveal());
    line["control_token"] = json!(ready.control.reveal());
    let agents = ready.agents.iter().map(|user| {
        json!({
            "username": user.username,
            "password": user.password.reveal(),
            "skills": user.skills,
        })
    });
    line["agents"] = agents.collect();
    Ok(line)
}

/// Writes the authority's certificate, and says where it is from anywhere.
fn write_ca(path: Option<PathBuf>, ready: &Ready) -> anyhow::Result<Option<PathBuf>> {
    let (Some(path), Some(ca)) = (path, &ready.ca) else {
        return Ok(None);
    };
    files::replace(&path, ca.as_bytes(), 0o644, "certificate")?;
    let path = std::path::absolute(path).context("cannot tell where the certificate is")?;
    Ok(Some(path))
}

/// Writes a certificate and its key for another server on this machine.
fn write_issued(folder: &Path, sandbox: &Sandbox) -> anyhow::Result<()> {
    let Some(issued) = sandbox.issue() else {
        return Ok(());
    };
    let issued = issued.context("cannot make a certificate")?;
    fs::create_dir_all(folder).map_err(|cause| {
        let folder = folder.display();
        anyhow!("cannot make the folder {folder}: {cause}; choose another one with --issue")
    })?;
    let key = issued.key.reveal().as_bytes();
    files::replace(&folder.join("key.pem"), key, 0o600, "key")?;
    let certificate = issued.certificate.as_bytes();
    files::replace(&folder.join("cert.pem"), certificate, 0o644, "certificate")
}

fn settings(args: Serving) -> anyhow::Result<Settings> {
    let webhook_trust = profile::trust(args.webhook_ca.as_deref())?;
    let hosts = [args.host, args.tls_name].concat();
    let answerer = Answerer::read(Some(&args.agent))?;
    let mut flags = Layer::default();
    flags.put_flag(Setting::Brand, args.brand, "--brand");
    let resolved = profile::sandbox(flags)?;
    let brand = resolved.layer.text(Setting::Brand).unwrap_or_default();
    let welcome = args.welcome.unwrap_or_else(|| Rules::usual_welcome(brand));
    Ok(Settings {
        account: args.account.map(AccountId::from),
        brand: brand.to_owned(),
        agent: answerer.agent,
        script: answerer.script,
        rules: Rules {
            default_skill: args.default_skill,
            ..rules(args.survey, welcome)
        },
        webhook: args.webhook,
        seed: args.seed,
        state: args.state,
        world: args.world,
        control: beside::token()?,
        tls: args.tls.then(|| Tls {
            names: hosts.clone(),
        }),
        hosts,
        webhook_trust,
        ..Settings::default()
    })
}

fn rules(survey: Asker, welcome: String) -> Rules {
    let mut rules = Rules::default();
    match survey {
        Asker::On => {}
        Asker::Off => rules.surveys.clear(),
        Asker::External => {
            for survey in rules.surveys.values_mut() {
                survey.bot = Bot::External;
            }
        }
    }
    rules.welcome = if welcome.is_empty() {
        Vec::new()
    } else {
        vec![welcome]
    };
    rules
}

fn skill(text: &str) -> Result<SkillId, String> {
    let named = roster::skill(text).filter(|skill| skill.as_str() != roster::UNASSIGNED);
    named.ok_or_else(|| {
        let known = roster::SKILLS.map(|skill| skill.name).join(", ");
        format!("there is no such skill; give {known}, or the id of one, at most ten digits")
    })
}

pub(crate) fn endpoint(text: &str) -> Result<Url, String> {
    let url = inputs::url(text)?;
    if is_safe(&url) {
        Ok(url)
    } else {
        Err("webhooks leave this machine over https only".to_owned())
    }
}

fn host(text: &str) -> Result<String, String> {
    if authority::is_name(text) {
        Ok(text.to_owned())
    } else {
        Err("write a host name or an IP address, like relay.shop.test".to_owned())
    }
}

fn account(text: &str) -> Result<String, String> {
    let fits = (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if fits {
        Ok(text.to_owned())
    } else {
        Err("an account is 1 to 32 letters and digits".to_owned())
    }
}
