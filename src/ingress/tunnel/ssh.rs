//! A port of a host one owns, forwarded to the listener by the system's ssh.
//!
//! Keys, names and everything else are ssh's own business and configuration. It must log in
//! without asking anybody anything.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::{
    config::profile::SshSettings,
    ingress::tunnel::{
        Boxed, Local, OpenTunnel, Outage, Tunnel,
        program::{self, Launcher, Program},
    },
    rt::shutdown::Shutdown,
};

/// What must hold whatever a configuration says, for the first value of an option counts. Only
/// at this level does it tell that a port was forwarded.
const ALWAYS: [&str; 5] = [
    "BatchMode=yes",
    "ExitOnForwardFailure=yes",
    "ControlMaster=no",
    "ControlPath=none",
    "LogLevel=DEBUG1",
];
/// What is good for a tunnel unless somebody wants it otherwise.
const USUALLY: [&str; 3] = [
    "ServerAliveInterval=5",
    "ServerAliveCountMax=2",
    "ConnectTimeout=10",
];
/// How the lines begin that tell how ssh goes about it.
const CHATTER: &str = "debug1:";
/// How the lines begin in which it adds up what it did.
const SUMS: [&str; 2] = ["Transferred: ", "Bytes per second: "];
/// Said when a port was chosen for us.
const ALLOCATED: &str = "Allocated port ";
/// Said when the port that was asked for is ours.
const FORWARDED: &str = "debug1: remote forward success for: listen ";
/// After it a fixed port counts as forwarded, should this ssh say so in other words; the canary
/// finds out.
const SAYS_SO_WITHIN: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub(super) struct Forwarded {
    settings: SshSettings,
    /// The port at the far end; 0 for one that is chosen there.
    port: u16,
    launcher: Launcher,
}

impl Forwarded {
    pub(super) fn new(
        settings: SshSettings,
        hidden: &[String],
        shutdown: &Shutdown,
    ) -> Result<Self, Outage> {
        if settings.host.is_empty() || settings.host.starts_with('-') {
            return Err(refused(
                format!("cannot use {:?} as ssh's host", settings.host),
                "name a host, user@host, or a name of ssh's own configuration",
            ));
        }
        let last = settings
            .listen
            .rsplit(':')
            .next()
            .and_then(|port| port.parse().ok());
        let Some(port) = last else {
            return Err(refused(
                format!(
                    "cannot listen on {:?} at the far end of ssh",
                    settings.listen
                ),
                "give a port, or an address and a port like 127.0.0.1:8080; port 0 takes a free one",
            ));
        };
        // A port that is not known yet is like any other.
        address(&settings.public, 1)?;
        let name = settings.program.clone().unwrap_or_else(|| "ssh".to_owned());
        let launcher = Launcher::new(name, "Debian: openssh-client", hidden, shutdown);
        Ok(Self {
            settings,
            port,
            launcher: launcher.without(CHATTER),
        })
    }

    fn arguments(&self, local: &Local) -> Vec<String> {
        let settings = &self.settings;
        let option = |option: &&str| ["-o".to_owned(), (*option).to_owned()];
        let mut arguments = vec!["-N".to_owned(), "-T".to_owned()];
        arguments.extend(ALWAYS.iter().flat_map(option));
        arguments.extend(settings.options.iter().cloned());
        arguments.extend(USUALLY.iter().flat_map(option));
        if let Some(port) = settings.port {
            arguments.extend(["-p".to_owned(), port.to_string()]);
        }
        let forward = format!("{}:{}", settings.listen, local.address);
        arguments.extend(["-R".to_owned(), forward, "--".to_owned()]);
        arguments.push(settings.host.clone());
        arguments
    }

    /// Waits until the port is forwarded, and says which.
    async fn forwarded(&self, ssh: &mut Program) -> Result<u16, Outage> {
        let until = Instant::now() + SAYS_SO_WITHIN;
        loop {
            let line = match timeout_at(until, ssh.line()).await {
                Ok(Some(line)) => line,
                Ok(None) => {
                    let SshSettings { host, port, .. } = &self.settings;
                    return Err(explain(host, *port, self.launcher.name(), &ssh.said()));
                }
                Err(_) if self.port != 0 => return Ok(self.port),
                Err(_) => {
                    return Err(Outage::passing(
                        format!(
                            "ssh did not say which port {} forwards within {} s",
                            self.settings.host,
                            SAYS_SO_WITHIN.as_secs()
                        ),
                        "give a fixed port instead of 0",
                    ));
                }
            };
            if self.port != 0 && line.starts_with(FORWARDED) {
                return Ok(self.port);
            }
            if let Some(rest) = line.strip_prefix(ALLOCATED) {
                let port = rest.split(' ').next().and_then(|port| port.parse().ok());
                if let Some(port) = port {
                    return Ok(port);
                }
            }
        }
    }
}

