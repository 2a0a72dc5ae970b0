//! What flags name rather than say: a secret's variable, an address to bind.

use std::{env, net::SocketAddr};

use anyhow::{anyhow, bail};
use tokio::net::TcpListener;

use crate::domain::secret::Secret;

/// The secret in an environment variable: on the command line others could read it.
pub fn secret(variable: &str) -> anyhow::Result<Secret> {
    match env::var(variable) {
        Ok(secret) if !secret.is_empty() => Ok(Secret::new(secret)),
        Ok(_) => bail!(
            "the environment variable {variable} is empty; put the app install's client_secret into it"
        ),
        Err(env::VarError::NotPresent) => bail!(
            "the environment variable {variable} is not set; put the app install's client_secret into it"
        ),
        Err(env::VarError::NotUnicode(_)) => bail!(
            "the environment variable {variable} is not text; put the app install's client_secret into it"
        ),
    }
}

/// A listener on a loopback address. Whoever comes from outside comes through a tunnel.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    if !address.ip().is_loopback() {
        bail!(
            "cannot listen on {address}: only loopback addresses are served; let a tunnel or a proxy on this machine forward to 127.0.0.1"
        );
    }
    TcpListener::bind(address).await.map_err(|cause| {
        anyhow!("cannot listen on {address}: {cause}; choose another address with --bind")
    })
}
