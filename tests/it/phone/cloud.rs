//! A cloud in a process of its own, so that it outlives the phone.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Stdio},
};

use serde_json::Value;

use crate::support::{self, free_address, pty::Terminal};

/// The path of the listener, known to the cloud before the phone is there.
pub(crate) const HOOK_PATH: &str = "/hook/0123456789abcdef0123456789abcdef";

/// A `handset sandbox`, killed when this is dropped.
pub(crate) struct Cloud {
    child: Child,
    ready: Value,
    bind: SocketAddr,
}

impl Cloud {
    /// Starts one whose webhooks go to a phone started by [`phone`](Self::phone).
    pub(crate) fn start() -> Self {
        let bind = free_address();
        Self::start_with(bind, bind, &[])
    }

    /// The same for a phone at one address whose webhooks go to another, with more arguments.
    pub(crate) fn start_with(bind: SocketAddr, webhooks: SocketAddr, arguments: &[&str]) -> Self {
        let url = format!("http://{webhooks}{HOOK_PATH}");
        let mut child = support::program()
            .args(["sandbox", "--webhook", &url])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        Self {
            child,
            ready: serde_json::from_str(&line).unwrap(),
            bind,
        }
    }

    fn member(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }

    /// Its address.
    pub(crate) fn csds(&self) -> &str {
        self.member("csds")
    }

    /// The account.
    pub(crate) fn account(&self) -> &str {
        self.member("account")
    }

    /// The app install's id.
    pub(crate) fn client(&self) -> &str {
        self.member("client_id")
    }

    /// Where webhooks are to be posted.
    pub(crate) fn bind(&self) -> SocketAddr {
        self.bind
    }

    /// The app install's secret, for the eyes of a test alone.
    pub(crate) fn secret(&self) -> &str {
        self.member("client_secret")
    }

    /// The workspace of an agent of this cloud, who logs in by this name.
    pub(crate) fn workspace(&self, data: &Path, name: &str) -> Terminal {
        let agents = self.ready["agents"].as_array().unwrap();
        let agent = agents.iter().find(|one| one["username"] == name).unwrap();
        let (csds, account) = (self.csds(), self.account());
        let password = agent["password"].as_str().unwrap();
        let arguments = [
            "agent",
            "--csds",
            csds,
            "--account",
            account,
            "--user",
            name,
            "--password-env",
            "AGENT_PASSWORD",
        ];
        let variables = [("AGENT_PASSWORD", password)];
        Terminal::handset_with(100, 30, data, &arguments, &variables)
    }

    /// A phone on this cloud.
    pub(crate) fn phone(&self, data: &Path) -> Terminal {
        self.phone_with(data, &[])
    }

    /// The same with more environment variables.
    pub(crate) fn phone_with(&self, data: &Path, variables: &[(&str, &str)]) -> Terminal {
        self.phone_of(data, (120, 30), &[], variables)
    }

    /// The same in a terminal of so many columns and rows, with more arguments.
    pub(crate) fn phone_of(
        &self,
        data: &Path,
        (columns, rows): (u16, u16),
        more: &[&str],
        variables: &[(&str, &str)],
    ) -> Terminal {
        self.phone_begun_with(&[], data, (columns, rows), more, variables)
    }

    /// The same begun with a subcommand.
    pub(crate) fn phone_begun_with(
        &self,
        first: &[&str],
        data: &Path,
        (columns, rows): (u16, u16),
        more: &[&str],
        variables: &[(&str, &str)],
    ) -> Terminal {
        let bind = self.bind.to_string();
        let mut arguments = first.to_vec();
        arguments.extend([
            "--csds",
            self.member("csds"),
            "--account",
            self.member("account"),
            "--client-id",
            self.member("client_id"),
            "--secret-env",
            "CLIENT_SECRET",
            "--bind",
            &bind,
            "--hook-path",
            HOOK_PATH,
        ]);
        arguments.extend(more);
        let mut variables = variables.to_vec();
        variables.push(("CLIENT_SECRET", self.secret()));
        Terminal::handset_with(columns, rows, data, &arguments, &variables)
    }

    /// Where the journal of such a phone is.
    pub(crate) fn journal(&self, data: &Path) -> std::path::PathBuf {
        data.join(format!("account-{}/journal.db", self.member("account")))
    }

    /// Stops the process without ending it, or lets it go on.
    pub(crate) fn signal(&self, name: &str) {
        support::signal(self.child.id(), name);
    }

    /// Ends it in order, so that its state file can be read.
    pub(crate) fn stop(mut self) {
        self.signal("TERM");
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // Ended already, or not wanted any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