impl Tunnel for Forwarded {
    fn kind(&self) -> &'static str {
        "ssh"
    }

    fn open<'a>(&'a mut self, local: &'a Local) -> Boxed<'a, Result<OpenTunnel, Outage>> {
        Box::pin(async move {
            let mut ssh = self.launcher.start(&self.arguments(local)).await?;
            let port = self.forwarded(&mut ssh).await?;
            let address = address(&self.settings.public, port)?;
            let (host, port) = (self.settings.host.clone(), self.settings.port);
            ssh.into_tunnel(&address, local, move |name, said| {
                explain(&host, port, name, said)
            })
        })
    }
}

/// The public address, from its pattern.
fn address(pattern: &str, port: u16) -> Result<Url, Outage> {
    let filled = pattern.replace("{port}", &port.to_string());
    Url::parse(&filled).map_err(|cause| {
        refused(
            format!("cannot use {pattern:?} as the public address: {cause}"),
            "give one like https://hooks.example.com, with {port} where the port belongs",
        )
    })
}

fn refused(what: String, hint: &str) -> Outage {
    Outage::lasting(what, hint)
}

/// Why ssh ended, from its last lines.
fn explain(host: &str, port: Option<u16>, name: &str, said: &[String]) -> Outage {
    let login = port.map_or_else(|| host.to_owned(), |port| format!("-p {port} {host}"));
    let has = |words: &str| said.iter().find(|line| line.contains(words));
    let told = |line: &str, hint: String, lasting| Outage {
        what: format!("{name} to {host} ended: {}", program::brief(line)),
        hint,
        lasting,
    };
    if let Some(line) = has("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        let line = line.trim_matches(|c: char| c == '@' || c.is_whitespace());
        let hint = format!(
            "ask whoever runs {host} whether its key was changed, then forget the old one with \
             ssh-keygen -R"
        );
        return told(line, hint, true);
    }
    if let Some(line) = has("Host key verification failed") {
        let hint = format!("log in once by hand, with ssh {login}, and compare its key");
        return told(line, hint, true);
    }
    if let Some(line) = has("Permission denied (") {
        let hint = format!(
            "see to it that ssh -o BatchMode=yes {login} logs in without a question: a key it \
             accepts, without a passphrase or in an agent"
        );
        return told(line, hint, true);
    }
    if let Some(line) = has("remote port forwarding failed") {
        let hint = "the port is taken there, or its sshd forbids it (AllowTcpForwarding, \
                    PermitListen): choose another, or 0";
        return told(line, hint.to_owned(), false);
    }
    for words in [
        "Bad configuration option",
        "Bad remote forwarding",
        "usage: ssh",
        "keyword ",
    ] {
        if let Some(line) = has(words) {
            let hint = "correct the options of the tunnel, or ssh's own configuration";
            return told(line, hint.to_owned(), true);
        }
    }
    if let Some(line) = has("Could not resolve hostname") {
        let hint = "check the name of the host, and the network";
        return told(line, hint.to_owned(), false);
    }
    for words in ["Connection refused", "timed out", "No route", "unreachable"] {
        if let Some(line) = has(words) {
            let hint = "check the network, and that sshd runs there on that port";
            return told(line, hint.to_owned(), false);
        }
    }
    for words in [
        "closed by remote host",
        "not responding",
        "Connection reset",
        "Broken pipe",
    ] {
        if let Some(line) = has(words) {
            let hint = "check the network, and that sshd still runs there";
            return told(line, hint.to_owned(), false);
        }
    }
    // What it adds up at the end explains nothing.
    let is_sum = |line: &&String| SUMS.iter().any(|sum| line.starts_with(sum));
    let said: Vec<String> = said.iter().filter(|line| !is_sum(line)).cloned().collect();
    Outage {
        hint: format!("see what ssh {host} says by hand"),
        ..program::ended(&format!("{name} to {host}"), &said)
    }
}

