//! The tools: what each is for, what it takes, and what it does.

use std::{env, ffi::OsString, path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Context as _, anyhow, bail};
use serde_json::{Value, json};
use tokio::{process::Command, time::timeout};

use crate::cli::commands::mcp::phone::PhoneProcess;

/// Told to the client once.
pub(super) const INSTRUCTIONS: &str = "\
handset is a consumer's phone for LivePerson's Connector API. `say` writes to the brand as the \
consumer; `wait` and `read` give what came; `tap` presses a numbered choice. Without further flags \
the other side is a sandbox on this machine, and nothing leaves it.";

/// How long a command beside the phone may take.
const COMMAND: Duration = Duration::from_mins(10);
/// The longest `wait`, in seconds.
const LONGEST_WAIT: u64 = 120;
/// Bytes of what a command says that are passed on.
const SAID: usize = 100_000;

pub(super) fn list() -> Value {
    let text = |about: &str| json!({ "type": "string", "description": about });
    let tool = |name: &str, about: &str, required: &[&str], properties: Value| {
        json!({
            "name": name,
            "description": about,
            "inputSchema": { "type": "object", "properties": properties, "required": required, "additionalProperties": false },
        })
    };
    let words = json!({ "type": "array", "items": { "type": "string" }, "description": "The words behind the command." });
    json!([
        tool(
            "say",
            "Send a message as the consumer, and read what follows. A text that begins with / is a command, as /close, /csat 4 yes, /image FILE or /new; /help lists them.",
            &["text"],
            json!({ "text": text("What is sent.") }),
        ),
        tool(
            "tap",
            "Press a choice of the newest message by its number, as the phone told it, and read what follows.",
            &["number"],
            json!({ "number": { "type": "integer", "minimum": 1, "description": "The number of the choice." } }),
        ),
        tool(
            "wait",
            "Read until a line has this text in it, whatever its case.",
            &["text"],
            json!({
                "text": text("What is waited for."),
                "seconds": { "type": "integer", "minimum": 1, "maximum": LONGEST_WAIT, "default": 30, "description": "How long at most." },
            }),
        ),
        tool(
            "read",
            "Read what came and was not read yet.",
            &[],
            json!({})
        ),
        tool(
            "wire",
            "Show the wire: the last request or webhook whole, or the last so many in a row each.",
            &[],
            json!({ "last": { "type": "integer", "minimum": 1, "maximum": 100, "description": "How many." } }),
        ),
        tool(
            "agent",
            "Type a line in the agent workspace of the other side: a message, or /take, /decline, /conversations, /note TEXT, /transfer SKILL, /close.",
            &["line"],
            json!({ "line": text("What is typed.") }),
        ),
        tool(
            "run",
            "Run scenarios (*.talk), each scene in a sandbox of its own, and read the verdict: `handset run`.",
            &["words"],
            json!({ "words": words.clone() }),
        ),
        tool(
            "sandbox",
            "Tell the sandbox of the phone what to do: `handset sandbox ctl`, as state, advance 61m, fault add send --status 503 --count 1, conversations, reset.",
            &["words"],
            json!({ "words": words }),
        ),
    ])
}

pub(super) struct Tools {
    program: PathBuf,
    data: PathBuf,
    flags: Vec<String>,
    phone: Option<PhoneProcess>,
}

impl Tools {
    pub(super) fn new(data: PathBuf, flags: Vec<String>) -> anyhow::Result<Self> {
        Ok(Self {
            program: env::current_exe().context("cannot tell where handset itself is")?,
            data,
            flags,
            phone: None,
        })
    }

    /// Does what a tool is for, and gives what is to be read.
    pub(super) async fn call(&mut self, name: &str, arguments: &Value) -> anyhow::Result<String> {
        let text = |member: &str| {
            let text = arguments[member].as_str().filter(|text| !text.is_empty());
            text.ok_or_else(|| anyhow!("{name} needs `{member}`, a text"))
        };
        match name {
            "say" => self.typed(&[&message(text("text")?)]).await,
            "tap" => {
                let number = arguments["number"].as_u64().filter(|number| *number > 0);
                let number = number.context("tap needs `number`, a whole number from 1")?;
                self.typed(&[&format!("/{number}")]).await
            }
            "wait" => {
                let text = text("text")?;
                let seconds = arguments["seconds"]
                    .as_u64()
                    .unwrap_or(30)
                    .clamp(1, LONGEST_WAIT);
                let (told, has_come) = self
                    .phone()?
                    .until(text, Duration::from_secs(seconds))
                    .await;
                if !has_come {
                    bail!("no line with {text:?} came within {seconds} s; this came:\n{told}");
                }
                Ok(told)
            }
            "read" => Ok(self.phone()?.until_quiet().await),
            "wire" => {
                let last = arguments["last"]
                    .as_u64()
                    .map_or("last".to_owned(), |last| last.to_string());
                self.typed(&[&format!("/wire {last}")]).await
            }
            "agent" => {
                let line = message(text("line")?);
                self.typed(&["/agent", &line, "/phone"]).await
            }
            "run" => self.command(&["run", "--plain"], arguments).await,
            "sandbox" => {
                let data: OsString = self.data.clone().into();
                let data = data
                    .into_string()
                    .map_err(|_| anyhow!("the path of the data folder is no text"))?;
                // The phone is the sandbox's, so it has to be there.
                self.phone()?;
                let wait = ["sandbox", "ctl", "--wait", "20s", "--data-dir", &data];
                self.command(&wait, arguments).await
            }
            other => bail!("there is no tool {other:?}; tools/list tells which there are"),
        }
    }

    /// Ends the phone.
    pub(super) async fn end(&mut self) {
        if let Some(phone) = self.phone.take() {
            phone.end().await;
        }
    }

    /// The phone; it is opened where it is not, or has ended.
    fn phone(&mut self) -> anyhow::Result<&mut PhoneProcess> {
        if self.phone.as_mut().is_some_and(PhoneProcess::has_ended) {
            self.phone = None;
        }
        match &mut self.phone {
            Some(phone) => Ok(phone),
            none => Ok(none.insert(PhoneProcess::start(&self.program, &self.data, &self.flags)?)),
        }
    }

    async fn typed(&mut self, lines: &[&str]) -> anyhow::Result<String> {
        let phone = self.phone()?;
        for line in lines {
            phone.type_line(line).await?;
        }
        Ok(phone.until_quiet().await)
    }

    /// Runs another command of handset, and gives all that it said.
    async fn command(&self, first: &[&str], arguments: &Value) -> anyhow::Result<String> {
        let words = arguments["words"].as_array();
        let words = words.map(|all| all.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
        let words = words
            .flatten()
            .context("this needs `words`, a list of texts")?;
        let mut command = Command::new(&self.program);
        command
            .args(first)
            .args(words)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = timeout(COMMAND, command.output()).await;
        let output = output.context("it was not over after ten minutes, and was ended")??;
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        said += &String::from_utf8_lossy(&output.stderr);
        said.truncate(said.floor_char_boundary(SAID));
        match output.status.code() {
            Some(0) => Ok(said),
            code => bail!(
                "it ended with {}:\n{said}",
                code.map_or("a signal".to_owned(), |code| code.to_string())
            ),
        }
    }
}

/// A text as plain mode takes it: several lines stand between marks.
fn message(text: &str) -> String {
    if text.contains('\n') {
        format!("\"\"\"\n{text}\n\"\"\"")
    } else {
        text.to_owned()
    }
}
