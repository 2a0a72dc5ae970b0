//! A tunnel of ngrok's agent.
//!
//! Its address is read from the agent's log, which is asked for in JSON, or from its own API on
//! this machine, whichever has it first. The agent itself could not be had where this was
//! written: it was written from what its documentation and its users' logs show, and tested with
//! a program that speaks likewise.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::time::{interval, timeout};
use url::Url;

use crate::{
    ingress::tunnel::{
        Boxed, Local, OpenTunnel, Outage, Tunnel,
        local_api::LocalApi,
        program::{self, ADDRESS_WITHIN, Launcher, Program},
    },
    rt::shutdown::Shutdown,
};

/// How often the agent's API is asked until there is an answer.
const ASK_EVERY: Duration = Duration::from_millis(500);
/// How ngrok's own numbers of faults begin.
const NUMBER: &str = "ERR_NGROK_";

/// A tunnel of ngrok's agent.
#[derive(Debug)]
pub(super) struct Ngrok {
    domain: Option<String>,
    launcher: Launcher,
}

/// What a line of the log says.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    /// There is a tunnel.
    Started(Url),
    /// The agent's API is there.
    Api(SocketAddr),
    Wrong,
    Other,
}

impl Ngrok {
    pub(super) fn new(
        program: Option<String>,
        domain: Option<String>,
        hidden: &[String],
        shutdown: &Shutdown,
    ) -> Self {
        let name = program.unwrap_or_else(|| "ngrok".to_owned());
        Self {
            domain,
            launcher: Launcher::new(name, "ngrok.com/download", hidden, shutdown),
        }
    }

    fn arguments(&self, local: &Local) -> Vec<String> {
        let address = local.address.to_string();
        let mut arguments = vec!["http", &address, "--log", "stdout", "--log-format", "json"];
        if let Some(domain) = &self.domain {
            arguments.extend(["--domain", domain]);
        }
        arguments.into_iter().map(str::to_owned).collect()
    }

    /// Waits until there is an address.
    async fn address(&self, agent: &mut Program, local: &Local) -> Result<Url, Outage> {
        let api = LocalApi::new()?;
        let mut offered: Option<SocketAddr> = None;
        let mut ask = interval(ASK_EVERY);
        loop {
            tokio::select! {
                line = agent.line() => {
                    let Some(line) = line else {
                        return Err(explain(self.launcher.name(), &agent.said()));
                    };
                    match read(&line) {
                        Word::Started(address) => return Ok(address),
                        Word::Api(at) => offered = Some(at),
                        // The agent would try for ever; we tell, and try again ourselves.
                        Word::Wrong if line.contains(NUMBER) => {
                            return Err(explain(self.launcher.name(), &agent.said()));
                        }
                        Word::Wrong | Word::Other => {}
                    }
                }
                _ = ask.tick() => {
                    let Some(at) = offered else { continue };
                    if let Some(address) = asked(&api, at, local).await {
                        return Ok(address);
                    }
                }
            }
        }
    }
}

impl Tunnel for Ngrok {
    fn kind(&self) -> &'static str {
        "ngrok"
    }

    fn open<'a>(&'a mut self, local: &'a Local) -> Boxed<'a, Result<OpenTunnel, Outage>> {
        Box::pin(async move {
            let mut agent = self.launcher.start(&self.arguments(local)).await?;
            let found = timeout(ADDRESS_WITHIN, self.address(&mut agent, local)).await;
            let late = |_| Err(program::late(self.launcher.name(), &plainly(&agent.said())));
            let address = found.unwrap_or_else(late)?;
            agent.into_tunnel(&address, local, explain)
        })
    }
}

/// Reads a line of the log; what is not JSON is a last word in plain text.
fn read(line: &str) -> Word {
    let Ok(entry) = serde_json::from_str::<Value>(line) else {
        return if line.contains(NUMBER) {
            Word::Wrong
        } else {
            Word::Other
        };
    };
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    match text("msg") {
        Some("started tunnel") => {
            let address = text("url").and_then(|url| Url::parse(url).ok());
            address.map_or(Word::Other, Word::Started)
        }
        Some("starting web service") => {
            let at = text("addr").and_then(|at| at.parse().ok());
            at.map_or(Word::Other, Word::Api)
        }
        _ if matches!(text("lvl"), Some("eror" | "error" | "crit")) => Word::Wrong,
        _ => Word::Other,
    }
}

