//! The listener as every command starts it: verifying, journalling, and at the
//! same address from start to start.

use tokio::net::TcpListener;

use crate::{
    ingress::{
        intake::{Intake, LISTENER_PATH},
        listener::{self, Listener},
    },
    rt::shutdown::Shutdown,
    store::{self, Journal},
};

/// The path to take webhooks on: the one that is given, else the last one, else a fresh one.
pub async fn path(given: Option<String>, journal: &Journal) -> Result<String, store::Error> {
    let path = match given {
        Some(path) => Some(path),
        None => journal.get(LISTENER_PATH).await?,
    };
    Ok(path.unwrap_or_else(listener::fresh_path))
}

/// Takes webhooks on a path, and keeps that path for the next start.
pub async fn serve(
    socket: TcpListener,
    path: String,
    intake: Intake,
    journal: &Journal,
    shutdown: &Shutdown,
) -> anyhow::Result<Listener> {
    let take = move |request| {
        let intake = intake.clone();
        async move { intake.take(request).await }
    };
    let settings = listener::ListenerSettings {
        path: Some(path),
        ..listener::ListenerSettings::default()
    };
    let listener = listener::serve(socket, settings, take, shutdown)?;
    journal.put(LISTENER_PATH, listener.path()).await?;
    Ok(listener)
}
