//! `handset mcp`: the phone as tools for a program that speaks the Model Context Protocol, over
//! standard input and output.
//!
//! The phone is `handset --plain` in a process of its own, so the tools can do what plain mode can
//! and tell it in its words. JSON-RPC is read and answered here, one request after another.

mod phone;
mod tools;

use std::{
    io::{self, BufRead as _, Read as _},
    path::PathBuf,
};

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{
    cli::{commands::mcp::tools::Tools, output, signals::Signals},
    config::paths,
};

/// The versions of the protocol that are spoken alike here; the first is offered to clients of others.
const VERSIONS: [&str; 4] = ["2025-06-18", "2025-11-25", "2025-03-26", "2024-11-05"];
/// Requests that wait while one is answered; the client waits with its next line.
const LINES: usize = 16;
/// The longest line of a client.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Offer the phone, the agent workspace, scenarios and the sandbox as tools over MCP, on standard
/// input and output.
///
/// A client starts it by itself: its settings name the command `handset` with the argument `mcp`.
/// The phone is opened at its first use, as `handset --plain` with what stands behind `--`.
#[derive(Debug, clap::Args)]
pub(crate) struct McpArgs {
    /// The data folder of the phone [default: `mcp` in the user's data folder].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Flags of the phone, like --persona gus or --profile acme.
    #[arg(last = true, value_name = "FLAG")]
    phone: Vec<String>,
}

pub(crate) async fn run(args: McpArgs) -> anyhow::Result<()> {
    let data = match args.data_dir {
        Some(folder) => folder,
        None => paths::data_dir(None)?.join("mcp"),
    };
    let mut signals = Signals::new()?;
    let mut tools = Tools::new(data, args.phone)?;
    let served = tokio::select! {
        served = serve(&mut tools) => served,
        () = signals.stop() => Ok(()),
    };
    tools.end().await;
    served
}

/// Answers requests until the client ends its side.
async fn serve(tools: &mut Tools) -> anyhow::Result<()> {
    let mut lines = input();
    while let Some(line) = lines.recv().await {
        let line = line.context("cannot read what the client sends")?;
        let answer = match serde_json::from_slice(&line) {
            Ok(request) => answer(tools, &request).await,
            Err(error) => {
                let why = format!("the line is no JSON: {error}");
                Some(failure(&Value::Null, -32700, &why))
            }
        };
        if let Some(answer) = answer {
            output::print(&mut io::stdout(), &format!("{answer}\n"), "the answer")?;
        }
    }
    Ok(())
}

/// The lines of standard input. They are read on a thread of their own, which ends with the program:
/// nothing can take a read of it back.
fn input() -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (sender, lines) = mpsc::channel(LINES);
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        loop {
            let mut line = Vec::new();
            let read = (&mut input).take(LARGEST).read_until(b'\n', &mut line);
            let line = match read {
                Ok(0) => return,
                Ok(_) if line.ends_with(b"\n") => Ok(line),
                Ok(_) => Err(io::Error::other("a line is too long, or not whole")),
                Err(error) => Err(error),
            };
            let is_last = line.is_err();
            if sender.blocking_send(line).is_err() || is_last {
                return;
            }
        }
    });
    lines
}

/// What is answered to a message; nothing to a notification.
async fn answer(tools: &mut Tools, request: &Value) -> Option<Value> {
    let id = request.get("id")?;
    let params = &request["params"];
    let result = match request["method"].as_str().unwrap_or_default() {
        "initialize" => {
            let asked = params["protocolVersion"].as_str().unwrap_or_default();
            let version = VERSIONS.into_iter().find(|one| *one == asked);
            json!({
                "protocolVersion": version.unwrap_or(VERSIONS[0]),
                "capabilities": { "tools": {} },
                "serverInfo": { "name": "handset", "version": env!("CARGO_PKG_VERSION") },
                "instructions": tools::INSTRUCTIONS,
            })
        }
        "ping" => json!({}),
        "tools/list" => json!({ "tools": tools::list() }),
        "tools/call" => {
            let name = params["name"].as_str().unwrap_or_default();
            let called = tools.call(name, &params["arguments"]).await;
            let (text, is_error) = match called {
                Ok(text) => (text, false),
                Err(error) => (crate::cli::in_words(&error), true),
            };
            json!({ "content": [{ "type": "text", "text": text }], "isError": is_error })
        }
        other => {
            return Some(failure(
                id,
                -32601,
                &format!("there is no method {other:?} here"),
            ));
        }
    };
    Some(json!({ "jsonrpc": "2.0", "id": id, "result": result }))
}

fn failure(id: &Value, code: i32, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}
