//! `handset sandbox ctl`: tells a running sandbox what to do, over its own API.

mod asking;
pub(crate) mod control;
mod showing;

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::bail;
use clap::{Subcommand, ValueEnum};
use serde_json::{Map, Value, json};
use tokio::time::sleep;
use url::Url;

use crate::{
    cli::{
        beside,
        commands::sandbox::{ctl::asking::Sandbox, endpoint},
        files, inputs, output,
    },
    domain::{json::pretty, span},
};

/// Between two tries while a sandbox is waited for.
const PAUSE: Duration = Duration::from_millis(50);

/// Tell a running sandbox what to do: let time pass, switch faults, go back, look.
///
/// The sandbox that runs is found, be it a phone's or one by itself; --at says which of several.
/// One of another user or machine is reached with --at (csds of its ready line) and its
/// control_token in HANDSET_SANDBOX_TOKEN.
#[derive(Debug, clap::Args)]
pub(super) struct CtlArgs {
    /// Where the sandbox is, like http://127.0.0.1:8080.
    #[arg(long, value_name = "URL", env = "HANDSET_SANDBOX", hide_env_values = true, value_parser = inputs::url, global = true)]
    at: Option<Url>,
    /// The data folder of the phone or sandbox that runs [default: $HANDSET_DATA_DIR, else the
    /// user's data folder].
    #[arg(long, value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
    /// Print the answer as JSON.
    #[arg(long, global = true)]
    json: bool,
    /// Wait so long for the sandbox to be ready, like 10s [default: not at all].
    #[arg(long, value_name = "SPAN", global = true, value_parser = a_wait)]
    wait: Option<Duration>,
    #[command(subcommand)]
    command: CtlCommand,
}

#[derive(Debug, Subcommand)]
enum CtlCommand {
    /// Show how everything is.
    State,
    /// Let time pass at once, with everything that falls due in it.
    Advance {
        /// How much, like 90s, 61m, 2h or 1h30m.
        #[arg(value_parser = a_span)]
        span: String,
    },
    /// Switch faults on and off.
    #[command(subcommand)]
    Fault(FaultCommand),
    /// Keep what there is now under a name.
    Snapshot {
        /// The name; without one the snapshots are listed.
        name: Option<String>,
        /// Forget it instead; its file stays.
        #[arg(long, requires = "name")]
        forget: bool,
    },
    /// Have everything be as it was at a snapshot.
    Restore {
        /// Its name.
        name: String,
    },
    /// Write everything into one file, which `handset sandbox --world` begins with.
    Export {
        /// The file to write.
        file: PathBuf,
        /// Replace the file if it is there already.
        #[arg(long)]
        force: bool,
    },
    /// Point all webhooks of the app install at an address, or show where they go.
    Webhook {
        /// Where; http on loopback only.
        #[arg(value_parser = endpoint, conflicts_with = "off")]
        url: Option<Url>,
        /// Nowhere.
        #[arg(long)]
        off: bool,
    },
    /// Begin anew: no consumers, no conversations, no files, nobody logged in.
    Reset {
        /// Take out this conversation only.
        #[arg(long, value_name = "ID")]
        conversation: Option<String>,
    },
    /// List the conversations, or show one with what was said.
    Conversations {
        /// The one to show.
        id: Option<String>,
        /// List these only.
        #[arg(long, value_name = "STATE", conflicts_with = "id")]
        state: Option<Openness>,
    },
    /// List what waits for an agent, and where it rings.
    Queue,
    /// Switch a built-in agent, or set what an agent on sockets takes.
    Agent {
        /// riley, sam or another user; without one everybody is listed.
        name: Option<String>,
        /// Whether a built-in agent works.
        #[arg(requires = "name")]
        switch: Option<Switch>,
        /// Have the agent say this of itself, like AWAY.
        #[arg(long, value_name = "STATE", requires = "name", value_parser = upper)]
        availability: Option<String>,
        /// Open conversations at most; `any` for any number.
        #[arg(long, value_name = "N", requires = "name", value_parser = a_capacity)]
        capacity: Option<Value>,
    },
    /// Switch the survey of a skill.
    Survey {
        /// The skill's name or id, -1 for what has none; without one all are listed.
        #[arg(allow_negative_numbers = true)]
        skill: Option<String>,
        /// Whether its conversations end with one.
        #[arg(requires = "skill")]
        switch: Option<Switch>,
    },
}

#[derive(Debug, Subcommand)]
enum FaultCommand {
    /// Switch one on.
    Add(Box<Adding>),
    /// List what was switched on, and how often it hit.
    List,
    /// Switch one off, or all.
    Clear {
        /// Its number.
        id: Option<u64>,
    },
}

