//! From what a profile says of a tunnel to the tunnel.

use crate::{
    config::profile::TunnelSettings,
    ingress::tunnel::{
        Outage, Tunnel, cloudflared::Cloudflared, ngrok::Ngrok, ssh::Forwarded, url::OwnAddress,
    },
    rt::shutdown::Shutdown,
};

/// The tunnel; `None` where handset opens none, and for a relay, which
/// [`configured`](crate::ingress::configured) makes.
///
/// Programs started for it are ended with `shutdown`, and do not get to see the variables of the
/// environment named in `hidden`, nor any that makes keys of TLS leak.
pub fn make(
    settings: TunnelSettings,
    hidden: &[String],
    shutdown: &Shutdown,
) -> Result<Option<Box<dyn Tunnel>>, Outage> {
    Ok(Some(match settings {
        TunnelSettings::None | TunnelSettings::Relay { .. } => return Ok(None),
        TunnelSettings::Url { url } => Box::new(OwnAddress::new(url)),
        TunnelSettings::Ssh(ssh) => Box::new(Forwarded::new(ssh, hidden, shutdown)?),
        TunnelSettings::Cloudflared {
            program,
            name,
            public,
        } => Box::new(Cloudflared::new(
            program,
            name.zip(public),
            hidden,
            shutdown,
        )?),
        TunnelSettings::Ngrok { program, domain } => {
            Box::new(Ngrok::new(program, domain, hidden, shutdown))
        }
    }))
}