#[cfg(test)]
mod tests {
    use crate::ingress::tunnel::ssh::*;

    fn settings() -> SshSettings {
        SshSettings {
            host: "ada@shop.test".to_owned(),
            port: Some(2222),
            listen: "0".to_owned(),
            public: "https://shop.test:{port}".to_owned(),
            program: None,
            options: vec!["-i".to_owned(), "key".to_owned()],
        }
    }

    fn made(change: impl FnOnce(&mut SshSettings)) -> Result<Forwarded, Outage> {
        let mut settings = settings();
        change(&mut settings);
        Forwarded::new(settings, &[], &Shutdown::new())
    }

    #[test]
    fn what_cannot_be_meant_is_refused_before_anything_is_started() {
        assert!(made(|_| ()).is_ok());
        assert!(made(|settings| settings.listen = "[::1]:0".to_owned()).is_ok());
        for fault in [
            made(|settings| settings.host = "-oProxyCommand=x".to_owned()),
            made(|settings| settings.host.clear()),
            made(|settings| settings.listen = "localhost".to_owned()),
            made(|settings| settings.listen = "70000".to_owned()),
            made(|settings| settings.public = "shop.test".to_owned()),
        ] {
            assert!(fault.unwrap_err().lasting);
        }
    }

    #[test]
    fn options_of_the_profile_come_before_what_is_usual_and_after_what_must_be() {
        let local = Local {
            address: "127.0.0.1:8080".parse().unwrap(),
            path: "/hook/abc".to_owned(),
        };
        let arguments = made(|_| ()).unwrap().arguments(&local).join(" ");
        assert!(
            arguments.starts_with("-N -T -o BatchMode=yes "),
            "{arguments}"
        );
        assert!(
            arguments.ends_with(
                "-i key -o ServerAliveInterval=5 -o ServerAliveCountMax=2 -o ConnectTimeout=10 \
                 -p 2222 -R 0:127.0.0.1:8080 -- ada@shop.test"
            ),
            "{arguments}"
        );
        assert!(!arguments.contains("abc"), "{arguments}");
    }

    #[test]
    fn what_somebody_must_mend_is_lasting_and_the_rest_is_tried_again() {
        for (line, lasting) in [
            ("Host key verification failed.", true),
            ("ada@shop.test: Permission denied (publickey).", true),
            ("command-line: line 0: Bad configuration option: x", true),
            (
                "Error: remote port forwarding failed for listen port 80",
                false,
            ),
            (
                "ssh: Could not resolve hostname shop.test: Name or service not known",
                false,
            ),
            (
                "ssh: connect to host shop.test port 22: Connection refused",
                false,
            ),
            ("Timeout, server shop.test not responding.", false),
        ] {
            let fault = explain("shop.test", Some(2222), "ssh", &[line.to_owned()]);
            assert_eq!(fault.lasting, lasting, "{line}");
            assert!(
                fault.what.contains(line) && !fault.hint.is_empty(),
                "{fault}"
            );
        }
        let said = ["Host key verification failed.".to_owned()];
        let hint = explain("ada@shop.test", Some(2222), "ssh", &said).hint;
        assert!(hint.contains("ssh -p 2222 ada@shop.test,"), "{hint}");
        let hint = explain("ada@shop.test", None, "ssh", &said).hint;
        assert!(hint.contains("ssh ada@shop.test,"), "{hint}");
    }

    #[test]
    fn a_connection_that_was_lost_is_told_and_not_how_much_went_through_it() {
        let sums = [
            "Transferred: sent 3016, received 11704 bytes, in 2.9 seconds",
            "Bytes per second: sent 1011.1, received 3923.8",
        ];
        let said = |first: &str| {
            let lines = [&[first], &sums[..]].concat();
            let lines: Vec<String> = lines.into_iter().map(ToOwned::to_owned).collect();
            explain("shop", None, "ssh", &lines)
        };
        let lost = said("Connection to 127.0.0.1 closed by remote host.");
        assert!(lost.what.contains("closed by remote host"), "{lost}");
        assert!(lost.hint.contains("sshd") && !lost.lasting);
        let other = said("something else");
        assert!(other.what.ends_with("something else"), "{other}");
    }
}