/// What a fault is about, what it does and how often.
#[derive(Debug, clap::Args)]
struct Adding {
    /// What it is about: csds, token, consumer, conversation, send, files, login, refresh, logout,
    /// history, configuration, engagement, socket or webhook.
    group: String,
    /// Answer requests with this status.
    #[arg(long, value_name = "CODE", group = "deed")]
    status: Option<u16>,
    /// With --status: the seconds of Retry-After.
    #[arg(long, value_name = "SECONDS", requires = "status")]
    retry_after: Option<u64>,
    /// With --status: the body.
    #[arg(long, value_name = "TEXT", requires = "status")]
    body: Option<String>,
    /// Take so long, like 1500ms or 2s.
    #[arg(long, value_name = "SPAN", group = "deed", value_parser = a_span)]
    delay: Option<String>,
    /// Close the connection without an answer; never post the notification.
    #[arg(long, group = "deed")]
    drop: bool,
    /// With --drop: do what was asked for all the same.
    #[arg(long, requires = "drop")]
    done: bool,
    /// Close sockets with this code; 1006 closes without a word.
    #[arg(long, value_name = "CODE", group = "deed")]
    close: Option<u16>,
    /// expired (token); duplicate, reorder, bad-signature, no-signature, two-changes or ascii (webhook).
    #[arg(long = "do", value_name = "WHAT", group = "deed")]
    act: Option<String>,
    /// Of this app install only.
    #[arg(long, value_name = "CLIENT_ID")]
    app: Option<String>,
    /// So many times; until it is cleared when nothing is given.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// With this probability, like 0.1.
    #[arg(long, value_name = "P")]
    probability: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Openness {
    /// Whose stage is OPEN.
    Open,
    /// The others.
    Closed,
}

struct Asked {
    method: reqwest::Method,
    path: Vec<String>,
    query: Option<(&'static str, String)>,
    body: Option<Value>,
}

/// Asks, and prints what the sandbox answers.
pub(super) async fn run(args: CtlArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let sandbox = ready(args.at, args.data_dir, args.wait).await?;
    if let CtlCommand::Export { file, force } = args.command {
        return export(&sandbox, &file, force).await;
    }
    let answer = sandbox.ask(asked(args.command)?).await?;
    let text = if args.json {
        pretty(&answer.to_string())
    } else {
        showing::lines(&answer)
    };
    output::print(out, &format!("{}\n", text.trim_end()), "the answer")
}

/// The sandbox that is meant, once it answers if that is waited for.
async fn ready(
    at: Option<Url>,
    data: Option<PathBuf>,
    wait: Option<Duration>,
) -> anyhow::Result<Sandbox> {
    let found = || {
        let (at, token) = beside::control(at.clone(), data.clone())?;
        Sandbox::new(at, token)
    };
    let Some(wait) = wait else {
        return found();
    };
    let deadline = Instant::now() + wait;
    loop {
        let answered = match found() {
            Ok(sandbox) => sandbox.ask(get(&["clock"])).await.map(|_| sandbox),
            Err(error) => Err(error),
        };
        match answered {
            Err(_) if Instant::now() < deadline => sleep(PAUSE).await,
            answered => return answered,
        }
    }
}

async fn export(sandbox: &Sandbox, file: &Path, force: bool) -> anyhow::Result<()> {
    if !force && file.symlink_metadata().is_ok() {
        bail!(
            "{} is there already; choose another name, or replace it with --force",
            file.display()
        );
    }
    let world = sandbox.bytes(get(&["world"])).await?;
    files::replace(file, &world, 0o600, "world")
}

fn asked(command: CtlCommand) -> anyhow::Result<Asked> {
    Ok(match command {
        CtlCommand::State => get(&["state"]),
        CtlCommand::Advance { span } => post(&["clock", "advance"], json!({ "by": span })),
        CtlCommand::Fault(FaultCommand::List) => get(&["faults"]),
        CtlCommand::Fault(FaultCommand::Clear { id: None }) => delete(&["faults"]),
        CtlCommand::Fault(FaultCommand::Clear { id: Some(id) }) => {
            delete(&["faults", &id.to_string()])
        }
        CtlCommand::Fault(FaultCommand::Add(adding)) => post(&["faults"], adding.spec()?),
        CtlCommand::Snapshot { name: None, .. } => get(&["snapshots"]),
        CtlCommand::Snapshot {
            name: Some(name),
            forget: true,
            ..
        } => delete(&["snapshots", &name]),
        CtlCommand::Snapshot {
            name: Some(name), ..
        } => post(&["snapshots"], json!({ "name": name })),
        CtlCommand::Restore { name } => post(&["snapshots", &name, "restore"], json!({})),
        CtlCommand::Reset { conversation } => {
            let body = conversation.map_or_else(|| json!({}), |id| json!({ "conversation": id }));
            post(&["reset"], body)
        }
        CtlCommand::Export { .. } => bail!("export writes a file and belongs on a command line"),
        CtlCommand::Webhook {
            url: None,
            off: false,
        } => get(&["webhook"]),
        CtlCommand::Webhook { url, .. } => put(&["webhook"], json!({ "url": url })),
        CtlCommand::Conversations { id: Some(id), .. } => get(&["conversations", &id]),
        CtlCommand::Conversations { id: None, state } => Asked {
            query: state.map(|state| match state {
                Openness::Open => ("state", "open".to_owned()),
                Openness::Closed => ("state", "closed".to_owned()),
            }),
            ..get(&["conversations"])
        },
        CtlCommand::Queue => get(&["queue"]),
        CtlCommand::Agent { name: None, .. } => get(&["agents"]),
        CtlCommand::Agent {
            name: Some(name),
            switch,
            availability,
            capacity,
        } => {
            let mut body = Map::new();
            if let Some(switch) = switch {
                body.insert("on".to_owned(), json!(switch == Switch::On));
            }
            if let Some(availability) = availability {
                body.insert("availability".to_owned(), json!(availability));
            }
            if let Some(capacity) = capacity {
                body.insert("capacity".to_owned(), capacity);
            }
            put(&["agents", &name], Value::Object(body))
        }
        CtlCommand::Survey {
            skill: Some(skill),
            switch: Some(switch),
        } => put(&["surveys", &skill], json!({ "on": switch == Switch::On })),
        CtlCommand::Survey { skill: None, .. } => get(&["surveys"]),
        CtlCommand::Survey { switch: None, .. } => bail!("say on or off after the skill"),
    })
}

impl Adding {
    /// The fault as the sandbox reads it.
    fn spec(&self) -> anyhow::Result<Value> {
        let mut spec = Map::new();
        let mut set = |name: &str, value: Value| {
            spec.insert(name.to_owned(), value);
        };
        set("on", json!(self.group.replace('-', "_")));
        if let Some(status) = self.status {
            set("do", json!("status"));
            set("status", json!(status));
            if let Some(seconds) = self.retry_after {
                set("retry_after", json!(seconds));
            }
            if let Some(body) = &self.body {
                set("body", json!(body));
            }
        } else if let Some(delay) = &self.delay {
            let millis = span::parse(delay).map_or(0, |span| span.as_millis());
            set("do", json!("delay"));
            set("ms", json!(u64::try_from(millis).unwrap_or(u64::MAX)));
        } else if self.drop {
            set("do", json!("drop"));
            if self.done {
                set("done", json!(true));
            }
        } else if let Some(code) = self.close {
            set("do", json!("close"));
            set("code", json!(code));
        } else if let Some(act) = &self.act {
            set("do", json!(act.replace('-', "_")));
        } else {
            bail!("say what the fault does: --status, --delay, --drop, --close or --do");
        }
        if let Some(app) = &self.app {
            set("app", json!(app));
        }
        if let Some(count) = self.count {
            set("count", json!(count));
        }
        if let Some(probability) = self.probability {
            set("probability", json!(probability));
        }
        Ok(Value::Object(spec))
    }
}

fn get(path: &[&str]) -> Asked {
    asking(reqwest::Method::GET, path, None)
}

fn delete(path: &[&str]) -> Asked {
    asking(reqwest::Method::DELETE, path, None)
}

fn post(path: &[&str], body: Value) -> Asked {
    asking(reqwest::Method::POST, path, Some(body))
}

fn put(path: &[&str], body: Value) -> Asked {
    asking(reqwest::Method::PUT, path, Some(body))
}

fn asking(method: reqwest::Method, path: &[&str], body: Option<Value>) -> Asked {
    Asked {
        method,
        path: path.iter().map(|part| (*part).to_owned()).collect(),
        query: None,
        body,
    }
}

fn a_span(text: &str) -> Result<String, String> {
    match span::parse(text) {
        Some(span) if span > Duration::ZERO => Ok(text.trim().to_owned()),
        _ => Err("write a span like 90s, 61m, 2h or 1h30m".to_owned()),
    }
}

fn a_wait(text: &str) -> Result<Duration, String> {
    span::parse(text).ok_or_else(|| "write a span like 10s or 1m".to_owned())
}

fn a_capacity(text: &str) -> Result<Value, String> {
    if text == "any" {
        return Ok(Value::Null);
    }
    let number: u32 = text
        .parse()
        .map_err(|_| "write a number, or any".to_owned())?;
    Ok(json!(number))
}

#[expect(clippy::unnecessary_wraps, reason = "clap asks for a result")]
fn upper(text: &str) -> Result<String, String> {
    Ok(text.to_uppercase().replace('-', "_"))
}
