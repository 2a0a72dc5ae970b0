//! The listener as every command starts it: verifying, journalling, and at the
//! same address from start to start.

use tokio::net::TcpListener;

use crate::{
    cli::inputs,
    config::{layer::Layer, setting::Setting},
    ingress::{
        intake::{Intake, LISTENER_PATH},
        listener::{self, Listener},
    },
    rt::shutdown::Shutdown,
    store::{self, Journal},
};

/// The path to take webhooks on: the one that is given, else the last one, else a fresh one.
pub(crate) async fn path(given: Option<String>, journal: &Journal) -> Result<String, store::Error> {
    let path = match given {
        Some(path) => Some(path),
        None => journal.get(LISTENER_PATH).await?,
    };
    Ok(path.unwrap_or_else(listener::fresh_path))
}

/// The listener's socket and path, as a profile or the last start has them.
pub(crate) async fn bind(
    layer: &Layer,
    journal: &Journal,
) -> anyhow::Result<(TcpListener, String)> {
    let given = layer.text(Setting::HookPath).map(ToOwned::to_owned);
    let address = layer.text(Setting::Bind).map(str::parse).transpose()?;
    let socket = inputs::bind_loopback(address).await?;
    Ok((socket, path(given, journal).await?))
}

/// Takes webhooks on a path, and keeps that path for the next start.
pub(crate) async fn serve(
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
