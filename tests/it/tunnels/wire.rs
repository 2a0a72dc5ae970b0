//! A wire between two ports that can be cut: what comes to one goes to the other, until it is
//! told to hold everything back, or to hang up.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinSet,
};

/// What the wire does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Bytes go through.
    Forwards,
    /// Connections are taken and stay open; no byte goes through, as when a network is gone.
    Holds,
    /// Connections are ended at once.
    HangsUp,
}

/// The wire; gone when dropped.
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    pub(crate) mood: watch::Sender<Mood>,
    _tasks: JoinSet<()>,
}

impl Wire {
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mood, seen) = watch::channel(Mood::Forwards);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(carry(stream, target, seen.clone()));
            }
        });
        Self {
            address,
            mood,
            _tasks: tasks,
        }
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }
}

async fn carry(stream: TcpStream, target: SocketAddr, mood: watch::Receiver<Mood>) {
    let mut hung_up = mood.clone();
    let carried = async {
        let far = TcpStream::connect(target).await.ok()?;
        let (from, to) = stream.into_split();
        let (back, forth) = far.into_split();
        tokio::join!(
            pump(from, forth, mood.clone()),
            pump(back, to, mood.clone())
        );
        Some(())
    };
    tokio::select! {
        _ = carried => {}
        _ = hung_up.wait_for(|mood| *mood == Mood::HangsUp) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut mood: watch::Receiver<Mood>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read) = from.read(&mut buffer).await {
        if mood.wait_for(|mood| *mood == Mood::Forwards).await.is_err() || read == 0 {
            break;
        }
        if to.write_all(buffer.get(..read).unwrap()).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
