//! A real sshd on this machine, with keys and a configuration of its own.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{
    needs::programs,
    support::{LIMIT, free_address},
};

/// A folder with keys, and perhaps an sshd that uses them; ended when dropped.
pub(crate) struct Sshd {
    pub(crate) address: SocketAddr,
    folder: tempfile::TempDir,
    more: String,
    child: Option<Child>,
}

impl Sshd {
    /// Starts one, with more lines of configuration.
    pub(crate) fn start(more: &str) -> Self {
        // Where it wants to change its root to, although nobody logs in that way here.
        let _ = fs::create_dir_all("/run/sshd");
        let folder = tempfile::tempdir().unwrap();
        for key in ["host", "user", "other"] {
            keygen(&folder.path().join(key));
        }
        let public = |key: &str| fs::read_to_string(folder.path().join(key)).unwrap();
        fs::write(folder.path().join("authorized"), public("user.pub")).unwrap();
        let address = free_address();
        let known = |key: &str| format!("[127.0.0.1]:{} {}", address.port(), public(key));
        fs::write(folder.path().join("known"), known("host.pub")).unwrap();
        fs::write(folder.path().join("changed"), known("other.pub")).unwrap();
        fs::write(folder.path().join("nobody"), "").unwrap();
        let mut sshd = Self {
            address,
            folder,
            more: more.to_owned(),
            child: None,
        };
        sshd.restart();
        sshd
    }

    /// Starts it again, on the same port.
    pub(crate) fn restart(&mut self) {
        assert!(self.child.is_none(), "it runs");
        let at = |name: &str| self.path(name).display().to_string();
        let config = format!(
            "ListenAddress {}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\n\
             StrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PermitRootLogin yes\n{}\n",
            self.address,
            at("host"),
            at("authorized"),
            self.more
        );
        fs::write(self.path("config"), config).unwrap();
        let child = Command::new(programs::path("sshd").unwrap())
            .args(["-D", "-e", "-f"])
            .arg(self.path("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.path("log")).unwrap())
            .spawn()
            .unwrap();
        self.child = Some(child);
        let until = Instant::now() + LIMIT;
        while TcpStream::connect(self.address).is_err() {
            let log = fs::read_to_string(self.path("log")).unwrap();
            assert!(Instant::now() < until, "sshd does not listen: {log}");
            sleep(Duration::from_millis(20));
        }
    }

    /// Kills it with all its sessions.
    pub(crate) fn kill(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        // A session is its child's child in a session of its own.
        let mut all = vec![child.id()];
        let mut at = 0;
        while let Some(parent) = all.get(at) {
            all.extend(children(*parent));
            at += 1;
        }
        for process in all {
            let script = format!("kill -s KILL {process} 2>/dev/null");
            let _ = Command::new("sh").args(["-c", &script]).status();
        }
        child.wait().unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Arguments for an ssh that has nothing to do with the configuration of whoever tests: the
    /// file of known hosts, and the key to log in with.
    pub(crate) fn options(&self, known: &str, key: &str) -> Vec<String> {
        let option = |name: &str, file: &str| format!("{name}={}", self.path(file).display());
        let mut options = vec!["-F".to_owned(), "none".to_owned()];
        for option in [
            option("UserKnownHostsFile", known),
            option("IdentityFile", key),
            "GlobalKnownHostsFile=none".to_owned(),
            "IdentitiesOnly=yes".to_owned(),
            "IdentityAgent=none".to_owned(),
        ] {
            options.extend(["-o".to_owned(), option]);
        }
        options
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.kill();
    }
}

fn keygen(path: &Path) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(path)
        .status();
    assert!(made.unwrap().success());
}

/// The processes whose parent this is.
fn children(parent: u32) -> Vec<u32> {
    let Ok(all) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    all.filter_map(|entry| {
        let process = entry.ok()?.file_name().to_str()?.parse().ok()?;
        (parent_of(process)? == parent).then_some(process)
    })
    .collect()
}

fn parent_of(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before it can hold anything, blanks and brackets too.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}
