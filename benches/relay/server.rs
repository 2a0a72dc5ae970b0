//! The servers, each a process of its own, and what the system says of them.

use std::{
    fs,
    future::Future,
    net::SocketAddr,
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{WebSocketUpgrade, ws::Message},
    routing::get,
};
use handset::{
    domain::relay::Role,
    relay::{
        backend::Backend,
        sqlite,
        ticket::{Keys, issue},
    },
    rt::clock,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpListener,
    process::{Child, Command},
};
use url::Url;

use crate::{ECHO, LISTENER, program};

/// The account everything is of.
pub(crate) const ACCOUNT: &str = "55512300";
/// Ticks of the processor's time in a second, on every Linux there is.
const TICKS: f64 = 100.0;
/// Tickets that are made together.
const TOGETHER: usize = 100;

/// A server as a process.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Where webhooks go; an echo takes none.
    pub(crate) hook: Option<String>,
    state: Option<TempDir>,
}

impl Server {
    /// A relay on SQLite.
    pub(crate) async fn relay() -> Self {
        let state = tempfile::tempdir().unwrap();
        let mut command = Command::new(program::PROGRAM);
        for name in program::foreign_variables() {
            command.env_remove(name);
        }
        command
            .args(["relay", "--listen", "127.0.0.1:0", "--state"])
            .arg(state.path())
            .env("HANDSET_CONFIG_DIR", program::no_settings());
        let (child, line) = start(command).await;
        let ready: Value = serde_json::from_str(&line).unwrap();
        let public = Url::parse(ready["public"].as_str().unwrap()).unwrap();
        Self {
            child,
            address: public.socket_addrs(|| None).unwrap()[0],
            hook: Some(public.path().to_owned()),
            state: Some(state),
        }
    }

    /// An echo of axum's.
    pub(crate) async fn bare() -> Self {
        Self::own(ECHO).await
    }

    /// A listener that takes everything.
    pub(crate) async fn listener() -> Self {
        Self::own(LISTENER).await
    }

    /// This program, as the server that a variable stands for.
    async fn own(variable: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(variable, "1");
        let (child, line) = start(command).await;
        Self {
            child,
            address: line.parse().unwrap(),
            hook: None,
            state: None,
        }
    }

    /// So many tickets; an echo wants none.
    pub(crate) async fn tickets(&self, count: usize) -> Vec<String> {
        let Some(state) = &self.state else {
            return vec![String::new(); count];
        };
        let books: Arc<dyn Backend> = sqlite::open_tables(state.path()).await.unwrap();
        let keys = Keys::new(&books.identity().await.unwrap()).unwrap();
        let now = clock::unix_millis() / 1000;
        let all: Vec<_> = (0..count)
            .map(|n| {
                issue(
                    &format!("n{n}"),
                    &ACCOUNT.into(),
                    Role::Tester,
                    now,
                    now + 3600,
                )
            })
            .collect();
        for some in all.chunks(TOGETHER) {
            let kept = some.iter().map(|ticket| books.keep_ticket(ticket));
            for kept in futures_util::future::join_all(kept).await {
                kept.unwrap();
            }
        }
        books.close().await;
        let sign = |ticket| keys.sign(ticket).unwrap().reveal().to_owned();
        all.iter().map(sign).collect()
    }

    /// Resident memory in kilobytes.
    pub(crate) fn memory(&self) -> f64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.unwrap().trim().split(' ').next().unwrap();
        number.parse().unwrap()
    }

    /// How busy a processor was with it meanwhile, in per cent.
    pub(crate) async fn busy_for(&self, meanwhile: impl Future<Output = ()>) -> f64 {
        let (before, began) = (self.ticks(), Instant::now());
        meanwhile.await;
        (self.ticks() - before) / TICKS / began.elapsed().as_secs_f64() * 100.0
    }

    fn ticks(&self) -> f64 {
        let stat = self.proc("stat");
        // The program's name may have spaces in it; what follows its bracket has not.
        let (_, rest) = stat.rsplit_once(')').unwrap();
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let [user, system] = [11, 12].map(|at| fields[at].parse::<f64>().unwrap());
        user + system
    }

    fn proc(&self, file: &str) -> String {
        let process = self.child.id().unwrap();
        fs::read_to_string(format!("/proc/{process}/{file}")).unwrap()
    }
}

/// Starts a process and gives its first line.
async fn start(mut command: Command) -> (Child, String) {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(Duration::from_secs(20), lines.next_line());
    let line = line.await.expect("it is ready in time").unwrap();
    (child, line.expect("it has not ended"))
}

/// The echo, to its end.
#[expect(clippy::print_stdout, reason = "the line that says where it is")]
pub(crate) async fn echo() {
    let open = |upgrade: WebSocketUpgrade| async {
        let upgrade = upgrade
            .protocols([handset::domain::relay::PROTOCOL])
            .read_buffer_size(4096)
            .write_buffer_size(0);
        upgrade.on_upgrade(|mut socket| async move {
            while let Some(Ok(message)) = socket.recv().await {
                if matches!(message, Message::Binary(_)) && socket.send(message).await.is_err() {
                    return;
                }
            }
        })
    };
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", socket.local_addr().unwrap());
    let app = Router::new().route("/link", get(open));
    axum::serve(socket, app).await.unwrap();
}
