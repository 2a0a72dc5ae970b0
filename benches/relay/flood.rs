//! What a sender feels while others hold thousands of connections open and send half a head.
//!
//! Each half-open connection is opened anew a while after the server has ended it, so that their
//! number stays. Requests are due on a fixed schedule, each on a connection of its own, and their
//! times are from when they were due.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use handset::{
    ingress::listener::{self, ListenerSettings},
    rt::shutdown::Shutdown,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket},
    task::JoinSet,
    time::{interval, sleep, timeout},
};

use crate::clients::percentiles;

/// Connections that send half a head and then nothing.
const HALF_OPEN: usize = 10_000;
/// Addresses they come from, where they do not share one with the sender.
const ADDRESSES: usize = 10;
/// Pause before one that was ended is opened again.
const AGAIN: Duration = Duration::from_secs(10);
/// Requests, and the time between two.
const REQUESTS: u32 = 400;
const EVERY: Duration = Duration::from_millis(20);
/// A request that takes longer is not answered.
const LONGEST: Duration = Duration::from_secs(30);
/// Files besides the half-open connections.
const OTHER_FILES: u64 = 500;

/// A row for a server that answers 200 to a request.
pub(crate) async fn measure(
    kind: &str,
    address: SocketAddr,
    request: &'static [u8],
    shared: bool,
) -> String {
    let half_open = HALF_OPEN.min(files());
    let (mut flood, open) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
    for number in 0..half_open {
        let last = if shared { 0 } else { number % ADDRESSES + 1 };
        let from = Ipv4Addr::new(127, 0, 0, u8::try_from(last + 1).unwrap());
        let open = Arc::clone(&open);
        flood.spawn(async move {
            loop {
                let socket = TcpSocket::new_v4().unwrap();
                socket.bind((from, 0).into()).unwrap();
                if let Ok(mut stream) = socket.connect(address).await {
                    open.fetch_add(1, Ordering::Relaxed);
                    let _ = stream.write_all(b"POST / HTTP/1.1\r\nX-Half").await;
                    while stream.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
                }
                sleep(AGAIN).await;
            }
        });
    }
    while open.load(Ordering::Relaxed) < half_open {
        sleep(EVERY).await;
    }
    // On a thread of its own, where nothing of the flood keeps it waiting.
    let asking = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(ask_all(address, request))
    });
    let mut times = tokio::task::spawn_blocking(|| asking.join().unwrap())
        .await
        .unwrap();
    let opened = open.load(Ordering::Relaxed);
    flood.shutdown().await;
    let answered = times.len();
    let (p50, p99, max) = percentiles(&mut times);
    let from = if shared { "the sender's" } else { "10 others" };
    format!(
        "| {kind:9} | {half_open:>9} | {from:12} | {opened:>6} | {REQUESTS:>8} | {answered:>8} | {p50:>6.2} | {p99:>6.2} | {max:>6.1} |"
    )
}

/// How long each request took that was answered.
async fn ask_all(address: SocketAddr, request: &'static [u8]) -> Vec<Duration> {
    let (mut asking, mut due) = (JoinSet::new(), interval(EVERY));
    for _ in 0..REQUESTS {
        let due = due.tick().await;
        asking.spawn(async move {
            let answered = timeout(LONGEST, ask(address, request)).await;
            (answered == Ok(true)).then(|| due.elapsed())
        });
    }
    asking.join_all().await.into_iter().flatten().collect()
}

/// Whether a request on a connection of its own is answered 200.
async fn ask(address: SocketAddr, request: &[u8]) -> bool {
    let asked = async {
        let mut stream = TcpSocket::new_v4()?.connect(address).await?;
        stream.write_all(request).await?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        std::io::Result::Ok(answer == *b"HTTP/1.1 200")
    };
    asked.await.unwrap_or(false)
}

/// How many connections this process may have.
fn files() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, raised).unwrap();
    let most = limit
        .maximum
        .unwrap_or(u64::MAX)
        .saturating_sub(OTHER_FILES);
    usize::try_from(most).unwrap_or(usize::MAX)
}

/// A listener that answers 200 to its end.
#[expect(clippy::print_stdout, reason = "the line that says where it is")]
pub(crate) async fn listener() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", socket.local_addr().unwrap());
    let settings = ListenerSettings {
        path: Some("/hook".to_owned()),
        ..ListenerSettings::default()
    };
    let shutdown = Shutdown::new();
    let _listener =
        listener::serve(socket, settings, |_| std::future::ready(200), &shutdown).unwrap();
    std::future::pending::<()>().await;
}