/// The tunnel that leads to our listener, by the agent's API; https before anything else.
async fn asked(api: &LocalApi, at: SocketAddr, local: &Local) -> Option<Url> {
    let answer = api.get(at, "/api/tunnels").await?;
    let ours = format!(":{}", local.address.port());
    let leads_here = |tunnel: &&Value| {
        let to = tunnel.pointer("/config/addr").and_then(Value::as_str);
        to.is_some_and(|to| to.ends_with(&ours))
    };
    let addresses = answer.get("tunnels")?.as_array()?;
    let mut addresses: Vec<Url> = addresses
        .iter()
        .filter(leads_here)
        .filter_map(|tunnel| Url::parse(tunnel.get("public_url")?.as_str()?).ok())
        .collect();
    addresses.sort_by_key(|address| address.scheme() != "https");
    addresses.into_iter().next()
}

/// Why the agent gave up, from its last lines.
fn explain(name: &str, said: &[String]) -> Outage {
    let Some((line, number)) = said.iter().rev().find_map(|line| {
        let (_, rest) = line.split_once(NUMBER)?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Some((line, digits))
    }) else {
        return program::ended(name, &plainly(said));
    };
    let (hint, lasting) = match number.as_str() {
        "4018" | "105" | "106" | "107" => (
            "give it an authtoken of your account: ngrok config add-authtoken …",
            true,
        ),
        "108" => (
            "your account allows no more agents at a time: end another one",
            false,
        ),
        "120" | "121" => ("this agent is too old: ngrok update", true),
        "334" => (
            "the domain is in use: end the other agent, or choose another domain",
            false,
        ),
        "313" | "314" | "316" | "319" | "320" => (
            "the domain is not your account's: reserve it, or leave it out",
            true,
        ),
        _ => ("look the number up at ngrok.com/docs/errors", false),
    };
    Outage {
        what: format!(
            "{name} was refused with {NUMBER}{number}: {}",
            program::brief(&plain(line))
        ),
        hint: hint.to_owned(),
        lasting,
    }
}

/// The lines of the log for people.
fn plainly(said: &[String]) -> Vec<String> {
    said.iter().map(|line| plain(line)).collect()
}

/// What went wrong, out of a line of the log.
fn plain(line: &str) -> String {
    let entry = serde_json::from_str::<Value>(line).ok();
    let text = entry.as_ref().and_then(|entry| {
        let wrong = entry.get("err").and_then(Value::as_str);
        wrong.or_else(|| entry.get("msg").and_then(Value::as_str))
    });
    // Escapes of JSON can hold what the line itself could not.
    let text = crate::domain::text::SafeText::clean(text.unwrap_or(line));
    let words: Vec<&str> = text.as_str().split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use crate::ingress::tunnel::ngrok::*;

    #[test]
    fn lines_of_the_log_are_read_for_what_matters() {
        let started = r#"{"addr":"http://127.0.0.1:8080","lvl":"info","msg":"started tunnel","name":"command_line","obj":"tunnels","url":"https://ab12.ngrok-free.app"}"#;
        let at = Url::parse("https://ab12.ngrok-free.app").unwrap();
        assert_eq!(read(started), Word::Started(at));
        let api =
            r#"{"addr":"127.0.0.1:4040","lvl":"info","msg":"starting web service","obj":"web"}"#;
        assert_eq!(read(api), Word::Api("127.0.0.1:4040".parse().unwrap()));
        let wrong = r#"{"err":"authentication failed","lvl":"eror","msg":"session closing"}"#;
        assert_eq!(read(wrong), Word::Wrong);
        assert_eq!(read("ERROR:  ERR_NGROK_4018"), Word::Wrong);
        for other in [
            "",
            "{",
            "[]",
            "7",
            r#"{"msg":"started tunnel"}"#,
            "running 1 test",
        ] {
            assert_eq!(read(other), Word::Other, "{other}");
        }
    }

    #[test]
    fn a_refusal_is_told_with_its_number_and_what_to_do() {
        let line = r#"{"err":"authentication failed: an account\nis needed.\u001b[31m\r\n\r\nERR_NGROK_4018\r\n","lvl":"eror","msg":"failed to auth"}"#;
        let fault = explain("ngrok", &[line.to_owned(), String::new()]);
        assert!(fault.lasting && fault.hint.contains("authtoken"), "{fault}");
        assert!(fault.what.contains("ERR_NGROK_4018"), "{fault}");
        assert!(
            !fault.what.contains('\u{1b}') && !fault.what.contains('\n'),
            "{fault}"
        );
        let fault = explain("ngrok", &["ERROR: ERR_NGROK_108".to_owned()]);
        assert!(!fault.lasting && fault.hint.contains("agents"), "{fault}");
    }
}
