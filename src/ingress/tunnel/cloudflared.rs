//! A tunnel of cloudflared's: a quick one, for which nobody needs an account, or a named one.
//!
//! The address of a quick tunnel is asked of the program's own metrics server, or read from the
//! box it prints, whichever comes first. cloudflared itself could not be had where this was
//! written: it was written from what its documentation, its public source and its users' logs
//! show, and tested with a program that speaks likewise.

use std::{net::SocketAddr, time::Duration};

use tokio::time::{Instant, interval, timeout};
use url::Url;

use crate::{
    ingress::tunnel::{
        Boxed, Local, OpenTunnel, Outage, Tunnel,
        local_api::LocalApi,
        program::{self, ADDRESS_WITHIN, Launcher, Program},
    },
    rt::shutdown::Shutdown,
};

/// How often the metrics server is asked until there is an answer.
const ASK_EVERY: Duration = Duration::from_millis(300);
/// How long an address waits for the word that there is a connection; the canary finds out.
const LINKED_WITHIN: Duration = Duration::from_secs(10);

/// A quick tunnel would obey the rules of a named one in somebody's configuration, and answer
/// everything with 404.
const NO_CONFIG: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// Said with the address of the metrics server.
const METRICS: &str = "Starting metrics server on ";
/// Said when a connection to the edge is there.
const LINKED: &str = "Registered tunnel connection";
/// Where quick tunnels are.
const QUICK: &str = ".trycloudflare.com";
/// Where they are asked for: no tunnel.
const QUICK_API: &str = "api.trycloudflare.com";

/// A tunnel of cloudflared's.
#[derive(Debug)]
pub(super) struct Cloudflared {
    named: Option<(String, Url)>,
    launcher: Launcher,
}

impl Cloudflared {
    pub(super) fn new(
        program: Option<String>,
        named: Option<(String, Url)>,
        hidden: &[String],
        shutdown: &Shutdown,
    ) -> Result<Self, Outage> {
        let is_name = |(name, _): &(String, Url)| !name.is_empty() && !name.starts_with('-');
        if !named.as_ref().is_none_or(is_name) {
            return Err(Outage::lasting(
                "cannot use that as the name of a tunnel of cloudflared's",
                "name one that cloudflared tunnel list shows",
            ));
        }
        let name = program.unwrap_or_else(|| "cloudflared".to_owned());
        let source = "developers.cloudflare.com: downloads of cloudflared";
        Ok(Self {
            named,
            launcher: Launcher::new(name, source, hidden, shutdown),
        })
    }

    fn arguments(&self, local: &Local) -> Vec<String> {
        let origin = format!("http://{}", local.address);
        let mut arguments = vec!["tunnel", "--no-autoupdate", "--metrics", "127.0.0.1:0"];
        if let Some((name, _)) = &self.named {
            arguments.extend(["run", "--url", &origin, name]);
        } else {
            arguments.extend(["--config", NO_CONFIG, "--url", &origin]);
        }
        arguments.into_iter().map(str::to_owned).collect()
    }

    /// Waits until there is an address, and a connection that leads from it to here.
    async fn address(&self, program: &mut Program) -> Result<Url, Outage> {
        let api = LocalApi::new()?;
        let mut metrics: Option<SocketAddr> = None;
        let mut address = self.named.as_ref().map(|(_, public)| public.clone());
        let mut linked = false;
        let mut known_since = None;
        let mut ask = interval(ASK_EVERY);
        loop {
            tokio::select! {
                line = program.line() => {
                    let Some(line) = line else {
                        return Err(explain(self.launcher.name(), &program.said()));
                    };
                    metrics = metrics.or_else(|| metrics_server(&line));
                    linked |= line.contains(LINKED);
                    address = address.or_else(|| boxed(&line));
                }
                _ = ask.tick() => {
                    let Some(at) = metrics else { continue };
                    if address.is_none() {
                        address = quick(&api, at).await;
                    }
                    linked = linked || is_ready(&api, at).await;
                }
            }
            if let Some(found) = &address {
                let since = *known_since.get_or_insert_with(Instant::now);
                // A named one has had its address from the start; only a connection counts.
                let waited = self.named.is_none() && since.elapsed() >= LINKED_WITHIN;
                if linked || waited {
                    return Ok(found.clone());
                }
            }
        }
    }
}

impl Tunnel for Cloudflared {
    fn kind(&self) -> &'static str {
        "cloudflared"
    }

    fn open<'a>(&'a mut self, local: &'a Local) -> Boxed<'a, Result<OpenTunnel, Outage>> {
        Box::pin(async move {
            let mut program = self.launcher.start(&self.arguments(local)).await?;
            let found = timeout(ADDRESS_WITHIN, self.address(&mut program)).await;
            let late = |_| Err(program::late(self.launcher.name(), &program.said()));
            let address = found.unwrap_or_else(late)?;
            program.into_tunnel(&address, local, explain)
        })
    }
}

