//! What the tests share: raw HTTP, signed webhooks, the program as a process or
//! in a terminal, a fake cloud, screens.

pub(crate) mod agent_session;
pub(crate) mod backend_rules;
pub(crate) mod hooks;
pub(crate) mod house;
pub(crate) mod http;
pub(crate) mod leaks;
pub(crate) mod model;
pub(crate) mod nats;
pub(crate) mod peer;
pub(crate) mod picture;
pub(crate) mod process;
pub(crate) mod pty;
pub(crate) mod reload;
pub(crate) mod scene;
pub(crate) mod screen;

use std::{
    env,
    ffi::OsString,
    fs,
    future::Future,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use tokio::net::TcpSocket;

/// Longest wait for anything in a test; only a failing one ever comes near it, however busy the
/// machine is.
pub(crate) const LIMIT: Duration = Duration::from_mins(2);

/// The program, deaf to the settings and the environment of whoever runs the tests: a `default` in
/// their config.toml, or a `HANDSET_ACCOUNT`, would have it call another cloud.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_handset"));
    isolate(&mut command);
    command
}

/// Where the program is, for a command that is isolated.
pub(crate) fn program_path() -> PathBuf {
    PathBuf::from(program().get_program())
}

/// Keeps a command that starts the program from the settings of whoever runs the tests.
pub(crate) fn isolate(command: &mut Command) {
    for name in own_variables() {
        command.env_remove(name);
    }
    command.env_remove("ACCESSIBLE");
    command.env("TERM", "xterm-256color");
    command.env("HANDSET_CONFIG_DIR", no_settings());
    // Nor does it leave anything in their data folder.
    command.env("HANDSET_DATA_DIR", no_settings().with_file_name("data"));
}

/// The variables of the program in the environment of whoever runs the tests.
pub(crate) fn own_variables() -> Vec<OsString> {
    let names = env::vars_os().map(|(name, _)| name);
    let is_own = |name: &OsString| name.as_encoded_bytes().starts_with(b"HANDSET_");
    names.filter(is_own).collect()
}

/// A folder of settings that is not there.
pub(crate) fn no_settings() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("no-settings")
}

/// Makes an empty file that everybody can write to; gives its path.
pub(crate) fn writable_by_all(path: &Path) -> String {
    fs::write(path, "").unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// An address of this machine where nobody listens until a program that was told of it does. The
/// system gives its port to nobody else while this process lives.
pub(crate) fn free_address() -> SocketAddr {
    let socket = TcpSocket::new_v4().unwrap();
    // With this set on both sides, what is bound and does not listen is in nobody's way.
    socket.set_reuseaddr(true).unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    // Never closed: who was told of the address may come back to it at any time.
    std::mem::forget(socket);
    address
}

/// Waits for something that must happen.
pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    tokio::time::timeout(LIMIT, future)
        .await
        .unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

/// Sends a process a signal, by its name without SIG. The shell's own `kill` is there on every
/// machine; the program of that name is not.
#[track_caller]
pub(crate) fn signal(process: u32, name: &str) {
    let script = format!("kill -s {name} {process}");
    let status = std::process::Command::new("sh")
        .args(["-c", &script])
        .status();
    assert!(status.unwrap().success(), "{script}");
    if name == "STOP" {
        // Its threads stop one after another, each when the system comes to it.
        let since = Instant::now();
        while !is_stopped(process) {
            assert!(since.elapsed() < LIMIT, "{process} does not stop");
            std::thread::yield_now();
        }
    }
}

/// Whether all threads of a process are stopped.
fn is_stopped(process: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    threads.flatten().all(|thread| {
        let Ok(status) = fs::read_to_string(thread.path().join("stat")) else {
            // It has ended meanwhile.
            return true;
        };
        let behind_name = status.rsplit_once(')').unwrap().1;
        behind_name.trim_start().starts_with('T')
    })
}

/// The resident memory of a process, in KiB.
pub(crate) fn resident(pid: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse().unwrap()
}
