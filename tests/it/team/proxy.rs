//! One address in front of several relays, and a network that can stand still.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    runtime::Runtime,
    sync::watch,
    time::timeout,
};

/// Time for a relay to take a connection; one that does not is as good as dead.
const CONNECT: Duration = Duration::from_secs(2);

/// Whom connections go to.
#[derive(Default)]
struct Targets {
    all: Vec<Option<SocketAddr>>,
    next: usize,
}

/// Passes bytes on, connection by connection to one relay after the other. Ends with its runtime.
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    targets: Arc<Mutex<Targets>>,
    flows: watch::Sender<bool>,
    /// How many connections were made to it.
    connections: Arc<AtomicUsize>,
}

impl Proxy {
    /// A proxy that knows nobody yet.
    pub(super) fn start(runtime: &Runtime) -> Self {
        let targets: Arc<Mutex<Targets>> = Arc::default();
        let (flows, flowing) = watch::channel(true);
        let socket = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = socket.local_addr().unwrap();
        let of_proxy = Arc::clone(&targets);
        let connections = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&connections);
        runtime.spawn(async move {
            loop {
                let (from, _) = socket.accept().await.unwrap();
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(pass_on(from, Arc::clone(&of_proxy), flowing.clone()));
            }
        });
        Self {
            address,
            targets,
            flows,
            connections,
        }
    }

    /// How many connections were made to it, also while it passes nothing on.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Says where one of the relays is.
    pub(super) fn lead_to(&self, relay: usize, address: Option<SocketAddr>) {
        let all = &mut self.targets.lock().unwrap().all;
        if all.len() <= relay {
            all.resize(relay + 1, None);
        }
        all[relay] = address;
    }

    /// Passes nothing on any more, in no direction, and closes nothing.
    pub(super) fn pause(&self) {
        self.flows.send_replace(false);
    }

    /// Passes on again, first what came meanwhile.
    pub(super) fn resume(&self) {
        self.flows.send_replace(true);
    }
}

async fn pass_on(from: TcpStream, targets: Arc<Mutex<Targets>>, flowing: watch::Receiver<bool>) {
    let mut gate = flowing.clone();
    if gate.wait_for(|flows| *flows).await.is_err() {
        return;
    }
    let Some(to) = connect(&targets).await else {
        return;
    };
    // Small frames go both ways. A socket that refuses the option works all the same.
    let _ = (from.set_nodelay(true), to.set_nodelay(true));
    let ((from_in, from_out), (to_in, to_out)) = (from.into_split(), to.into_split());
    // Whichever side ends first ends the other, as a broken connection does.
    tokio::select! {
        _ = copy(from_in, to_out, flowing.clone()) => {}
        _ = copy(to_in, from_out, flowing) => {}
    }
}

/// The next relay that takes connections.
async fn connect(targets: &Mutex<Targets>) -> Option<TcpStream> {
    let count = targets.lock().unwrap().all.len();
    for _ in 0..count {
        let target = {
            let mut targets = targets.lock().unwrap();
            targets.next = (targets.next + 1) % count;
            targets.all[targets.next]
        };
        if let Some(address) = target
            && let Ok(Ok(stream)) = timeout(CONNECT, TcpStream::connect(address)).await
        {
            return Some(stream);
        }
    }
    None
}

async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut flowing: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        // What stands still shows neither bytes nor an end.
        let flows = flowing.wait_for(|flows| *flows).await.is_ok();
        if read == 0 || !flows {
            return Ok(());
        }
        to.write_all(&buffer[..read]).await?;
    }
}