/// The metrics server, from the line that names it.
fn metrics_server(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once(METRICS)?;
    rest.split(['/', ' ']).next()?.parse().ok()
}

/// The address of a quick tunnel, from the box it is printed in.
fn boxed(line: &str) -> Option<Url> {
    let (_, rest) = line.split_once("https://")?;
    let host = rest.split([' ', '|', '/', '"']).next()?;
    let is_quick = host.ends_with(QUICK) && host != QUICK_API;
    is_quick.then(|| Url::parse(&format!("https://{host}")).ok())?
}

/// The same, from the metrics server.
async fn quick(api: &LocalApi, at: SocketAddr) -> Option<Url> {
    let answer = api.get(at, "/quicktunnel").await?;
    let host = answer.get("hostname")?.as_str()?;
    let host = host.strip_prefix("https://").unwrap_or(host);
    let address = Url::parse(&format!("https://{host}")).ok()?;
    address.has_host().then_some(address)
}

/// Whether there is a connection to the edge, by the metrics server.
async fn is_ready(api: &LocalApi, at: SocketAddr) -> bool {
    let answer = api.get(at, "/ready").await;
    let count = answer.as_ref().and_then(|it| it.get("readyConnections"));
    count
        .and_then(serde_json::Value::as_u64)
        .is_some_and(|count| count > 0)
}

/// Why cloudflared ended, from its last lines.
fn explain(name: &str, said: &[String]) -> Outage {
    // How it tells what went wrong, before it says goodbye. That the configuration is empty is as
    // it should be.
    let wrong = |line: &&String| {
        (line.contains(" ERR ") || line.contains("error=")) && !line.contains("was empty")
    };
    let fault = program::ended(name, said);
    let what = match said.iter().rev().find(wrong) {
        Some(line) => format!("{name} ended: {}", program::brief(line)),
        None => fault.what,
    };
    let has = |words: &[&str]| {
        let any = |line: &String| words.iter().any(|words| line.contains(words));
        said.iter().any(any)
    };
    let (hint, lasting) = if has(&["cert.pem", "origin certificate"]) {
        (
            "log it in once with cloudflared tunnel login, or leave out the tunnel's name",
            true,
        )
    } else if has(&["neither the ID nor the name of any", "credentials file"]) {
        (
            "check the tunnel's name, and that its credentials are here, with cloudflared tunnel \
             list",
            true,
        )
    } else if has(&["flag provided but not defined"]) {
        ("this cloudflared is too old: install a newer one", true)
    } else if has(&["429 Too Many Requests", "code: 1015"]) {
        (
            "there were too many quick tunnels from this network: wait, or use a named one",
            false,
        )
    } else if has(&["api.trycloudflare.com", "dial tcp", "failed to dial"]) {
        (
            "check the network: it must let cloudflared out to port 7844",
            false,
        )
    } else {
        (fault.hint.as_str(), false)
    };
    Outage {
        what,
        hint: hint.to_owned(),
        lasting,
    }
}

#[cfg(test)]
mod tests {
    use crate::ingress::tunnel::cloudflared::*;

    #[test]
    fn the_address_is_read_from_the_box_and_from_nowhere_else() {
        let line = "2026-01-02T03:04:05Z INF |  https://two-blue-cats.trycloudflare.com       |";
        let found = boxed(line).unwrap();
        assert_eq!(found.as_str(), "https://two-blue-cats.trycloudflare.com/");
        for line in [
            "ERR failed to request quick Tunnel: Post \"https://api.trycloudflare.com/tunnel\": EOF",
            "INF see https://developers.cloudflare.com/cloudflare-one/",
            "INF |  https://two-blue-cats.trycloudflare.com.example |",
            "INF https://",
            "",
        ] {
            assert_eq!(boxed(line), None, "{line}");
        }
    }

    #[test]
    fn the_metrics_server_is_read_from_its_line() {
        let line = "2026-01-02T03:04:05Z INF Starting metrics server on 127.0.0.1:35555/metrics";
        assert_eq!(
            metrics_server(line),
            Some("127.0.0.1:35555".parse().unwrap())
        );
        assert_eq!(
            metrics_server("INF Starting metrics server on nowhere"),
            None
        );
    }

    #[test]
    fn an_end_is_explained_by_its_error() {
        let said = [
            "2026-01-02T03:04:05Z ERR Cannot determine default origin certificate path".to_owned(),
            "2026-01-02T03:04:06Z INF goodbye".to_owned(),
        ];
        let fault = explain("cloudflared", &said);
        assert!(
            fault.lasting && fault.hint.contains("tunnel login"),
            "{fault}"
        );
        assert!(fault.what.contains("origin certificate"), "{fault}");
        assert!(!explain("cloudflared", &[]).lasting);
    }
}
